"""The discovery documents (RFC 8414, RFC 9728)."""

from __future__ import annotations

from typing import Any

from jupyter_server.auth.decorator import allow_unauthenticated
from tornado.web import HTTPError

from ...policy.settings import Settings
from .. import paths
from ..metadata import Document
from ..urls import ServerUrls
from .endpoint import Endpoint


def resource_metadata_url(settings: Settings, urls: ServerUrls, request: Any, path: str) -> str:
    """Return where the resource at a path is described; empty where nobody may ask."""
    if settings.connect == "off":
        return ""
    try:
        return f"{urls.issuer(request)}/{paths.PROTECTED_RESOURCE_METADATA}{path}"
    except HTTPError:  # a `Host` that no client has
        return ""


class MetadataHandler(Endpoint):
    """A discovery document."""

    def initialize(
        self,
        settings: Settings,
        urls: ServerUrls,
        document: Document,
    ) -> None:
        """``document`` makes it for an issuer."""
        self.connect_setting = settings.connect
        self.urls = urls
        self.document = document

    @allow_unauthenticated
    def get(self) -> None:
        """Return it, or 404 where connecting is switched off."""
        if self.connect_setting == "off":
            self.send_error(404)
            return
        self.write_json(200, self.document(self.urls.issuer(self.request)))
