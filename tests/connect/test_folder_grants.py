"""Grants for one folder, as the owner and the site see them."""

from __future__ import annotations

import html
import json
import os
import re
import time
from contextlib import closing
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.connect.browser_user import answer_of, preset_fields, selected, ticked

from escherpad_ext.connect.files_choice import posted, suggested
from escherpad_ext.connect.introduction import Introduction
from escherpad_ext.connect.languages import language_of
from escherpad_ext.connect.rendering import render
from escherpad_ext.grants import GrantRequest, Issuer, Server, data_folder
from escherpad_ext.policy.folders import FOLDER_BUNDLES, expand_in_folder
from escherpad_ext.policy.scopes import BUNDLES


@pytest.fixture
def give_folder(jp_serverapp: Any, jp_data_dir: Path) -> Any:
    """Return a function that gives a site a token for one folder, past every page."""

    def give(origin: str, names: str, folder: str, root: str = "") -> str:
        now = int(time.time())
        request = GrantRequest(
            origin=origin,
            scopes=expand_in_folder(names),
            owner="ana",
            created=now,
            expires=now + 600,
            via="connect",
            folder=folder,
        )
        server = Server.at(root or str(jp_serverapp.root_dir), jp_serverapp.base_url)
        with closing(Issuer(data_folder(str(jp_data_dir)))) as issuer:
            return issuer.issue(request, server=server)[1]

    return give


async def test_the_page_of_connected_apps_names_the_folder(owner, site, give_folder):
    """With the words of what the app may do there, and not those of all files."""
    give_folder(site.origin, "edit", "data/<raw>")
    page = (await owner.open_page("escherpad/")).body.decode()
    assert 'Only the folder <bdi class="address">data/&lt;raw&gt;</bdi>' in page
    assert FOLDER_BUNDLES["edit"].words in page
    assert BUNDLES["edit"].words not in page


async def test_the_page_of_connected_apps_says_that_a_folder_is_missing(
    owner, site, give_folder, jp_root_dir
):
    """As long as it is."""
    give_folder(site.origin, "view", "later")
    assert "There is no such folder on" in (await owner.open_page("escherpad/")).body.decode()
    (jp_root_dir / "later").mkdir()
    assert "There is no such folder on" not in (await owner.open_page("escherpad/")).body.decode()


async def test_a_folder_of_another_server_is_not_looked_for_here(
    owner, site, give_folder, tmp_path
):
    """What is missing here may be there."""
    give_folder(site.origin, "view", "later", root=str(tmp_path))
    page = (await owner.open_page("escherpad/")).body.decode()
    assert "Only the folder" in page
    assert "There is no such folder on" not in page


async def test_the_page_of_connected_apps_names_no_folder_without_one(
    owner, site, issuer_of_grants
):
    """A grant of all files has no such line."""
    issuer_of_grants(site.origin)
    page = (await owner.open_page("escherpad/")).body.decode()
    assert site.origin in page
    assert "Only the folder" not in page


async def test_a_site_can_ask_for_which_folder_its_token_is(call, site, give_folder):
    """By the endpoint that says which scopes it has; they are named as they were asked for."""
    token = give_folder(site.origin, "edit", "data/raw")
    answer = await call("GET", "escherpad/grant", origin=site.origin, token=token)
    found = json.loads(answer.body)
    assert (found["scope"], found["folder"]) == ("view edit", "data/raw")


# The owner's choice


@pytest.fixture
def folders(jp_root_dir: Path) -> Path:
    """Make some folders below the server's."""
    for path in ("data/raw", "data/clean", "figures", ".hidden"):
        (jp_root_dir / path).mkdir(parents=True)
    (jp_root_dir / "data" / "raw" / "x.txt").write_text("x")
    (jp_root_dir / "data" / "other.txt").write_text("x")
    return jp_root_dir


def field(page: Any) -> str:
    """Return what stands in the field for the folder."""
    text: str = preset_fields(page)["folder"]
    return text


def offered(page: Any) -> list[str]:
    """Return the folders to choose from."""
    found = re.search(r"<datalist.*?</datalist>", page.body.decode(), re.DOTALL)
    return re.findall(r'value="([^"]*)"', found[0] if found else "")


async def test_a_site_suggests_a_folder_and_reaches_no_other(call, owner, site, folders):
    """It is preselected, the token is for it alone, and everywhere that is said."""
    page = await owner.ask(site.question("edit", folder="data/raw"))
    assert (preset_fields(page)["files"], field(page)) == ("folder", "data/raw")
    assert "no such folder" not in page.body.decode()
    back = await owner.allow(site.question("edit", folder="data/raw"))
    answer = json.loads((await site.redeem(answer_of(back)["code"])).body)
    assert (answer["scope"], answer["folder"]) == ("view edit", "data/raw")
    assert "Only the folder" in (await owner.open_page("escherpad/")).body.decode()
    token = answer["access_token"]
    inside = await call("GET", "api/contents/data/raw/x.txt", origin=site.origin, token=token)
    outside = await call("GET", "api/contents/data/other.txt", origin=site.origin, token=token)
    assert (inside.code, outside.code) == (200, 403)
    assert json.loads(outside.body)["reason"] == "outside_folder"
    told = json.loads((await call("GET", "escherpad/grant", origin=site.origin, token=token)).body)
    assert (told["scope"], told["folder"]) == ("view edit", "data/raw")


async def test_the_owner_chooses_a_folder(owner, site, folders):
    """From those that there are, when the site suggests none; hidden ones are not shown."""
    page = await owner.ask(site.question("view"))
    assert (preset_fields(page)["files"], field(page)) == ("all", "")
    assert offered(page) == ["data", "data/clean", "data/raw", "figures"]
    back = await owner.allow(site.question("view"), files="folder", folder="figures/")
    answer = json.loads((await site.redeem(answer_of(back)["code"])).body)
    assert answer["folder"] == "figures"


async def test_the_owner_may_choose_all_files(owner, site, folders):
    """Then the answer has no folder, whatever is in the field."""
    back = await owner.allow(site.question("view", folder="data"), files="all")
    answer = json.loads((await site.redeem(answer_of(back)["code"])).body)
    assert "folder" not in answer


async def test_the_page_says_what_goes_with_a_folder(owner, site, folders):
    """Before the owner allows it."""
    page = (await owner.ask(site.question("view"))).body.decode()
    assert "nothing outside this folder, and no terminals, language servers or outputs" in page


@pytest.mark.parametrize("scope", ["run", "terminal", "full", "view kernels:execute", "lsp:read"])
async def test_code_is_not_limited_to_a_folder(owner, site, folders, scope):
    """The choice is not shown. Posted all the same, or suggested, it is refused and not dropped."""
    page = await owner.ask(site.question(scope))
    assert "files" not in preset_fields(page)
    refused = await owner.allow(site.question(scope), files="folder", folder="data")
    assert refused.code == 400
    refused = await owner.ask(site.question(scope, folder="data"))
    assert refused.code == 400
    assert f"cannot have {scope.split()[-1]}:" in refused.body.decode()


@pytest.mark.parametrize("files", ["", "none", "Folder"])
async def test_no_choice_is_not_all_files(owner, site, folders, files):
    assert (await owner.allow(site.question("view"), files=files)).code == 400


async def test_a_missing_folder_is_said_and_can_be_allowed(call, owner, site, folders):
    """The path counts: the site reaches nothing until the folder is there."""
    page = await owner.ask(site.question("view", folder="later"))
    assert "There is no such folder now" in page.body.decode()
    back = await owner.allow(site.question("view", folder="later"))
    token = json.loads((await site.redeem(answer_of(back)["code"])).body)["access_token"]

    async def read() -> int:
        answer = await call("GET", "api/contents/later/x", origin=site.origin, token=token)
        return int(answer.code)

    assert await read() == 404
    (folders / "later").mkdir()
    (folders / "later" / "x").write_text("x")
    assert await read() == 200


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("dtaa", "There is no such folder now"),
        (".hidden", "There is no such folder now"),
        ("", "The folder is empty"),
        ("../x", "Leave these out"),
        ("data\\raw", "Write / between folders"),
    ],
)
async def test_a_mistake_costs_nothing_else(owner, site, folders, text, said):
    """The page comes again and says it. What else the owner chose is as it was, and not wider."""
    page = await owner.ask(site.question("edit"))
    chosen = {"scope": ["view"], "lifetime": "3600", "decision": "allow"}
    again = await owner.click(page, **chosen, files="folder", folder=text)
    assert again.code == 200
    assert said in again.body.decode()
    assert (ticked(again), selected(again)) == (["view"], "3600")
    assert (preset_fields(again)["files"], field(again)) == ("folder", text)
    assert site.origin in again.headers["Content-Security-Policy"]
    back = await owner.click(again, **chosen, files="folder", folder="figures")
    assert json.loads((await site.redeem(answer_of(back)["code"])).body)["folder"] == "figures"


async def test_a_typing_mistake_is_allowed_by_a_second_click_only(owner, site, folders):
    """Whoever was told that there is no such folder may mean it. A mistake is never accepted."""
    page = await owner.ask(site.question("view"))
    chosen = {"scope": ["view"], "lifetime": "3600", "decision": "allow", "files": "folder"}
    again = await owner.click(page, **chosen, folder="later")
    assert again.code == 200
    assert answer_of(await owner.click(again, **chosen, folder="later"))["code"]
    page = await owner.ask(site.question("view"))
    again = await owner.click(page, **chosen, folder="..")
    assert (await owner.click(again, **chosen, folder="..")).code == 200


HOSTILE = {
    "right to left": "data\u202egnp.exe",
    "HTML": '"><script>alert(1)</script>',
    "10 kB": "d" * 5000,
    "up": "../../etc",
    "up inside": "data/../../etc",
    "backslashes": "..\\..\\etc",
    "absolute": "/etc/passwd",
    "NUL": "data\0raw",
    "encoded": "%2e%2e%2fetc",
    "encoded twice": "%252e%252e%252f",
    "line break": "data\r\nSet-Cookie: a=b",
    "a dot": ".",
    "root": "/",
    "empty": "",
    "home": "~/.ssh",
    "a template": "{{ nonce }}",
    "lone surrogate": "a\udcff",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
async def test_a_hostile_folder_is_refused_or_below_the_root(owner, site, folders, text):
    """A suggestion is never markup, never moves text about, and never becomes all files."""
    query = site.question("view") + f"&folder={quote(text, errors='surrogateescape')}"
    page = await owner.ask(query)
    body = page.body.decode()
    assert "<script>alert" not in body
    assert "\u202e" not in body
    assert "Set-Cookie" not in page.headers or "a=b" not in page.headers["Set-Cookie"]
    if page.code == 200:
        assert preset_fields(page)["files"] == "folder"
        parts = html.unescape(field(page)).split("/")
        assert {"", ".", ".."}.isdisjoint(parts)
        assert "There is no such folder now" in body
    else:
        assert page.code == 400
        assert preset_fields(page) == {}


@given(st.text(max_size=40) | st.text(st.sampled_from("ab./\\%<>\"'&{}\u202e\0 "), max_size=20))
@settings(max_examples=50 if not os.environ.get("ESCHERPAD_FULL") else 5000, deadline=None)
def test_no_folder_breaks_out_of_the_page(text):
    """Whatever the owner or a site writes is text in one field, as it was written."""
    for choice in (posted("folder", text, ("view",)), posted("all", text, ("view",))):
        page = render("consent.html", language_of(""), **(PAGE | {"files": choice}))
        fields = FieldReader()
        fields.feed(page)
        assert fields.found["folder"] == choice.text
        assert fields.tags == TAGS | ({"p"} if choice.problem else set())


class FieldReader(HTMLParser):
    """Reads a page as a browser does: its tags, and the values of its fields."""

    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, str] = {}
        self.tags: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = dict(attrs)
        self.tags.add(tag)
        if known.get("id"):
            self.found[known["id"] or ""] = known.get("value") or ""


PAGE: dict[str, Any] = {
    "device": None,
    "static": str,
    "xsrf": "",
    "server": "http://localhost:8888",
    "user": "ada",
    "connected_apps_url": "/escherpad/",
    "asker": Introduction("site", "https://site.example"),
    "first_time": True,
    "extends": False,
    "resource": None,
    "action": "/escherpad/authorize",
    "nonce": "n",
    "choices": (),
    "ticked": (),
    "lifetimes": (),
}
_PLAIN = FieldReader()
_PLAIN.feed(
    render("consent.html", language_of(""), **(PAGE | {"files": suggested("data", ("view",))}))
)
TAGS = frozenset(_PLAIN.tags)


async def test_a_server_whose_files_are_elsewhere_offers_no_folder(
    owner, site, folders, jp_serverapp, monkeypatch
):
    """A limit that nothing enforces is not offered, and a site's wish for one is refused."""
    monkeypatch.setattr(type(jp_serverapp.contents_manager), "__module__", "another.package")
    page = await owner.ask(site.question("view"))
    assert "files" not in preset_fields(page)
    refused = await owner.ask(site.question("view", folder="data"))
    assert refused.code == 400
    assert "does not keep its files in a folder" in refused.body.decode()


async def test_one_parameter_of_the_site_and_no_other_is_the_folder(owner, site, folders):
    """Twice is refused, and a field of the token request is none."""
    twice = site.question("view", folder="data") + "&folder=figures"
    assert (await owner.ask(twice)).code == 400
    back = await owner.allow(site.question("view", folder="data"))
    answer = json.loads((await site.redeem(answer_of(back)["code"], folder="figures")).body)
    assert answer["folder"] == "data"
