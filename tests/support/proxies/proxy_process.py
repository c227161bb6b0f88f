"""A proxy that runs until it is stopped, with a recipe of docs/proxies.md."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

from ..jupyter_process import end
from ..ports import free_port
from .written_recipes import NAME, PATHS, Upstream, change

START_SECONDS = 40


class Proxy:
    """A proxy that runs until it is stopped."""

    def __init__(self, folder: Path, certificate: Path, name: str = NAME) -> None:
        """``name`` is the server's, for which the certificate is. Skips where it is missing."""
        self._binary = self.find()
        self.folder = folder
        self.certificate = certificate
        self.name = name
        self.port = free_port()
        self.path = "/"
        self._process: subprocess.Popen[bytes] | None = None
        folder.mkdir(parents=True)

    @property
    def access_log(self) -> Path:
        return self.folder / "access.log"

    @property
    def error_log(self) -> Path:
        return self.folder / "error.log"

    def start(self, recipe: str, upstream: Upstream, changes: Mapping[str, str]) -> Proxy:
        """``changes`` are what somebody does to the recipe."""
        text = self.config(recipe)
        assert all(before in text for before in changes), changes
        text = change(text, changes)
        places = {
            **upstream.changes,
            f"/etc/ssl/{NAME}.pem": f"{self.certificate}",
            f"/etc/ssl/{NAME}.key": f"{self.certificate}",
            NAME: self.name,
        }
        self.path = PATHS[recipe]
        self._process = self._run(change(text, places))
        end = time.monotonic() + START_SECONDS
        while not self._listens():
            assert self._process.poll() is None, self.error_log.read_text()
            assert time.monotonic() < end, "The proxy does not listen."
            time.sleep(0.01)
        return self

    def stop(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            end(process, 10)

    @staticmethod
    def find() -> str:
        """Return where the program is."""
        raise NotImplementedError

    def config(self, recipe: str) -> str:
        """Return the file as the page has it."""
        raise NotImplementedError

    def _run(self, config: str) -> subprocess.Popen[bytes]:
        raise NotImplementedError

    def _listens(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0
