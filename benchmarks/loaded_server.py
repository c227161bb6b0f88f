"""A server for load: with some kernels, and telling what it has in memory."""

from __future__ import annotations

import json
import shutil
import time
from pathlib import Path
from typing import NamedTuple

from .crowd import Wanted
from .refused_origins import resident_kib
from .servers import AUTHORIZATION, Server

ORIGINS = ("https://www.escherpad.com", "https://app.example.com", "http://localhost:3000")
KERNELS = 4
#: Each is four sockets of ZeroMQ, of which a process may have 1023.
MOST_KERNEL_SOCKETS = 200
#: Core keeps what was a kernel's socket until two of its timers have run out, which takes a minute
#: unless it is told otherwise.
_TIMERS_SECONDS = 3
_SETTLE_SECONDS = 60.0


class Held(NamedTuple):
    """What a server has in memory, and open."""

    sockets: int
    tasks: int
    objects: int
    descriptors: int | None
    kib: float | None


class LoadedServer(Server):
    """A running server with some kernels; use it as a context manager."""

    stop_seconds = 60  # it stops its kernels first

    def __init__(self, *, extension: bool = True, activity: str = "on") -> None:
        super().__init__(
            {
                "ServerApp": {
                    "jpserver_extensions": {"escherpad_ext": extension, "objects_left": True},
                    "reraise_server_extension_failures": True,
                    "tornado_settings": {"ws_ping_interval": _TIMERS_SECONDS * 1000},
                },
                "EscherpadExt": {"allowed_origins": list(ORIGINS), "activity": activity},
                "MappingKernelManager": {"kernel_info_timeout": _TIMERS_SECONDS},
            }
        )
        self._kernels: list[str] = []

    def __enter__(self) -> LoadedServer:
        # Its folder is the first of those that it imports from.
        shutil.copy(Path(__file__).parent / "objects_left.py", self.folder)
        super().__enter__()
        for _ in range(KERNELS):
            started = self.connect().ask("POST", "/api/kernels", AUTHORIZATION, status=201)
            self._kernels.append(json.loads(started)["id"])
        return self

    def sockets(self, whose: str, tokens: list[str], most_kernels: int) -> list[Wanted]:
        """Return a socket for each of the tokens: of a kernel and of events in turns."""
        wanted = []
        for number, token in enumerate(tokens):
            name = f"{whose}-{number}"
            kernel = self._kernels[number // 2 % KERNELS]
            is_kernels = number % 2 == 0 and number // 2 < most_kernels
            path = f"/api/kernels/{kernel}/channels?session_id={name}"
            wanted.append(Wanted(name, path if is_kernels else "/api/events/subscribe", token))
        return wanted

    def held(self) -> Held:
        """Return what it has in memory that is not garbage."""
        counted = json.loads(self.connect().ask("GET", "/objects-left", AUTHORIZATION))
        descriptors = Path(f"/proc/{self.pid}/fd")
        opened = len(list(descriptors.iterdir())) if descriptors.exists() else None
        return Held(**counted, descriptors=opened, kib=resident_kib(self.pid))

    def settled(self, sockets: int) -> Held:
        """Return what it has once no more than these sockets are left, or after a minute."""
        end = time.monotonic() + _SETTLE_SECONDS
        time.sleep(_TIMERS_SECONDS + 1)
        while (held := self.held()).sockets > sockets and time.monotonic() < end:
            time.sleep(1)
        return held
