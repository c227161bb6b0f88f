"""The connection of the library for sites notices that its server is gone, and that it is back."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from support.doc_pages import ROOT

PROGRAM = Path(__file__).parent / "library_connection.mjs"
ANSWERS = Path(__file__).parent / "library_answers.mjs"
REQUESTS = Path(__file__).parent / "library_requests.mjs"
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


def test_what_it_makes_of_answers(node: str) -> None:
    """It ends once, for the reason that the server gives, and for no trouble on the way.

    Its token goes below its server's path only. A server is one only where it says so itself.
    """
    command = [node, ANSWERS, MODULE.as_uri()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        "revoked": [False, "revoked", "revoked", "ended"],
        "expired": [False, "expired", "expired", "ended"],
        "wrong_origin": [False, "refused", "refused", "ended"],
        "refusedRequest": ["refused", "ended"],
        "newer": [True, "a-newer-token", ["view"], "extended"],
        "same": [],
        "trouble": ["temporarily_unavailable", None],
        "redirect": ["not_found", None],
        "patience": 20000,
        "half": ["unreachable", None],
        "fetch": "TypeError",
        "elsewhere": "TypeError",
        "offered": [2, 0, 0],
        "located": [
            *("/user/ana", "wrong_issuer", "not_found", "not_found", "not_found"),
            *("/nowhere", "wrong_issuer"),
        ],
        "unknown": ["unexpected", "Because."],
        "long": [None],
    }


def test_what_becomes_of_requests(node: str) -> None:
    """A read of contents loses a query that says what the server assumes; all else is as it was.

    So a file is read at the address where it is saved, and one preflight is enough.
    """
    command = [node, REQUESTS, MODULE.as_uri()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    changed = {asked: got for asked, got in found.items() if got is not True}
    simple, spaced = (f"GET /user/ana/api/contents/{path}" for path in ("x.txt", "a%20b/x.txt"))
    assert changed == {
        f"{simple}?content=1&hash=0 mine": f"{simple} mine",
        f"{spaced}?hash=0&content=1": spaced,
        f"{spaced}?content=1": spaced,
        f"{spaced}?hash=0": spaced,
    }
    assert len(found) - len(changed) == 17
