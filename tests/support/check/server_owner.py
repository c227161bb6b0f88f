"""A person with folders of their own, a configuration, and a Jupyter server that they start."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from ..other_extensions import others_off
from ..ports import free_port
from ..server_starter import Starter

START_SECONDS = 40
OWN_TOKEN = "the-servers-own-token"


class Owner:
    """Starts, stops and restarts one server, as its configuration files have it."""

    def __init__(self, folder: Path, starter: Starter, **settings: Any) -> None:
        self.folder = folder
        self.port = free_port()
        self.host = "localhost"
        self.config = folder / "config"
        self.server_config = self.config / "jupyter_server_config.py"
        self.own_config = self.config / "jupyter_escherpad_ext_config.json"
        self.log_file = folder / "server.log"
        self.arguments: list[str] = []
        self.base_url = "/"
        self._starter = starter
        self._pid: int | None = None
        self._process: subprocess.Popen[bytes] | None = None
        for name in ("root", "runtime", "data", "config"):
            (folder / name).mkdir(parents=True)
        write_json(self.own_config, {"EscherpadExt": settings} if settings else {})
        self.write(f'c.IdentityProvider.token = "{OWN_TOKEN}"\n')
        self._leave_others_out()

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}{self.base_url}"

    @property
    def runs(self) -> bool:
        return self._pid is not None

    @property
    def environment(self) -> dict[str, str]:
        return {
            "JUPYTER_CONFIG_DIR": str(self.config),
            "JUPYTER_DATA_DIR": str(self.folder / "data"),
            "JUPYTER_RUNTIME_DIR": str(self.folder / "runtime"),
            "JUPYTER_PREFER_ENV_PATH": "0",
            "IPYTHONDIR": str(self.folder / "ipython"),
        }

    def write(self, *lines: str) -> None:
        """Add lines to ``jupyter_server_config.py``."""
        with self.server_config.open("a", encoding="utf-8") as file:
            file.writelines(f"{line}\n" for line in lines)

    def start(self) -> Owner:
        arguments = [
            "--allow-root",
            "--no-browser",
            f"--ServerApp.port={self.port}",
            "--ServerApp.port_retries=0",
            f"--ServerApp.root_dir={self.folder / 'root'}",
            *self.arguments,
        ]
        environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith("JUPYTER")},
            **self.environment,
        }
        if self.arguments:  # so that other processes can read them
            self._process = self._start_plainly(arguments, environment)
            self._pid = self._process.pid
        else:
            self._pid = self._starter.start(
                arguments=arguments,
                environment=environment,
                folder=str(self.folder / "root"),
                log=str(self.log_file),
            )
        self._wait_until_it_listens()
        return self

    def _start_plainly(
        self, arguments: list[str], environment: dict[str, str]
    ) -> subprocess.Popen[bytes]:
        with self.log_file.open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "jupyter_server", *arguments],
                env=environment,
                stdout=log,
                stderr=log,
                cwd=self.folder / "root",
            )

    def stop(self) -> None:
        pid, self._pid = self._pid, None
        process, self._process = self._process, None
        if process is not None:
            process.terminate()
            process.wait(START_SECONDS)
        elif pid is not None:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)
            _wait_for(lambda: not _lives(pid), "The server does not stop.")

    def restart(self) -> None:
        self.stop()
        self.start()

    def log(self) -> str:
        return self.log_file.read_text(errors="replace")

    def _wait_until_it_listens(self) -> None:
        info = self.folder / "runtime" / f"jpserver-{self._pid}.json"

        def is_there() -> bool:
            assert self._pid is not None
            assert _lives(self._pid), f"The server did not start:\n{self.log()[-3000:]}"
            try:
                running = json.loads(info.read_text())
                self.base_url = running["base_url"]
                at = (
                    f"{running['hostname']}".join("[]")
                    if ":" in running["hostname"]
                    else "127.0.0.1"
                )
                urllib.request.urlopen(
                    f"http://{at}:{self.port}{self.base_url}api", timeout=5
                ).close()
            except urllib.error.HTTPError as error:
                error.close()
            except (OSError, ValueError):
                return False
            return True

        _wait_for(is_there, "The server does not answer.")

    def _leave_others_out(self) -> None:
        """Switch other people's extensions off: they take time, and are none of our business."""
        ours = {"escherpad_ext": True}
        for name, switches in (("others", others_off()), ("escherpad_ext", ours)):
            content = {"ServerApp": {"jpserver_extensions": switches}}
            write_json(self.config / "jupyter_server_config.d" / f"{name}.json", content)


def write_json(file: Path, content: Any) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(content), encoding="utf-8")


def be(owner: Owner, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let commands in this process be those of the owner."""
    for name in [name for name in os.environ if name.startswith("JUPYTER")]:
        monkeypatch.delenv(name)
    for name, value in owner.environment.items():
        monkeypatch.setenv(name, value)


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def _wait_for(condition: Any, otherwise: str) -> None:
    end = time.monotonic() + START_SECONDS
    while not condition():
        assert time.monotonic() < end, otherwise
        time.sleep(0.02)


def write_runtime(folder: Path, port: int, **more: Any) -> None:
    """Write what a server says of itself while it runs."""
    info = {
        "pid": os.getpid(),
        "port": port,
        "hostname": "localhost",
        "base_url": "/",
        "secure": False,
        "sock": "",
        "token": OWN_TOKEN,
        "root_dir": "/",
        "url": f"http://localhost:{port}/",
        **more,
    }
    write_json(folder / f"jpserver-{port}.json", info)
