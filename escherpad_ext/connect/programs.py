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
# What a reader could take for an address, or for this server in a language of the pages.
_IMITATION = re.compile(
    r"://|::|[\w-]\.[^\W\d]|(?:\d+\.){3}\d|localhost|jupyter[\W_]*(?:s[\W_]+)?(?:server|服务器)"
    r"|(?:server|serveur|servidor)[ -](?:de )?jupyter",
    re.IGNORECASE,
)
# Characters that cannot be seen, though Python calls them printable: joiners and selectors of
# glyphs, and the letters that fill a place (Unicode's Default_Ignorable_Code_Point; U+2800).
_INVISIBLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\U000e0100-\U000e01ef]"
)
# What looks like a dot, and letters of other alphabets that look like those of ours (UTS 39).
_LOOKS_LIKE = str.maketrans(
    "\u3002\u00b7\u2027\u30fb\u06d4\u0701\u0702\ua4f8\u02d0\ua789\u2236\u2044\u2215\u29f8"
    "\u0430\u0435\u0456\u0458\u043e\u0440\u0441\u0443\u0445\u0455\u04bb\u0501\u0442\u051b\u051d"
    "\u03b1\u03b5\u03b9\u03bd\u03bf\u03c1\u03c4\u03c5\u0131\u0237\u017f",
    "........:::///aeijopcyxshdtqwaeivoptuijs",
)


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
    seen = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text[: 4 * MAX_NAME_LENGTH]))
    for character in seen:
        if not character.isprintable():
            shown += " "
        elif not (_is_mark(character) and all(map(_is_mark, shown[-MAX_MARKS:]))):
            shown += character
    name = " ".join(shown.split())[:MAX_NAME_LENGTH].strip()
    return "" if _IMITATION.search(_skeleton(name)) else name


def _skeleton(name: str) -> str:
    """Return what a reader in a hurry sees of a name (UTS 39, section 4)."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", name.casefold()) if not _is_mark(c))
    return plain.translate(_LOOKS_LIKE)


def _is_mark(character: str) -> bool:
    return unicodedata.category(character) in {"Mn", "Me"}
