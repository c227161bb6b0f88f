"""The list of apps as an early version of escherpad_ext had it: without what runs, or has ended."""

from __future__ import annotations

import json
import time
from typing import Any

from jupyter_server.base.handlers import APIHandler
from tornado.web import authenticated

APP = {
    "id": "1",
    "kind": "site",
    "origin": "https://app.example",
    "name": "",
    "access": ["Run code"],
    "full_control": True,
    "folder": None,
}


class AppsHandler(APIHandler):
    """Lists one app."""

    @authenticated
    def get(self) -> None:
        """Answer with it."""
        self.finish(json.dumps({"apps": [{**APP, "expires": int(time.time()) + 3600}]}))


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": "early_apps"}]


def _load_jupyter_server_extension(serverapp: Any) -> None:
    path = f"{serverapp.base_url}escherpad/apps"
    serverapp.web_app.add_handlers(".*$", [(path, AppsHandler)])
