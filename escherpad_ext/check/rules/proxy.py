"""What a proxy changes in requests and answers, as far as browsers depend on it."""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus

from ...console import cut
from ...policy import cors
from ...policy.origin import DEFAULT_PORTS
from .. import fixes
from ..address import Address, UrlParts
from ..facts import Answer, Facts, NoResponse
from ..findings import Finding, as_warning, make_finding
from ..proxy_fixes import proxy_fix
from . import rewritten
from .settings import is_refused

_ALLOW_ORIGIN = "Access-Control-Allow-Origin"
_EXPOSED = "Access-Control-Expose-Headers"
_OK = frozenset(range(200, 300))  # as browsers take a preflight's status
_ON_PREFLIGHTS = (_ALLOW_ORIGIN, "Access-Control-Allow-Methods", "Access-Control-Allow-Headers")


def check_requests(facts: Facts) -> Iterator[Finding]:
    """Yield what a proxy changes so much that nothing else can be checked."""
    asked = ("simple", "error", "stranger")
    if any(facts.refusal(name) or facts.answer(name) is None for name in asked):
        return
    if _replaces_errors(facts):
        why = "The server refuses with JSON. The answer has the right status, but is not JSON."
        yield make_finding("errors_replaced", why, proxy_fix(facts, "errors_replaced"))
    elif rewritten.is_rewritten_for_all(facts):
        yield rewritten.rewritten_for_all(facts)
    else:
        why = (
            "Requests from a made-up origin and without a token were not refused. Every site then "
            "counts as the server's own page."
        )
        yield make_finding("origin_stripped", why, proxy_fix(facts, "origin_stripped"))


def _replaces_errors(facts: Facts) -> bool:
    simple, stranger = facts.answer("simple"), facts.answer("stranger")
    if simple is not None and facts.origin in simple.all(_ALLOW_ORIGIN):
        return True  # so the origin arrives
    return stranger is not None and stranger.status in {401, 403}


def check_place(facts: Facts) -> Iterator[Finding]:
    """Yield that the server does not know the address that browsers use."""
    address, expected = facts.address, facts.address.issuer
    path = _path_of_home(facts)
    if path is not None and path != address.path:
        yield make_finding(
            "prefix_stripped",
            f"The request went to {address.path}, but the server's own path is {cut(path, 200)}.",
            _keep_prefix(facts),
        )
        return
    issuer = _issuer(facts)
    fix = fixes.settings({"public_url": expected}, facts.configuration)
    refuses_own = _is_stranger_at_home(facts)
    if refuses_own or (issuer is not None and issuer != expected and not facts.direct):
        code = "public_url_wrong" if _is_stated(address, issuer) else "public_url_missing"
        yield make_finding(code, _not_its_address(address, issuer, refuses_own), fix)


def _is_stated(address: Address, issuer: str | None) -> bool:
    """Return whether an owner wrote the server's own address, which is another one.

    Without ``public_url`` the server's own address is what the proxy writes into Host: usually an
    internal name with a port. An owner states a public one, without.
    """
    own = UrlParts.parse(issuer or "")
    told = (own.host, own.port or DEFAULT_PORTS["https"])
    is_other = told != (address.host, address.port)
    # ``$host`` in nginx leaves the port out, so that the same name without it is the proxy's.
    return own.scheme == "https" and is_other and (own.port is None) is (own.host != address.host)


def _not_its_address(address: Address, issuer: str | None, refuses_own: bool) -> str:
    if not refuses_own:
        return (
            f"The server names {cut(issuer or '', 200)} as its address, so sites cannot connect to "
            "it at this one."
        )
    why = f"The server refuses its own pages ({address.origin})"
    why += "." if _is_stated(address, issuer) else ", because the proxy rewrites Host."
    return f"{why} The server's own address is {cut(issuer, 200)}." if issuer else why


def _path_of_home(facts: Facts) -> str | None:
    """Return the base URL that the server redirects to, None if it does not redirect."""
    home = facts.answer("home")
    path = UrlParts.parse(home.get("Location")).path if home else ""
    return path.removesuffix("escherpad/") if path.endswith("/escherpad/") else None


def _keep_prefix(facts: Facts) -> str:
    line = f'c.ServerApp.base_url = "{facts.address.path}"'
    return f"{fixes.lines(line, facts.configuration)}\n{proxy_fix(facts, 'prefix_stripped')}"


def _issuer(facts: Facts) -> str | None:
    discovery = facts.answer("discovery")
    found = discovery.json().get("issuer") if discovery else None
    return found if isinstance(found, str) else None


def _is_stranger_at_home(facts: Facts) -> bool:
    return facts.reason("own") in {"origin_not_listed", "insecure_origin"}


def check_preflight(facts: Facts) -> Iterator[Finding]:
    """Yield that a proxy answers preflight requests."""
    preflight = facts.answer("preflight")
    if facts.silence("preflight") and facts.answer("simple"):
        why = "OPTIONS requests get no answer, and GET requests do."
        yield make_finding("preflight_intercepted", why, proxy_fix(facts, "preflight_intercepted"))
    if preflight is None or preflight.refusal() is not None:
        return
    if facts.refusal("stranger") is not None:
        intercepted = facts.answer("stranger_preflight") is not None and (
            facts.refusal("stranger_preflight") is None
        )
    else:  # any origin is allowed, so no refusal shows who answers
        asked = "Access-Control-Request-Method" in preflight.get("Vary")
        intercepted = not asked and preflight.get("Access-Control-Allow-Methods") != cors.METHODS
    if intercepted:
        found = make_finding(
            "preflight_intercepted",
            f"OPTIONS was answered with {preflight.status}, but not by this server. The server "
            "refuses preflight requests of a made-up origin.",
            proxy_fix(facts, "preflight_intercepted"),
        )
        yield as_warning(found) if _is_enough(preflight, facts.origin) else found


def _is_enough(preflight: Answer, origin: str) -> bool:
    """Return whether a browser goes on, whoever answered (Fetch, CORS-preflight fetch)."""
    allowed = {"*", origin}.issuperset(preflight.all(_ALLOW_ORIGIN) or [""])
    methods, headers = (
        {each.strip().lower() for each in preflight.get(name).split(",")}
        for name in ("Access-Control-Allow-Methods", "Access-Control-Allow-Headers")
    )
    all_methods = "*" in methods or methods >= {"put", "patch", "delete"}
    all_headers = "authorization" in headers and not headers.isdisjoint({"*", "content-type"})
    return preflight.status in _OK and allowed and all_methods and all_headers


def check_methods(facts: Facts) -> Iterator[Finding]:
    """Yield that requests which change something do not reach the server."""
    change, read = facts.answer("change"), facts.refusal("header")
    if change is not None and read is not None and change.refusal() is None:
        yield make_finding(
            "methods_refused",
            f"PUT was answered with {change.status}, but not by this server. GET arrives.",
            proxy_fix(facts, "methods_refused"),
        )


def check_answers(facts: Facts) -> Iterator[Finding]:
    """Yield what a proxy does to the CORS headers of answers."""
    answers = {name: facts.answer(name) for name in ("simple", "error", "preflight")}
    twice = [name for name, answer in answers.items() if answer and _origins(answer) > 1]
    if twice:
        why = f"{_ALLOW_ORIGIN} came twice ({', '.join(twice)}). Browsers then ignore both."
        yield make_finding("cors_twice", why, proxy_fix(facts, "cors_twice"))
        return
    if is_refused(facts):
        return
    simple = facts.answer("simple")
    other = simple.get(_ALLOW_ORIGIN) if simple is not None else ""
    missing = {name: list(_missing(name, answer)) for name, answer in answers.items() if answer}
    if other not in {"", "*", facts.origin}:
        yield make_finding(
            "response_headers_stripped",
            f"The server allows {facts.origin}, but its answer arrives with {cut(other, 200)} in "
            f"{_ALLOW_ORIGIN}.",
            proxy_fix(facts, "response_headers_stripped"),
        )
    elif any(missing.values()):
        which = ", ".join(dict.fromkeys(header for each in missing.values() for header in each))
        found = make_finding(
            "response_headers_stripped",
            f"The server allows {facts.origin}, but its answer arrives without {which}.",
            proxy_fix(facts, "response_headers_stripped"),
        )
        # Without it, a page cannot read `WWW-Authenticate`, but the same in the body.
        yield as_warning(found) if which == _EXPOSED else found


def _origins(answer: Answer) -> int:
    return len([each for each in answer.get(_ALLOW_ORIGIN).split(",") if each.strip()])


def _missing(name: str, answer: Answer) -> Iterator[str]:
    wanted = _ON_PREFLIGHTS if name == "preflight" else (_ALLOW_ORIGIN,)
    if name == "preflight" and answer.status != HTTPStatus.NO_CONTENT:
        return  # a proxy's answer, or a refusal
    yield from (header for header in wanted if not answer.all(header))
    if name == "error" and answer.all("WWW-Authenticate"):
        yield from (h for h in (_EXPOSED,) if not answer.all(h))


def check_authorization(facts: Facts) -> Iterator[Finding]:
    """Yield that the token does not arrive at the server."""
    if _is_replaced(facts):
        yield make_finding(
            "authorization_stripped",
            "A request without a token was refused because of its token. So the proxy writes one "
            "of its own into the header.",
            proxy_fix(facts, "authorization_stripped"),
        )
    elif facts.reason("header") in {"no_token", "cookie_ignored", "unknown_scheme"}:
        yield make_finding(
            "authorization_stripped",
            f"The request had a token, but the server answers {facts.reason('header')}.",
            proxy_fix(facts, "authorization_stripped"),
        )


def _is_replaced(facts: Facts) -> bool:
    """Return whether a request without a token arrives with one."""
    refusal = facts.refusal("error")
    return refusal is not None and refusal[0] == "invalid_token"


def timed_out(facts: Facts) -> list[str]:
    """Return the requests that were not answered, except WebSockets."""
    return [
        name
        for name, outcome in facts.outcomes.items()
        if isinstance(outcome, NoResponse) and not name.startswith(("socket", "upgrade", "proxy"))
    ]
