"""The two links that open the client: both log the browser in at the Jupyter server first.

Connecting is a click on a page of the server, and that page is for who is logged in there.
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
    """Lets one browser in, once.

    A browser's command line can be read by every user of the machine, so what is in it must not
    be the server's token, which is good for ever.
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
    """The link that is printed: to the client, for who is logged in or brings ``?token=``."""

    def initialize(self, client: str) -> None:
        """``client`` is the client's address."""
        self.client = client

    @authenticated
    def get(self) -> None:
        """Go there. The provider has set its login cookie, as for JupyterLab's own link."""
        self.set_header("Cache-Control", "no-store")
        self.redirect(self.client)


class OpenOnce(JupyterHandler):
    """The link that the browser is started with."""

    def initialize(self, ticket: Ticket) -> None:
        """``ticket`` is what logs in, once."""
        self.ticket = ticket

    @allow_unauthenticated
    def get(self, value: str) -> None:
        """Log in, the first time; later it is as good as the other link without a token."""
        if self.ticket.take(value):
            provider = self.identity_provider
            provider.set_login_cookie(self, provider.generate_anonymous_user(self))
        self.set_header("Cache-Control", "no-store")
        self.redirect(f"{self.base_url}{PLACE}")


def mount_links(application: Application, base_url: str, client: str) -> Ticket:
    """Add both links to a Jupyter server's application; return the ticket of the one."""
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
    """Return the client's address with the server that it is to ask for.

    In the fragment, which no browser sends to any server (RFC 9110, 4.2.4). It is no secret.
    """
    return f"{page_url}#{urlencode({'server': server_url.rstrip('/')}, safe=':/')}"
