"""Origins as browsers serialise them (HTML, "ASCII serialisation of an origin")."""

from __future__ import annotations

import re
from typing import NamedTuple

from ..errors import InvalidOrigin
from . import hosts

DEFAULT_PORTS = {"http": 80, "https": 443}
# Their origin is opaque ("null"), that of the page within, or that of the http page behind it
# (https://url.spec.whatwg.org/#concept-url-origin). No page is loaded by ftp any more.
UNUSABLE_SCHEMES = frozenset(
    {"about", "blob", "data", "file", "filesystem", "ftp", "javascript", "ws", "wss"}
)
# Their hosts are in lower case, although their scheme is not http(s): browsers parse them so.
LOWER_CASE_SCHEMES = frozenset({"chrome-extension", "moz-extension", "vscode-webview"})
# A scheme, a host of 253 characters and a port fit. No real origin is longer.
MAX_ORIGIN_LENGTH = 300
MAX_PORT = 65535

_SHAPE = re.compile(
    r"(?P<scheme>[a-z][a-z0-9+.-]*)://(?P<host>\[[^\]]*\]|[^:\[\]]+)(?::(?P<port>0|[1-9][0-9]{0,4}))?"
)


class Origin(NamedTuple):
    """A tuple origin.

    ``port`` is the effective one; None where another scheme than http(s) names none.
    """

    scheme: str
    host: str
    port: int | None

    @classmethod
    def parse(cls, text: object) -> Origin:
        """Return the origin that a browser serialised as ``text``.

        Raises InvalidOrigin for anything else, ``null`` included. The text is never repaired:
        ``str(Origin.parse(text)) == text``.
        """
        shape = _shape(text)
        scheme, host, port = shape["scheme"], shape["host"], shape["port"]
        if scheme in UNUSABLE_SCHEMES:
            raise InvalidOrigin(f"No page has an origin of scheme {scheme}.", code="scheme")
        if not (hosts.is_canonical(host) or is_shell_host(scheme, host)):
            raise InvalidOrigin("The host is not as browsers write it.", code="host")
        return cls(scheme, host, _port(scheme, port))

    @property
    def is_loopback(self) -> bool:
        """Whether the host is this machine: localhost, *.localhost, 127.0.0.0/8, [::1]."""
        return hosts.is_loopback(self.host)

    @property
    def is_insecure(self) -> bool:
        """Whether the network can change its pages: http, and not loopback."""
        return self.scheme == "http" and not self.is_loopback

    @property
    def is_plain(self) -> bool:
        """Whether the host is free of the quotes, ``;``, ``,`` that browsers let pass.

        Ask before an origin goes into a CSP, a shell line or a config file.
        """
        return hosts.is_plain(self.host)

    def __str__(self) -> str:
        if self.port == DEFAULT_PORTS.get(self.scheme):
            return f"{self.scheme}://{self.host}"
        return f"{self.scheme}://{self.host}:{self.port}"


def is_shell_host(scheme: str, host: str) -> bool:
    """Return whether this is the host of an app shell or of a browser extension."""
    if scheme in DEFAULT_PORTS or not hosts.is_opaque(host):
        return False
    return scheme not in LOWER_CASE_SCHEMES or host == host.lower()


def _shape(text: object) -> re.Match[str]:
    if not isinstance(text, str):
        raise InvalidOrigin("An origin is a text.", code="not_text")
    if text == "null":
        raise InvalidOrigin("An opaque origin (null) identifies no site.", code="null")
    if len(text) > MAX_ORIGIN_LENGTH:
        raise InvalidOrigin(f"Longer than {MAX_ORIGIN_LENGTH} characters.", code="too_long")
    shape = _SHAPE.fullmatch(text)
    if shape is None:
        raise InvalidOrigin("Not of the form scheme://host or scheme://host:port.", code="shape")
    return shape


def _port(scheme: str, digits: str | None) -> int | None:
    default = DEFAULT_PORTS.get(scheme)
    if digits is None:
        return default
    port = int(digits)
    if port > MAX_PORT or port == default:
        raise InvalidOrigin("The port is out of range or the default one.", code="port")
    return port
