"""Objects that live in other processes, and do there what they are asked to."""

from __future__ import annotations

import asyncio
import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.connection import Connection
from typing import Any


class Remote:
    """An object in a process of its own: its methods, which are coroutines, run one by one."""

    def __init__(self, make: Callable[[], Any]) -> None:
        # Not a fork: it would have copies of this process's open files.
        context = multiprocessing.get_context("spawn")
        self._orders, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, make), daemon=True)
        self._process.start()
        theirs.close()

    def order(self, method: str, *values: object) -> None:
        """Have a method run."""
        self._orders.send((method, values))

    def result(self) -> Any:
        """Return what came of the first order that was not asked for yet."""
        succeeded, value = self._orders.recv()
        if not succeeded:
            raise RuntimeError(value)
        return value

    def ask(self, method: str, *values: object) -> Any:
        """Return what a method returns."""
        self.order(method, *values)
        return self.result()

    def end(self) -> None:
        """End the process."""
        self._orders.close()
        self._process.join()


@contextmanager
def remote(makers: Sequence[Callable[[], Any]]) -> Iterator[list[Remote]]:
    """Give what these make, each in a process of its own."""
    remotes = [Remote(make) for make in makers]
    try:
        yield remotes
    finally:
        for each in remotes:
            each.end()


def ask_all(remotes: Sequence[Remote], method: str, *values: object) -> dict[str, Any]:
    """Have all run a method at the same time; return what they return, as one."""
    for each in remotes:
        each.order(method, *values)
    return {key: value for each in remotes for key, value in each.result().items()}


def _serve(orders: Connection, make: Callable[[], Any]) -> None:
    asyncio.run(_obey(orders, make()))


async def _obey(orders: Connection, actor: Any) -> None:
    loop = asyncio.get_running_loop()
    while True:
        try:
            method, values = await loop.run_in_executor(None, orders.recv)
        except EOFError:
            return
        try:
            answer = True, await getattr(actor, method)(*values)
        except Exception as error:  # whoever asked is told
            answer = False, repr(error)
        orders.send(answer)
