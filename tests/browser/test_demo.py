"""The page of ``jupyter escherpad demo``, driven as its first visitor would."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.browser.browsers import FULL, Browser

pytestmark = pytest.mark.timeout(400)

CTRL_C = signal.CTRL_BREAK_EVENT if sys.platform == "win32" else signal.SIGINT
NEW_GROUP = subprocess.CREATE_NEW_PROCESS_GROUP if sys.platform == "win32" else 0


@pytest.fixture
def demo_link(tmp_path: Path) -> Iterator[str]:
    """Return the link that a running demo prints; its end must be a clean one."""
    command = [sys.executable, "-m", "escherpad_ext.cli", "demo", "--no-browser"]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, cwd=tmp_path, creationflags=NEW_GROUP
    )
    assert process.stdout is not None
    yield process.stdout.readline().strip()
    process.send_signal(CTRL_C)
    process.stdout.close()
    assert process.wait(30) == 0


def test_the_demo_does_what_it_shows(
    node: str, browser: Browser, demo_link: str, tmp_path: Path
) -> None:
    """Connect, run the notebook with live output, interrupt, save; reload; disconnect.

    A notebook is created and used without a mouse. Its server goes away and hangs, its kernel
    dies, its connection ends: the page says so, loses nothing, and goes on. Without
    ``ESCHERPAD_FULL=1`` Firefox does the first and the last part only.
    """
    whole = FULL or browser.name == "chrome"
    upload = tmp_path / "upload.txt"
    upload.write_text("from this computer", encoding="utf-8")
    options = {
        "browser": browser.name,
        "executable": browser.executable,
        "url": demo_link,
        "upload": str(upload),
        "whole": whole,
    }
    done = subprocess.run(
        [node, "demo.mjs", json.dumps(options)],
        cwd=Path(__file__).parent,
        capture_output=True,
        text=True,
        timeout=360,
        check=False,
    )
    steps = [json.loads(line) for line in done.stdout.splitlines()]
    failed = [step for step in steps if not step["ok"]]
    assert not failed, f"{json.dumps(failed, indent=1)}\n{done.stderr}"
    assert done.returncode == 0, done.stderr
    assert len(steps) >= (40 if whole else 20)
