"""``jupyter escherpad log``: what apps did, for people and for programs."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from urllib.parse import quote

import pytest

from escherpad_ext.cli import main
from escherpad_ext.connect.lately import done
from escherpad_ext.grants import activity, data_folder
from escherpad_ext.grants.activity import Action, ActivityFile, Client, Deed
from escherpad_ext.grants.activity_words import TEXTS, say
from escherpad_ext.policy.translatable import Translatable

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
    'https://app.example wrote "/api/contents/a b.ipynb"',
    "a program (agent) restarted /api/kernels/5",
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


@pytest.mark.parametrize(
    ("method", "path", "target", "words"),
    [
        ("PATCH", "/a%20b", "/c", 'renamed "/a b" to /c'),
        ("PATCH", "/a", "", "changed /a"),
        ("COPY", "/a", "/b", "copied /a to /b"),
        ("MKDIR", "/a", "", "made the folder /a"),
        ("MKDIR", "/a", "/a/b", "made the folder /a/b"),
        ("POST", "/api/sessions", "/api/sessions/1", "made /api/sessions/1"),
        ("POST", "/api/contents/a/checkpoints", "/x", "saved a checkpoint of /api/contents/a"),
        ("POST", "/api/contents/a/checkpoints/1", "", "restored a checkpoint of /api/contents/a"),
        ("DELETE", "/api/contents/a/checkpoints/1", "", "deleted a checkpoint of /api/contents/a"),
        ("DELETE", "/api/contents/checkpoints/1", "", "deleted /api/contents/checkpoints/1"),
        ("DELETE", "/api/contents/a/checkpoints/%31", "", "deleted /api/contents/a/checkpoints/1"),
        ("POST", "/api/contents/a/trust", "", "trusted /api/contents/a"),
        ("POST", "/api/contents/a/%74rust", "/b", "made /b"),
        ("POST", "/api/contents/a/restart", "/b", "made /b"),
        ("POST", "/api/kernels/5/interrupt", "", "interrupted /api/kernels/5"),
        ("POST", "/api/terminals", "", "opened a terminal"),
        ("PUT", "/api/collaboration/session/a%20b", "", 'asked for the room of "a b"'),
        ("ENTER", "/room", "/a", "entered the room of /a"),
        ("EDIT", "/room", "/a", "edited /a in its room"),
        ("LEAVE", "/room", "/a", "left the room of /a"),
        ("LEAVE", "/room", "", "left the room /room"),
    ],
)
def test_each_has_its_words(method, path, target, words) -> None:
    """People need not know the addresses of the API."""
    assert say(Action("contents:write", method, path, 200, "", target)) == words


OF_HTTP = ["GET", "HEAD", "PUT", "POST", "PATCH", "DELETE", "OPTIONS"]
#: What the record has in the place of a method of HTTP.
OWN = [each for name, each in vars(activity).items() if name[0].isupper() and isinstance(each, str)]


@pytest.mark.parametrize("method", [*OF_HTTP, *OWN])
@pytest.mark.parametrize("target", ["", "/api/contents/b"])
@pytest.mark.parametrize(("status", "reason"), [(200, ""), (500, ""), (403, "scope_missing")])
def test_a_page_can_translate_whatever_was_done(method, target, status, reason) -> None:
    """Each text is one that catalogs have."""
    words = say(Action("contents:write", method, "/api/contents/a", status, reason, target))
    assert words.template in TEXTS
    assert {f.template for f in words.facts.values() if isinstance(f, Translatable)} <= {*TEXTS}


def test_code_is_named_by_its_notebook() -> None:
    """On pages, each piece of code has a line of its own."""
    opens = "/lab/tree/"
    assert done(cell(1), opens).words == "ran code in a\\n.ipynb"
    assert done(cell(1, errors=1), opens).words == "ran code in a\\n.ipynb - with an error"
    assert done(cell(1, notebook=""), opens).words == "ran code in /api/kernels/5"


@pytest.mark.parametrize(
    "name",
    [
        "a - failed: 404",
        "a\u2800-\u2800failed:\u2800404",
        'a" - failed: 404 "',
        "a (3 times until 2026-01-01 00:00:00)",
        "a to /b",
    ],
)
def test_no_name_says_what_became_of_it(name) -> None:
    """It ends where its quotes end."""
    words = say(Action("contents:write", "PUT", f"/{quote(name)}", 201, ""))
    start, shown, end = re.fullmatch(r'(wrote )"((?:[^"\\]|\\.)*)"(.*)', words).groups()
    assert (start, end) == ("wrote ", "")
    assert shown.replace('\\"', '"') == f"/{name}"


def test_what_failed_may_be_done() -> None:
    """A server that stumbles says nothing about what it did before."""
    action = Action("contents:write", "PATCH", "/a", 500, "", "/b")
    assert say(action) == "renamed /a to /b - failed: 500, perhaps when it was done"
    assert say(action._replace(status=404, target="")) == "changed /a - failed: 404"


def test_programs_read_it(file, log) -> None:
    """One object on each line."""
    file.write(DEEDS)
    found = [json.loads(line) for line in log("--json")[0]]
    assert [each["path"] for each in found] == [each.action.path for each in DEEDS]
    assert found[0]["count"] == 3
    assert found[2]["program"] == "command"
    assert [each["reason"] for each in found[4:6]] == [None, "scope_missing"]


AGENT = "a program (agent)"


def cell(number, client=SITE, *, method="EXECUTE", ok=1, errors=0, times=1, **more):
    detail = {"sha256": f"{number:064x}", "size": 9, "notebook": "a\n.ipynb", **more}
    path = "/api/kernels/5"
    action = Action("kernels:execute", method, path, 0, "", detail=json.dumps(detail))
    return Deed(0, client, NOW, NOW, times, action, ok, errors)


def test_no_name_reads_on(file, log) -> None:
    """Programs choose what they are called."""
    named = PROGRAM._replace(name="x) deleted /api/contents/b (agent")
    file.write([deed(named, "GET", "/api/contents"), cell(1, named)])
    who = 'a program ("x) deleted /api/contents/b (agent")'
    assert [line[21:].partition(who)[::2] for line in log()[0]] == [
        ("", " read /api/contents"),
        ("", " ran 9 bytes of code (sha256 000000000000…) in a\\n.ipynb"),
    ]


def test_cells_in_a_row_are_one_line(file, log) -> None:
    """With their number and their errors; each is an object for programs."""
    cells = [cell(number, ok=number % 2, errors=1 - number % 2) for number in range(50)]
    file.write([*cells, DEEDS[1], cell(1, notebook=""), cell(1, PROGRAM, errors=1, silent=True)])
    lines, _, _ = log()
    assert [line[21:].partition(" (until")[0] for line in lines] == [
        "https://app.example ran 50 cells in a\\n.ipynb - 25 with an error",
        'https://app.example wrote "/api/contents/a b.ipynb"',
        "https://app.example ran 9 bytes of code (sha256 000000000000…) in /api/kernels/5",
        f"{AGENT} ran 9 bytes of code, silently (sha256 000000000000…) in a\\n.ipynb - error",
    ]
    found = [json.loads(line) for line in log("--json")[0]]
    assert [each["sha256"] for each in found[:50]] == [f"{number:064x}" for number in range(50)]
    assert sum(each["errors"] for each in found[:50]) == 25
    assert "sha256" not in found[50]
    assert found[52]["silent"] is True


def test_silent_cells_have_a_line_of_their_own(file, log) -> None:
    """Among others, nobody would see them."""
    file.write([cell(1), cell(2), cell(3, silent=True), cell(4, silent=True), cell(5)])
    lines, _, _ = log()
    assert [line[21:].split(" ran ")[1].partition(" in ")[0] for line in lines] == [
        "2 cells",
        "2 cells, silently",
        "9 bytes of code (sha256 000000000000…)",
    ]


def test_code_and_what_else_a_kernel_does(file, log) -> None:
    """Code is shown where the owner kept it, one line each, and no line breaks."""
    others = [
        deed(SITE, method, "/api/kernels/5") for method in ("INTERRUPT", "RESTART", "SHUTDOWN")
    ]
    lost = Deed(0, SITE, NOW, NOW, 7, Action("", "LOST", "", 0, ""))
    codes = [
        cell(1, source="1\n\x1b[31m" + "x" * 10**6),
        cell(2, source="2", method="DEBUG", request="dump - failed: 404"),
        cell(3, method="MESSAGE", request="apply_request"),
    ]
    file.write([*codes, *others, lost, cell(3, sha256="\n", size="\n")])
    lines, _, _ = log()
    assert all(line.isprintable() and len(line) < 300 for line in lines)
    assert [line[21:].split()[1] for line in lines] == [
        *("ran", "used", "sent", "interrupted", "restarted", "shut", "did", "ran")
    ]
    assert "1 \\x1b[31mxxx" in lines[0].replace("\\\\", "\\")
    assert 'used the debugger of a\\n.ipynb: 9 bytes of "dump - failed: 404" (sha256' in lines[1]
    assert "kind to a\\n.ipynb: 9 bytes of apply_request (sha256" in lines[2]
    assert "did more than could be recorded (7 times until" in lines[6]


def test_a_detail_that_was_tampered_with(file, log) -> None:
    """It is left out."""
    action = Action("kernels:execute", "EXECUTE", "/api/kernels/5", 0, "", detail="{nonsense")
    file.write([Deed(0, SITE, NOW, NOW, 1, action)])
    (line,), _, status = log()
    assert line.isprintable()
    assert status == 0


def test_there_is_nothing(log) -> None:
    """Without a record, it makes none."""
    lines, err, status = log()
    path = ActivityFile(data_folder()).path
    assert (lines, err, status) == ([], f"Nothing is recorded in {path}.\n", 0)
    assert not (data_folder() / "activity").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (
            ("--origin", "https://app.example/"),
            "of https://app.example/, but of: none, https://app",
        ),
        (("--origin", "\x1b[31m"), r"of \x1b[31m, but of: none"),
        (("--grant", "e" * 32), "of this token. To list IDs: jupyter escherpad token list --all"),
        (("--origin", "none", "--since", "1s"), "of this time."),
        (("--origin", "none", "--grant", SITE.grant_id), "of this token."),
    ],
)
def test_there_is_nothing_of_what_was_asked_for(file, log, arguments, words) -> None:
    """It says of whom there is something, so that a slash too much is noticed."""
    file.write([deed(SITE, "GET", "/a", ago=99), deed(PROGRAM, "GET", "/b", ago=99)])
    lines, err, status = log(*arguments)
    assert (lines, status) == ([], 0)
    assert f"Nothing is recorded {words}" in err
    assert len(err.splitlines()) == 1
    assert log(*arguments, "--json") == ([], "", 0)


#: Line ends, colors, a title of the window, directions of text, a null, and a megabyte.
WEIRD = (
    "/a\nb",
    "/a%0Ab%0D%E2%80%A8%C2%85",
    "/\x1b[31m\u202e\u2066",
    "/%1b]0;title%07%00",
    "/%E2%80%AE%ff%",
    r"/\1\g<0>{target}{0}%s",
    "/" + "x" * 10**6,
)


@pytest.mark.parametrize("weird", WEIRD)
@pytest.mark.parametrize("method", ["GET", "PATCH", "COPY", "POST", "LEAVE", "OTHER"])
def test_nothing_breaks_a_line(file, log, weird, method) -> None:
    """Whatever an app chose: each field is escaped, and no word of ours is put into it."""
    client = Client("c" * 32, "none", weird, weird)
    action = Action("contents:write", method, weird, 200, "", weird)
    file.write([Deed(0, client, NOW, NOW, 1, action)])
    refused = Action(weird, weird, weird, 403, weird, weird)
    file.write([Deed(0, Client("d" * 32, weird, None, "n"), NOW, NOW, 1, refused)])
    for arguments in ((), ("--json",)):
        lines, _, _ = log(*arguments)
        assert len(lines) == 2
        assert all(line.isprintable() for line in lines)
    assert [json.loads(line)["target"] for line in lines] == [weird, weird]


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


# What runs in the background of a script ignores Ctrl+C, and so does its child.
_AS_IN_A_TERMINAL = (
    "import runpy, signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
    "runpy.run_module('escherpad_ext.cli', run_name='__main__')"
)


@pytest.mark.skipif(os.name != "posix", reason="Windows sends Ctrl+C to a whole console.")
def test_a_new_record_follows_and_ctrl_c_ends_it(file) -> None:
    """The file may be deleted meanwhile. To stop is no failure."""
    file.write(DEEDS[:5])
    command = [sys.executable, "-c", _AS_IN_A_TERMINAL, "log", "--follow", "--json"]
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as running:
        assert running.stdout is not None
        try:
            for _ in range(5):
                running.stdout.readline()
            file.close()
            file.path.unlink()
            file.write(DEEDS[5:6])
            assert json.loads(running.stdout.readline())["path"] == DEEDS[5].action.path
            running.send_signal(signal.SIGINT)
            _, said = running.communicate(timeout=60)
        finally:
            running.kill()
    assert (running.returncode, said) == (0, "")
