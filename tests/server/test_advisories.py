"""One test for each class of hole that was found once, or that others had."""

from __future__ import annotations

import json

import pytest
from jupyter_server.auth import IdentityProvider, User
from jupyter_server.auth.decorator import allow_unauthenticated
from jupyter_server.base.handlers import AuthenticatedHandler, JupyterHandler
from jupyter_server.utils import ensure_async
from support.constants import ALLOWED, TOKEN
from tornado.httpclient import HTTPClientError
from tornado.web import HTTPError, RequestHandler
from tornado.websocket import WebSocketHandler

from escherpad_ext.policy.own import is_own_origin

RAN: list[str] = []


class Recording(RequestHandler):
    """Does something for whoever comes."""

    def post(self) -> None:
        RAN.append("post")

    def check_xsrf_cookie(self) -> None:
        """Forget about it."""


class AuthenticatedOnly(Recording, AuthenticatedHandler):
    """Has what is needed to ask who it is, and never does."""

    @property
    def log(self):
        return self.settings["serverapp"].log


class AuthenticatedSocket(WebSocketHandler, AuthenticatedHandler):
    """Relies on tornado's own check of the origin."""

    log = AuthenticatedOnly.log

    def open(self, *_: str) -> None:
        RAN.append("open")


class OwnPrepareSocket(WebSocketHandler, JupyterHandler):
    """Relies on tornado's own check of the origin, and leaves Jupyter's out."""

    def prepare(self) -> None:
        """Ask nobody."""

    def open(self, *_: str) -> None:
        RAN.append("open")


class EverybodySocket(WebSocketHandler):
    """The usual recipe for those who were refused."""

    def check_origin(self, origin: str) -> bool:
        return True

    def open(self, *_: str) -> None:
        RAN.append("open")


class AsksTheAuthorizer(JupyterHandler):
    """Is public, and decides by the authorizer alone."""

    @allow_unauthenticated
    async def get(self) -> None:
        found = self.authorizer.is_authorized(self, User("x"), "read", "contents")
        self.write(json.dumps(await ensure_async(found)))


HANDLERS = {
    "authenticated-only": AuthenticatedOnly,
    "recording": Recording,
    "authenticated-socket": AuthenticatedSocket,
    "own-prepare-socket": OwnPrepareSocket,
    "everybody-socket": EverybodySocket,
    "asks-the-authorizer": AsksTheAuthorizer,
}


@pytest.fixture
def mounted(jp_serverapp):
    RAN.clear()
    rules = [(jp_serverapp.base_url + name, handler) for name, handler in HANDLERS.items()]
    jp_serverapp.web_app.add_handlers(".*$", rules)


@pytest.mark.parametrize("token", [None, TOKEN])
@pytest.mark.parametrize("name", ["authenticated-only", "recording"])
async def test_handlers_that_never_ask_change_nothing(mounted, call, name, token):
    """Nobody has checked the token of an allowed origin, should it have one."""
    answer = await call("POST", name, origin=ALLOWED, token=token)
    assert (answer.code, json.loads(answer.body)["reason"]) == (403, "no_login_check")
    assert RAN == []


@pytest.mark.parametrize("name", ["authenticated-socket", "own-prepare-socket", "everybody-socket"])
async def test_sockets_that_never_ask_stay_closed(mounted, open_socket, name):
    """Their own check of the origin stays in force, and where they have none there is ours."""
    with pytest.raises(HTTPClientError) as refused:
        await open_socket(name, origin=ALLOWED)
    assert refused.value.code == 403
    assert RAN == []


async def test_the_authorizer_holds_the_rule_too(mounted, call):
    """For a handler that asks nobody else."""
    assert json.loads((await call("GET", "asks-the-authorizer", origin=ALLOWED)).body) is False
    answer = await call("GET", "asks-the-authorizer", origin=ALLOWED, token=TOKEN)
    assert json.loads(answer.body) is True
    assert json.loads((await call("GET", "asks-the-authorizer")).body) is True


class FailsWithoutToken(IdentityProvider):
    """Believes a proxy's header, and stumbles where there is no token beside it."""

    async def get_user(self, handler):
        if "Authorization" not in handler.request.headers:
            raise HTTPError(503, "the directory does not answer")
        return User(username=handler.request.headers["X-Remote-User"])


@pytest.mark.parametrize(
    "server_config", [{"ServerApp": {"identity_provider_class": FailsWithoutToken}}]
)
@pytest.mark.parametrize("path", ["files/none", "nowhere", "api/contents"])
async def test_no_page_takes_a_caller_for_somebody_too_early(call, path):
    """Jupyter's error pages hold the server's token for whoever is logged in."""
    headers = {"X-Remote-User": "ana"}
    answer = await call("GET", path, origin=ALLOWED, token="wrong", headers=headers)
    assert answer.code >= 400
    assert TOKEN.encode() not in answer.body


class Gateway(IdentityProvider):
    """One token for all, and a proxy that says who it is."""

    async def get_user(self, handler):
        user = await super()._get_user(handler)
        name = handler.request.headers.get("X-Forwarded-User")
        return User(username=name) if user and name else user


@pytest.mark.parametrize("server_config", [{"ServerApp": {"identity_provider_class": Gateway}}])
async def test_nobody_becomes_somebody_else(call):
    """One token is one user only where the provider does not know better."""
    names = []
    for name in ("ana", "bob"):
        headers = {"X-Forwarded-User": name}
        answer = await call("GET", "api/me", origin=ALLOWED, token=TOKEN, headers=headers)
        names.append(json.loads(answer.body)["identity"]["username"])
    assert names == ["ana", "bob"]


async def test_metrics_refuse_nobody_readably(call):
    """They are public by their mark, and then ask by themselves."""
    answer = await call("GET", "metrics", origin=ALLOWED)
    assert (answer.code, json.loads(answer.body)["error"]) == (401, "missing_token")
    assert (await call("GET", "metrics", origin=ALLOWED, token=TOKEN)).code == 200


@pytest.mark.parametrize("with_origin", [True, False])
async def test_dns_rebinding(call, jp_http_port, with_origin):
    """A name of evil's own that leads here: its page is its own origin, but not our Host."""
    host = f"evil.example:{jp_http_port}"
    origin = f"http://{host}" if with_origin else None
    for token in (None, TOKEN):
        answer = await call(
            "GET", "api/contents", origin=origin, token=token, headers={"Host": host}
        )
        assert answer.code == 403


def test_plain_http_is_not_the_https_address():
    """Whoever is on the way can speak as http; ``public_url`` says that the server is https."""
    facts = {"host": "jupyter.example.edu", "secure": False}
    assert is_own_origin("http://jupyter.example.edu", public_origin=None, **facts)
    stated = "https://jupyter.example.edu"
    assert not is_own_origin("http://jupyter.example.edu", public_origin=stated, **facts)
    assert is_own_origin(stated, public_origin=stated, **facts)
