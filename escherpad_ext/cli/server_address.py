"""Addresses of servers as people have them: from the address bar, or from the terminal. Pure.

The same rules as in ``js/src/address.js``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

from ..check.address import Address, AddressError
from ..policy import hosts

# What follows the address of a server in those of its pages.
_PAGES = frozenset(
    [
        "lab",
        "tree",
        "notebooks",
        "edit",
        "view",
        "doc",
        "consoles",
        "terminals",
        "nbclassic",
        "retro",
        "voila",
        "login",
        "logout",
        "escherpad",
        "files",
        "api",
    ]
)
_TOKEN = re.compile(r"[?&#]token=[^&#]")
_PORT = re.compile(r":?[0-9]+")
_NEARBY = re.compile(r"(?:10|169\.254|172\.(?:1[6-9]|2\d|3[01])|192\.168)\.|.*\.local\Z|[^.]+\Z")


@dataclass(frozen=True)
class ServerAddress:
    """``urls`` are where the server may be, the likeliest first, without a slash at the end.

    ``had_token`` says that the text contained a token, which is in none of them.
    """

    urls: tuple[str, ...]
    had_token: bool
    is_loopback: bool
    is_secure: bool

    @classmethod
    def parse(cls, text: str) -> ServerAddress:
        """Read ``localhost:8888``, ``…/lab?token=…`` or a Hub's ``…/user/ana/lab``.

        Raises AddressError if the text is no address.
        """
        text = text.strip()
        plain = re.split(r"[?#]", text.strip("<>"), maxsplit=1)[0]
        scheme, netloc, path = _split(plain)
        paths = dict.fromkeys((_base(path), path.rstrip("/")))
        # Paths of pages have characters that those of servers do not have.
        found = [_address(scheme, netloc, each) for each in paths]
        if found[0] is None:
            Address.parse(urlunsplit((scheme, netloc, _base(path), "", "")))  # raises
            raise AssertionError
        urls = tuple(str(each).rstrip("/") for each in found if each is not None)
        near = found[0].is_loopback
        return cls(urls, bool(_TOKEN.search(text)), near, near or scheme == "https")


def _split(text: str) -> tuple[str, str, str]:
    """Return scheme, host with port, and path. Near hosts have http where nothing else is said."""
    if _PORT.fullmatch(text):
        text = f"localhost:{text.lstrip(':')}"
    has_scheme = "://" in text
    try:
        parts = urlsplit(text if has_scheme else f"//{text}")
        host = parts.hostname or ""
    except ValueError:
        host = ""
        parts = urlsplit("")
    near = hosts.is_loopback(f"[{host}]" if ":" in host else host) or _NEARBY.match(host)
    return parts.scheme or ("http" if near else "https"), parts.netloc, parts.path


def _address(scheme: str, netloc: str, path: str) -> Address | None:
    try:
        return Address.parse(urlunsplit((scheme, netloc, path, "", "")))[0]
    except AddressError:
        return None


def _base(path: str) -> str:
    """Return the path without what names a page."""
    steps = [step for step in path.split("/") if step]
    # JupyterHub: a person may be called as a page is.
    start = steps.index("user") + 2 if "user" in steps else 0
    page = next((n for n, step in enumerate(steps) if n >= start and step in _PAGES), len(steps))
    return "/".join(["", *steps[:page]])
