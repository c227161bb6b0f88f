"""Real servers for every test; see pytest-jupyter for the fixtures named ``jp_…``."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
from hypothesis import settings
from jupyter_core.paths import jupyter_path
from jupyter_server.extension.manager import ExtensionManager
from jupyter_server.serverapp import ServerApp
from support.constants import ALLOWED, TOKEN
from tornado.httpclient import HTTPRequest
from tornado.websocket import websocket_connect
from traitlets.config import Config

from escherpad_ext.server import registry_thread

# How long an example takes says more of the machine than of the code.
settings.register_profile("escherpad", deadline=None)
settings.load_profile("escherpad")

pytest_plugins = ["pytest_jupyter.jupyter_server"]

#: Folders and files whose tests share what takes long to start: a Hub, proxies, many servers.
TOGETHER = {
    "hub": "hub",
    "browser/test_hub.py": "hub",
    "browser/test_setups_elsewhere.py": "hub",
    "proxies": "proxies",
    "browser/test_proxies.py": "proxies",
    "browser/clients": "clients",
    "browser/test_collaboration.py": "collaboration",
    "browser/test_diagnose.py": "diagnose",
    "check": "check",
    "cli/test_demo.py": "demo",
    "config/test_same_as_server.py": "configuration",
    "server/test_sameness.py": "sameness",
    "wire": "wire",
}


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Keep together what would else be started once for each worker (``pytest -n 2``)."""
    from xdist.scheduler import LoadScopeScheduling

    class Together(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return _group(nodeid) or nodeid

    return Together(config, log)


def _group(nodeid: str) -> str | None:
    path = PurePosixPath(nodeid.partition("::")[0].removeprefix("tests/"))
    return next((group for name, group in TOGETHER.items() if path.is_relative_to(name)), None)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with browsers and groups, which take longest, so that no worker ends with one."""
    items.sort(key=lambda item: ("browser" not in item.path.parts, not _group(item.nodeid)))


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a busy machine take five seconds; override this where the limit itself is tested."""
    monkeypatch.setattr(registry_thread, "TURNS", 100)


@pytest.fixture
def escherpad_config() -> dict[str, Any]:
    """Return the settings of ``EscherpadExt``; override it to test others."""
    return {"allowed_origins": [ALLOWED]}


@pytest.fixture
def server_config() -> dict[str, Any]:
    """Return further settings of the server; override it to test others."""
    return {}


@pytest.fixture
def jp_server_config(escherpad_config: dict[str, Any], server_config: dict[str, Any]) -> Config:
    """Enable the extension, and let no failure of it pass in silence."""
    config = Config(
        {
            "ServerApp": {
                "jpserver_extensions": {"escherpad_ext": True, "jupyter_server_terminals": True},
                "reraise_server_extension_failures": True,
            },
            "IdentityProvider": {"token": TOKEN},
            "EscherpadExt": escherpad_config,
        }
    )
    config.merge(Config(server_config))
    return config


@pytest.fixture
def notebook_shim() -> Iterator[None]:
    """Undo what notebook_shim, where it is loaded, does to the classes of all servers."""
    order = vars(ExtensionManager)["sorted_extensions"]
    own = set(vars(ServerApp))
    yield
    ExtensionManager.sorted_extensions = order
    for name in set(vars(ServerApp)) - own:
        if not name.startswith("_"):
            delattr(ServerApp, name)


@pytest.fixture
def jp_nbconvert_templates(jp_data_dir: Path) -> None:
    """Link nbconvert's templates. pytest-jupyter copies 190 files for each test."""
    folders = map(Path, jupyter_path("nbconvert", "templates"))
    templates = next((folder for folder in folders if folder.is_dir()), None)
    if templates is None:
        return
    link = jp_data_dir / "nbconvert" / "templates"
    link.parent.mkdir(parents=True, exist_ok=True)
    try:
        link.symlink_to(templates, target_is_directory=True)
    except OSError:  # Windows, for most accounts
        shutil.copytree(templates, link)


@pytest.fixture
def jp_serverapp(jp_serverapp: ServerApp) -> Iterator[ServerApp]:
    """Return the running server, and close what Jupyter leaves to the garbage collector."""
    yield jp_serverapp
    contents = jp_serverapp.contents_manager
    if contents.trait_has_value("notary"):
        contents.notary.store.close()
    sessions = jp_serverapp.session_manager
    sessions.close()  # the cursor alone, and Python 3.13 warns of what is left open
    if sessions._connection is not None:
        sessions._connection.close()
        sessions._connection = None


@pytest.fixture
def call(http_server_client, jp_base_url):
    """Return a function that sends one request, adds nothing to it and follows no redirect."""

    async def send(method, path, *, origin=None, token=None, headers=None, body=None):
        sent = dict(headers or {})
        if origin is not None:
            sent["Origin"] = origin
        if token is not None:
            sent["Authorization"] = f"token {token}"
        if body is None and method in {"POST", "PUT", "PATCH"}:
            body = ""
        return await http_server_client.fetch(
            jp_base_url + path,
            method=method,
            headers=sent,
            body=body,
            follow_redirects=False,
            raise_error=False,
            allow_nonstandard_methods=True,
            request_timeout=30,
        )

    return send


@pytest.fixture
def open_socket(http_server, jp_http_port, jp_base_url):
    """Return a function that opens a WebSocket as a browser would, and adds nothing to it."""
    opened = []

    async def open_(path, *, origin=None, protocols=None, headers=None):
        sent = dict(headers or {})
        if origin is not None:
            sent["Origin"] = origin
        request = HTTPRequest(
            f"ws://localhost:{jp_http_port}{jp_base_url}{path}",
            headers=sent,
            # A kernel's socket opens when the kernel answers: the server waits 60 s for that.
            connect_timeout=90,
            request_timeout=90,
        )
        opened.append(await websocket_connect(request, subprotocols=protocols))
        return opened[-1]

    yield open_
    for socket in opened:
        socket.close()
