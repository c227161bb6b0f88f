"""Real ``jupyter server`` processes, and a client that costs next to nothing itself."""

from __future__ import annotations

import contextlib
import json
import os
import re
import secrets
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

ORIGIN = "https://www.escherpad.com"
TOKEN = "a-token-for-measuring"
AUTHORIZATION = {"Authorization": f"token {TOKEN}"}

# The example of the documentation: one pattern of each kind.
ALLOWED_ORIGINS = [ORIGIN, "https://*.lab.example.edu", "http://localhost:*"]
WITH_EXTENSION = {
    "ServerApp": {
        "jpserver_extensions": {"escherpad_ext": True},
        "reraise_server_extension_failures": True,
    },
    "EscherpadExt": {"allowed_origins": ALLOWED_ORIGINS},
}
WITHOUT_EXTENSION: dict[str, Any] = {}
CORE_CORS = {"ServerApp": {"allow_origin": ORIGIN}}

_START_SECONDS = 60
_LENGTH = re.compile(rb"content-length:\s*(\d+)", re.IGNORECASE)


class Server:
    """One running server with folders of its own; use it as a context manager."""

    ready_path = "/api"
    stop_seconds = 15

    def __init__(self, config: dict[str, Any]) -> None:
        self._config = config
        self._folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        self._process: subprocess.Popen[bytes] | None = None
        self.port = free_port()
        self.seconds_to_ready = 0.0

    @property
    def folder(self) -> Path:
        return Path(self._folder.name)

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def __enter__(self) -> Server:
        folder = Path(self._folder.name)
        (folder / "root").mkdir()
        command = self._command()
        started = time.perf_counter()
        with (folder / "server.log").open("wb") as log:
            self._process = subprocess.Popen(
                command, env=_environment(folder), cwd=folder, stdout=log, stderr=log
            )
        try:
            self._wait_until_it_answers()
        except BaseException:
            self.__exit__()
            raise
        self.seconds_to_ready = time.perf_counter() - started
        return self

    def __exit__(self, *_exception: object) -> None:
        assert self._process is not None
        self._process.terminate()
        try:
            self._process.wait(self.stop_seconds)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._folder.cleanup()

    def processor_seconds(self) -> float | None:
        """Return the processor time its threads have taken; None off Linux."""
        taken = []
        for thread in Path(f"/proc/{self.pid}/task").glob("*/schedstat"):
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # it has just ended
                taken.append(int(thread.read_text().split()[0]))
        return sum(taken) / 1e9 if taken else None

    def connect(self) -> Connection:
        """Return a new kept-alive connection."""
        return Connection(self.port)

    def _command(self) -> list[str]:
        config_file = self.folder / "config.json"
        config_file.write_text(json.dumps(self._whole_config()))
        return [sys.executable, "-m", "jupyter_server", f"--config={config_file}"]

    def _whole_config(self) -> dict[str, Any]:
        server = {
            "ip": "127.0.0.1",
            "port": self.port,
            "port_retries": 0,
            "root_dir": str(Path(self._folder.name) / "root"),
            "open_browser": False,
            "allow_root": True,
            **self._config.get("ServerApp", {}),
        }
        return {**self._config, "ServerApp": server, "IdentityProvider": {"token": TOKEN}}

    def _wait_until_it_answers(self) -> None:
        assert self._process is not None
        end = time.monotonic() + _START_SECONDS
        while True:
            try:
                # The port is open before the server is ready: the answer comes when it is.
                self.connect().ask("GET", self.ready_path, {})
                return
            except ConnectionError:  # refused, or reset: by whoever had the port before
                if self._process.poll() is not None or time.monotonic() > end:
                    log = Path(self._folder.name, "server.log").read_text(errors="replace")
                    raise RuntimeError(f"The server did not start:\n{log}") from None
                time.sleep(0.002)


class Connection:
    """A kept-alive HTTP connection over a bare socket, which takes some 20 µs per request."""

    def __init__(self, port: int) -> None:
        self._host = f"localhost:{port}"
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=_START_SECONDS)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._answers = self._socket.makefile("rb")

    def close(self) -> None:
        """Hang up."""
        self._answers.close()
        self._socket.close()

    def ask(self, method: str, path: str, headers: dict[str, str], *, status: int = 200) -> bytes:
        """Send a request and return the body of its answer."""
        self.send(self.request(method, path, headers))
        return self.receive(status)

    def request(self, method: str, path: str, headers: dict[str, str]) -> bytes:
        """Return a request as it goes over the wire."""
        lines = [f"{method} {path} HTTP/1.1", f"Host: {self._host}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        return "\r\n".join([*lines, "", ""]).encode("latin-1")

    def send(self, requests: bytes) -> None:
        """Send one request, or several at once."""
        self._socket.sendall(requests)

    def receive(self, status: int) -> bytes:
        """Return the body of the next answer; raises RuntimeError for any other status."""
        head = self._answers.readline()
        found = int(head[9:12])
        while not head.endswith(b"\r\n\r\n"):
            head += self._answers.readline() or b"\r\n\r\n"
        length = _LENGTH.search(head)
        body = self._answers.read(int(length[1])) if length else b""
        if found != status:
            raise RuntimeError(f"Expected {status}, got {found}: {body[:300]!r}")
        return body


@contextmanager
def running(*configs: dict[str, Any]) -> Iterator[list[Server]]:
    """Run a server for each of the configurations."""
    with ExitStack() as stack:
        yield [stack.enter_context(Server(config)) for config in configs]


def environment() -> dict[str, str]:
    """Return this process's environment, in which Python keeps what it compiled.

    An installed package is compiled once, and not at each start.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith("JUPYTER")}
    kept.pop("PYTHONDONTWRITEBYTECODE", None)
    return kept


def _environment(folder: Path) -> dict[str, str]:
    return {
        **environment(),
        # Only the extensions that a configuration above names, whatever else is installed.
        "JUPYTER_NO_CONFIG": "1",
        # Where the empty configuration folder goes that Jupyter then makes.
        **dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(folder)),
        "JUPYTER_DATA_DIR": str(folder / "data"),
        "JUPYTER_RUNTIME_DIR": str(folder / "runtime"),
        "IPYTHONDIR": str(folder / "ipython"),
    }


def free_port() -> int:
    """Return a port that nobody listens on, below those that systems give out by themselves."""
    while True:
        port = secrets.choice(range(10_240, 32_768))
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                return port
