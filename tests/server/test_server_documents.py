"""The rooms of jupyter-server-documents, which it has instead of those of jupyter-collaboration.

It cannot be installed beside that, so these tests run in an environment of their own.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from support.constants import ALLOWED
from tornado.httpclient import HTTPClientError

pytest.importorskip("jupyter_server_documents", reason="It excludes jupyter-collaboration 5.")

pycrdt = pytest.importorskip("pycrdt")

PROTOCOL = "v1.token.websocket.jupyter.org"
ROOM = "api/collaboration/room/JupyterLab:globalAwareness"


@pytest.fixture
def server_config() -> dict[str, Any]:
    extensions = ("jupyter_server_documents", "jupyter_server_fileid", "escherpad_ext")
    return {"ServerApp": {"jpserver_extensions": dict.fromkeys(extensions, True)}}


@pytest.fixture
def enter(open_socket: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that enters the room with a token, as far as the room demands it."""

    async def enter(token: str) -> Any:
        protocols = [PROTOCOL, f"{PROTOCOL}.{token}"]
        socket = await open_socket(ROOM, origin=ALLOWED, protocols=protocols)
        doc, answer = pycrdt.Doc(), None
        await socket.write_message(pycrdt.create_sync_message(doc), binary=True)
        while answer is None:
            message = await socket.read_message()
            if message[0] == pycrdt.YMessageType.SYNC:
                answer = pycrdt.handle_sync_message(message[1:], doc)
        await socket.write_message(answer, binary=True)
        return socket

    return enter


def presence(user: str) -> tuple[int, bytes]:
    """Return a client's number, and the message by which it shows itself as a user."""
    doc = pycrdt.Doc()
    awareness = pycrdt.Awareness(doc)
    awareness.set_local_state({"user": {"username": user}})
    update = awareness.encode_awareness_update([doc.client_id])
    return doc.client_id, pycrdt.create_awareness_message(update)


async def seen(socket: Any) -> AsyncIterator[dict[int, Any]]:
    """Yield who is there, after each message of the room."""
    shown = pycrdt.Awareness(pycrdt.Doc())
    while (message := await socket.read_message()) is not None:
        if message[0] == pycrdt.YMessageType.AWARENESS:
            shown.apply_awareness_update(pycrdt.read_message(message[1:]), "server")
            yield shown.states


async def until(socket: Any, look: Callable[[dict[int, Any]], bool]) -> None:
    async for states in seen(socket):
        if look(states):
            return


@pytest.mark.parametrize("scope", ["view", "edit", "run"])
async def test_only_full_opens_them(enter, give, scope):
    """They declare no resource, and nothing keeps what is written there from being trusted."""
    _, token = give(scope)
    with pytest.raises(HTTPClientError) as raised:
        await enter(token)
    assert raised.value.code == 403
    assert json.loads(raised.value.response.body)["scope"] == "full"


async def test_whoever_is_revoked_is_shown_no_longer(enter, give, issuer):
    """The others see it at once; without help it takes the room 30 seconds."""
    guest, guest_token = give("full")
    _, token = give("full")
    host, visitor = await enter(token), await enter(guest_token)
    number, message = presence(f"grant-{guest.id}")
    await visitor.write_message(message, binary=True)
    await asyncio.wait_for(until(host, lambda states: number in states), 20)
    issuer.registry.revoke(guest.id, guest.created)
    await asyncio.wait_for(until(host, lambda states: number not in states), 20)
