"""The site that most tests of ``check`` are about, and grant tokens for it."""

from __future__ import annotations

import time
from typing import Any

from escherpad_ext.grants import GrantRequest, Issuer
from escherpad_ext.policy import scopes

from .server_owner import Owner

SITE = "https://app.example.com"


def give(
    owner: Owner,
    *names: str,
    origin: str = SITE,
    now: float | None = None,
    via: Any = "command",
    **more: Any,
) -> Any:
    """Give away a token of the owner for five minutes; return the grant and the token."""
    created = int(time.time() if now is None else now)
    issuer = Issuer(owner.folder / "data" / "escherpad_ext")
    try:
        return issuer.issue(
            GrantRequest(
                origin=origin,
                scopes=scopes.expand(names),
                owner="ana",
                created=created,
                expires=created + 300,
                name="An app",
                via=via,
            ),
            **more,
        )
    finally:
        issuer.close()


def revoke(owner: Owner, grant: Any) -> None:
    """Take a token back."""
    issuer = Issuer(owner.folder / "data" / "escherpad_ext")
    assert issuer.registry.revoke(grant.id, time.time())
    issuer.close()
