"""What an authorization request asks for: read once from the query, into something right. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode

from ..errors import ConnectError, UnknownScope
from ..policy.lifetimes import spoken
from ..policy.origin import Origin
from ..policy.scopes import (
    BUNDLES,
    FULL,
    SCOPES,
    Bundle,
    expand,
    gives_full_control,
    summary,
)
from ..policy.settings import Settings
from .clients import check_redirect_uri, client_origin

MAX_QUERY_LENGTH = 6000
MAX_STATE_LENGTH = 1000
MAX_SCOPE_LENGTH = 1000  # all there are need half of it
_CHALLENGE_LENGTH = 43  # of a SHA-256 digest in base64url (RFC 7636, 4.2)
_BASE64URL = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
_LIFETIMES = (3600, 8 * 3600, 86400, 7 * 86400)


@dataclass(frozen=True)
class Choice:
    """One box to tick: a bundle, or a single scope. ``includes`` are the boxes within it."""

    name: str
    title: str
    words: str
    powerful: bool
    includes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Lifetime:
    """For how long, as the page offers it."""

    seconds: int
    words: str
    selected: bool


@dataclass(frozen=True)
class AuthorizationRequest:
    """An authorization request (RFC 6749, 4.1.1) that can be granted as it is.

    ``query`` is what counts of it once more, for oauthlib to read.
    """

    query: str
    client: Origin
    redirect_uri: str
    scopes: tuple[str, ...]

    @classmethod
    def parse(cls, query: str, issuer: str) -> AuthorizationRequest:
        """Return the request in a query; raises ConnectError for whatever is off with it."""
        given = _parameters(query)
        client = client_origin(given.get("client_id", ""))
        check_redirect_uri(given.get("redirect_uri", ""), client)
        for name, check in _CHECKS.items():
            check(given.get(name, ""))
        if given.get("resource", issuer).rstrip("/") != issuer:
            raise ConnectError(
                f"The resource {given['resource'][:300]!r} is not this server, {issuer}.",
                code="resource",
            )
        scopes = tuple(dict.fromkeys(given["scope"].split()))
        counts = {name: value for name, value in given.items() if name in _COUNTS}
        return cls(urlencode(counts), client, given["redirect_uri"], scopes)

    def choices(self) -> tuple[Choice, ...]:
        """Return the boxes of the page: all bundles within those asked for, then single scopes."""
        wanted = expand(self.scopes)
        bundles = [b for b in BUNDLES.values() if self._asks_for(b)]
        within = frozenset[str]().union(*(b.scopes for b in bundles))
        singles = [scope for scope in SCOPES if scope in wanted - within]
        return (
            *(bundle_choice(b, [inner for inner in bundles if inner != b]) for b in bundles),
            *map(scope_choice, singles),
        )

    def _asks_for(self, bundle: Bundle) -> bool:
        """Return whether a bundle is one of those asked for, or within one."""
        asked = (BUNDLES[name] for name in self.scopes if name in BUNDLES)
        return any(bundle == whole or _is_within(bundle, whole) for whole in asked)


def bundle_choice(bundle: Bundle, others: Iterable[Bundle] = ()) -> Choice:
    """Return the box of a bundle, which has some of ``others`` within it."""
    return Choice(
        bundle.name,
        bundle.title,
        bundle.words,
        powerful=gives_full_control(bundle.scopes),
        includes=tuple(inner.name for inner in others if _is_within(inner, bundle)),
    )


def choices_of(scopes: Collection[str]) -> tuple[Choice, ...]:
    """Return what a grant lets its app do, in the same words."""
    return tuple(
        bundle_choice(BUNDLES[name]) if name in BUNDLES else scope_choice(name)
        for name in summary(scopes)
    )


def scope_choice(scope: str) -> Choice:
    """Return the box of a single scope."""
    return Choice(scope, scope, SCOPES.get(scope, scope), gives_full_control({scope}))


def _is_within(inner: Bundle, outer: Bundle) -> bool:
    return inner.scopes < outer.scopes or (FULL in outer.scopes and inner != outer)


def check_may_ask(client: Origin, settings: Settings) -> None:
    """Raise ConnectError unless this site may open the connect page (``connect``)."""
    if settings.broken:
        raise ConnectError(
            "A setting of this server is wrong, and until that is fixed nobody can connect; its "
            "log names it.",
            code="settings_invalid",
        )
    if settings.connect == "off":
        raise ConnectError(
            "This server's owner has switched connecting off.",
            code="off",
            suggestion='c.EscherpadExt.connect = "ask"',
        )
    if settings.origins.allows(str(client)):
        return
    if settings.connect == "listed":
        raise ConnectError(
            f"This server lets only sites connect that its settings name, and {client} is not one.",
            code="not_listed",
            suggestion=settings.origins.advice(str(client)),
        )
    if client.is_insecure:
        raise ConnectError(
            f"{client} is not https, so that anybody on the way could speak in its name.",
            code="insecure",
            suggestion=settings.origins.advice(str(client)),
        )


def lifetimes(default: int, longest: int) -> tuple[Lifetime, ...]:
    """Return the times to choose from: none longer than ``longest`` seconds, one selected."""
    offered = {seconds for seconds in (*_LIFETIMES, default, longest) if seconds <= longest}
    return tuple(Lifetime(s, spoken(s), s == default) for s in sorted(offered))


def _parameters(query: str) -> dict[str, str]:
    if len(query) > MAX_QUERY_LENGTH:
        raise ConnectError(
            f"The request is longer than {MAX_QUERY_LENGTH} characters.", code="too_long"
        )
    try:
        pairs = parse_qsl(query, errors="strict", max_num_fields=50)
    except ValueError:
        raise ConnectError("The request is not properly encoded.", code="encoding") from None
    given = dict(pairs)
    if len(given) != len(pairs):  # RFC 6749, 3.1: "MUST NOT be included more than once"
        raise ConnectError("The request has a parameter twice.", code="twice")
    return given


def _check_response_type(text: str) -> None:
    if text != "code":
        raise ConnectError("The response_type must be code.", code="response_type")


def _check_response_mode(text: str) -> None:
    if text not in {"", "query"}:
        raise ConnectError("The response_mode must be query.", code="response_mode")


def _check_challenge(text: str) -> None:
    if len(text) != _CHALLENGE_LENGTH or not _BASE64URL.issuperset(text):
        raise ConnectError(
            "The code_challenge must be the SHA-256 of a code_verifier in base64url "
            "(RFC 7636, section 4.2).",
            code="code_challenge",
        )


def _check_method(text: str) -> None:
    if text != "S256":  # `plain` protects nothing, and is what RFC 7636 takes nothing to mean
        raise ConnectError("The code_challenge_method must be S256.", code="code_challenge_method")


def _check_state(text: str) -> None:
    if len(text) > MAX_STATE_LENGTH:
        raise ConnectError(f"The state is longer than {MAX_STATE_LENGTH} characters.", code="state")


def _check_scope(text: str) -> None:
    if len(text) > MAX_SCOPE_LENGTH:
        raise ConnectError(f"The scope is longer than {MAX_SCOPE_LENGTH} characters.", code="scope")
    try:
        expand(text)
    except UnknownScope as error:
        raise ConnectError(error.what, code="scope") from None


_CHECKS: dict[str, Callable[[str], None]] = {
    "response_type": _check_response_type,
    "response_mode": _check_response_mode,
    "code_challenge": _check_challenge,
    "code_challenge_method": _check_method,
    "state": _check_state,
    "scope": _check_scope,
}
# Whatever else is asked with "MUST" be ignored (RFC 6749, 3.1); oauthlib would take it for more.
_COUNTS = frozenset({"client_id", "redirect_uri", *_CHECKS})
