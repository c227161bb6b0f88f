"""What apps did as events: each thing once, and on another machine as the page says."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
import yaml
from jupyter_events import EventLogger
from support.constants import ALLOWED
from support.doc_pages import ROOT
from traitlets.config import Config

from escherpad_ext.errors import GrantsUnavailable
from escherpad_ext.grants.activity import Action, ActivityFile
from escherpad_ext.server import activity_events
from escherpad_ext.server.activity_events import ACTIVITY_SCHEMA
from escherpad_ext.server.own_events import OWN_SCHEMAS

PAGE = (ROOT / "docs" / "what-an-app-did.md").read_text(encoding="utf-8")
RECEIVER = """
import socket
receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
receiver.bind(("127.0.0.1", 0))
print(receiver.getsockname()[1], flush=True)
while True:
    print(receiver.recv(65536).rstrip(b"\\0").decode(), flush=True)
"""


@pytest.fixture
def emitted(recorder, jp_serverapp):
    """Return what is emitted from now on."""
    found = []

    async def listen(logger, schema_id, data):
        found.append({name: value for name, value in data.items() if not name.startswith("__")})

    events = jp_serverapp.event_logger
    events.add_listener(schema_id=ACTIVITY_SCHEMA, listener=listen)
    return found


async def test_each_thing_is_told_once(call, give, recorder, emitted, jp_serverapp):
    """What the record counts, the events count together."""
    grant, token = give("view")
    for times in (2, 3):
        for _ in range(times):
            await call("GET", "api/contents", origin=ALLOWED, token=token)
        await recorder.write()
    await jp_serverapp.event_logger.gather_listeners()
    with closing(ActivityFile(recorder._file.path.parents[1])) as file:
        (deed,) = file.read()
    assert sum(each["count"] for each in emitted) == deed.times == 5
    assert {(each["grant"], each["method"], each["path"]) for each in emitted} == {
        (grant.id, "GET", "/api/contents")
    }


async def test_what_is_lost_is_told_once(call, give, recorder, emitted, jp_serverapp):
    """However often somebody looks meanwhile whether the file can be used again."""
    _, token = give("view")
    recorder._file.path.parent.mkdir(mode=0o700, parents=True)
    recorder._file.path.write_bytes(b"no database" * 1000)
    recorder._file.path.chmod(0o600)
    for _ in range(2):
        await call("GET", "api/contents", origin=ALLOWED, token=token)
        await recorder.write()
        for _ in range(3):
            with pytest.raises(GrantsUnavailable):
                await recorder.ask(lambda file: list(file.read()))
    recorder._file.path.unlink()
    (deed,) = await recorder.ask(lambda file: list(file.read()))
    await jp_serverapp.event_logger.gather_listeners()
    assert (deed.action.method, deed.times) == ("LOST", 2)
    assert [(each["method"], each["count"]) for each in emitted] == [("GET", 1), ("LOST", 1)] * 2


async def test_code_and_its_outcome(give, recorder, emitted, jp_serverapp):
    """An outcome that comes later is an event of its own, without a count."""
    grant, _ = give("run")
    detail = json.dumps({"sha256": "ab", "size": 1, "notebook": "a.ipynb", "source": "1"})
    action = Action("kernels:execute", "EXECUTE", "/api/kernels/5", 0, "", detail=detail)
    entry = recorder._add(grant, action, 1.0)
    await recorder.write()
    entry.errors += 1
    recorder._waiting.add(entry)
    await recorder.write()
    await jp_serverapp.event_logger.gather_listeners()
    assert [(each["count"], each["ok"], each["errors"]) for each in emitted] == [
        (1, 0, 0),
        (0, 0, 1),
    ]
    assert {each["sha256"] for each in emitted} == {"ab"}


async def test_a_handler_that_fails(call, give, recorder, jp_serverapp):
    """The record is written all the same."""

    def fail(schema_id, data):
        raise OSError("No such machine")

    jp_serverapp.event_logger.add_modifier(schema_id=ACTIVITY_SCHEMA, modifier=fail)
    listening = []

    async def listen(logger, schema_id, data):
        listening.append(data)

    jp_serverapp.event_logger.add_listener(schema_id=ACTIVITY_SCHEMA, listener=listen)
    _, token = give("view")
    await call("GET", "api/contents", origin=ALLOWED, token=token)
    await recorder.write()
    with closing(ActivityFile(recorder._file.path.parents[1])) as file:
        assert len(list(file.read())) == 1
    assert not listening


async def test_another_machine_receives_them(call, give, recorder):
    """The page's lines, as they are written, and a process that receives."""
    (recipe,) = re.findall(r"```python\n(from logging.handlers.*?)```", PAGE, re.DOTALL)
    receiver = subprocess.Popen(
        [sys.executable, "-c", RECEIVER], stdout=subprocess.PIPE, text=True, encoding="utf-8"
    )
    assert receiver.stdout is not None
    try:
        port = int(receiver.stdout.readline())
        config = Config()
        recipe = recipe.replace('("192.0.2.10", 514)', f'("127.0.0.1", {port})')
        exec(compile(recipe, "jupyter_server_config.py", "exec"), {"c": config})
        recorder.events.set_event_logger(EventLogger(config=config))
        grant, token = give("view")
        await call("GET", "api/contents", origin=ALLOWED, token=token)
        await recorder.write()
        line = receiver.stdout.readline()
    finally:
        receiver.kill()
        receiver.wait()
        receiver.stdout.close()
    found = json.loads(line.partition(">")[2])
    assert found["__schema__"] == ACTIVITY_SCHEMA
    assert (found["grant"], found["path"], found["count"]) == (grant.id, "/api/contents", 1)


def test_each_schema_is_one_of_ours():
    """No grant token receives or sends an event of a schema whose id begins like that."""
    files = (Path(activity_events.__file__).parent / "event_schemas").rglob("*.yaml")
    ids = [yaml.safe_load(file.read_text(encoding="utf-8"))["$id"] for file in files]
    assert len(ids) == 2
    assert all(each.startswith(OWN_SCHEMAS) for each in ids)
