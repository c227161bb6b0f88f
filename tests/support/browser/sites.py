"""Other sites: folders of files on origins of their own, and a browser that visits them."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import ssl
import subprocess
import sys
from functools import partial
from http.server import SimpleHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from ..jupyter_process import JupyterProcess
from ..recipes import Recipe
from ..requirements import missing
from .browsers import NODE_FOLDER
from .page_server import WebServer

VISIT = "clients/visit.mjs"
CONNECT_JS = NODE_FOLDER.parents[1] / "js" / "bundle" / "connect.js"

#: Whether recipes are tested with what their pages install, and not with what the tests pin.
NEWEST = os.environ.get("ESCHERPAD_FULL") == "1"
NPM_SECONDS = 900
_REGISTRY_TROUBLE = re.compile(
    r"npm error code (ETARGET|ETIMEDOUT|ECONNRESET|ECONNREFUSED|ENOTFOUND|EAI_AGAIN|E5\d\d)\b"
)


class Site(WebServer):
    """Serves a folder. Files may come after the site has started."""

    def __init__(
        self, folder: Path, host: str = "app.localhost", tls: ssl.SSLContext | None = None
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        super().__init__(partial(_QuietHandler, directory=str(folder)), host, tls)

    def put(self, name: str, content: str | bytes) -> Path:
        """Write a file of the site; return where it is."""
        file = self.folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        return file

    def put_connect_js(self, recipe: Recipe) -> None:
        """Copy connect.js into the folder. Raises AssertionError where the page does not say so."""
        assert "`connect.js` [from\nhere](../../js/bundle)" in recipe.text
        self.put("connect.js", CONNECT_JS.read_bytes())


class OwnersServer(JupyterProcess):
    """A server whose owner may have typed ``jupyter escherpad allow`` before it starts."""

    def _environment(self) -> dict[str, str]:
        return {
            **super()._environment(),
            "JUPYTER_CONFIG_DIR": str(self.folder / "owner"),
            "JUPYTER_CONFIG_PATH": str(self.folder / "config"),
        }


class _QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, *args: object) -> None:
        """Say nothing."""


def visit(name: str, url: str, *does: dict[str, Any], **options: Any) -> dict[str, Any]:
    """Return an act for ``drive(node, browser, profile, [...], program=VISIT)``.

    It opens ``url`` and does one thing after the other; what each of them may be is in visit.mjs.
    """
    return {"name": name, "url": url, "does": list(does), **options}


def type_command(line: str, server: JupyterProcess, folder: Path | None = None) -> str:
    """Run a line as the server's owner types it in ``folder``; return what it writes to stdout.

    A ``#`` begins a remark. There is no shell: what needs one works in some shells only.
    Raises AssertionError where the command fails.
    """
    found = [str(Path(sys.executable).parent), os.environ.get("PATH", "")]
    done = subprocess.run(
        shlex.split(line, comments=True),
        env={**os.environ, **server._environment(), "PATH": os.pathsep.join(found)},
        cwd=folder or server.folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, f"{line}: {done.stderr}"
    return done.stdout.strip()


def install(line: str, folder: Path, packages: Path = NODE_FOLDER) -> None:
    """Do what ``npm install …`` does in ``folder``, with what is installed in ``packages``.

    With ``ESCHERPAD_FULL=1`` npm does it, with the newest of everything, as for a reader. Raises
    AssertionError where the line names what is not among the packages.
    """
    program, verb, *names = shlex.split(line)
    assert (program, verb) == ("npm", "install"), line
    if NEWEST:
        _install_newest(names, folder)
        return
    known = json.loads((packages / "package.json").read_text(encoding="utf-8"))["dependencies"]
    known["esbuild"] = "that of the tests"
    assert set(names) <= set(known), f"{line}: only {sorted(known)} are installed for the tests"
    (folder / "node_modules").symlink_to(packages / "node_modules", target_is_directory=True)


def _install_newest(names: list[str], folder: Path) -> None:
    """Let npm install the newest versions.

    Raises AssertionError where it cannot. The test is skipped where the registry does not answer,
    or does not yet have what it names itself: that says nothing of the recipe.
    """
    npm = shutil.which("npm") or missing("Install npm (it is not on the PATH).")
    command = [npm, "install", *names, "--no-audit", "--no-fund", "--loglevel=error"]
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, timeout=NPM_SECONDS, check=False
    )
    if trouble := _REGISTRY_TROUBLE.search(done.stderr):
        pytest.skip(f"npm's registry: {trouble[0]}")
    assert done.returncode == 0, done.stderr
