"""``jupyter escherpad connect``, at a terminal, with a real server and its owner's browser."""

from __future__ import annotations

import contextlib
import json
import os
import re
import stat
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.connect.connect_command import Terminal
from support.connect.device_owner import DeviceOwner, connect_at_once
from support.ports import free_port
from support.server_process import Server

from escherpad_ext.cli import build_parser, code_display, main
from escherpad_ext.cli.connect_command import _own_name
from escherpad_ext.connections import ConnectionUnusable, SavedConnection, load, names, read, save

pytestmark = pytest.mark.timeout(240)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A fresh server; nothing is configured."""
    with Server(tmp_path_factory.mktemp("connect") / "server") as running:
        yield running


@pytest.fixture(scope="module")
def owner(server: Server) -> DeviceOwner:
    """Return the owner, logged in."""
    return DeviceOwner(server.url, server.token)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the terminal a home of its own: it is another machine."""
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "data"))
    return tmp_path


def status_of(url: str, token: str) -> int:
    request = urllib.request.Request(f"{url}/api/contents")
    request.add_header("Authorization", f"Bearer {token}")
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code


def connect(owner: DeviceOwner, *words: str, **fields: Any) -> tuple[int, str, str]:
    """Do all of it."""
    terminal = Terminal(*words)
    owner.decide(terminal.code(), **fields)
    return terminal.end()


def test_saved_used_listed_forgotten(server: Server, owner: DeviceOwner, home: Path) -> None:
    """The way of a person with a cluster. The address is the one that the terminal printed."""
    url = server.url.rstrip("/")
    pasted = f"{url}/lab/tree/My%20notes.ipynb?token={server.token}"
    status, out, said = connect(owner, pasted, "--save", "cluster", "--scope", "view")
    assert (status, out) == (0, ""), said
    assert "The token in the address was not used" in said
    assert f"    {url}/escherpad/device\n" in said
    assert server.token not in said
    found = load("cluster")
    assert found.url == url
    assert status_of(*found) == 200
    assert found.token not in said
    path = home / "data" / "escherpad_ext" / "connections" / "cluster.json"
    assert f"Saved in {path}" in said
    if os.name == "posix":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert name_of_terminal() in {each["name"] for each in grants(server)}
    status, out, _ = Terminal("--list").end()
    assert status == 0
    assert re.search(rf"^cluster +{url} +view +all files +20", out, re.MULTILINE)
    assert found.token not in out
    status, out, said = Terminal("--forget", "cluster").end()
    assert (status, out) == (0, ""), said
    assert "The server has ended the token" in said
    assert not path.exists()
    assert status_of(*found) == 401
    assert Terminal("--forget", "cluster").end()[0] == 1


def name_of_terminal() -> str:
    return _own_name()


def grants(server: Server) -> list[dict[str, Any]]:
    """Return the live grants, as the owner lists them."""
    done = subprocess.run(
        [sys.executable, "-m", "escherpad_ext.cli", "token", "list", "--json"],
        env={**os.environ, "JUPYTER_DATA_DIR": str(server.folder / "data")},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


def test_at_once(server: Server, owner: DeviceOwner) -> None:
    """A saved one that is saved again, a command, none of both, and one that the owner denies."""
    program = (
        "import os, sys; print(os.environ['JUPYTER_URL'], os.environ['JUPYTER_TOKEN']); "
        "print(sys.argv[1:]); sys.exit(7)"
    )
    command = ("--scope", "view", "--", sys.executable, "-c", program, "--save", "--", "x y")
    wanted = {"again": ("--save", "x"), "command": command, "neither": (), "no": ("--save", "no")}
    earlier = connect_at_once(server.url, owner, "view")
    save("x", earlier)
    assert status_of(*load("x")) == 200
    terminals = {name: Terminal(server.url, *words) for name, words in wanted.items()}
    for name, terminal in terminals.items():
        owner.decide(terminal.code(), **({"decision": "deny"} if name == "no" else {}))
    ends = {name: terminal.end() for name, terminal in terminals.items()}
    assert {name: end[0] for name, end in ends.items()} == {
        "again": 0,
        "command": 7,
        "neither": 0,
        "no": 1,
    }
    assert status_of(earlier.url, earlier.token) == 401
    assert status_of(*load("x")) == 200
    assert "is valid until" not in ends["again"][2]
    environment, arguments = ends["command"][1].splitlines()
    assert arguments == "['--save', '--', 'x y']"
    assert status_of(*environment.split()) == 200
    assert environment.split()[1] not in ends["command"][2]
    assert re.fullmatch(r"[\w.-]+\n", ends["neither"][1])
    assert status_of(server.url.rstrip("/"), ends["neither"][1].strip()) == 200
    assert "view edit run" in ends["neither"][2]
    assert "The owner of the server said no." in ends["no"][2]
    assert list(names()) == ["x"]


def test_what_the_server_refuses(server: Server) -> None:
    """One sentence, and no code."""
    status, out, said = Terminal(server.url, "--scope", "nothing").end()
    assert (status, out) == (1, "")
    assert "The scope cannot be used." in said


def test_a_server_that_is_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["connect", f"http://localhost:{free_port()}"]) == 1
    assert "No server answers at" in capsys.readouterr().err


def test_another_program(server: Server, capsys: pytest.CaptureFixture[str]) -> None:
    """There is nothing at another path of the server, nor behind a login."""
    assert main(["connect", f"{server.url}nowhere"]) == 1
    assert "There is no escherpad-ext at" in capsys.readouterr().err


def test_forgotten_without_the_server(capsys: pytest.CaptureFixture[str]) -> None:
    """The file goes; that the token stays is said."""
    url = f"http://localhost:{free_port()}"
    save("gone", saved(url))
    assert main(["connect", "--forget", "gone"]) == 1
    said = capsys.readouterr().err
    assert "The file is deleted, but the server could not be told." in said
    assert f"{url}/escherpad/" in said
    assert list(names()) == []


def saved(url: str = "http://localhost:1", ahead: int = 600) -> SavedConnection:
    expires = int(time.time()) + ahead
    return SavedConnection(url, "the-token", "view", None, expires, f"{url}/escherpad/revoke")


def test_an_ended_connection(capsys: pytest.CaptureFixture[str]) -> None:
    """It is listed as such, is not loaded, and needs no server to be forgotten."""
    save("old", saved(ahead=-5))
    with pytest.raises(ConnectionUnusable, match="has ended"):
        load("old")
    assert main(["connect", "--list"]) == 0
    assert "expired 20" in capsys.readouterr().out
    assert main(["connect", "--forget", "old"]) == 0


@pytest.mark.skipif(os.name != "posix", reason="Only POSIX has file modes.")
def test_a_file_that_others_can_read(home: Path) -> None:
    """It is not used. A umask of 0 does not open a new one."""
    before = os.umask(0)
    try:
        path = save("mine", saved())
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert load("mine") == ("http://localhost:1", "the-token")
    path.chmod(0o644)
    with pytest.raises(ConnectionUnusable, match="Other users can read"):
        load("mine")


@pytest.mark.skipif(os.name != "posix", reason="Only POSIX has file modes.")
@pytest.mark.parametrize("words", [("--forget", "mine"), ("<server>", "--save", "mine")])
def test_a_token_that_others_could_read_ends(
    server: Server, owner: DeviceOwner, words: tuple[str, ...]
) -> None:
    """It is forgotten or replaced as any other: somebody may have it by now."""
    found = connect_at_once(server.url, owner, "view")
    save("mine", found).chmod(0o644)
    terminal = Terminal(*(word.replace("<server>", server.url) for word in words))
    if "--save" in words:
        owner.decide(terminal.code())
    status, _, said = terminal.end()
    assert status == 0, said
    assert status_of(found.url, found.token) == 401


@pytest.mark.skipif(os.name != "posix", reason="Only POSIX has owners of files.")
def test_a_file_of_another_user(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is not used: who wrote it chose the server that is asked."""
    path = save("mine", saved())
    if os.geteuid() == 0:
        os.chown(path, 4242, -1)
    else:
        monkeypatch.setattr(os, "geteuid", lambda: 4242)
    with pytest.raises(ConnectionUnusable, match="Other users can read"):
        load("mine")
    assert_forgotten_unread("mine", capsys)


def assert_forgotten_unread(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Forget a file that is not used: it goes, and no server is asked."""
    assert main(["connect", "--forget", name]) == 1
    assert "nothing in it could be used" in capsys.readouterr().err
    assert list(names()) == []


WHOLE = {"url": "http://localhost:1", "token": "x", "scope": "view", "folder": None}
WRONG = [
    {**WHOLE, "expires": "soon", "revocation_endpoint": "x"},
    {**WHOLE, "expires": True, "revocation_endpoint": "x"},
    {**WHOLE, "expires": 1, "revocation_endpoint": None},
    {**WHOLE, "expires": 1, "revocation_endpoint": "x", "url": 5},
    {**WHOLE, "expires": 1, "revocation_endpoint": "x", "folder": ["x"]},
]


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", '{"url": 1}', "\x00", "[" * 60_000, *map(json.dumps, WRONG)]
)
def test_a_damaged_file(content: str, capsys: pytest.CaptureFixture[str]) -> None:
    """It is not used, it keeps no other from the list, and it can be forgotten."""
    path = save("bad", saved())
    path.write_text(content)
    with pytest.raises(ConnectionUnusable, match="is damaged"):
        load("bad")
    assert main(["connect", "--list"]) == 0
    assert "bad.json is damaged. Forget it, and connect again." in capsys.readouterr().err
    assert_forgotten_unread("bad", capsys)


@pytest.mark.parametrize("name", ["", "..", "a/b", "a\\b", "../x", "con", "NUL.x", "x.", "é", "-x"])
def test_names(name: str) -> None:
    """No name leads out of the folder, or is something else on Windows."""
    with pytest.raises(ConnectionUnusable, match="is not a name"):
        read(name)


def test_no_secret_is_shown() -> None:
    assert "the-token" not in repr(saved())


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["http://localhost:1", "--list"],
        ["--list", "--forget", "x"],
        ["--list", "--save", "x"],
        ["http://localhost:1", "--save", "x", "--", "python"],
        ["http://localhost:1", "--sav", "x"],
        ["http://localhost:1", "python", "x.py"],
        ["http://localhost:1", "--save", "a/b"],
        ["http://localhost:1", "--", "no-such-command-anywhere"],
        ["ftp://localhost/"],
        ["http://a b/"],
        ["http://user:secret@localhost/"],
    ],
)
def test_misuse(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Exit status 2, before anybody is asked; what is no address is not repeated."""
    with contextlib.suppress(SystemExit):
        assert main(["connect", *words]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "jupyter escherpad" in shown.err
    assert "secret" not in shown.err


def test_a_command_after_the_dashes() -> None:
    """All of it is the command's."""
    words = ["a", "--", "--scope"]
    parsed = build_parser().parse_args(["connect", "x", "--scope", "run", "--", *words])
    assert (parsed.url, parsed.scope, parsed.words) == ("x", ["run"], words)


# How the code is shown


def test_a_qr_code_can_be_scanned_from_a_terminal() -> None:
    """It is made of block characters, without escape sequences, and is not wide."""
    pytest.importorskip("segno", reason="The package segno is missing: pip install segno")
    lines = code_display.qr_code("https://lab.example.edu/user/ana/escherpad/device").splitlines()
    assert len(lines) > 10
    assert set("".join(lines)) == set(" ▀▄█\xa0") & set("".join(lines))
    assert max(map(len, lines)) <= 60


def test_no_browser_at_the_end_of_ssh(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor where no screen is, nor where nobody reads what is printed."""
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(sys, "platform", "linux")
    for name in ("SSH_CONNECTION", "SSH_TTY", "SSH_CLIENT", "DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    assert not code_display.has_browser()
    monkeypatch.setenv("DISPLAY", ":0")
    assert code_display.has_browser()
    monkeypatch.setenv("SSH_TTY", "/dev/pts/1")
    assert not code_display.has_browser()
