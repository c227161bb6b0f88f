"""A server as if it were some way off: bytes arrive later, and are otherwise as they were."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from threading import Thread

_Chunks = asyncio.Queue[tuple[float, bytes]]  # when each is due; an empty one ends them
_CHUNK_BYTES = 65536


@contextmanager
def far_away(port: int, round_trip: float) -> Iterator[int]:
    """Give the port of a TCP proxy that adds ``round_trip`` seconds on the way to ``port``.

    Half of them each way. Opening a connection costs one round trip more, as on a network.
    """
    ready: Future[tuple[int, asyncio.AbstractEventLoop, asyncio.Event]] = Future()

    async def serve() -> None:
        ended = asyncio.Event()
        server = await asyncio.start_server(
            lambda reader, writer: _carry(port, round_trip, reader, writer), "127.0.0.1", 0
        )
        ready.set_result((server.sockets[0].getsockname()[1], asyncio.get_running_loop(), ended))
        await ended.wait()
        server.close()

    thread = Thread(target=asyncio.run, args=(serve(),), daemon=True)
    thread.start()
    near, loop, ended = ready.result(timeout=10)
    try:
        yield near
    finally:
        loop.call_soon_threadsafe(ended.set)
        thread.join()


async def _carry(
    port: int, round_trip: float, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    opened = asyncio.get_running_loop().time() + round_trip
    there = await asyncio.open_connection("127.0.0.1", port)
    # Browsers drop connections as they like, and the end drops the rest.
    with suppress(ConnectionError, asyncio.CancelledError):
        await asyncio.gather(
            _one_way(reader, there[1], opened, round_trip / 2),
            _one_way(there[0], writer, opened, round_trip / 2),
        )


async def _one_way(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, opened: float, delay: float
) -> None:
    chunks: _Chunks = asyncio.Queue()
    try:
        await asyncio.gather(_receive(reader, chunks, opened, delay), _deliver(chunks, writer))
    finally:
        writer.close()


async def _receive(
    reader: asyncio.StreamReader, chunks: _Chunks, opened: float, delay: float
) -> None:
    now = asyncio.get_running_loop().time
    chunk = b"not yet the end"
    while chunk:
        chunk = await reader.read(_CHUNK_BYTES)
        chunks.put_nowait((max(now(), opened) + delay, chunk))


async def _deliver(chunks: _Chunks, writer: asyncio.StreamWriter) -> None:
    now = asyncio.get_running_loop().time
    chunk = b"not yet the end"
    while chunk:
        due, chunk = await chunks.get()
        await asyncio.sleep(due - now())
        writer.write(chunk)
