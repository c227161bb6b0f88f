"""Somebody in a room of jupyter-collaboration."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pycrdt
from pycrdt import Doc, Text


class Person:
    """Somebody in a room of a text."""

    def __init__(self, socket: Any) -> None:
        self.socket = socket
        self.doc = Doc[Any]()
        self.text = self.doc.get("source", type=Text)

    async def read(self, enough: Callable[[str], bool]) -> None:
        """Take part as pages do until the text is as it should be."""
        await self.socket.write_message(pycrdt.create_sync_message(self.doc), binary=True)
        while not enough(str(self.text)):
            message = await self.socket.read_message()
            assert message is not None
            if message[0] == pycrdt.YMessageType.SYNC:
                answer = pycrdt.handle_sync_message(message[1:], self.doc)
                if answer is not None:
                    await self.socket.write_message(answer, binary=True)

    async def write(self, *words: str) -> None:
        """Send each word as an edit of its own."""
        for word in words:
            state = self.doc.get_state()
            self.text += word
            update = self.doc.get_update(state)
            await self.socket.write_message(pycrdt.create_update_message(update), binary=True)

    async def leave(self) -> None:
        """Close the socket, and wait until the server has heard of it."""
        self.socket.close(1000)
        while await self.socket.read_message() is not None:
            pass
