"""Grant tokens, for every test that needs one."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from support.constants import ALLOWED
from support.server.other_extension import mount

from escherpad_ext.grants import GrantRequest, Issuer, data_folder
from escherpad_ext.policy import scopes


@pytest.fixture
def issuer(jp_environ: Any) -> Iterator[Issuer]:
    """Return the owner's issuer, as the command line has it: beside the server, not in it."""
    found = Issuer(data_folder())
    yield found
    found.close()


@pytest.fixture
def give(issuer: Issuer) -> Callable[..., Any]:
    """Return a function that gives away a token; it returns the grant and the token."""

    def make(
        *names: str,
        origin: str = ALLOWED,
        lifetime: int = 3600,
        now: float | None = None,
        **more: Any,
    ) -> Any:
        created = int(time.time() if now is None else now)
        request = GrantRequest(
            origin=origin,
            scopes=scopes.expand(names),
            owner="ana",
            created=created,
            expires=created + lifetime,
            name="An app",
        )
        return issuer.issue(request, **more)

    return make


@pytest.fixture
def others(jp_serverapp: Any, http_server: Any) -> None:
    """Have the other extension on the server."""
    mount(jp_serverapp)


@pytest.fixture
def who(others: None, call: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function: ask who one is → the user's name, or (error, reason)."""

    async def ask_(
        *,
        origin: str | None = ALLOWED,
        token: str | None = None,
        method: str = "GET",
        path: str = "other/who",
        **more: Any,
    ) -> Any:
        answer = await call(method, path, origin=origin, token=token, **more)
        body = json.loads(answer.body)
        if answer.code == 200:
            return body["user"]
        assert answer.code in {401, 403}
        assert origin is None or answer.headers["Access-Control-Allow-Origin"] == origin
        return body["error"], body["reason"]

    return ask_
