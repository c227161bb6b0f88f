"""Events of this extension: apps neither receive nor send them, whatever their scopes."""

from __future__ import annotations

import json

import pytest
from support.constants import ALLOWED, TOKEN

from escherpad_ext.server.activity_events import ACTIVITY_SCHEMA
from escherpad_ext.server.own_events import OWN_SCHEMAS
from escherpad_ext.server.telemetry import EVENT_SCHEMA

OTHER = {
    "schema_id": "https://events.jupyter.org/jupyter_server/contents_service/v1",
    "data": {"action": "get", "path": "a.ipynb"},
    "version": "1",
}
OWN = {
    "schema_id": EVENT_SCHEMA,
    "data": {"change": "revoked", "origin": "https://another.example"},
    "version": "1",
}
ACTIVITY = {
    "schema_id": ACTIVITY_SCHEMA,
    "data": {
        **dict.fromkeys(("grant", "origin", "name", "scope", "method", "path"), "x"),
        **dict.fromkeys(("target", "reason"), ""),
        **dict.fromkeys(("status", "first", "last", "count", "ok", "errors"), 1),
        "program": None,
    },
    "version": "1",
}
SCOPES = ["run", "full"]


async def subscribe(open_socket, token):
    headers = {"Authorization": f"token {token}"}
    return await open_socket("api/events/subscribe", origin=ALLOWED, headers=headers)


async def received_until(socket, last):
    """Return the schemas of what a socket receives, up to an event of this one."""
    found = []
    while not found or found[-1] != last:
        found.append(json.loads(await socket.read_message())["schema_id"])
    return found


@pytest.mark.parametrize("scope", SCOPES)
async def test_no_app_receives_them(jp_serverapp, give, open_socket, scope):
    """It receives those of others, and the server's token receives all."""
    _, token = give(scope)
    app, owner = await subscribe(open_socket, token), await subscribe(open_socket, TOKEN)
    for event in (OWN, OWN, ACTIVITY, OTHER):
        jp_serverapp.event_logger.emit(schema_id=event["schema_id"], data=event["data"])
    assert set(await received_until(app, OTHER["schema_id"])) == {OTHER["schema_id"]}
    assert OWN["schema_id"] in await received_until(owner, ACTIVITY_SCHEMA)


@pytest.mark.parametrize("scope", SCOPES)
async def test_none_is_taken_from_an_app(call, give, scope):
    """It may send those of others, and the owner may send all."""
    _, token = give(scope)

    async def send(event, token):
        body = json.dumps(event)
        return await call("POST", "api/events", origin=ALLOWED, token=token, body=body)

    assert (await send(OTHER, token)).code == 204
    for own in (OWN, ACTIVITY):
        refused = await send(own, token)
        assert (refused.code, json.loads(refused.body)["reason"]) == (403, "out_of_reach")
        assert (await send(own, TOKEN)).code == 204


@pytest.mark.parametrize(
    "body",
    [
        f'{{"schema_id": "x", "schema_id": "{EVENT_SCHEMA}"}}',
        f' \n{{"schema_id": "{EVENT_SCHEMA}"}}\n',
        '{"schema_id": "' + EVENT_SCHEMA.replace("e", "\\u0065") + '"}',
        f'{{"schema_id": "{OWN_SCHEMAS}of-tomorrow/v1"}}',
    ],
)
async def test_another_spelling_is_the_same_schema(call, give, body):
    """What counts is what Jupyter Server would read."""
    answer = await call("POST", "api/events", origin=ALLOWED, token=give("run")[1], body=body)
    assert (answer.code, json.loads(answer.body)["reason"]) == (403, "out_of_reach")


@pytest.mark.parametrize("body", ["", "[]", "nonsense", "[" * 100_000, '{"schema_id": []}'])
async def test_nonsense_is_left_to_jupyter_server(call, give, body):
    """It is refused there, as without this extension."""
    answer = await call("POST", "api/events", origin=ALLOWED, token=give("run")[1], body=body)
    assert answer.code in {400, 500}
