"""What remains of the extension where its start, or the server's, fails half way."""

from __future__ import annotations

from typing import Any

import pytest
from support.constants import ALLOWED, TOKEN

from escherpad_ext import app as app_module
from escherpad_ext.app import EscherpadExt

NOT_FATAL = {"ServerApp": {"reraise_server_extension_failures": False}}


@pytest.fixture(params=["routes", "resolve", "public_paths", "ConnectService"])
def broken(request: Any, monkeypatch: pytest.MonkeyPatch) -> str:
    """Make one step of the extension's start fail."""

    def fail(*_args: Any, **_kwargs: Any) -> Any:
        raise RuntimeError(request.param)

    monkeypatch.setattr(app_module, request.param, fail)
    return request.param


@pytest.mark.parametrize("server_config", [NOT_FATAL])
async def test_a_start_that_fails_leaves_every_other_origin_refused(broken, jp_serverapp, call):
    """The server's own pages go on as ever, a listed origin does not get in."""
    answer = await call("GET", "api/contents", origin=ALLOWED, token=TOKEN)
    assert answer.code == 403
    assert "Access-Control-Allow-Origin" not in answer.headers
    assert (await call("GET", "api/contents", token=TOKEN)).code == 200


async def test_a_server_that_stops_before_its_extensions_start():
    """As ``jupyter server --ServerApp.preferred_dir=/nonexistent``: there is nothing to free."""
    await EscherpadExt().stop_extension()
