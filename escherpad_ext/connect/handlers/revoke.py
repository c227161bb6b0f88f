"""The revocation endpoint."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from .endpoint import FormEndpoint


class RevokeHandler(FormEndpoint):
    """Ends the grant of a token at its client's request (RFC 7009)."""

    async def respond(
        self, uri: str, body: str, headers: Mapping[str, str]
    ) -> tuple[Any, Any, int]:
        """End the grant of a token."""
        server = self.service.authorization_server
        answer, text, status = await self.service.change(
            partial(server.create_revocation_response, uri, "POST", body, headers)
        )
        return answer, text, status
