"""The page of connected apps keeps itself up to date."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

import pytest
from support.browser.browsers import Run
from support.jupyter_process import JupyterProcess

from escherpad_ext.grants import GrantRequest, Issuer, data_folder
from escherpad_ext.grants.activity import Action, ActivityFile, Client, Deed
from escherpad_ext.policy.scopes import expand

pytestmark = pytest.mark.timeout(240)


def test_the_page_keeps_up(
    start_server: Callable[..., JupyterProcess], run_browser: Callable[..., Run]
) -> None:
    """Apps come, work and go while it is open, and the focus stays. axe-core finds nothing."""
    server = start_server({})
    run = run_browser(
        {
            "act": "alive",
            "site": server.url,
            "server": server.url.rstrip("/"),
            "secret": server.token,
            "command": [sys.executable, "-m", "escherpad_ext.cli", "token"],
            "env": {"JUPYTER_DATA_DIR": str(server.folder / "data")},
        },
        program="connect.mjs",
        seconds=200,
    )
    run.check()


#: What apps call their files: without a place to break, of wide letters, from right to left.
LONG_NAMES = [
    "x" * 80 + ".ipynb",
    "名前のとても長いファイル" * 7 + ".ipynb",
    "קובץ עם שם ארוך מאוד " * 4 + ".ipynb",
    "a/" * 40 + "\u202egpj.exe",
    "W" * 400,
]


def test_a_crowd_with_long_names(
    start_server: Callable[..., JupyterProcess], run_browser: Callable[..., Run]
) -> None:
    """30 apps fit on a phone, in both browsers; everybody can read them, also without scripts."""
    server = start_server({})
    fill(data_folder(str(server.folder / "data")))
    run = run_browser(
        {
            "act": "crowd",
            "site": server.url,
            "server": server.url.rstrip("/"),
            "secret": server.token,
            "pictures": os.environ.get("ESCHERPAD_PICTURES"),
        },
        program="connect.mjs",
        seconds=200,
    )
    run.check()


def fill(folder: Path) -> None:
    """Have 30 apps, each with a long name and address, and each did something."""
    now = int(time.time())
    deeds = []
    with closing(Issuer(folder)) as issuer:
        for number in range(30):
            name = LONG_NAMES[number % len(LONG_NAMES)]
            is_site = bool(number % 3)
            request = GrantRequest(
                origin=f"https://{'sub-domain.' * 15}{number}.example" if is_site else "none",
                scopes=expand("run"),
                owner="ana",
                created=now - 30 + number,
                expires=now + 3600,
                name=name[:100].replace("\u202e", ""),
                via="connect" if is_site else "command",
            )
            grant, _ = issuer.issue(request)
            client = Client(grant.id, grant.origin, None, grant.name)
            for each in LONG_NAMES:
                path = f"/api/contents/{quote(each)}"[:500]
                did = Action("contents:write", "PUT", path, 201, "")
                deeds.append(Deed(0, client, float(now), float(now), 1, did))
                renamed = did._replace(method="PATCH", target=path, status=200)
                deeds.append(Deed(0, client, float(now), float(now), 3, renamed))
    with closing(ActivityFile(folder)) as file:
        file.write(deeds)
