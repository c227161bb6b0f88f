"""Kinds of tokens: what each of them must do, and that another one fits in."""

from __future__ import annotations

import json
from typing import Any

import pytest
from jupyter_server.auth.identity import User
from support.constants import ALLOWED, TOKEN
from support.server import identity_providers
from support.wire import shake_hands
from tornado.web import RequestHandler

from escherpad_ext.app import EscherpadExt
from escherpad_ext.policy import scopes
from escherpad_ext.policy.refusals import Refusal, refuse
from escherpad_ext.server.context import RequestContext
from escherpad_ext.server.scope_check import needed_scope, refusal_of_scopes
from escherpad_ext.server.token_kinds import MARK, TokenKinds

PROTOCOL = "v1.token.websocket.jupyter.org"


class DemoTokens:
    """Tokens that are ``demo.`` and the names of scopes. They work from one origin only."""

    is_grant = False

    def recognises(self, token: str) -> bool:
        return token.startswith("demo.")

    async def authenticate(
        self, handler: RequestHandler, context: RequestContext
    ) -> User | Refusal:
        token = context.presented.token
        assert token is not None
        try:
            granted = scopes.expand(token.removeprefix("demo.").split("+"))
        except ValueError:
            return refuse("invalid_token", "malformed", detail="No such scope.")
        if context.origin != ALLOWED:
            return refuse("invalid_token", "wrong_origin", detail="From elsewhere.")
        refusal = refusal_of_scopes(granted, needed_scope(handler))
        if refusal is None:
            context.scopes = granted
        return refusal or User(username="demo")


class Careless(DemoTokens):
    """Forgets to set the scopes."""

    async def authenticate(
        self, handler: RequestHandler, context: RequestContext
    ) -> User | Refusal:
        return User(username="careless")


@pytest.fixture
def kind() -> Any:
    """Return the kind that a test adds; override it to add another."""
    return DemoTokens()


@pytest.fixture
def provider() -> str:
    """Return the identity provider. Whoever reaches this one gets 500."""
    return "Failing"


@pytest.fixture
def server_config(monkeypatch: pytest.MonkeyPatch, kind: Any, provider: str) -> dict[str, Any]:
    monkeypatch.setattr(EscherpadExt, "token_kinds", lambda _, grants: (grants, kind))
    return {"ServerApp": {"identity_provider_class": getattr(identity_providers, provider)}}


def reason(response: Any) -> tuple[str, str]:
    answer = json.loads(response.body)
    return answer["error"], answer["reason"]


class TokenKindContract:
    """What every kind must do. A subclass makes tokens of its kind."""

    @pytest.fixture
    def make(self) -> Any:
        """Return a function: scopes → a token for the allowed origin."""
        raise NotImplementedError

    async def test_is_served_within_its_scopes(self, call, make):
        answer = await call("GET", "api/contents", origin=ALLOWED, token=make("view"))
        assert (answer.code, answer.headers["Access-Control-Allow-Origin"]) == (200, ALLOWED)
        assert "Set-Cookie" not in answer.headers

    async def test_is_refused_outside_its_scopes(self, call, make, jp_root_dir):
        body = json.dumps({"type": "file", "format": "text", "content": "x"})
        token = make("view")
        answer = await call("PUT", "api/contents/x.txt", origin=ALLOWED, token=token, body=body)
        assert reason(answer) == ("insufficient_scope", "scope_missing")
        assert not (jp_root_dir / "x.txt").exists()

    @pytest.mark.parametrize("bundle", ["view", "full"])
    async def test_never_shuts_the_server_down(self, call, make, bundle):
        answer = await call("POST", "api/shutdown", origin=ALLOWED, token=make(bundle))
        assert reason(answer) == ("insufficient_scope", "out_of_reach")

    async def test_reads_what_needs_no_login(self, call, make):
        answer = await call("GET", "login", origin=ALLOWED, token=make("view"))
        assert answer.code == 200

    @pytest.mark.parametrize("origin", ["https://other.example.com", None])
    async def test_works_from_its_origin_only(self, call, make, origin):
        answer = await call("GET", "api/contents", origin=origin, token=make("view"))
        assert answer.code == (403 if origin else 401)
        assert answer.code == 403 or reason(answer) == ("invalid_token", "wrong_origin")

    async def test_never_reaches_the_provider(self, call, make):
        """Not in the URL or a form either, and not if it is wrong."""
        token = make("view")
        wrong = token + "x"
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        sent = [
            await call("GET", "api/contents", origin=ALLOWED, token=wrong),
            await call("GET", "api/contents", token=wrong),
            await call("GET", f"api/contents?token={token}"),
            await call("GET", f"api/contents?token={token}", origin=ALLOWED),
            await call("POST", "api/sessions", headers=form, body=f"token={token}"),
        ]
        assert [answer.code for answer in sent] == [401] * 5
        assert (await call("GET", "api/contents", token="wrong")).code == 500

    async def test_counts_on_a_socket(self, http_server, jp_http_port, jp_base_url, make):
        """The subprotocol takes it as the header does."""
        for bundle, status in [("full", 101), ("view", 403)]:
            path = f"{jp_base_url}api/events/subscribe"
            offer = ("Sec-WebSocket-Protocol", f"{PROTOCOL}, {PROTOCOL}.{make(bundle)}")
            answer = await shake_hands(jp_http_port, path, [("Origin", ALLOWED), offer])
            assert answer.status == status

    async def test_says_its_scopes(self, call, make):
        """``/api/me`` lists what the token may do, and no more."""
        query = 'api/me?permissions={"contents":["read","write"]}'.replace('"', "%22")
        answer = await call("GET", query, origin=ALLOWED, token=make("view"))
        assert json.loads(answer.body)["permissions"]["contents"] == ["read"]

    def test_has_the_mark(self, jp_serverapp, make):
        """Requests whose header has none get no closer look."""
        assert MARK in make("view")


class TestGrantTokens(TokenKindContract):
    @pytest.fixture
    def make(self, give):
        return lambda *names: give(*names)[1]


class TestDemoTokens(TokenKindContract):
    @pytest.fixture
    def make(self):
        return lambda *names: "demo." + "+".join(names)


@pytest.mark.parametrize("provider", ["IdentityProvider"])
async def test_the_server_s_token_counts_beside_them(call):
    for origin in (ALLOWED, None):
        assert (await call("GET", "api/contents", origin=origin, token=TOKEN)).code == 200


@pytest.mark.parametrize("kind", [Careless()])
async def test_whoever_sets_no_scopes_claims_none(call):
    """Not set is not everything."""
    query = "api/me?permissions={%22contents%22:[%22read%22]}"
    answer = await call("GET", query, origin=ALLOWED, token="demo.view")
    assert json.loads(answer.body)["permissions"]["contents"] == []


def test_the_first_kind_that_recognises_a_token_takes_it():
    first, second = DemoTokens(), DemoTokens()
    kinds = TokenKinds(first, second)
    assert kinds.find("demo.view") is first
    assert kinds.find("other.view") is None
    assert kinds.recognise_any(["x", "demo.view"])
    assert not kinds.recognise_any(["x"])
