"""The address of a server, as somebody types or pastes it. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from urllib.parse import parse_qs, urlsplit

from ..errors import EscherpadError
from ..policy import hosts
from ..policy.origin import DEFAULT_PORTS

# Addresses are printed in commands that are run as they are. So of what a path may be written with
# (RFC 3986, 3.3) only what means nothing to sh, cmd.exe and PowerShell; the rest can be encoded.
_PATH = re.compile(r"/(?:[A-Za-z0-9\-._~@/]|%[0-9A-Fa-f]{2})*")
# `%CD%20` is the current folder to cmd.exe; only a person who types it may have meant something.
_TOLD_PATH = re.compile(r"/[A-Za-z0-9\-._~@/]*")


class AddressError(EscherpadError, ValueError):
    """A text that is no address of a server."""


@dataclass(frozen=True)
class Address:
    """Where a server is. ``host`` has no brackets, ``path`` begins and ends with a slash."""

    scheme: str
    host: str
    port: int
    path: str = "/"

    @classmethod
    def parse(cls, text: str) -> tuple[Address, str | None]:
        """Return the address, and the token that it had in its query, if any.

        Jupyter prints its address with the token, so that is what people paste. Raises
        AddressError for what is no address.
        """
        try:
            parts = urlsplit(text if "://" in text else f"http://{text}")
            host, port = parts.hostname or "", parts.port
        except ValueError:
            raise _no_address(text) from None
        path = parts.path or "/"
        if parts.scheme not in DEFAULT_PORTS or not _PATH.fullmatch(path) or parts.username:
            raise _no_address(text)
        shown = f"[{host}]" if ":" in host else host
        if not (hosts.is_canonical(shown) and hosts.is_plain(shown)) or port == 0:
            raise _no_address(text)
        tokens = parse_qs(parts.query).get("token", [None])
        address = cls(parts.scheme, host, port or DEFAULT_PORTS[parts.scheme])
        return address.at(path), tokens[0]

    def at(self, path: str) -> Address:
        """Return the address of another path on the same server."""
        path = "/" + path.strip("/")
        return replace(self, path=path if path == "/" else f"{path}/")

    @property
    def host_in_url(self) -> str:
        """The host as URLs have it: IPv6 in brackets."""
        return f"[{self.host}]" if ":" in self.host else self.host

    @property
    def netloc(self) -> str:
        """What goes into ``Host``: no port that goes without saying."""
        if self.port == DEFAULT_PORTS[self.scheme]:
            return self.host_in_url
        return f"{self.host_in_url}:{self.port}"

    @property
    def origin(self) -> str:
        """The origin of the server's own pages."""
        return f"{self.scheme}://{self.netloc}"

    @property
    def is_loopback(self) -> bool:
        """Whether the address is this machine, by what browsers go by."""
        return hosts.is_loopback(self.host_in_url)

    def __str__(self) -> str:
        return self.origin + self.path


@dataclass(frozen=True)
class UrlParts:
    """The parts of a URL that a server told, right or wrong; empty where there is no telling."""

    scheme: str = ""
    host: str = ""
    port: int | None = None
    path: str = ""

    @classmethod
    def parse(cls, url: str) -> UrlParts:
        """Return the parts. Never raises."""
        try:
            parts = urlsplit(url)
            return cls(parts.scheme, parts.hostname or "", parts.port, parts.path)
        except ValueError:
            return cls()

    @property
    def may_be_printed(self) -> bool:
        """Whether the path may stand in a command that somebody else than its author runs."""
        return _TOLD_PATH.fullmatch(self.path) is not None


def _no_address(text: str) -> AddressError:
    # Nothing of it is shown: there may be a token in it.
    del text
    return AddressError(
        "The address of a server is written like http://localhost:8888/ or "
        "https://jupyter.example.edu/user/ana/: scheme, host, port and path. Of the path "
        "everything but letters, digits and - . _ ~ @ / has to be percent-encoded.",
        code="address",
    )
