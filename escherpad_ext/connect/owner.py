"""Who may connect apps: the owner of the server, and nobody else whom a Hub admits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .problems import ConnectError

if TYPE_CHECKING:
    from jupyter_server.auth.identity import User

    from ..server.hub import Hub


def check_is_owner(user: User, hub: Hub | None) -> None:
    """Raise ConnectError for a user of the Hub whom the server does not belong to.

    An app that they connected could use the server after they lost access to it.
    """
    if hub is None or (hub.is_owner(user) and hub.is_logged_in(user)):
        return
    if user.username == hub.owner:
        raise ConnectError("not_logged_in")
    owner = hub.owner or "nobody in particular"
    raise ConnectError("not_owner", owner=owner, user=user.username)
