"""Who may connect apps to a single-user server: its owner, logged in to the Hub, nobody else."""

from __future__ import annotations

import json
import re

import pytest
from support.connect.browser_user import CLICK, NAVIGATION
from support.constants import ALLOWED
from support.hub.hub_process import HubProcess, UserServer
from support.hub.hub_user import HubSite, Page, Visitor, call
from support.hub.terminal import type_in_terminal

from escherpad_ext.cli.device_client import DeviceClient
from escherpad_ext.cli.server_address import ServerAddress

pytest_plugins = ["support.hub.fixtures"]
pytestmark = pytest.mark.timeout(300)


def allow(visitor: Visitor, page: Page) -> Page:
    """Say yes to what is asked for."""
    assert '<form id="consent"' in page.text, page
    lifetime = re.search(r'<option value="([0-9]+)" selected', page.text)
    assert lifetime
    return visitor.click(page, scope="view", lifetime=lifetime[1], files="all", decision="allow")


@pytest.mark.parametrize("which", [0, 1], ids=["default", "named"])
async def test_an_owner_connects_a_site(
    hub: HubProcess, servers: list[UserServer], which: int
) -> None:
    """Through the login of the Hub, which leads back to the page; good on that server only."""
    site = HubSite(servers[which])
    visitor = Visitor(hub, "ana").log_in()  # to the Hub, but not to the server yet
    token = await site.token(allow(visitor, site.ask(visitor)))
    for index, server in enumerate(servers):
        answer = await call(server, "GET", "api/contents", origin=ALLOWED, token=token)
        assert answer.status == (200 if index == which else 401), (server.path, answer)
    connected = visitor.open(f"{site.issuer}/escherpad/")
    assert ALLOWED in connected.text


async def test_an_owner_connects_a_program(hub: HubProcess, ana: UserServer) -> None:
    """Given what is in the address bar. The page comes after the login of the Hub."""
    client = DeviceClient(ServerAddress.parse(f"{ana.url}lab?token=x"))
    client.discover()
    code = client.start("view", "a job", None)
    assert code.verification_uri == f"{ana.url}escherpad/device"
    visitor = Visitor(hub, "ana").log_in()
    page = visitor.click(visitor.open(code.verification_uri), code=code.user_code)
    assert "“a job”" in page.text
    assert "is connected" in allow(visitor, page).text
    token = client.wait(code, sleep=lambda _seconds: None)["access_token"]
    assert (await call(ana, "GET", "api/contents", token=token)).status == 200
    assert (await call(ana, "GET", "api/contents", token=token, origin=ALLOWED)).status == 401
    client.revoke(client.revocation_endpoint, token)
    assert (await call(ana, "GET", "api/contents", token=token)).status == 401


async def test_nobody_else_may(hub: HubProcess, servers: list[UserServer]) -> None:
    """Users whom the Hub admits, by a share or as admins, read why and see nothing else.

    What they allowed would go on when they may not enter any more.
    """
    ana = servers[0]
    hub.share("ana", "", "guest")
    for name in ("guest", "root"):
        visitor = Visitor(hub, name).log_in().enter(ana)
        site = HubSite(ana)
        own = (visitor.open(f"{ana.url}escherpad/{path}") for path in ("", "device"))
        for page in (site.ask(visitor), *own):
            assert page.status == 403
            assert f"belongs to ana, and you are {name}" in page.text
            assert ALLOWED not in page.text
            assert "<form" not in page.text
        headers = {**CLICK, "Origin": hub.origin}
        fields = {"_xsrf": visitor.xsrf(ana), "nonce": "x", "decision": "allow"}
        for path in ("escherpad/authorize", "escherpad/"):
            assert visitor.post(f"{ana.url}{path}", fields, headers).status == 403
    outsider = Visitor(hub, "bob").log_in()
    assert HubSite(ana).ask(outsider).status == 403  # the Hub's own page


async def test_no_token_of_the_hub_is_an_owner(hub: HubProcess, ana: UserServer) -> None:
    """Not in the header, not in the address, and not as the cookie that the Hub makes of it."""
    (urls,) = hub.start(("olga", ""))
    for server in (ana, urls):
        token = hub.token(server.user)
        for path in ("escherpad/", "escherpad/authorize?x"):
            sent = [("Authorization", f"token {token}"), *NAVIGATION.items()]
            for query, headers in (("", sent), (f"&token={token}", [*NAVIGATION.items()])):
                answer = await call(
                    server, "GET", f"{path}{'' if '?' in path else '?'}{query}", headers=headers
                )
                assert answer.status in {302, 403}, answer
                if answer.status == 403:
                    assert answer.refusal() == ("owner_only", "token_used")
    visitor = Visitor(hub, "olga")
    assert visitor.open(f"{urls.url}api/me?token={hub.token('olga')}").status == 200
    assert any(c.name.startswith("jupyterhub-user-olga") for c in visitor.jar)
    assert visitor.open(f"{urls.url}api/contents").status == 200
    page = visitor.open(f"{urls.url}escherpad/")
    assert (page.status, "You opened this server with a token" in page.text) == (403, True)


async def test_owners_that_share_a_folder_see_their_own(
    hub: HubProcess, servers: list[UserServer]
) -> None:
    """What bob sees connected is his, and "Disconnect all" is about that."""
    ana, _, bob = servers
    tokens = {}
    create = f"jupyter escherpad token create --origin {ALLOWED} --scope view --name"
    for server in (ana, bob):
        typed = await type_in_terminal(server, f"{create} made-by-{server.user}")
        tokens[server.user] = typed.out.strip()
    visitor = Visitor(hub, "bob").log_in()
    page = visitor.open(f"{bob.url}escherpad/")
    assert ("made-by-bob" in page.text, "made-by-ana" in page.text) == (True, False)
    listed = await type_in_terminal(ana, "jupyter escherpad token list --json")
    ids = {grant["name"]: grant["id"] for grant in json.loads(listed.out)}
    page = visitor.open(f"{bob.url}escherpad/")
    assert visitor.click(page, disconnect=ids["made-by-ana"]).status == 303
    asked = visitor.click(visitor.open(f"{bob.url}escherpad/"), disconnect="all")
    assert "Disconnect all apps?" in asked.text
    assert visitor.click(asked, disconnect="all").status == 303
    for server, status in ((ana, 200), (bob, 401)):
        answer = await call(
            server, "GET", "api/contents", origin=ALLOWED, token=tokens[server.user]
        )
        assert answer.status == status


async def test_the_server_tells_its_address(hub: HubProcess, servers: list[UserServer]) -> None:
    """What the Hub says it is; or else what the browser asked the outermost proxy for."""
    path = ".well-known/oauth-authorization-server"
    for server in servers:
        assert (await call(server, "GET", path, origin=ALLOWED)).json()["issuer"] == server.url[:-1]
    (olga,) = hub.start(("olga", ""))
    assert (await call(olga, "GET", path)).json()["issuer"] == olga.url[:-1]
    for headers in (
        [("X-Forwarded-Proto", "https")],  # to which the Hub's proxy adds its own: http
        [("X-Forwarded-Proto", "https,http")],
        [("Forwarded", "for=192.0.2.1;proto=https, for=10.0.0.1;proto=http")],
    ):
        told = (await call(olga, "GET", path, headers=headers)).json()
        assert told["issuer"] == olga.url[:-1].replace("http:", "https:")
        told = (await call(servers[0], "GET", path, headers=headers)).json()
        assert told["issuer"] == servers[0].url[:-1]
