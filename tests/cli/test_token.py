"""``jupyter escherpad token``: make, list, revoke, and every wrong use of them."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import re
import shlex
import subprocess
import sys
import time
from pathlib import Path

import pytest

from escherpad_ext.cli import token as command
from escherpad_ext.cli.token_listing import as_table, local_time, printable
from escherpad_ext.errors import TokenRefused
from escherpad_ext.grants import GrantRequest, Issuer, Server, data_folder
from escherpad_ext.policy import scope_words, scopes
from escherpad_ext.policy.folders import FOLDER_BUNDLES, expand_in_folder
from escherpad_ext.policy.scope_words import WHERE_UNCONTAINED

ORIGIN = "https://app.example.com"
WHOLE = ["create", "--origin", ORIGIN, "--scope", "run"]


@pytest.fixture(autouse=True)
def folders(tmp_path, monkeypatch):
    """Give the test a home of its own."""
    for name in ("DATA", "CONFIG", "RUNTIME"):
        monkeypatch.setenv(f"JUPYTER_{name}_DIR", str(tmp_path / name.lower()))
    monkeypatch.delenv("JUPYTERHUB_SERVICE_PREFIX", raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def issuer(folders):
    """Return that of a server which runs at the same time."""
    with contextlib.closing(Issuer(data_folder(), server=Server.at(folders, "/"))) as found:
        yield found


def parser():
    """Return a parser as the whole command has it."""
    whole = argparse.ArgumentParser(prog="jupyter escherpad")
    command.add_parser(whole.add_subparsers(required=True))
    return whole


@pytest.fixture
def run(capsys):
    """Return a function that runs the command: status, standard output, standard error."""

    def run_(*arguments):
        try:
            parsed = parser().parse_args(["token", *arguments])
            status = parsed.run(parsed)
        except SystemExit as stop:
            status = stop.code
        return (status, *capsys.readouterr())

    return run_


def configure(folders, text):
    (folders / "config").mkdir(exist_ok=True)
    (folders / "config" / "jupyter_server_config.py").write_text(text)


def live(issuer):
    return list(issuer.registry.list(time.time()))


# create


def test_the_token_alone_is_on_standard_output(run, issuer):
    """It works at once on a server, from its origin; what it gives is said on standard error."""
    status, out, err = run(*WHOLE, "--name", "my app")
    assert status == 0
    assert re.fullmatch(r"[\w-]+\.[\w-]+\.[\w-]+\n", out)
    grant = issuer.verify(out.strip(), origin=ORIGIN, now=time.time())
    assert (grant.name, grant.via, grant.scopes) == ("my app", "command", scopes.expand("run"))
    assert grant.expires - grant.created == 8 * 3600
    assert "- Full control. See and change your files, start kernels" in err
    assert "full control of your account" in err
    assert f"jupyter escherpad allow {ORIGIN}" in err
    assert grant.id in err
    assert out.strip() not in err


def test_a_token_for_scripts(run, issuer):
    """``--origin none``: good without an Origin."""
    status, out, err = run("create", "--origin", "none", "--scope", "view contents:write")
    assert status == 0
    assert issuer.verify(out.strip(), origin=None, now=time.time())
    assert "allow" not in err


def test_a_token_for_a_program(run, issuer):
    """``--program``: no page can use it. The lists say so."""
    status, out, err = run("create", "--program", "--scope", "view", "--name", "agent")
    assert status == 0
    grant = issuer.verify(out.strip(), origin=None, now=time.time())
    assert (grant.program, grant.name) == ("command", "agent")
    with pytest.raises(TokenRefused):
        issuer.verify(out.strip(), origin=None, now=time.time(), fetch_site="cross-site")
    assert "valid for a program: requests that no page of another origin sends" in err
    assert "a program" in run("list")[1]
    assert json.loads(run("list", "--json")[1])[0]["program"] == "command"
    assert run("revoke", "--origin", "none")[0] == 0
    assert live(issuer) == []


def test_a_scope_of_resource_paths(run, issuer, folders):
    """Known where the configuration files have it, and marked as full control."""
    wanted = ["create", "--program", "--scope", "mcp:execute"]
    status, _, err = run(*wanted)
    assert (status, "set resource_paths in a configuration file" in err) == (2, True)
    assert "resource_paths" not in run("create", "--program", "--scope", "mcp")[2]
    configure(folders, 'c.EscherpadExt.resource_paths = {"/mcp": "mcp"}')
    status, _, err = run(*wanted)
    assert status == 0
    assert live(issuer)[0].scopes == {"mcp:execute"}
    assert "- Full control. Use the tools that your server offers to agents" in err
    assert "mcp:execute (full control)" in run("list")[1]


@pytest.mark.parametrize("who", [[], ["--program", "--origin", "none"]])
def test_a_token_is_for_an_origin_or_for_a_program(run, issuer, who):
    """One of them, never none: nothing that is missing means everybody."""
    assert run("create", *who, "--scope", "view")[0] == 2
    assert live(issuer) == []


@pytest.mark.parametrize(
    "several", [["view", "kernels:write"], ["view kernels:write"], ["view,kernels:write"]]
)
def test_several_scopes(run, issuer, several):
    """Repeated, in quotes, or with commas."""
    given = [word for scope in several for word in ("--scope", scope)]
    status, _, _ = run("create", "--origin", ORIGIN, *given)
    assert status == 0
    assert live(issuer)[0].scopes == scopes.expand("view kernels:write")


@pytest.mark.parametrize(
    ("text", "seconds"), [("90s", 90), ("45m", 2700), ("8h", 28800), ("30d", 2592000)]
)
def test_lifetimes(run, issuer, text, seconds):
    """A number and a unit."""
    assert run(*WHOLE, "--expires", text)[0] == 0
    assert live(issuer)[0].expires - live(issuer)[0].created == seconds


def test_a_token_for_one_server_by_its_folder(run, issuer, folders):
    """Good on the server that serves it, though none ran when it was made."""
    status, out, err = run(*WHOLE, "--server", ".")
    assert status == 0
    assert issuer.verify(out.strip(), origin=ORIGIN, now=time.time()).place == str(folders)
    assert str(folders) in err
    with contextlib.closing(Issuer(data_folder(), server=Server.at("/else", "/"))) as other:
        with pytest.raises(TokenRefused) as caught:
            other.verify(out.strip(), origin=ORIGIN, now=time.time())
        assert caught.value.code == "wrong_server"


def test_a_token_for_one_server_by_its_address(run, folders):
    """Of a server that runs, as Jupyter's own list has it; its secret is not shown."""
    (folders / "runtime").mkdir()
    info = {
        "url": "http://localhost:8899/lab/",
        "base_url": "/lab/",
        "root_dir": str(folders / "work"),
        "pid": os.getpid(),
        "token": "the-servers-own",
    }
    (folders / "runtime" / f"jpserver-{os.getpid()}.json").write_text(json.dumps(info))
    status, _, err = run(*WHOLE, "--server", "http://localhost:1/")
    assert status == 2
    assert "http://localhost:8899/lab/" in err
    assert "the-servers-own" not in err
    status, out, _ = run(*WHOLE, "--server", "http://localhost:8899/lab")
    assert status == 0
    server = Server.at(folders / "work", "/lab")
    with contextlib.closing(Issuer(data_folder(), server=server)) as issuer:
        assert issuer.verify(out.strip(), origin=ORIGIN, now=time.time())


def test_a_server_at_a_hub(run, folders, monkeypatch):
    """In a terminal of a Hub's server, its base URL is that server's."""
    monkeypatch.setenv("JUPYTERHUB_SERVICE_PREFIX", "/user/ana/")
    out = run(*WHOLE, "--server", ".")[1]
    server = Server.at(folders, "/user/ana/")
    with contextlib.closing(Issuer(data_folder(), server=server)) as issuer:
        assert issuer.verify(out.strip(), origin=ORIGIN, now=time.time())


WRONG = [
    (["--scope", "runn"], "Close to it: run"),
    (["--scope", "kernel:execute"], "kernels:execute"),
    (["--scope", ""], "view, edit, run, terminal, full"),
    (["--scope", " , "], "view, edit, run, terminal, full"),
    (["--scope", "*"], "'*'"),
    (["--origin", "*"], "one origin"),
    (["--origin", "https://*.example.com"], "one origin"),
    (["--origin", "http://localhost:*"], "one origin"),
    (["--origin", "null"], "null"),
    (["--origin", ""], ""),
    (["--origin", "None"], ""),
    (["--origin", "https://app.example.com/"], "'https://app.example.com'"),
    (["--origin", "https://app.example.com/page"], "'https://app.example.com'"),
    (["--origin", "https://APP.example.com"], "'https://app.example.com'"),
    (["--origin", "https://app.example.com:443"], "'https://app.example.com'"),
    (["--origin", "app.example.com"], "https://app.example.com"),
    (["--origin", "http://app.example.com"], "dangerously_allow_insecure_origins"),
    (["--expires", "0s"], "8h"),
    (["--expires", "-1h"], ""),
    (["--expires", "31d"], "30d"),
    (["--expires", "999999999d"], "30d"),
    (["--expires", "8"], "8h"),
    (["--expires", "1e3s"], "8h"),
    (["--expires", "\u0661h"], "8h"),
    (["--expires", "8 h"], "8h"),
    (["--expires", "never"], "8h"),
    (["--expires", ""], "8h"),
    (["--folder", "data"], "cannot have run"),
    (["--folder", "/data/raw"], "below the folder that the server serves"),
    (["--folder", "data\\raw"], "Write / between folders"),
    (["--folder", "data/../raw"], "Leave these out"),
    (["--folder", ".."], "Leave these out"),
    (["--folder", ""], "such as data/raw"),
    (["--folder", "data\n"], "printed"),
    (["--folder", "\u202eraw"], "printed"),
    (["--folder", "d" * 10_000], "shorter path"),
    (["--name", "two\nlines"], "printed"),
    (["--name", "n" * 101], "100"),
    (["--server", "no/such/folder"], "folder"),
    (["--server", ""], "folder"),
    (["--server", "http://localhost:1/"], "none"),
    (["--nam", "abbreviated"], "unrecognized"),
    (["surplus"], "unrecognized"),
]


@pytest.mark.parametrize(("arguments", "advice"), WRONG)
def test_wrong_use_is_refused_with_what_to_write(run, folders, arguments, advice):
    """Status 2, nothing on standard output, nothing done at all."""
    given = [*WHOLE, *arguments]
    if arguments[0] in {"--scope", "--origin"}:
        at = given.index(arguments[0])
        del given[at : at + 2]
    status, out, err = run(*given)
    assert (status, out) == (2, "")
    assert advice in err
    assert "Traceback" not in err
    assert not (folders / "data" / "escherpad_ext").exists()


@pytest.mark.parametrize("missing", ["--origin", "--scope"])
def test_nothing_is_left_out(run, missing):
    """No origin does not mean any, no scope does not mean all."""
    at = WHOLE.index(missing)
    status, out, err = run(*WHOLE[:at], *WHOLE[at + 2 :])
    assert (status, out) == (2, "")
    assert missing in err


def test_every_mistake_is_reported_at_once(run, issuer):
    """Nobody has to run the command once for each; nothing is made."""
    wrong = {
        "--origin": "https://app.example.com/",
        "--scope": "everything",
        "--expires": "soon",
        "--folder": "..",
        "--name": "two\nlines",
        "--server": "no-such-folder",
    }
    status, out, err = run("create", *(word for pair in wrong.items() for word in pair))
    assert (status, out, live(issuer)) == (2, "", [])
    parts = ("'https://app.example.com'", "'everything'", "soon", "'no-such-folder'")
    for text in (*parts, "Leave these out", "name"):
        assert text in err
    assert err.count("Nothing was changed.") == 1
    assert len(err.splitlines()) == len(wrong) + 1


def test_a_token_for_one_folder(run, issuer):
    """Bundles have fewer scopes in a folder; what it gives there is said, and where."""
    status, out, err = run("create", "--origin", "none", "--scope", "edit", "--folder", "data/raw/")
    assert status == 0
    grant = issuer.verify(out.strip(), origin=None, now=time.time())
    assert (grant.folder, grant.scopes) == ("data/raw", expand_in_folder("edit"))
    assert f"- {FOLDER_BUNDLES['edit'].words}" in err
    assert "one folder only: data/raw, below" in err
    assert WHERE_UNCONTAINED in err


def test_a_folder_that_is_missing_is_said(run, folders):
    """Where the server is known. The token is made: the path counts, whatever is there now."""
    for_view = ["create", "--origin", "none", "--scope", "view", "--server", "."]
    assert "no such folder now" in run(*for_view, "--folder", "raw")[2]
    (folders / "raw").mkdir()
    assert "no such folder now" not in run(*for_view, "--folder", "raw")[2]


@pytest.mark.parametrize("scope", ["run", "terminal", "full", "kernels:execute", "lsp:read"])
def test_no_folder_for_what_a_folder_cannot_confine(run, issuer, scope):
    """Neither less than was asked for is made, nor more."""
    status, out, err = run("create", "--origin", "none", "--scope", scope, "--folder", "data")
    assert (status, out, live(issuer)) == (2, "", [])
    assert f"cannot have {scope}: " in err
    assert "leave the folder out" in err


def test_loopback_is_secure(run):
    """http there is what developers have."""
    assert run("create", "--origin", "http://localhost:5173", "--scope", "view")[0] == 0


def test_the_owners_settings_hold(run, issuer, folders):
    """The longest and the usual lifetime, and insecure origins, are those of the config files."""
    configure(
        folders,
        "c.EscherpadExt.grant_lifetime_max_seconds = 7200\n"
        "c.EscherpadExt.grant_lifetime_seconds = 600\n"
        "c.EscherpadExt.dangerously_allow_insecure_origins = True\n",
    )
    status, _, err = run(*WHOLE, "--expires", "3h")
    assert status == 2
    assert "2h" in err
    assert run("create", "--origin", "http://lab.example", "--scope", "view")[0] == 0
    assert live(issuer)[0].expires - live(issuer)[0].created == 600


@pytest.mark.parametrize("value", ["0", "-5", "'8h'", "True", "None", "1.5"])
def test_a_setting_that_cannot_be_is_not_taken_for_none(run, folders, value):
    """A lifetime of nothing is not for ever."""
    configure(folders, f"c.EscherpadExt.grant_lifetime_max_seconds = {value}\n")
    status, out, err = run(*WHOLE)
    assert (status, out) == (2, "")
    assert "grant_lifetime_max_seconds" in err


def test_the_extensions_own_file_counts_too(run, issuer, folders):
    """As `allow` writes it; the server's file wins."""
    (folders / "config").mkdir()
    own = folders / "config" / "jupyter_escherpad_ext_config.json"
    own.write_text(json.dumps({"EscherpadExt": {"grant_lifetime_seconds": 60}}))
    run(*WHOLE)
    configure(folders, "c.EscherpadExt.grant_lifetime_seconds = 120\n")
    run(*WHOLE)
    assert [grant.expires - grant.created for grant in live(issuer)] == [120, 60]


# In a process of its own

SCRIPT = """
import argparse, sys
from escherpad_ext.cli import token
parser = argparse.ArgumentParser()
token.add_parser(parser.add_subparsers())
arguments = parser.parse_args()
sys.exit(arguments.run(arguments))
"""


def process(*arguments, **options):
    return subprocess.run(
        [sys.executable, "-c", SCRIPT, "token", *arguments],
        stderr=subprocess.PIPE,
        text=True,
        check=False,
        **options,
    )


def test_a_config_file_that_prints_does_not_spoil_the_token(folders, issuer):
    """Configuration files are programs."""
    configure(folders, "print('hello from the config')\n")
    done = process(*WHOLE, stdout=subprocess.PIPE)
    assert done.returncode == 0
    assert issuer.verify(done.stdout.strip(), origin=ORIGIN, now=time.time())
    assert "hello" in done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_token_that_could_not_be_written_is_revoked(issuer):
    """Nothing half done: nobody has it, so nobody may use it."""
    with Path("/dev/full").open("w") as full:
        done = process(*WHOLE, stdout=full)
    assert done.returncode == 1
    assert "revoked" in done.stderr
    assert "Exception" not in done.stderr
    assert live(issuer) == []


def test_a_list_into_a_pipe_that_closes(issuer):
    """`| head` is no error."""
    process(*WHOLE, stdout=subprocess.DEVNULL)
    reader, writer = os.pipe()
    os.close(reader)
    done = process("list", stdout=writer)
    os.close(writer)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_name_that_the_console_cannot_show(folders):
    """Is escaped, where the encoding is an old one (Windows, a pipe)."""
    process(*WHOLE, "--name", "\u03bb", stdout=subprocess.DEVNULL)
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    done = process("list", stdout=subprocess.PIPE, env=environment)
    assert (done.returncode, done.stderr) == (0, "")
    assert "\\u03bb" in done.stdout


def test_nothing_secret_is_imported_or_shown_by_the_parser():
    """`--help` of other commands does not pay for this one."""
    code = (
        "import sys, argparse\nfrom escherpad_ext.cli import token\n"
        "token.add_parser(argparse.ArgumentParser().add_subparsers())\n"
        "print([m for m in ('jwt', 'sqlite3', 'jupyter_server', 'tornado') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


# list


def test_the_list(run, issuer):
    """Who, what, since when, last used, until when; only what lives, unless asked for all."""
    token = run(*WHOLE, "--name", "my app")[1].strip()
    now = time.time()
    grant = issuer.verify(token, origin=ORIGIN, now=now)
    issuer.registry.touch(grant, now)
    issuer.registry.flush(now)
    run("create", "--origin", "none", "--scope", "view")
    run("revoke", "--origin", "none")
    status, out, err = run("list")
    assert (status, err) == (0, "")
    head, line = out.splitlines()
    assert " ".join(head.split()) == "ID ORIGIN SCOPES FOLDER NAME SERVER SINCE LAST USED UNTIL"
    until = local_time(grant.expires)
    for part in (
        grant.id,
        ORIGIN,
        " run (full control) ",
        " all files ",
        "my app",
        " any ",
        local_time(int(now)),
        until,
    ):
        assert part in line
    assert "revoked" in run("list", "--all")[1]


def test_the_list_for_programs(run, issuer):
    """JSON, times in UTC; an empty array where there is nothing."""
    assert run("list", "--json") == (0, "[]\n", "")
    run(*WHOLE, "--name", "caf\u00e9")
    (found,) = json.loads(run("list", "--json")[1])
    grant = live(issuer)[0]
    assert found["id"] == grant.id
    assert found["origin"] == ORIGIN
    assert found["scopes"] == sorted(grant.scopes)
    assert found["summary"] == ["run"]
    assert found["full_control"] is True
    assert found["folder"] is None
    assert found["name"] == "caf\u00e9"
    assert found["state"] == "live"
    assert found["server"] is None
    assert found["last_used"] is None
    assert found["revoked"] is None
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", found["expires"])
    assert set(found) == {
        "id", "state", "origin", "scopes", "summary", "name", "owner", "server", "via",
        "created", "last_used", "expires", "revoked", "full_control", "folder", "program",
            "resource",
    }  # fmt: skip


def test_the_list_says_where_changing_files_is_full_control(run):
    """The command does not know how browsers reach the servers: it says so, as `create` does."""
    run("create", "--origin", "none", "--scope", "view")
    assert run("list")[2] == ""
    run("create", "--origin", "none", "--scope", "edit")
    assert run("list")[2].strip() == WHERE_UNCONTAINED
    assert run("list", "--json")[2] == ""


def test_the_list_shows_the_folder(run, issuer):
    """In both forms, and bundles by their names, which are smaller in a folder."""
    scopes_ = expand_in_folder("edit")
    issuer.issue(GrantRequest(ORIGIN, scopes_, "ana", int(time.time()), 2**33, folder="data/raw"))
    line = run("list")[1].splitlines()[1]
    assert line.split()[2:4] == ["edit", "data/raw"]
    (found,) = json.loads(run("list", "--json")[1])
    assert (found["summary"], found["folder"]) == (["edit"], "data/raw")


def test_an_empty_list_makes_nothing(run, folders):
    """Looking is not granting."""
    assert run("list") == (0, "", "There are no live grant tokens.\n")
    assert not (folders / "data").exists()


def test_a_table_moves_no_cursor(issuer):
    """Control and bidi characters in a file that somebody has tampered with are escaped."""
    request = GrantRequest(ORIGIN, scopes.expand("view"), "ana", 1, 2)
    issuer.issue(request)
    grant = next(issuer.registry.list(0, ended=True))
    evil = grant._replace(
        id="\x1b[2J", origin="a\rb", name="\u202ex\n\x9b", place="\x07", revoked=10**18
    )
    table = as_table([evil], 0)
    assert all(character.isprintable() or character == "\n" for character in table)
    assert table.count("\n") == 2
    assert printable("caf\u00e9 \U0001f40d") == "caf\u00e9 \U0001f40d"


# revoke


def test_revoking_one(run, issuer):
    """By its id; it says so if it was over."""
    token = run(*WHOLE)[1].strip()
    grant = live(issuer)[0]
    assert run("revoke", grant.id)[0] == 0
    with pytest.raises(TokenRefused) as caught:
        issuer.verify(token, origin=ORIGIN, now=time.time())
    assert caught.value.code == "revoked"
    status, _, err = run("revoke", grant.id)
    assert status == 0
    assert "ended already" in err


def test_renaming(run, issuer):
    """The list shows the new name, and a name that no list can show is refused."""
    run(*WHOLE)
    (grant,) = live(issuer)
    assert run("rename", grant.id, "My agent")[0] == 0
    assert issuer.registry.get(grant.id).name == "My agent"
    status, _, words = run("rename", grant.id, "a\nb")
    assert status == 2
    assert "Nothing was changed." in words
    assert issuer.registry.get(grant.id).name == "My agent"


def test_shortening(run, issuer):
    """A running server goes by the earlier end. A later one is refused."""
    token = run(*WHOLE)[1].strip()
    (grant,) = live(issuer)
    assert run("shorten", grant.id, "15m")[0] == 0
    end = issuer.verify(token, origin=ORIGIN, now=time.time()).expires
    assert abs(end - time.time() - 900) < 120
    assert run("shorten", grant.id, "8h")[0] == 1
    assert run("shorten", grant.id, "soon")[0] == 2
    assert issuer.registry.get(grant.id).expires == end


@pytest.mark.parametrize("given", [("rename", "x"), ("shorten", "15m")])
def test_changing_what_does_not_exist(run, issuer, given):
    """A token in the place of its id is not printed."""
    name, value = given
    token = run(*WHOLE)[1].strip()
    assert run(name, "0" * 32, value)[0] == 1
    status, out, words = run(name, token, value)
    assert status == 2
    assert token not in out + words


def test_revoking_by_origin_and_all(run, issuer):
    """How many there were is said."""
    for origin in (ORIGIN, ORIGIN, "none", "https://b.example"):
        run("create", "--origin", origin, "--scope", "view")
    assert run("revoke", "--origin", ORIGIN) == (0, "", "Revoked: 2.\n")
    assert run("revoke", "--origin", "none") == (0, "", "Revoked: 1.\n")
    assert run("revoke", "--all") == (0, "", "Revoked: 1.\n")
    assert run("revoke", "--all") == (0, "", "Revoked: 0.\n")
    assert live(issuer) == []


@pytest.mark.parametrize(
    "arguments", [["0" * 32], ["--origin", "https://typo.example"], ["--origin", "*"], ["%"], [""]]
)
def test_revoking_what_does_not_exist(run, issuer, arguments):
    """Status 1, what to look at, and nothing else is revoked."""
    run(*WHOLE)
    status, out, err = run("revoke", *arguments)
    assert (status, out) == (1, "")
    assert "token list" in err
    assert len(live(issuer)) == 1


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--all", "--origin", ORIGIN],
        ["0" * 32, "--all"],
        ["0" * 32, "--origin", ORIGIN],
        ["0" * 32, "1" * 32],
        ["--al"],
        ["--orig", ORIGIN],
    ],
)
def test_flags_that_contradict_or_are_a_slip(run, issuer, arguments):
    """Status 2 and nothing revoked."""
    run(*WHOLE)
    status, out, err = run("revoke", *arguments)
    assert (status, out) == (2, "")
    assert err
    assert len(live(issuer)) == 1


def test_a_token_is_no_argument(run, issuer):
    """Whoever hands one over is told to use the id; it is not repeated."""
    token = run(*WHOLE)[1].strip()
    status, out, err = run("revoke", token)
    assert (status, out) == (2, "")
    assert token not in err
    assert len(live(issuer)) == 1


# Trouble


def test_a_damaged_registry_is_told(run, folders):
    """Status 1, one sentence, no traceback, nothing deleted."""
    run(*WHOLE)
    path = folders / "data" / "escherpad_ext" / "grants.sqlite3"
    path.write_bytes(b"garbage" * 1000)
    for arguments in (WHOLE, ["list"], ["list", "--json"], ["revoke", "--all"], ["revoke", "x"]):
        status, out, err = run(*arguments)
        assert (status, out) == (1, "")
        assert str(path) in err
        assert len(err.splitlines()) == 1
    assert path.exists()


@pytest.mark.skipif(os.name != "posix", reason="modes mean nothing there")
def test_a_key_that_is_laid_open_is_told(run, folders, issuer):
    """Status 1 and what to run; no grant without a token."""
    run(*WHOLE)
    key = next((folders / "data" / "escherpad_ext" / "keys").iterdir())
    key.chmod(0o644)
    status, out, err = run(*WHOLE)
    assert (status, out) == (1, "")
    assert f"chmod 600 {key}" in err
    assert len(live(issuer)) == 1


def test_help_shows_the_one_table(run):
    """Every bundle and scope with its words, and examples that parse."""
    status, out, _ = run("create", "--help")
    assert status == 0
    for name in (*scopes.SCOPES, *scopes.BUNDLES):
        assert name in out
        assert scope_words.marked_words(name) in " ".join(out.split())
    for name in ("create", "list", "revoke"):
        text = run(name, "--help")[1]
        examples = re.findall(r"^  jupyter escherpad (token .*)$", text, re.MULTILINE)
        assert examples
        for example in examples:
            parser().parse_args(shlex.split(example))


def test_changing_files_where_browsers_say_nothing(run, folders):
    """Marked where the address is http beyond loopback; elsewhere a sentence says so."""
    edit = ["create", "--origin", ORIGIN, "--scope", "edit"]
    _, _, told = run(*edit)
    assert "- Full control." not in told
    assert WHERE_UNCONTAINED in told
    configure(folders, 'c.EscherpadExt.public_url = "http://192.168.0.5:8888"\n')
    assert "- Full control." in run(*edit)[2]
    assert WHERE_UNCONTAINED not in run("create", "--origin", ORIGIN, "--scope", "view")[2]
    assert WHERE_UNCONTAINED not in run(*WHOLE)[2]
