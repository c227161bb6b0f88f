"""A server with everything that people install beside JupyterLab, and something of each to lose."""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
from tornado.httpserver import HTTPServer
from tornado.routing import RuleRouter
from tornado.testing import bind_unused_port
from tornado.web import Application, RequestHandler
from tornado.websocket import WebSocketHandler

from ..requirements import require_modules
from . import routes
from .matrix_server import LAB_CONFIG, PUBLIC, MatrixServer
from .routes import Route

#: Extensions, and what to install for each.
PACKAGES = {
    "jupyter_lsp": "jupyter-lsp",
    "jupyter_resource_usage": "jupyter-resource-usage",
    "jupyter_server_fileid": "jupyter-collaboration",
    "jupyter_server_proxy": "jupyter-server-proxy",
    "jupyter_server_ydoc": "jupyter-collaboration",
    "jupyterlab_git": "jupyterlab-git",
    "nbclassic": "nbclassic",
    "nbdime": "nbdime",
    "notebook": "notebook",
    "voila": "voila",
}
#: A program that jupyter-server-proxy starts when somebody asks for it.
PROGRAM = "program"
_GIT = ["git", "-c", "user.name=Ana", "-c", "user.email=ana@example.com"]


def require_packages() -> None:
    """Skip, or fail where everything is a must, with a sentence that says what to install."""
    require_modules(PACKAGES, "what this server has")


def full_config() -> dict[str, Any]:
    """Return the settings of a server with all of it."""
    extensions = {"voila.server_extension" if p == "voila" else p: True for p in PACKAGES}
    serve = [sys.executable, "-m", "http.server", "{port}", "--bind", "127.0.0.1"]
    return {
        **LAB_CONFIG,
        "ServerApp": {
            "jpserver_extensions": {**LAB_CONFIG["ServerApp"]["jpserver_extensions"], **extensions},
            "reraise_server_extension_failures": True,
        },
        "FileContentsManager": {"delete_to_trash": False},
        "ServerProxy": {"servers": {PROGRAM: {"command": serve, "timeout": 5}}},
        # It would register its metrics with every server of one process.
        "ResourceUseDisplay": {"enable_prometheus_metrics": False},
        "SQLiteYStore": {"db_path": ":memory:"},
        "YDocExtension": {"ystore_class": "pycrdt.store.TempFileYStore"},
    }


class Upstream:
    """An application on a port of its own, as people proxy them: it notes who reached it."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, str, dict[str, str]]] = []
        self.messages: list[str | bytes] = []
        self._noted = asyncio.Event()
        socket, self.port = bind_unused_port()
        rules = [("/socket", _Socket, {"upstream": self}), (".*", _Page, {"upstream": self})]
        self._server = HTTPServer(Application(rules))
        self._server.add_sockets([socket])

    def note(self, handler: RequestHandler) -> None:
        """Note that a request came through."""
        request = handler.request
        self.requests.append((str(request.method), request.uri or "", dict(request.headers)))
        self._noted.set()

    async def reached(self, times: int) -> None:
        """Wait until it was reached so often: a proxy opens its socket after ours."""
        while len(self.requests) < times:
            self._noted.clear()
            await asyncio.wait_for(self._noted.wait(), 10)

    async def close(self) -> None:
        """Stop listening."""
        self._server.stop()
        await self._server.close_all_connections()


class _Page(RequestHandler):
    def initialize(self, upstream: Upstream) -> None:
        self._upstream = upstream

    def check_xsrf_cookie(self) -> None:
        """Whoever comes, comes."""

    def _answer(self) -> None:
        self._upstream.note(self)
        self.set_cookie("upstream", "1")
        self.write("upstream")

    get = head = post = put = patch = delete = options = _answer


class _Socket(WebSocketHandler):
    def initialize(self, upstream: Upstream) -> None:
        self._upstream = upstream

    def check_origin(self, origin: str) -> bool:
        return True

    def open(self) -> None:
        self._upstream.note(self)

    def on_message(self, message: str | bytes) -> None:
        self._upstream.messages.append(message)
        self.write_message(message)


class FullServer(MatrixServer):
    """Adds what the extensions have to lose: a repository, rooms, programs, an upstream."""

    def __init__(self, serverapp: Any, port: int, folder: Path) -> None:
        # Not the base class's: the routes of a proxy want digits.
        self.app, self.port, self.ends = serverapp, port, 0
        self.own = f"http://localhost:{port}"
        every = every_route(serverapp.web_app)
        self.routes = [route for route in every if not issubclass(route.handler, PUBLIC)]
        self._folder = folder
        self._folders = [folder / name for name in ("root_dir", "config", "data")]
        self._at_once = asyncio.Semaphore(64)
        serverapp._cleanup = self._end
        serverapp.log.setLevel("ERROR")
        self.upstream = Upstream()
        self.base = serverapp.base_url
        self._bystanders = {process.pid for process in psutil.Process().children(recursive=True)}

    async def fill(self) -> None:
        """See the base class; the root folder is a repository with a change to commit."""
        await super().fill()
        root = self._folder / "root_dir"
        (root / ".ipynb_checkpoints").mkdir()  # Jupyter makes it when somebody asks what is in it
        for command in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "first"]):
            subprocess.run([*_GIT, *command], cwd=root, check=True)
        (root / "x").write_text("kept, and changed")

    async def close(self) -> None:
        """See the base class; also end what a proxy has started."""
        await super().close()
        await self.upstream.close()
        for program in self._supervised():
            await program.kill()  # not by its number: the proxy starts again what is gone

    def state(self) -> dict[str, Any]:
        """Return what a request may change, but for the registry of grants: uses are noted."""
        found = super().state()
        found["files"] = {
            path: digest for path, digest in found["files"].items() if "escherpad_ext" not in path
        }
        return {
            **found,
            "programs": sorted(process.pid for process in self._programs()),
            "rooms": sorted(self._rooms()),
            "upstream": (len(self.upstream.requests), len(self.upstream.messages)),
        }

    def _programs(self) -> list[psutil.Process]:
        return [
            process
            for process in psutil.Process().children()
            if process.pid not in self._bystanders and "http.server" in _command(process)
        ]

    def _supervised(self) -> list[Any]:
        states = [kwargs.get("state", {}) for kwargs in _arguments(self.app.web_app.default_router)]
        return list({id(s["proc"]): s["proc"] for s in states if "proc" in s}.values())

    def _rooms(self) -> list[str]:
        (extension,) = self.app.extension_manager.extension_apps["jupyter_server_ydoc"]
        return list(extension.ywebsocket_server.rooms)


def _arguments(router: RuleRouter) -> Iterator[dict[str, Any]]:
    """Return what each route hands to its handler."""
    for rule in router.rules:
        if isinstance(rule.target, RuleRouter):
            yield from _arguments(rule.target)
        else:
            yield rule.target_kwargs or {}


def _command(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""


def every_route(application: Application) -> list[Route]:
    """Return all routes. Where a pattern wants digits, its examples have one.

    Of git's sixty, which all may name a folder, those that name one.
    """
    return [route for route in _found(application) if "/git//" not in route.path]


def _found(application: Application) -> Iterator[Route]:
    known: set[str] = set()
    for pattern, handler in routes._rules(application.default_router):
        for path in sorted(routes._paths(re.compile(pattern.pattern.replace(r"\d", "[0-9]")))):
            if path not in known:
                known.add(path)
                yield Route(path, handler)
