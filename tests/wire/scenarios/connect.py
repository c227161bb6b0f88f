"""Connecting from the question to the end of the grant."""

from __future__ import annotations

from urllib.parse import urlencode

from ..steps import (
    CLICK,
    COOKIES,
    LISTED,
    NAVIGATION,
    UNLISTED,
    Closing,
    Header,
    Request,
    Scenario,
    Step,
    bearer,
    handshake,
    origin,
    post_form,
    preflight,
)
from .asking import question, redemption
from .consent import AUTHORIZE
from .endpoints import GRANT, REVOKE, TOKEN

SITE = origin(UNLISTED)
_CODE = {"code": r"Location: \S*[?&]code=([^&\s]+)"}
_TOKEN = {"token": r'"access_token": "([^"]+)"'}
_NO_CLICK = tuple(header for header in CLICK if header[0] != "Sec-Fetch-User")
_NO_ORIGIN = tuple(header for header in CLICK if header[0] != "Origin")
_SAFARI = "Mozilla/5.0 (Macintosh) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605"
_LOGIN = Request("log in", "/api/status?token=${server}")


def _open(number: str, scope: str = "run") -> tuple[Step, ...]:
    """Return the way to a page with the buttons."""
    return (
        Request(
            f"{number} ask",
            f"{AUTHORIZE}?{question(scope=scope)}",
            headers=(COOKIES, *NAVIGATION),
            capture={"ask": r"Location: \S*\?ask=([\w-]+)"},
        ),
        Request(
            f"{number} page",
            f"{AUTHORIZE}?ask=${{ask}}",
            headers=(COOKIES, *NAVIGATION),
            capture={
                "nonce": r'name="nonce" value="([^"]+)"',
                "xsrf": r'name="_xsrf" value="([^"]+)"',
            },
        ),
    )


def _form(*fields: tuple[str, str]) -> str:
    return urlencode([("_xsrf", "${xsrf}"), ("nonce", "${nonce}"), *fields], safe="${}|:")


_ALLOW = (("lifetime", "3600"), ("decision", "allow"))
_ALL = (("scope", "view"), ("scope", "edit"), ("scope", "run"), *_ALLOW)


def _click(
    name: str, *fields: tuple[str, str], headers: tuple[Header, ...] = CLICK, code: bool = False
) -> Request:
    return Request(
        name, AUTHORIZE, "POST", (COOKIES, *headers), _form(*fields), _CODE if code else {}
    )


def _counted(change: str, when: str = "") -> Request:
    """Return a request that waits until the server has noticed what became of its grants."""
    return Request(
        f"{change} {when}is counted",
        "/metrics",
        headers=(bearer("server"),),
        until=rf'escherpad_ext_grants_total\{{change="{change}"\}} [1-9]',
    )


def _exchange(name: str, *, token: bool = False, **changed: str) -> Request:
    return post_form(name, TOKEN, redemption(**changed), SITE, capture=_TOKEN if token else {})


_REFUSED_CLICKS = (
    _LOGIN,
    *_open("1"),
    _click("no click", *_ALL, headers=_NO_CLICK),
    _click("no origin", *_ALL, headers=_NO_ORIGIN),
    _click("another page's form", *_ALL, headers=(*NAVIGATION, origin(LISTED), CLICK[-1])),
    _click("no metadata", *_ALL, headers=(CLICK[0], CLICK[-1])),
    _click("a token", *_ALL, headers=(*CLICK, bearer("server"))),
    Request("no cookies", AUTHORIZE, "POST", CLICK, _form(*_ALL)),
    Request("no XSRF value", AUTHORIZE, "POST", (COOKIES, *CLICK), "nonce=${nonce}&decision=deny"),
    Request("no nonce", AUTHORIZE, "POST", (COOKIES, *CLICK), "_xsrf=${xsrf}&decision=allow"),
    _click("nothing ticked", *_ALLOW),
    _click("used", *_ALL),
    *_open("2"),
    _click("not offered", ("scope", "full"), *_ALLOW),
    *_open("3"),
    _click("no such lifetime", ("scope", "view"), ("lifetime", "1"), ("decision", "allow")),
    *_open("4"),
    Request(
        "on the wrong page",
        "/escherpad/",
        "POST",
        (COOKIES, *CLICK),
        _form(("disconnect", "all"), ("sure", "yes")),
    ),
    *_open("5"),
    _click("deny", ("decision", "deny")),
    *_open("6"),
    _click("no decision", ("scope", "view")),
    *_open("7"),
    _click("Safari", *_ALL, headers=(*_NO_CLICK, ("User-Agent", _SAFARI)), code=True),
    _exchange("wrong verifier", code_verifier="w" * 43),
    _exchange("used code"),
    *_open("8"),
    _click("allow", *_ALL, code=True),
    _exchange("another redirect", redirect_uri=f"{UNLISTED}/elsewhere"),
    *_open("9"),
    _click("allow once more", *_ALL, code=True),
    post_form("another site", TOKEN, redemption(client_id=f"{LISTED}/"), origin(LISTED)),
    Request("no grants yet", "/api/me", headers=(SITE,)),
)
_USED: tuple[Step, ...] = (
    Request("own grant", GRANT, headers=(SITE, bearer("token"))),
    Request("me", "/api/me", headers=(SITE, bearer("token"))),
    Request("no token", "/api/me", headers=(SITE,)),
    Request("the server's token", "/api/me", headers=(SITE, bearer("server"))),
    Request("the server's token, public", "/api", headers=(SITE, bearer("server"))),
    Request("elsewhere", "/api/me", headers=(origin(LISTED), bearer("token"))),
    preflight("preflight", "/api/contents", "GET", SITE),
    Request("files", "/api/contents/hello.txt", headers=(SITE, bearer("token"))),
    handshake("socket", "/api/events/subscribe", SITE, bearer("token")),
)
_CONNECTED: tuple[Step, ...] = (
    _LOGIN,
    Request("nothing connected", "/escherpad/", headers=(COOKIES, *NAVIGATION)),
    *_open("1", "full"),
    _click("allow", ("scope", "view"), ("scope", "full"), *_ALLOW, code=True),
    _exchange("exchange", token=True),
    *_USED,
    handshake("held socket", "/api/events/subscribe", SITE, bearer("token"), hold="events"),
    *_open("second time"),
    Request(
        "connected",
        "/escherpad/",
        headers=(COOKIES, *NAVIGATION),
        capture={
            "nonce": r'name="nonce" value="([^"]+)"',
            "grant": r'name="disconnect" value="([0-9a-f]{32})"',
        },
    ),
    Request(
        "disconnect", "/escherpad/", "POST", (COOKIES, *CLICK), _form(("disconnect", "${grant}"))
    ),
    Request(
        "disconnect again",
        "/escherpad/",
        "POST",
        (COOKIES, *CLICK),
        _form(("disconnect", "${grant}")),
    ),
    Request("disconnected", "/escherpad/?disconnected", headers=(COOKIES, *NAVIGATION)),
    Closing("socket closes", "events"),
    Request("own grant, ended", GRANT, headers=(SITE, bearer("token"))),
    Request("me, ended", "/api/me", headers=(SITE, bearer("token"))),
)
_GIVEN_BACK: tuple[Step, ...] = (
    _LOGIN,
    _counted("revoked", "before "),  # of the scenario before, lest it is counted in between
    *_open("1"),
    _click("allow a part", ("scope", "view"), *_ALLOW, code=True),
    _exchange("exchange", token=True),
    _counted("created"),
    Request("own grant", GRANT, headers=(SITE, bearer("token"))),
    Request("more than given", "/api/contents/x.txt", "PUT", (SITE, bearer("token")), "{}"),
    post_form("give back", REVOKE, f"token=${{token}}&client_id={UNLISTED}/", SITE),
    Request("own grant, ended", GRANT, headers=(SITE, bearer("token"))),
    _counted("revoked"),
    *_open("2"),
    _click("allow again", *_ALL, code=True),
    _exchange("exchange again", token=True),
    _exchange("second use of the code"),
    Request("ended by that", GRANT, headers=(SITE, bearer("token"))),
    Request("all is counted", "/metrics", headers=(bearer("server"),)),
)
SCENARIOS = (
    Scenario("clicks and codes", "plain", _REFUSED_CLICKS),
    Scenario("connected", "plain", _CONNECTED),
    Scenario("given back", "plain", _GIVEN_BACK),
)
