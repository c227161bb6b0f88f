"""A probed server cannot keep ``check`` waiting, nor make it do or show anything."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from typing import NoReturn

import pytest
from support.check.grants import SITE
from support.check.hostile_servers import (
    ANSI,
    BEHAVIOURS,
    HANG_SECONDS,
    JUPYTER,
    STOP,
    Behave,
    answer,
    hang,
    serving,
)
from support.check.server_owner import write_runtime

from escherpad_ext.check import report
from escherpad_ext.check.address import Address
from escherpad_ext.check.diagnosis import diagnose
from escherpad_ext.check.facts import Facts
from escherpad_ext.check.probe import TOTAL_SECONDS, probe
from escherpad_ext.check.probe_requests import Caller
from escherpad_ext.check.run import STRANGER, Report
from escherpad_ext.cli import main

LIMIT_SECONDS = 10


@pytest.fixture(scope="module")
def reports() -> Iterator[dict[str, Report]]:
    """Return what came of asking all of them at once, in the time that one may take."""
    caller = Caller(SITE, STRANGER, "made-up", "secret-token")
    STOP.clear()
    with ExitStack() as stack:
        ports = {n: stack.enter_context(serving(b)) for n, (_, b) in BEHAVIOURS.items()}
        targets = [
            (Facts(SITE, Address("http", "localhost", port), stranger=STRANGER), caller)
            for port in ports.values()
        ]
        start = time.monotonic()
        found = probe(targets)
        # One after the other, they would take many times as long, on any machine.
        assert time.monotonic() - start < 3 * TOTAL_SECONDS
        yield {
            name: Report(facts, tuple(diagnose(facts)))
            for name, facts in zip(ports, found, strict=True)
        }
        STOP.set()


@pytest.mark.parametrize("name", BEHAVIOURS)
def test_each_ends_in_a_finding(reports, name) -> None:
    """Whatever it does, something can be said."""
    codes = [finding.code for finding in reports[name].findings]
    assert codes
    assert codes[0] == BEHAVIOURS[name][0] or name == "lies"


@pytest.mark.parametrize("name", BEHAVIOURS)
def test_nothing_of_theirs_reaches_the_terminal(reports, name) -> None:
    """No control character but the ends of our own lines; no token."""
    lines = [*report.as_text(SITE, [reports[name]])]
    assert all(line.isprintable() for line in lines)
    assert "secret-token" not in str(lines)
    assert "secret-token" not in str(report.as_json(SITE, [reports[name]]))
    assert ANSI not in str(report.as_json(SITE, [reports[name]])["servers"][0]["asked"])


def jupyter_at(path: str) -> Behave:
    """Return a server that is Jupyter at one path, and redirects everything else there."""

    def behave(client: socket.socket, request: bytes) -> None:
        if request.startswith(f"GET {path}api ".encode()):
            client.sendall(answer(JUPYTER))
        else:
            client.sendall(answer(b"", f"Location: {path}", status="302 Found"))

    return behave


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/user/ana/", True),
        ("/x;touch$IFS/tmp/owned;/", False),
        ("/a&calc/", False),
        ("/%CD%20/", False),
        ("/$(id)/", False),
        ("/'/", False),
    ],
)
def test_no_command_of_theirs_is_printed(path, shown, tmp_path, monkeypatch, capsys) -> None:
    """A fix is run word for word: only harmless paths get into one."""
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path))
    with serving(jupyter_at(path)) as port:
        main(["check", SITE, "--server", f"http://localhost:{port}/"])
    out = capsys.readouterr().out
    assert (path in out) is shown
    assert ("wrong_base_url" in out) is shown


def check_in_time(folders: dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    """Run the command against servers that hang; it finds that out, and ends in time."""
    before = os.times().children_user
    ended = subprocess.run(
        [sys.executable, "-m", "escherpad_ext.cli", "check", SITE, *words],
        env={**os.environ, **folders},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    # The file keeps the processor busy until the command ends. Other programs do not count so.
    assert os.times().children_user - before < LIMIT_SECONDS
    STOP.set()
    assert ended.returncode == 1, ended.stderr
    return ended


def test_a_configuration_that_never_ends_and_many_servers(tmp_path) -> None:
    """All of it has one limit: the files are given up once, not for each command line."""
    STOP.clear()
    runtime, config = tmp_path / "runtime", tmp_path / "config"
    config.mkdir()
    (config / "jupyter_server_config.py").write_text("while True: pass\n")
    folders = {"JUPYTER_RUNTIME_DIR": str(runtime), "JUPYTER_CONFIG_DIR": str(config)}
    code = "import sys; sys.stdin.read()"
    with ExitStack() as stack:
        for number in range(4):
            port = stack.enter_context(serving(hang))
            argument = f"--EscherpadExt.preflight_max_age_seconds={number}"
            server = subprocess.Popen([sys.executable, "-c", code, argument], stdin=subprocess.PIPE)
            stack.enter_context(server)
            write_runtime(runtime, port, pid=server.pid)
        ended = check_in_time(folders, "--explain-config")
    assert "takes too long" in ended.stdout
    assert ended.stdout.count("(no_answer)") == 4


def test_a_hanging_server_and_a_hanging_name_service(monkeypatch, tmp_path, capsys) -> None:
    """The whole command ends in time, and a thread that hangs does not keep it."""
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path))
    never, waited_for = threading.Event(), []

    def look_up(*_args: object, **_options: object) -> NoReturn:
        waited_for.append(not never.wait(120))
        raise OSError("no answer")

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    assert main(["check", SITE, "--server", "https://slow.example.edu/"]) == 1
    assert waited_for == []
    never.set()
    assert "nothing_listens" in capsys.readouterr().out


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_the_process_ends_in_time(scheme, tmp_path) -> None:
    """From its start to its end, with all that Python takes for itself; TLS hangs as well."""
    STOP.clear()
    folders = {"JUPYTER_RUNTIME_DIR": str(tmp_path)}
    with serving(hang) as port:
        start = time.monotonic()
        ended = check_in_time(folders, "--server", f"{scheme}://localhost:{port}/")
        assert time.monotonic() - start < HANG_SECONDS, "the server ended it"
    assert "no_answer" in ended.stdout
    assert "Traceback" not in ended.stderr
