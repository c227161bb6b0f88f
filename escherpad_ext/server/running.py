"""What of the apps runs on this server now: kernels, terminals, WebSockets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timezone
from functools import partial
from typing import TYPE_CHECKING, Any

from jupyter_server.utils import ensure_async
from tornado.web import HTTPError

from ..grants import Grant
from .kernel_memory import memory_of
from .sockets import LiveSockets
from .started import Start, Started, terminal_manager_of

if TYPE_CHECKING:
    from jupyter_server.serverapp import ServerApp


class _Since:
    started: float

    @property
    def since(self) -> datetime:
        """Return the time of the start."""
        return datetime.fromtimestamp(self.started, timezone.utc)


@dataclass(frozen=True)
class Kernel(_Since):
    """A kernel that an app started. ``path`` is that of its notebook, None where it has none.

    ``started`` is in seconds since 1970. ``memory`` is what its processes use, in bytes; None where
    Jupyter does not tell it, which is without jupyter-resource-usage and for kernels elsewhere.
    """

    id: str
    name: str
    path: str | None
    state: str
    started: float
    memory: int | None = None


@dataclass(frozen=True)
class Terminal(_Since):
    """A terminal that an app opened."""

    name: str
    started: float


@dataclass
class AppNow:
    """What one app has running. ``grant`` is as it was when the app started something.

    ``uses`` are the ids of the kernels to which it has a socket, whoever started them.
    """

    grant: Grant | None = None
    kernels: list[Kernel] = field(default_factory=list)
    terminals: list[Terminal] = field(default_factory=list)
    sockets: int = 0
    uses: list[str] = field(default_factory=list)


class Running:
    """Looks at what runs."""

    def __init__(self, serverapp: ServerApp, started: Started, sockets: LiveSockets) -> None:
        self._serverapp = serverapp
        self._started = started
        self._sockets = sockets

    @property
    def _tells_memory(self) -> bool:
        package = self._serverapp.extension_manager.extensions.get("jupyter_resource_usage")
        return package is not None and bool(package.enabled)

    async def look(self) -> dict[str, AppNow]:
        """Return what runs now, by grant id, of live grants and of those that ended."""
        found = {key: AppNow(sockets=count) for key, count in self._sockets.counts().items()}
        for key, ids in self._sockets.kernels().items():
            found[key].uses.extend(sorted(ids))
        kernels = self._started.kernels(self._serverapp.kernel_manager)
        paths = await self._paths() if kernels else {}
        for kernel_id, start in kernels.items():
            kernel = await self._kernel(kernel_id, start, paths)
            if kernel is not None:
                _of(found, start).kernels.append(kernel)
        for name, start in self._started.terminals(terminal_manager_of(self._serverapp)).items():
            _of(found, start).terminals.append(Terminal(name, start.started))
        return found

    async def shut_down(self, grant_id: str) -> None:
        """Shut down the kernels that an app started, and close the terminals that it opened.

        Disconnect it first, or it may start others. One that cannot be shut down stays listed.
        """
        kernels, terminals = self._serverapp.kernel_manager, terminal_manager_of(self._serverapp)
        for each, start in self._started.kernels(kernels).items():
            if start.grant.id == grant_id:
                await self._end(kernels.shutdown_kernel, each)
        for each, start in self._started.terminals(terminals).items():
            if start.grant.id == grant_id:
                await self._end(partial(terminals.terminate, force=True), each)

    async def _end(self, end: Callable[[str], Any], name: str) -> None:
        try:
            await ensure_async(end(name))
        except Exception:  # whatever a manager raises, the others are ended
            self._serverapp.log.warning("What an app started was not ended.", exc_info=True)

    async def _paths(self) -> dict[str, str]:
        """Return the paths of notebooks and consoles, by the id of their kernel."""
        manager: Any = self._serverapp.session_manager
        with suppress(HTTPError, OSError):  # a gateway may not answer
            sessions = await ensure_async(manager.list_sessions())
            return {each["kernel"]["id"]: each["path"] for each in sessions if each["kernel"]}
        return {}

    async def _kernel(
        self, kernel_id: str, start: Start, paths: Mapping[str, str]
    ) -> Kernel | None:
        manager: Any = self._serverapp.kernel_manager
        with suppress(HTTPError, KeyError):  # it ended meanwhile
            model = await ensure_async(manager.kernel_model(kernel_id)) or {}
            state = str(model.get("execution_state") or "unknown")
            name = str(model.get("name") or "")
            memory = memory_of(manager.get_kernel(kernel_id)) if self._tells_memory else None
            return Kernel(kernel_id, name, paths.get(kernel_id), state, start.started, memory)
        return None


def _of(found: dict[str, AppNow], start: Start) -> AppNow:
    app = found.setdefault(start.grant.id, AppNow())
    app.grant = start.grant
    return app
