"""The running servers of this user, and to which of them the server's token may be sent."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from support.check.facts import address

from escherpad_ext.check.servers import RunningServer, at, running_servers
from escherpad_ext.cli.configurations import configurations

INFO = {
    "base_url": "/",
    "hostname": "localhost",
    "pid": os.getpid(),
    "port": 8888,
    "secure": False,
    "sock": "",
    "token": "t",
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return Jupyter's runtime folder."""
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path))
    return tmp_path


def write(folder: Path, **changed: Any) -> None:
    info = {**INFO, **changed}
    (folder / f"jpserver-{info['port']}.json").write_text(json.dumps(info))


def only(folder: Path, **changed: Any) -> RunningServer:
    """Return what is found where one server runs."""
    write(folder, **changed)
    ((server,), left_out) = running_servers()
    assert left_out == 0
    return server


@pytest.mark.parametrize(
    ("hostname", "shown", "ip"),
    [
        ("localhost", "http://localhost:8888/", "127.0.0.1"),
        ("127.0.0.1", "http://127.0.0.1:8888/", "127.0.0.1"),
        ("", "http://127.0.0.1:8888/", "127.0.0.1"),
        ("*", "http://127.0.0.1:8888/", "127.0.0.1"),
        ("0.0.0.0", "http://127.0.0.1:8888/", "127.0.0.1"),
        ("::", "http://[::1]:8888/", "::1"),
        ("::1", "http://[::1]:8888/", "::1"),
        ("192.0.2.7", "http://192.0.2.7:8888/", None),
        ("lab.example.edu", "http://lab.example.edu:8888/", None),
    ],
)
def test_the_token_is_for_loopback_alone(
    folder: Path, hostname: str, shown: str, ip: str | None
) -> None:
    """And for an IP address: another user may listen at another one of the same name."""
    server = only(folder, hostname=hostname)
    assert (str(server.address), server.ip) == (shown, ip)
    assert (server.token is not None) is (ip is not None)


@pytest.mark.parametrize("token", ["", None, 7])
def test_what_is_no_token(folder: Path, token: Any) -> None:
    assert only(folder, token=token).token is None


def test_the_address_has_scheme_and_path(folder: Path) -> None:
    server = only(folder, secure=True, base_url="/user/ana/")
    assert str(server.address) == "https://localhost:8888/user/ana/"


def test_a_server_that_has_ended_is_not_found(folder: Path) -> None:
    """Another program may listen at its port, and must not get the token."""
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    write(folder, pid=ended.pid)
    assert running_servers() == ([], 0)


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "{}", '{"pid": "x"}', '{"pid": null}', "7", "\xff"]
)
def test_an_odd_file_is_passed_over(folder: Path, text: str) -> None:
    """It does not hide the others."""
    (folder / "jpserver-1.json").write_bytes(text.encode("latin-1"))
    assert only(folder).pid == os.getpid()


@pytest.mark.parametrize("changed", [{"sock": "/x"}, {"port": "x"}, {"base_url": "/a b"}])
def test_what_has_no_network_address_is_counted(folder: Path, changed: dict[str, Any]) -> None:
    write(folder, **changed)
    assert running_servers() == ([], 1)


def test_the_order_is_that_of_the_ports(folder: Path) -> None:
    for port in (8889, 10000, 8888):
        write(folder, port=port)
    assert [server.address.port for server in running_servers()[0]] == [8888, 8889, 10000]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("http://127.0.0.1:8888/lab", True),
        ("http://localhost:8888/", True),
        ("http://localhost:8889/", False),
        ("http://lab.example.edu:8888/", False),
    ],
)
def test_an_address_is_that_of_a_server_of_this_machine(
    folder: Path, asked: str, found: bool
) -> None:
    """Whatever name of loopback somebody typed; the path may be that of a page."""
    write(folder)
    assert (at(address(asked), running_servers()[0]) is not None) is found


root_only = pytest.mark.skipif("os.name != 'posix' or os.geteuid() != 0", reason="root only")
NOBODY = 65534


@root_only
def test_a_file_that_another_user_wrote(folder: Path) -> None:
    """Where others can write to the runtime folder, none of them says where to send a token."""
    assert only(folder)
    os.chown(folder / "jpserver-8888.json", NOBODY, -1)
    assert running_servers() == ([], 0)


@root_only
def test_another_user_s_process_has_the_number_of_a_dead_server(folder: Path) -> None:
    """Its arguments would name a configuration file, which is a program."""
    evil = folder / "evil.py"
    evil.write_text(f"open({str(folder / 'ran')!r}, 'w')")
    command = ["/bin/sh", "-c", "read line", "sh", f"--config={evil}"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, user=NOBODY) as theirs:
        write(folder, pid=theirs.pid)
        found = configurations()
        assert running_servers() == ([], 0)
        theirs.communicate(b"\n")
    assert [server for server, _ in found] == [""]
    assert not (folder / "ran").exists()
