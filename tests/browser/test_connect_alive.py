"""The page of connected apps keeps itself up to date."""

from __future__ import annotations

import sys
from collections.abc import Callable

import pytest
from support.browser.browsers import Run
from support.jupyter_process import JupyterProcess

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
