"""The revocation endpoint."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .endpoint import FormEndpoint


class RevokeHandler(FormEndpoint):
    """Ends the grant of a token at its client's request (RFC 7009)."""

    async def respond(
        self, uri: str, body: str, headers: Mapping[str, str]
    ) -> tuple[Any, Any, int]:
        """End the grant of a token."""
        create = self.service.authorization_server.create_revocation_response
        return await self.change(create, uri, body, headers)
