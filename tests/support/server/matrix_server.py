"""The whole server for the matrix: JupyterLab on it, and something of each kind to lose."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tornado.web import HTTPError

from escherpad_ext.connect.handlers.grant import GrantHandler
from escherpad_ext.connect.handlers.metadata import MetadataHandler
from escherpad_ext.connect.handlers.revoke import RevokeHandler
from escherpad_ext.connect.handlers.static import LibraryHandler
from escherpad_ext.connect.handlers.token import TokenHandler

from ..wire import Answer, ask, shake_hands
from .routes import Route, routes_of

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
#: What would change something on most routes, and nothing on those that want another body.
BODY = b'{"type": "file", "format": "text", "content": "changed", "path": "y", "name": "python3"}'
TOKEN_PROTOCOL = "v1.token.websocket.jupyter.org"
#: What the examples of the routes have for an id; so there is something behind them.
NAME, IDENTIFIER = "x", "x-x-x-x-x"
_PATIENCE_SECONDS = 1.5

#: Method (or ``WebSocket``, ``preflight``), route, headers, query, more arguments of ``ask``.
PUBLIC = (MetadataHandler, TokenHandler, RevokeHandler, GrantHandler, LibraryHandler)

Cell = tuple[str, Route, list[tuple[str, str]], str, dict[str, Any]]

#: The server's settings; JupyterLab must not go out to the internet.
LAB_CONFIG: dict[str, Any] = {
    "ServerApp": {
        "jpserver_extensions": {
            "escherpad_ext": True,
            "jupyter_lsp": True,
            "jupyter_server_terminals": True,
            "jupyterlab": True,
        }
    },
    "LabApp": {
        "check_for_updates_class": "jupyterlab.NeverCheckForUpdate",
        "extension_manager": "readonly",
        "news_url": None,
    },
}


class NeutralisedError(HTTPError):
    """Raised in place of what would end the server or call for the internet."""

    def __init__(self) -> None:
        super().__init__(503, "neutralised for the test")


class MatrixServer:
    """One running server: its routes, what may be lost on it, and how to ask it."""

    def __init__(self, serverapp: Any, port: int, folder: Path) -> None:
        self.app = serverapp
        self.port = port
        self.own = f"http://localhost:{port}"
        routes = routes_of(serverapp.web_app)
        #: What is the same for everybody, and readable from any origin.
        self.public_paths = [route for route in routes if issubclass(route.handler, PUBLIC)]
        self.routes = [route for route in routes if route not in self.public_paths]
        self.ends = 0
        self._folders = [folder / name for name in ("root_dir", "config", "data")]
        self._at_once = asyncio.Semaphore(64)
        serverapp._cleanup = self._end
        serverapp.log.setLevel("ERROR")

    async def _end(self) -> None:
        self.ends += 1
        raise NeutralisedError

    def neutralise_build(self, monkeypatch: Any) -> None:
        """Have JupyterLab not built again, which goes out to the internet; count who tried."""
        from jupyterlab.handlers.build_handler import Builder

        async def build(_builder: Any) -> None:
            self.ends += 1
            raise RuntimeError("neutralised for the test")

        monkeypatch.setattr(Builder, "build", build)

    async def fill(self) -> None:
        """Have a file, a kernel, a session and a terminal of the names that the examples have."""
        (self._folders[0] / NAME).write_text("kept")
        await self.app.kernel_manager.start_kernel(kernel_id=IDENTIFIER, kernel_name="python3")
        await self.app.kernel_manager.get_kernel(IDENTIFIER).ready
        await self.app.session_manager.save_session(
            IDENTIFIER, path=NAME, name=NAME, type="notebook", kernel_id=IDENTIFIER
        )
        self.app.web_app.settings["terminal_manager"].new_named_terminal(name=NAME)

    async def close(self) -> None:
        """Stop what :meth:`fill` started, and let the server end as it does."""
        del self.app._cleanup
        await self.app.kernel_manager.shutdown_all(now=True)

    def state(self) -> dict[str, Any]:
        """Return what a request may change; a kernel that was restarted has another process."""
        kernels, settings = self.app.kernel_manager, self.app.web_app.settings
        return {
            "kernels": {
                k: kernels.get_kernel(k).provisioner.pid for k in kernels.list_kernel_ids()
            },
            "connections": {k: kernels._kernel_connections[k] for k in kernels.list_kernel_ids()},
            "sessions": self._sessions(),
            "terminals": {t: id(v) for t, v in settings["terminal_manager"].terminals.items()},
            "ends": self.ends,
            "files": {str(p): _digest(p) for f in self._folders for p in sorted(f.rglob("*"))},
        }

    def _sessions(self) -> list[tuple[Any, ...]]:
        rows = self.app.session_manager.cursor.execute("SELECT * FROM session").fetchall()
        return [tuple(row) for row in rows]

    async def ask(
        self,
        method: str,
        route: Route,
        headers: Iterable[tuple[str, str]] = (),
        *,
        query: str = "",
        body: bytes = BODY,
    ) -> Answer | None:
        """Return the answer; None where the handler gives none. ``WebSocket`` is a method here."""
        target = route.path + (f"?{query}" if query else "")
        if method == "preflight":
            method, headers = "OPTIONS", [*headers, ("Access-Control-Request-Method", "PUT")]
        sent = body if method in {"POST", "PUT", "PATCH", "DELETE"} else None
        async with self._at_once:
            try:
                if method == "WebSocket":
                    return await shake_hands(self.port, target, headers)
                return await ask(self.port, method, target, headers, sent)
            except asyncio.IncompleteReadError:
                return None  # the handler broke down

    async def ask_all(self, cells: Iterable[Cell]) -> list[Answer | None]:
        """Return the answers in the order of the questions.

        Some handlers never answer, with the extension or without. They are given up once nobody
        else waits for an answer any more, and the server answers a request that came later.
        """
        tasks = [
            asyncio.create_task(self.ask(method, route, headers, query=query, **more))
            for method, route, headers, query, more in cells
        ]
        pending = set(tasks)
        while pending:
            done, pending = await asyncio.wait(pending, timeout=_PATIENCE_SECONDS)
            if not done:
                await ask(self.port, "GET", f"{self.app.base_url}api")
                done, pending = await asyncio.wait(pending, timeout=_PATIENCE_SECONDS)
                if not done:
                    break
        for task in pending:
            task.cancel()
        await asyncio.gather(*pending, return_exceptions=True)
        return [None if task.cancelled() else task.result() for task in tasks]

    def methods(self, route: Route) -> tuple[str, ...]:
        """Return what to ask a route."""
        return (*METHODS, "WebSocket") if route.is_websocket else METHODS


def credential(kind: str, token: str, cookies: str) -> tuple[list[tuple[str, str]], str]:
    """Return the headers and the query that carry a credential."""
    wrong = f"not-{token}"
    kinds: dict[str, tuple[list[tuple[str, str]], str]] = {
        "none": ([], ""),
        "header": ([("Authorization", f"token {token}")], ""),
        "wrong": ([("Authorization", f"token {wrong}")], ""),
        "url": ([], f"token={token}"),
        "cookie": ([("Cookie", cookies), ("X-XSRFToken", _value(cookies, "_xsrf"))], ""),
        "subprotocol": ([_offer(token)], ""),
        "wrong url": ([], f"token={wrong}"),
        "wrong subprotocol": ([_offer(wrong)], ""),
    }
    kinds["everything"] = (
        [*kinds["header"][0], *kinds["cookie"][0], *kinds["subprotocol"][0]],
        kinds["url"][1],
    )
    return kinds[kind]


def _offer(token: str) -> tuple[str, str]:
    return "Sec-WebSocket-Protocol", f"{TOKEN_PROTOCOL}, {TOKEN_PROTOCOL}.{token}"


def _value(cookies: str, name: str) -> str:
    pairs = dict(pair.split("=", 1) for pair in cookies.split("; ") if pair)
    return pairs.get(name, "")


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "folder"
