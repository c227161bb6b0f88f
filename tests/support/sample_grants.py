"""A grant, where a test needs the row and no registry."""

from __future__ import annotations

from typing import Any

from escherpad_ext.grants import Grant


def sample_grant(**fields: Any) -> Grant:
    """Return a grant of a site that may read files, with these fields changed."""
    known: dict[str, Any] = {
        "id": "a",
        "origin": "https://app.example.com",
        "scopes": frozenset({"contents:read"}),
        "owner": "ana",
        "server": None,
        "place": "",
        "name": "",
        "via": "connect",
        "key_id": "k",
        "created": 0,
        "expires": 100,
        "last_used": None,
        "revoked": None,
    }
    return Grant(**known | fields)
