"""What goes to a Hub and its servers: scripts, pages on other origins, people with cookies."""

from __future__ import annotations

import json
import re
import urllib.error
import urllib.request
from collections.abc import Iterable
from email.message import Message
from http.cookiejar import CookieJar
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

from ..connect.browser_user import CLICK, NAVIGATION, Site
from ..constants import ALLOWED
from ..wire import HANDSHAKE, Answer, ask
from .hub_process import PASSWORD, HubProcess, UserServer

#: Where the browsers' pages are, allowed besides what the guide allows.
PAGES = "https://app.localhost:*"

TOKEN_PROTOCOL = "v1.token.websocket.jupyter.org"


async def call(
    server: UserServer,
    method: str,
    path: str,
    *,
    origin: str | None = None,
    token: str | None = None,
    headers: Iterable[tuple[str, str]] = (),
    body: object = None,
) -> Answer:
    """Send one request through the proxy, nothing added. ``WebSocket`` is a method here."""
    sent = [*headers]
    if origin is not None:
        sent.append(("Origin", origin))
    if token is not None:
        sent.append(("Authorization", f"token {token}"))
    target, host = server.path + path, server.hub.host
    if method == "WebSocket":
        return await ask(server.hub.port, "GET", target, [*sent, *HANDSHAKE], host=host)
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return await ask(
        server.hub.port, method, target, sent, None if body is None else content, host=host
    )


def offer(token: str) -> tuple[str, str]:
    """Return the header that shows a token as a subprotocol."""
    return "Sec-WebSocket-Protocol", f"{TOKEN_PROTOCOL}, {TOKEN_PROTOCOL}.{token}"


class Page(NamedTuple):
    """What a person sees, at the end of all redirects."""

    url: str
    status: int
    text: str

    def preset(self) -> dict[str, list[str]]:
        """Return the fields of its forms that need no choice: hidden, preselected, filled in."""
        fields: dict[str, list[str]] = {}
        for tag in re.findall(r'<input[^>]*type="(?:hidden|radio|text)"[^>]*>', self.text):
            if 'type="radio"' in tag and " checked" not in tag:
                continue
            fields.setdefault(_attribute(tag, "name"), []).append(_attribute(tag, "value"))
        return fields


def _attribute(tag: str, name: str) -> str:
    found = re.search(rf'{name}="([^"]*)"', tag)
    return found[1] if found else ""


class Visitor:
    """A person with a browser that keeps cookies, by their paths."""

    def __init__(self, hub: HubProcess, name: str) -> None:
        self._hub = hub
        self._name = name
        self.jar = CookieJar()
        stay = type("Stay", (urllib.request.HTTPRedirectHandler,), {"redirect_request": _none})
        self._open = urllib.request.build_opener(
            urllib.request.HTTPCookieProcessor(self.jar), stay()
        ).open

    def log_in(self) -> Visitor:
        """Log in to the Hub."""
        form = self.open(f"{self._hub.origin}/hub/login").preset()
        fields = {**form, "username": self._name, "password": PASSWORD}
        # Where it leads to is a page that may start a server: not followed.
        self._send(f"{self._hub.origin}/hub/login", {**CLICK, "Origin": self._hub.origin}, fields)
        assert any(cookie.name == "jupyterhub-hub-login" for cookie in self.jar)
        return self

    def enter(self, server: UserServer) -> Visitor:
        """Have the server's cookie, as who has opened JupyterLab there."""
        page = self.open(f"{server.url}lab")
        if "/hub/api/oauth2/authorize" in page.url:  # somebody else's: the Hub asks first
            page = self.open(self.click(page).url)
        assert (page.status, page.url.startswith(server.url)) == (200, True), page
        return self

    def open(self, url: str) -> Page:
        """Follow a link, and all redirects on the Hub."""
        for _ in range(12):
            page, headers = self._send(url, NAVIGATION)
            if page.status not in {301, 302, 303}:
                return page
            url = urljoin(url, headers["Location"])
            if not url.startswith(f"{self._hub.origin}/"):
                return page._replace(url=url)
        raise AssertionError(f"too many redirects, to {url}")

    def click(self, page: Page, **fields: Any) -> Page:
        """Submit the form of a page by a click; where it leads to is not followed."""
        action = re.search(r'<form[^>]* action="([^"]*)"', page.text)
        assert action, page
        headers = {**CLICK, "Origin": self._hub.origin}
        return self.post(urljoin(page.url, action[1]), {**page.preset(), **fields}, headers)

    def post(self, url: str, fields: dict[str, Any], headers: dict[str, str]) -> Page:
        """Send a form."""
        answer, sent = self._send(url, headers, fields)
        return answer._replace(url=urljoin(url, sent.get("Location", "")))

    def cookie(self, server: UserServer) -> str:
        """Return the ``Cookie`` header that the browser sends to a server."""
        request = urllib.request.Request(server.url)
        self.jar.add_cookie_header(request)
        return str(request.get_header("Cookie") or "")

    def xsrf(self, server: UserServer) -> str:
        """Return what JupyterLab sends besides."""
        return next(c.value or "" for c in self.jar if (c.name, c.path) == ("_xsrf", server.path))

    def _send(
        self, url: str, headers: dict[str, str], fields: dict[str, Any] | None = None
    ) -> tuple[Page, Message]:
        body = None if fields is None else urlencode(fields, doseq=True).encode()
        request = urllib.request.Request(url, data=body, headers=headers)
        try:
            answer = self._open(request, timeout=60)
        except urllib.error.HTTPError as error:
            answer = error
        with answer:
            return Page(url, answer.status, answer.read().decode()), answer.headers


def _none(*_: Any) -> None:
    """Follow no redirect."""


class HubSite(Site):
    """A site that asks for a single-user server."""

    def __init__(self, server: UserServer, origin: str = ALLOWED) -> None:
        async def send(method: str, path: str, **given: object) -> Answer:
            headers = [*dict(given.pop("headers")).items()]  # type: ignore[call-overload]
            body = str(given.pop("body")).encode()
            return await call(server, method, path, headers=headers, body=body, **given)  # type: ignore[arg-type]

        hub = type("Hub", (), {"port": server.hub.port, "base_url": server.path})
        super().__init__(send, hub, origin)

    def ask(self, visitor: Visitor, scope: str = "view") -> Page:
        """Lead a person to the page that asks, by the login if that comes first."""
        page = visitor.open(f"{self.issuer}/escherpad/authorize?{self.question(scope)}")
        log_in = re.search(r'<a [^>]*id="go" href="([^"]*)"', page.text)
        return visitor.open(urljoin(page.url, log_in[1])) if log_in else page

    async def token(self, page: Page) -> str:
        """Exchange the code that a click gave."""
        answered = {name: values[0] for name, values in parse_qs(urlsplit(page.url).query).items()}
        assert answered["iss"] == self.issuer
        answer = await self.redeem(answered["code"])
        assert answer.status == 200, answer
        return str(answer.json()["access_token"])
