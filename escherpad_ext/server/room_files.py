"""Notebooks that a grant without code execution writes to the disk while they are open in a room.

The room then takes over what is in the file. If the owner runs the cell at that moment, such an
output stays in it. The owner's run marks the cell as trusted, as after an edit in the room.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterator
from functools import partial
from os.path import normcase, realpath
from pathlib import PurePath
from typing import Any

from tornado.ioloop import IOLoop
from tornado.web import RequestHandler

from ..policy.outputs import harmless_part, is_harmless
from .room_outputs import Before, outputs_of, text_of
from .room_widgets import keep_widgets_of_file

_CONTAINED = "_escherpad_contained"


async def contain_rooms(handler: RequestHandler, paths: Collection[str]) -> None:
    """Let the rooms of these files and folders take over from the disk only what is harmless.

    Rooms that open while the request is carried out, too.
    """
    if "file_id_manager" not in handler.settings:
        return  # no rooms
    await _contain(handler, paths)
    finish = handler.on_finish

    def on_finish() -> None:
        finish()
        IOLoop.current().add_callback(_contain, handler, paths)

    handler.on_finish = on_finish  # type: ignore[method-assign]


async def _contain(handler: RequestHandler, paths: Collection[str]) -> None:
    rooms = list(_rooms(handler))
    if not rooms:
        return
    resolve = partial(_resolve, getattr(handler.settings["contents_manager"], "root_dir", ""))
    places = [room._file.path for room in rooms]
    written, found = await asyncio.gather(
        asyncio.to_thread(lambda: [resolve(path) for path in paths]),
        asyncio.to_thread(lambda: [resolve(path) for path in places]),
    )
    for room, place in zip(rooms, found, strict=True):
        if any(place.is_relative_to(each) for each in written):
            _contain_room(room)


def _rooms(handler: RequestHandler) -> Iterator[Any]:
    """Yield the rooms of notebooks."""
    apps = handler.settings["serverapp"].extension_manager.extension_apps
    for app in apps.get("jupyter_server_ydoc", ()):
        for room in list(app.ywebsocket_server.rooms.values()):
            if getattr(room, "file_type", None) == "notebook":
                yield room


def _resolve(root: str, path: str) -> PurePath:
    return PurePath(normcase(realpath(f"{root}/{path.strip('/')}")).casefold())


def _contain_room(room: Any) -> None:
    document = room._document
    if hasattr(document, _CONTAINED):
        return
    from pycrdt import Map  # noqa: PLC0415 - where there are rooms, it is installed

    setattr(document, _CONTAINED, True)
    take = document.aset

    async def aset(content: Any) -> None:
        keep_harmless_content(content, Before(room.ydoc))
        keep_widgets_of_file(content, room.ydoc.get("meta", type=Map))
        await take(content)

    document.aset = aset


def keep_harmless_content(notebook: Any, before: Before) -> None:
    """Take away outputs that cells of a room would get from a file, and that might run.

    Cells that the room does not have may bring any: nobody runs them at the moment.
    """
    cells = notebook.get("cells", []) if isinstance(notebook, dict) else []
    for cell in cells:
        outputs, known = list(outputs_of(cell)), before.cells.get(str(cell.get("id")))
        if known is None or known == text_of(outputs):
            continue
        kept = (each if _may_stay(each, before) else harmless_part(each) for each in outputs)
        cell["outputs"] = [each for each in kept if each is not None]


def _may_stay(output: Any, before: Before) -> bool:
    return is_harmless(output) or text_of(output) in before.trusted
