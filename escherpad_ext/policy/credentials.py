"""Where a token may be presented across origins, and how it is read there.

Pure: strings in, values out. The wire is the design's: ``Authorization: Bearer`` (RFC 6750) or
Jupyter's ``token``; on a WebSocket, where browsers can set no header, a subprotocol (draft 121
of the Jupyter enhancement proposals); ``?token=`` only where ``url_tokens`` lets it, and from
programs.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal, NamedTuple
from urllib.parse import unquote_to_bytes

TOKEN_PROTOCOL = "v1.token.websocket.jupyter.org"  # noqa: S105  (a name, not a secret)
_TOKEN_PREFIX = TOKEN_PROTOCOL + "."
_HEADER_TOKEN = re.compile(r"(?:token|bearer)\s+(\S.*)", re.IGNORECASE | re.ASCII)
_HEADER_VALUE = re.compile(r"[!-~\xa1-\xff](?:[ -~\xa1-\xff]*[!-~\xa1-\xff])?")

UrlTokens = Literal["websocket", "never", "always"]
#: Who sends a request: something that names its ``Origin``, a browser that names none, a program.
Sender = Literal["origin", "browser", "program"]
URL_TOKENS: tuple[UrlTokens, ...] = ("websocket", "never", "always")


class Presented(NamedTuple):
    """What a request showed: a token that counts, or the reason why none does.

    ``problem`` is an (error, reason) of :data:`~escherpad_ext.policy.refusal_table.REFUSALS`.
    ``in_header`` says whether the token came in the ``Authorization`` header. ``ignored`` is a
    token in the URL that does not count: it is only counted how often it comes.
    """

    token: str | None = None
    problem: tuple[str, str] = ("missing_token", "no_token")
    in_header: bool = False
    ignored: bytes = b""

    def __repr__(self) -> str:
        return f"Presented(token={'***' if self.token else None}, problem={self.problem})"


class Offer(NamedTuple):
    """The subprotocols a WebSocket client offered, the tokens taken out of them."""

    protocols: tuple[str, ...] = ()
    tokens: tuple[str, ...] = ()
    bare: bool = False

    @classmethod
    def parse(cls, header: str) -> Offer:
        """Read a ``Sec-WebSocket-Protocol`` header (RFC 6455, section 11.3.4)."""
        offered = [protocol.strip() for protocol in header.split(",") if protocol.strip()]
        return cls(
            protocols=tuple(p for p in offered if not p.startswith(TOKEN_PROTOCOL)),
            tokens=tuple(p[len(_TOKEN_PREFIX) :] for p in offered if p.startswith(_TOKEN_PREFIX)),
            bare=TOKEN_PROTOCOL in offered,
        )


NO_OFFER = Offer()


def present(
    *,
    authorization: str | None,
    offer: Offer,
    in_url: Sequence[bytes],
    websocket: bool,
    url_tokens: UrlTokens,
    cookie: bool,
    sender: Sender = "origin",
) -> Presented:
    """Return the one token that counts: the header's, else the subprotocol's, else the URL's.

    ``url_tokens`` speaks of requests with an ``Origin``. Without one, a program's token in the URL
    counts, and none that a browser was sent with.
    """
    in_header = header_token(authorization)
    if in_header is not None:
        return Presented(in_header, in_header=True)
    if websocket and offer.tokens:
        return _one_of(list(map(unquote_to_bytes, offer.tokens)), "malformed_token")
    if in_url and _url_counts(url_tokens, websocket, sender):
        return _one_of(in_url, "unknown_token")
    if in_url:
        reason = "url_tokens" if sender == "origin" else "by_browser"
        return Presented(problem=("token_in_url", reason), ignored=in_url[0])
    if authorization is not None:
        # A browser adds ``Basic`` by itself: as ambient as a cookie, so it cannot count.
        return Presented(problem=("missing_token", "unknown_scheme"))
    return Presented(problem=("missing_token", "cookie_ignored" if cookie else "no_token"))


def _url_counts(url_tokens: UrlTokens, websocket: bool, sender: Sender) -> bool:
    if sender != "origin":
        # An app can send the owner's browser to a file that it wrote, with its own token.
        return sender == "program"
    return url_tokens == "always" or (url_tokens == "websocket" and websocket)


def header_token(authorization: str | None) -> str | None:
    """Return the token of an ``Authorization`` header, None where it has none."""
    match = _HEADER_TOKEN.fullmatch((authorization or "").strip())
    return match[1] if match else None


def _one_of(tokens: Sequence[bytes], reason: str) -> Presented:
    """Return the only token, as text, or why it cannot be one.

    It becomes a header, which may travel on (proxied apps): no CR, no LF, nothing that a header
    written by ``fetch`` could not hold.
    """
    try:
        (token,) = (token.decode() for token in tokens)
    except ValueError:  # several, or not UTF-8
        token = ""
    if not _HEADER_VALUE.fullmatch(token):
        return Presented(problem=("invalid_token", reason))
    return Presented(token)
