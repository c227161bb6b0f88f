"""What clients call from wherever: discovery, the token endpoint, their own grant, files."""

from __future__ import annotations

from ..grants import TOKENS
from ..steps import (
    FORM,
    JSON,
    LISTED,
    NAVIGATION,
    UNLISTED,
    Header,
    Request,
    Scenario,
    bearer,
    origin,
    post_form,
)
from .asking import redemption

SITE = origin(UNLISTED)
TOKEN, REVOKE, GRANT = "/escherpad/token", "/escherpad/revoke", "/escherpad/grant"
DEVICE_AUTHORIZATION = "/escherpad/device_authorization"
METADATA = "/.well-known/oauth-authorization-server"
RESOURCE = "/.well-known/oauth-protected-resource"
CLIENT_FILES = ("connect.js", "connect.js.map", "element.js", "element.js.map")
PAGE_FILES = ("page.js", "style.css", "logo.svg")

_DISCOVERY = (
    Request("authorization server", METADATA),
    Request("authorization server, any origin", METADATA, headers=(SITE,)),
    Request("authorization server, null", METADATA, headers=(origin("null"),)),
    Request("authorization server, own origin", METADATA, headers=(origin("${own}"),)),
    Request("authorization server, upper case host", METADATA, headers=(("Host", "LOCALHOST:80"),)),
    Request(
        "authorization server, forwarded",
        METADATA,
        headers=(("X-Forwarded-Proto", "https"), ("Forwarded", "proto=https")),
    ),
    Request("protected resource", RESOURCE),
    Request("protected resource, any origin", RESOURCE, headers=(SITE,)),
    Request("HEAD", METADATA, "HEAD", (SITE,)),
    Request("POST", METADATA, "POST", (SITE, FORM), "a=b"),
    Request("below", f"{METADATA}/user/ana", headers=(SITE,)),
    Request("another document", "/.well-known/openid-configuration", headers=(SITE,)),
    Request(
        "with a cookie and a token",
        f"{METADATA}?token=${{server}}",
        headers=(SITE, ("Cookie", "a=b")),
    ),
)


def _redeem(name: str, *headers: Header, **changed: str | None) -> Request:
    return post_form(
        name, TOKEN, redemption(**{"code": "unknown", **changed}), *(headers or (SITE,))
    )


_TOKEN = (
    _redeem("unknown code"),
    _redeem("another origin", origin(LISTED)),
    post_form("no origin", TOKEN, redemption(code="unknown")),
    _redeem("own origin", origin("${own}")),
    _redeem("null", origin("null")),
    _redeem("no grant type", grant_type=None),
    _redeem("another grant type", grant_type="password"),
    _redeem("refresh", grant_type="refresh_token", refresh_token="x"),
    _redeem("no code", code=None),
    _redeem("no client", client_id=None),
    _redeem("another client", client_id=f"{LISTED}/"),
    _redeem("no verifier", code_verifier=None),
    _redeem("with a scope", scope="full"),
    _redeem("with Basic", SITE, ("Authorization", "Basic YTpi")),
    _redeem("with a token", SITE, bearer("server")),
    _redeem("with a cookie", SITE, ("Cookie", "a=b")),
    post_form("empty", TOKEN, "", SITE),
    post_form("a field twice", TOKEN, "code=a&code=b", SITE),
    post_form("malformed", TOKEN, "%%%", SITE),
    post_form("too large", TOKEN, "a=" + "b" * 20_000, SITE),
    Request("JSON", TOKEN, "POST", (SITE, JSON), "{}"),
    Request("no type", TOKEN, "POST", (SITE,), "a=b"),
    Request("GET", TOKEN, headers=(SITE,)),
    Request("HEAD", TOKEN, "HEAD", (SITE,)),
    Request("PUT", TOKEN, "PUT", (SITE, FORM), "a=b"),
    Request("in the query", f"{TOKEN}?{redemption(code='unknown')}", "POST", (SITE, FORM), "a=b"),
    Request("malformed query", f"{TOKEN}?%%%", "POST", (SITE, FORM), redemption(code="unknown")),
)


def _revoke(name: str, body: str, *headers: Header) -> Request:
    return post_form(name, REVOKE, body, *headers)


_CLIENT = "client_id=https%3A%2F%2Fapp.example.com%2F"
_REVOKE = (
    _revoke("unknown token", f"token=unknown&{_CLIENT}", origin(LISTED)),
    _revoke("no token", _CLIENT, origin(LISTED)),
    _revoke("no client", "token=unknown", origin(LISTED)),
    _revoke("another client", f"token=${{single}}&{_CLIENT}", origin(UNLISTED)),
    _revoke("no origin", f"token=${{single}}&{_CLIENT}"),
    _revoke("the server's", f"token=${{server}}&{_CLIENT}", origin(LISTED)),
    _revoke(
        "with a hint", f"token=unknown&token_type_hint=refresh_token&{_CLIENT}", origin(LISTED)
    ),
    _revoke("another's token", f"token=${{too}}&{_CLIENT}", origin(LISTED)),
    Request("still good", "/api/me", headers=(origin(LISTED), bearer("single"))),
    _revoke("revoke", f"token=${{single}}&{_CLIENT}", origin(LISTED)),
    _revoke("revoke again", f"token=${{single}}&{_CLIENT}", origin(LISTED)),
    Request("ended", "/api/me", headers=(origin(LISTED), bearer("single"))),
    Request("GET", REVOKE, headers=(origin(LISTED),)),
    Request("JSON", REVOKE, "POST", (origin(LISTED), JSON), "{}"),
)
_DEVICE_CLIENT = "client_id=escherpad-cli"
_DEVICE_GRANT = "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code"
_FORGED = f"device_code={'a' * 40}.{'b' * 43}"
_DEVICE = (
    post_form("no scope", DEVICE_AUTHORIZATION, _DEVICE_CLIENT),
    post_form("unknown scope", DEVICE_AUTHORIZATION, f"{_DEVICE_CLIENT}&scope=nothing"),
    post_form("unknown client", DEVICE_AUTHORIZATION, "client_id=x&scope=view"),
    post_form(
        "a listed page", DEVICE_AUTHORIZATION, f"{_DEVICE_CLIENT}&scope=view", origin(LISTED)
    ),
    post_form("another page", DEVICE_AUTHORIZATION, f"{_DEVICE_CLIENT}&scope=view", SITE),
    Request("GET", DEVICE_AUTHORIZATION),
    Request("page without a login", "/escherpad/device", headers=NAVIGATION),
    post_form("forged code", TOKEN, f"{_DEVICE_GRANT}&{_DEVICE_CLIENT}&{_FORGED}"),
    post_form("no code", TOKEN, f"{_DEVICE_GRANT}&{_DEVICE_CLIENT}"),
    post_form("code from a page", TOKEN, f"{_DEVICE_GRANT}&{_DEVICE_CLIENT}&{_FORGED}", SITE),
)
_GRANT = (
    *(Request(name, GRANT, headers=(origin(LISTED), bearer(name))) for name in (*TOKENS, "forged")),
    Request("the server's token", GRANT, headers=(origin(LISTED), bearer("server"))),
    Request("no token", GRANT, headers=(origin(LISTED),)),
    Request("Basic", GRANT, headers=(origin(LISTED), ("Authorization", "Basic YTpi"))),
    Request("in the URL", f"{GRANT}?token=${{run}}", headers=(origin(LISTED),)),
    Request("refused origin", GRANT, headers=(origin("https://evil.example"), bearer("run"))),
    Request("no origin", GRANT, headers=(bearer("run"),)),
    Request("no origin, a script's", GRANT, headers=(bearer("script"),)),
    Request("own origin, a script's", GRANT, headers=(origin("${own}"), bearer("script"))),
    Request("approved origin", GRANT, headers=(SITE, bearer("unlisted"))),
    Request("HEAD", GRANT, "HEAD", (origin(LISTED), bearer("run"))),
    Request("POST", GRANT, "POST", (origin(LISTED), bearer("run")), ""),
)


def _file(name: str, *headers: Header) -> Request:
    return Request(
        name if not headers else f"{name} from elsewhere",
        f"/escherpad/static/{name}",
        "HEAD",
        headers,
    )


_FILES = (
    *(_file(name) for name in (*CLIENT_FILES, *PAGE_FILES)),
    *(_file(name, SITE) for name in (*CLIENT_FILES, *PAGE_FILES)),
    Request("GET", "/escherpad/static/connect.js", headers=(SITE,)),
    Request("GET of the pages' script", "/escherpad/static/page.js"),
    Request("missing", "/escherpad/static/nowhere.js"),
    Request("outside", "/escherpad/static/../pages.py"),
    Request("folder", "/escherpad/static/"),
    Request("POST", "/escherpad/static/connect.js", "POST", (SITE,), ""),
    Request("part", "/escherpad/static/connect.js", headers=(SITE, ("Range", "bytes=0-9"))),
)

_COUNTED = (
    Request(
        "metrics",
        "/metrics",
        headers=(bearer("server"),),
        until=r'escherpad_ext_grants_total\{change="revoked"\} 1\.0',
    ),
)

SCENARIOS = (
    Scenario("discovery", "listed", _DISCOVERY),
    Scenario("token endpoint", "listed", _TOKEN),
    Scenario("grant endpoint", "listed", _GRANT),
    Scenario("revocation endpoint", "listed", _REVOKE),
    Scenario("device flow", "listed", _DEVICE),
    Scenario("revocation counted", "listed", _COUNTED),
    Scenario("client's files", "listed", _FILES),
)
