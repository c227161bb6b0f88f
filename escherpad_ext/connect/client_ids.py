"""Who a client id names: a site or a program. Pure."""

from __future__ import annotations

from ..errors import InvalidOrigin
from ..policy.origin import Origin
from ..policy.settings import Settings
from .client_documents import is_loopback_or_https, read_document_url
from .clients import SHOWN_LENGTH, check_redirect_uri, check_site_may_connect, client_origin
from .problems import ConnectError
from .programs import Program, is_answerable, origin_of_redirect
from .registration import read_registered

#: Who asks: a site is its origin.
Client = Origin | Program


def read_client(client_id: str) -> Client:
    """Return the client of an id; nothing is verified. Raises ConnectError."""
    return read_registered(client_id) or read_document_url(client_id) or client_origin(client_id)


def check_redirect(uri: str, client: Client) -> None:
    """Raise ConnectError unless an answer may go there, or its program's document has to say."""
    if isinstance(client, Origin):
        check_redirect_uri(uri, client)
        return
    if client.redirects is None and is_answerable(uri) and is_loopback_or_https(uri):
        return
    if not client.may_redirect_to(uri):
        raise ConnectError("program_redirect_uri", redirect_uri=uri[:SHOWN_LENGTH])


def destination(client: Client, redirect_uri: str) -> Origin:
    """Return the origin that gets the answer. Raises ConnectError where browsers know none."""
    if isinstance(client, Origin):
        return client
    try:
        return origin_of_redirect(redirect_uri)
    except (InvalidOrigin, ValueError):
        raise ConnectError(
            "program_redirect_uri", redirect_uri=redirect_uri[:SHOWN_LENGTH]
        ) from None


def check_may_connect(client: Client, settings: Settings, goes_to: Origin) -> None:
    """Raise ConnectError unless this client may open the connect page.

    The settings ``connect`` and ``programs`` say so. A site that gets a program's answer must be
    one that may connect itself.
    """
    if isinstance(client, Program):
        if settings.programs == "off" and settings.connect != "off":
            raise ConnectError("programs_off", line='c.EscherpadExt.programs = "ask"')
        if client.document and settings.programs == "registered":
            raise ConnectError("documents_off", line='c.EscherpadExt.programs = "ask"')
        check_site_may_connect(goes_to, settings, is_program=goes_to.is_loopback)
    else:
        check_site_may_connect(client, settings)
