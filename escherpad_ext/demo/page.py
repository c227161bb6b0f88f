"""The sample client's own web server: static files, on an origin that is not Jupyter's."""

from __future__ import annotations

import secrets
from pathlib import Path
from urllib.parse import urlencode

from tornado import web

from ..server.files import TypedFiles

CLIENT = Path(__file__).parent / "client"

# Rich output is shown in a frame of this document: an opaque origin that runs only our own
# script, never the output's, and that may send nothing anywhere (CSP3, 6.1 and 6.3).
OUTPUT_FRAME_POLICY = (
    "sandbox allow-scripts; default-src 'none'; script-src 'self'; "
    "style-src 'self' 'unsafe-inline'; img-src data:; frame-ancestors 'self'"
)


def page_policy(server_url: str) -> str:
    """Return the page's Content-Security-Policy: it may talk to that server and nobody else."""
    origin = server_url.rstrip("/")
    websocket = origin.replace("http", "ws", 1)
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        f"connect-src {origin} {websocket}; frame-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


def client_link(page_url: str, server_url: str, token: str) -> str:
    """Return the link that opens the client with a server.

    What the client must know is in the fragment, which no browser sends to any server, nor as
    a referrer (RFC 9110, 4.2.4 and 10.1.3).
    """
    return f"{page_url}#{urlencode({'server': server_url, 'token': token})}"


class ClientFiles(TypedFiles):
    """The files in ``client/`` with the headers that a page with a token should have."""

    def set_extra_headers(self, path: str) -> None:
        """Add the security headers."""
        super().set_extra_headers(path)
        in_frame = path.startswith("output.")
        policy = OUTPUT_FRAME_POLICY if path == "output.html" else self.settings["page_policy"]
        self.set_header("Content-Security-Policy", policy)
        self.set_header("Referrer-Policy", "no-referrer")
        # To the output frame, whose origin is opaque, its own script is another site's.
        reach = "cross-origin" if in_frame else "same-origin"
        self.set_header("Cross-Origin-Resource-Policy", reach)


class OpenOnce(web.RequestHandler):
    """A link that works once, for starting the browser.

    A browser's command line can be read by every user of the machine, so the token must not
    be in it; and some launchers drop the fragment.
    """

    def initialize(self, ticket: str, target: str, used: set[str]) -> None:
        """``ticket`` leads to ``target`` unless it is in ``used``."""
        self.ticket, self.target, self.used = ticket, target, used

    def get(self, ticket: str) -> None:
        """Redirect to the client's link, the first time."""
        known = secrets.compare_digest(ticket.encode(), self.ticket.encode())
        if not known or ticket in self.used:
            raise web.HTTPError(404)
        self.used.add(ticket)
        self.set_header("Cache-Control", "no-store")
        self.redirect(self.target)


def page_application(policy: str, ticket: str, target: str) -> web.Application:
    """Return the web application of the client's origin."""
    files = {"path": str(CLIENT), "default_filename": "index.html"}
    opening = {"ticket": ticket, "target": target, "used": set()}
    return web.Application(
        [(r"/open/([\w-]+)", OpenOnce, opening), (r"/(.*)", ClientFiles, files)],
        page_policy=policy,
        log_function=lambda _handler: None,
    )
