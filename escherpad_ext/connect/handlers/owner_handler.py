"""What the owner's pages share with what is behind them.

Their protection depends on no setting: an owner may have switched XSRF checks off, loosened the
headers of every page, or allowed any origin.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jupyter_server.base.handlers import JupyterHandler

from ...policy.refusals import Refusal
from ...policy.scopes import CONNECT_RESOURCE
from ...server.telemetry import Telemetry
from ..page_headers import page_headers
from ..service import ConnectService
from ..urls import ServerUrls

_CORS = "Access-Control-"

if TYPE_CHECKING:
    _Base = JupyterHandler
else:
    _Base = object


class OwnerHandler(_Base):
    """Mixed into handlers for the owner alone. Grant tokens never reach them."""

    auth_resource = CONNECT_RESOURCE

    def initialize(self, service: ConnectService, urls: ServerUrls, telemetry: Telemetry) -> None:
        """Take the shared parts."""
        self.service = service
        self.urls = urls
        self.telemetry = telemetry

    def set_default_headers(self) -> None:
        """Set the headers that protect the page, after those that settings add or loosen."""
        super().set_default_headers()
        for name in [name for name, _ in self._headers.get_all() if name.startswith(_CORS)]:
            self.clear_header(name)
        for name, value in page_headers().items():
            self.set_header(name, value)

    def set_cors_headers(self) -> None:
        """Do nothing: no other origin may read this, whatever ``allow_origin`` says."""

    def count_refusal(self, refusal: Refusal) -> None:
        """Count and log a refusal."""
        request = self.request
        origin = request.headers.get("Origin")
        self.telemetry.refused(refusal, origin, request.method or "", request.path)
