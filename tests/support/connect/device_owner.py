"""The owner of a real server, at a browser: types a program's code, and decides."""

from __future__ import annotations

import re
import urllib.error
import urllib.request
from dataclasses import dataclass
from http.cookiejar import CookieJar
from typing import Any
from urllib.parse import urlencode, urlsplit

from escherpad_ext.cli.connect_command import _connection
from escherpad_ext.cli.device_client import DeviceClient
from escherpad_ext.cli.server_address import ServerAddress
from escherpad_ext.connections import SavedConnection

from .browser_user import CLICK, FORM, NAVIGATION, preset_fields, selected, ticked


@dataclass(frozen=True)
class Page:
    """What the browser shows."""

    body: bytes


class DeviceOwner:
    """Follows links and presses buttons as a browser does."""

    def __init__(self, url: str, token: str) -> None:
        self._url = url
        parts = urlsplit(url)
        self._origin = f"{parts.scheme}://{parts.netloc}"
        jar = urllib.request.HTTPCookieProcessor(CookieJar())
        self._open = urllib.request.build_opener(jar).open
        self._send(f"{url}api/status?token={token}", NAVIGATION)

    def decide(self, code: str, **fields: Any) -> str:
        """Type a code and press a button: Allow, with all that is asked for."""
        page = self._send(f"{self._url}escherpad/device", NAVIGATION)
        page = self._click(page, code=code)
        form = {"scope": ticked(page), "lifetime": selected(page), "decision": "allow"}
        return self._click(page, **{**form, **fields}).body.decode()

    def _click(self, page: Page, **fields: Any) -> Page:
        action = re.search(r'action="([^"]*escherpad/[a-z]*)"', page.body.decode())
        assert action, page.body
        sent = urlencode({**preset_fields(page), **fields}, doseq=True).encode()
        headers = {**CLICK, "Origin": self._origin, **FORM}
        return self._send(self._origin + action[1], headers, sent)

    def _send(self, url: str, headers: dict[str, str], data: bytes | None = None) -> Page:
        request = urllib.request.Request(url, data, headers)
        try:
            with self._open(request, timeout=60) as answer:
                return Page(answer.read())
        except urllib.error.HTTPError as error:
            raise AssertionError(error.read().decode()) from None


def connect_at_once(url: str, owner: DeviceOwner, scope: str) -> SavedConnection:
    """Connect as the command does, without a process and without a pause."""
    client = DeviceClient(ServerAddress.parse(url))
    client.discover()
    code = client.start(scope, "", None)
    owner.decide(code.user_code)
    return _connection(client.wait(code, sleep=lambda _seconds: None), client)
