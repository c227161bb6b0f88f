"""What a browser and a site send, with everything that a browser adds."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
import secrets
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from ..constants import TOKEN

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
#: A link, an address that was typed, a popup.
NAVIGATION = {
    "Sec-Fetch-Mode": "navigate",
    "Sec-Fetch-Dest": "document",
    "Sec-Fetch-Site": "cross-site",
}
#: A form that was submitted by a click.
CLICK = {
    "Sec-Fetch-Mode": "navigate",
    "Sec-Fetch-Dest": "document",
    "Sec-Fetch-Site": "same-origin",
    "Sec-Fetch-User": "?1",
}


def issuer_of(serverapp: Any) -> str:
    """Return the server's address without the slash."""
    return f"http://127.0.0.1:{serverapp.port}{serverapp.base_url}".rstrip("/")


class Site:
    """A third party's page, whatever library it uses."""

    def __init__(self, call: Any, serverapp: Any, origin: str) -> None:
        self._call = call
        self.origin = origin
        self.issuer = issuer_of(serverapp)
        self.redirect_uri = f"{origin}/back"
        self.verifier = secrets.token_urlsafe(48)
        self.state = secrets.token_urlsafe(8)

    def question(self, scope: str = "run", **changed: str | None) -> str:
        """Return the query of an authorization request; None leaves a parameter out."""
        digest = hashlib.sha256(self.verifier.encode()).digest()
        parameters = {
            "response_type": "code",
            "client_id": f"{self.origin}/",
            "redirect_uri": self.redirect_uri,
            "scope": scope,
            "state": self.state,
            "code_challenge": base64.urlsafe_b64encode(digest).decode().rstrip("="),
            "code_challenge_method": "S256",
            "resource": self.issuer,
            **changed,
        }
        return urlencode({name: value for name, value in parameters.items() if value is not None})

    async def post(self, path: str, origin: str | None = "", **fields: str) -> Any:
        """Post a form from a page of the site (or of another origin)."""
        sent = self.origin if origin == "" else origin
        return await self._call("POST", path, origin=sent, headers=FORM, body=urlencode(fields))

    async def redeem(self, code: str, **changed: str) -> Any:
        """Exchange a code."""
        fields = {
            "grant_type": "authorization_code",
            "code": code,
            "client_id": f"{self.origin}/",
            "redirect_uri": self.redirect_uri,
            "code_verifier": self.verifier,
        }
        origin = changed.pop("origin", "")
        return await self.post("escherpad/token", origin, **{**fields, **changed})

    async def connect(self, owner: Person, wanted: str = "run", **more: Any) -> str:
        """Do all of it, and return the token."""
        code = answer_of(await owner.allow(self.question(wanted), **more))["code"]
        answer = await self.redeem(code)
        assert answer.code == 200, answer.body
        token: str = json.loads(answer.body)["access_token"]
        return token


class Person:
    """A browser that keeps cookies, with somebody in front."""

    def __init__(self, call: Any, serverapp: Any) -> None:
        self._call = call
        self._cookies: dict[str, str] = {}
        self.origin = f"http://127.0.0.1:{serverapp.port}"

    async def log_in(self) -> None:
        """Open the link that the server prints."""
        await self.open(f"api/status?token={TOKEN}")
        assert self._cookies

    async def open(self, path: str, headers: dict[str, str] | None = None) -> Any:
        """Follow a link."""
        return await self.send("GET", path, NAVIGATION if headers is None else headers)

    async def send(self, method: str, path: str, headers: dict[str, str], body: Any = None) -> Any:
        """Send a request with the cookies."""
        cookie = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        sent = {**headers, **({"Cookie": cookie} if cookie else {})}
        response = await self._call(method, path, headers=sent, body=body)
        for header in response.headers.get_list("Set-Cookie"):
            self._cookies |= {name: morsel.value for name, morsel in SimpleCookie(header).items()}
        return response

    async def ask(self, question: str) -> Any:
        """Open the connect page as a site leads to it, redirects followed."""
        response = await self.open(f"escherpad/authorize?{question}")
        return await self._follow(response)

    async def open_page(self, path: str) -> Any:
        """Open one of the owner's pages, the redirect to itself followed."""
        return await self._follow(await self.open(path))

    async def _follow(self, response: Any) -> Any:
        while response.code == 303 and "escherpad/" in response.headers["Location"]:
            response = await self.open(place_of(response))
        return response

    async def click(
        self, page: Any, *, headers: dict[str, str] | None = None, **fields: Any
    ) -> Any:
        """Submit the form of a page by a click."""
        sent = {**preset_fields(page), **fields}
        action = re.search(r'action="[^"]*?(escherpad/[a-z]*)"', page.body.decode())
        assert action
        click = {**CLICK, "Origin": self.origin, **FORM, **(headers or {})}
        return await self.send("POST", action[1], click, urlencode(sent, doseq=True))

    async def allow(self, question: str, **fields: Any) -> Any:
        """Say yes to all that is asked for; return the redirect."""
        page = await self.ask(question)
        assert page.code == 200, page.body
        form = {"scope": ticked(page), "lifetime": selected(page), "decision": "allow"}
        return await self.click(page, **{**form, **fields})


def preset_fields(page: Any) -> dict[str, str]:
    """Return the fields of a page's form that need no choice: hidden, preselected, filled in."""
    inputs = re.findall(r"<input[^>]*type=\"(?:hidden|radio|text)\"[^>]*>", page.body.decode())
    inputs = [each for each in inputs if 'type="radio"' not in each or " checked" in each]
    return {attribute(found, "name"): attribute(found, "value") for found in inputs}


def ticked(page: Any) -> list[str]:
    """Return the names of the boxes that are ticked."""
    boxes = re.findall(r"<input[^>]*type=\"checkbox\"[^>]*>", page.body.decode())
    return [attribute(box, "value") for box in boxes if " checked" in box]


def selected(page: Any) -> str:
    """Return the lifetime that is selected."""
    found = re.search(r'<option value="([0-9]+)" selected', page.body.decode())
    assert found
    return found[1]


def attribute(tag: str, name: str) -> str:
    """Return an attribute's value."""
    found = re.search(rf'{name}="([^"]*)"', tag)
    assert found, tag
    return found[1]


def place_of(response: Any) -> str:
    """Return where a redirect on the server leads, below the base URL."""
    location = response.headers["Location"]
    return location[location.index("escherpad/") :]


def link_to_log_in(page: Any) -> str:
    """Return where the page before the login leads, below the base URL."""
    found = re.search(r'<a [^>]*id="go" href="[^"]*?(escherpad/[^"]*)"', page.body.decode())
    assert found, page.body
    return html.unescape(found[1])


def answer_of(response: Any) -> dict[str, str]:
    """Return what a redirect to the site says."""
    assert response.code == 303, response.body
    query = urlsplit(response.headers["Location"]).query
    return {name: values[0] for name, values in parse_qs(query).items()}
