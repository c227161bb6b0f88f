"""Which app started which kernel and which terminal.

Remembered with the object that the manager keeps of each: a kernel that restarts stays the same
app's, and one that ends is forgotten. What the owner starts, or started before, is no app's.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Mapping
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, NamedTuple
from weakref import WeakKeyDictionary

from ..grants import Grant

if TYPE_CHECKING:
    from jupyter_server.serverapp import ServerApp

# Handlers and the tasks that they start run in the context of their request.
_caller = ContextVar[Grant | None]("escherpad_caller", default=None)
#: Attribute what the rest of this request starts to a grant.
set_caller = _caller.set


class Start(NamedTuple):
    """Who started something, and when: seconds since 1970."""

    grant: Grant
    started: float


class Started:
    """What apps started on this server, as long as it runs."""

    def __init__(
        self, clock: Callable[[], float], tell: Callable[[Grant, str], None] | None = None
    ) -> None:
        """``tell`` is called with each kernel that an app started, by its id."""
        self._clock = clock
        self._tell = tell
        self._starts = WeakKeyDictionary[Any, Start]()

    def compose(self, serverapp: ServerApp) -> None:
        """Have the managers tell what requests start. Call it once all extensions are loaded."""
        kernels = serverapp.kernel_manager
        self._compose(kernels, "start_kernel", _kernels_of, lambda result: result)
        if (terminals := terminal_manager_of(serverapp)) is not None:
            self._compose(terminals, "create", _terminals_of, lambda result: result["name"])

    def kernels(self, manager: Any) -> dict[str, Start]:
        """Return the running kernels that apps started, by id, the first one first."""
        return self._known(_kernels_of(manager))

    def terminals(self, manager: Any) -> dict[str, Start]:
        """Return the open terminals that apps opened, by name, the first one first."""
        return {} if manager is None else self._known(_terminals_of(manager))

    def _known(self, running: Mapping[str, Any]) -> dict[str, Start]:
        found = ((key, self._starts.get(each)) for key, each in running.items())
        known = {key: start for key, start in found if start is not None}
        return dict(sorted(known.items(), key=lambda item: item[1].started))

    def _compose(
        self,
        manager: Any,
        name: str,
        running: Callable[[Any], Mapping[str, Any]],
        key_of: Callable[[Any], str],
    ) -> None:
        start = getattr(manager, name)

        def start_and_note(*args: Any, **kwargs: Any) -> Any:
            grant = _caller.get()
            if grant is None:
                return start(*args, **kwargs)
            before = frozenset(running(manager))
            result = start(*args, **kwargs)

            def note(result: Any) -> Any:
                if (key := key_of(result)) not in before:
                    self._note(grant, key, running(manager).get(key))
                return result

            return _then(result, note) if inspect.isawaitable(result) else note(result)

        setattr(manager, name, start_and_note)

    def _note(self, grant: Grant, key: str, started: Any) -> None:
        if started is None or started in self._starts:
            return
        self._starts[started] = Start(grant, self._clock())
        if self._tell is not None:
            self._tell(grant, key)


def terminal_manager_of(serverapp: ServerApp) -> Any:
    """Return what keeps the terminals, None where the server has none."""
    return serverapp.web_app.settings.get("terminal_manager")


async def _then(result: Awaitable[Any], note: Callable[[Any], Any]) -> Any:
    return note(await result)


def _kernels_of(manager: Any) -> dict[str, Any]:
    return {each: manager.get_kernel(each) for each in manager.list_kernel_ids()}


def _terminals_of(manager: Any) -> Mapping[str, Any]:
    terminals: Mapping[str, Any] = manager.terminals
    return terminals
