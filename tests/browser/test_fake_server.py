"""The fake server for sites' own tests: in node. In pages, test_element.py uses it."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from support.doc_pages import ROOT

PROGRAM = Path(__file__).parent / "fake_server.mjs"
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
        "new": "moved/untitled.ipynb",
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
