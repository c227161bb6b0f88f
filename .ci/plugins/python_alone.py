"""A plugin for pytest: a machine that has Python, and neither Node.js nor browsers nor proxies.

Chooses the tests that need such a thing, and fails each that skips without saying what to install,
or that it belongs to the full run.
"""

from __future__ import annotations

import inspect
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

#: What the tests look for. ``.ci/skips.py`` takes the same off the PATH.
HIDDEN = (
    *("node", "npm", "npx", "configurable-http-proxy"),
    *("chromium", "chromium-browser", "google-chrome", "firefox", "firefox-esr"),
    *("nginx", "caddy", "apache2", "traefik"),
)
#: A module that imports one of these looks for something that may not be installed.
_FINDERS = {"find_browser", "find_nginx", "find_node", "find_program", "missing"}
#: A fixture that starts nginx, in a module that has others.
_STARTS_NGINX = "put_before"
#: Of the benchmarks, those that need such a thing; the others take their time.
_BENCHMARKS = ("[hub]", "[pages]", "test_pages_are_left_out_where_nothing_drives_a_browser")

#: What to install, or that only the full run has it, with whatever is installed.
_GOOD_REASONS = ("Install ", "ESCHERPAD_FULL=1 ")

_which = shutil.which


def pytest_configure() -> None:
    """Find nothing that is hidden, wherever it is looked for, but what a test has made."""

    def which(name: str, *more: Any, **options: Any) -> str | None:
        found = _which(name, *more, **options)
        is_made = found is not None and Path(found).is_relative_to(tempfile.gettempdir())
        return found if is_made or name not in HIDDEN else None

    shutil.which = which  # type: ignore[assignment]


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the tests that need nothing of it."""
    left_out = [item for item in items if not _needs_more(item)]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if _needs_more(item)]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Fail a test that skips, unless its reason is a good one."""
    report = yield
    if report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2].removeprefix("Skipped: ")
        if not reason.startswith(_GOOD_REASONS):
            report.outcome = "failed"
            report.longrepr = f"{item.nodeid} does not say what to install: {reason}"
    return report


def _needs_more(item: pytest.Item) -> bool:
    if item.path.name == "test_benchmarks.py":
        return item.name.endswith(_BENCHMARKS)
    fixtures = item._fixtureinfo.name2fixturedefs  # type: ignore[attr-defined]
    functions = [definition.func for each in fixtures.values() for definition in each]
    used = [*functions, item.obj]  # type: ignore[attr-defined]
    return _STARTS_NGINX in fixtures or any(_FINDERS & _names(function) for function in used)


def _names(function: Any) -> set[str]:
    """Return what is in the module of a function."""
    return set(vars(inspect.getmodule(function) or object))
