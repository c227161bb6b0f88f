"""The page of one app: what it did, its name, an earlier end; and *Forget*."""

from __future__ import annotations

import html
import json
import re
from contextlib import closing
from typing import Any

import pytest
from support.connect.browser_user import NAVIGATION, Person, Site, place_of
from support.constants import TOKEN

from escherpad_ext.connect.lately import done, opens_files
from escherpad_ext.grants import data_folder
from escherpad_ext.grants.activity import Action, ActivityFile, Client, Deed

TEXT = json.dumps({"type": "file", "format": "text", "content": "x"})


@pytest.fixture
def page(owner: Person) -> Any:
    """Return a function that opens the page of the newest app, by its link."""

    async def open_() -> Any:
        found = re.search(r"escherpad/app\?grant=[0-9a-f]{32}", await connected(owner))
        assert found
        return await owner.open_page(found[0])

    return open_


async def connected(owner: Person) -> str:
    return str((await owner.open_page("escherpad/")).body.decode())


async def test_what_an_app_did(call: Any, owner: Person, site: Site, page: Any) -> None:
    """The newest first, in words, with links to files; on the card the last five."""
    app = {"origin": site.origin, "token": await site.connect(owner)}
    for number in range(6):
        await call("PUT", f"api/contents/{number}%20%26lt;.txt", body=TEXT, **app)
    await call("PUT", "api/config/x", body="{}", **app)
    await call("DELETE", "api/contents/0%20%26lt;.txt", **app)
    words = (await page()).body.decode()
    told = re.findall(r"(?:wrote|deleted|tried)[^<]*", words)
    assert [each.strip() for each in told] == [
        "deleted &#34;/api/contents/0 &amp;lt;.txt&#34;",
        "tried PUT /api/config/x - refused: out_of_reach",
        *(f"wrote &#34;/api/contents/{number} &amp;lt;.txt&#34;" for number in (5, 4, 3, 2, 1, 0)),
    ]
    card = await connected(owner)
    assert card.count("wrote &#34;/api/contents/") == 3
    assert 'files/5%20%26lt%3B.txt" rel="noreferrer">' in card


async def test_a_path_that_was_cut_leads_nowhere(
    call: Any, owner: Person, site: Site, page: Any
) -> None:
    """There may be another file of this name."""
    app = {"origin": site.origin, "token": await site.connect(owner)}
    await call("PUT", "api/contents/a.txt", body=TEXT, **app)
    await call("PUT", f"api/contents/{'%61' * 200}", body=TEXT, **app)
    assert (await page()).body.decode().count("/files/") == 1


async def test_a_long_record_has_pages(call: Any, owner: Person, site: Site, page: Any) -> None:
    """Each thing is on one of them."""
    app = {"origin": site.origin, "token": await site.connect(owner)}
    for number in range(60):
        await call("PUT", f"api/contents/{number}.txt", body=TEXT, **app)
    first = (await page()).body.decode()
    link = re.search(r'href="[^"]*(escherpad/app\?[^"]*before=[^"]*)"', first)
    assert link
    second = (await owner.open_page(html.unescape(link[1]))).body.decode()
    told = [int(each) for each in re.findall(r"wrote /api/contents/(\d+)", first + second)]
    assert told == list(reversed(range(60)))
    assert ">Earlier</a>" not in second


async def test_forgotten(call: Any, owner: Person, site: Site, other: Site, page: Any) -> None:
    """One app's record, and not another's. What it does next is recorded, once."""
    theirs = {"origin": other.origin, "token": await other.connect(owner)}
    app = {"origin": site.origin, "token": await site.connect(owner)}
    for each in (app, theirs):
        await call("GET", "api/contents/none", **each)
        await call("GET", "api/contents/none", **each)
    answer = await owner.click(await page(), forget="yes")
    words = (await owner.open_page(place_of(answer))).body.decode()
    assert "What it did is forgotten." in words
    assert "Nothing is recorded." in words
    assert (await connected(owner)).count("read /api/contents/none") == 1
    await call("GET", "api/contents/none", **app)
    words = (await page()).body.decode()
    assert words.count("read /api/contents/none") == 1
    assert "times)" not in words


async def test_a_damaged_record(
    call: Any, owner: Person, site: Site, page: Any, jp_data_dir: Any
) -> None:
    """The page says so instead of showing nothing, and that nothing is forgotten; then it heals."""
    await call("GET", "api/contents", origin=site.origin, token=await site.connect(owner))
    found = await page()
    with closing(ActivityFile(data_folder(str(jp_data_dir)))) as file:
        file.path.write_bytes(b"no database" * 1000)
    trouble = f"The record of what apps did {file.path} cannot be used: file is not a database."
    answer = await owner.click(found, forget="yes")
    assert answer.code == 503
    assert "What the app did is not forgotten" in answer.body.decode()
    for words in ((await page()).body.decode(), answer.body.decode()):
        assert trouble in html.unescape(words)
        assert "Nothing is recorded." not in words
    file.path.unlink()
    words = (await page()).body.decode()
    assert "Nothing is recorded." in words
    assert "cannot be used" not in words


@pytest.fixture
def other(call: Any, jp_serverapp: Any) -> Site:
    """Return another site."""
    return Site(call, jp_serverapp, "https://other.example")


async def test_renamed(owner: Person, site: Site, page: Any) -> None:
    """What is typed is text; a name that no list can show changes nothing."""
    await site.connect(owner)
    name = "<b>Our \u05d0 lab</b>"
    answer = await owner.click(await page(), rename="yes", name=name)
    words = (await owner.open_page(place_of(answer))).body.decode()
    assert "Renamed." in words
    assert f'value="{html.escape(name)}"' in words
    assert f"<bdi>{html.escape(name)}</bdi>" in await connected(owner)
    answer = await owner.click(await page(), rename="yes", name="a\nb")
    assert b"This name cannot be used." in (await owner.open_page(place_of(answer))).body
    assert html.escape(name) in await connected(owner)


async def test_ended_earlier(call: Any, owner: Person, site: Site, page: Any, told: Any) -> None:
    """By one of the times that the page offers, all of them earlier than its end."""
    app = {"origin": site.origin, "token": await site.connect(owner)}
    before = (await told())["expires"]
    found = await page()
    offered = re.findall(r'<option value="(\d+)"', found.body.decode())
    assert offered[0] == "900"
    await owner.click(found, shorten="yes", seconds="900")
    after = (await told())["expires"]
    assert after < before - 3600
    assert (await call("GET", "api/contents", **app)).code == 200
    found = await page()
    assert b'name="seconds"' not in found.body
    refused = await owner.click(found, shorten="yes", seconds="28800")
    assert refused.code == 400
    assert (await told())["expires"] == after


@pytest.fixture
def told(call: Any) -> Any:
    """Return a function: what the server's own pages are told of the only app."""

    async def tell() -> Any:
        answer = await call("GET", "escherpad/apps", token=TOKEN)
        (app,) = json.loads(answer.body)["apps"]
        return app

    return tell


async def test_no_app_reaches_it(call: Any, owner: Person, site: Site, page: Any) -> None:
    """Not even one with everything; and a form that was sent is good for nothing more."""
    token = await site.connect(owner, "full")
    found = await page()
    for origin in (site.origin, None):
        answer = await call("GET", "escherpad/app", origin=origin, token=token, headers=NAVIGATION)
        assert answer.code in {401, 403}
    await owner.click(found, rename="yes", name="Mine")
    assert (await owner.click(found, rename="yes", name="Again")).code == 400
    assert "Again" not in await connected(owner)


async def test_an_unknown_app(owner: Person) -> None:
    """Its page is that of all apps."""
    for grant in ("0" * 32, "%0a", ""):
        answer = await owner.open_page(f"escherpad/app?grant={grant}")
        assert b"Connected apps" in answer.body


@pytest.mark.parametrize(
    ("method", "path", "file"),
    [
        ("PUT", "/api/contents/a%20b/c.ipynb", "files/a%20b/c.ipynb"),
        ("GET", "/api/contents/%22%3E.txt", "files/%22%3E.txt"),
        ("GET", "/api/contents/../../logout", ""),
        ("GET", "/api/contents/%2e%2e/%2E/logout", ""),
        ("GET", "/api/contents//evil.example/x", ""),
        ("GET", "/api/contents", ""),
        ("DELETE", "/api/contents/a.txt", ""),
        ("POST", "/api/contents/a.txt/checkpoints", ""),
        ("GET", "/api/kernels", ""),
        ("a new kind", "/api/contents/a.txt", "files/a.txt"),
        ("a new kind", "", ""),
    ],
)
def test_links(method: str, path: str, file: str) -> None:
    """They lead to the file, and to no other page of the server."""
    deed = Deed(1, Client("a", "b", None, ""), 0, 0, 1, Action("x", method, path, 200, ""))
    assert done(deed, "files/").file == file
    assert opens_files("/lab") == "lab/tree/"
