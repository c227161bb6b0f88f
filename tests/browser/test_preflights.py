"""How many preflights a page needs that uses connect.js, in real browsers."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

from support.browser.bad_proxies import Listener, forward
from support.browser.browsers import Run
from support.browser.page_server import PageServer
from support.jupyter_process import JupyterProcess

from .test_grant_tokens import give

_LINE = re.compile(rb"([A-Z]+) (/api/contents/\S+) HTTP/1\.1\r\n")
_DAY_SECONDS = 86400


def test_a_file_needs_one_preflight(
    serve_page: Callable[..., PageServer],
    start_server: Callable[..., JupyterProcess],
    run_browser: Callable[..., Run],
) -> None:
    """To save and to read it by the client library, whichever comes first; and without the library.

    Each read shows what was saved just before.
    """
    page = serve_page("preflights.js", "app.localhost")
    server = start_server({"EscherpadExt": {"allowed_origins": [page.origin]}})
    for name in ("open.txt", "plain.txt"):
        (server.root / name).write_text("before")
    asked: list[str] = []

    def note(request: bytes) -> bytes:
        if line := _LINE.match(request):
            asked.append(b" ".join(line.groups()).decode())
        return request

    with Listener(forward(server.port, note)) as proxy:
        grant = {
            "server": proxy.url.rstrip("/"),
            "token": give(server, page.origin, "edit"),
            "scopes": ["edit"],
            "expires": (time.time() + _DAY_SECONDS) * 1000,
        }
        run_browser({"act": "steps", "name": "", "url": page.origin, "input": grant}).check()
    turn = ["PUT", "GET", "PUT", "GET"]
    assert asked == [
        *[f"{method} /api/contents/new.txt" for method in ("OPTIONS", *turn)],
        *[f"{method} /api/contents/open.txt" for method in ("OPTIONS", "GET", *turn)],
        *[f"{method} /api/contents/plain.txt" for method in ("OPTIONS", "GET", "PUT")],
    ]
