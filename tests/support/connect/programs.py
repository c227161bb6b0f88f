"""A program that asks, as the official SDKs of agents do."""

from __future__ import annotations

import base64
import json
from typing import Any
from urllib.parse import urlencode

from .browser_user import FORM, Person, Site


class AskingProgram(Site):
    """It has no origin. Its answer goes to a port of this machine."""

    def __init__(self, call: Any, serverapp: Any, client_id: str = "") -> None:
        super().__init__(call, serverapp, "")
        self.redirect_uri = "http://localhost:41234/callback"
        self.client_id = client_id

    async def register(self, **changed: Any) -> Any:
        """Register, as RFC 7591 has it."""
        asked = {"redirect_uris": [self.redirect_uri], "client_name": "An agent", **changed}
        answer = await self.send_registration(json.dumps(asked))
        if answer.code == 201:
            self.client_id = json.loads(answer.body)["client_id"]
        return answer

    async def send_registration(self, body: str | bytes, **headers: str) -> Any:
        sent = {"Content-Type": "application/json", **headers}
        return await self._call("POST", "escherpad/register", headers=sent, body=body)

    def question(self, scope: str | None = "view", **changed: str | None) -> str:  # type: ignore[override]
        return super().question(scope, **{"client_id": self.client_id, **changed})  # type: ignore[arg-type]

    async def post(self, path: str, origin: str | None = "", **fields: str) -> Any:
        """Post a form, without any origin."""
        return await self._call(
            "POST", path, origin=origin or None, headers=FORM, body=urlencode(fields)
        )

    async def redeem(self, code: str, **changed: str) -> Any:
        return await super().redeem(code, **{"client_id": self.client_id, **changed})

    async def connect(self, owner: Person, wanted: str = "view", **more: Any) -> str:
        """Do all of it, and return the token."""
        if not self.client_id:
            assert (await self.register()).code == 201
        return await super().connect(owner, wanted, **more)

    @staticmethod
    def grant_of(token: str) -> str:
        """Return the id of a token's grant."""
        payload = token.split(".")[1]
        found: str = json.loads(base64.urlsafe_b64decode(payload + "=="))["jti"]
        return found
