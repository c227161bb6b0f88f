"""The rule over HTTP: who is served, and who somebody is."""

from __future__ import annotations

import json

import pytest
from support.constants import ALLOWED, REFUSED, TOKEN

NEIGHBOURS = [
    "https://app.example.com.evil.io",
    "https://evil-app.example.com",
    "https://evil.io/app.example.com",
    "http://app.example.com",
    "https://app.example.com:8443",
    "https://app.example.com:443",
    "https://user@app.example.com",
    "https://app.example.com.",
    "https://APP.example.com",
    "https://app.example.com/",
    "https://\u0430pp.example.com".encode().decode("latin-1"),
    "https://xn--pp-6kc.example.com",
    "null",
    "",
    " ",
    "app.example.com",
    f"{ALLOWED},{ALLOWED}",
    f"{ALLOWED} https://evil.example",
    "x" * 20000,
]


def reason(response) -> tuple[str, str]:
    answer = json.loads(response.body)
    assert set(answer) >= {"error", "reason", "message"}
    return answer["error"], answer["reason"]


async def test_token_in_header_is_somebody(call):
    response = await call("GET", "api/contents", origin=ALLOWED, token=TOKEN)
    assert response.code == 200
    assert response.headers["Access-Control-Allow-Origin"] == ALLOWED


async def test_bearer_is_a_token_too(call):
    headers = {"Authorization": f"Bearer {TOKEN}"}
    assert (await call("GET", "api/contents", origin=ALLOWED, headers=headers)).code == 200


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
async def test_nobody_is_told_to_send_a_token(call, method):
    response = await call(method, "api/contents", origin=ALLOWED)
    assert response.code == 401
    assert response.headers["WWW-Authenticate"] == "Bearer"
    assert response.headers["Access-Control-Allow-Origin"] == ALLOWED
    assert reason(response) == ("missing_token", "no_token")


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
async def test_wrong_token_is_told_so(call, method):
    response = await call(method, "api/contents", origin=ALLOWED, token="wrong")
    assert response.code == 401
    assert response.headers["WWW-Authenticate"].startswith('Bearer error="invalid_token"')
    assert reason(response) == ("invalid_token", "unknown_token")


@pytest.mark.parametrize("path", ["", "tree", "lab", "nowhere", "files/x", "nbconvert/html/x"])
async def test_never_a_redirect_to_the_login_page(call, path):
    response = await call("GET", path, origin=ALLOWED)
    assert response.code in {200, 401}


async def test_public_addresses_are_served_to_nobody(call):
    response = await call("GET", "api", origin=ALLOWED)
    assert response.code == 200
    assert "version" in json.loads(response.body)


@pytest.mark.parametrize("origin", [REFUSED, *NEIGHBOURS])
@pytest.mark.parametrize("path", ["api", "api/contents", "login", "static/logo/logo.png", "none"])
async def test_refused_origin_is_served_nothing(call, origin, path):
    response = await call("GET", path, origin=origin, token=TOKEN)
    assert response.code == 403
    assert reason(response)[0] == "origin_refused"
    assert not [name for name in response.headers if name.startswith("Access-Control-")]


async def test_refused_origin_changes_nothing(call, jp_root_dir):
    body = json.dumps({"type": "file", "format": "text", "content": "x"})
    response = await call("PUT", "api/contents/x.txt", origin=REFUSED, token=TOKEN, body=body)
    assert response.code == 403
    assert list(jp_root_dir.iterdir()) == []


async def test_cookies_do_not_count(call):
    login = await call("GET", "api/me", token=TOKEN)
    headers = {"Cookie": login.headers["Set-Cookie"].partition(";")[0]}
    assert (await call("GET", "api/contents", headers=headers)).code == 200
    response = await call("GET", "api/contents", origin=ALLOWED, headers=headers)
    assert response.code == 401
    assert reason(response) == ("missing_token", "cookie_ignored")


async def test_no_cookie_is_set(call):
    for path in ("api/contents", "api/me", "lab", "login", "", "tree"):
        response = await call("GET", path, origin=ALLOWED, token=TOKEN)
        assert "Set-Cookie" not in response.headers


async def test_one_token_is_one_user(call):
    first = await call("GET", "api/me", origin=ALLOWED, token=TOKEN)
    second = await call("GET", "api/me", origin=ALLOWED, token=TOKEN)
    assert first.code == second.code == 200
    assert json.loads(first.body)["identity"] == json.loads(second.body)["identity"]
