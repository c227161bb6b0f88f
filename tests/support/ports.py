"""Ports for the programs that tests start."""

from __future__ import annotations

import os
import socket
from itertools import count

# Systems give out ports above these by themselves, to whoever asks for any (Linux from 32768 on,
# others from 49152): a program that takes its time to start would lose one to another test.
_PORTS = range(10_240, 32_768)
# Each process of a run counts from elsewhere.
_numbers = count(os.getpid() * 211)


def free_port() -> int:
    """Return a port that nobody listens on, and that no other test will get meanwhile."""
    return next(filter(_is_free, (_PORTS[number % len(_PORTS)] for number in _numbers)))


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        if os.name == "posix":  # one that was closed just now is free
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
