"""The fake server for sites' own tests: in node. In pages, test_element.py uses it."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

from support.browser.sites import type_command
from support.doc_pages import ROOT
from support.jupyter_process import JupyterProcess

PROGRAM = Path(__file__).parent / "fake_server.mjs"
COMPARE = Path(__file__).parent / "fake_and_real.mjs"
ORIGIN = "http://site.localhost:8000"
SCOPES = ("run", "view")
#: Of these the fake one says less: how a kernel starts, and what no site's test asks for.
#: Jupyter Server 2.21 says in bare text that there is no such file; others say it in JSON.
LESS = {
    "run GET api/kernelspecs",
    "run GET api/contents/nowhere.txt",
    "none GET .well-known/oauth-authorization-server",
}
MODULE = ROOT / "js" / "src" / "testing.js"
STATUS, INPUT = "status", "execute_input"


def test_it_does_what_a_server_does(node: str) -> None:
    """Files, kernels, scopes, and the end of a grant; no request goes out."""
    command = [node, PROGRAM, MODULE.as_uri()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        "folder": [["data", "directory"], ["n.ipynb", "notebook"]],
        "file": "A text",
        "saved": 201,
        "read": "B",
        "renamed": 200,
        "after": ["a.txt", "b c.txt"],
        "new": "moved/Untitled.ipynb",
        "deleted": 204,
        "gone": 404,
        "terminals": [],
        "viewer": [["view"], "data"],
        "refused": 403,
        "reason": "scope_missing",
        "nobody": "TypeError",
        "elsewhere": "a request went out",
        "ran": [STATUS, INPUT, "stream", "execute_result", "execute_reply", STATUS],
        "failed": [STATUS, INPUT, "error", "execute_reply", STATUS],
        "stopped": "TypeError",
        "started": 200,
        "closedByStop": 3,
        "code": 4401,
        "ended": "revoked",
        "refusedSocket": 1006,
        "good": False,
        "expired": "expired",
        "disconnected": ["disconnected", "POST escherpad/revoke"],
        "uninstalled": True,
    }


def test_it_answers_as_a_real_server_does(
    node: str, start_server: Callable[..., JupyterProcess], tmp_path: Path
) -> None:
    """The same status, the same fields of the same types, and the same names for what is made."""
    server = start_server({"EscherpadExt": {"allowed_origins": [ORIGIN]}})
    for file in server.root.iterdir():
        file.unlink()
    (server.root / "data").mkdir()
    (server.root / "data" / "a.txt").write_text("A text", encoding="utf-8")
    notebook = {"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    (server.root / "n.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
    command = f"jupyter escherpad token create --origin {ORIGIN} --scope"
    tokens = {scope: type_command(f"{command} {scope}", server).split()[-1] for scope in SCOPES}
    plan = {"module": MODULE.as_uri(), "server": server.url.rstrip("/"), "origin": ORIGIN}
    done = subprocess.run(
        [node, COMPARE, json.dumps({**plan, "tokens": tokens})],
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    differences = {asked: both for asked, *both in json.loads(done.stdout)}
    assert {asked: differences[asked] for asked in differences.keys() - LESS} == {}
