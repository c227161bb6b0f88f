"""The two links that open the client. Both log the browser in at the Jupyter server first.

The owner approves the client on a page of the server, and that page needs a login.
"""

from __future__ import annotations

import re
import secrets
from urllib.parse import urlencode

from jupyter_server.auth.decorator import allow_unauthenticated
from jupyter_server.base.handlers import JupyterHandler
from tornado.web import Application, authenticated

PLACE = "escherpad-demo"


class Ticket:
    """Logs one browser in, once.

    Every user of the machine can read a browser's command line. So it has this ticket instead of
    the server's token, which never expires.
    """

    def __init__(self) -> None:
        self._value: str | None = secrets.token_urlsafe(32)
        self.path = f"{PLACE}/open/{self._value}"

    def take(self, value: str) -> bool:
        """Return whether this is the ticket, and nobody has used it before."""
        known = self._value is not None and secrets.compare_digest(
            self._value.encode(), value.encode()
        )
        if not known:
            return False
        self._value = None
        return True


class OpenClient(JupyterHandler):
    """The printed link to the client. It needs a login or ``?token=``."""

    def initialize(self, client: str) -> None:
        """``client`` is the client's address."""
        self.client = client

    @authenticated
    def get(self) -> None:
        """Redirect to the client. The login cookie is set already, as with JupyterLab's link."""
        self.set_header("Cache-Control", "no-store")
        self.redirect(self.client)


class OpenOnce(JupyterHandler):
    """The link with which the browser is started."""

    def initialize(self, ticket: Ticket) -> None:
        """``ticket`` logs in, once."""
        self.ticket = ticket

    @allow_unauthenticated
    def get(self, value: str) -> None:
        """Log in the first time; later this equals the other link without a token."""
        if self.ticket.take(value):
            provider = self.identity_provider
            provider.set_login_cookie(self, provider.generate_anonymous_user(self))
        self.set_header("Cache-Control", "no-store")
        self.redirect(f"{self.base_url}{PLACE}")


def mount_links(application: Application, base_url: str, client: str) -> Ticket:
    """Add both links to a Jupyter server's application; return the ticket."""
    ticket = Ticket()
    place = re.escape(f"{base_url}{PLACE}")
    application.add_handlers(
        ".*$",
        [
            (place, OpenClient, {"client": client}),
            (rf"{place}/open/([\w-]+)", OpenOnce, {"ticket": ticket}),
        ],
    )
    return ticket


def client_address(page_url: str, server_url: str) -> str:
    """Return the client's address with the server's address in the fragment.

    Browsers never send the fragment to a server (RFC 9110, 4.2.4). It is not a secret.
    """
    return f"{page_url}#{urlencode({'server': server_url.rstrip('/')}, safe=':/')}"
