"""The benchmarks run, and say what they promise. How fast anything is, no test asks."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

ROOT = Path(__file__).parent.parent
PROMISED = {
    "main": 7,
    "get": 12,
    "preflight": 2,
    "handshake": 2,
    "kernel": 6,
    "record": 8,
    "pages": 3,
    "start": 4,
    "policy": 3,
    "memory": 2,
    "load": 10,
    "hub": 15,
}

FULL = os.environ.get("ESCHERPAD_FULL") == "1"
#: ``load`` takes half a minute even where it is tiny.
LONG = pytest.param("load", marks=pytest.mark.skipif(not FULL, reason="ESCHERPAD_FULL=1 runs it."))
FIGURES = [LONG if name == "load" else name for name in PROMISED]
#: ``lab`` starts a browser four times, so only the full run does that.
LAB = 2


def run(*arguments: str, **environment: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", "--tiny", *arguments],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("name", FIGURES)
def test_each_figure_has_a_value_beside_its_limit(name):
    """Every figure says median, min, max and limit, and whether the limit is kept."""
    figures = json.loads(run("--json", name))
    assert len(figures) == PROMISED[name]
    assert any(figure["limit"] is not None for figure in figures)
    for figure in figures:
        if figure["rounds"] == 0:
            assert figure["note"].startswith("not measured")
            continue
        assert figure["min"] <= figure["median"] <= figure["max"]
        judged = None if figure["limit"] is None else figure["median"] <= figure["limit"]
        assert figure["within_limit"] is judged
        verdicts = {None: {""}, True: {"ok", "undecided"}, False: {"OVER"}}
        assert figure["verdict"] in verdicts[judged]


def test_the_table_has_a_line_per_figure():
    """Without --json it is a table: a heading, then a line per figure with its limit."""
    heading, *lines = run("policy").splitlines()
    assert heading.split() == ["figure", "median", "min", "max", "limit"]
    assert len(lines) == PROMISED["policy"]
    assert all("1.500" in line for line in lines)


def test_pages_are_left_out_where_nothing_drives_a_browser():
    """Without Node, the figure has no value and says what to install; the others go on."""
    figures = json.loads(run("--json", "pages", "lab", "policy", PATH=""))
    in_browsers = PROMISED["pages"] + LAB
    assert len(figures) == in_browsers + PROMISED["policy"]
    for figure in figures[:in_browsers]:
        assert figure["rounds"] == 0
        assert figure["note"].startswith("not measured: Install Node.js")
    assert all(figure["rounds"] for figure in figures[in_browsers:])


@pytest.mark.skipif(not FULL, reason="ESCHERPAD_FULL=1 opens JupyterLab.")
def test_a_notebook_opens_in_both_jupyterlabs():
    """The figure has a value. It has no limit."""
    figures = json.loads(run("--json", "lab"))
    assert len(figures) == LAB
    assert all(figure["rounds"] or figure["note"] for figure in figures)
