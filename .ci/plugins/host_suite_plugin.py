"""A plugin for pytest: enables the extension in each server, and reports each test's result."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

MODULE = "escherpad_ext"
#: Of setup, call and teardown, the first of these that one of them came to.
_WORST_FIRST = ("failed", "skipped", "passed")
_results: dict[str, str] = {}


def pytest_configure() -> None:
    """Enable the extension for every server of this process."""
    if not os.environ["HOST_SUITE_EXTENSION"]:
        return
    from jupyter_server.serverapp import ServerApp

    find = ServerApp.find_server_extensions

    def find_with_extension(app: Any) -> None:
        find(app)
        app.jpserver_extensions.setdefault(MODULE, True)

    ServerApp.find_server_extensions = find_with_extension


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Keep the worst result of a test's three parts."""
    outcome = f"x{report.outcome}" if hasattr(report, "wasxfail") else report.outcome
    results = {_results.get(report.nodeid, "passed"), outcome}
    order = [*(f"x{each}" for each in _WORST_FIRST), *_WORST_FIRST]
    _results[report.nodeid] = min(results, key=order.index)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Write the report, once and not in each worker."""
    if not hasattr(session.config, "workerinput"):
        report = Path(os.environ["HOST_SUITE_REPORT"])
        report.write_text(json.dumps(_results, indent=1), encoding="utf-8")
