"""What anybody may read is at its very path, for its very methods, and nowhere near."""

from __future__ import annotations

import json

from support.constants import TOKEN

from escherpad_ext.connect.paths import CONNECTED_APPS, GRANT, REVOKE
from escherpad_ext.connect.paths import TOKEN as TOKEN_PATH

EVIL = "https://evil.example"
PUBLIC = {
    ".well-known/oauth-authorization-server": "GET",
    ".well-known/oauth-protected-resource": "GET",
    TOKEN_PATH: "POST",
    REVOKE: "POST",
    GRANT: "GET",
    "escherpad/static/connect.js": "GET",
}
TRICKS = [
    "{}/",
    "{}//",
    "/{}",
    "//{}",
    "./{}",
    "x/../{}",
    "%2e/{}",
    "{}%2f",
    "{}%20",
    "{}%00",
    "{};x",
    "{}.",
    "{}%3fx",
    "{}/../../api/contents",
    "{}%2f..%2f..%2fapi%2fcontents",
]
NEIGHBOURS = [
    "",
    "api",
    "api/contents",
    "api/me",
    "login",
    ".well-known/",
    ".well-known/oauth-authorization-serverx",
    "escherpad",
    CONNECTED_APPS,
    "escherpad/authorize",
    "escherpad/static/",
    "escherpad/static/page.js",
    "escherpad/static/style.css",
    "escherpad/static/..%2fpages.py",
    "escherpad/static/../pages.py",
]


async def test_nothing_near_is_for_everybody(call):
    """Refused, with no CORS header: by encoding, case, slashes and dots nobody else gets `*`."""
    paths = [trick.format(path) for path in PUBLIC for trick in TRICKS]
    paths += [path.upper() for path in PUBLIC]
    paths += [path.replace("e", "%65", 1) for path in PUBLIC]
    paths += [path.replace("/", "%2F") for path in PUBLIC]
    paths += [path.replace("/", "\\") for path in PUBLIC]
    for path in (*paths, *NEIGHBOURS):
        for method in ("GET", "POST", "OPTIONS"):
            headers = {"Access-Control-Request-Method": "POST"} if method == "OPTIONS" else {}
            answer = await call(method, path, origin=EVIL, headers=headers)
            assert answer.code == 403, (method, path)
            assert not [name for name in answer.headers if name.startswith("Access-Control-")], path


async def test_whatever_the_method(call):
    """One method works; others are 405, without a body of use, and never an error of the server."""
    for path, works in PUBLIC.items():
        for method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"):
            for origin in (EVIL, "null", None):
                body = "x" if method in {"POST", "PUT", "PATCH"} else None
                answer = await call(method, path, origin=origin, body=body)
                expected = {405} if method != works else {200, 400, 401}
                if path.endswith(".js") and method == "HEAD":
                    expected = {200}
                assert answer.code in expected, (method, path)
                shared = answer.headers.get("Access-Control-Allow-Origin")
                assert shared == (None if origin is None else "*")
                assert "Access-Control-Allow-Credentials" not in answer.headers
                assert "Set-Cookie" not in answer.headers


async def test_no_cookie_and_no_token_of_the_server_counts_there(call, owner):
    """They are the same for everybody: with all the owner's secrets nothing more is told."""
    cookies = "; ".join(f"{name}={value}" for name, value in owner._cookies.items())
    for origin in (EVIL, None):
        headers = {"Cookie": cookies, "Authorization": f"token {TOKEN}"}
        for path in (".well-known/oauth-authorization-server", "escherpad/static/connect.js"):
            plain = await call("GET", path, origin=origin)
            assert (await call("GET", path, origin=origin, headers=headers)).body == plain.body
        answer = await call("GET", GRANT, origin=origin, headers=headers)
        assert (answer.code, json.loads(answer.body)["reason"]) == (401, "unknown_token")
        answer = await call("GET", f"{GRANT}?token={TOKEN}", origin=origin)
        assert (answer.code, json.loads(answer.body)["reason"]) == (401, "no_token")


async def test_a_preflight_of_them_allows_no_cookies(call):
    for path in PUBLIC:
        headers = {
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "authorization",
        }
        answer = await call("OPTIONS", path, origin=EVIL, headers=headers)
        assert answer.code == 204
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert "Access-Control-Allow-Credentials" not in answer.headers


async def test_nothing_in_it_tells_who_or_what(call, owner):
    """Discovery has no version, no user, no path of the machine."""
    from escherpad_ext import __version__
    from escherpad_ext.grants import owner_name

    for name in ("oauth-authorization-server", "oauth-protected-resource"):
        text = (await call("GET", f".well-known/{name}", origin=EVIL)).body.decode()
        assert __version__ not in text
        assert f'"{owner_name()}"' not in text


async def test_a_full_token_reaches_none_of_the_pages(call, owner, site):
    """Deny by default: consent and connections are out of reach whatever the scopes."""
    token = await site.connect(owner, "full")
    assert (await call("GET", "api/contents", origin=site.origin, token=token)).code == 200
    for path in (CONNECTED_APPS, "escherpad/authorize", f"escherpad/authorize?{site.question()}"):
        for method in ("GET", "POST"):
            answer = await call(method, path, origin=site.origin, token=token)
            assert answer.code == 403
            assert json.loads(answer.body)["error"] in {"owner_only", "insufficient_scope"}
