"""The codes of the device flow (RFC 8628): which requests wait, and what the owner decided.

A device code holds the request itself, signed. Nothing else has to be kept of a program that asks:
its next poll puts the request back if a flood of others has pushed it out. A restart ends them all,
because the key is only in memory.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Callable
from dataclasses import astuple, dataclass, replace

from .device_request import DeviceRequest
from .expiring_store import ExpiringStore

CODE_SECONDS = 600.0
#: How long a program waits between two polls, and by how much longer if it did not.
INTERVAL_SECONDS = 5
MAX_INTERVAL_SECONDS = 60
MAX_WAITING = 5000
MAX_DECIDED = 200
# A poll that the network delayed less than the one before is not too early.
_TOLERANCE_SECONDS = 1.0
# RFC 8628, 6.1: easy to type, no vowels that make words. There are 20^8 codes.
_LETTERS = "BCDFGHJKLMNPQRSTVWXZ"
_CODE_LENGTH = 8
_DEVICE_CODE = re.compile(r"[A-Za-z0-9_-]{1,12000}\.[A-Za-z0-9_-]{43}")


@dataclass(frozen=True)
class WaitingRequest:
    """A program's request, and when and how often the program asks what became of it."""

    id: str
    user_code: str
    asked: float
    request: DeviceRequest
    polled: float | None = None
    interval: int = INTERVAL_SECONDS


@dataclass(frozen=True)
class DeviceApproval:
    """What the owner allowed a program. ``scopes`` are names as they were requested.

    ``folder`` is the only folder that it may reach; None is all files.
    """

    id: str
    request: DeviceRequest
    scopes: tuple[str, ...]
    lifetime_seconds: int
    folder: str | None

    @property
    def resource(self) -> str | None:
        """The path at which alone the token is good; None is everywhere."""
        return self.request.resource

    @property
    def resource_url(self) -> str:
        """The address of that path."""
        return self.request.resource_url


@dataclass(frozen=True)
class Polled:
    """What a poll found: an approval, or an error of RFC 6749, 5.2 or RFC 8628, 3.5.

    ``grant_id`` is the grant of a code that was used before.
    """

    status: str
    approval: DeviceApproval | None = None
    grant_id: str | None = None


class DeviceCodes:
    """The requests that wait, the decisions, and the grants of codes that were used."""

    def __init__(self, timer: Callable[[], float]) -> None:
        self._timer = timer
        self._key = secrets.token_bytes(32)
        self._waiting = ExpiringStore[WaitingRequest](
            timer, seconds=CODE_SECONDS, limit=MAX_WAITING, makes_room=True
        )
        self._decided = ExpiringStore[Polled](
            timer, seconds=CODE_SECONDS, limit=MAX_DECIDED, makes_room=True
        )

    def start(self, request: DeviceRequest) -> tuple[str, str]:
        """Keep a request; return its device code and its user code."""
        user_code = new_user_code()
        while self._waiting.get(user_code) is not None:
            user_code = new_user_code()
        waiting = WaitingRequest(secrets.token_urlsafe(16), user_code, self._timer(), request)
        self._waiting.put_as(user_code, waiting)
        return self._seal(waiting), user_code

    def find(self, text: str) -> WaitingRequest | None:
        """Return the request whose user code somebody typed, None where there is none."""
        found = self._waiting.get(plain_user_code(text))
        return found if found is not None and self._is_live(found) else None

    def approve(
        self,
        waiting: WaitingRequest,
        scopes: tuple[str, ...],
        lifetime_seconds: int,
        folder: str | None,
    ) -> bool:
        """Keep what the owner allowed; return whether the request still waited for it."""
        approval = DeviceApproval(waiting.id, waiting.request, scopes, lifetime_seconds, folder)
        return self._decide(waiting, Polled("authorized", approval))

    def deny(self, waiting: WaitingRequest) -> bool:
        """Keep a denial; return whether the request still waited for a decision."""
        return self._decide(waiting, Polled("access_denied"))

    def poll(self, device_code: str, client_id: str) -> Polled:
        """Return what became of a request. A code of another client is not valid."""
        waiting = self._open(device_code)
        if waiting is None:
            # Signed before the server was restarted, or nothing that was ever signed.
            known = _DEVICE_CODE.fullmatch(device_code)
            return Polled("expired_token" if known else "invalid_grant")
        if waiting.request.client_id != client_id:
            return Polled("invalid_grant")
        decided = self._decided.get(waiting.id)
        if decided is not None:
            if decided.grant_id is not None:  # its end is told once
                self._decided.take(waiting.id)
                self._decided.put_as(waiting.id, Polled("invalid_grant"))
            return decided
        if not self._is_live(waiting):
            return Polled("expired_token")
        return self._wait(waiting)

    def set_grant(self, approval: DeviceApproval, grant_id: str) -> None:
        """Remember which grant a code was used for: it is good once."""
        self._decided.take(approval.id)
        self._decided.put_as(approval.id, Polled("invalid_grant", grant_id=grant_id))

    def __len__(self) -> int:
        return len(self._waiting) + len(self._decided)

    def _decide(self, waiting: WaitingRequest, decision: Polled) -> bool:
        """Keep a decision, also of a request that others have pushed out meanwhile."""
        if not self._is_live(waiting) or self._decided.get(waiting.id) is not None:
            return False
        kept = self._waiting.get(waiting.user_code)
        if kept is not None and kept.id == waiting.id:
            self._waiting.take(waiting.user_code)
        return self._decided.put_as(waiting.id, decision)

    def _wait(self, sealed: WaitingRequest) -> Polled:
        """Put a request back as the newest, and say whether the program asks too often."""
        now = self._timer()
        waiting = self._waiting.get(sealed.user_code)
        if waiting is not None and waiting.id != sealed.id:  # another's code by now
            return Polled("authorization_pending")
        waiting = waiting or sealed
        early = waiting.polled is not None and (
            now - waiting.polled < waiting.interval - _TOLERANCE_SECONDS
        )
        interval = waiting.interval
        if early:  # RFC 8628, 3.5: "for this and all subsequent requests"
            interval = min(interval + INTERVAL_SECONDS, MAX_INTERVAL_SECONDS)
        self._waiting.take(waiting.user_code)
        self._waiting.put_as(waiting.user_code, replace(waiting, polled=now, interval=interval))
        return Polled("slow_down" if early else "authorization_pending")

    def _is_live(self, waiting: WaitingRequest) -> bool:
        return self._timer() < waiting.asked + CODE_SECONDS

    def _seal(self, waiting: WaitingRequest) -> str:
        text = json.dumps([waiting.id, waiting.user_code, waiting.asked, astuple(waiting.request)])
        content = _encode(text.encode())
        return f"{content}.{_encode(self._sign(content))}"

    def _open(self, device_code: str) -> WaitingRequest | None:
        content, _, signature = device_code.partition(".")
        try:
            is_ours = hmac.compare_digest(self._sign(content), _decode(signature))
        except (binascii.Error, UnicodeError, ValueError):
            return None
        if not is_ours:
            return None
        request_id, user_code, asked, values = json.loads(_decode(content))
        client_id, name, address, scopes, *where = values
        request = DeviceRequest(client_id, name, address, tuple(scopes), *where)
        return WaitingRequest(request_id, user_code, asked, request)

    def _sign(self, content: str) -> bytes:
        return hmac.digest(self._key, content.encode(), hashlib.sha256)


def new_user_code() -> str:
    """Return a code to type, without the hyphen that it is shown with."""
    return "".join(secrets.choice(_LETTERS) for _ in range(_CODE_LENGTH))


def shown_user_code(code: str) -> str:
    """Return a code as people see it: ``WDJB-MJHT``."""
    return f"{code[: _CODE_LENGTH // 2]}-{code[_CODE_LENGTH // 2 :]}"


def plain_user_code(text: str) -> str:
    """Return what somebody typed, as codes are kept (RFC 8628, 6.1)."""
    return "".join(c for c in text.upper() if c in _LETTERS)


def _encode(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def _decode(text: str) -> bytes:
    return base64.b64decode(text.encode("ascii") + b"=" * (-len(text) % 4), b"-_", validate=True)
