"""More time for a connection: a short page, for what was allowed already and nothing else."""

from __future__ import annotations

import base64
import json

import pytest
from support.connect.browser_user import Site, answer_of, preset_fields, selected, ticked

SHORT = b"This site asks for more time"
FULL = b"This site wants to use your Jupyter server"
EDIT = {"scope": "edit", "folder": "data"}


def id_of(token):
    """Return the id of a grant, as a page reads it in its token."""
    payload = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))["jti"]


async def extend(owner, site, token, **changed):
    """Ask for more time, as the library does; return the page."""
    page = await owner.ask(site.question(previous_grant=id_of(token), **changed))
    assert page.code == 200, page.body
    return page


async def press_allow(owner, page, **fields):
    return await owner.click(page, lifetime=selected(page), decision="allow", **fields)


async def described(call, site, token):
    answer = await call("GET", "escherpad/grant", origin=site.origin, token=token)
    return json.loads(answer.body)


async def test_the_page_says_what_goes_on_and_has_nothing_else_to_choose(owner, site):
    token = await site.connect(owner)
    page = await extend(owner, site, token)
    assert SHORT in page.body
    assert site.origin.encode() in page.body
    assert b"Run code" in page.body
    assert b"Full control" in page.body
    assert b"<time datetime=" in page.body
    assert ticked(page) == []
    assert "files" not in preset_fields(page)


async def test_the_new_token_allows_the_same_and_the_old_one_ends(call, owner, site):
    token = await site.connect(owner)
    page = await extend(owner, site, token)
    code = answer_of(await press_allow(owner, page))["code"]
    answer = json.loads((await site.redeem(code, previous_token=token)).body)
    assert answer["scope"] == "run"
    assert (await described(call, site, token))["reason"] == "revoked"
    assert (await described(call, site, answer["access_token"]))["scope"] == "view edit run"


async def test_a_folder_stays_the_folder(call, owner, site):
    """Whatever is sent along: the short page has nothing to choose but the time."""
    first = await owner.allow(site.question(**EDIT), files="folder", folder="data")
    token = json.loads((await site.redeem(answer_of(first)["code"])).body)["access_token"]
    page = await extend(owner, site, token, **EDIT)
    assert SHORT in page.body
    assert b">data<" in page.body
    sent = {"scope": ["run", "full"], "files": "all", "folder": ""}
    code = answer_of(await press_allow(owner, page, **sent))["code"]
    answer = json.loads((await site.redeem(code)).body)
    assert (answer["scope"], answer["folder"]) == ("edit", "data")


@pytest.mark.parametrize(
    "more",
    [{"scope": "full"}, {"scope": "run terminal"}, {"scope": "view", "folder": "data"}],
)
async def test_more_scopes_or_another_folder_meet_the_full_page(owner, site, more):
    token = await site.connect(owner)
    assert FULL in (await extend(owner, site, token, **more)).body


async def test_less_than_a_folder_grant_in_all_files_meets_the_full_page(owner, site):
    first = await owner.allow(site.question(**EDIT), files="folder", folder="data")
    token = json.loads((await site.redeem(answer_of(first)["code"])).body)["access_token"]
    for more in ({"scope": "view"}, {"scope": "view", "folder": "data/raw"}):
        assert FULL in (await extend(owner, site, token, **more)).body


async def test_another_site_meets_the_full_page(call, owner, site, jp_serverapp):
    token = await site.connect(owner)
    other = Site(call, jp_serverapp, "https://other.example")
    assert FULL in (await extend(owner, other, token)).body


async def test_a_grant_of_the_command_line_or_another_server_meets_the_full_page(
    owner, site, issuer_of_grants, jp_serverapp, tmp_path
):
    base_url = jp_serverapp.base_url
    here = {"root": jp_serverapp.root_dir, "base_url": base_url}
    tokens = [
        issuer_of_grants(site.origin, via="command", **here),
        issuer_of_grants(site.origin, root=tmp_path, base_url=base_url),
    ]
    for token in tokens:
        assert FULL in (await extend(owner, site, token)).body


@pytest.mark.parametrize("wrong", ["x", "x" * 4000, "%00", "\u202e", "' OR 1=1 --"])
async def test_an_id_that_is_none_meets_the_full_page(owner, site, wrong):
    page = await owner.ask(site.question(previous_grant=wrong))
    assert FULL in page.body


async def test_a_grant_that_ended_meets_the_full_page(owner, site):
    """Also when it ends while the short page is open: Allow then allows nothing."""
    token = await site.connect(owner)
    open_page = await extend(owner, site, token)
    await site.post("escherpad/revoke", token=token, client_id=f"{site.origin}/")
    assert FULL in (await extend(owner, site, token)).body
    answer = await press_allow(owner, open_page)
    assert answer.code == 200
    assert FULL in answer.body


async def test_deny_denies(owner, site):
    page = await extend(owner, site, await site.connect(owner))
    answer = answer_of(await owner.click(page, lifetime=selected(page), decision="deny"))
    assert answer["error"] == "access_denied"


async def test_a_time_that_was_not_offered_is_refused(owner, site):
    page = await extend(owner, site, await site.connect(owner))
    answer = await owner.click(page, lifetime="99999999", decision="allow")
    assert answer.code == 400


async def test_strangers_meet_the_login_as_ever(person, owner, site, call, jp_serverapp):
    """The short page needs a login, and its id alone shows nobody what was allowed."""
    token = await site.connect(owner)
    stranger = type(owner)(call, jp_serverapp)
    page = await stranger.ask(site.question(previous_grant=id_of(token)))
    assert SHORT not in page.body
    assert b"Run code" not in page.body
