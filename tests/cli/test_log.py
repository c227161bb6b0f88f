"""``jupyter escherpad log``: what apps did, for people and for programs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time

import pytest

from escherpad_ext.cli import main
from escherpad_ext.grants import data_folder
from escherpad_ext.grants.activity import Action, ActivityFile, Client, Deed

SITE = Client("a" * 32, "https://app.example", None, "An app")
PROGRAM = Client("b" * 32, "none", "command", "agent")
NOW = time.time()


def deed(client, method, path, status=200, reason="", *, ago=0.0, times=1):
    scope = "contents:read" if method == "GET" else "contents:write"
    moment = NOW - ago
    return Deed(0, client, moment, moment, times, Action(scope, method, path, status, reason))


DEEDS = [
    deed(SITE, "GET", "/api/contents", ago=86400, times=3),
    deed(SITE, "PUT", "/api/contents/a%20b.ipynb", 201),
    deed(PROGRAM, "POST", "/api/kernels/5/restart"),
    deed(PROGRAM, "OPEN", "/api/kernels/5/channels", 101),
    deed(PROGRAM, "CLOSE", "/api/kernels/5/channels", 1006),
    deed(SITE, "DELETE", "/api/sessions/1", 403, "scope_missing"),
    deed(SITE, "GET", "/api/contents/missing", 404),
]
WORDS = [
    "https://app.example read /api/contents (3 times until ",
    "https://app.example wrote /api/contents/a b.ipynb",
    "a program (agent) restarted /api/kernels/5/restart",
    "a program (agent) opened the WebSocket /api/kernels/5/channels",
    "a program (agent) closed the WebSocket /api/kernels/5/channels",
    "https://app.example tried DELETE /api/sessions/1 - refused: scope_missing",
    "https://app.example read /api/contents/missing - failed: 404",
]


@pytest.fixture
def file(jp_environ):
    """Return the owner's record."""
    found = ActivityFile(data_folder())
    yield found
    found.close()


@pytest.fixture
def log(file, capsys):
    """Return a function: run the command → its lines and its exit status."""

    def run(*arguments):
        status = main(["log", *arguments])
        out, err = capsys.readouterr()
        return out.splitlines(), err, status

    return run


def test_people_read_it(file, log) -> None:
    """Each deed is a line, in order, with what became of it."""
    file.write(DEEDS)
    lines, err, status = log()
    assert (err, status) == ("", 0)
    assert len(lines) == len(WORDS)
    for line, words in zip(lines, WORDS, strict=True):
        assert line[21:].startswith(words)


@pytest.mark.parametrize(
    ("arguments", "which"),
    [
        (("--origin", "https://app.example"), [0, 1, 5, 6]),
        (("--origin", "none"), [2, 3, 4]),
        (("--grant", "b" * 32), [2, 3, 4]),
        (("--grant", "b" * 32, "--origin", "https://app.example"), []),
        (("--since", "2h"), [1, 2, 3, 4, 5, 6]),
        (("--since", "2d"), [0, 1, 2, 3, 4, 5, 6]),
    ],
)
def test_what_is_left_out(file, log, arguments, which) -> None:
    """By origin, grant and time."""
    file.write(DEEDS)
    lines, _, status = log(*arguments)
    assert [line[21:][: len(WORDS[n])] for line, n in zip(lines, which, strict=True)] == [
        WORDS[n] for n in which
    ]
    assert status == 0


def test_programs_read_it(file, log) -> None:
    """One object on each line."""
    file.write(DEEDS)
    found = [json.loads(line) for line in log("--json")[0]]
    assert [each["path"] for each in found] == [each.action.path for each in DEEDS]
    assert found[0]["count"] == 3
    assert found[2]["program"] == "command"
    assert [each["reason"] for each in found[4:6]] == [None, "scope_missing"]


def test_there_is_nothing(log) -> None:
    """Without a record, it makes none."""
    lines, err, status = log()
    assert (lines, err, status) == ([], "Nothing is recorded.\n", 0)
    assert not (data_folder() / "activity").exists()


@pytest.mark.parametrize(
    "path", ["/a%0Ab", "/\n\x1b[31m\u202e", "/%1b]0;title%07", "/" + "x" * 10**6]
)
def test_nothing_breaks_a_line(file, log, path) -> None:
    """Names with line ends and colors, and a megabyte of one."""
    weird = Client("c" * 32, "none", "p", "n\n\x1b[0m")
    file.write([deed(weird, "GET\n", path, 403, "r\n")])
    for arguments in ((), ("--json",)):
        (line,), _, _ = log(*arguments)
        assert line.isprintable()


def test_misuse(log, capsys) -> None:
    """It says what to write."""
    with pytest.raises(SystemExit) as stopped:
        main(["log", "--since", "yesterday"])
    assert stopped.value.code == 2
    assert "Write a number and a unit" in " ".join(capsys.readouterr().err.split())


def test_a_damaged_record(file, log) -> None:
    """One sentence says what to do."""
    file.path.parent.mkdir(mode=0o700, parents=True)
    file.path.write_bytes(b"no database" * 1000)
    file.path.chmod(0o600)
    lines, err, status = log()
    assert (lines, status) == ([], 1)
    assert "Delete it, and a new one is made." in err


def test_what_is_new_follows(file) -> None:
    """Until the command is stopped."""
    file.write(DEEDS[:1])
    command = [sys.executable, "-m", "escherpad_ext.cli", "log", "--follow", "--json"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, env={**os.environ, "PYTHONUNBUFFERED": "1"}
    ) as running:
        assert running.stdout is not None
        try:
            seen = [json.loads(running.stdout.readline())["path"]]
            for each in DEEDS[1:3]:
                file.write([each])
                seen.append(json.loads(running.stdout.readline())["path"])
        finally:
            running.kill()
    assert seen == [each.action.path for each in DEEDS[:3]]
