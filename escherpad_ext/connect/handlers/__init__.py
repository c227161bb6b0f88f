"""The routes: which handler answers at which path."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from ...policy.settings import Settings
from ...server.telemetry import Telemetry
from .. import paths
from ..client_library import LIBRARY_FILES, library_folder
from ..metadata import Document, documents
from ..mount import Route
from ..service import ConnectService
from ..urls import ServerUrls
from .app import AppPageHandler
from .apps import AppHandler, AppsHandler
from .authorize import AuthorizeHandler
from .connected_apps import ConnectedAppsHandler
from .device import DeviceHandler
from .device_authorization import DeviceAuthorizationHandler
from .grant import GrantHandler
from .live import LiveHandler
from .metadata import MetadataHandler
from .open import OpenHandler
from .register import RegisterHandler
from .revoke import RevokeHandler
from .static import STATIC_FOLDER, LibraryHandler, SlashHandler, StaticHandler
from .token import TokenHandler


def routes(urls: ServerUrls, service: ConnectService, telemetry: Telemetry) -> list[Route]:
    """Return every route: a pattern for the whole path, a handler, its arguments."""
    return [*_public_routes(urls, service, telemetry), *_page_routes(urls, service, telemetry)]


def _documents(
    urls: ServerUrls, settings: Settings, reads_documents: Callable[[], bool]
) -> Iterator[tuple[str, Document]]:
    """Yield each path at which a discovery document is, and what makes it."""
    for name, resource, document in documents(settings, reads_documents):
        for path in urls.well_known(name, resource):
            yield path, document


def _public_routes(urls: ServerUrls, service: ConnectService, telemetry: Telemetry) -> list[Route]:
    form = {"service": service, "telemetry": telemetry}
    return [
        (_exactly(urls.path(paths.TOKEN)), TokenHandler, form),
        (_exactly(urls.path(paths.REVOKE)), RevokeHandler, form),
        (_exactly(urls.path(paths.GRANT)), GrantHandler, {"service": service}),
        (
            _exactly(urls.path(paths.DEVICE_AUTHORIZATION)),
            DeviceAuthorizationHandler,
            {**form, "urls": urls},
        ),
        (_exactly(urls.path(paths.REGISTER)), RegisterHandler, form),
        *(
            (
                _exactly(path),
                MetadataHandler,
                {"settings": service.settings, "urls": urls, "document": document},
            )
            for path, document in _documents(
                urls, service.settings, lambda: service.documents.are_offered
            )
        ),
        (
            f"{_exactly(urls.path(paths.STATIC))}({'|'.join(map(_exactly, LIBRARY_FILES))})",
            LibraryHandler,
            {"path": str(library_folder())},
        ),
    ]


def _page_routes(urls: ServerUrls, service: ConnectService, telemetry: Telemetry) -> list[Route]:
    page = {"service": service, "urls": urls, "telemetry": telemetry}
    apps = urls.path(paths.CONNECTED_APPS)
    files = {"path": str(STATIC_FOLDER)}
    static = _exactly(urls.path(paths.STATIC))
    # Pages can read nothing then, but see that this picture is there.
    broken = [(f"{static}(settings-invalid\\.svg)", StaticHandler, files)]
    return [
        *(broken if service.settings.broken else ()),
        (_exactly(urls.path(paths.AUTHORIZE)), AuthorizeHandler, page),
        (_exactly(apps), ConnectedAppsHandler, page),
        (_exactly(urls.path(paths.APP)), AppPageHandler, page),
        (_exactly(urls.path(paths.LIVE)), LiveHandler, page),
        (_exactly(urls.path(paths.APPS)), AppsHandler, page),
        (f"{_exactly(urls.path(paths.APPS))}/([0-9a-f]{{32}})", AppHandler, page),
        (_exactly(urls.path(paths.OPEN)), OpenHandler, page),
        (_exactly(urls.path(paths.DEVICE)), DeviceHandler, page),
        (_exactly(apps.rstrip("/")), SlashHandler, {"url": apps}),
        (static + r"([a-z]+\.[a-z]+)", StaticHandler, files),
    ]


def _exactly(path: str) -> str:
    return re.escape(path)
