"""Grant tokens and the record of what they do, for every test that needs one."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from support.constants import ALLOWED, TOKEN
from support.server.other_extension import mount

from escherpad_ext.grants import GrantRequest, Issuer, data_folder, place_watch
from escherpad_ext.policy.folders import expand_in_folder
from escherpad_ext.policy.scopes import expand
from escherpad_ext.server import other_servers
from escherpad_ext.server import watcher as watching
from escherpad_ext.server.activity import ActivityRecorder
from escherpad_ext.server.watcher import Watcher


@pytest.fixture
def issuer(jp_environ: Any) -> Iterator[Issuer]:
    """Return the owner's issuer, as the command line has it: beside the server, not in it."""
    found = Issuer(data_folder())
    yield found
    found.close()


@pytest.fixture
def recorder(jp_serverapp: Any, http_server: Any) -> ActivityRecorder:
    """Return what notes on the running server what apps do."""
    (extension,) = jp_serverapp.extension_manager.extension_apps["escherpad_ext"]
    return extension._telemetry.activity


@pytest.fixture
def watcher(jp_serverapp: Any) -> Watcher:
    """Return what looks after sockets, in the running server."""
    (extension,) = jp_serverapp.extension_manager.extension_apps["escherpad_ext"]
    return extension._grants._watcher


@pytest.fixture
def long_quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let an hour pass before the server looks for changes that cause no event."""
    for module in (place_watch, watching, other_servers):
        monkeypatch.setattr(module, "QUIET_SECONDS", 3600)


@pytest.fixture
def give(issuer: Issuer) -> Callable[..., Any]:
    """Return a function that makes a grant; it returns the grant and the token."""

    def make(
        *names: str,
        origin: str = ALLOWED,
        lifetime: int = 3600,
        now: float | None = None,
        folder: str | None = None,
        program: str | None = None,
        scopes: frozenset[str] | None = None,
        **more: Any,
    ) -> Any:
        created = int(time.time() if now is None else now)
        request = GrantRequest(
            origin=origin,
            scopes=scopes or (expand(names) if folder is None else expand_in_folder(names)),
            owner="ana",
            created=created,
            expires=created + lifetime,
            name="An app",
            folder=folder,
            program=program,
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


@pytest.fixture
def secret_file(jp_serverapp):
    """Return the file in which the running server keeps its token."""
    jp_serverapp.write_server_info_file()
    (found,) = Path(jp_serverapp.runtime_dir).glob("jpserver-*.json")
    assert TOKEN in found.read_text()
    return found


@pytest.fixture
def ask(call, give):
    """Return a function that sends a request with a new ``edit`` token."""
    _, token = give("edit")

    async def send(method, path, body=None):
        sent = json.dumps(body) if body is not None else None
        return await call(method, path, origin=ALLOWED, token=token, body=sent)

    send.token = token
    return send


@pytest.fixture
def in_folder(call, give):
    """Return a function that sends a request with a new ``edit`` token for the folder ``data``."""
    _, token = give("edit", folder="data")

    async def send(method, path, body=None):
        sent = json.dumps(body) if body is not None else None
        return await call(method, path, origin=ALLOWED, token=token, body=sent)

    send.token = token
    return send
