"""The client's part of the device flow (RFC 8628), over plain HTTP requests."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPException
from typing import Any
from urllib.parse import urlencode

from escherpad_ext import __version__

from ..connect.device_request import COMMAND_CLIENT
from ..connect.metadata import DEVICE_CODE_GRANT
from ..connect.paths import AUTHORIZATION_SERVER_METADATA
from ..errors import EscherpadError
from .server_address import ServerAddress

TIMEOUT_SECONDS = 20.0
MAX_BYTES = 65_536
MAX_SECONDS = 3600


class NotConnected(EscherpadError):  # noqa: N818 - what came of it
    """The server gave no token; ``what`` says why, and what to do."""


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """A redirect leads to a login, and never to an answer for a program."""

    def redirect_request(self, *_: Any) -> None:
        """Return no request."""


@dataclass(frozen=True)
class DeviceCode:
    """What a person is shown, and what the program asks with."""

    verification_uri: str
    user_code: str
    device_code: str
    expires_in: int
    interval: int


class DeviceClient:
    """Asks one server for a token."""

    def __init__(self, address: ServerAddress) -> None:
        # A proxy of the environment cannot reach this machine's own servers.
        proxies = [urllib.request.ProxyHandler({})] if address.is_loopback else []
        self._open = urllib.request.build_opener(_NoRedirects, *proxies).open
        self._address = address
        self._metadata: Mapping[str, Any] = {}

    @property
    def issuer(self) -> str:
        """The address of the server, as it calls itself."""
        return str(self._metadata["issuer"])

    @property
    def revocation_endpoint(self) -> str:
        """Where tokens are given back."""
        return self._endpoint("revocation_endpoint")

    def discover(self) -> None:
        """Find the server (RFC 8414). Raises NotConnected."""
        for url in self._address.urls:
            status, answer = self._send(f"{url}/{AUTHORIZATION_SERVER_METADATA}")
            if status == HTTPStatus.OK and isinstance(answer.get("issuer"), str):
                self._metadata = answer
                self._check_issuer(url)
                return
        raise _not_connected(
            f"There is no escherpad-ext at {self._address.urls[0]}, or connecting is switched off "
            "there. If the server is yours, run: jupyter escherpad check --explain-config"
        )

    def start(self, scope: str, name: str, folder: str | None) -> DeviceCode:
        """Ask for a code. Raises NotConnected."""
        fields = {"client_id": COMMAND_CLIENT, "scope": scope, "device_name": name}
        if folder is not None:
            fields["folder"] = folder
        status, answer = self._send(self._endpoint("device_authorization_endpoint"), fields)
        if status != HTTPStatus.OK:
            raise _not_connected(f"The server refused to ask its owner. {_reason(answer)}")
        try:
            code = DeviceCode(
                str(answer["verification_uri"]),
                str(answer["user_code"]),
                str(answer["device_code"]),
                min(int(answer["expires_in"]), MAX_SECONDS),
                min(max(int(answer.get("interval", 5)), 1), 60),
            )
        except (KeyError, TypeError, ValueError, OverflowError):
            raise _unusable_answer() from None
        # A browser is sent there, which opens other programs for some schemes.
        if not code.verification_uri.startswith(f"{self.issuer}/"):
            raise _unusable_answer()
        return code

    def wait(
        self, code: DeviceCode, sleep: Callable[[float], None] = time.sleep
    ) -> Mapping[str, Any]:
        """Return the token endpoint's answer with the token, once the owner has decided.

        Raises NotConnected.
        """
        fields = {
            "grant_type": DEVICE_CODE_GRANT,
            "device_code": code.device_code,
            "client_id": COMMAND_CLIENT,
        }
        for pause in _pauses(code):
            sleep(pause.seconds)
            try:
                status, answer = self._send(self._endpoint("token_endpoint"), fields)
            except NotConnected:  # RFC 8628, 3.5: it may be back soon
                pause.grow()
                continue
            if status == HTTPStatus.OK and isinstance(answer.get("access_token"), str):
                return answer
            error = answer.get("error")
            if error == "slow_down" or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
                pause.grow()
            elif error != "authorization_pending":
                raise _not_connected(_FINAL.get(str(error), _reason(answer)))
        raise _not_connected(_FINAL["expired_token"])

    def revoke(self, endpoint: str, token: str) -> None:
        """Give a token back (RFC 7009). Raises NotConnected."""
        status, answer = self._send(endpoint, {"token": token, "client_id": COMMAND_CLIENT})
        if status != HTTPStatus.OK:
            raise _not_connected(_reason(answer))

    def _check_issuer(self, url: str) -> None:
        """Raise NotConnected for a server that names another (RFC 8414, 3.3)."""
        if self.issuer != url:
            raise _not_connected(
                f"The server at {url} calls itself {self.issuer[:200]!r}. If that is the server "
                "that you mean, use that address."
            )

    def _endpoint(self, name: str) -> str:
        endpoint = self._metadata.get(name)
        if not isinstance(endpoint, str) or not endpoint.startswith(f"{self.issuer}/"):
            raise _not_connected(
                f"The escherpad-ext at {self.issuer} cannot connect programs. Update it."
            )
        return endpoint

    def _send(
        self, url: str, fields: Mapping[str, str] | None = None
    ) -> tuple[int, Mapping[str, Any]]:
        """Return status and JSON of an answer; an empty object for what is no JSON object."""
        headers = {"User-Agent": f"escherpad-ext/{__version__}", "Accept": "application/json"}
        data = None if fields is None else urlencode(fields).encode()
        request = urllib.request.Request(url, data, headers)  # noqa: S310 - `Address` has checked it
        try:
            with self._open(request, timeout=TIMEOUT_SECONDS) as answer:
                return answer.status, _object(answer.read(MAX_BYTES))
        except urllib.error.HTTPError as error:
            with error:
                return error.code, _object(error.read(MAX_BYTES))
        except (OSError, HTTPException, ValueError) as error:
            reason = getattr(error, "reason", None) or error
            raise _not_connected(f"No server answers at {url}: {reason}.") from None


class _Pause:
    """The time between two polls, which grows where the server is slow or says so."""

    def __init__(self, seconds: int) -> None:
        self.seconds = seconds

    def grow(self) -> None:
        """Wait five seconds longer from now on (RFC 8628, 3.5)."""
        self.seconds = min(self.seconds + 5, 60)


def _pauses(code: DeviceCode) -> Iterator[_Pause]:
    pause, waited = _Pause(code.interval), 0
    while waited <= code.expires_in:
        yield pause
        waited += pause.seconds


_FINAL = {
    "access_denied": "The owner of the server said no.",
    "expired_token": "The code is too old, or the server was restarted. Connect again.",
}


def _object(content: bytes) -> Mapping[str, Any]:
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _reason(answer: Mapping[str, Any]) -> str:
    said = answer.get("error_description") or answer.get("message") or answer.get("error")
    return str(said)[:300] if said else "Its answer cannot be used."


def _unusable_answer() -> NotConnected:
    return _not_connected("The server's answer cannot be used.")


def _not_connected(what: str) -> NotConnected:
    return NotConnected(what, code="not_connected")
