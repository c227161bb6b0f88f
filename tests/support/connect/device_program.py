"""A program that asks with the device flow (RFC 8628), whatever library it uses."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

from .browser_user import FORM, Person, selected, ticked

DEVICE_CODE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
CLIENT = "escherpad-cli"


class Program:
    """It has no browser: it shows a code, and asks again and again."""

    def __init__(self, call: Any, client_id: str = CLIENT) -> None:
        self._call = call
        self.client_id = client_id
        self.codes: dict[str, Any] = {}

    async def post(self, path: str, headers: dict[str, str] | None = None, **fields: str) -> Any:
        """Post a form."""
        sent = {**FORM, **(headers or {})}
        return await self._call("POST", path, headers=sent, body=urlencode(fields))

    async def start(self, scope: str = "view", **more: str) -> Any:
        """Ask for the codes."""
        fields = {"client_id": self.client_id, "scope": scope, **more}
        answer = await self.post("escherpad/device_authorization", **fields)
        if answer.code == 200:
            self.codes = json.loads(answer.body)
        return answer

    async def poll(self, **changed: Any) -> Any:
        """Ask for the token."""
        fields = {
            "grant_type": DEVICE_CODE_GRANT,
            "device_code": self.codes["device_code"],
            "client_id": self.client_id,
            **changed,
        }
        return await self.post("escherpad/token", **fields)

    async def error(self, **changed: Any) -> str:
        """Ask for the token; return why there is none."""
        answer = await self.poll(**changed)
        assert answer.code in {400, 401}, answer.body
        error: str = json.loads(answer.body)["error"]
        return error

    async def connect(self, owner: Person, scope: str = "view", **fields: Any) -> Any:
        """Do all of it; return what the token endpoint answers at last."""
        assert (await self.start(scope)).code == 200
        await decide(owner, self.codes["user_code"], **fields)
        return await self.poll()


async def type_code(owner: Person, code: str) -> Any:
    """Return the page that follows when somebody opens the page and types a code."""
    page = await owner.open_page("escherpad/device")
    assert page.code == 200, page.body
    return await owner.click(page, code=code)


async def decide(owner: Person, code: str, **fields: Any) -> Any:
    """Type a code and press a button; Allow with all that is asked for, if nothing else is said."""
    page = await type_code(owner, code)
    assert 'id="consent"' in page.body.decode(), page.body
    form = {"scope": ticked(page), "lifetime": selected(page), "decision": "allow"}
    return await owner.click(page, **{**form, **fields})
