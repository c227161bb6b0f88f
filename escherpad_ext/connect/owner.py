"""Who may connect apps: the owner of the server, and nobody else whom a Hub admits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import ConnectError

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
        raise ConnectError(
            "You came to this server with a token in its address, or the server does not tell "
            "how you came (JUPYTERHUB_SINGLEUSER_EXTENSION=0). Log out, and log in to "
            "JupyterHub as yourself.",
            code="not_logged_in",
        )
    raise ConnectError(
        f"This server belongs to {hub.owner or 'nobody in particular'}, and you are "
        f"{user.username}. An app that you connected could still use it when you may not enter "
        "it any more. So only its owner can connect apps to it, and see which are connected.",
        code="not_owner",
    )
