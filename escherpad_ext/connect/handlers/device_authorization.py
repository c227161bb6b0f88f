"""The device authorization endpoint."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from oauthlib.common import extract_params

from ...server.telemetry import Telemetry
from ..device_request import check_programs_may_ask, is_device_client, program_id
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
        from oauthlib.oauth2 import (  # noqa: PLC0415 - see ConnectService
            InvalidClientError,
            UnauthorizedClientError,
        )

        from ..device_flow import start_device_flow  # noqa: PLC0415

        self.set_header("Content-Type", "application/json")
        if not is_from_program(self.request):
            raise UnauthorizedClientError("No page may ask for a device code.")
        fields = dict(extract_params(body) or ())
        client_id = fields.get("client_id", "")
        has_registered = not is_device_client(client_id) and program_id(client_id) is not None
        if has_registered and not await self.service.is_registered(client_id):
            raise InvalidClientError("This server gave no such client_id. Register again.")
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
