"""``voila notebook.ipynb`` is a server of its own kind, which loads no extension of ours."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from support.constants import ALLOWED, REFUSED
from support.entry.applications import EntryPoint, require

pytestmark = pytest.mark.timeout(240)


class Voila(EntryPoint):
    """It knows no setting of the server, and writes no file that says where it runs."""

    def _where(self) -> list[str]:
        return ["--no-browser", f"--port={self.port}"]

    def _running(self) -> dict[str, Any]:
        return {"token": ""}


def test_voila_by_itself_is_not_guarded_and_needs_no_guard(tmp_path: Path) -> None:
    """The extension has no say there. Voila answers everybody; other origins cannot read that.

    Core's own checks keep them from its kernels.
    """
    require("voila")
    line = f'c.EscherpadExt.allowed_origins = ["{ALLOWED}"]\n'
    files = {"jupyter_server_config.py": line, "voila.py": line}
    with Voila(tmp_path / "jupyter", "voila book.ipynb", files=files) as server:
        page = server.ask("GET", "")
        assert page.status == 200
        assert "Origin" not in page.vary(), "the extension is there: say so in docs/versions.md"
        kernel = re.search(rb'"kernelId": ?"([0-9a-f-]+)"', page.body)
        assert kernel
        channels = f"api/kernels/{kernel[1].decode()}/channels"
        assert server.ask("WebSocket", channels, origin=f"http://{server.host}").status == 101
        for origin in (ALLOWED, REFUSED, "null"):
            assert server.ask("GET", "voila/static/x", origin=origin).status in {403, 404}
            assert server.ask("WebSocket", channels, origin=origin).status == 403
            for method in ("POST", "DELETE"):
                answer = server.ask(method, channels.removesuffix("/channels"), origin=origin)
                assert answer.status in {403, 404, 405}
            page = server.ask("GET", "", origin=origin)
            assert (page.status, page.all("Access-Control-Allow-Origin")) == (200, [])
        assert "escherpad" not in server.whole_log().lower()
