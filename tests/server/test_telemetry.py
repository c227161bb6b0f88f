"""What owners see: last use, counters, events."""

from __future__ import annotations

import asyncio
import json
import re
import time

import pytest
from support.constants import ALLOWED, REFUSED, TOKEN
from support.server_process import command
from support.wire import ask

from escherpad_ext.connect.problems import PROBLEMS
from escherpad_ext.policy.refusal_table import REFUSALS
from escherpad_ext.server import grant_service
from escherpad_ext.server.telemetry import EVENT_SCHEMA


@pytest.fixture
def heard(jp_serverapp, http_server):
    """Return a queue of the data of every event that passed the schema."""
    events: asyncio.Queue = asyncio.Queue()

    async def listen(logger, schema_id, data):
        await events.put(data)

    jp_serverapp.event_logger.add_listener(schema_id=EVENT_SCHEMA, listener=listen)
    return events


async def wait_for(events, change):
    """Return the data of the next event of this kind; other kinds are let pass."""
    while True:
        data = await asyncio.wait_for(events.get(), 10)
        if data["change"] == change:
            return data


async def counters(call):
    """Return what the extension counts, as ``/metrics`` shows it."""
    text = (await call("GET", "metrics", token=TOKEN)).body.decode()
    found = re.findall(r"^(escherpad_ext_\w+_total)\{([^}]*)\} (\S+)$", text, re.MULTILINE)
    return {(name, labels): float(value) for name, labels, value in found}


async def test_events_of_a_grant_s_life(heard, watcher, call, issuer, jp_http_port, jp_base_url):
    """Made and revoked by another process, used for the first time, refused: each is told once."""
    await watcher.look()
    token = await command("create", "--origin", ALLOWED, "--scope", "view", "--name", "A lab")
    made = await wait_for(heard, "created")
    assert (made["origin"], made["name"]) == (ALLOWED, "A lab")
    assert made["folder"] is None
    assert "contents:read" in made["scopes"]
    for _ in range(3):
        assert (await call("GET", "api/contents", origin=ALLOWED, token=token)).code == 200
    used = await wait_for(heard, "first_used")
    assert used["grant"] == made["grant"]
    assert used["remote_ip"] in {"127.0.0.1", "::1"}
    await call("POST", "api/kernels", origin=ALLOWED, token=token)
    refused = await wait_for(heard, "refused")
    assert (refused["origin"], refused["reason"]) == (ALLOWED, "scope_missing")
    await command("revoke", made["grant"])
    revoked = await wait_for(heard, "revoked")
    assert revoked["grant"] == made["grant"]
    for _ in range(2):
        await watcher.look()
    assert heard.empty(), heard
    text = json.dumps([made, used, refused, revoked])
    assert not any(part in text for part in token.split("."))


@pytest.fixture
def no_timer(monkeypatch):
    """Leave only the look at the start."""
    monkeypatch.setattr(grant_service, "OPENS_AFTER_SECONDS", 3600)


async def test_the_first_second_is_told_of(no_timer, heard, watcher, give, issuer):
    """A grant that was made and revoked before the timer's first look."""
    while watcher._seen.mark is None:
        await asyncio.sleep(0.01)
    grant, _ = give("view")
    issuer.registry.revoke(grant.id, time.time())
    await watcher.look()
    assert (await wait_for(heard, "created"))["grant"] == grant.id
    assert (await wait_for(heard, "revoked"))["grant"] == grant.id


async def test_a_new_registry_is_told_of(heard, watcher, give, issuer):
    """After the owner has moved the file away, grants of the new one are no less worth a word."""
    for _ in range(3):
        give("view")
    await watcher.look()
    for path in issuer.registry._database.path.parent.glob("grants*"):
        path.unlink()
    await watcher.look()
    grant, _ = give("view")
    await watcher.look()
    while (await wait_for(heard, "created"))["grant"] != grant.id:
        pass


WEIRD = ["\x01", "ü" * 50, "x" * 8000, "{} %s {0}", 'a"b\\', "https://" + "a." * 500 + "example"]


async def test_refusals_of_the_weirdest_origins_are_told_too(heard, jp_http_port, jp_base_url):
    """Whatever a caller writes, the event is valid, and bounded as the log line is."""
    for origin in WEIRD:
        await ask(jp_http_port, "GET", f"{jp_base_url}api/contents", [("Origin", origin)])
    while not heard.empty():
        data = heard.get_nowait()
        assert len(json.dumps(data)) < 4000


async def test_counters_have_closed_label_sets(call, give, jp_http_port, jp_base_url):
    """Origins, paths, methods, tokens and scopes that a caller invents make no new series."""
    _, token = give("view")
    for number in range(3):
        for origin in (ALLOWED, REFUSED, f"https://{number}.example", "null", "odd"):
            for method in ("GET", "PUT", f"M{number}"):
                for given in (token, token + str(number), f"wrong-{number}", None):
                    headers = [("Origin", origin)]
                    headers += [("Authorization", f"Bearer {given}")] if given else []
                    path = f"{jp_base_url}api/contents/{number}?x={number}"
                    await ask(jp_http_port, method, path, headers)
    labels: dict[str, set[str]] = {}
    for counter, text in await counters(call):
        if "connect" in counter + text:  # of other tests of this process: see tests/connect
            continue
        for name, value in re.findall(r'(\w+)="([^"]*)"', text):
            labels.setdefault(name, set()).add(value)
    assert labels["error"] <= {"connect_refused", *(error for error, _ in REFUSALS)}
    assert labels["reason"] <= {*PROBLEMS, *(reason for _, reason in REFUSALS)}
    assert labels["token"] <= {"server", "grant"}
    assert labels.get("change", set()) <= {"created", "first_used", "revoked", "expired"}
    assert labels.keys() <= {"error", "reason", "token", "change", "outcome"}


async def test_counters_count(call, give):
    """Each request by the token that authenticated it, each refusal by its reason."""
    _, token = give("view")
    await call("GET", "api/contents", origin=ALLOWED, token=token)
    before = await counters(call)
    for _ in range(5):
        await call("GET", "api/contents", origin=ALLOWED, token=token)
        await call("POST", "api/kernels", origin=ALLOWED, token=token)
    after = await counters(call)

    def grown(name, labels):
        key = (f"escherpad_ext_{name}_total", labels)
        return after.get(key, 0) - before.get(key, 0)

    assert grown("requests_served", 'token="grant"') == 5
    lacking = 'error="insufficient_scope",reason="scope_missing"'
    assert grown("requests_refused", lacking) == 5


async def test_core_s_own_metrics_keep_their_names(call, give):
    """A handler goes by one name in ``http_request_duration_seconds``, whoever asks."""
    _, token = give("view")
    await call("GET", "api/contents", origin=ALLOWED, token=token)
    text = (await call("GET", "metrics", token=TOKEN)).body.decode()
    handlers = set(re.findall(r'http_request_duration_seconds_count\{[^}]*handler="([^"]*)"', text))
    assert "jupyter_server.services.contents.handlers.ContentsHandler" in handlers
    assert not {name for name in handlers if name.startswith("escherpad_ext.server.identity")}


async def test_last_use_is_written_seldom(call, give, issuer, jp_serverapp):
    """Many requests are one write at most; the rest is written when the server stops."""
    first, second = give("view"), give("view")
    now = int(time.time())
    reader = issuer.registry
    versions = {reader.version()}
    for _ in range(25):
        for _, token in (first, second):
            assert (await call("GET", "api/contents", origin=ALLOWED, token=token)).code == 200
            versions.add(reader.version())
    assert len(versions) <= 2
    (extension,) = jp_serverapp.extension_manager.extension_apps["escherpad_ext"]
    await extension._grants.stop()
    for grant, _ in (first, second):
        assert reader.get(grant.id).last_used >= now
    assert len({*versions, reader.version()}) <= 3


async def test_a_refused_request_is_no_use(call, give, issuer, heard, jp_serverapp):
    """Only what was served is: a token in wrong hands does not look used by its owner."""
    grant, token = give("view")
    await call("GET", "api/contents", token=token)
    await call("POST", "api/kernels", origin=ALLOWED, token=token)
    (extension,) = jp_serverapp.extension_manager.extension_apps["escherpad_ext"]
    await extension._grants.stop()  # it writes what was noted
    assert issuer.registry.get(grant.id).last_used is None
