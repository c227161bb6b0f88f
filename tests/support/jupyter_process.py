"""A real ``jupyter server`` process with its own directories, and its owner's own HTTP client."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
import urllib.error
import urllib.request
from contextlib import suppress
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import psutil

from .other_extensions import others_off
from .ports import free_port
from .server_starter import lives, start_server

HERE = Path(__file__).parent
EXTENSIONS = str(HERE / "server_extensions")
START_SECONDS = 100
STOP_SECONDS = 15


class JupyterProcess:
    """One running server; use it as a context manager.

    `config` is what goes into the config file, so a test shows in full what its owner wrote.
    Without `others`, other people's extensions run only if `config` switches them on.
    """

    def __init__(
        self, folder: Path, config: dict[str, Any], *, extension: bool = True, others: bool = True
    ) -> None:
        self.folder = folder
        self.root = folder / "root"
        self.port = free_port()
        self.base_url = config.get("ServerApp", {}).get("base_url", "/")
        self.url = f"http://localhost:{self.port}{self.base_url}"
        self.log_path = folder / "server.log"
        self.token = ""
        self._ready_at = 0
        self._runtime = folder / "runtime"
        self._config = _with_extensions(config, escherpad=extension, others=others)
        self._process: psutil.Process | None = None

    @property
    def host(self) -> str:
        """Return the authority that browsers put into the server's own origin."""
        return f"localhost:{self.port}"

    @property
    def pid(self) -> int:
        """Return the number of the process."""
        assert self._process is not None
        return int(self._process.pid)

    def __enter__(self) -> JupyterProcess:
        self.root.mkdir(parents=True, exist_ok=True)
        self._runtime.mkdir()
        config_dir = self.folder / "config"
        config_dir.mkdir()
        (config_dir / "jupyter_server_config.json").write_text(json.dumps(self._config))
        self.log_path.unlink(missing_ok=True)
        self._process = self._start()
        try:
            self._wait_until_it_answers()
            self._check_extensions()
        except BaseException:
            self.stop()
            raise
        self.token = self._running()["token"]
        self._ready_at = self.log_path.stat().st_size
        return self

    def __exit__(self, *exc: object) -> None:
        self.stop()

    def stop(self) -> None:
        """End this process (and with it its kernels), by its own handle."""
        process, self._process = self._process, None
        if process is None:
            return
        end(process, STOP_SECONDS)

    def owner(self) -> Owner:
        """Return a client as curl would be: no `Origin`, the server's own token."""
        return Owner(self.url, self.token)

    def log(self) -> str:
        """Return what the server logged since it was ready (the banner names the token)."""
        return self.log_path.read_bytes()[self._ready_at :].decode(errors="replace")

    def _start(self) -> psutil.Process:
        return start_server(self._words(), self._environment(), self.root, self.log_path)

    def _words(self) -> list[str]:
        arguments = [f"--ServerApp.port={self.port}", "--ServerApp.port_retries=0"]
        arguments += [f"--ServerApp.root_dir={self.root}", "--no-browser", "--debug"]
        # A container's tests run as root, which the server refuses unless told.
        return ["--allow-root", *arguments]

    def _environment(self) -> dict[str, str]:
        return {
            **{k: v for k, v in os.environ.items() if not k.startswith("JUPYTER")},
            "JUPYTER_CONFIG_DIR": str(self.folder / "config"),
            "JUPYTER_DATA_DIR": str(self.folder / "data"),
            "JUPYTER_RUNTIME_DIR": str(self._runtime),
            "IPYTHONDIR": str(self.folder / "ipython"),
            "PYTHONPATH": os.pathsep.join(filter(None, [EXTENSIONS, os.environ.get("PYTHONPATH")])),
        }

    def _wait_until_it_answers(self) -> None:
        assert self._process is not None
        end = time.monotonic() + START_SECONDS
        while not self._answers():
            if not lives(self._process) or time.monotonic() > end:
                raise AssertionError(f"The Jupyter server did not start:\n{self._log_tail()}")
            time.sleep(0.1)

    def _check_extensions(self) -> None:
        """Fail at once where an extension did not load: the server runs on without it."""
        _, failed, message = self.log_path.read_text(errors="replace").partition("failed loading")
        assert not failed, f"An extension did not load{message[:4000]}"

    def _answers(self) -> bool:
        try:
            urllib.request.urlopen(f"{self.url}api", timeout=2).close()
        except urllib.error.HTTPError as error:
            error.close()  # 403 from a server that lets nobody see its version
        except OSError:
            return False
        return True

    def _running(self) -> dict[str, Any]:
        (info,) = self._runtime.glob("jpserver-*.json")
        return dict(json.loads(info.read_text()))

    def _log_tail(self) -> str:
        return self.log_path.read_text(errors="replace")[-4000:]


class Owner:
    """The owner at a terminal: independent of every browser, never sends an `Origin`."""

    def __init__(self, url: str, token: str) -> None:
        self._url = url
        self._cookies = CookieJar()
        self._open = urllib.request.build_opener(
            urllib.request.HTTPCookieProcessor(self._cookies)
        ).open
        self._headers = {"Authorization": f"token {token}"} if token else {}

    def ask(self, method: str, path: str, body: object = None) -> Any:
        """Return the answer's JSON, or None where there is no body. Raises HTTPError."""
        request = urllib.request.Request(
            urljoin(self._url, path),
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={**self._headers, **self._xsrf(method), "Content-Type": "application/json"},
        )
        with self._open(request, timeout=20) as response:
            content = response.read()
        return json.loads(content) if content else None

    def _xsrf(self, method: str) -> dict[str, str]:
        """Return what a request without a token needs besides, on a server without login."""
        if self._headers or method == "GET":
            return {}
        with self._open(urljoin(self._url, "lab"), timeout=20):
            pass
        values = [cookie.value for cookie in self._cookies if cookie.name == "_xsrf"]
        return {"X-XSRFToken": values[0] or ""}


def end(process: subprocess.Popen[bytes] | psutil.Process, seconds: float) -> None:
    """End a process; if it takes longer, at once."""
    with suppress(psutil.NoSuchProcess):
        process.terminate()
    try:
        process.wait(seconds)
    except (subprocess.TimeoutExpired, psutil.TimeoutExpired):
        process.kill()
        process.wait()


def put_sample_files(root: Path) -> None:
    """Fill a server's folder with what the pages read (or try to)."""
    shutil.copytree(HERE / "sample_files", root, dirs_exist_ok=True)


def _with_extensions(config: dict[str, Any], *, escherpad: bool, others: bool) -> dict[str, Any]:
    settings = config.get("ServerApp", {})
    extensions = {
        **({} if others else {**others_off(), "jupyter_server_terminals": True}),
        **settings.get("jpserver_extensions", {}),
        "escherpad_ext": escherpad,
        "failing_extension": True,
    }
    return {**config, "ServerApp": {**settings, "jpserver_extensions": extensions}}
