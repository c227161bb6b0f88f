"""Programs and agents at a single-user server: found below its base URL, by the Hub's login."""

from __future__ import annotations

import json
import re
import sys
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urljoin

import pytest
from support.agents import DISCONNECTED, agent, last_lines, next_line, typescript_agent
from support.connect.connect_command import Terminal
from support.constants import ALLOWED
from support.hub.hub_process import HubProcess, UserServer
from support.hub.hub_user import Page, Visitor, call
from support.requirements import find_node

pytest_plugins = ["support.hub.fixtures"]
pytestmark = pytest.mark.timeout(300)

RESOURCE = ".well-known/oauth-protected-resource"
SECONDS = 60
#: What a command is given by ``connect``.
SHOW = "import os; print(os.environ['JUPYTER_URL'], os.environ['JUPYTER_TOKEN'])"


@pytest.fixture(scope="module")
def bob(servers: list[UserServer]) -> UserServer:
    """Return the server that has an endpoint for agents."""
    return servers[2]


@pytest.fixture
def visitor(hub: HubProcess) -> Visitor:
    """Return bob, logged in to the Hub, and to no server yet."""
    return Visitor(hub, "bob").log_in()


def allow(visitor: Visitor, page: Page) -> Page:
    """Say yes to all that is asked for."""
    boxes = re.findall(r'<input[^>]*type="checkbox"[^>]*>', page.text)
    scopes = [re.findall(r'value="([^"]*)"', box)[0] for box in boxes if " checked" in box]
    lifetime = re.search(r'<option value="([0-9]+)" selected', page.text)
    assert lifetime, page
    return visitor.click(page, scope=scopes, lifetime=lifetime[1], decision="allow")


def type_code(visitor: Visitor, server: UserServer, code: str) -> Page:
    """Open the page, by the Hub's login, and type a program's code."""
    return visitor.click(visitor.open(f"{server.url}escherpad/device"), code=code)


async def test_what_a_program_is_told(bob: UserServer) -> None:
    """Every address is the public one, and this server answers there."""
    issuer = bob.url[:-1]
    answer = await call(bob, "POST", "mcp", body={})
    where = f"{issuer}/{RESOURCE}/mcp"
    expected = f'Bearer scope="mcp:execute", resource_metadata="{where}"'
    assert (answer.status, answer.get("WWW-Authenticate")) == (401, expected)
    resource = (await call(bob, "GET", f"{RESOURCE}/mcp")).json()
    assert (resource["resource"], resource["authorization_servers"]) == (f"{issuer}/mcp", [issuer])
    for name in ("oauth-authorization-server", "openid-configuration"):
        found = (await call(bob, "GET", f".well-known/{name}")).json()
        assert found["issuer"] == issuer
        endpoints = [found[key] for key in found if key.endswith(("_endpoint", "_uri"))]
        assert len(endpoints) >= 5
        assert all(each.startswith(f"{issuer}/escherpad/") for each in endpoints)


async def test_a_server_that_protects_nothing(ana: UserServer) -> None:
    """It is what it was: the Hub's login, and no challenge."""
    answer = await call(ana, "POST", "mcp", body={})
    assert (answer.status, answer.get("WWW-Authenticate")) == (403, None)
    assert (await call(ana, "GET", ".well-known/openid-configuration")).status == 404


def test_an_agent_connects(hub: HubProcess, bob: UserServer, visitor: Visitor) -> None:
    """It has the address of the endpoint only. The official SDK of MCP does all the rest.

    Disconnect ends its stream behind the Hub's proxy, and its next call fails.
    """
    with (
        agent([*typescript_agent(find_node()), f"{bob.url}mcp"]) as process,
        ThreadPoolExecutor() as other,
    ):
        page = visitor.open(next_line(process)["open"])
        log_in = re.search(r'<a [^>]*id="go" href="([^"]*)"', page.text)
        assert log_in, page
        page = visitor.open(urljoin(page.url, log_in[1]))
        assert "“An agent”" in page.text
        # The agent answers the browser when a tool was called.
        came = other.submit(read, allow(visitor, page).url).result(SECONDS)
        assert '<p id="result">5 mcp:execute</p>' in came
        asked = visitor.open(f"{bob.url}escherpad/")
        grant = re.search(r'name="disconnect"[^>]*value="([0-9a-f]{32})"', asked.text)
        assert grant, asked
        visitor.click(asked, disconnect=grant[1])
        assert last_lines(process) == DISCONNECTED


def read(url: str) -> str:
    with urllib.request.urlopen(url, timeout=SECONDS) as answer:
        return str(answer.read().decode())


async def test_a_token_is_good_there_only(
    servers: list[UserServer], bob: UserServer, visitor: Visitor
) -> None:
    """At no other server, from no other origin, and the Hub's own tokens go on counting."""
    with ThreadPoolExecutor() as other:
        terminal = Terminal(f"{bob.url}lab?token=x", "--scope", "mcp:execute", "--no-browser")
        page = type_code(visitor, bob, terminal.code())
        assert "is connected" in allow(visitor, page).text
        status, out, said = other.submit(terminal.end).result()
    assert status == 0, said
    token = out.strip()
    message = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
    for server, origin, path, expected in (
        (bob, None, "mcp", 200),
        (bob, None, "api/contents", 403),
        (bob, ALLOWED, "api/contents", 401),
        (servers[0], None, "api/contents", 401),
    ):
        method = "POST" if path == "mcp" else "GET"
        answer = await call(server, method, path, origin=origin, token=token, body=message)
        assert answer.status == expected, (server.path, origin, path, answer)
    own = bob.hub.token("bob")
    assert (await call(bob, "POST", "mcp", token=own, body=message)).status == 200


def test_the_command_hands_over(bob: UserServer, visitor: Visitor, tmp_path: Path) -> None:
    """In each way that there is, all at once: to a file, to a command, to standard output."""
    home = {"JUPYTER_DATA_DIR": str(tmp_path / "data")}
    command = ["--", sys.executable, "-c", SHOW]
    ways = {
        "file": Terminal(bob.url, "--save", "cluster", "--scope", "view", environment=home),
        "command": Terminal(f"{bob.url}tree/x.ipynb", *command, environment=home),
        "folder": Terminal(bob.url, "--scope", "view", "--folder", "data", environment=home),
    }
    for terminal in ways.values():
        page = type_code(visitor, bob, terminal.code())
        assert "is connected" in allow(visitor, page).text
    ended = {name: terminal.end() for name, terminal in ways.items()}
    assert [status for status, _, _ in ended.values()] == [0, 0, 0], ended
    url, token = ended["command"][1].split()
    assert url == bob.url[:-1]
    assert ask(url, token) == 200
    assert ask(url, ended["folder"][1].strip()) == 403
    saved = json.loads((tmp_path / "data/escherpad_ext/connections/cluster.json").read_text())
    assert (saved["url"], ask(url, saved["token"])) == (url, 200)
    listed = Terminal("--list", environment=home).end()
    assert f"cluster  {url}  view" in listed[1]
    forgotten = Terminal("--forget", "cluster", environment=home).end()
    assert (forgotten[0], "has ended the token" in forgotten[2]) == (0, True)
    assert ask(url, saved["token"]) == 401


def ask(url: str, token: str) -> int:
    """Return how a server answers who lists its files."""
    request = urllib.request.Request(f"{url}/api/contents")
    request.add_header("Authorization", f"Bearer {token}")
    try:
        with urllib.request.urlopen(request, timeout=SECONDS) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code


async def test_registration_and_a_wrong_address(bob: UserServer) -> None:
    """A program registers by the proxy; what leads to the Hub is no endpoint of this server's."""
    headers = [("Content-Type", "application/json")]
    body = {"redirect_uris": ["http://localhost:4000/callback"]}
    answer = await call(bob, "POST", "escherpad/register", headers=headers, body=body)
    assert answer.status == 201
    status, _, said = Terminal(bob.hub.origin, "--no-browser").end()
    assert status == 1
    assert f"There is no escherpad-ext at {bob.hub.origin}" in said
