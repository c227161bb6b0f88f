"""Who somebody is across origins, whichever identity provider the server runs."""

from __future__ import annotations

import json

import pytest
from jupyter_server.auth.decorator import allow_unauthenticated
from jupyter_server.auth.security import passwd
from jupyter_server.base.handlers import JupyterHandler
from support.constants import ALLOWED, REFUSED, TOKEN
from support.server import identity_providers
from support.wire import ask, shake_hands
from tornado.web import authenticated

PASSWORD = "a-password"
NO_TOKEN = {"token": ""}
HASHED = {"hashed_password": passwd(PASSWORD, "sha256")}


def provided_by(name: str, **more) -> dict:
    """Return the configuration of a server with this class for an identity provider."""
    return {"ServerApp": {"identity_provider_class": getattr(identity_providers, name)}, **more}


def mount(serverapp, path: str, handler: type[JupyterHandler]) -> None:
    """Have a handler answer at a path below the base URL."""
    serverapp.web_app.add_handlers(".*$", [(f"{serverapp.base_url}{path}", handler)])


PLAIN = {"ServerApp": {"identity_provider_class": "jupyter_server.auth.identity.IdentityProvider"}}
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


@pytest.mark.parametrize("server_config", [PLAIN])
async def test_base_identity_provider(who):
    """The plain one works as the default one does."""
    assert isinstance(await who(token=TOKEN), str)
    assert [await who(token="wrong"), await who()] == [UNKNOWN, NOBODY]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("scheme", ["token", "Bearer"])
@pytest.mark.parametrize(
    "server_config", [{"ServerApp": {"login_handler_class": identity_providers.CustomLogin}}]
)
async def test_legacy_login_handler(jp_serverapp, who, scheme):
    """A login handler from before identity providers: it knows the scheme ``token`` only."""
    assert type(jp_serverapp.identity_provider).__name__ == "LegacyIdentityProvider"
    assert await who(origin=None, token=TOKEN) == "legacy-ana"
    assert await who(headers={"Authorization": f"{scheme} {TOKEN}"}) == "legacy-ana"
    assert [await who(token="wrong"), await who()] == [UNKNOWN, NOBODY]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize(
    "server_config", [{"ServerApp": {"login_handler_class": identity_providers.CustomLogin}}]
)
async def test_legacy_login_handler_on_a_socket(others, jp_http_port, jp_base_url):
    """There the token comes without any scheme."""
    for token, status in [(TOKEN, 101), ("wrong", 401)]:
        protocol = "v1.token.websocket.jupyter.org"
        offer = ("Sec-WebSocket-Protocol", f"{protocol}, {protocol}.{token}")
        path = f"{jp_base_url}other/jupyter-socket"
        answer = await shake_hands(jp_http_port, path, [("Origin", ALLOWED), offer])
        assert answer.status == status


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
    assert await who(token=identity_providers.HEADER_TOKEN) == "ana"
    assert await who(token=identity_providers.HEADER_TOKEN, method="POST") == "ana"
    assert [await who(token="wrong"), await who()] == [UNKNOWN, NOBODY]
    body = json.dumps({"type": "file", "format": "text", "content": "x"})
    token = identity_providers.HEADER_TOKEN
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
    path = f"other/who?access={identity_providers.HEADER_TOKEN}"
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


class OldHandler(JupyterHandler):
    """Knows its callers by itself, as extensions did before identity identity_providers."""

    def get_current_user(self) -> str:
        return "old-ana"

    @authenticated
    def get(self) -> None:
        self.finish({"user": self.current_user.username})


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("server_config", [PLAIN])
async def test_overridden_get_current_user(jp_serverapp, who):
    """Core lets it, with the plain identity provider: at home it goes on, across origins not."""
    mount(jp_serverapp, "old", OldHandler)
    assert await who(path="old") == NOBODY
    assert await who(path="old", token=TOKEN) == UNPROVEN
    assert await who(path="old", origin=None) == "old-ana"


async def test_overridden_get_current_user_is_not_asked(jp_serverapp, who):
    """Core asks any other provider, and never the handler."""
    mount(jp_serverapp, "old", OldHandler)
    first = await who(token=TOKEN)
    assert [await who(path="old", token=TOKEN) for _ in range(2)] == [first] * 2
    assert await who(path="old", token="wrong") == UNKNOWN


class AsksForAToken(JupyterHandler):
    """Says to anybody whether a token was verified."""

    @allow_unauthenticated
    def get(self) -> None:
        self.finish({"user": self.token_authenticated})


@pytest.mark.parametrize("server_config", [{}, provided_by("Liar")], ids=["core's", "a liar"])
async def test_a_token_that_nobody_showed(jp_serverapp, who):
    """Whatever the provider says, across origins a verified token alone is one."""
    mount(jp_serverapp, "asks", AsksForAToken)
    assert await who(path="asks") is False


class Marks(OldHandler):
    """Says that a token was verified, whoever comes."""

    def get_current_user(self) -> str | None:
        self._token_authenticated = True
        return "ambient"


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("server_config", [PLAIN])
async def test_a_handler_s_word_for_a_token_it_never_checked(jp_serverapp, who):
    """It is asked once more without the token, as a provider is."""
    mount(jp_serverapp, "marks", Marks)
    assert await who(path="marks", origin=None) == "ambient"
    assert [await who(path="marks", token=token) for token in ("wrong", TOKEN)] == [UNPROVEN] * 2


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


@pytest.mark.parametrize("server_config", [{}, provided_by("RemoteUserOrToken")])
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


AUTHORIZER = {"ServerApp": {"authorizer_class": identity_providers.DenyWrites}}


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
    "HeaderTokenAuthorizer": {"authorizer_class": identity_providers.DenyWrites},
}


@pytest.mark.parametrize("server_config", [ALONE])
async def test_authorizer_by_hand_alone(call, jp_http_port, jp_base_url):
    """Other origins are refused; the own one and scripts go on to the next authorizer."""
    for origin in (ALLOWED, REFUSED, "null"):
        assert (await call("GET", "api/contents", origin=origin, token=TOKEN)).code == 403
    assert (await call("GET", "api/contents", token=TOKEN)).code == 200
    own = [("Origin", f"http://localhost:{jp_http_port}"), ("Authorization", f"token {TOKEN}")]
    assert (await ask(jp_http_port, "GET", f"{jp_base_url}api/contents", own)).status == 200
    assert (await call("POST", "api/contents", token=TOKEN, body="{}")).code == 403


OLDER = {"ServerApp": {"login_handler_class": identity_providers.LoginThatCallsItAToken}}


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("server_config", [provided_by("RemoteUserThatCallsItAToken"), OLDER])
async def test_a_provider_s_word_for_a_token_it_never_checked(who):
    """It is asked once more without the token, and still knows the person: no token is good."""
    assert await who(origin=None, headers=AMBIENT) == "ana"
    assert await who(headers=AMBIENT, token="wrong") == UNPROVEN
    assert await who(headers=AMBIENT, token=TOKEN) == UNPROVEN
    assert await who(headers=AMBIENT) == NOBODY
