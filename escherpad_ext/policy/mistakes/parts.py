"""A text that is no pattern, taken apart."""

from __future__ import annotations

import re
from typing import NamedTuple

_OPAQUE = "about|blob|data|file|filesystem|ftp|https?|javascript|wss?"


_LOOSE = re.compile(
    rf"(?:(?P<scheme>[^:/?#@\[\]]*(?=://)|(?i:{_OPAQUE})(?=:)):)?(?P<slashes>[/\\]*)"
    r"(?P<authority>[^/?#\\]*)(?P<rest>.*)",
    re.DOTALL,
)


_BARE_IPV6 = re.compile(r"[0-9A-Fa-f]*:[0-9A-Fa-f]*:[0-9A-Fa-f:.]*(?:%.*)?", re.DOTALL)


class Parts(NamedTuple):
    """A text taken apart as a URL would be, however wrong it is."""

    scheme: str | None
    user: str | None
    host: str
    port: str | None
    rest: str = ""
    slashes: str = "//"

    @classmethod
    def split(cls, text: str) -> Parts:
        """Take any text apart; never fails."""
        match = _LOOSE.fullmatch(text)
        assert match is not None, "every part of it may be empty"
        user, at, host = match["authority"].rpartition("@")
        host, port = _split_port(host)
        return cls(
            match["scheme"], user if at else None, host, port, match["rest"], match["slashes"]
        )

    def __str__(self) -> str:
        scheme = "" if self.scheme is None else f"{self.scheme}://"
        port = "" if self.port is None else f":{self.port}"
        return f"{scheme}{self.host}{port}"

    def but(self, **changes: str | None) -> str:
        """Return the text with some parts changed, without user and rest."""
        return str(self._replace(**changes))  # type: ignore[arg-type]


def _split_port(host: str) -> tuple[str, str | None]:
    if _BARE_IPV6.fullmatch(host):
        return host, None
    bracket = host.rfind("]")
    name, colon, port = host[bracket + 1 :].rpartition(":")
    return (host[: bracket + 1] + name, port) if colon else (host, None)
