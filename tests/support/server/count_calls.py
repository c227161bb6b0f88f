"""How many Python functions a server calls for a request: python -m support.server.count_calls.

It runs a server in a folder of its own, with the extension (``with``) or without it (``without``),
and prints a JSON object: kind of request → number of calls. Time plays no part in it.
"""

from __future__ import annotations

import json
import socket
import sys
import threading
import time
from pathlib import Path
from statistics import median
from typing import Any

from jupyter_server.serverapp import ServerApp
from traitlets.config import Config

from support.constants import ALLOWED, REFUSED, TOKEN
from support.ports import free_port

PATH, CONTENTS = "/api/status", "/api/contents"
#: The median of so many counts: in some requests, a timer of the server happens to run, too.
REQUESTS = 15
WARM_UP = 5
#: The lowest of so many medians counts: while a disk is slow, the first use of a grant is still
#: being written, and until then each check asks the registry.
ROUNDS = 3

_SERVER = {
    "ip": "127.0.0.1",
    "open_browser": False,
    "allow_root": True,
    "port_retries": 0,
    "reraise_server_extension_failures": True,
}
_WITH = {
    "ServerApp": {"jpserver_extensions": {"escherpad_ext": True}},
    "EscherpadExt": {"allowed_origins": [ALLOWED, "https://*.lab.example.edu"]},
}
_WITHOUT = {"ServerApp": {"allow_origin": ALLOWED}}


class Counter:
    """Counts the calls of all threads of the server, while it is on."""

    def __init__(self) -> None:
        self._calls = 0
        self._on = False

    def profile(self, frame: Any, event: str, argument: Any) -> None:
        if event == "call" and self._on:
            self._calls += 1

    def start(self) -> None:
        self._calls, self._on = 0, True

    def wait(self) -> None:
        """Wait until the server has done what it does after an answer."""
        seen = -1
        while seen != self._calls:
            seen = self._calls
            time.sleep(0.01)

    def stop(self) -> int:
        self._on = False
        return self._calls


def kinds(grant_token: str | None) -> dict[str, tuple[str, str, dict[str, str]]]:
    """Return the requests, by their names. Core's own token stands in for a grant token."""
    token, origin = {"Authorization": f"token {TOKEN}"}, {"Origin": ALLOWED}
    preflight = {
        "Access-Control-Request-Method": "PUT",
        "Access-Control-Request-Headers": "authorization,content-type",
    }
    return {
        "no Origin": ("GET", PATH, token),
        "other origin": ("GET", PATH, {**token, **origin}),
        "other origin, a folder": ("GET", CONTENTS, {**token, **origin}),
        "grant token": ("GET", PATH, {"Authorization": f"token {grant_token or TOKEN}", **origin}),
        "preflight": ("OPTIONS", PATH, {**origin, **preflight}),
        "stranger": ("GET", PATH, {"Origin": REFUSED}),
        "wrong token": ("GET", PATH, {"Authorization": "token wrong", **origin}),
    }


def main() -> None:
    """Serve, ask and print."""
    is_with = sys.argv[1] == "with"
    folder, port = Path(sys.argv[2]) / "root", free_port()
    folder.mkdir()
    config = Config(_WITH if is_with else _WITHOUT)
    config.merge(Config({"ServerApp": {**_SERVER, "port": port, "root_dir": str(folder)}}))
    config.merge(Config({"IdentityProvider": {"token": TOKEN}}))
    counter = Counter()
    threading.setprofile(counter.profile)
    sys.setprofile(counter.profile)
    server = ServerApp.instance(config=config)
    server.initialize([])
    requests = kinds(_give() if is_with else None)
    found: dict[str, int] = {}

    def ask() -> None:
        sys.setprofile(None)
        try:
            with _connect(port) as connection:
                for name, request in [*requests.items()] * ROUNDS:
                    calls = _count(connection, counter, *request)
                    found[name] = min(calls, found.get(name, calls))
        finally:
            server.io_loop.add_callback(server.io_loop.stop)

    asking = threading.Thread(target=ask)
    asking.start()
    server.start()
    asking.join()
    sys.setprofile(None)
    print(json.dumps(found))


def _give() -> str:
    """Return a grant token for the server of these folders."""
    from escherpad_ext.grants import GrantRequest, Issuer, data_folder

    now = int(time.time())
    request = GrantRequest(ALLOWED, frozenset({"api:read"}), "ana", now, now + 3600)
    issuer = Issuer(data_folder())
    try:
        return issuer.issue(request)[1]
    finally:
        issuer.close()


def _connect(port: int) -> socket.socket:
    end = time.monotonic() + 60
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=60)
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.05)


def _count(
    connection: socket.socket, counter: Counter, method: str, path: str, headers: dict[str, str]
) -> int:
    lines = [f"{method} {path} HTTP/1.1", f"Host: localhost:{connection.getpeername()[1]}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    request = "\r\n".join([*lines, "", ""]).encode("latin-1")
    counts = []
    for _ in range(WARM_UP + REQUESTS):
        counter.start()
        connection.sendall(request)
        _receive(connection)
        counter.wait()
        counts.append(counter.stop())
    return int(median(counts[WARM_UP:]))


def _receive(connection: socket.socket) -> None:
    """Read an answer whole. Each has a length, or no body."""
    answer = b""
    while b"\r\n\r\n" not in answer:
        answer += connection.recv(65536)
    head, _, body = answer.partition(b"\r\n\r\n")
    length = next(
        (
            int(line.split(b":")[1])
            for line in head.lower().split(b"\r\n")
            if b"content-length" in line
        ),
        0,
    )
    while len(body) < length:
        body += connection.recv(65536)


if __name__ == "__main__":
    main()
