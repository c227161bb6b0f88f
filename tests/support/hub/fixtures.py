"""One Hub for all tests that want one; a test module asks for it by ``pytest_plugins``."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ..jupyter_process import EXTENSIONS
from ..recipes import Recipe
from ..requirements import find_node, missing, require_modules
from ..server.matrix_server import LAB_CONFIG
from .hub_process import PROXY, HubProcess, UserServer
from .hub_user import PAGES, Visitor
from .loosened_settings import OFF, try_everything, try_settings

TESTS = Path(__file__).parents[2]
GUIDE = Recipe.of("jupyterhub.md")
#: The Hub's own, which has to be asked for.
AUTHORIZER = "--ServerApp.authorizer_class=jupyterhub.singleuser.extension.JupyterHubAuthorizer"
NEEDED = LAB_CONFIG["ServerApp"]["jpserver_extensions"]


@pytest.fixture(scope="session")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HubProcess]:
    """Return a Hub that runs with the guide's own config; servers start as they are asked for."""
    _check_is_installed()
    folder = tmp_path_factory.mktemp("hub")
    pages = f"--EscherpadExt.allowed_origins={PAGES}"
    nothing = {"args": [], "disable_user_config": False}
    special: dict[str, Any] = {
        "ana/": {"more_args": [pages, AUTHORIZER], "environment": _with_more(folder)},
        "ana/second": {
            "more_args": [pages],
            "environment": {**_with_more(folder), "JUPYTERHUB_ROOT_DIR": "~/second"},
        },
        "bob/": {"environment": _with_agents(folder)},
        # Their files count here, and what is rare is on.
        "olga/": {
            "disable_user_config": False,
            "more_args": ["--HubAuth.cache_max_age=2"],
            "environment": {"JUPYTERHUB_ALLOW_TOKEN_IN_URL": "1", "JUPYTERHUB_PUBLIC_URL": ""},
        },
        "mallory/open": {"disable_user_config": False},
        # Its JupyterLab has the extensions that a test puts there.
        "lena/": {
            "more_args": [pages, f"--LabServerApp.labextensions_path={folder / 'labextensions'}"],
        },
        # Nothing configured at all, and the same without the extension.
        "carl/": nothing,
        "dave/": {**nothing, "environment": {"JUPYTER_CONFIG_DIR": _without(folder)}},
    }
    # All users' grants in one folder: the worst case.
    shared = {"JUPYTER_DATA_DIR": str(folder / "data"), "JUPYTER_CONFIG_PATH": _quick(folder)}
    with HubProcess(folder, _config, special=special, environment=shared) as running:
        try_everything(running.home("mallory"))
        try_settings(running.home("olga"))
        (running.home("ana") / "second").mkdir()
        yield running


@pytest.fixture(scope="session")
def servers(hub: HubProcess) -> list[UserServer]:
    """Return ana's default server, her second one, and bob's."""
    return hub.start(("ana", ""), ("ana", "second"), ("bob", ""))


@pytest.fixture(scope="session")
def ana(servers: list[UserServer]) -> UserServer:
    return servers[0]


@pytest.fixture(scope="session")
def owner(hub: HubProcess, ana: UserServer) -> Visitor:
    """Return ana at her browser, logged in to the Hub and to her server."""
    return Visitor(hub, "ana").log_in().enter(ana)


def _config(origin: str) -> str:
    return GUIDE.file("jupyterhub_config.py", {"https://hub.example.edu/": f"{origin}/"})


def _without(folder: Path) -> str:
    """Return a configuration folder that switches the extension off."""
    config = folder / "without"
    config.mkdir()
    (config / "jupyter_server_config.json").write_text(json.dumps(OFF))
    return str(config)


def _with_more(folder: Path) -> dict[str, str]:
    """Return the environment of a server that tells its routes, and has some that fail."""
    config = folder / "more"
    config.mkdir(exist_ok=True)
    more = {"ServerApp": {"jpserver_extensions": {"tells_routes": True, "failing_extension": True}}}
    return _environment(folder, config, more)


def _with_agents(folder: Path) -> dict[str, str]:
    """Return the environment of a server with an endpoint for agents at ``/mcp``."""
    config = folder / "agents"
    config.mkdir()
    more = {
        "ServerApp": {"jpserver_extensions": {"agents_endpoint": True}},
        "EscherpadExt": {"resource_paths": {"/mcp": "mcp"}},
    }
    return _environment(folder, config, more)


def _environment(folder: Path, config: Path, settings: dict[str, Any]) -> dict[str, str]:
    """Return the environment of a server with these settings besides, and our extensions."""
    (config / "jupyter_server_config.json").write_text(json.dumps(settings))
    paths = [EXTENSIONS, str(TESTS), os.environ.get("PYTHONPATH", "")]
    return {
        "JUPYTER_CONFIG_PATH": os.pathsep.join([str(config), str(folder / "quick")]),
        "PYTHONPATH": os.pathsep.join(filter(None, paths)),
    }


def _quick(folder: Path) -> str:
    """Return a configuration folder for servers that start quickly, and stay off the internet."""
    config = folder / "quick"
    config.mkdir()
    files = Path(sys.prefix, "etc/jupyter/jupyter_server_config.d").glob("*.json")
    installed = [
        name
        for file in files
        for name in json.loads(file.read_text())["ServerApp"]["jpserver_extensions"]
    ]
    extensions = {name: name in NEEDED for name in {*installed, *NEEDED}}
    settings = {
        "ServerApp": {"jpserver_extensions": extensions},
        "LabApp": LAB_CONFIG["LabApp"],
        "LabServerApp": {"labextensions_path": []},
    }
    (config / "jupyter_server_config.json").write_text(json.dumps(settings))
    return str(config)


def _check_is_installed() -> None:
    """Skip, or fail where everything is a must (as in continuous integration)."""
    require_modules({"jupyterhub": "jupyterhub"}, "JupyterHub")
    find_node()
    if not PROXY.exists():
        missing("Install JupyterHub's proxy: run npm install in tests/hub")
