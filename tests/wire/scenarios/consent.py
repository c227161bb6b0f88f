"""The consent page: what is wrong with a request, and how the page protects itself."""

from __future__ import annotations

from ..steps import (
    CLICK,
    COOKIES,
    LISTED,
    NAVIGATION,
    UNLISTED,
    Header,
    Request,
    Scenario,
    bearer,
    origin,
    preflight,
)
from .asking import question

AUTHORIZE = "/escherpad/authorize"
_CHROMIUM = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/"
_SAFARI = "Mozilla/5.0 (Macintosh) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605"

#: What can be wrong with a request, and what is changed of a good one.
WRONG: dict[str, dict[str, str | None]] = {
    "no response type": {"response_type": None},
    "another response type": {"response_type": "token"},
    "response mode": {"response_mode": "fragment"},
    "no client": {"client_id": None},
    "client without slash": {"client_id": UNLISTED},
    "client with a path": {"client_id": f"{UNLISTED}/app"},
    "client that is no origin": {"client_id": "an-application"},
    "no redirect": {"redirect_uri": None},
    "redirect elsewhere": {"redirect_uri": "https://evil.example/"},
    "redirect with a fragment": {"redirect_uri": f"{UNLISTED}/#a"},
    "redirect with an answer": {"redirect_uri": f"{UNLISTED}/?code=a"},
    "long redirect": {"redirect_uri": f"{UNLISTED}/{'a' * 2000}"},
    "no challenge": {"code_challenge": None},
    "short challenge": {"code_challenge": "a"},
    "no method": {"code_challenge_method": None},
    "plain": {"code_challenge_method": "plain"},
    "no scope": {"scope": None},
    "unknown scope": {"scope": "run everything"},
    "long state": {"state": "a" * 1001},
    "another resource": {"resource": "https://evil.example"},
    "insecure": {"site": "http://site.example"},
    "this server": {"site": "${own}"},
    "too long": {"more": "a" * 6000},
}


def _ask(name: str, query: str, *headers: Header) -> Request:
    return Request(name, f"{AUTHORIZE}?{query}", headers=(COOKIES, *NAVIGATION, *headers))


_ERRORS = (
    *(_ask(name, question(**changed)) for name, changed in WRONG.items()),  # type: ignore[arg-type]
    _ask("nothing", ""),
    _ask("a parameter twice", question() + "&state=b"),
    _ask("malformed", "scope=%FF"),
    _ask("forgotten", "ask=unknown"),
)
_LOGIN = Request("log in", "/api/status?token=${server}")
_PARKED = {"ask": r"Location: \S*\?ask=([\w-]+)"}
_PARK = Request(
    "ask",
    f"{AUTHORIZE}?{question(resource='${own}')}",
    headers=(COOKIES, *NAVIGATION),
    capture=_PARKED,
)


def _page(name: str, *headers: Header, navigation: tuple[Header, ...] = NAVIGATION) -> Request:
    return Request(name, f"{AUTHORIZE}?ask=${{ask}}", headers=(COOKIES, *navigation, *headers))


def _agent(name: str) -> Header:
    return ("User-Agent", name)


def _opened(mode: str, dest: str, site: str = "cross-site") -> tuple[Header, ...]:
    return (("Sec-Fetch-Mode", mode), ("Sec-Fetch-Dest", dest), ("Sec-Fetch-Site", site))


_PAGE = (
    Request("ask logged out", f"{AUTHORIZE}?{question()}", headers=NAVIGATION, capture=_PARKED),
    Request("page logged out", f"{AUTHORIZE}?ask=${{ask}}", headers=NAVIGATION),
    _LOGIN,
    _page("page of what was asked before"),
    _PARK,
    _page("page"),
    _page("Chromium 130", _agent(f"{_CHROMIUM}130.0.0.0 Safari/537.36")),
    _page("Chromium 131", _agent(f"{_CHROMIUM}131.0.0.0 Safari/537.36")),
    _page("Safari", _agent(_SAFARI)),
    _page("fetched", navigation=_opened("cors", "empty")),
    _page("in a frame", navigation=_opened("navigate", "iframe")),
    _page("embedded", navigation=_opened("no-cors", "image")),
    _page("typed", navigation=_opened("navigate", "document", "none")),
    _page("no metadata", navigation=()),
    _page("with a token", bearer("server")),
    _page("with a grant token", bearer("run")),
    _page("from another origin", origin(LISTED)),
    _page("with Basic", ("Authorization", "Basic YTpi")),
    Request("token in the URL", f"{AUTHORIZE}?ask=${{ask}}&token=${{server}}", headers=NAVIGATION),
    Request("HEAD", f"{AUTHORIZE}?ask=${{ask}}", "HEAD", (COOKIES, *NAVIGATION)),
    preflight("preflight", AUTHORIZE, "POST", origin("https://evil.example")),
    Request("PUT", AUTHORIZE, "PUT", (COOKIES, *CLICK), "a=b"),
)
_OTHER_PAGES = (
    Request("connections, logged out", "/escherpad/", headers=NAVIGATION),
    Request("no slash", "/escherpad", headers=NAVIGATION),
    Request("no slash, HEAD", "/escherpad", "HEAD"),
    Request("no slash, elsewhere", "/escherpad", headers=(origin(LISTED),)),
    Request("connections, fetched", "/escherpad/", headers=(origin(LISTED),)),
    Request("connections, a token", "/escherpad/", headers=(origin(LISTED), bearer("full"))),
    Request("connections, no metadata", "/escherpad/"),
    Request("unknown page", "/escherpad/nowhere", headers=(origin(LISTED),)),
)


def _boxes(name: str, scope: str) -> tuple[Request, ...]:
    return (
        Request(
            f"ask for {name}",
            f"{AUTHORIZE}?{question(scope=scope)}",
            headers=(COOKIES, *NAVIGATION),
            capture=_PARKED,
        ),
        _page(f"page for {name}"),
    )


_BOXES = (
    _LOGIN,
    *_boxes("view", "view"),
    *_boxes("everything", "full"),
    *_boxes("a terminal", "terminal"),
    *_boxes("single scopes", "view contents:write nbconvert:read"),
)


def _who_may(server: str) -> Scenario:
    """Return the questions of a listed site, of any other, and of one on this machine."""
    steps = (
        Request("unlisted", f"{AUTHORIZE}?{question()}", headers=NAVIGATION),
        Request("listed", f"{AUTHORIZE}?{question(site=LISTED)}", headers=NAVIGATION),
        Request(
            "loopback", f"{AUTHORIZE}?{question(site='http://localhost:3000')}", headers=NAVIGATION
        ),
        Request(
            "insecure", f"{AUTHORIZE}?{question(site='http://site.example')}", headers=NAVIGATION
        ),
    )
    return Scenario("who may ask", server, steps)


SCENARIOS = (
    Scenario("wrong questions", "plain", _ERRORS),
    Scenario("consent page", "plain", _PAGE),
    Scenario("boxes", "plain", _BOXES),
    Scenario("other pages", "listed", _OTHER_PAGES),
    *map(_who_may, ("listed", "plain", "any-but-no-connect", "strict", "broken")),
)
