"""The address of a server, as people type or paste it. Pure."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass, replace
from urllib.parse import parse_qs, urlsplit

from ..errors import EscherpadError
from ..policy import hosts
from ..policy.mistakes.names import to_ascii
from ..policy.origin import DEFAULT_PORTS

# Addresses appear in commands that people run unchanged. So a path may have only those characters
# of RFC 3986, 3.3 that mean nothing to sh, cmd.exe and PowerShell; the rest can be encoded.
_PATH = re.compile(r"/(?:[A-Za-z0-9\-._~@/]|%[0-9A-Fa-f]{2})*")
# `%CD%20` is the current folder to cmd.exe, so it is accepted only from the person who types it.
_PORT = re.compile(r":?([0-9]{1,5})")
_HOSTLESS = re.compile(r"[a-z][a-z0-9+.-]*:[/\\]|https?[/\\]", re.IGNORECASE)
_ANY = frozenset({"0.0.0.0", "::"})  # noqa: S104
_TOLD_PATH = re.compile(r"/[A-Za-z0-9\-._~@/]*")


class AddressError(EscherpadError, ValueError):
    """A text that is not the address of a server."""


@dataclass(frozen=True)
class Address:
    """Where a server is. ``host`` has no brackets, ``path`` begins and ends with a slash."""

    scheme: str
    host: str
    port: int
    path: str = "/"

    @classmethod
    def parse(cls, text: str) -> tuple[Address, str | None]:
        """Return the address, and the token in its query, if any.

        Jupyter prints its address with the token, so people paste both. Raises AddressError if
        the text is not an address.
        """
        try:
            parts = urlsplit(_with_scheme(text.strip().strip("<>")))
            host, port = _as_browsers_write(parts.hostname or ""), parts.port
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
        """The value of ``Host``: without the scheme's default port."""
        if self.port == DEFAULT_PORTS[self.scheme]:
            return self.host_in_url
        return f"{self.host_in_url}:{self.port}"

    @property
    def origin(self) -> str:
        """The origin of the server's own pages."""
        return f"{self.scheme}://{self.netloc}"

    @property
    def issuer(self) -> str:
        """The address without a slash at the end, as the server names itself (RFC 8414, 2)."""
        return str(self).rstrip("/")

    @property
    def is_loopback(self) -> bool:
        """Whether browsers take the host for their own machine."""
        return hosts.is_loopback(self.host_in_url)

    def __str__(self) -> str:
        return self.origin + self.path


@dataclass(frozen=True)
class UrlParts:
    """The parts of a URL that a server sent; empty if it cannot be parsed."""

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
        """Whether the path is safe in a command that is shown to somebody else."""
        return _TOLD_PATH.fullmatch(self.path) is not None


def _with_scheme(text: str) -> str:
    """Return the text with the scheme that is meant. Raises ValueError if no host is there."""
    if port := _PORT.fullmatch(text):
        return f"http://localhost:{port[1]}"
    if "://" in text:
        return text
    if _HOSTLESS.match(text):
        raise ValueError
    host = urlsplit(f"//{text}").hostname or ""
    return f"{'http' if _is_near(host) else 'https'}://{text}"


def _is_near(host: str) -> bool:
    """Return whether a host is one of this machine or of the local network, where http is usual."""
    shown = f"[{host}]" if ":" in host else host
    if hosts.is_loopback(shown) or "." not in host or host.endswith(".local"):
        return True
    return hosts.is_ipv4(host) and ipaddress.ip_address(host).is_private


def _as_browsers_write(host: str) -> str:
    if host in _ANY:  # servers listen there, and no browser finds them there
        return "localhost"
    return host if host.isascii() else to_ascii(host) or ""


def _no_address(text: str) -> AddressError:
    # The text is not shown: it may contain a token.
    del text
    return AddressError(
        "This is not the address of a server. Write scheme, host, port and path, such as "
        "http://localhost:8888/ or https://jupyter.example.edu/user/ana/. In the path, "
        "percent-encode everything except letters, digits and - . _ ~ @ /.",
        code="address",
    )
