"""Each way in which a token is sent, and each kind of token."""

from __future__ import annotations

from ..grants import TOKENS
from ..steps import (
    COOKIES,
    FORM,
    LISTED,
    LISTED_TOO,
    UNLISTED,
    Header,
    Request,
    Scenario,
    bearer,
    origin,
)

ME = "/api/me"
#: A token with the mark of this extension that no install has made.
STRANGE = (
    "eyJhbGciOiJIUzI1NiIsInR5cCI6ImF0K2p3dCIsImtpZCI6ImVzY2hlcnBhZC14In0"
    ".eyJpc3MiOiJlc2NoZXJwYWQtZXh0OngifQ.AAAA"
)


def _from(name: str, *headers: Header, target: str = ME, site: str = LISTED) -> Request:
    return Request(name, target, headers=(origin(site), *headers))


def _authorization(value: str) -> Header:
    return ("Authorization", value)


#: Ways that the server's token, or a grant token, may be sent in; ``$$`` is its name.
WAYS: dict[str, tuple[str, tuple[Header, ...]]] = {
    "Bearer": (ME, (_authorization("Bearer ${$$}"),)),
    "token": (ME, (_authorization("token ${$$}"),)),
    "lower case": (ME, (_authorization("bearer ${$$}"),)),
    "upper case": (ME, (_authorization("TOKEN   ${$$}"),)),
    "bare": (ME, (_authorization("${$$}"),)),
    "another scheme": (ME, (_authorization("Digest ${$$}"),)),
    "in the URL": (f"{ME}?token=${{$$}}", ()),
    "in the URL twice": (f"{ME}?token=${{$$}}&token=${{$$}}", ()),
    "wrong in the header, right in the URL": (
        f"{ME}?token=${{$$}}",
        (_authorization("Bearer wrong"),),
    ),
    "right in the header, wrong in the URL": (
        f"{ME}?token=wrong",
        (_authorization("Bearer ${$$}"),),
    ),
    "with Basic and the URL": (f"{ME}?token=${{$$}}", (_authorization("Basic YTpi"),)),
    "as a cookie": (ME, (("Cookie", "token=${$$}"),)),
    "as a subprotocol without a socket": (
        ME,
        (("Sec-WebSocket-Protocol", "v1.token.websocket.jupyter.org.${$$}"),),
    ),
}


def _ways(token: str, *headers: Header) -> tuple[Request, ...]:
    return tuple(
        Request(
            name,
            target.replace("$$", token),
            headers=(*headers, *((key, value.replace("$$", token)) for key, value in more)),
        )
        for name, (target, more) in WAYS.items()
    )


_NO_TOKEN = (
    _from("nothing"),
    _from("a cookie", ("Cookie", "username-localhost-8888=x; _xsrf=y")),
    _from("Basic", _authorization("Basic YTpi")),
    _from("Basic and a cookie", _authorization("Basic YTpi"), ("Cookie", "a=b")),
    _from("an empty header", _authorization("")),
    _from("Bearer alone", _authorization("Bearer")),
    _from("an empty token in the URL", target=f"{ME}?token="),
    Request(
        "in a form", "/api/contents", "POST", (origin(LISTED), FORM), "token=${server}&type=file"
    ),
    Request("in a form without Origin", "/login", "POST", (FORM,), "token=${run}"),
    _from("what needs no login", target="/api"),
    _from("a static file", target="/static/favicon.ico"),
)
_KINDS = (
    *(_from(f"a grant token: {name}", bearer(name)) for name in (*TOKENS, "forged")),
    _from("strange", _authorization(f"Bearer {STRANGE}")),
    _from("marked but damaged", _authorization(f"Bearer {STRANGE.split('.', maxsplit=1)[0]}.x")),
    _from("wrong", _authorization("Bearer wrong")),
    _from("wrong, with dots", _authorization("Bearer a.b.c")),
    _from("the server's", bearer("server")),
    _from("an ended one for what needs no login", bearer("expired"), target="/api"),
    _from("from another listed origin", bearer("run"), site=LISTED_TOO),
    _from("of another listed origin", bearer("too"), site=LISTED_TOO),
    _from("of an approved origin", bearer("unlisted"), site=UNLISTED),
    _from("the server's from an approved origin", bearer("server"), site=UNLISTED),
)
_SCRIPTS = (
    *(
        Request(f"without Origin: {name}", ME, headers=(bearer(name),))
        for name in (*TOKENS, "forged")
    ),
    Request("own origin", ME, headers=(origin("${own}"), bearer("script"))),
    Request("own origin, a site's token", ME, headers=(origin("${own}"), bearer("run"))),
    Request("in the URL", f"{ME}?token=${{script}}"),
    Request("in the URL, a site's", f"{ME}?token=${{run}}"),
    Request(
        "own origin, a program's token, another site",
        ME,
        headers=(origin("${own}"), bearer("program"), ("Sec-Fetch-Site", "cross-site")),
    ),
    Request("a change", "/api/contents", "POST", (bearer("script-full"),), '{"type": "file"}'),
    Request("a page", "/files/hello.txt", headers=(bearer("script"),)),
    Request("the pages' address", "/escherpad/", headers=(bearer("script-full"),)),
)
_LOGGED_IN = (
    Request("log in", "/api/status?token=${server}"),
    Request("own page", ME, headers=(COOKIES,)),
    Request("own page, own origin", ME, headers=(COOKIES, origin("${own}"))),
    Request("listed origin", ME, headers=(COOKIES, origin(LISTED))),
    Request("listed origin, with a token", ME, headers=(COOKIES, origin(LISTED), bearer("view"))),
    Request("refused origin", ME, headers=(COOKIES, origin("https://evil.example"))),
    Request("with a script's token", ME, headers=(COOKIES, bearer("script"))),
    Request("with a token that ended", ME, headers=(COOKIES, bearer("expired"))),
    Request("a change from elsewhere", "/api/contents", "POST", (COOKIES, origin(LISTED)), "{}"),
    Request(
        "embedded",
        ME,
        headers=(COOKIES, ("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Mode", "no-cors")),
    ),
    Request("log out from elsewhere", "/logout", headers=(COOKIES, origin(LISTED))),
    Request("log out", "/logout", headers=(COOKIES,)),
    Request("logged out", ME, headers=(COOKIES,)),
)
_LOGIN = (
    Request("page", "/login"),
    Request("page with a next", "/login?next=%2Flab"),
    Request("listed origin", "/login", headers=(origin(LISTED),)),
    Request("listed origin, grant token", "/login", headers=(origin(LISTED), bearer("full"))),
    Request("listed origin, server's token", "/login", headers=(origin(LISTED), bearer("server"))),
    Request("refused origin", "/login", headers=(origin("https://evil.example"),)),
    Request("form from elsewhere", "/login", "POST", (origin(LISTED), FORM), "password=${server}"),
    Request("form without a cookie", "/login", "POST", (FORM,), "password=${server}"),
    Request("script's token", "/login", headers=(bearer("script-full"),)),
    Request("logout page", "/logout"),
)

SCENARIOS = (
    Scenario("ways of the server's token", "listed", _ways("server", origin(LISTED))),
    Scenario("ways of a grant token", "listed", _ways("view", origin(LISTED))),
    Scenario("ways of the server's token at home", "listed", _ways("server")),
    Scenario("ways of a script's token", "listed", _ways("script")),
    Scenario("no token", "listed", _NO_TOKEN),
    Scenario("kinds of tokens", "listed", _KINDS),
    Scenario("tokens of scripts", "listed", _SCRIPTS),
    Scenario("logged in with a cookie", "listed", _LOGGED_IN),
    Scenario("login", "listed", _LOGIN),
    Scenario(
        "grant tokens of another install",
        "plain",
        (
            _from("from a page", bearer("run"), site=UNLISTED),
            Request("a script's", ME, headers=(bearer("script"),)),
        ),
    ),
)
