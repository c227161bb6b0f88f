"""The command: its arguments, its exit status, and where tokens go."""

from __future__ import annotations

import io
import json
import os
import socket
import threading
from pathlib import Path
from typing import Any

import pytest

from escherpad_ext.check import doctor as doctor_module
from escherpad_ext.check.servers import running_servers
from escherpad_ext.cli import main

from .conftest import SITE, give
from .hostile import JUPYTER, answer, serving
from .owner import OWN_TOKEN, write_json


@pytest.mark.parametrize(
    "words",
    [
        [],
        [SITE, "--server", "ftp://localhost/"],
        [SITE, "--scope", "everything"],
        [SITE, "--token", "two words"],
        [SITE, "--token", "a\r\nX-Injected: yes"],
        [SITE, "--no-such-option"],
    ],
)
def test_misuse(words, capsys) -> None:
    """Exit status 2, one sentence, nothing asked."""
    try:
        status: Any = main(["check", *words])
    except SystemExit as error:
        status = error.code
    assert status == 2
    assert capsys.readouterr().out == ""


def test_a_table_then_the_cause_then_its_fix(healthy, doctor_of, capsys) -> None:
    """As a person reads it."""
    doctor_of(healthy)
    assert main(["check", "https://other.example.com"]) == 1
    out = capsys.readouterr().out
    places = [
        out.index(text)
        for text in (
            f"{healthy.url} as https://other.example.com sees it",
            "asked ",
            "403 origin_not_listed",
            "Cause: The server does not allow this origin. (origin_not_listed)",
            "jupyter escherpad allow https://other.example.com",
        )
    ]
    assert places == sorted(places)


def test_nothing_is_wrong(healthy, doctor_of, capsys) -> None:
    doctor_of(healthy)
    assert main(["check", SITE]) == 0
    assert "\nNothing is wrong.\n" in capsys.readouterr().out


def test_the_token_from_standard_input(healthy, doctor_of, monkeypatch, capsys) -> None:
    """So that nobody sees it among the processes."""
    doctor_of(healthy)
    token = give(healthy, "run")[1]
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{token}\n"))
    assert main(["check", SITE, "--token", "-", "--scope", "run"]) == 0
    assert "The token gives: run." in capsys.readouterr().out


def test_no_token_is_shown_or_logged(healthy, doctor_of, capsys) -> None:
    """Not in text, not in JSON, not on stderr, not in the server's log."""
    doctor_of(healthy)
    token = give(healthy, "view")[1]
    pasted = f"{healthy.url}lab?token={token}"
    for words in ([], ["--json"], ["--scope", "run"], ["--server", pasted], ["--explain-config"]):
        main(["check", SITE, *words, *([] if "--server" in words else ["--token", token])])
    said = "".join(capsys.readouterr())
    for secret in (token, OWN_TOKEN):
        assert secret not in said
    assert token not in healthy.log()
    assert "token=made-up-" not in healthy.log()


def test_it_changes_nothing(healthy, doctor_of) -> None:
    """No request but GET and OPTIONS, no kernel, no file, no cookie."""
    before = sorted(path for path in (healthy.folder / "root").rglob("*"))
    log = len(healthy.log())
    doctor_of(healthy).check(SITE, "--token", OWN_TOKEN)
    lines = healthy.log()[log:]
    assert not any(f" {method} /" in lines for method in ("POST", "PUT", "PATCH", "DELETE"))
    assert sorted(path for path in (healthy.folder / "root").rglob("*")) == before


class Ears:
    """A server that is taken for Jupyter, and remembers all that it was sent."""

    def __init__(self, *, first: bytes = answer(JUPYTER)) -> None:
        self.heard: list[bytes] = []
        self.first = first
        self._lock = threading.Lock()

    def __call__(self, client: socket.socket, request: bytes) -> None:
        with self._lock:
            self.heard.append(request)
        client.sendall(self.first)


def write_runtime(folder: Path, port: int, **more: Any) -> None:
    info = {
        "pid": os.getpid(),
        "port": port,
        "hostname": "localhost",
        "base_url": "/",
        "secure": False,
        "sock": "",
        "token": OWN_TOKEN,
        "root_dir": "/",
        "url": f"http://localhost:{port}/",
        **more,
    }
    write_json(folder / "jpserver-1.json", info)


@pytest.fixture
def runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path / "runtime"))
    monkeypatch.setenv("JUPYTER_CONFIG_DIR", str(tmp_path / "config"))
    return tmp_path / "runtime"


def test_the_servers_own_token_goes_to_the_server_alone(runtime, capsys) -> None:
    """To the loopback address that its file names, if nobody names another address."""
    ears, others = Ears(), Ears()
    with serving(ears) as port, serving(others) as other:
        write_runtime(runtime, port)
        main(["check", SITE])
        assert any(OWN_TOKEN.encode() in each for each in ears.heard)
        main(["check", SITE, "--server", f"http://localhost:{other}/"])
        main(["check", SITE, "--server", f"http://127.0.0.1:{port}/"])
    assert not any(OWN_TOKEN.encode() in each for each in others.heard)
    assert OWN_TOKEN not in "".join(capsys.readouterr())


def test_a_token_is_never_sent_after_a_redirect(runtime) -> None:
    """Nothing is followed, wherever it leads."""
    others = Ears()
    with serving(others) as other:
        target = f"http://localhost:{other}/api"
        ears = Ears(first=answer(b"", f"Location: {target}", status="307 Temporary Redirect"))
        with serving(ears) as port:
            write_runtime(runtime, port)
            main(["check", SITE])
    assert others.heard == []


@pytest.mark.parametrize("host", ["192.0.2.7", "lab.example.edu", "localhost.evil.example"])
def test_no_token_leaves_the_machine(runtime, host) -> None:
    """A server that listens on another address is asked without it."""
    write_runtime(runtime, 8888, hostname=host)
    ((server,), left_out) = running_servers()
    assert (server.token, left_out) == (None, 0)


@pytest.mark.parametrize("host", ["", "0.0.0.0", "::", "*"])
def test_a_server_on_every_address_is_asked_on_this_one(runtime, host) -> None:
    """Its own word for it is none that can be asked."""
    write_runtime(runtime, 8888, hostname=host)
    ((server,), _) = running_servers()
    assert str(server.address) == "http://localhost:8888/"


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", "null", '{"pid": "x"}', '{"pid": 999999999}', "\x00"]
)
def test_odd_files_in_the_runtime_folder(runtime, content) -> None:
    """Half-written, old, or somebody's joke: left alone, and left there."""
    runtime.mkdir()
    (runtime / "jpserver-7.json").write_text(content)
    assert running_servers() == ([], 0)
    assert (runtime / "jpserver-7.json").exists()


def test_a_server_on_a_socket_file_is_counted(runtime, capsys) -> None:
    """It cannot be asked from here."""
    write_runtime(runtime, 0, sock="/tmp/jupyter.sock", base_url="/")
    assert main(["check", SITE]) == 1
    assert "Servers that cannot be asked (no network address): 1." in capsys.readouterr().out


def test_reprs_hold_no_token() -> None:
    """Nor does a traceback that shows them."""
    wish = doctor_module.Wish(SITE, None, "hush-hush")
    assert "hush-hush" not in repr(wish)


def test_json_has_everything(healthy, doctor_of) -> None:
    """For programs."""
    doctor = doctor_of(healthy)
    doctor.check("https://other.example.com")
    (server,) = json.loads(json.dumps(doctor.report))["servers"]
    assert set(server) == {"address", "healthy", "findings", "notes", "asked"}
    assert set(server["findings"][0]) == {"code", "severity", "what", "why", "fix"}
    assert {"name", "asked", "answered", "means"} == set(server["asked"][0])
