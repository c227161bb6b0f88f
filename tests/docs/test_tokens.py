"""docs/tokens.md and docs/wire.md say what the code does: scopes, tokens, what owners see."""

from __future__ import annotations

import json
import logging
import re
import time
from io import StringIO
from pathlib import Path

import jwt
import pytest
import yaml
from jupyter_events import EventLogger
from support.doc_pages import PAGES, TOKENS_PAGE, WIRE_PAGE, code, named, table
from support.sample_grants import sample_grant

from escherpad_ext.grants import COMMAND_WAIT_SECONDS
from escherpad_ext.grants.keys import KEY_BYTES, ROTATE_AFTER_SECONDS
from escherpad_ext.grants.registry import FILE_NAME, KEEP_SECONDS, REQUEST_WAIT_SECONDS
from escherpad_ext.policy.folders import FOLDER_BUNDLES, FOLDER_WORDS
from escherpad_ext.policy.lifetimes import DEFAULT_MAX_SECONDS, DEFAULT_SECONDS
from escherpad_ext.policy.refusals import refuse
from escherpad_ext.policy.scope_words import marked_words
from escherpad_ext.policy.scopes import BUNDLES, FULL, MCP, SCOPES
from escherpad_ext.policy.secret import Secret
from escherpad_ext.policy.token_encoding import MAX_LENGTH
from escherpad_ext.policy.tokens import (
    ISSUER_PREFIX,
    KEY_ID_PREFIX,
    REASONS,
    Claims,
    mint,
)
from escherpad_ext.server import telemetry
from escherpad_ext.server.activity import ActivityRecorder
from escherpad_ext.server.grant_log import GrantLog
from escherpad_ext.server.refusal_log import INTERVAL_SECONDS, LINES_PER_INTERVAL, RefusalLog
from escherpad_ext.server.sockets import CLOSE_CODE

TOKENS_TEXT = TOKENS_PAGE.read_text(encoding="utf-8")
WIRE_TEXT = WIRE_PAGE.read_text(encoding="utf-8")
GRANT = sample_grant(
    id="0" * 32, name="lab", via="command", key_id="escherpad-00-11", created=1, expires=2
)


def codes(text: str) -> list[str]:
    return re.findall("`([^`]*)`", text)


# Scopes


def test_bundles_are_documented() -> None:
    """Each bundle with its words and its mark, in the order of the table, and no other."""
    rows = table(TOKENS_PAGE, "| bundle | what it gives |")
    assert [(code(name), words.replace("*", "")) for name, words in rows] == [
        (name, marked_words(name)) for name in BUNDLES
    ]


def test_scopes_are_documented() -> None:
    """Each scope with its words and its mark; ``full`` stands among the bundles."""
    rows = table(TOKENS_PAGE, "| scope | what it lets an app do |")
    assert [(code(name), words.replace("*", "")) for name, words in rows] == [
        (name, marked_words(name)) for name in SCOPES if name != FULL
    ]


def test_what_the_scopes_of_paths_give_is_documented() -> None:
    """In the words of the connect page, marked as there."""
    rows = table(TOKENS_PAGE, "| scope of a path | what it lets an app do |")
    found = [(codes(name)[0], words.replace("**", "")) for name, words in rows]
    assert found == [(name, marked_words(name)) for name in ("mcp:execute", "agent:execute")]


def test_what_a_folder_confines_is_documented() -> None:
    """Each bundle and scope that can be limited to a folder, with its words there, and no other."""
    rows = table(TOKENS_PAGE, "| with a folder | what it gives there |")
    assert [(code(name), words) for name, words in rows] == [
        (name, marked_words(name, "a folder")) for name in (*FOLDER_BUNDLES, *FOLDER_WORDS)
    ]


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_no_page_names_a_scope_that_does_not_exist(page: Path) -> None:
    """What looks like a scope is one, and so is every name that a command asks for.

    The examples of ``resource_paths`` have scopes, too.
    """
    text = page.read_text(encoding="utf-8")
    named = re.findall(r"\b[a-z]+:(?:read|write|execute)\b", text)
    named += re.findall(r"--scope (\S+)", text)
    assert set(named) <= {*SCOPES, *BUNDLES, MCP, "agent:execute"}


CLIENTS = [page for page in PAGES if page.parent.name == "clients"]


@pytest.mark.parametrize("page", CLIENTS, ids=named)
def test_what_amounts_to_everything_is_marked_for_clients(page: Path) -> None:
    """Where a recipe says which scope it needs, it says what that is."""
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in page.read_text(encoding="utf-8").splitlines()
        if line.startswith("|")
    ]
    powerful = re.compile(r"`(?:run|terminal|full)`")
    unmarked = [
        row
        for row in rows
        for cell in row[1:2]
        if powerful.match(cell) and "control" not in cell.lower()
    ]
    assert unmarked == []


# Numbers


@pytest.mark.parametrize(
    ("sentence", "number"),
    [
        ("Eight hours by default", DEFAULT_SECONDS / 3600 == 8),
        ("up to 30 days", DEFAULT_MAX_SECONDS == 30 * 86400),
        ("tokens that have ended; they are listed for 30 days", KEEP_SECONDS == 30 * 86400),
        ("A key signs new tokens for 30 days", ROTATE_AFTER_SECONDS == 30 * 86400),
        ("32 random bytes", KEY_BYTES == 32),
        ("waits up to 0.15 seconds for a lock", REQUEST_WAIT_SECONDS == 0.15),
        ("The commands wait for five seconds", COMMAND_WAIT_SECONDS == 5),
        ("at most one line a minute for each origin and reason", INTERVAL_SECONDS == 60),
        ("30 in all", LINES_PER_INTERVAL == 30),
        (f"escherpad_ext/{FILE_NAME}", True),
        (f"close code {CLOSE_CODE}", True),
    ],
)
def test_numbers(sentence: str, number: bool) -> None:
    """What the page says in numbers is what the code has."""
    assert number
    assert sentence in " ".join(TOKENS_TEXT.split())


# On the wire


def test_the_token_is_documented() -> None:
    """Every member of header and payload, in the order of the wire, and no other."""
    claims = Claims(
        issuer=f"{ISSUER_PREFIX}a",
        audience=f"{ISSUER_PREFIX}a",
        owner="ana",
        client="none",
        scopes=frozenset({"contents:read"}),
        issued=1,
        expires=2,
        grant_id="0" * 32,
        folder="data",
        program="command",
        resource="/mcp",
    )
    token = mint(claims, f"{KEY_ID_PREFIX}0", Secret(b"k" * 32))
    header = jwt.get_unverified_header(token)
    payload = jwt.decode(token, options={"verify_signature": False})
    shown = {code(name): value for name, value in table(WIRE_PAGE, "| header | value |")}
    assert shown.keys() == header.keys()
    assert codes(shown["alg"]) == [header["alg"]]
    assert codes(shown["typ"]) == [header["typ"]]
    assert codes(shown["kid"]) == [KEY_ID_PREFIX]
    rows = table(WIRE_PAGE, "| claim | value |")
    assert [code(name) for name, _ in rows] == list(payload)
    assert codes(rows[0][1]) == [ISSUER_PREFIX]
    assert f"at most {MAX_LENGTH} characters" in WIRE_TEXT
    assert len(Claims._fields) == len(rows)


def test_close_codes_are_documented() -> None:
    """The one close code, each reason for it."""
    rows = table(WIRE_PAGE, "| close code | reason | |")
    assert {row[0] for row in rows} == {str(CLOSE_CODE)}
    assert {code(row[1]) for row in rows} <= set(REASONS)


# What owners see


def test_counters_are_documented() -> None:
    """Every counter as Prometheus calls it, with its labels, and the values of those."""
    rows = table(TOKENS_PAGE, "| counter | labels | counts |")
    counters = (telemetry.SERVED, telemetry.REFUSED, telemetry.GRANTS)
    assert [(code(name), tuple(codes(labels))) for name, labels, _ in rows] == [
        (f"{counter._name}_total", counter._labelnames) for counter in counters
    ]
    assert codes(rows[2][2]) == ["created", "first_used", "revoked", "expired"]


def test_the_event_is_documented() -> None:
    """The schema's id, every field and every change that it knows."""
    schema = yaml.safe_load(telemetry._SCHEMA_FILE.read_text(encoding="utf-8"))
    rows = {code(name): rest for name, *rest in table(TOKENS_PAGE, "| field | in | |")}
    assert schema["$id"] == telemetry.EVENT_SCHEMA
    assert f"`{schema['$id']}`" in TOKENS_TEXT
    assert rows.keys() == schema["properties"].keys()
    assert codes(rows["change"][1]) == schema["properties"]["change"]["enum"]
    always = [name for name, (when, _) in rows.items() if when == "all"]
    assert always == schema["required"]


def test_each_event_has_the_fields_that_the_page_says() -> None:
    """Every change as it is told, past the schema."""
    rows = table(TOKENS_PAGE, "| field | in | |")
    told = {event["change"]: event for event in events_of_a_life()}
    for change, event in told.items():
        shown = {code(name) for name, when, _ in rows if when == "all" or change in codes(when)}
        assert {name for name in event if not name.startswith("__")} == shown, change
    assert set(told) == set(codes(rows[0][2]))


def events_of_a_life() -> list[dict[str, object]]:
    """Return all that the extension tells, as it arrives at a listener of the event logger."""
    stream = StringIO()
    handler = logging.StreamHandler(stream)
    nobody = logging.getLogger("nobody")
    activity = ActivityRecorder(Path("nowhere"), "/", nobody, time.time)
    told = telemetry.Telemetry(RefusalLog(nobody, lambda *_: None), GrantLog(nobody), activity)
    told.set_event_logger(EventLogger(handlers=[handler]))
    told.created(GRANT)
    told.first_used(GRANT, "127.0.0.1")
    told.refused(refuse("invalid_token", "revoked"), GRANT.origin, "GET", "/api")
    told.revoked(GRANT)
    told.expired(GRANT)
    told.kernel_started(GRANT, "k")
    return [json.loads(line) for line in stream.getvalue().splitlines()]
