"""The device authorization endpoint."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from ...server.telemetry import Telemetry
from ..device_request import check_programs_may_ask
from ..endpoint_headers import is_from_program
from ..problems import ConnectError
from ..service import ConnectService
from ..urls import ServerUrls
from .endpoint import FormEndpoint


class DeviceAuthorizationHandler(FormEndpoint):
    """Gives a program a code for its owner to type (RFC 8628, 3.1)."""

    def initialize(  # type: ignore[override]
        self, service: ConnectService, telemetry: Telemetry, urls: ServerUrls
    ) -> None:
        """Take the shared parts."""
        super().initialize(service, telemetry)
        self.urls = urls

    async def respond(
        self, uri: str, body: str, headers: Mapping[str, str]
    ) -> tuple[Any, Any, int]:
        """Keep the request, for a program only."""
        from oauthlib.oauth2 import UnauthorizedClientError  # noqa: PLC0415 - see ConnectService

        from ..device_flow import start_device_flow  # noqa: PLC0415

        self.set_header("Content-Type", "application/json")
        if not is_from_program(self.request):
            raise UnauthorizedClientError("No page may ask for a device code.")
        try:
            check_programs_may_ask(self.service.settings)
        except ConnectError as error:
            raise UnauthorizedClientError(error.sentence) from None
        start = partial(
            start_device_flow,
            self.service.device_codes,
            self.service.authorization_server.request_validator,
            (uri, "POST", body, dict(headers)),
            issuer=self.urls.issuer(self.request),
            address=str(self.request.remote_ip or ""),
            resource_paths=self.service.settings.resource_paths,
        )
        return await self.service.ask(start)
