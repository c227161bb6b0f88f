"""Programs as clients: where their answers may go, and what they call themselves. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

from ..policy.origin import DEFAULT_PORTS, MAX_PORT, Origin
from .clients import ANSWER_PARAMETERS, URI_CHARACTERS

MAX_REDIRECT_LENGTH = 500
MAX_NAME_LENGTH = 60
#: How many marks may stand on one letter, as some scripts need.
MAX_MARKS = 2
# RFC 8252, 7.3. With `localhost`, too: a name service could lead it elsewhere (8.3), but clients
# that are in use offer nothing else, and browsers take it to this machine without asking one.
_LOOPBACK = re.compile(r"(http://(?:127\.0\.0\.1|\[::1\]|localhost))(?::([1-9][0-9]{0,4}))?(/.*)?")
# What a reader could take for an address, or for this server.
_IMITATION = re.compile(r"://|[\w-]\.[^\W\d]|localhost|jupyter\s*-?server", re.IGNORECASE)


@dataclass(frozen=True)
class Program:
    """A program that asks.

    ``client_id`` is as it was sent, ``id`` what its grants have. Nobody checked ``name``, which it
    says of itself. ``redirects`` are those that it may name; None where its document, which is at
    ``document``, was not read yet.
    """

    client_id: str
    id: str
    name: str = ""
    redirects: tuple[str, ...] | None = ()
    document: str = ""

    def __str__(self) -> str:
        """Return a text for the log."""
        return self.id

    def may_redirect_to(self, uri: str) -> bool:
        """Return whether an answer may go there: one of ``redirects``, on any loopback port."""
        if self.redirects is None or not is_answerable(uri):
            return False
        loopback = without_port(uri)
        if loopback is None:
            return uri in self.redirects
        return loopback in map(without_port, self.redirects)


def is_answerable(uri: str) -> bool:
    """Return whether the parameters of an answer can be added to a URI."""
    plain = uri.replace("//[::1]", "//127.0.0.1", 1)
    if len(uri) > MAX_REDIRECT_LENGTH or not URI_CHARACTERS.fullmatch(plain):
        return False
    query = parse_qsl(uri.partition("?")[2], keep_blank_values=True)
    return ANSWER_PARAMETERS.isdisjoint(name for name, _ in query)


def without_port(uri: str) -> str | None:
    """Return a loopback URI without its port; None for what is no loopback URI."""
    found = _LOOPBACK.fullmatch(uri)
    if found is None or int(found[2] or 1) > MAX_PORT:
        return None
    return found[1] + (found[3] or "")


def redirects_to_keep(offered: Iterable[object]) -> tuple[str, ...]:
    """Return the loopback URIs among those that a program offers, each path once."""
    kept: dict[str, str] = {}
    for uri in offered:
        if isinstance(uri, str) and is_answerable(uri):
            loopback = without_port(uri)
            if loopback is not None:
                kept.setdefault(loopback, uri)
    return tuple(kept.values())


def origin_of_redirect(uri: str) -> Origin:
    """Return the origin that gets an answer. Raises InvalidOrigin."""
    parts = urlsplit(uri)
    default = f":{DEFAULT_PORTS.get(parts.scheme)}"
    return Origin.parse(f"{parts.scheme}://{parts.netloc.removesuffix(default)}")


def shown_name(text: object) -> str:
    """Return what a program calls itself, as a page may show it; empty where it may not.

    No character changes the direction of the text or piles up, and no name looks like an address
    or like this server.
    """
    if not isinstance(text, str):
        return ""
    shown = ""
    for character in unicodedata.normalize("NFKC", text[: 4 * MAX_NAME_LENGTH]):
        if not character.isprintable():
            shown += " "
        elif not (_is_mark(character) and all(map(_is_mark, shown[-MAX_MARKS:]))):
            shown += character
    name = " ".join(shown.split())[:MAX_NAME_LENGTH].strip()
    return "" if _IMITATION.search(name) else name


def _is_mark(character: str) -> bool:
    return unicodedata.category(character) in {"Mn", "Me"}
