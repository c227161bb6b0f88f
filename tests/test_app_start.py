"""What remains of the extension where its start, or the server's, fails half way."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from support.constants import ALLOWED, REFUSED, TOKEN

from escherpad_ext import app as app_module
from escherpad_ext.app import EscherpadExt
from escherpad_ext.connect import handlers
from escherpad_ext.connect.mount import BROKEN

NOT_FATAL = {"ServerApp": {"reraise_server_extension_failures": False}}


@pytest.fixture(params=["mount", "resolve", "public_paths", "NavigationGuard"])
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


@pytest.mark.parametrize("server_config", [{"EscherpadExt": {"allowed_origins": [ALLOWED]}}])
async def test_connect_routes_that_cannot_be_made_serve_nobody(jp_serverapp, call, monkeypatch):
    """They say what to do, and are tried again at the next request. All other rules hold."""

    def fail(*_args: Any) -> Any:
        raise RuntimeError

    with monkeypatch.context() as broken:
        broken.setattr(handlers, "routes", fail)
        for method, body in (("GET", None), ("POST", "")):
            answer = await call(method, "escherpad/authorize", body=body)
            assert (answer.code, answer.body.decode()) == (500, BROKEN)
            assert answer.headers["Content-Type"] == "text/plain; charset=UTF-8"
        assert (await call("GET", "escherpad/", origin=ALLOWED, token=TOKEN)).code == 500
        assert (await call("GET", "escherpad/", origin=REFUSED, token=TOKEN)).code == 403
        assert (await call("GET", "api/contents", origin=REFUSED, token=TOKEN)).code == 403
        assert (await call("GET", "api/contents", origin=ALLOWED, token=TOKEN)).code == 200
    assert (await call("GET", ".well-known/oauth-protected-resource")).code == 200


async def test_jupyter_checks_the_connect_routes(jp_serverapp):
    """Each method says whom it serves, or Jupyter warns; here, a warning is a failure."""
    (extension,) = jp_serverapp.extension_manager.extension_apps["escherpad_ext"]
    jp_serverapp.web_app.settings["allow_unauthenticated_access"] = False
    jp_serverapp.web_app.add_handlers(".*$", extension._routes())


def test_a_start_imports_no_connect_routes():
    """Nor what is behind them. They are a quarter of the time."""
    program = (
        "import sys, escherpad_ext.app;"
        "print(*[name for name in sys.modules if name.startswith('escherpad_ext.connect.')])"
    )
    run = [sys.executable, "-c", program]
    printed = subprocess.run(run, check=True, capture_output=True, text=True).stdout.split()
    own = {name.removeprefix("escherpad_ext.connect.") for name in printed}
    assert own == {"client_library", "metadata", "mount", "paths", "urls"}
