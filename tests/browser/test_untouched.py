"""With nothing configured, JupyterLab and Notebook are in a browser what they are without us."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest
from support.browser.browsers import Browser, drive
from support.entry.applications import NOTEBOOK, EntryPoint, require
from support.other_extensions import LAB_ALONE

pytestmark = pytest.mark.timeout(400)

#: Other people's, which have pages of their own and ask in their own time.
OTHERS = (
    "jupyter_resource_usage",
    "jupyter_server_fileid",
    "jupyter_server_proxy",
    "jupyter_server_ydoc",
    "jupyterlab_git",
    "nbclassic",
    "nbdime",
    "voila.server_extension",
)
SAME_NAME = [
    (r"localhost[:-]\d+", "HOST"),
    (r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b", "ID"),
    (r"[?&]\d{13}\b", ""),
    (r'"?2\|[^;\n"]*"?', "SIGNED"),
    (r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT", "DATE"),
]
#: Headers that tell of a body, in which there are times and random names.
OF_THE_BODY = {"content-length", "etag", "last-modified"}
#: What pages ask for again and again, so that one of them may have asked once more.
OFTEN = re.compile(r"http://HOST/(api|lab/api|static/favicons)/")
ANSWERED = {200, 204, 304}


def same(text: str) -> str:
    """Return a text without what is another on each server."""
    for pattern, name in SAME_NAME:
        text = re.sub(pattern, name, text)
    return text


@dataclass(frozen=True)
class Seen:
    """What a browser saw of one server."""

    report: dict[str, Any]

    @property
    def steps(self) -> Any:
        """Return what each thing that the person did came to."""
        return json.loads(same(json.dumps(self.report["steps"])))

    @property
    def console(self) -> set[str]:
        """Return the errors that the console shows, but for those of the graphics driver."""
        lines = {same(line) for line in self.report["console"]}
        return {line for line in lines if "WebGL" not in line}

    @property
    def cookies(self) -> dict[str, list[tuple[Any, ...]]]:
        """Return the cookies after each step, without their values."""
        about = ("path", "secure", "httpOnly", "session", "sameSite")
        return {
            step: sorted((same(c["name"]), *(str(c.get(a)) for a in about)) for c in cookies)
            for step, cookies in self.report["cookies"].items()
        }

    def answers(self) -> dict[tuple[str, str], dict[int, set[str]]]:
        """Return method and address → status → the headers that came with it."""
        found: dict[tuple[str, str], dict[int, set[str]]] = {}
        for answer in self.report["answers"]:
            status = 200 if answer["status"] == 304 else answer["status"]
            to = found.setdefault((answer["method"], same(answer["url"])), {})
            if status == answer["status"]:  # 304 has but a few of the headers
                to.setdefault(status, set()).update(_headers(answer["headers"]))
            else:
                to.setdefault(status, set())
        return found

    def varies(self) -> Iterator[bool]:
        """Tell of each answer whether it says ``Vary: Origin``."""
        for answer in self.report["answers"]:
            names = {name.lower(): value for name, value in answer["headers"].items()}
            yield "Origin" in re.split(r"[,\s]+", names.get("vary", ""))


def _headers(headers: dict[str, str]) -> Iterator[str]:
    for name, value in headers.items():
        key = name.lower()
        if key == "vary":
            left = sorted({each.strip() for each in value.split(",")} - {"Origin"})
            yield from (f"vary: {each}" for each in left)
        elif key in OF_THE_BODY or key == "sec-websocket-accept":
            yield key
        else:
            yield f"{key}: {same(value)}"


def differences(ours: Seen, theirs: Seen) -> list[Any]:
    """Return the addresses that were answered differently, each with what the two said."""
    with_, without = ours.answers(), theirs.answers()
    found: list[Any] = []
    for key in sorted({*with_, *without}):
        one, other = with_.get(key), without.get(key)
        if one is not None and other is not None:
            found += [] if one == other else [(key, _unlike(one, other))]
            continue
        once = set(one or other or {})
        if not (key[0] == "GET" and OFTEN.match(key[1]) and once <= ANSWERED):
            found.append((key, "only with" if one else "only without", once))
    return found


def _unlike(one: dict[int, set[str]], other: dict[int, set[str]]) -> Any:
    if set(one) != set(other):
        return set(one), set(other)
    return {status: one[status] ^ other[status] for status in one if one[status] != other[status]}


def start(folder: Path, *, extension: bool) -> EntryPoint:
    """Return a JupyterLab that is yet to be started, with two notebooks in its folder."""
    enabled = {**dict.fromkeys(OTHERS, False), **({} if extension else {"escherpad_ext": False})}
    config = json.dumps({**LAB_ALONE, "ServerApp": {"jpserver_extensions": enabled}})
    server = EntryPoint(folder, "jupyter lab", files={"jupyter_server_config.json": config})
    (server.root / "page.ipynb").write_text(NOTEBOOK)
    return server


def test_jupyterlab_and_notebook_are_the_same(node: str, chrome: Browser, tmp_path: Path) -> None:
    """A person logs in, opens a notebook and a terminal, runs, saves, in both, and logs out.

    What that came to, every status, header and cookie, and the console's errors are what they are
    without the extension. It adds ``Vary: Origin``.
    """
    require("jupyterlab", "notebook")
    with ExitStack() as stack:
        acts = []
        for name in ("with", "without"):
            server = stack.enter_context(start(tmp_path / name, extension=name == "with"))
            report = tmp_path / f"{name}.json"
            about = {"server": server.url, "token": server.token, "folder": str(server.root)}
            acts.append({"name": name, "report": str(report), **about})
        profile = Path(mkdtemp(dir=tmp_path))
        run = drive(node, chrome, profile, acts, program="untouched.mjs", seconds=340)
    run.check()
    ours, theirs = (Seen(json.loads(Path(act["report"]).read_text())) for act in acts)
    assert all(ours.varies())
    assert not all(theirs.varies())
    assert ours.steps == theirs.steps
    assert ours.steps["Notebook runs its cell"] == "42"
    assert differences(ours, theirs) == []
    assert ours.cookies == theirs.cookies
    assert ours.console == theirs.console
