"""Client ID Metadata Documents: a program's id is the address of what describes it. Pure.

https://datatracker.ietf.org/doc/draft-ietf-oauth-client-id-metadata-document/
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from urllib.parse import unquote

from ..errors import EscherpadError, InvalidOrigin
from ..policy import hosts
from ..policy.origin import DEFAULT_PORTS, Origin
from .clients import URI_CHARACTERS
from .programs import Program, is_answerable, origin_of_redirect, shown_name, without_port

MAX_URL_LENGTH = 300  # of the program's id in a grant
MAX_REDIRECTS = 20
_NO_SEGMENTS = frozenset({"", ".", ".."})
_AGE = re.compile(r"max-age=([0-9]{1,9})")
#: For how long a document is kept, in seconds, whatever the answer says; and where it says nothing.
MAX_AGE = 86400
DEFAULT_AGE = 300


#: The code of a failure that another site would not have had.
NETWORK = "network"
FETCH_SECONDS = 5.0


@dataclass(frozen=True)
class Fetched:
    """A document, and for how many seconds it may be kept."""

    body: bytes
    seconds: int


class DocumentError(EscherpadError):
    """A document that cannot be read, or not used; ``code`` says whether the network failed."""

    def __init__(self, what: str, *, code: str = "document") -> None:
        super().__init__(what, code=code)


def read_document_url(client_id: str) -> Program | None:
    """Return the program of an id that is a document's address; None for what is none.

    Nobody has read the document yet, so its redirects are not known.
    """
    scheme, _, rest = client_id.partition("://")
    host, slash, path = rest.partition("/")
    if scheme != "https" or not slash or not path or len(client_id) > MAX_URL_LENGTH:
        return None
    try:
        origin = Origin.parse(f"https://{host}")
    except InvalidOrigin:
        return None
    is_site = not hosts.is_ip(origin.host) and not origin.is_loopback
    plain = origin.is_plain and origin.port == DEFAULT_PORTS["https"] and is_site
    segments = unquote(path.partition("?")[0]).split("/")
    if not plain or not URI_CHARACTERS.fullmatch(path) or _NO_SEGMENTS.intersection(segments):
        return None
    return Program(client_id, client_id, document=client_id, redirects=None)


def read_document(url: str, body: bytes) -> Program:
    """Return the program that a document describes. Raises DocumentError."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise DocumentError("It is not a JSON object.")
    if found.get("client_id") != url:
        raise DocumentError("Its client_id is not its own address.")
    offered = found.get("redirect_uris")
    redirects = [uri for uri in offered if _is_permitted(uri)] if isinstance(offered, list) else []
    if not redirects:
        raise DocumentError("It has no redirect to this computer or to an https site.")
    name = shown_name(found.get("client_name"))
    return Program(url, url, name, tuple(redirects[:MAX_REDIRECTS]), document=url)


def _is_permitted(uri: object) -> bool:
    return isinstance(uri, str) and (is_answerable(uri) and is_loopback_or_https(uri))


def is_loopback_or_https(uri: str) -> bool:
    """Return whether a URI leads to this computer, or literally to the origin of an https site."""
    if without_port(uri) is not None:
        return True
    try:
        origin = origin_of_redirect(uri)
    except (InvalidOrigin, ValueError):
        return False
    is_site = origin.scheme == "https" and origin.is_plain and not origin.is_loopback
    return is_site and uri.startswith(f"{origin}/")


def seconds_to_keep(cache_control: str) -> int:
    """Return for how long an answer may be kept (RFC 9111, 5.2.2)."""
    directives = cache_control.lower()
    if "no-store" in directives or "no-cache" in directives:
        return 0
    found = _AGE.search(directives)
    return DEFAULT_AGE if found is None else min(int(found[1]), MAX_AGE)
