"""After an app without code execution wrote something, links from elsewhere meet a page first."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import pytest
from support.connect.browser_user import CLICK, FORM, NAVIGATION, Person, Site, preset_fields
from support.constants import TOKEN

NONE = {**NAVIGATION, "Sec-Fetch-Site": "none"}
OWN = {**NAVIGATION, "Sec-Fetch-Site": "same-origin"}
HTML = {"Accept": "text/html,application/xhtml+xml"}
DEEP = "api/contents/page.html"


@pytest.fixture
def write(call: Any, site: Site, owner: Person) -> Any:
    """Return a coroutine: an app connects and writes a file; it returns its token."""

    async def connect_and_write(scope: str = "edit", path: str = "page.html") -> str:
        token = await site.connect(owner, scope, scope=[scope])
        model = json.dumps({"type": "file", "format": "text", "content": "<script>1</script>"})
        answer = await call(
            "PUT", f"api/contents/{path}", origin=site.origin, token=token, body=model
        )
        assert answer.code == 201, answer.body
        return token

    return connect_and_write


def asked_about(answer: Any) -> str | None:
    """Return the address that the page asks about, None where none is asked about."""
    location = urlsplit(answer.headers.get("Location", ""))
    if answer.code != 303 or not location.path.endswith("escherpad/open"):
        return None
    assert answer.body == b""
    assert answer.headers["Cache-Control"] == "no-store"
    return parse_qs(location.query)["address"][0]


@pytest.fixture
def stranger(call: Any, jp_serverapp: Any) -> Person:
    """Return a browser in which nobody is logged in."""
    return Person(call, jp_serverapp)


async def test_nobody_is_asked_before_anything_was_written(owner: Person, jp_root_dir: Any) -> None:
    """Nothing changes until then."""
    (jp_root_dir / "page.html").write_text("x")
    for headers in (NAVIGATION, NONE, OWN, HTML):
        assert (await owner.open(DEEP, headers)).code == 200


@pytest.mark.parametrize("scope", ["view", "run"])
async def test_other_scopes_are_not_asked_about(
    call: Any, site: Site, owner: Person, jp_root_dir: Any, scope: str
) -> None:
    """An app that only reads wrote nothing; one that runs code needs no link."""
    (jp_root_dir / "page.html").write_text("x")
    token = await site.connect(owner, scope, scope=[scope])
    for method, path in (("GET", "api/contents"), ("PUT", "api/contents/a.txt")):
        body = json.dumps({"type": "file", "format": "text", "content": "x"})
        await call(
            method, path, origin=site.origin, token=token, body=body if method == "PUT" else None
        )
    assert (await owner.open(DEEP)).code == 200


@pytest.mark.parametrize("site_header", ["cross-site", "same-site", "none"])
async def test_a_link_from_elsewhere(
    write: Any, owner: Person, jp_base_url: str, site_header: str
) -> None:
    """Whatever the page is: also one that does not exist, so that nothing is told."""
    await write()
    headers = {**NAVIGATION, "Sec-Fetch-Site": site_header}
    paths = [DEEP, "files/missing", "files/page.html", "lab?reset", "tree/d?x=y#z", "metrics"]
    for path in [*paths, "view/page.html", "nbconvert/html/page.html", "kernelspecs/x"]:
        found = asked_about(await owner.open(path, headers))
        assert found == f"{jp_base_url}{path.partition('#')[0]}", path
    for dest in ("iframe", "embed", "object"):
        assert asked_about(await owner.open(DEEP, {**headers, "Sec-Fetch-Dest": dest}))


async def test_links_within_jupyter(write: Any, owner: Person) -> None:
    """They go on; what they lead to is not kept, so that going back asks again."""
    await write()
    answer = await owner.open(DEEP, {**OWN, "Referer": f"{owner.origin}/a%40b/lab"})
    assert answer.code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    for mode in ("cors", "no-cors", "same-origin"):
        headers = {"Sec-Fetch-Mode": mode, "Sec-Fetch-Site": "same-origin"}
        assert (await owner.open("api/contents", headers)).code == 200


@pytest.mark.parametrize("path", ["", "lab", "tree", "static/favicon.ico", "logout", "login"])
async def test_what_goes_on_as_ever(write: Any, owner: Person, path: str) -> None:
    """Start pages, static files, the login."""
    await write()
    for headers in (NAVIGATION, NONE, HTML):
        assert asked_about(await owner.open(path, headers)) is None


async def test_the_server_s_token_opens_everything(
    write: Any, stranger: Person, owner: Person
) -> None:
    """As `jupyter lab notebook.ipynb` does: whoever has it is the owner. No other token does."""
    await write()
    assert (await stranger.open(f"{DEEP}?token={TOKEN}", NONE)).code == 200
    assert asked_about(await owner.open(f"{DEEP}?token=x{TOKEN}", NONE))


async def test_where_browsers_say_nothing(write: Any, owner: Person) -> None:
    """Http beyond loopback: the page that led here counts, and what asks for no HTML."""
    await write()
    other, own = "https://site.example/", f"{owner.origin}/a%40b/tree"
    assert asked_about(await owner.open(DEEP, HTML))
    assert asked_about(await owner.open(DEEP, {**HTML, "Referer": other}))
    assert (await owner.open(DEEP, {**HTML, "Referer": own})).code == 200
    for headers in ({}, {"Accept": "*/*"}, {"Accept": "application/json"}):
        assert (await owner.open("api/contents", headers)).code == 200
    page = await owner.open(f"escherpad/open?address={quote('/a%40b/' + DEEP, safe='')}", HTML)
    assert page.code == 303
    page = await owner.open(page.headers["Location"].partition("/a%40b/")[2], HTML)
    assert page.code == 200
    form = urlencode({**preset_fields(page), "decision": "open"})
    sent = {**HTML, **FORM, "Origin": owner.origin}
    assert (await owner.send("POST", "escherpad/open", sent, form)).code == 303


async def test_one_click_opens_it(write: Any, owner: Person, jp_base_url: str) -> None:
    """The page names the address, the app and the file. The click opens it this once."""
    await write()
    answer = await owner.open(DEEP)
    page = await owner.open_page(place(answer))
    text = page.body.decode()
    for shown in (f"{jp_base_url}{DEEP}", "https://site.example", "page.html"):
        assert f">{shown}<" in text
    answer = await owner.click(page, decision="open")
    assert (answer.code, answer.headers["Location"]) == (303, f"{jp_base_url}{DEEP}")
    referrer = {"Referer": f"{owner.origin}{jp_base_url}escherpad/open"}
    opened = await owner.open(DEEP, {**CLICK, **referrer})
    assert opened.headers["Cache-Control"] == "no-store"
    assert json.loads(opened.body)["content"] == "<script>1</script>"
    assert asked_about(await owner.open(DEEP))
    assert (await owner.click(page, decision="open")).code == 400  # once


@pytest.mark.parametrize("page", ["escherpad/", "open"])
async def test_trust_ends_it(write: Any, owner: Person, page: str, call: Any, site: Site) -> None:
    """Until such an app writes again."""
    token = await write()
    where = place(await owner.open(DEEP)) if page == "open" else page
    shown = await owner.open_page(where)
    assert b"page.html" in shown.body
    assert b"I trust what they wrote" in shown.body
    fields = {"decision": "trust"} if page == "open" else {"trust": "all"}
    assert (await owner.click(shown, **fields)).code == 303
    assert (await owner.open(DEEP)).code == 200
    assert b"I trust what they wrote" not in (await owner.open_page("escherpad/")).body
    answer = await call(
        "PATCH", "api/contents/page.html", origin=site.origin, token=token, body='{"path": "b"}'
    )
    assert answer.code == 200
    assert asked_about(await owner.open("files/b"))


@pytest.mark.parametrize("page", ["escherpad/", "open"])
async def test_trust_that_cannot_be_written_down(
    write: Any, owner: Person, page: str, jp_data_dir: Any
) -> None:
    """The page says so, and the server keeps asking."""
    await write()
    (note,) = (jp_data_dir / "escherpad_ext" / "written" / "all").iterdir()
    shown = await owner.open_page(place(await owner.open(DEEP)) if page == "open" else page)
    note.unlink()
    note.mkdir()
    answer = await owner.click(shown, decision="trust", trust="all")
    assert answer.code == 503
    assert "This server keeps asking" in answer.body.decode()
    assert asked_about(await owner.open(DEEP))


async def test_the_end_of_the_grant_changes_nothing(write: Any, owner: Person) -> None:
    """Nor does disconnecting the app."""
    await write()
    apps = await owner.open_page("escherpad/")
    assert (await owner.click(apps, disconnect="all", sure="yes")).code == 303
    assert asked_about(await owner.open(DEEP))


async def test_through_the_login(
    write: Any, owner: Person, stranger: Person, jp_base_url: str
) -> None:
    """A `next` from elsewhere meets the page, and so does what the login page led to before."""
    await write()
    deep = f"{jp_base_url}{DEEP}"
    for someone in (owner, stranger):
        for headers in (NAVIGATION, NONE, HTML):
            answer = await someone.open(f"login?next={quote(deep, safe='')}", headers)
            assert asked_about(answer) == deep
            assert asked_about(await someone.open(DEEP, headers)) == deep
    for target in ("", "lab", "escherpad/authorize?x=y", "escherpad/open?address=x", "escherpad/"):
        url = f"login?next={quote(jp_base_url + target, safe='')}"
        assert asked_about(await stranger.open(url)) is None, target
    login = {**OWN, "Referer": f"{owner.origin}{jp_base_url}login?next=x"}
    assert asked_about(await owner.open(DEEP, login)) == deep
    assert asked_about(await owner.open("lab", login)) is None


async def test_a_stranger_logs_in_first(write: Any, stranger: Person) -> None:
    """The page shows nothing before the login, and is what comes after it."""
    await write()
    answer = await stranger.open(place(await stranger.open(DEEP)))
    location = answer.headers["Location"]
    assert (answer.code, answer.body) == (303, b"")
    target = parse_qs(urlsplit(location).query)["next"][0]
    assert urlsplit(target).path.endswith("escherpad/open")


@pytest.mark.parametrize(
    "address",
    ["", "x", "//evil.example/", "https://evil.example/", "/elsewhere", "/a%40b/\\x", "/a%40b/\n"],
)
async def test_only_this_server_s_addresses_are_opened(
    write: Any, owner: Person, address: str
) -> None:
    """The page is no way to another site."""
    await write()
    page = await owner.open(f"escherpad/open?address={quote(address, safe='')}")
    assert page.code == 400
    assert re.search(rb'id="what">The address is not one of this server', page.body)


async def test_no_page_of_this_origin_presses_it(write: Any, owner: Person) -> None:
    """A notebook's script cannot read the page, and a form without a click counts for nothing."""
    await write()
    where = place(await owner.open(DEEP))
    script = {"Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty", "Sec-Fetch-Site": "same-origin"}
    assert (await owner.open(where, script)).code == 403
    preload = {**NAVIGATION, "Service-Worker-Navigation-Preload": "true"}
    assert (await owner.open(where, preload)).code == 403
    page = await owner.open_page(where)
    assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]
    assert page.headers["Cross-Origin-Opener-Policy"] == "noopener-allow-popups"
    for changed in ({"Sec-Fetch-User": "?0"}, {"Sec-Fetch-Site": "cross-site"}):
        assert (await owner.click(page, headers=changed, decision="open")).code == 403


async def test_a_form_of_another_page_opens_nothing(write: Any, owner: Person) -> None:
    """Each page's form is good for that page only."""
    await write()
    apps = await owner.open_page("escherpad/")
    page = await owner.open_page(place(await owner.open(DEEP)))
    swapped = {"nonce": nonce_of(apps), "decision": "trust"}
    assert (await owner.click(page, **swapped)).code == 400
    assert (await owner.click(apps, nonce=nonce_of(page), trust="all")).code == 400
    assert asked_about(await owner.open(DEEP))


async def test_a_write_that_cannot_be_noted_is_refused(
    call: Any, write: Any, site: Site, owner: Person, jp_data_dir: Any, jp_root_dir: Any
) -> None:
    """Else it would not be asked about."""
    token = await site.connect(owner, "edit", scope=["edit"])
    (jp_data_dir / "escherpad_ext" / "written").write_text("a file in the way")
    model = json.dumps({"type": "file", "format": "text", "content": "x"})
    sent = {"origin": site.origin, "token": token}
    answer = await call("PUT", "api/contents/a.txt", body=model, **sent)
    assert (answer.code, json.loads(answer.body)["reason"]) == (401, "registry_unavailable")
    assert not (jp_root_dir / "a.txt").exists()
    assert (await call("GET", "api/contents", **sent)).code == 200


def place(answer: Any) -> str:
    """Return where a redirect leads, below the base URL."""
    location: str = answer.headers["Location"]
    return location[location.index("escherpad/") :]


def nonce_of(page: Any) -> str:
    """Return the nonce of a page's form."""
    found = re.search(r'name="nonce" value="([^"]+)"', page.body.decode())
    assert found
    return found[1]
