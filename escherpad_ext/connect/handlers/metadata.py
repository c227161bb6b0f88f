"""The discovery documents (RFC 8414, RFC 9728)."""

from __future__ import annotations

from jupyter_server.auth.decorator import allow_unauthenticated

from ...policy.settings import Settings
from ..metadata import Document
from ..urls import ServerUrls
from .endpoint import Endpoint


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
