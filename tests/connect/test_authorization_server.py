"""The OAuth protocol with a real registry: from what the owner approved to a token, and its end."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from escherpad_ext.connect.app_grants import AppGrants
from escherpad_ext.connect.authorization_request import AuthorizationRequest
from escherpad_ext.connect.authorization_server import AuthorizationServer
from escherpad_ext.connect.device_codes import DeviceCodes
from escherpad_ext.connect.validator import Validator
from escherpad_ext.errors import TokenRefused
from escherpad_ext.grants import Issuer, Server
from escherpad_ext.policy.scopes import expand

SITE, OTHER = "https://site.example", "https://other.example"
ISSUER = "https://lab.example"
VERIFIER = "v" * 43


def challenge(verifier: str) -> str:
    """Return the challenge of a verifier (RFC 7636, 4.2)."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode()[:43]


QUERY = {
    "client_id": f"{SITE}/",
    "redirect_uri": f"{SITE}/back",
    "response_type": "code",
    "code_challenge": challenge(VERIFIER),
    "code_challenge_method": "S256",
    "scope": "run view",
    "state": "state&x=1",
}
REQUEST = AuthorizationRequest.parse(urlencode(QUERY), ISSUER)
HERE = Server.at("/srv/here", "/")

Redeem = Callable[..., tuple[int, dict[str, Any]]]


@pytest.fixture
def now() -> list[float]:
    """Return the clock's time, in a list that a test may change."""
    return [1_800_000_000.0]


@pytest.fixture
def grants(tmp_path: Path, now: list[float]) -> Iterator[AppGrants]:
    with closing(Issuer(tmp_path / "data", server=HERE)) as issuer:
        yield AppGrants(SimpleNamespace(issuer=issuer, server=HERE), lambda: now[0])


@pytest.fixture
def server(grants: AppGrants, now: list[float]) -> AuthorizationServer:
    codes = DeviceCodes(lambda: now[0])
    return AuthorizationServer(Validator(grants, lambda: now[0], codes))


@pytest.fixture
def code(server: AuthorizationServer) -> str:
    """Return a code for what the owner ticked: less than the site asked for."""
    return answer(approve(server))["code"]


@pytest.fixture
def redeem(server: AuthorizationServer) -> Redeem:
    """Return a function that sends a token request and returns status and JSON."""

    def send(code: str, *, origin: str = SITE, **changed: str) -> tuple[int, dict[str, Any]]:
        form = {
            "grant_type": "authorization_code",
            "client_id": f"{SITE}/",
            "redirect_uri": f"{SITE}/back",
            "code": code,
            "code_verifier": VERIFIER,
            **changed,
        }
        _, text, status = server.create_token_response(
            f"{ISSUER}/escherpad/token", "POST", urlencode(form), {"Origin": origin}
        )
        return status, json.loads(text)

    return send


def approve(server: AuthorizationServer, request: AuthorizationRequest = REQUEST) -> str:
    return server.approve(request, issuer=ISSUER, scopes=("view",), lifetime_seconds=600)


def answer(location: str) -> dict[str, str]:
    """Return the parameters of the redirect to the site."""
    assert location.startswith(f"{SITE}/back?")
    return {name: value for name, (value,) in parse_qs(urlsplit(location).query).items()}


def test_the_answer_of_an_approval(server: AuthorizationServer) -> None:
    """A new code, the site's state, and who answers (RFC 9207)."""
    first, second = answer(approve(server)), answer(approve(server))
    assert first["code"] != second["code"]
    assert first | {"code": ""} == {"code": "", "state": QUERY["state"], "iss": ISSUER}


def test_the_answer_of_a_denial(server: AuthorizationServer) -> None:
    """No code."""
    found = answer(server.deny(REQUEST, issuer=ISSUER))
    assert found.pop("error_description")
    assert found == {"error": "access_denied", "state": QUERY["state"], "iss": ISSUER}


def test_a_code_becomes_a_token(
    redeem: Redeem, code: str, grants: AppGrants, now: list[float]
) -> None:
    """For what the owner ticked, for the time that the owner chose. Nothing renews it."""
    now[0] += 30
    status, found = redeem(code)
    assert status == 200
    assert found["token_type"] == "Bearer"
    assert (found["expires_in"], found["scope"]) == (600, "view")
    assert "refresh_token" not in found
    grant = grants.of_token(found["access_token"], SITE)
    assert (grant.origin, grant.scopes, grant.via) == (SITE, expand("view"), "connect")
    assert (grant.created, grant.expires) == (int(now[0]), int(now[0]) + 600)
    assert grants.live() == [grant]


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"code_verifier": "w" * 43}, "invalid_grant"),
        ({"code_verifier": ""}, "invalid_grant"),
        ({"redirect_uri": f"{SITE}/other"}, "invalid_request"),
        ({"redirect_uri": ""}, "invalid_request"),
        ({"client_id": f"{OTHER}/", "origin": OTHER}, "invalid_grant"),
        ({"client_id": f"{OTHER}/"}, "invalid_client"),
        ({"origin": OTHER}, "invalid_client"),
        ({"origin": ""}, "invalid_client"),
        ({"grant_type": "refresh_token"}, "unsupported_grant_type"),
        ({"code": "guessed"}, "invalid_grant"),
    ],
)
def test_a_request_that_differs_gets_nothing(
    redeem: Redeem, code: str, grants: AppGrants, changed: dict[str, str], error: str
) -> None:
    """Whoever has a code needs the verifier, the page's origin, and the same addresses."""
    status, found = redeem(**({"code": code} | changed))
    assert status == (401 if error == "invalid_client" else 400)
    assert found["error"] == error
    assert grants.live() == []


@pytest.mark.parametrize(("verifier", "status"), [("v" * 42, 400), ("v" * 43, 200)])
def test_a_short_verifier_is_none(
    server: AuthorizationServer, redeem: Redeem, verifier: str, status: int
) -> None:
    """RFC 7636, 4.1: whoever saw the challenge could guess a short one."""
    query = urlencode(QUERY | {"code_challenge": challenge(verifier)})
    request = AuthorizationRequest.parse(query, ISSUER)
    code = answer(approve(server, request))["code"]
    assert redeem(code, code_verifier=verifier)[0] == status


def test_a_code_is_good_for_one_attempt(redeem: Redeem, code: str) -> None:
    """Also for one that fails."""
    assert redeem(code, code_verifier="w" * 43)[0] == 400
    assert redeem(code)[0] == 400


def test_a_second_use_ends_the_grant(redeem: Redeem, code: str, grants: AppGrants) -> None:
    """One of the two has stolen the code (RFC 6749, 4.1.2)."""
    token = redeem(code)[1]["access_token"]
    assert redeem(code)[0] == 400
    with pytest.raises(TokenRefused, match="revoked"):
        grants.of_token(token, SITE)


@pytest.mark.parametrize(("origin", "live"), [(SITE, 0), (OTHER, 1)])
def test_a_site_ends_its_own_grant(
    server: AuthorizationServer,
    redeem: Redeem,
    code: str,
    grants: AppGrants,
    origin: str,
    live: int,
) -> None:
    """RFC 7009. The answer says the same for a token of somebody else."""
    token = redeem(code)[1]["access_token"]
    form = urlencode({"token": token, "client_id": f"{origin}/"})
    _, _, status = server.create_revocation_response(
        f"{ISSUER}/escherpad/revoke", "POST", form, {"Origin": origin}
    )
    assert status == 200
    assert len(grants.live()) == live
