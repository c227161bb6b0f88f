"""Finds the browsers, runs ``run.mjs`` in Node, and reads back what the pages reported."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

#: Where the packages are that drive browsers, and the scripts that Node runs.
NODE_FOLDER = Path(__file__).parents[2] / "browser"
RUN_SECONDS = 150

#: Both engines, where the rule is about what browsers do.
ENGINES = ("chrome", "firefox")
#: Where the rule is the server's, the other one comes with ESCHERPAD_FULL=1.
FULL = os.environ.get("ESCHERPAD_FULL") == "1"
ONE_ENGINE = ENGINES if FULL else ENGINES[:1]

CANDIDATES = {
    "chrome": ("CHROMIUM", ("chromium", "chromium-browser", "google-chrome")),
    "firefox": ("FIREFOX", ("firefox-esr", "firefox")),
}


class NotInstalledError(Exception):
    """Something these tests need is not installed; the message says what to install."""


@dataclass(frozen=True)
class Browser:
    """A browser as puppeteer names it, and where it is."""

    name: str
    executable: str


@dataclass(frozen=True)
class Step:
    """What one step of a page came to."""

    page: str
    name: str
    ok: bool
    detail: str
    seconds: float

    def __str__(self) -> str:
        return f"{self.page}: {self.name}: {self.detail}"


@dataclass
class Run:
    """Everything a browser did in one launch."""

    steps: list[Step] = field(default_factory=list)
    urls: list[str] = field(default_factory=list)
    cookies: list[str] = field(default_factory=list)
    secrets: list[str] = field(default_factory=list)
    console: list[str] = field(default_factory=list)

    def check(self) -> None:
        """Fail with the steps that failed, and only those. Raises AssertionError."""
        failed = [step for step in self.steps if not step.ok]
        if failed or not self.steps:
            raise AssertionError(self.report(failed) if failed else "no step ran")

    def report(self, steps: Iterable[Step]) -> str:
        """Return a failure message: the steps, then what the browser's console said."""
        lines = [f"  {step}" for step in steps]
        return "\n".join(["", *lines, "console:", *(f"  {line}" for line in self.console[-30:])])


def find_browser(name: str) -> Browser:
    """Return the browser from its environment variable or the PATH. Raises NotInstalledError."""
    variable, commands = CANDIDATES[name]
    found = os.environ.get(variable) or next(filter(None, map(shutil.which, commands)), None)
    if not found:
        wanted = " or ".join(commands)
        raise NotInstalledError(f"Install {wanted}, or set {variable} to where it is.")
    return Browser(name, found)


def find_node() -> str:
    """Return Node, with the packages that drive browsers. Raises NotInstalledError."""
    node = shutil.which("node")
    if not node:
        raise NotInstalledError("Install Node.js 20 or later (`node` is not on the PATH).")
    if not (NODE_FOLDER / "node_modules" / "puppeteer-core").is_dir():
        raise NotInstalledError(
            "Install the packages that drive the browsers: run npm install in tests/browser"
        )
    return node


def bundle(node: str, entry: str, folder: Path) -> bytes:
    """Return `page/<entry>` with all that it imports, as one script that any page can load."""
    target = folder / entry
    command = [
        node,
        str(NODE_FOLDER / "bundle.mjs"),
        str(NODE_FOLDER / "page" / entry),
        str(target),
    ]
    subprocess.run(command, check=True, cwd=NODE_FOLDER, timeout=60)
    return target.read_bytes()


def drive(
    node: str,
    browser: Browser,
    profile: Path,
    acts: list[dict[str, Any]],
    program: str = "run.mjs",
    seconds: float = RUN_SECONDS,
) -> Run:
    """Launch the browser once, with an empty profile, and let it do `acts` one after the other."""
    plan = {"browser": browser.name, "executable": browser.executable, "profile": str(profile)}
    command = [node, str(NODE_FOLDER / program), json.dumps({**plan, "acts": acts})]
    output, errors, code = _run(command, seconds)
    run = _read(output)
    if code != 0:
        raise AssertionError(
            f"{browser.name} did not finish:\n{errors[-3000:]}{run.report(run.steps)}"
        )
    return run


def _run(command: list[str], seconds: float) -> tuple[str, str, int]:
    """Run Node, and end a hung browser with it: the driver puts it into a group of its own."""
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            output, errors = process.communicate(timeout=seconds)
        except BaseException as error:
            _kill(psutil.Process(process.pid))
            output, errors = process.communicate()
            if not isinstance(error, subprocess.TimeoutExpired):
                raise
            return output, f"{errors}\nnot done after {seconds} s", -1
    return output, errors, process.returncode


def _kill(process: psutil.Process) -> None:
    for each in [process, *process.children(recursive=True)]:
        with contextlib.suppress(psutil.NoSuchProcess):
            each.kill()


def _read(output: str) -> Run:
    run = Run()
    for record in map(json.loads, output.splitlines()):
        kind, value = record["kind"], record["value"]
        if kind == "step":
            run.steps.append(Step(**value))
        else:
            {
                "url": run.urls,
                "cookie": run.cookies,
                "secret": run.secrets,
                "console": run.console,
            }[kind].append(value)
    return run
