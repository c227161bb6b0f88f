"""Calls of ``jupyter escherpad …``, all in one process: most of each is importing."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from .running import environment

_PROGRAM = """
import contextlib, io, json, runpy, sys

def call(arguments):
    out, err, status = io.StringIO(), io.StringIO(), None
    sys.argv = ["jupyter-escherpad", *arguments]
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            runpy.run_module("escherpad_ext.cli", run_name="__main__")
        except SystemExit as end:
            status = end.code
    return [status, out.getvalue(), err.getvalue()]

print(json.dumps([call(arguments) for arguments in json.load(sys.stdin)]))
"""


@dataclass(frozen=True)
class Call:
    """What came of a call."""

    status: int
    stdout: str
    stderr: str


def call(folder: Path, *calls: Sequence[str]) -> list[Call]:
    """Call the command with these arguments, one call after the other, in an owner's folder."""
    found: list[tuple[int, str, str]] = json.loads(
        run_python(folder, _PROGRAM, json.dumps([list(each) for each in calls]))
    )
    return [Call(*each) for each in found]


def run_python(folder: Path, program: str, text: str = "") -> str:
    """Run a program in an owner's folder, and return what it writes."""
    inherited = environment(folder)
    del inherited["JUPYTER_NO_CONFIG"]  # with it, no configuration would last
    process = subprocess.run(
        [sys.executable, "-c", program],
        env={**inherited, "JUPYTER_CONFIG_DIR": str(folder / "config")},
        cwd=folder,
        input=text,
        capture_output=True,
        text=True,
        check=False,
    )
    assert process.returncode == 0, process.stderr
    return process.stdout
