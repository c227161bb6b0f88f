"""The command: its arguments, its exit status, and where tokens go."""

from __future__ import annotations

import io
import json
import os
import re
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from support.check.grants import SITE, give
from support.check.hostile_servers import JUPYTER, answer, serving
from support.check.server_owner import OWN_TOKEN, write_runtime

from escherpad_ext.check.run import CheckRequest
from escherpad_ext.check.servers import running_servers
from escherpad_ext.cli import main


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


@pytest.mark.parametrize("origin", ["x.example.org", "null", "https://x.example.org/path", "*"])
def test_what_is_no_origin_is_misuse(origin, runtime, capsys) -> None:
    """Exit status 2, as docs/check.md says; the report names the origin that was meant."""
    assert main(["check", origin]) == 2
    assert "What to do:" in capsys.readouterr().out


def test_the_restart_comes_after_the_command(make_owner, diagnosis_of) -> None:
    """Steps are printed in the order in which they are done."""
    found = diagnosis_of(make_owner(connect="off").start()).expect("origin_not_listed", SITE)
    assert found["fix"].split("\n") == [
        f"jupyter escherpad allow {SITE}",
        "# then restart the server",
    ]


def test_a_table_then_the_cause_then_its_fix(healthy, diagnosis_of, capsys) -> None:
    """As a person reads it."""
    diagnosis_of(healthy)
    assert main(["check", "http://other.example.com"]) == 1
    out = capsys.readouterr().out
    places = [
        out.index(text)
        for text in (
            f"{healthy.url}, as seen from http://other.example.com",
            "asked ",
            "403 insecure_origin",
            "such origins are not allowed. (insecure_origin)",
            '"http://other.example.com"',
        )
    ]
    assert places == sorted(places)


def test_nothing_is_wrong(healthy, diagnosis_of, capsys) -> None:
    diagnosis_of(healthy)
    assert main(["check", SITE]) == 0
    assert "\nNothing is wrong.\n" in capsys.readouterr().out


def test_the_token_from_standard_input(healthy, diagnosis_of, monkeypatch, capsys) -> None:
    """So that nobody sees it among the processes."""
    diagnosis_of(healthy)
    token = give(healthy, "run")[1]
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{token}\n"))
    assert main(["check", SITE, "--token", "-", "--scope", "run"]) == 0
    assert "The token's scopes: run." in capsys.readouterr().out


def test_no_token_is_shown_or_logged(healthy, diagnosis_of, capsys) -> None:
    """Not in text, not in JSON, not on stderr, not in the server's log."""
    diagnosis_of(healthy)
    token = give(healthy, "view")[1]
    pasted = f"{healthy.url}lab?token={token}"
    for words in ([], ["--json"], ["--scope", "run"], ["--server", pasted], ["--explain-config"]):
        main(["check", SITE, *words, *([] if "--server" in words else ["--token", token])])
    said = "".join(capsys.readouterr())
    for secret in (token, OWN_TOKEN):
        assert secret not in said
    assert token not in healthy.log()
    assert "token=made-up-" not in healthy.log()


def test_it_changes_nothing(healthy, diagnosis_of) -> None:
    """No request but GET and OPTIONS, and one that is refused; no kernel, no file, no cookie."""
    before = sorted(path for path in (healthy.folder / "root").rglob("*"))
    log = len(healthy.log())
    diagnosis_of(healthy).check(SITE, "--token", OWN_TOKEN)
    lines = healthy.log()[log:]
    changing = re.findall(r"(\d+) (POST|PUT|PATCH|DELETE) (\S+)", lines)
    assert changing == [("401", "PUT", "/api")]
    assert sorted(path for path in (healthy.folder / "root").rglob("*")) == before


EXTENSION = {"version": "2.21.1", "error": "missing_token", "reason": "no_token", "message": ""}


class Ears:
    """A server that is taken for Jupyter, and remembers all that it was sent."""

    def __init__(self, *, first: bytes = answer(json.dumps(EXTENSION).encode())) -> None:
        self.heard: list[bytes] = []
        self.first = first
        self._lock = threading.Lock()

    def __call__(self, client: socket.socket, request: bytes) -> None:
        with self._lock:
            self.heard.append(request)
        client.sendall(self.first)


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


@pytest.mark.parametrize("first", [answer(JUPYTER), answer(b"<h1>It works!</h1>")])
def test_no_token_for_another_program_at_the_port(runtime, first) -> None:
    """A server may have ended without taking its file away."""
    ears = Ears(first=first)
    with serving(ears) as port:
        write_runtime(runtime, port)
        main(["check", SITE])
        main(["check", SITE, "--token", "hush-hush", "--server", f"http://localhost:{port}/"])
    assert ears.heard
    assert not any(token in str(ears.heard) for token in (OWN_TOKEN, "hush-hush"))


def test_a_token_goes_to_the_servers_of_this_machine(runtime, monkeypatch, capsys) -> None:
    """One that listens elsewhere gets none, if nobody names it."""
    look_up = socket.getaddrinfo
    monkeypatch.setattr(
        socket, "getaddrinfo", lambda _host, *args, **more: look_up("127.0.0.1", *args, **more)
    )
    near, far = Ears(), Ears()
    with serving(near) as port, serving(far) as other:
        write_runtime(runtime, port, hostname="127.0.0.1")
        write_runtime(runtime, other, hostname="lab.example.edu")
        main(["check", SITE, "--token", "hush-hush"])
        assert "hush-hush" in str(near.heard)
        assert "hush-hush" not in str(far.heard)
        assert "The token was not sent" in capsys.readouterr().out
        main(["check", SITE, "--token", "hush-hush", "--server", f"http://lab.example.edu:{other}"])
    assert "hush-hush" in str(far.heard)


@pytest.mark.parametrize("host", ["localhost", "0.0.0.0", "127.0.0.1"])
def test_no_token_for_who_listens_at_the_other_loopback_address(runtime, monkeypatch, host) -> None:
    """localhost may lead to ::1 first, and there nobody keeps another user from listening."""
    look_up = socket.getaddrinfo

    def elsewhere(name: str, *args: Any, **more: Any) -> Any:
        return look_up("127.0.0.2" if name == "localhost" else name, *args, **more)

    monkeypatch.setattr(socket, "getaddrinfo", elsewhere)
    ears = Ears()
    with serving(ears, "127.0.0.2") as port:
        write_runtime(runtime, port, hostname=host)
        main(["check", SITE])
    assert OWN_TOKEN not in str(ears.heard)
    assert ears.heard or host != "localhost"


@pytest.mark.parametrize("host", ["192.0.2.7", "lab.example.edu", "localhost.evil.example"])
def test_no_token_leaves_the_machine(runtime, host) -> None:
    """A server that listens on another address is asked without it."""
    write_runtime(runtime, 8888, hostname=host)
    ((server,), left_out) = running_servers()
    assert (server.token, server.ip, left_out) == (None, None, 0)


@pytest.mark.parametrize(
    ("host", "ip"),
    [("", "127.0.0.1"), ("0.0.0.0", "127.0.0.1"), ("*", "127.0.0.1"), ("::", "::1")],
)
def test_a_server_on_every_address_is_asked_on_this_one(runtime, host, ip) -> None:
    """Its own word for it is none that can be asked; no name stands for it."""
    write_runtime(runtime, 8888, hostname=host)
    ((server,), _) = running_servers()
    assert (server.address.host, server.ip) == (ip, ip)


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
    assert "Skipped servers without a network address: 1." in capsys.readouterr().out


def test_reprs_hold_no_token() -> None:
    """Nor does a traceback that shows them."""
    request = CheckRequest(SITE, None, "hush-hush")
    assert "hush-hush" not in repr(request)


def test_json_has_everything(healthy, diagnosis_of) -> None:
    """For programs."""
    diagnosis = diagnosis_of(healthy)
    diagnosis.check("https://other.example.com")
    (server,) = json.loads(json.dumps(diagnosis.report))["servers"]
    assert "configuration" not in diagnosis.report
    assert set(server) == {"address", "healthy", "findings", "notes", "asked"}
    assert set(server["findings"][0]) == {"code", "severity", "what", "why", "fix"}
    assert {"name", "asked", "answered", "means"} == set(server["asked"][0])


def test_json_has_the_explanation_too(healthy, diagnosis_of) -> None:
    """One object, whatever is asked for."""
    diagnosis = diagnosis_of(healthy)
    diagnosis.check(SITE, "--explain-config")
    assert "allowed_origins" in diagnosis.report["configuration"]["settings"]
    assert diagnosis.report["servers"]


def test_what_was_asked_besides_is_asked_again(healthy, diagnosis_of) -> None:
    """A fix that corrects the origin forgets nothing else, and repeats no token."""
    words = ("--server", healthy.url, "--scope", "run", "--token", OWN_TOKEN)
    found = diagnosis_of(healthy).expect("malformed_origin", f"{SITE}/", *words, status=2)
    command = f"jupyter escherpad check {SITE} --server {healthy.url} --token - --scope run"
    assert found["fix"] == command


def test_a_reader_that_has_seen_enough(runtime) -> None:
    """`| head` is no error of the command's."""
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-m", "escherpad_ext.cli", "check", "--explain-config"]
    ended = subprocess.run(
        command, stdout=writing, stderr=subprocess.PIPE, text=True, timeout=60, check=False
    )
    os.close(writing)
    assert (ended.returncode, ended.stderr) == (1, "")
