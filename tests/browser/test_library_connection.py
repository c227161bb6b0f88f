"""The connection of the library for sites notices that its server is gone, and that it is back."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from support.doc_pages import ROOT

PROGRAM = Path(__file__).parent / "library_connection.mjs"
MODULE = ROOT / "js" / "src" / "connection.js"


def test_it_is_lost_after_a_minute_and_comes_back(node: str) -> None:
    """It asks every half minute while the page is visible, and when it becomes visible.

    A server that hangs is lost, too. It tells beforehand that it expires. Its token and its headers
    are for its own server alone.
    """
    command = [node, PROGRAM, MODULE.as_uri()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == [
        "asked by itself: true",
        "after a minute",
        "lost",
        "back",
        "hangs: unreachable",
        "lost",
        "hangs: unreachable",
        "back",
        "asked while hidden: 0",
        '[["/a","",""],["/b","Bearer a-token","mine"]]',
        "[2,0,2]",
        "ended",
        "expiring",
        "ended",
        "expired",
    ]
