"""The device flow (RFC 8628): from the program's question to its token, and what stops it."""

from __future__ import annotations

import json
import re
import time
from typing import Any

import pytest
from support.connect.browser_user import Person, selected
from support.connect.device_program import CLIENT, Program, decide, type_code
from support.connect.hostile_requests import service_of, set_clock
from support.connect.programs import AskingProgram
from support.constants import ALLOWED

from escherpad_ext.connect.device_codes import CODE_SECONDS
from escherpad_ext.connect.device_flow import poll_error
from escherpad_ext.connect.guesses import MAX_OF_SERVER, MAX_OF_USER


@pytest.fixture
def program(call: Any) -> Program:
    """Return a program on a cluster."""
    return Program(call)


async def test_a_code_that_is_typed_gives_a_token(call, owner, program):
    """With the scopes that the owner left, for a program: without Origin, and for no page."""
    answer = await program.start("run", device_name="ana@cluster")
    assert answer.headers["Cache-Control"] == "no-store"
    codes = program.codes
    assert re.fullmatch("[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}", codes["user_code"])
    assert codes["verification_uri"].endswith("/escherpad/device")
    assert (codes["expires_in"], codes["interval"]) == (600, 5)
    assert await program.error() == "authorization_pending"
    done = await decide(owner, codes["user_code"].lower().replace("-", " "), scope=["view"])
    assert b"The program is connected" in done.body
    given = await program.poll()
    assert given.code == 200, given.body
    assert given.headers["Cache-Control"] == "no-store"
    token = json.loads(given.body)
    assert (token["token_type"], token["scope"]) == ("Bearer", "view")
    assert token["expires_in"] == 7 * 86400
    value = token["access_token"]
    assert (await call("GET", "api/contents", token=value)).code == 200
    assert (await call("POST", "api/kernels", token=value)).code == 403
    assert (await call("GET", "api/contents", token=value, origin=ALLOWED)).code in {401, 403}
    grant = json.loads((await call("GET", "escherpad/grant", token=value)).body)
    assert grant["client_id"] == CLIENT
    page = (await owner.open_page("escherpad/")).body.decode()
    assert "<dt>Name</dt><dd><bdi>ana@cluster</bdi></dd>" in page
    assert ">A program</h2>" in page


async def test_the_page_says_who_asks(owner, program):
    """The code, the address it came from, the name that nobody checked, and what to beware of."""
    await program.start("run", device_name="Jupyter <b>\u202eevil")
    code = program.codes["user_code"]
    page = (await type_code(owner, code)).body.decode()
    assert f'<p id="client" class="origin" dir="ltr" translate="no">{code}</p>' in page
    assert "If somebody sent you the code, press Deny" in page
    assert '<span class="address">127.0.0.1</span> (this machine, or a proxy or tunnel' in page
    assert "“Jupyter &lt;b&gt; evil”" in page
    assert "Nobody checked this name" in page
    assert "Full control" in page
    entry = (await owner.open_page("escherpad/device")).body.decode()
    assert "Type only a code from a program that you started yourself." in entry


async def test_a_week_is_preselected(owner, program):
    await program.start()
    assert selected(await type_code(owner, program.codes["user_code"])) == str(7 * 86400)


async def test_a_no_ends_it(owner, program):
    """The program learns it, and the code is no good any more."""
    await program.start()
    done = await decide(owner, program.codes["user_code"], decision="deny")
    assert b"Denied" in done.body
    assert await program.error() == "access_denied"
    assert await program.error() == "access_denied"
    assert b"No program waits" in (await type_code(owner, program.codes["user_code"])).body


async def test_only_what_was_asked_for_can_be_ticked(owner, program):
    await program.start("view")
    answer = await decide(owner, program.codes["user_code"], scope=["full"])
    assert answer.code == 400
    assert await program.error() == "authorization_pending"


async def test_one_folder(call, owner, program, jp_root_dir):
    """A program may ask for one folder; the page says so, and the token is limited to it."""
    (jp_root_dir / "data").mkdir()
    await program.start("view", folder="data")
    page = await type_code(owner, program.codes["user_code"])
    assert 'name="folder" id="folder" value="data"' in page.body.decode()
    await decide(owner, program.codes["user_code"])
    token = json.loads((await program.poll()).body)
    assert token["folder"] == "data"
    assert (await call("GET", "api/contents/data", token=token["access_token"])).code == 200
    assert (await call("GET", "api/contents/x", token=token["access_token"])).code == 403


async def test_the_owner_picks_a_folder(owner, program, jp_root_dir):
    """Also where the program asked for all files. A mistake costs another look, and no code."""
    (jp_root_dir / "data").mkdir()
    await program.start("view")
    page = await type_code(owner, program.codes["user_code"])
    choice = {"scope": ["view"], "lifetime": "3600", "decision": "allow", "files": "folder"}
    page = await owner.click(page, **{**choice, "folder": "../x"})
    assert 'id="folder-problem"' in page.body.decode()
    assert selected(page) == "3600"
    assert b"is connected" in (await owner.click(page, **{**choice, "folder": "data"})).body
    token = json.loads((await program.poll()).body)
    assert (token["folder"], token["expires_in"]) == ("data", 3600)


async def test_a_registered_program(call, jp_serverapp, owner):
    """It asks with the id that registration gave; what was not given here is refused."""
    agent = AskingProgram(call, jp_serverapp)
    assert (await agent.register(client_name="An agent")).code == 201
    program = Program(call, agent.client_id)
    await program.start("view")
    page = (await type_code(owner, program.codes["user_code"])).body.decode()
    assert "“An agent”" in page
    await decide(owner, program.codes["user_code"])
    assert await program.error(client_id=CLIENT) == "invalid_grant"
    token = json.loads((await program.poll()).body)["access_token"]
    grant = json.loads((await call("GET", "escherpad/grant", token=token)).body)
    assert grant["client_id"].startswith("registered:")
    header, payload, _ = agent.client_id.split(".")
    forged = Program(call, f"{header}.{payload}.{'A' * 43}")
    assert json.loads((await forged.start()).body)["error"] == "invalid_client"


@pytest.mark.parametrize("escherpad_config", [{"programs": "off"}])
async def test_programs_off(program, owner):
    answer = await program.start()
    assert json.loads(answer.body)["error"] == "unauthorized_client"
    assert (await owner.open_page("escherpad/device")).code == 403


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"client_id": "other"}, "invalid_request"),
        ({"client_id": ""}, "invalid_request"),
        ({"client_id": "https://site.example/"}, "invalid_client"),
        ({"scope": ""}, "invalid_scope"),
        ({"scope": "nothing"}, "invalid_scope"),
        ({"scope": "view " * 400}, "invalid_scope"),
        ({"resource": "https://other.example"}, "invalid_target"),
        ({"folder": ""}, "invalid_request"),
        ({"folder": "x", "scope": "run"}, "invalid_request"),
    ],
)
async def test_requests_that_are_not_valid(program, fields, error):
    """Each gets an error of OAuth, as JSON, and nothing is kept."""
    answer = await program.start(**fields)
    assert (answer.code // 100, json.loads(answer.body)["error"]) == (4, error)
    assert answer.headers["Content-Type"].startswith("application/json")
    assert len(program.codes) == 0


async def test_a_metadata_document_says_it(call):
    document = json.loads((await call("GET", ".well-known/oauth-authorization-server")).body)
    end = document["issuer"] + "/escherpad/device_authorization"
    assert document["device_authorization_endpoint"] == end
    assert "urn:ietf:params:oauth:grant-type:device_code" in document["grant_types_supported"]


# Time


async def test_polling_without_a_pause(jp_serverapp, owner, program):
    """Each time, the program has to wait longer; a decision is told all the same."""
    now = [time.monotonic()]  # stands still, however slow the machine is
    service_of(jp_serverapp).device_codes._timer = lambda: now[0]
    await program.start()
    assert await program.error() == "authorization_pending"
    assert await program.error() == "slow_down"
    now[0] += 6
    assert await program.error() == "slow_down"  # ten seconds by now
    now[0] += 16
    assert await program.error() == "authorization_pending"
    await decide(owner, program.codes["user_code"])
    assert (await program.poll()).code == 200


async def test_a_code_ends(jp_serverapp, owner, program):
    """After ten minutes, for the owner and for the program, also once it was allowed."""
    clock = set_clock(jp_serverapp)
    await program.start()
    clock.ahead = CODE_SECONDS / 2
    assert await program.error() == "authorization_pending"  # and kept by it
    page = await type_code(owner, program.codes["user_code"])
    clock.ahead = CODE_SECONDS + 1
    assert await program.error() == "expired_token"
    assert b"No program waits" in (await type_code(owner, program.codes["user_code"])).body
    late = await owner.click(page, scope=["view"], lifetime="3600", decision="allow")
    assert b"This request has ended" in late.body
    assert await program.error() == "expired_token"


async def test_a_restart_ends_it_with_a_true_error(jp_serverapp, program):
    """The key that signed the code is gone."""
    await program.start()
    service = service_of(jp_serverapp)
    service.device_codes._key = b"that of another process"
    answer = json.loads((await program.poll()).body)
    assert answer["error"] == "expired_token"
    assert "restarted" in answer["error_description"]


# Who may


async def test_the_code_twice(call, owner, program):
    """One of the two callers has stolen it, so the grant of the first ends."""
    token = json.loads((await program.connect(owner)).body)["access_token"]
    assert (await call("GET", "api/contents", token=token)).code == 200
    assert await program.error() == "invalid_grant"
    assert (await call("GET", "api/contents", token=token)).code == 401
    again = json.loads((await program.connect(owner)).body)["access_token"]
    assert (await call("GET", "api/contents", token=again)).code == 200


async def test_another_client_cannot_redeem_it(call, owner, program, site):
    """Neither a site nor another program, and the program itself still can."""
    await program.start()
    await decide(owner, program.codes["user_code"])
    for client in (f"{site.origin}/", "other", ""):
        assert await program.error(client_id=client) in {"invalid_client", "unauthorized_client"}
    answer = await program.poll(client_id=f"{site.origin}/", headers={"Origin": site.origin})
    assert answer.code in {400, 401}
    assert (await program.poll()).code == 200


@pytest.mark.parametrize("escherpad_config", [{"allowed_origins": [ALLOWED]}])
@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": ALLOWED},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "same-origin"},
    ],
)
async def test_no_page_can_use_it(call, owner, program, headers):
    """Neither ask for codes nor redeem one, whatever origins are allowed."""
    sent = {"client_id": CLIENT, "scope": "view"}
    answer = await program.post("escherpad/device_authorization", headers, **sent)
    assert answer.code in {400, 401, 403}
    assert b"user_code" not in answer.body
    await program.start()
    await decide(owner, program.codes["user_code"])
    refused = await program.poll(headers=headers)
    assert refused.code in {400, 401, 403}
    assert b"access_token" not in refused.body
    assert (await program.poll()).code == 200


async def test_a_site_has_no_use_for_the_grant_type(program, site):
    """Codes of the one flow are nothing in the other."""
    await program.start()
    answer = await site.redeem(program.codes["device_code"])
    assert json.loads(answer.body)["error"] == "invalid_grant"


@pytest.mark.parametrize("escherpad_config", [{"connect": "off"}])
async def test_off(program, owner):
    """Where connecting is switched off, there is neither the question nor the page."""
    answer = await program.start()
    assert json.loads(answer.body)["error"] == "unauthorized_client"
    page = await owner.open_page("escherpad/device")
    assert b"Connecting is switched off" in page.body


async def test_the_page_needs_a_login(person: Person):
    answer = await person.open("escherpad/device")
    assert answer.code == 303
    assert "/login?" in answer.headers["Location"]


async def test_the_token_can_be_given_back(call, owner, program, site):
    """By the program, and by no site and no other client (RFC 7009)."""
    token = json.loads((await program.connect(owner)).body)["access_token"]
    await site.post("escherpad/revoke", token=token, client_id=f"{site.origin}/")
    await program.post("escherpad/revoke", token=token, client_id="other")
    origin = {"Origin": site.origin}
    await program.post("escherpad/revoke", origin, token=token, client_id=CLIENT)
    assert (await call("GET", "api/contents", token=token)).code == 200
    gone = await program.post("escherpad/revoke", token=token, client_id=CLIENT)
    assert gone.code == 200
    assert (await call("GET", "api/contents", token=token)).code == 401


# Guessing and crowds


async def test_guessing(jp_serverapp, owner, program):
    """After ten wrong codes even the right one is refused, for ten minutes."""
    clock = set_clock(jp_serverapp)
    await program.start()
    for _ in range(MAX_OF_USER):
        assert b"No program waits" in (await type_code(owner, "BBBB-BBBB")).body
    answer = await type_code(owner, program.codes["user_code"])
    assert answer.code == 429
    clock.ahead = 601
    await program.start()
    assert b"Does your own program" in (await type_code(owner, program.codes["user_code"])).body


async def test_guessing_with_many_logins(jp_serverapp):
    """A new login does not help: the server has a limit, too."""
    guesses = service_of(jp_serverapp).guesses
    for number in range(MAX_OF_SERVER):
        guesses.check(f"user {number}")
        guesses.add(f"user {number}")
    with pytest.raises(Exception, match="Too many codes"):
        guesses.check("somebody else")


async def test_a_flood_of_requests(jp_serverapp, owner, program):
    """Memory is bounded; a program that goes on asking is still found by its code."""
    codes = service_of(jp_serverapp).device_codes
    await program.start()
    request = codes.find(program.codes["user_code"]).request
    for _ in range(6000):
        codes.start(request)
    assert len(codes) == 5000
    assert b"No program waits" in (await type_code(owner, program.codes["user_code"])).body
    assert await program.error() == "authorization_pending"
    await decide(owner, program.codes["user_code"])
    assert (await program.poll()).code == 200


async def test_pushed_out_while_the_owner_reads(jp_serverapp, owner, program):
    """The decision counts all the same."""
    codes = service_of(jp_serverapp).device_codes
    await program.start()
    page = await type_code(owner, program.codes["user_code"])
    request = codes.find(program.codes["user_code"]).request
    for _ in range(5000):
        codes.start(request)
    done = await owner.click(page, scope=["view"], lifetime="3600", decision="allow")
    assert b"The program is connected" in done.body
    assert (await program.poll()).code == 200


@pytest.mark.parametrize("code", ["", "x", "x.y", "é", "a" * 15000, f"{'a' * 40}.{'b' * 43}"])
async def test_forged_device_codes(program, code):
    """None is valid, and none breaks the server."""
    await program.start()
    assert await program.error(device_code=code) in {"invalid_grant", "expired_token"}


async def test_a_form_is_good_once(owner, program):
    """As on the connect page: no decision is sent twice, and no nonce of another page counts."""
    await program.start()
    page = await type_code(owner, program.codes["user_code"])
    await owner.click(page, decision="deny")
    again = await owner.click(page, scope=["view"], lifetime="3600", decision="allow")
    assert b"This page has ended" in again.body
    assert await program.error() == "access_denied"


def test_every_status_has_an_error():
    assert poll_error("slow_down", None).error == "slow_down"
    assert poll_error("something else", None).error == "invalid_grant"
