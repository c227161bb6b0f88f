"""Takes credentials off a tornado request, so that only the one token that counts is left."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import unquote, unquote_plus

from tornado.httputil import HTTPHeaders, HTTPServerRequest
from tornado.web import RequestHandler

from ..policy.credentials import NO_OFFER, Offer, UrlTokens, header_token, present
from .context import RequestContext, attach
from .request_facts import is_websocket, sender_of
from .token_kinds import TokenKinds

_COOKIE = frozenset({"Cookie"})
_COOKIE_AND_OFFER = frozenset({"Cookie", "Sec-Websocket-Protocol"})
_CREDENTIALS = _COOKIE_AND_OFFER | {"Authorization"}

# Where providers keep on a handler whom they found.
_KNOWN_USER = ("_cached_hub_user", "_user_id")


def keep_one_token(
    request: HTTPServerRequest, origin: str | None, url_tokens: UrlTokens, kinds: TokenKinds
) -> RequestContext:
    """Remove all credentials but the one token that counts, which ends up in the header."""
    headers = request.headers
    authorization = headers.get("Authorization")
    offer = NO_OFFER
    if "Sec-WebSocket-Protocol" in headers:
        offer = Offer.parse(headers["Sec-WebSocket-Protocol"])
    presented = present(
        authorization=authorization,
        offer=offer,
        in_url=take_url_tokens(request),
        websocket=is_websocket(request),
        url_tokens=url_tokens,
        cookie="Cookie" in headers,
        sender=sender_of(request) if origin is None else "origin",
    )
    delete(headers, _COOKIE_AND_OFFER if presented.in_header else _CREDENTIALS)
    if not presented.in_header and presented.token is not None:
        headers["Authorization"] = f"Bearer {presented.token}"
    if offer.protocols:
        headers["Sec-WebSocket-Protocol"] = ", ".join(offer.protocols)
    kind = kinds.find(presented.token or "")
    context = RequestContext(origin, presented, offer, kind)
    attach(request, context)
    return context


def drop_cookies(request: HTTPServerRequest) -> None:
    """Remove cookies and tokens in the URL; a handler may still read the header."""
    take_url_tokens(request)
    delete(request.headers, _COOKIE)


def drop_all(request: HTTPServerRequest) -> None:
    """Remove every credential."""
    take_url_tokens(request)
    delete(request.headers, _CREDENTIALS)


def take_url_tokens(request: HTTPServerRequest) -> list[bytes]:
    """Take ``token`` out of the query, so that no handler, log or proxied app sees it."""
    values = request.query_arguments.pop("token", [])
    request.arguments.pop("token", None)
    if values:
        kept = [p for p in request.query.split("&") if _name_of(p) != "token"]
        request.query = "&".join(kept)
        request.uri = request.path + ("?" + request.query if request.query else "")
    return [value for value in values if value]


def has_limited_token(request: HTTPServerRequest, kinds: TokenKinds) -> bool:
    """Return whether a request has a token of these kinds where core would look for one."""
    in_url = [value.decode("latin-1") for value in request.query_arguments.get("token", ())]
    in_header = header_token(request.headers.get("Authorization")) or ""
    offered = Offer.parse(request.headers.get("Sec-WebSocket-Protocol", "")).tokens
    return kinds.recognise_any((*in_url, in_header, *map(unquote, offered)))


def has_limited_token_in_body(request: HTTPServerRequest, kinds: TokenKinds) -> bool:
    """Return whether a form has a token of these kinds where core would look for one."""
    found = request.body_arguments.get("token")
    return found is not None and kinds.recognise_any(v.decode("latin-1") for v in found)


def drop_authorization(request: HTTPServerRequest) -> None:
    """Take the token off a request that was judged by it: a proxied program is not the owner."""
    request.headers.pop("Authorization", None)


@contextmanager
def without_argument(request: HTTPServerRequest, name: str) -> Iterator[None]:
    """Hide a parameter of the query or the form for a while."""
    values = request.arguments.pop(name, None)
    try:
        yield
    finally:
        if values is not None:
            request.arguments[name] = values


@contextmanager
def without_known_user(handler: RequestHandler) -> Iterator[None]:
    """Let a provider look again: the Hub's and Jupyter's older one keep whom they found."""
    known = {name: vars(handler).pop(name) for name in _KNOWN_USER if name in vars(handler)}
    try:
        yield
    finally:
        vars(handler).update(known)


@contextmanager
def without_authorization(request: HTTPServerRequest) -> Iterator[None]:
    """Hide the token for a while."""
    authorization = request.headers.pop("Authorization")
    try:
        yield
    finally:
        request.headers["Authorization"] = authorization


def delete(headers: HTTPHeaders, names: frozenset[str]) -> None:
    """Remove the headers with these names, written as tornado writes them."""
    for name in names.intersection(headers):
        del headers[name]


def _name_of(parameter: str) -> str:
    return unquote_plus(parameter.partition("=")[0])
