"""Who somebody is across origins, whichever identity provider the server runs."""

from __future__ import annotations

import json

import pytest
from conftest import ALLOWED, REFUSED, TOKEN
from jupyter_server.auth.security import passwd

from . import other_extension, providers
from .wire import ask

PASSWORD = "a-password"
NO_TOKEN = {"token": ""}
HASHED = {"hashed_password": passwd(PASSWORD, "sha256")}


def provided_by(name: str, **more) -> dict:
    """Return the configuration of a server with this class for an identity provider."""
    return {"ServerApp": {"identity_provider_class": getattr(providers, name)}, **more}


@pytest.fixture
def others(jp_serverapp, http_server):
    """Have the other extension on the server."""
    other_extension.mount(jp_serverapp)


@pytest.fixture
def who(others, call):
    """Return a function: ask who one is → the user's name, or (error, reason)."""

    async def ask_(*, origin=ALLOWED, token=None, method="GET", path="other/who", **more):
        answer = await call(method, path, origin=origin, token=token, **more)
        body = json.loads(answer.body)
        if answer.code == 200:
            return body["user"]
        assert answer.code in {401, 403}
        assert origin is None or answer.headers["Access-Control-Allow-Origin"] == origin
        return body["error"], body["reason"]

    return ask_


UNKNOWN = ("invalid_token", "unknown_token")
UNPROVEN = ("invalid_token", "token_not_proven")
NOBODY = ("missing_token", "no_token")


@pytest.mark.parametrize("server_config", [{"PasswordIdentityProvider": HASHED}])
async def test_password_with_a_token(who):
    """The header takes the token; the password is for the login form alone."""
    assert isinstance(await who(token=TOKEN), str)
    assert await who(token=PASSWORD) == UNKNOWN
    assert await who() == NOBODY


@pytest.mark.parametrize("server_config", [{"PasswordIdentityProvider": HASHED | NO_TOKEN}])
async def test_password_without_a_token(who):
    """There is no token that could be right."""
    assert [await who(token=token) for token in (TOKEN, PASSWORD)] == [UNKNOWN, UNKNOWN]
    assert await who(headers={"Authorization": "token "}) == ("missing_token", "unknown_scheme")
    assert await who() == NOBODY


@pytest.mark.parametrize("server_config", [{"PasswordIdentityProvider": HASHED | NO_TOKEN}])
async def test_password_login_is_for_the_own_origin(call, jp_http_port, jp_base_url):
    """A page cannot log in by the form, though it knows the password; the owner can."""
    body, form = f"password={PASSWORD}", {"Content-Type": "application/x-www-form-urlencoded"}
    answer = await call("POST", "login", origin=ALLOWED, body=body, headers=form)
    assert (answer.code, "Set-Cookie" in answer.headers) == (401, False)
    page = await call("GET", "login")
    xsrf = page.headers["Set-Cookie"].partition(";")[0]
    headers = {**form, "Cookie": xsrf, "X-XSRFToken": xsrf.partition("=")[2]}
    login = await call("POST", "login", body=body, headers=headers)
    assert login.code == 302


@pytest.mark.parametrize("server_config", [{"PasswordIdentityProvider": NO_TOKEN}])
async def test_authentication_switched_off(who, call):
    """Without an origin everybody is served; across origins nobody, whatever the token."""
    assert isinstance(await who(origin=None), str)
    off = ("missing_token", "authentication_off")
    assert [await who(), await who(token="any"), await who(token=TOKEN)] == [off] * 3
    assert await who(headers={"Cookie": "username-localhost=x"}) == off
    assert (await call("GET", "other/who", origin=REFUSED)).code == 403
    assert (await call("GET", "api/contents", origin="null")).code == 403


@pytest.mark.parametrize(
    "server_config",
    [{"ServerApp": {"identity_provider_class": "jupyter_server.auth.identity.IdentityProvider"}}],
)
async def test_base_identity_provider(who):
    """The plain one works as the default one does."""
    assert isinstance(await who(token=TOKEN), str)
    assert [await who(token="wrong"), await who()] == [UNKNOWN, NOBODY]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("scheme", ["token", "Bearer"])
@pytest.mark.parametrize(
    "server_config", [{"ServerApp": {"login_handler_class": providers.CustomLogin}}]
)
async def test_legacy_login_handler(jp_serverapp, who, scheme):
    """A login handler from before identity providers: it knows the scheme ``token`` only."""
    assert type(jp_serverapp.identity_provider).__name__ == "LegacyIdentityProvider"
    assert await who(origin=None, token=TOKEN) == "legacy-ana"
    assert await who(headers={"Authorization": f"{scheme} {TOKEN}"}) == "legacy-ana"
    assert [await who(token="wrong"), await who()] == [UNKNOWN, NOBODY]


AMBIENT = {"X-Remote-User": "ana"}


@pytest.mark.parametrize("server_config", [provided_by("RemoteUser")])
async def test_ambient_identity_does_not_count(who):
    """What a proxy adds to every request says nothing of the page that made it."""
    assert await who(origin=None, headers=AMBIENT) == "ana"
    assert await who(headers=AMBIENT) == NOBODY
    assert await who(headers=AMBIENT, token="wrong") == UNPROVEN
    assert await who(headers=AMBIENT, token=TOKEN) == UNPROVEN
    assert await who(token=TOKEN) == UNKNOWN


@pytest.mark.parametrize("server_config", [provided_by("RemoteUserOrToken")])
async def test_token_counts_beside_ambient_identity(who):
    """Where the provider says that it was a token; where both are there, nobody can tell."""
    assert isinstance(await who(token=TOKEN), str)
    assert await who(headers=AMBIENT, token="wrong") == UNPROVEN
    assert await who(headers=AMBIENT, token=TOKEN) in {UNPROVEN, "ana"}


@pytest.mark.parametrize("server_config", [provided_by("OwnTokens")])
async def test_provider_that_does_not_say_that_it_was_a_token(who, call):
    """It is asked once more without, and must then know nobody; then it works, writing too."""
    assert await who(token=providers.HEADER_TOKEN) == "ana"
    assert await who(token=providers.HEADER_TOKEN, method="POST") == "ana"
    assert [await who(token="wrong"), await who()] == [UNKNOWN, NOBODY]
    body = json.dumps({"type": "file", "format": "text", "content": "x"})
    token = providers.HEADER_TOKEN
    answer = await call("PUT", "api/contents/x.txt", origin=ALLOWED, token=token, body=body)
    assert answer.code == 201


@pytest.mark.parametrize("server_config", [provided_by("Everybody")])
async def test_provider_that_knows_everybody(who):
    """Nobody is somebody by a token then."""
    assert await who(origin=None) == "everybody"
    assert [await who(token=TOKEN), await who(token="x")] == [UNPROVEN, UNPROVEN]
    assert await who() == NOBODY


@pytest.mark.parametrize("server_config", [provided_by("Liar")])
async def test_nobody_without_a_token_whatever_the_provider_says(who):
    """The provider's word is asked for only where there is a token."""
    assert await who() == NOBODY
    assert await who(headers={"Cookie": "a=b"}) == ("missing_token", "cookie_ignored")


@pytest.mark.parametrize("server_config", [provided_by("FromUrl")])
async def test_provider_that_reads_the_url_by_itself(who):
    """A secret in the URL under another name is ambient for us, and stays without effect."""
    path = f"other/who?access={providers.HEADER_TOKEN}"
    assert await who(origin=None, path=path) == "ana"
    assert [await who(path=path), await who(path=path, token="x")] == [NOBODY, UNPROVEN]


@pytest.mark.parametrize(
    ("server_config", "status"), [(provided_by("Raising"), 403), (provided_by("Failing"), 500)]
)
@pytest.mark.parametrize("path", ["api/me", "other/failing", "nowhere"])
async def test_provider_that_raises(others, call, path, status):
    """Its refusal (or mistake) can be read."""
    answer = await call("GET", path, origin=ALLOWED, token=TOKEN)
    assert answer.code == status
    assert answer.headers["Access-Control-Allow-Origin"] == ALLOWED
    assert (await call("GET", path, origin=ALLOWED)).code == 401


CLOSED = {"ServerApp": {"allow_unauthenticated_access": False}}


@pytest.mark.filterwarnings("ignore:Extension endpoints without")  # core's own terminals
@pytest.mark.parametrize("server_config", [CLOSED])
async def test_no_unauthenticated_access(who, call):
    """``allow_unauthenticated_access = False`` closes what forgot to ask; the rest stays."""
    assert isinstance(await who(token=TOKEN), str)
    assert [await who(), await who(token="wrong")] == [NOBODY, UNKNOWN]
    for path in ("api/contents", "lab", "nowhere", "other/unchecked", "files/x", "api/status"):
        assert (await call("GET", path, origin=ALLOWED)).code == 401
        assert (await call("GET", path, origin=ALLOWED, token=TOKEN)).code in {200, 302, 404}
        preflight = {"Access-Control-Request-Method": "PUT"}
        assert (await call("OPTIONS", path, origin=ALLOWED, headers=preflight)).code == 204
    assert (await call("GET", "other/public", origin=ALLOWED)).code == 200


async def me(call, **more) -> dict:
    answer = await call("GET", "api/me", origin=ALLOWED, token=TOKEN, **more)
    assert answer.code == 200
    return json.loads(answer.body)["identity"]


async def test_one_token_is_one_user(who, call):
    """On every request, in either scheme; another origin with the token is the same user."""
    first = await me(call)
    assert [await me(call) for _ in range(3)] == [first] * 3
    assert await who(headers={"Authorization": f"Bearer {TOKEN}"}) == first["username"]
    assert await who(path=f"other/who?token={TOKEN}") == ("token_in_url", "url_tokens")


async def test_user_can_be_changed(call):
    """PATCH /api/me works across origins, and the next call sees it; no cookie is needed."""
    before = await me(call)
    body = json.dumps({"color": "teal", "display_name": "Ana"})
    answer = await call("PATCH", "api/me", origin=ALLOWED, token=TOKEN, body=body)
    assert (answer.code, "Set-Cookie" in answer.headers) == (200, False)
    after = await me(call)
    assert (after["color"], after["display_name"]) == ("teal", "Ana")
    assert after["username"] == before["username"]


async def test_a_users_cookie_at_home_is_its_own(call):
    """Scripts and the own origin have the users that core gives them."""
    across = await me(call)
    home = [await call("GET", "api/me", token=TOKEN) for _ in range(2)]
    names = {json.loads(answer.body)["identity"]["username"] for answer in home}
    assert len(names | {across["username"]}) == 3


AUTHORIZER = {"ServerApp": {"authorizer_class": providers.DenyWrites}}


@pytest.mark.parametrize("server_config", [AUTHORIZER])
async def test_servers_own_authorizer_has_the_last_word(call):
    """Ours wraps it: who holds the token still may do only what it allows."""
    assert (await call("GET", "api/contents", origin=ALLOWED, token=TOKEN)).code == 200
    answer = await call("POST", "api/contents", origin=ALLOWED, token=TOKEN, body="{}")
    assert answer.code == 403
    assert answer.headers["Access-Control-Allow-Origin"] == ALLOWED
    assert (await call("POST", "api/contents", token=TOKEN, body="{}")).code == 403


BY_HAND = "escherpad_ext.HeaderTokenAuthorizer"


@pytest.mark.parametrize("server_config", [{"ServerApp": {"authorizer_class": BY_HAND}}])
async def test_authorizer_by_hand_beside_the_extension(jp_serverapp, call):
    """The same as without naming it, and once is enough."""
    assert type(jp_serverapp.authorizer.wrapped).__name__ == "AllowAllAuthorizer"
    assert (await call("GET", "api/contents", origin=ALLOWED, token=TOKEN)).code == 200
    assert (await call("GET", "api/contents", origin=ALLOWED)).code == 401
    assert (await call("GET", "api/contents", token=TOKEN)).code == 200


ALONE = {
    "ServerApp": {"authorizer_class": BY_HAND, "jpserver_extensions": {"escherpad_ext": False}},
    "HeaderTokenAuthorizer": {"authorizer_class": providers.DenyWrites},
}


@pytest.mark.parametrize("server_config", [ALONE])
async def test_authorizer_by_hand_alone(call, jp_http_port, jp_base_url):
    """Every other origin is refused; the own one and scripts are let in, to the next authorizer."""
    for origin in (ALLOWED, REFUSED, "null"):
        assert (await call("GET", "api/contents", origin=origin, token=TOKEN)).code == 403
    assert (await call("GET", "api/contents", token=TOKEN)).code == 200
    own = [("Origin", f"http://localhost:{jp_http_port}"), ("Authorization", f"token {TOKEN}")]
    assert (await ask(jp_http_port, "GET", f"{jp_base_url}api/contents", own)).status == 200
    assert (await call("POST", "api/contents", token=TOKEN, body="{}")).code == 403


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


async def test_wrong_header_is_not_mended_by_the_rest(who):
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


async def test_cookies_do_not_mend_a_wrong_token(others, call, who):
    """Nor do they come along with a right one: one user, whoever is logged in beside."""
    cookies = await log_in(call)
    assert await who(origin=None, headers=cookies) != await who(token=TOKEN)
    assert await who(token="wrong", headers=cookies) == UNKNOWN
    assert await who(token=TOKEN, headers=cookies) == await who(token=TOKEN)


async def test_what_a_handler_gets_to_see(others, call):
    """A script's request with a header token: nothing of cookies, of the origin, of a URL token."""
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
    assert not seen["headers"].keys() & gone
    assert seen["headers"]["x-else"] == "kept"
    assert TOKEN in seen["headers"]["authorization"]


EMBEDDED = [("cross-site", "no-cors"), ("same-site", "no-cors")]
AT_HOME = [
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
    """No ``Origin`` then, but the owner's cookies: it is nobody's request, and no cookie is set."""
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


@pytest.mark.parametrize(("site", "mode"), AT_HOME)
async def test_navigations_and_the_own_pages(call, embedded, site, mode):
    """Links, typed addresses, the own pages' parts: as without the extension."""
    cookies = await log_in(call)
    assert (await embedded(site, mode, headers=cookies)).code == 200
    assert (await embedded(site, mode, path=f"api/contents?token={TOKEN}")).code == 200


async def test_embedded_posts_change_nothing(call, embedded, jp_root_dir):
    """A ``no-cors`` POST without an ``Origin`` (no browser of today sends one) is nobody's too."""
    cookies = await log_in(call)
    xsrf = dict(c.split("=", 1) for c in cookies["Cookie"].split("; "))["_xsrf"]
    headers = {**cookies, "X-XSRFToken": xsrf}
    answer = await embedded(
        "cross-site", "no-cors", method="POST", body='{"type":"file"}', headers=headers
    )
    assert answer.code == 403
    assert list(jp_root_dir.iterdir()) == []
