"""The settings, as owners write them: what they do, and what is said where they are wrong."""

from __future__ import annotations

import json
import logging
import os
import re
import shutil
import subprocess
import sys
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from conftest import ALLOWED, REFUSED, TOKEN
from hypothesis import given
from hypothesis import strategies as st
from server.processes import Server
from server.wire import ask

from escherpad_ext import __version__
from escherpad_ext.policy.refusals import refuse
from escherpad_ext.server.refusal_log import INTERVAL_SECONDS, LINES_PER_INTERVAL, RefusalLog

JUPYTER_CONFIG = Path(__file__).parents[1] / "jupyter-config"
PREFLIGHT = {"Access-Control-Request-Method": "PUT"}
OTHER = "https://other.example.org"


#: How Jupyter writes a line: level, time, application, text.
LOG_LINE = re.compile(r"\[([DIWEC]) [^\]]* (\w+)\] (.*)")


@pytest.fixture
def stderr(capsys):
    """Capture what the applications write from their start on."""
    return capsys


@pytest.fixture
def started(stderr, jp_serverapp, http_server):
    """Return what was logged at the start, as an owner sees it in the terminal."""
    return stderr.readouterr().err


@pytest.fixture
def said():
    """Return the lines that the extension logs during a test."""
    lines: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: lines.append(record.getMessage())  # type: ignore[method-assign]
    logger = logging.getLogger("EscherpadExt")
    logger.addHandler(handler)
    yield lines
    logger.removeHandler(handler)


def ours(started: str, level: str) -> list[str]:
    """Return the lines of a level (``E``, ``W``) that the extension wrote."""
    found = LOG_LINE.findall(started)
    return [text for at, name, text in found if (at, name) == (level, "EscherpadExt")]


async def is_allowed(call, origin: str) -> bool:
    """Tell whether an origin is served; preflight and request must say the same."""
    preflight = await call("OPTIONS", "api/contents", origin=origin, headers=PREFLIGHT)
    answer = await call("GET", "api/contents", origin=origin, token=TOKEN)
    assert (preflight.code, answer.code) in {(204, 200), (403, 403)}
    return answer.code == 200


#: Setting, wrong value, what the log must say of it.
MISTAKES: list[tuple[str, Any, str]] = [
    ("allowed_origins", ALLOWED, f'["{ALLOWED}"]'),
    ("allowed_origins", f"{ALLOWED},{OTHER}", "list"),
    ("allowed_origins", 5, "list"),
    ("allowed_origins", None, "list"),
    ("allowed_origins", {"a": ALLOWED}, "list"),
    ("allowed_origins", [5], "string"),
    ("allowed_origins", [None], "string"),
    ("allowed_origins", [[ALLOWED]], "string"),
    ("allowed_origins", [f"{ALLOWED}/"], f"'{ALLOWED}'"),
    ("allowed_origins", [f"{ALLOWED}:443"], f"'{ALLOWED}'"),
    ("allowed_origins", [f"{ALLOWED}/lab?x"], f"'{ALLOWED}'"),
    ("allowed_origins", ["https://APP.example.com"], f"'{ALLOWED}'"),
    ("allowed_origins", ["app.example.com"], f"'{ALLOWED}'"),
    ("allowed_origins", [f" {ALLOWED} "], f"'{ALLOWED}'"),
    ("allowed_origins", ["https://user:pass@app.example.com"], f"'{ALLOWED}'"),
    ("allowed_origins", ["http://insecure.example.com"], "'https://insecure.example.com'"),
    ("allowed_origins", ["https://*.github.io"], "dangerously_allow_public_suffix_wildcards"),
    ("allowed_origins", ["null"], "null"),
    ("allowed_origins", ["file:///home/ana"], "file"),
    ("allowed_origins", ["https://app.*"], "app.*"),
    ("allowed_origins", ["https://.*\\.example\\.com"], "example"),
    ("allowed_origins", [""], "allowed_origins"),
    ("allowed_origins", ["https://app.example.com:99999"], "99999"),
    ("allowed_origins", ["%s%d%(x)s"], "allowed_origins"),
    ("allowed_origins", [f"{ALLOWED}\nc.EscherpadExt.allowed_origins = ['*']"], "allowed_origins"),
    ("url_tokens", "sometimes", "'websocket', 'never', 'always'"),
    ("url_tokens", True, "True"),
    ("url_tokens", None, "None"),
    ("url_tokens", ["never"], "never"),
    ("allow_credentials", "yes", "True nor False"),
    ("allow_credentials", 1, "True nor False"),
    ("allow_credentials", None, "True nor False"),
    ("preflight_max_age_seconds", -1, "-1"),
    ("preflight_max_age_seconds", "2 hours", "2 hours"),
    ("preflight_max_age_seconds", 10**9, str(10**9)),
    ("preflight_max_age_seconds", 1.5, "1.5"),
    ("preflight_max_age_seconds", True, "True"),
    ("public_url", "jupyter.example.edu", "jupyter.example.edu"),
    ("public_url", "https://jupyter.example.edu/?x", "query"),
    ("public_url", 5, "5"),
    ("public_url", None, "None"),
    ("dangerously_allow_insecure_origins", "no", "True nor False"),
    ("dangerously_allow_public_suffix_wildcards", 0, "True nor False"),
]


@pytest.mark.parametrize(
    ("escherpad_config", "setting", "words"),
    [({"allowed_origins": [ALLOWED], name: value}, name, words) for name, value, words in MISTAKES],
)
async def test_mistakes(started, call, caplog, setting, words):
    """The server starts, refuses every other origin, and logs the mistake and what to write."""
    errors = ours(started, "E")
    assert errors[0].startswith(f"c.EscherpadExt.{setting}: ")
    assert words in errors[0]
    assert len(errors) == 2
    assert "refuses every other origin" in errors[1]
    assert "Traceback" not in started
    for origin in (ALLOWED, OTHER):
        answer = await call("GET", "api/contents", origin=origin, token=TOKEN)
        assert (answer.code, json.loads(answer.body)["reason"]) == (403, "settings_invalid")
        assert not [name for name in answer.headers if name.startswith("Access-Control-")]
        assert not await is_allowed(call, origin)
    assert (await call("GET", "api/contents", token=TOKEN)).code == 200
    assert "Traceback" not in caplog.text


SEVERAL = {
    "allowed_origins": [f"{ALLOWED}/", OTHER, "null", 7],
    "url_tokens": "sometimes",
    "preflight_max_age_seconds": "long",
    "allow_credentials": "yes",
}


@pytest.mark.parametrize("escherpad_config", [SEVERAL])
async def test_all_mistakes_at_once(started, call):
    """Three patterns and three other settings are six errors, not one after the other."""
    errors = ours(started, "E")
    assert [text.partition(":")[0].removeprefix("c.EscherpadExt.") for text in errors[:-1]] == [
        "allowed_origins",
        "allowed_origins",
        "allowed_origins",
        "url_tokens",
        "allow_credentials",
        "preflight_max_age_seconds",
    ]
    assert not await is_allowed(call, OTHER)


MISTAKEN_LEGACY = {"ServerApp": {"allow_origin": ALLOWED}}


@pytest.mark.parametrize("escherpad_config", [{"url_tokens": "sometimes"}])
@pytest.mark.parametrize("server_config", [MISTAKEN_LEGACY])
async def test_a_mistake_closes_the_legacy_settings_too(started, call):
    """Whatever says who may call: with a mistake anywhere, nobody may."""
    assert ours(started, "E")
    assert not await is_allowed(call, ALLOWED)


@pytest.mark.parametrize("escherpad_config", [{}, {"allowed_origins": []}])
async def test_empty_means_nobody(started, call):
    """Not everybody, as in some other places; and there is nothing to complain of."""
    assert ours(started, "E") == ours(started, "W") == []
    for origin in (ALLOWED, "http://localhost:3000", "null", "https://localhost"):
        assert not await is_allowed(call, origin)


@pytest.mark.parametrize("escherpad_config", [{"allowed_origins": ["*"]}])
async def test_any_origin_is_warned_about(started, call):
    """It works, for whoever has the token, but for ``null``; the log says what to write."""
    assert "c.EscherpadExt.allowed_origins = [" in ours(started, "W")[0]
    assert await is_allowed(call, OTHER)
    assert not await is_allowed(call, "null")
    answer = await call("GET", "api/contents", origin=OTHER, token=TOKEN)
    assert answer.headers["Access-Control-Allow-Origin"] == OTHER


@pytest.mark.parametrize(
    "escherpad_config", [{"allowed_origins": ["*"], "allow_credentials": True}]
)
async def test_any_origin_with_credentials_is_a_mistake(started, call):
    """The two of them together would let every site act with what the browser holds."""
    assert "allow_credentials" in ours(started, "E")[0]
    assert not await is_allowed(call, OTHER)


@pytest.mark.parametrize("escherpad_config", [{"public_url": "https://jupyter.example.edu/hub/"}])
async def test_public_url_is_the_own_origin(started, call):
    """Behind a proxy that rewrites ``Host``: untouched, so neither refused nor shared by us."""
    answer = await call("GET", "login", origin="https://jupyter.example.edu")
    assert answer.code == 200
    assert "Access-Control-Expose-Headers" not in answer.headers
    assert "_xsrf" in answer.headers["Set-Cookie"]
    for neighbour in ("http://jupyter.example.edu", "https://jupyter.example.edu.evil.io"):
        assert (await call("GET", "api", origin=neighbour)).code == 403


LEGACY = [
    ({"allow_origin": ALLOWED}, [ALLOWED], [OTHER], f'["{ALLOWED}"]'),
    ({"allow_origin": "*"}, [ALLOWED, OTHER], ["null"], '["*"]'),
    (
        {"allow_origin_pat": r"https://.*\.example\.org"},
        [OTHER],
        [ALLOWED, f"{OTHER}.evil.io"],
        "https://*.example.org",
    ),
    ({"allow_origin_pat": r"https://(app|other)\.example\.(com|org)"}, [ALLOWED, OTHER], [], ""),
    ({"allow_origin": ALLOWED, "allow_origin_pat": ".*"}, [ALLOWED], [OTHER], f'["{ALLOWED}"]'),
]


@pytest.mark.parametrize("escherpad_config", [{}])
@pytest.mark.parametrize(
    ("server_config", "allowed", "refused", "advice"),
    [({"ServerApp": config}, *rest) for config, *rest in LEGACY],
)
async def test_legacy_settings_keep_their_meaning(started, call, allowed, refused, advice):
    """And the log says which line to write instead."""
    (line,) = [text for text in ours(started, "W") if "Write instead" in text]
    assert "c.EscherpadExt.allowed_origins = [" in line
    assert advice in line
    for origin in allowed:
        assert await is_allowed(call, origin)
        answer = await call("GET", "api/contents", origin=origin, token=TOKEN)
        assert answer.headers.get_list("Access-Control-Allow-Origin") == [origin]
        assert (await call("GET", "api/contents", origin=origin)).code == 401
    for origin in refused:
        assert not await is_allowed(call, origin)


@pytest.mark.parametrize("escherpad_config", [{}])
@pytest.mark.parametrize("server_config", [{"ServerApp": {"allow_origin": f"{ALLOWED}/"}}])
async def test_legacy_mistakes(started, call):
    """What never matched anything is said to be a mistake; nobody is allowed."""
    assert ours(started, "E")
    assert not await is_allowed(call, ALLOWED)


@pytest.mark.parametrize(
    "escherpad_config", [{"allowed_origins": [OTHER]}, {"allowed_origins": []}]
)
@pytest.mark.parametrize(
    "server_config",
    [{"ServerApp": {"allow_origin": "*", "allow_credentials": True}}, MISTAKEN_LEGACY],
)
async def test_allowed_origins_wins(started, call, escherpad_config):
    """Over ``allow_origin``, also where it is empty: what the owner wrote last is what counts."""
    assert await is_allowed(call, OTHER) == bool(escherpad_config["allowed_origins"])
    assert not await is_allowed(call, ALLOWED)
    answer = await call("GET", "api/contents", origin=OTHER, token=TOKEN)
    assert "Access-Control-Allow-Credentials" not in answer.headers


@pytest.mark.parametrize("escherpad_config", [{"allowed_origins": [ALLOWED]}])
async def test_refusals_are_logged_once(call, said):
    """One line per origin and reason, with the setting that would allow it."""
    for _ in range(3):
        for path in ("api/contents", "files/x"):
            await call("GET", path, origin=OTHER, token=TOKEN)
            await call("GET", path, origin=ALLOWED, token="wrong")
    lines = [line for line in said if line.startswith("Refused")]
    assert len(lines) == 2
    assert OTHER in lines[0]
    assert "origin_not_listed" in lines[0]
    assert f'c.EscherpadExt.allowed_origins.append("{OTHER}")' in lines[0]
    assert ALLOWED in lines[1]
    assert "unknown_token" in lines[1]


HOSTILE = ['https://x"]; import os #.example', "https://e\x1b[31mvil", "https://a\\n", "%s%n{0}"]


@pytest.mark.parametrize("origin", HOSTILE)
async def test_log_lines_cannot_be_forged(call, said, origin):
    """What a caller sends is shown so that it cannot pass for anything else."""
    assert (await call("GET", "api", origin=origin)).code in {400, 403}
    for line in said:
        assert "\x1b" not in line
        assert "To allow it" not in line


class Clock:
    """A clock that goes when it is told to."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@contextmanager
def log_lines() -> Iterator[tuple[RefusalLog, list[str], Clock]]:
    logger, lines, clock = logging.Logger("test"), [], Clock()
    handler = logging.Handler()
    handler.emit = lambda record: lines.append(record.getMessage())  # type: ignore[method-assign]
    logger.addHandler(handler)
    yield RefusalLog(logger, lambda _refusal, _origin: None, clock), lines, clock


REFUSAL = refuse("origin_refused", "origin_not_listed")


def test_refusal_log_is_rate_limited():
    """So many lines an interval, however many origins; then the rest is counted."""
    with log_lines() as (log, lines, clock):
        for i in range(1000):
            log.record(REFUSAL, f"https://evil-{i}.example", "GET", "/")
        assert len(lines) == LINES_PER_INTERVAL
        clock.now += INTERVAL_SECONDS
        log.record(REFUSAL, OTHER, "GET", "/")
        assert len(lines) == LINES_PER_INTERVAL + 2
        assert str(1000 - LINES_PER_INTERVAL) in lines[-2]
        assert OTHER in lines[-1]
        log.record(REFUSAL, OTHER, "GET", "/")
        assert len(lines) == LINES_PER_INTERVAL + 2


def test_refusal_log_takes_no_memory():
    """A million origins leave nothing behind, in one interval or over many; nor do long ones."""
    with log_lines() as (log, lines, clock):
        tracemalloc.start()
        before, _ = tracemalloc.get_traced_memory()
        for i in range(1_000_000):
            if i % 50_000 == 0:
                clock.now += INTERVAL_SECONDS
                lines.clear()
            log.record(REFUSAL, f"https://evil-{i}.example", "GET", "/")
        for i in range(1000):
            log.record(REFUSAL, f"https://{i}" + "x" * 60_000, "GET", "/" * 60_000)
        after, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert after - before < 200_000


@given(origin=st.text(max_size=400), method=st.text(max_size=40), path=st.text(max_size=400))
def test_refusal_log_lines_are_one_line(origin, method, path):
    """Whatever a caller sends: one line, of bounded length, that a terminal can show."""
    with log_lines() as (log, lines, _clock):
        log.record(REFUSAL, origin, method, path)
    (line,) = lines
    assert line.isprintable()
    assert len(line) < 1000


# The settings in their files, and on the command line: real processes.


async def preflight(server: Server, origin: str):
    headers = [("Origin", origin), ("Access-Control-Request-Method", "PUT")]
    return await ask(server.port, "OPTIONS", f"{server.base_url}api/contents", headers)


LINE = f'c.EscherpadExt.allowed_origins = ["{ALLOWED}"]\n'
SAVED = json.dumps({"EscherpadExt": {"allowed_origins": [ALLOWED]}})
PLACES: dict[str, dict[str, Any]] = {
    "its own file, JSON": {"files": {"jupyter_escherpad_ext_config.json": SAVED}},
    "its own file, Python": {"files": {"jupyter_escherpad_ext_config.py": LINE}},
    "the server's file": {"files": {"jupyter_server_config.py": LINE}},
    "one argument": {"arguments": (f"--EscherpadExt.allowed_origins={ALLOWED}",)},
    "two arguments": {
        "arguments": (
            f"--EscherpadExt.allowed_origins={ALLOWED}",
            f"--EscherpadExt.allowed_origins={OTHER}",
        )
    },
    "a list as an argument": {"arguments": (f"--EscherpadExt.allowed_origins=['{ALLOWED}']",)},
}


@pytest.mark.parametrize("place", PLACES)
async def test_where_settings_can_be_written(tmp_path, place):
    """In each of Jupyter's places, with the same effect."""
    with Server(tmp_path / "jupyter", **PLACES[place]) as server:
        assert (await preflight(server, ALLOWED)).status == 204
        other = await preflight(server, OTHER)
        assert other.status == (204 if place == "two arguments" else 403)
        assert "Traceback" not in server.whole_log()


async def test_all_settings_as_arguments(tmp_path):
    """Numbers, flags and choices come as text there."""
    arguments = (
        f"--EscherpadExt.allowed_origins={ALLOWED}",
        "--EscherpadExt.url_tokens=never",
        "--EscherpadExt.allow_credentials=True",
        "--EscherpadExt.preflight_max_age_seconds=60",
        "--EscherpadExt.public_url=https://jupyter.example.edu",
        "--EscherpadExt.dangerously_allow_insecure_origins=False",
    )
    with Server(tmp_path / "jupyter", arguments=arguments) as server:
        answer = await preflight(server, ALLOWED)
        assert answer.status == 204
        assert answer.get("Access-Control-Allow-Credentials") == "true"
        assert answer.get("Access-Control-Max-Age") == "60"


async def test_mistakes_as_arguments(tmp_path):
    """A start with mistakes in it is a start, and the log has them without a traceback."""
    arguments = (
        f"--EscherpadExt.allowed_origins={ALLOWED}/",
        "--EscherpadExt.url_tokens=sometimes",
        "--EscherpadExt.preflight_max_age_seconds=long",
        "--EscherpadExt.allow_credentials=perhaps",
    )
    with Server(tmp_path / "jupyter", arguments=arguments) as server:
        assert (await preflight(server, ALLOWED)).status == 403
        log = server.whole_log()
    for setting in ("allowed_origins", "url_tokens", "preflight_max_age_seconds"):
        assert f"c.EscherpadExt.{setting}: " in log
    assert ALLOWED in log
    assert "long" in log
    assert "perhaps" in log
    assert "Traceback" not in log


def jupyter(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run ``jupyter server …`` with a user's directories of its own."""
    environment = {
        **{k: v for k, v in os.environ.items() if not k.startswith("JUPYTER")},
        "JUPYTER_CONFIG_DIR": str(folder / "config"),
        "JUPYTER_DATA_DIR": str(folder / "data"),
        "JUPYTER_RUNTIME_DIR": str(folder / "runtime"),
    }
    command = [sys.executable, "-m", "jupyter_server", *arguments]
    return subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=60, check=False
    )


def test_enable_disable_list(tmp_path):
    """As users know it from other extensions, from the file that an installation puts there."""
    folder = tmp_path / "config" / "jupyter_server_config.d"
    folder.mkdir(parents=True)
    installed = folder / "escherpad_ext.json"
    shutil.copy(JUPYTER_CONFIG / "escherpad_ext.json", installed)

    def state() -> Any:
        return json.loads(installed.read_text())["ServerApp"]["jpserver_extensions"]

    assert state() == {"escherpad_ext": True}
    for verb, enabled in [("disable", False), ("enable", True)]:
        done = jupyter(tmp_path, "extension", verb, "escherpad_ext", "--user")
        assert "Extension successfully" in done.stdout + done.stderr
        assert state() == {"escherpad_ext": enabled}
    listed = jupyter(tmp_path, "extension", "list")
    text = listed.stdout + listed.stderr
    assert re.search(rf"escherpad_ext {re.escape(__version__)} .*OK", text)


def test_switched_off_is_off(tmp_path):
    """A server whose owner switched the extension off is the server of before."""
    with Server(tmp_path / "jupyter", extension=False) as server:
        assert "escherpad_ext" not in server.log()


def test_help_names_every_setting(tmp_path):
    """``--help-all`` of the extension's own command line has all settings with their texts."""
    code = (
        "from escherpad_ext.app import EscherpadExt, SETTINGS;"
        "text = EscherpadExt.class_get_help();"
        "missing = [s for s in SETTINGS if f'--EscherpadExt.{s}' not in text];"
        "bare = [s for s in SETTINGS if not EscherpadExt.class_traits()[s].help];"
        "assert not missing and not bare, (missing, bare)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_refused_constant_is_an_origin_that_nobody_lists():
    """The tests above would prove little otherwise."""
    assert REFUSED not in (ALLOWED, OTHER)
