"""Answers to grants for one folder: nothing outside is listed, counted or hinted at."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from jupyter_server.base.handlers import JupyterHandler
from jupyter_server.utils import ensure_async
from tornado.web import HTTPError, RequestHandler

from ..policy.folder_answers import ids_of_kernels, sessions_in, status_in, with_ids
from ..policy.refusals import refuse
from .answers import write_refusal
from .folder_listing import list_only
from .folder_messages import without_places
from .folder_place import FolderPlace
from .scope_check import names_of

if TYPE_CHECKING:
    _Base = JupyterHandler
else:
    _Base = object

_OK = 200
_Sessions = list[dict[str, Any]]
#: What is left of an answer, where only these sessions may be shown.
_Narrow = Callable[[Any, _Sessions], Any]


def keep_answer(handler: RequestHandler, place: FolderPlace) -> None:
    """Have a handler list, count and name only what is in the folder."""
    list_only(place)
    kept: Any = handler
    kept._escherpad_place = place
    kept._escherpad_narrow = _SHOWN.get(names_of(type(handler))[0])  # type: ignore[arg-type]
    mixin = _SaysNoPlace if kept._escherpad_narrow is None else _Shows
    kept.__class__ = _kept(type(handler), mixin)  # type: ignore[arg-type]


class _SaysNoPlace(_Base):
    """Mixin for a handler: errors don't name what is outside."""

    _escherpad_place: FolderPlace

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        error = (kwargs.get("exc_info") or (None, None))[1]
        message = ""
        if isinstance(error, HTTPError) and error.log_message:
            message = error.log_message % error.args if error.args else error.log_message
        told = HTTPError(status_code, without_places(message, self._escherpad_place.root))
        told.reason = getattr(error, "reason", None)
        super().write_error(status_code, **{**kwargs, "exc_info": (HTTPError, told, None)})


class _Shows(_SaysNoPlace):
    """Mixin for a handler of kernels or sessions: it shows those whose path is in the folder."""

    _escherpad_narrow: _Narrow
    _escherpad_shown: _Sessions

    async def get(self, *args: Any, **kwargs: Any) -> None:
        """Answer what is outside and what is missing alike."""
        manager: Any = self.session_manager
        sessions = await ensure_async(manager.list_sessions())
        self._escherpad_shown = sessions_in(sessions, self._escherpad_place.holds)
        named = [str(each) for each in (*args, *kwargs.values()) if each]
        known = {each["id"] for each in self._escherpad_shown}
        if not {*known, *ids_of_kernels(self._escherpad_shown)}.issuperset(named):
            write_refusal(self, refuse("insufficient_scope", "outside_folder"))
            return
        await ensure_async(super().get(*args, **kwargs))

    def finish(self, *args: Any, **kwargs: Any) -> Any:
        if args and self.get_status() == _OK:
            found = self._escherpad_narrow(json.loads(args[0]), self._escherpad_shown)
            args = (json.dumps(found), *args[1:])
        return super().finish(*args, **kwargs)


@lru_cache(maxsize=1024)
def _kept(handler_class: type[RequestHandler], mixin: type) -> type[RequestHandler]:
    # Core's metrics know handlers by these names.
    names = {"__module__": handler_class.__module__, "__qualname__": handler_class.__qualname__}
    return type(handler_class.__name__, (mixin, handler_class), names)


def _as_it_is(found: Any, sessions: _Sessions) -> Any:
    """Return the model of one: it was looked at before."""
    return found


_SHOWN: Mapping[str, _Narrow] = MappingProxyType(
    {
        "jupyter_server.services.api.handlers.APIStatusHandler": status_in,
        "jupyter_server.services.kernels.handlers.KernelHandler": _as_it_is,
        "jupyter_server.services.kernels.handlers.MainKernelHandler": (
            lambda found, sessions: with_ids(found, ids_of_kernels(sessions))
        ),
        "jupyter_server.services.sessions.handlers.SessionHandler": _as_it_is,
        "jupyter_server.services.sessions.handlers.SessionRootHandler": (
            lambda found, sessions: with_ids(found, [each["id"] for each in sessions])
        ),
    }
)
