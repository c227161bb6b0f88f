"""On a Hub, too, links to what an app wrote meet a page first, and the Hub's redirects go on."""

from __future__ import annotations

import re

import pytest
from support.connect.browser_user import CLICK
from support.constants import ALLOWED
from support.hub.hub_process import HubProcess, UserServer
from support.hub.hub_user import HubSite, Page, Visitor, call

pytest_plugins = ["support.hub.fixtures"]
pytestmark = pytest.mark.timeout(300)

DEEP = "api/contents/page.txt"
QUESTION = ">Open this address?</h1>"


async def test_the_owner_is_asked(hub: HubProcess, servers: list[UserServer]) -> None:
    """Also before the login and after the Hub's; no other owner is, who shares the folder."""
    ana, _, bob = servers
    visitor, site = Visitor(hub, "ana").log_in(), HubSite(ana)
    page = site.ask(visitor, "edit")
    lifetime = re.search(r'<option value="([0-9]+)" selected', page.text)
    assert lifetime
    allowed = visitor.click(page, scope="edit", lifetime=lifetime[1], files="all", decision="allow")
    token = await site.token(allowed)
    model = {"type": "file", "format": "text", "content": "x"}
    answer = await call(ana, "PUT", DEEP, origin=ALLOWED, token=token, body=model)
    assert answer.status == 201

    newcomer = Visitor(hub, "ana").log_in()  # to the Hub, and not yet to the server
    for someone in (visitor, newcomer):
        assert_asked(someone.open(f"{ana.url}{DEEP}"), ana)
        assert someone.open(f"{ana.url}lab").url == f"{ana.url}lab"
    hub_login = {"Sec-Fetch-Site": "same-origin", "Referer": f"{hub.origin}/hub/login?next=x"}
    answer = await call(ana, "GET", DEEP, headers=browser(visitor, ana, hub_login))
    assert (answer.status, "escherpad/open" in (answer.get("Location") or "")) == (303, True)
    jupyter = {"Sec-Fetch-Site": "same-origin", "Referer": f"{ana.url}lab"}
    assert (await call(ana, "GET", DEEP, headers=browser(visitor, ana, jupyter))).status == 200

    page = visitor.open(f"{ana.url}{DEEP}")
    opened = visitor.click(page, decision="trust")
    assert (opened.status, opened.url) == (303, f"{ana.url}{DEEP}")
    assert '"content": "x"' in visitor.open(opened.url).text
    assert QUESTION not in Visitor(hub, "bob").log_in().open(f"{bob.url}api/contents").text


def assert_asked(page: Page, server: UserServer) -> None:
    assert page.status == 200, page
    assert QUESTION in page.text
    assert f">{server.path}{DEEP}<" in page.text


def browser(visitor: Visitor, server: UserServer, headers: dict[str, str]) -> list[tuple[str, str]]:
    """Return what a logged-in browser sends with a navigation."""
    return [*{**CLICK, **headers, "Cookie": visitor.cookie(server)}.items()]
