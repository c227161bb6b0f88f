"""What a site asks with: the query of an authorization request."""

from __future__ import annotations

import base64
import hashlib
from urllib.parse import quote, urlencode

from ..steps import UNLISTED

VERIFIER = "v" * 43
CHALLENGE = (
    base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().rstrip("=")
)
BACK = f"{UNLISTED}/back"


def question(*, site: str = UNLISTED, **changed: str | None) -> str:
    """Return the query of an authorization request; None leaves a parameter out."""
    parameters = {
        "response_type": "code",
        "client_id": f"{site}/",
        "redirect_uri": f"{site}/back",
        "scope": "run",
        "state": "the-state",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
        **changed,
    }
    given = {name: value for name, value in parameters.items() if value is not None}
    # The braces are those of `${own}`.
    return urlencode(given, safe="${}", quote_via=quote)


def redemption(**changed: str | None) -> str:
    """Return the form that exchanges a code; None leaves a field out."""
    fields = {
        "grant_type": "authorization_code",
        "code": "${code}",
        "client_id": f"{UNLISTED}/",
        "redirect_uri": BACK,
        "code_verifier": VERIFIER,
        **changed,
    }
    return urlencode({k: v for k, v in fields.items() if v is not None}, safe="${}")
