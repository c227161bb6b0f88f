"""No site opens in the owner's browser what an app without code execution wrote."""

from __future__ import annotations

import json
import time
import urllib.request
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from support.browser.browsers import Run
from support.jupyter_process import JupyterProcess
from support.other_extensions import LAB_ALONE, WITH_LAB
from support.requirements import require_modules

from escherpad_ext.grants import GrantRequest, Issuer, data_folder
from escherpad_ext.policy.scopes import expand

pytestmark = pytest.mark.timeout(300)

DEEP = "/lab/tree/d/k.ipynb"
# A kernel that starts in this folder runs this file instead of its own.
PROGRAM = "import pathlib\npathlib.Path('ran').touch()\n"
NOTEBOOK: dict[str, Any] = {
    "cells": [],
    "metadata": {"kernelspec": {"name": "python3", "display_name": "", "language": "python"}},
    "nbformat": 4,
    "nbformat_minor": 5,
}


def test_no_way_to_navigate_opens_what_an_app_wrote(
    start_server: Callable[..., JupyterProcess], run_browser: Callable[..., Run], tmp_path: Path
) -> None:
    """One click later the owner is where they wanted to be, and start pages need none."""
    require_modules({"jupyterlab": "jupyterlab"}, "what opens notebooks")
    server = start_server({**LAB_ALONE, "ServerApp": WITH_LAB})
    (server.root / "d").mkdir()
    token = _edit_token(server)
    text = {"type": "file", "format": "text", "content": PROGRAM}
    _put(server, token, "d/ipykernel_launcher.py", text)
    _put(server, token, "d/k.ipynb", {"type": "notebook", "content": NOTEBOOK})
    run = run_browser(
        {
            "server": server.url.rstrip("/"),
            "token": server.token,
            "deep": DEEP,
            "log": str(server.log_path),
            "marker": str(server.root / "d" / "ran"),
            "folder": str(tmp_path),
        },
        program="navigations.mjs",
        seconds=250,
    )
    run.check()
    assert len(run.steps) >= 26


def _edit_token(server: JupyterProcess) -> str:
    now = int(time.time())
    request = GrantRequest("none", expand("edit"), "ana", now, now + 600)
    with closing(Issuer(data_folder(str(server.folder / "data")))) as issuer:
        return issuer.issue(request)[1]


def _put(server: JupyterProcess, token: str, path: str, model: dict[str, Any]) -> None:
    request = urllib.request.Request(
        f"{server.url}api/contents/{path}",
        method="PUT",
        data=json.dumps(model).encode(),
        headers={"Authorization": f"token {token}"},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        assert answer.status in {200, 201}
