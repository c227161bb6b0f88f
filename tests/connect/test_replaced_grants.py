"""Who connects again has one connection: the new one ends that which the site presents."""

from __future__ import annotations

import base64
import json
import time
from contextlib import closing

import pytest
from support.connect.browser_user import Site, answer_of
from support.constants import TOKEN

from escherpad_ext.errors import GrantsUnavailable
from escherpad_ext.grants import Issuer, data_folder
from escherpad_ext.grants.registry import Registry

OTHER_SITE = "https://other.example"


async def status(call, origin, token):
    return (await call("GET", "escherpad/grant", origin=origin, token=token)).code


async def code_for(site, owner):
    return answer_of(await owner.allow(site.question()))["code"]


def id_of(token):
    """Return the id of a grant, as a page reads it in its token."""
    payload = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))["jti"]


@pytest.fixture(params=["previous_token", "previous_grant"])
def presented(request):
    """Return a function: a token → the field that presents it, or its id."""
    name = request.param
    return lambda token: {name: token if name == "previous_token" else id_of(token)}


@pytest.fixture
def issued(issuer_of_grants, jp_serverapp):
    """Return a function that makes a grant of this server for an origin."""
    here = {"root": jp_serverapp.root_dir, "base_url": jp_serverapp.base_url}
    return lambda origin, via: issuer_of_grants(origin, via=via, **here)


async def test_the_earlier_connection_ends(call, owner, site, presented):
    """Only the one that is presented: another device has a token of its own."""
    device, earlier = await site.connect(owner), await site.connect(owner)
    answer = await site.redeem(await code_for(site, owner), **presented(earlier))
    assert answer.code == 200
    assert await status(call, site.origin, earlier) == 401
    assert await status(call, site.origin, device) == 200


@pytest.mark.parametrize(
    "wrong", [{"code": "x"}, {"code_verifier": "x" * 43}, {"redirect_uri": "https://x.example/"}]
)
async def test_a_failure_ends_nothing(call, owner, site, presented, wrong):
    earlier = await site.connect(owner)
    sent = {"code": await code_for(site, owner), **wrong}
    assert (await site.redeem(**sent, **presented(earlier))).code == 400
    assert await status(call, site.origin, earlier) == 200


async def test_a_grant_of_another_site_stays(call, owner, site, presented, jp_serverapp):
    other = Site(call, jp_serverapp, OTHER_SITE)
    theirs = await other.connect(owner)
    answer = await site.redeem(await code_for(site, owner), **presented(theirs))
    assert answer.code == 200
    assert await status(call, OTHER_SITE, theirs) == 200


async def test_a_token_of_the_command_line_stays(call, owner, site, presented, issued):
    tokens = {via: issued(site.origin, via) for via in ("command", "connect")}
    for token in tokens.values():
        await site.redeem(await code_for(site, owner), **presented(token))
    after = {via: await status(call, site.origin, token) for via, token in tokens.items()}
    assert after == {"command": 200, "connect": 401}


async def test_a_connection_to_another_server_stays(
    call, owner, site, presented, issuer_of_grants, jp_serverapp, jp_data_dir, tmp_path
):
    """Also where both servers share a registry."""
    theirs = issuer_of_grants(site.origin, root=tmp_path, base_url=jp_serverapp.base_url)
    answer = await site.redeem(await code_for(site, owner), **presented(theirs))
    assert answer.code == 200
    with closing(Issuer(data_folder(str(jp_data_dir)))) as issuer:
        live = issuer.registry.list(time.time(), origin=site.origin)
        assert len(list(live)) == 2


@pytest.mark.parametrize("token", ["", "x", TOKEN, "a.b.c"])
async def test_what_is_no_grant_token_changes_nothing(call, owner, site, token):
    sent = {"previous_token": token, "previous_grant": token}
    assert (await site.redeem(await code_for(site, owner), **sent)).code == 200


async def test_a_connection_that_cannot_be_ended_does_not_spoil_the_new_one(
    call, owner, site, presented, monkeypatch
):
    """Or a new grant would be live, and the site would not have its token."""
    earlier, code = await site.connect(owner), await code_for(site, owner)

    def fail(*_args):
        raise GrantsUnavailable("the disk is full")

    monkeypatch.setattr(Registry, "revoke", fail)
    assert (await site.redeem(code, **presented(earlier))).code == 200
    monkeypatch.undo()
    assert await status(call, site.origin, earlier) == 200
