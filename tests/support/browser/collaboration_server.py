"""A server with a notebook, pages that may come to it or not, and tokens for people."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import dataclass
from http.client import HTTPConnection
from typing import Any

from escherpad_ext.policy.credentials import TOKEN_PROTOCOL

from ..jupyter_process import JupyterProcess
from .page_server import PageServer

PATH = "shared.ipynb"
#: How long a busy machine may take to write the file.
WRITING_SECONDS = 30
_CELL = {"cell_type": "code", "id": "first", "metadata": {}, "execution_count": None, "outputs": []}
_KERNEL = {"name": "python3", "display_name": "Python 3", "language": "python"}
NOTEBOOK = {
    "cells": [{**_CELL, "source": "#"}],
    "metadata": {"kernelspec": _KERNEL},
    "nbformat": 4,
    "nbformat_minor": 5,
}


@dataclass
class World:
    """All that is there: ``refused`` is a page of an origin that the server does not allow."""

    server: JupyterProcess
    page: PageServer
    other: PageServer
    refused: PageServer

    def give(self, *options: str) -> str:
        """Give the page a token, as the owner does."""
        return self.command("create", "--origin", self.page.origin, *options).strip()

    def command(self, *arguments: str) -> str:
        done = subprocess.run(
            self.words(*arguments),
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    @staticmethod
    def words(*arguments: str) -> list[str]:
        return [sys.executable, "-m", "escherpad_ext.cli", "token", *arguments]

    @property
    def environment(self) -> dict[str, str]:
        return {**os.environ, **self.server._environment()}

    def people(self) -> dict[str, dict[str, str]]:
        """Return a token for each, and its id."""
        scopes = {"anna": "edit", "ben": "edit", "vera": "view"}
        tokens = {
            name: self.give("--scope", scope, "--name", name) for name, scope in scopes.items()
        }
        ids = {grant["name"]: grant["id"] for grant in json.loads(self.command("list", "--json"))}
        return {name: {"token": token, "id": ids[name]} for name, token in tokens.items()}

    def ask(self, method: str, path: str, token: str, body: object) -> tuple[int, dict[str, Any]]:
        """Ask as a program that says it were the page; return status and answer."""
        if method == "WebSocket":
            connection, *found = self.shake_hands(path, token)
            connection.close()
            return tuple(found)
        headers = {"Origin": self.page.origin, "Authorization": f"Bearer {token}"}
        with closing(HTTPConnection("localhost", self.server.port, timeout=30)) as connection:
            connection.request(method, f"/{path}", json.dumps(body), headers)
            return _read(connection)

    def shake_hands(
        self, path: str, token: str, *, origin: str | None = None
    ) -> tuple[HTTPConnection, int, dict[str, Any]]:
        """Open a WebSocket; return it, the status and the answer, if there is one."""
        offer = [TOKEN_PROTOCOL, *([f"{TOKEN_PROTOCOL}.{token}"] if token else [])]
        headers = {
            "Upgrade": "websocket",
            "Connection": "Upgrade",
            "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
            "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Protocol": ", ".join(offer),
            "Origin": self.page.origin if origin is None else origin,
        }
        connection = HTTPConnection("localhost", self.server.port, timeout=30)
        connection.request("GET", f"/{path}", headers={k: v for k, v in headers.items() if v})
        return connection, *_read(connection)

    def room(self) -> str:
        """Return the address of the notebook's room."""
        session = self.server.owner().ask(
            "PUT", f"api/collaboration/session/{PATH}", {"format": "json", "type": "notebook"}
        )
        room = f"api/collaboration/room/json:notebook:{session['fileId']}"
        return f"{self.server.url}{room}?sessionId={session['sessionId']}".replace("http", "ws", 1)

    def source(self) -> str:
        """Return what the first cell is on disk. While the server writes it, it is not whole."""
        end = time.monotonic() + WRITING_SECONDS
        while True:
            try:
                (cell,) = json.loads((self.server.root / PATH).read_text(encoding="utf-8"))["cells"]
            except ValueError:
                assert time.monotonic() < end
                time.sleep(0.05)
            else:
                return "".join(cell["source"])


def _read(connection: HTTPConnection) -> tuple[int, dict[str, Any]]:
    answer = connection.getresponse()
    body = b"" if answer.status == 101 else answer.read()
    return answer.status, json.loads(body) if body.startswith(b"{") else {}
