"""Which handler is where."""

from __future__ import annotations

import re
from collections.abc import Set
from typing import Any

from tornado.web import Application, RequestHandler

from ..server.accounting import Accounting
from . import metadata
from .connections import ConnectionsHandler
from .consent import AuthorizeHandler
from .desk import ConnectDesk
from .endpoints import (
    CLIENT_FILES,
    STATIC_FOLDER,
    ConnectFiles,
    GrantHandler,
    MetadataHandler,
    RevokeHandler,
    SlashHandler,
    TokenHandler,
)
from .places import Places

_DOCUMENTS = {
    metadata.AUTHORIZATION_SERVER: metadata.authorization_server,
    metadata.PROTECTED_RESOURCE: metadata.protected_resource,
}
_Rule = tuple[str, type[RequestHandler], dict[str, Any]]


def mount(
    application: Application, places: Places, desk: ConnectDesk, accounting: Accounting
) -> Set[str]:
    """Add the handlers; return the paths of those that are for everybody."""
    page = {"desk": desk, "places": places, "accounting": accounting}
    endpoints: list[_Rule] = [
        (places.path(metadata.TOKEN), TokenHandler, {"desk": desk}),
        (places.path(metadata.REVOKE), RevokeHandler, {"desk": desk}),
        (places.path(metadata.GRANT), GrantHandler, {"desk": desk}),
        *(
            (path, MetadataHandler, {"desk": desk, "places": places, "document": document})
            for name, document in _DOCUMENTS.items()
            for path in places.well_known(name)
        ),
    ]
    connections = places.path(metadata.CONNECTIONS)
    rules: list[_Rule] = [
        (re.escape(path), handler, arguments) for path, handler, arguments in endpoints
    ]
    rules += [
        (re.escape(places.path(metadata.AUTHORIZE)), AuthorizeHandler, page),
        (re.escape(connections), ConnectionsHandler, page),
        (re.escape(connections.rstrip("/")), SlashHandler, {"url": connections}),
        (
            re.escape(places.path(metadata.STATIC)) + r"([a-z]+\.[a-z]+)",
            ConnectFiles,
            {"path": str(STATIC_FOLDER)},
        ),
    ]
    application.add_handlers(".*$", rules)
    files = map(places.static, CLIENT_FILES)
    return frozenset((*(path for path, *_ in endpoints), *files))
