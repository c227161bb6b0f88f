"""What something in front of the server makes of the Origin header, and of browsers."""

from __future__ import annotations

from collections.abc import Iterator

from ...console import cut
from ...policy import cors
from ..facts import Answer, Facts
from ..findings import Finding, make_finding
from ..probe_requests import SKIP_WARNING
from ..proxy_fixes import in_words, proxy_fix
from ..services import warning_of

_ALLOW_ORIGIN = "Access-Control-Allow-Origin"
_NO_HEADER = "no header of a site can ask for that"


def check_browser(facts: Facts) -> Iterator[Finding]:
    """Yield that browsers get another answer than programs."""
    browser, program = facts.answer("simple"), facts.answer("program")
    if browser is None or program is None or _is_ours(browser) or not _is_ours(program):
        return
    service = warning_of(facts, browser)
    who = f"{service.name} shows" if service else "It shows"
    why = (
        f"A program gets the server's answer. A browser gets {browser.status} and another page. "
        f"{who} people a page first, which a site's requests cannot answer."
    )
    yield make_finding("browser_answered_differently", why, _skipping(facts, browser))


def _skipping(facts: Facts, browser: Answer) -> str:
    skipping, service = facts.answer("skipping"), warning_of(facts, browser)
    if skipping is None or not _is_ours(skipping) or not _preflights_arrive(facts):
        remark = (
            f"# open {facts.address} in a tab and confirm its page: localtunnel, for example, then "
            "lets the requests of your IP address pass. If that does not help:\n"
        )
        return remark + in_words(facts, f"answer browsers as programs: {_NO_HEADER}")
    names = [service.skip] if service and service.skip else list(SKIP_WARNING)
    headers = ", ".join(f'"{name}": "1"' for name in names)
    server = str(facts.address).rstrip("/")
    return (
        "// on the site: a header that switches this page off\n"
        f'await connect({{ server: "{server}", headers: {{ {headers} }} }})'
    )


def _preflights_arrive(facts: Facts) -> bool:
    """Return whether browsers' preflights reach the server. They carry no header of a site."""
    preflight = facts.answer("preflight")
    return preflight is not None and (
        preflight.refusal() is not None
        or preflight.get("Access-Control-Allow-Methods") == cors.METHODS
    )


def _is_ours(answer: Answer) -> bool:
    """Return whether a Jupyter server answered, with or without the extension."""
    return answer.refusal() is not None or isinstance(answer.json().get("version"), str)


def check_origin_header(facts: Facts) -> Iterator[Finding]:
    """Yield that the site's Origin arrives as another one."""
    if facts.reason("simple") in {"malformed_origin", "null_origin"}:
        why = f"The server was sent {facts.origin}, and says {facts.reason('simple')}."
        yield rewritten(facts, why)
    elif (other := _other_origin(facts)) is not None:
        yield rewritten(facts, f"The server was sent {facts.origin}, and allows {cut(other, 200)}.")
    elif _arrives_as_one_of_others(facts):
        why = (
            f"The server refuses its own pages ({facts.address.origin}), although it knows this "
            "address. So their Origin arrives as another one, and so does that of every site."
        )
        yield rewritten(facts, why)
    elif _is_own(facts):
        why = (
            f"The server takes requests from {facts.origin} for those of its own pages. "
            "Requests from a made-up origin are refused, so only some origins are rewritten."
        )
        yield rewritten(facts, why)


def _other_origin(facts: Facts) -> str | None:
    """Return the origin as which every site's requests arrive, if the server allows that one."""
    simple, stranger = facts.answer("simple"), facts.answer("stranger")
    if simple is None or stranger is None or stranger.refusal() or simple.refusal():
        return None
    allowed = simple.get(_ALLOW_ORIGIN)
    is_same = allowed == stranger.get(_ALLOW_ORIGIN) and "," not in allowed
    return allowed if is_same and allowed not in {"", "*", facts.origin} else None


def _arrives_as_one_of_others(facts: Facts) -> bool:
    """Return whether the server's own pages are refused at the address that it knows as its own."""
    discovery, own = facts.answer("discovery"), facts.reason("own")
    known = discovery is not None and discovery.json().get("issuer") == facts.address.issuer
    return known and own in {"origin_not_listed", "insecure_origin"}


def _is_own(facts: Facts) -> bool:
    """Return whether the site's requests arrive as the server's own, and a stranger's do not."""
    simple, error = facts.answer("simple"), facts.answer("error")
    if simple is None or error is None or facts.refusal("stranger") is None:
        return False
    taken = [each for each in (simple, error) if each.refusal() or each.all(_ALLOW_ORIGIN)]
    return not taken and _is_ours(simple) and bool(error.json())


def is_rewritten_for_all(facts: Facts) -> bool:
    """Return whether every Origin arrives as the server's own.

    The second name of an origin counts where the first is missing, and not where it is another.
    """
    twice = facts.answer("stranger_twice")
    if twice is None or twice.refusal() is not None or twice.all(_ALLOW_ORIGIN):
        return False
    return _is_ours(twice)


def rewritten_for_all(facts: Facts) -> Finding:
    """Return that every site counts as the server's own page."""
    why = (
        "Requests from a made-up origin count as those of the server's own pages. So every site "
        "that a person visits can use the server with this person's login."
    )
    return rewritten(facts, why)


def added(facts: Facts) -> Finding:
    """Return that even a request without Origin arrives with one."""
    why = "A request without Origin was refused as one from another origin."
    return rewritten(facts, why)


def rewritten(facts: Facts, why: str) -> Finding:
    """Return the finding with the fix for what is there."""
    return make_finding("origin_rewritten", why, proxy_fix(facts, "origin_rewritten"))
