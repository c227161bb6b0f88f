"""A program connects: it registers, the owner allows it, and its token works without an origin."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from support.connect.browser_user import Person, answer_of, issuer_of, selected
from support.connect.programs import AskingProgram

from escherpad_ext.connect.introduction import NEAR


@pytest.fixture
def program(call: Any, jp_serverapp: Any) -> AskingProgram:
    return AskingProgram(call, jp_serverapp)


async def connect(program: AskingProgram, owner: Person, scope: str = "view", **more: Any) -> str:
    if not program.client_id:
        assert (await program.register()).code == 201
    answer = answer_of(await owner.allow(program.question(scope, **more)))
    found = await program.redeem(answer["code"])
    assert found.code == 200, found.body
    token: str = json.loads(found.body)["access_token"]
    return token


async def test_it_connects(call: Any, owner: Person, program: AskingProgram) -> None:
    """From the registration to the token, which is the program's and works without an origin."""
    registered = json.loads((await program.register()).body)
    assert registered["redirect_uris"] == [program.redirect_uri]
    assert registered["token_endpoint_auth_method"] == "none"
    assert "client_secret" not in registered
    back = await owner.allow(program.question("view"))
    assert back.headers["Location"].startswith(f"{program.redirect_uri}?")
    answer = answer_of(back)
    assert (answer["state"], answer["iss"]) == (program.state, program.issuer)
    found = json.loads((await program.redeem(answer["code"])).body)
    assert found["expires_in"] == 7 * 86400
    assert "refresh_token" not in found
    token = found["access_token"]
    assert (await call("GET", "api/contents", token=token)).code == 200
    refused = await call("GET", "api/contents", origin="https://site.example", token=token)
    assert refused.code == 403
    grant = json.loads((await call("GET", "escherpad/grant", token=token)).body)
    assert grant["client_id"].startswith("registered:")
    apps = (await owner.open_page("escherpad/")).body.decode()
    assert ">A program</h2>" in apps
    assert "<bdi>An agent</bdi>" in apps


async def test_what_the_owner_reads(owner: Person, program: AskingProgram) -> None:
    """A program is no site, its name is a claim, and where the answer goes stands out."""
    await program.register(client_name="<i>Ada</i>\u202e")
    page = await owner.ask(program.question("edit"))
    text = page.body.decode()
    assert "A program wants to use your Jupyter server" in text
    assert f'<p id="client" class="origin place">{NEAR}</p>' in text
    assert '<bdi id="name">“&lt;i&gt;Ada&lt;/i&gt;”</bdi>. Nobody checked this name' in text
    assert "\u202e" not in text
    assert "First time" not in text
    assert selected(page) == str(7 * 86400)
    assert "form-action 'self' http://localhost:41234" in page.headers["Content-Security-Policy"]
    assert not re.search(r"\b[Tt]h(e|is) site\b", text)


async def test_a_name_that_imitates_is_left_out(owner: Person, program: AskingProgram) -> None:
    """The page says that there is none it can show."""
    await program.register(client_name="https://trusted.example")
    text = (await owner.ask(program.question())).body.decode()
    assert "It gives no name" in text
    assert "trusted.example" not in text


async def test_who_is_not_logged_in_reads_it_too(person: Person, program: AskingProgram) -> None:
    """Before the login."""
    await program.register()
    text = (await person.ask(program.question())).body.decode()
    assert "A program wants to use it" in text
    assert NEAR in text
    assert not re.search(r"\b[Tt]h(e|is) site\b", text)


async def test_a_program_is_asked_about_each_time(owner: Person, program: AskingProgram) -> None:
    """Another one could call itself the same: nothing says that it was allowed before."""
    await connect(program, owner)
    assert "before" not in (await owner.ask(program.question())).body.decode().split("What you")[1]


@pytest.mark.parametrize("port", ["", ":1", ":65535"])
async def test_on_any_port(owner: Person, program: AskingProgram, port: str) -> None:
    """The one that it registered may be taken by now."""
    await program.register()
    program.redirect_uri = f"http://localhost{port}/callback"
    back = await owner.allow(program.question())
    assert back.headers["Location"].startswith(f"{program.redirect_uri}?")
    assert (await program.redeem(answer_of(back)["code"])).code == 200


@pytest.mark.parametrize(
    "uri",
    ["http://localhost/other", "https://site.example/", "http://127.0.0.1/callback", "cursor://x"],
)
async def test_nowhere_else(owner: Person, program: AskingProgram, uri: str) -> None:
    """A page of the server says so, and leads nowhere."""
    await program.register()
    page = await owner.ask(program.question(redirect_uri=uri))
    assert (page.code, "Location" in page.headers) == (400, False)
    assert b"none that the program registered" in page.body


async def test_not_to_the_server_itself(owner: Person, program: AskingProgram) -> None:
    """A code would be in its log, and on whatever page is there."""
    program.redirect_uri = f"{program.issuer}/lab"
    await program.register()
    page = await owner.ask(program.question())
    assert (page.code, b"is the address of this server" in page.body) == (403, True)


async def test_a_forged_id_is_not_known(owner: Person, program: AskingProgram) -> None:
    """A page could make one up that names another redirect."""
    await program.register()
    header, payload, _signature = program.client_id.split(".")
    for forged in (f"{header}.{payload}.{'A' * 43}", f"{header}.{payload[:-4]}AAAA.{_signature}"):
        page = await owner.ask(program.question(client_id=forged))
        assert page.code == 400
        assert "Location" not in page.headers


async def test_a_code_is_bound(owner: Person, program: AskingProgram, call: Any) -> None:
    """To the program, its redirect, its verifier; and no page of another origin redeems it."""
    await program.register()
    other = AskingProgram(call, _Server(program))
    other.redirect_uri = "http://localhost/other"
    await other.register()
    wrong = (
        {"client_id": other.client_id},
        {"redirect_uri": "http://localhost:41235/callback"},
        {"code_verifier": "v" * 43},
        {"origin": "https://site.example"},
        {"resource": f"{program.issuer}/mcp"},
    )
    for changed in wrong[:4]:
        code = answer_of(await owner.allow(program.question()))["code"]
        assert (await program.redeem(code, **changed)).code in {400, 401}
        assert (await program.redeem(code)).code == 400


class _Server:
    def __init__(self, program: AskingProgram) -> None:
        address = program.issuer.removeprefix("http://127.0.0.1:")
        port, _, base = address.partition("/")
        self.port, self.base_url = port, f"/{base}/"


async def test_plain_pkce_is_refused(owner: Person, program: AskingProgram) -> None:
    """And no PKCE at all."""
    await program.register()
    for changed in ({"code_challenge_method": "plain"}, {"code_challenge": None}):
        page = await owner.ask(program.question(**changed))  # type: ignore[arg-type]
        assert page.code == 400


async def test_it_can_end_its_grant(owner: Person, program: AskingProgram, call: Any) -> None:
    """With its own id (RFC 7009), and no other program can."""
    token = await connect(program, owner)
    other = AskingProgram(call, _Server(program))
    other.redirect_uri = "http://localhost/other"
    await other.register()
    assert (
        await other.post("escherpad/revoke", token=token, client_id=other.client_id)
    ).code == 200
    site = "https://site.example"
    await other.post("escherpad/revoke", site, token=token, client_id=f"{site}/")
    assert (await call("GET", "api/contents", token=token)).code == 200
    await program.post("escherpad/revoke", token=token, client_id=program.client_id)
    assert (await call("GET", "api/contents", token=token)).code == 401


@pytest.mark.parametrize("escherpad_config", [{"resource_paths": {"/mcp": "mcp"}}])
async def test_a_resource_says_what_it_needs(
    owner: Person, program: AskingProgram, jp_serverapp: Any
) -> None:
    """A program that names no scope is asked about that of the path (RFC 6749, 3.3)."""
    await program.register()
    resource = f"{issuer_of(jp_serverapp)}/mcp"
    page = (await owner.ask(program.question(None, resource=resource))).body.decode()
    assert 'value="mcp:execute" checked' in page
    assert f"{resource}</span>" in page
    assert (await owner.ask(program.question(None))).code == 400


@pytest.mark.parametrize("escherpad_config", [{"programs": "off"}])
async def test_the_owner_switches_it_off(
    owner: Person, program: AskingProgram, site: Any, call: Any
) -> None:
    """For programs alone: nothing says how to register, and sites connect as ever."""
    assert (await program.register()).code == 403
    found = json.loads((await call("GET", ".well-known/oauth-authorization-server")).body)
    assert "registration_endpoint" not in found
    assert await site.connect(owner)
    program.client_id = REGISTERED_ELSEWHERE
    page = await owner.ask(program.question())
    assert (page.code, b"c.EscherpadExt.programs" in page.body) == (403, True)


#: Not signed here, and long switched off before anybody looks.
REGISTERED_ELSEWHERE = (
    "eyJhbGciOiJIUzI1NiIsImtpZCI6ImVzY2hlcnBhZC0wIiwidHlwIjoiY2xpZW50K2p3dCJ9."
    "eyJyZWRpcmVjdF91cmlzIjpbImh0dHA6Ly9sb2NhbGhvc3QvY2FsbGJhY2siXX0.AAAA"
)


@pytest.mark.parametrize("escherpad_config", [{"connect": "off"}, {"connect": "never"}])
async def test_nobody_asks_where_connecting_is_off(program: AskingProgram) -> None:
    """Or where a setting is wrong."""
    assert (await program.register()).code == 403


@pytest.mark.parametrize("escherpad_config", [{"connect": "listed"}])
async def test_a_list_of_sites_is_not_about_programs(owner: Person, program: AskingProgram) -> None:
    """`programs` is."""
    assert await connect(program, owner)
