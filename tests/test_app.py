"""The settings, as owners write them: what they do, and what is said where they are wrong."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from support.constants import ALLOWED, TOKEN
from support.server_process import Server

from escherpad_ext.app import EscherpadExt

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


def ours(started: str, level: str) -> list[str]:
    """Return the lines of a level (``E``, ``W``) that the extension wrote."""
    found = LOG_LINE.findall(started)
    return [text for at, name, text in found if (at, name) == (level, "EscherpadExt")]


async def is_allowed(call, origin: str) -> bool:
    """Return whether an origin is served; preflight and request must say the same."""
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
    assert "other origins are refused until this is fixed" in errors[1]
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


async def test_a_server_that_stops_before_the_extension_is_initialized():
    """There is nothing to free."""
    await EscherpadExt().stop_extension()


def test_a_server_that_cannot_start(tmp_path):
    """It says why, and the extension adds no traceback."""
    server = Server(tmp_path / "jupyter", arguments=("--ServerApp.preferred_dir=/nonexistent",))
    with pytest.raises(AssertionError), server:
        pass
    log = server.whole_log()
    assert "No such preferred dir" in log
    assert "stop_extension" not in log
    assert "escherpad_ext" not in "".join(line for line in log.splitlines() if "File " in line)
    assert "AttributeError" not in log
