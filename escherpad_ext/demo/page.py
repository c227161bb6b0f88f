"""The sample client's own web server: static files on another origin than Jupyter's."""

from __future__ import annotations

import re
from pathlib import Path

from tornado import web

from ..connect.client_library import LIBRARY_FILES, library_folder
from ..server.static_files import TypedFiles

CLIENT = Path(__file__).parent / "client"

# Rich output is shown in a frame with this document. It has an opaque origin, runs only our own
# script, never the output's, and cannot send anything (CSP3, 6.1 and 6.3).
OUTPUT_FRAME_POLICY = (
    "sandbox allow-scripts; default-src 'none'; script-src 'self'; "
    "style-src 'self' 'unsafe-inline'; img-src data:; frame-ancestors 'self'"
)


# The page may connect to all servers on this machine, so that people can try the demo with their
# own server, too. Notebook output has its own policy, above.
_LOOPBACK = " ".join(
    f"{scheme}://{host}:*" for scheme in ("http", "ws") for host in ("localhost", "127.0.0.1")
)
PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    f"connect-src {_LOOPBACK}; frame-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


class ClientFiles(TypedFiles):
    """The files in ``client/``, with the security headers for a page that has a token."""

    def set_extra_headers(self, path: str) -> None:
        """Add the security headers."""
        super().set_extra_headers(path)
        in_frame = path.startswith("output.")
        policy = OUTPUT_FRAME_POLICY if path == "output.html" else PAGE_POLICY
        self.set_header("Content-Security-Policy", policy)
        self.set_header("Referrer-Policy", "no-referrer")
        # The output frame has an opaque origin, so even its own script is cross-origin.
        reach = "cross-origin" if in_frame else "same-origin"
        self.set_header("Cross-Origin-Resource-Policy", reach)


def page_application() -> web.Application:
    """Return the web application of the client's origin.

    Other clients keep a copy of ``connect.js``. This one serves the original.
    """
    names = "|".join(map(re.escape, LIBRARY_FILES))
    return web.Application(
        [
            (f"/({names})", ClientFiles, {"path": str(library_folder())}),
            (r"/(.*)", ClientFiles, {"path": str(CLIENT), "default_filename": "index.html"}),
        ],
        log_function=lambda _handler: None,
    )
