"""A Tauri app (WebKitGTK) uses a server with a token for its origin.

Tauri comes from PyPI, into an environment of its own. That is left out unless ``ESCHERPAD_FULL=1``.
"""

from __future__ import annotations

import json
import os
import queue
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from support.browser.browsers import NODE_FOLDER
from support.browser.sites import CONNECT_JS, type_command
from support.jupyter_process import JupyterProcess
from support.requirements import find_program

FULL = os.environ.get("ESCHERPAD_FULL") == "1"
pytestmark = [
    pytest.mark.skipif(not FULL, reason="ESCHERPAD_FULL=1 installs Tauri."),
    pytest.mark.timeout(900),
]
ORIGIN = "tauri://localhost"
#: It needs a display, and the WebKit that Tauri uses on Linux.
MISSING = "Install what Tauri needs: apt-get install libwebkit2gtk-4.1-0 xvfb xauth"
SECONDS = 120


@pytest.fixture
def app(tmp_path: Path) -> Path:
    """Return the folder of an app whose page is not yet told where the server is."""
    shutil.copytree(NODE_FOLDER / "extension", tmp_path / "dist")
    shutil.copy(CONNECT_JS, tmp_path / "dist")
    (tmp_path / "src-tauri" / "capabilities").mkdir(parents=True)
    shutil.copy(NODE_FOLDER / "tauri" / "tauri.conf.json", tmp_path / "src-tauri")
    return tmp_path


@pytest.fixture
def python(tmp_path: Path) -> Path:
    """Return a Python that has Tauri."""
    found = tmp_path / "venv" / "bin" / "python"
    subprocess.run([sys.executable, "-m", "venv", found.parents[1]], check=True)
    subprocess.run([found, "-m", "pip", "install", "-q", "pytauri-wheel", "anyio"], check=True)
    return found


@contextmanager
def listener(reports: queue.Queue[Any]) -> Iterator[str]:
    """Listen to what a page reports; yield the address."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            reports.put(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_a_tauri_app_reads_writes_and_runs(
    start_server: Callable[..., JupyterProcess], app: Path, python: Path
) -> None:
    """Its page has the origin of the documentation, and does what an extension does."""
    xvfb = find_program("xvfb-run", MISSING)
    server = start_server({"EscherpadExt": {"allowed_origins": [ORIGIN]}})
    create = f"jupyter escherpad token create --origin {ORIGIN} --scope run"
    token = type_command(create, server)
    reports: queue.Queue[Any] = queue.Queue()
    with listener(reports) as report:
        given = {"server": server.url.rstrip("/"), "token": token, "report": report}
        (app / "dist" / "given.json").write_text(json.dumps(given))
        command = [xvfb, "-a", python, NODE_FOLDER / "tauri" / "app.py", app]
        with subprocess.Popen(command, cwd=app, start_new_session=True) as process:
            try:
                found = reports.get(timeout=SECONDS)
            finally:
                os.killpg(process.pid, signal.SIGTERM)
    works = {"list": 200, "write": 201, "start": 201, "socket": True, "stop": 204}
    result = {**works, "refusal": "app_origin", "withoutToken": 401}
    assert found == {"place": "page", "origin": ORIGIN, "result": result}
