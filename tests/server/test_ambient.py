"""What else comes along with a request, and does not count: bodies, cookies, other schemes."""

from __future__ import annotations

import json

import pytest
from support.constants import ALLOWED, TOKEN

UNKNOWN = ("invalid_token", "unknown_token")


async def test_token_in_a_form(others, call, jp_web_app):
    """A token in the body does not count, for a form or any other, and the refusal says so."""
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    for path in ("other/who", "login", "api/contents", "other/public"):
        answer = await call("POST", path, origin=ALLOWED, body=f"token={TOKEN}", headers=form)
        assert (answer.code, json.loads(answer.body)["reason"]) == (401, "token_in_body")
    body = f"--b\r\nContent-Disposition: form-data; name=token\r\n\r\n{TOKEN}\r\n--b--\r\n"
    parts = {"Content-Type": "multipart/form-data; boundary=b"}
    answer = await call("POST", "other/who", origin=ALLOWED, body=body, headers=parts)
    assert answer.code == 401
    assert "other_extension_posts" not in jp_web_app.settings


async def test_a_wrong_header_counts_before_the_rest(who):
    """The header's token is the one that counts, right or wrong, whatever else comes along."""
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    path = f"other/who?token={TOKEN}"
    body = f"token={TOKEN}"
    assert await who(token="x", method="POST", path=path, headers=form, body=body) == UNKNOWN


@pytest.mark.parametrize(
    "value", ["Basic YTpi", "Negotiate abc", "token", "Bearer", "Bearer ", TOKEN, f"Bearer{TOKEN}"]
)
async def test_other_authorization(who, value):
    """Browsers add ``Basic`` by themselves: as ambient as a cookie."""
    assert await who(headers={"Authorization": value}) == ("missing_token", "unknown_scheme")


@pytest.mark.parametrize("value", [f"Bearer {TOKEN}, Bearer {TOKEN}", f"Bearer {TOKEN} x"])
async def test_more_than_a_token(who, value):
    """Two of them, or one with something behind it, are none."""
    assert await who(headers={"Authorization": value}) == UNKNOWN


async def test_cookies_do_not_replace_a_wrong_token(others, call, who):
    """Nor do they come along with a right one: one user, whoever is logged in beside."""
    cookies = await log_in(call)
    assert await who(origin=None, headers=cookies) != await who(token=TOKEN)
    assert await who(token="wrong", headers=cookies) == UNKNOWN
    assert await who(token=TOKEN, headers=cookies) == await who(token=TOKEN)


async def test_what_a_handler_gets_to_see(others, call):
    """A request without credentials: they were judged, and a proxied program is not the owner."""
    cookies = await log_in(call)
    headers = {
        **cookies,
        "Sec-Fetch-Site": "cross-site",
        "Sec-Fetch-Mode": "cors",
        "Sec-Fetch-Dest": "empty",
        "Sec-WebSocket-Origin": ALLOWED,
        "X-Else": "kept",
    }
    path = "other/who?a=1&token=elsewhere&b=%26"
    answer = await call("GET", path, origin=ALLOWED, token=TOKEN, headers=headers)
    seen = json.loads(answer.body)
    assert seen["uri"].endswith("/other/who?a=1&b=%26")
    gone = {"cookie", "origin", "sec-fetch-site", "sec-fetch-mode", "sec-websocket-origin"}
    assert not seen["headers"].keys() & {"authorization", *gone}
    assert seen["headers"]["x-else"] == "kept"
    assert TOKEN not in answer.body.decode()


EMBEDDED = [("cross-site", "no-cors"), ("same-site", "no-cors")]
SAME_ORIGIN = [
    ("cross-site", "navigate"),
    ("same-site", "navigate"),
    ("none", "navigate"),
    ("same-origin", "no-cors"),
    ("same-origin", "cors"),
    ("none", "no-cors"),
]


@pytest.fixture
def embedded(call):
    """Return a function: what a page of another site gets for an ``<img>`` or ``<script>``."""

    async def get(site, mode, *, method="GET", path="api/contents", **more):
        headers = {"Sec-Fetch-Site": site, "Sec-Fetch-Mode": mode, **more.pop("headers", {})}
        return await call(method, path, headers=headers, **more)

    return get


async def log_in(call) -> dict[str, str]:
    login = await call("GET", "lab", token=TOKEN)
    values = login.headers.get_list("Set-Cookie")
    return {"Cookie": "; ".join(value.partition(";")[0] for value in values)}


@pytest.mark.parametrize(("site", "mode"), EMBEDDED)
async def test_embedded_in_a_foreign_page(call, embedded, jp_root_dir, site, mode):
    """No ``Origin``, but the owner's cookies: the request is anonymous, and no cookie is set."""
    (jp_root_dir / "data.js").write_text("var secret = 1")
    cookies = await log_in(call)
    for path in ("api/contents", "files/data.js", "api/me", "metrics"):
        answer = await embedded(site, mode, path=path, headers=cookies)
        assert answer.code in {302, 403}
        assert b"secret" not in answer.body
        assert "Set-Cookie" not in answer.headers
    assert (await embedded(site, mode, path="static/logo/logo.png")).code == 200


@pytest.mark.parametrize("url_tokens", ["websocket", "never", "always"])
@pytest.mark.parametrize(("site", "mode"), EMBEDDED)
async def test_embedded_with_a_token_in_the_url(url_tokens, embedded, site, mode):
    """It cannot say which page it comes from, so it may be one that is refused: nobody."""
    answer = await embedded(site, mode, path=f"api/contents?token={TOKEN}")
    assert answer.code in {302, 403}
    assert "Set-Cookie" not in answer.headers


@pytest.fixture
def escherpad_config(request):
    """Take ``url_tokens`` of the test, where it has that."""
    callspec = getattr(request.node, "callspec", None)
    chosen = callspec.params.get("url_tokens") if callspec else None
    return {"allowed_origins": [ALLOWED], **({"url_tokens": chosen} if chosen else {})}


@pytest.mark.parametrize(("site", "mode"), SAME_ORIGIN)
async def test_navigations_and_the_own_pages(call, embedded, site, mode):
    """Links, typed addresses, the own pages' parts: as without the extension."""
    cookies = await log_in(call)
    assert (await embedded(site, mode, headers=cookies)).code == 200
    assert (await embedded(site, mode, path=f"api/contents?token={TOKEN}")).code == 200


async def test_embedded_posts_change_nothing(call, embedded, jp_root_dir):
    """A ``no-cors`` POST without an ``Origin`` (no current browser sends one) is anonymous, too."""
    cookies = await log_in(call)
    xsrf = dict(c.split("=", 1) for c in cookies["Cookie"].split("; "))["_xsrf"]
    headers = {**cookies, "X-XSRFToken": xsrf}
    answer = await embedded(
        "cross-site", "no-cors", method="POST", body='{"type":"file"}', headers=headers
    )
    assert answer.code == 403
    assert list(jp_root_dir.iterdir()) == []
