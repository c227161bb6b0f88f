"""A client somewhere else: what browsers, scripts and attackers send to a proxy."""

from __future__ import annotations

import http.client
import json
import re
import socket
import ssl
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from functools import partial
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from tornado.httpclient import HTTPRequest
from tornado.websocket import WebSocketClientConnection, websocket_connect

from ..wire import HANDSHAKE, Answer

SECONDS = 60


class Outside:
    """Sends requests to one address as they are; names lead to this machine."""

    def __init__(self, url: str, tls: ssl.SSLContext | None = None) -> None:
        """``url`` ends with a slash."""
        parts = urlsplit(url)
        self.url = url
        self.base_url = parts.path
        self.host = parts.netloc
        self.origin = f"{parts.scheme}://{parts.netloc}"
        self.tls = tls
        self._name = parts.hostname
        self._port = parts.port

    def ask(
        self,
        method: str,
        path: str,
        *headers: tuple[str, str],
        body: bytes | None = None,
        host: str | None = None,
    ) -> Answer:
        """Send one request by HTTP/1.1. A path that begins so, or with a scheme, is the whole."""
        with self.connected() as ask:
            return ask(method, path, *headers, ("Connection", "close"), body=body, host=host)

    @contextmanager
    def connected(self) -> Iterator[Callable[..., Answer]]:
        """Give a function that asks on one connection; see ``ask``."""
        connection = socket.create_connection(("127.0.0.1", self._port), timeout=SECONDS)
        if self.tls is not None:
            connection = self.tls.wrap_socket(connection, server_hostname=self._name)
        with closing(connection):
            yield partial(self._exchange, connection)

    def _exchange(
        self,
        connection: socket.socket,
        method: str,
        path: str,
        *headers: tuple[str, str],
        body: bytes | None = None,
        host: str | None = None,
    ) -> Answer:
        target = path if path.startswith(("/", "http")) else self.base_url + path
        sent = [("Host", host or self.host), *headers]
        if body is not None or method in {"POST", "PUT"}:
            sent.append(("Content-Length", str(len(body or b""))))
        lines = [f"{method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in sent)]
        connection.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + (body or b""))
        with http.client.HTTPResponse(connection, method=method) as response:
            response.begin()
            content = response.read()
            return Answer(response.status, response.reason, tuple(response.getheaders()), content)

    def shake_hands(self, path: str, *headers: tuple[str, str], host: str | None = None) -> Answer:
        """Ask for a WebSocket; an open one is closed at once."""
        with self.connected() as ask:
            return ask("GET", path, *headers, *HANDSHAKE, host=host)

    @asynccontextmanager
    async def open_socket(
        self, path: str, headers: dict[str, str], protocols: list[str] | None = None
    ) -> AsyncIterator[WebSocketClientConnection]:
        """Open a WebSocket for a while."""
        url = self.url.replace("http", "ws", 1) + path
        request = HTTPRequest(url, headers=headers, ssl_options=self.tls, request_timeout=SECONDS)
        opened = await websocket_connect(request, subprotocols=protocols)
        try:
            yield opened
        finally:
            if opened.protocol is not None:
                opened.close()
                await all_messages(opened)

    def ask_http2(self, node: str, authority: Path, *requests: dict[str, str]) -> list[Answer]:
        """Send requests by HTTP/2 on one connection; ``:path`` and the like are headers."""
        plan = {"url": self.origin, "name": self._name, "port": self._port}
        plan |= {"authority": authority.read_text(), "requests": list(requests)}
        command = [node, str(Path(__file__).with_name("http2.mjs")), json.dumps(plan)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
        assert done.returncode == 0, done.stderr
        return [
            Answer(each["status"], "", tuple(map(tuple, each["headers"])), each["body"].encode())
            for each in json.loads(done.stdout)
        ]


class Person:
    """Somebody at the server's own pages, with the cookies that they have."""

    def __init__(self, outside: Outside) -> None:
        self.outside = outside
        self.cookies: dict[str, str] = {}
        #: the whole ``Set-Cookie`` lines
        self.set: list[str] = []

    @property
    def headers(self) -> dict[str, str]:
        """Return what the browser of a page of the server's own sends."""
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return {"Origin": self.outside.origin, "Cookie": cookie}

    def log_in(self, token: str) -> Answer:
        """Fill in the form of the login page."""
        page = self._keep(self.outside.ask("GET", "login"))
        assert page.status == 200, page
        form = {"_xsrf": self.cookies["_xsrf"], "password": token}
        kind = ("Content-Type", "application/x-www-form-urlencoded")
        return self._keep(
            self.outside.ask(
                "POST", "login", *self.headers.items(), kind, body=urlencode(form).encode()
            )
        )

    def call(self, method: str, path: str, body: Any = None, *more: tuple[str, str]) -> Answer:
        """Do what the front end does, with the XSRF token."""
        headers = [*self.headers.items(), ("Referer", f"{self.outside.url}lab"), *more]
        headers.append(("X-XSRFToken", self.cookies["_xsrf"]))
        sent = None if body is None else json.dumps(body).encode()
        return self.outside.ask(method, path, *headers, body=sent)

    def _keep(self, answer: Answer) -> Answer:
        for line in answer.all("Set-Cookie"):
            self.set.append(line)
            for name, morsel in SimpleCookie(line).items():
                self.cookies[name] = re.sub(r'^"|"$', "", morsel.coded_value)
        return answer


async def all_messages(socket: WebSocketClientConnection) -> None:
    """Wait until the socket is closed, whoever closes it. To be called once."""
    while await socket.read_message() is not None:
        pass


async def run_code(socket: WebSocketClientConnection, code: str) -> str:
    """Run code by a kernel's socket; return what it prints."""
    content = {"code": code, "silent": False, "store_history": False, "user_expressions": {}}
    content |= {"allow_stdin": False, "stop_on_error": True}
    header = {"msg_id": "1", "msg_type": "execute_request", "username": "", "session": "s"}
    header |= {"version": "5.3", "date": "2026-01-01T00:00:00Z"}
    message = {"header": header, "parent_header": {}, "metadata": {}, "content": content}
    await socket.write_message(json.dumps({**message, "channel": "shell", "buffers": []}))
    printed = ""
    while isinstance(text := await socket.read_message(), str):
        answer = json.loads(text)
        if answer["parent_header"].get("msg_id") != "1":
            continue
        if answer["msg_type"] == "stream":
            printed += answer["content"]["text"]
        if answer["msg_type"] == "status" and answer["content"]["execution_state"] == "idle":
            return printed
    raise AssertionError(f"The socket closed: {socket.close_code} {socket.close_reason}")
