"""A server extension that tells what its server has in memory that is not garbage.

It is put into the server's folder, not imported from here.
"""

import asyncio
import ctypes
import gc
import json
import sys

from jupyter_server.base.handlers import JupyterHandler
from tornado.web import authenticated
from tornado.websocket import WebSocketHandler

_TIMERS = 5000


class ObjectsLeft(JupyterHandler):
    auth_resource = "api"

    @authenticated
    async def get(self):
        await forget_cancelled_timers()
        gc.collect()
        give_back()
        objects = gc.get_objects()
        sockets = sum(isinstance(each, WebSocketHandler) for each in objects)
        tasks = len(asyncio.all_tasks())
        self.finish(json.dumps({"objects": len(objects), "sockets": sockets, "tasks": tasks}))


async def forget_cancelled_timers():
    """Have asyncio drop them, and the handlers that they hold: it does so once they are the most.

    Core's kernel sockets cancel one that was to run hours later.
    """
    loop = asyncio.get_running_loop()
    for _ in range(_TIMERS):
        loop.call_later(3600, print).cancel()
    await asyncio.sleep(0.01)


def give_back():
    """Have the C library give back the memory that it keeps for later (malloc_trim(3))."""
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # musl has none
        if trim is not None:
            trim(0)


def _load_jupyter_server_extension(serverapp):
    serverapp.web_app.add_handlers(".*$", [(serverapp.base_url + "objects-left", ObjectsLeft)])
