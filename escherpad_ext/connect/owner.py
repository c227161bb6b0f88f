"""Who may connect apps: the owner of the server, and nobody else whom a Hub admits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from jupyter_server.utils import ensure_async

from ..policy.scopes import CONNECT_RESOURCE
from .problems import ConnectError

if TYPE_CHECKING:
    from jupyter_server.auth.identity import User
    from jupyter_server.base.handlers import JupyterHandler

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


async def check_may_decide(handler: JupyterHandler, hub: Hub | None) -> None:
    """Raise ConnectError for those who are logged in, but have nothing to decide here.

    The server's own authorizer has its say, where several people share a server.
    """
    user = handler.current_user
    check_is_owner(user, hub)
    allowed = handler.authorizer.is_authorized(handler, user, "write", CONNECT_RESOURCE)
    if not await ensure_async(cast(Any, allowed)):
        raise ConnectError("not_authorized")
