"""Which handler is where."""

from __future__ import annotations

import re
from collections.abc import Set
from typing import Any

from tornado.web import Application, RequestHandler

from ..server.telemetry import Telemetry
from . import metadata
from .connections import ConnectionsHandler
from .consent import AuthorizeHandler
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
from .service import ConnectService
from .urls import ServerUrls

_DOCUMENTS = {
    metadata.AUTHORIZATION_SERVER: metadata.authorization_server,
    metadata.PROTECTED_RESOURCE: metadata.protected_resource,
}
_Rule = tuple[str, type[RequestHandler], dict[str, Any]]


def mount(
    application: Application, urls: ServerUrls, service: ConnectService, telemetry: Telemetry
) -> Set[str]:
    """Add the handlers; return the paths of those that are for everybody."""
    page = {"service": service, "urls": urls, "telemetry": telemetry}
    endpoints: list[_Rule] = [
        (urls.path(metadata.TOKEN), TokenHandler, {"service": service}),
        (urls.path(metadata.REVOKE), RevokeHandler, {"service": service}),
        (urls.path(metadata.GRANT), GrantHandler, {"service": service}),
        *(
            (path, MetadataHandler, {"service": service, "urls": urls, "document": document})
            for name, document in _DOCUMENTS.items()
            for path in urls.well_known(name)
        ),
    ]
    connections = urls.path(metadata.CONNECTIONS)
    rules: list[_Rule] = [
        (re.escape(path), handler, arguments) for path, handler, arguments in endpoints
    ]
    rules += [
        (re.escape(urls.path(metadata.AUTHORIZE)), AuthorizeHandler, page),
        (re.escape(connections), ConnectionsHandler, page),
        (re.escape(connections.rstrip("/")), SlashHandler, {"url": connections}),
        (
            re.escape(urls.path(metadata.STATIC)) + r"([a-z]+\.[a-z]+)",
            ConnectFiles,
            {"path": str(STATIC_FOLDER)},
        ),
    ]
    application.add_handlers(".*$", rules)
    files = map(urls.static, CLIENT_FILES)
    return frozenset((*(path for path, *_ in endpoints), *files))
