"""The page of connected apps."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING

from jupyter_server.auth.decorator import allow_unauthenticated

from ..errors import ConnectError, TokenRefused
from .authorization_request import choices_of
from .pages import PageHandler
from .service import CONNECT, Form

if TYPE_CHECKING:
    from ..grants import Grant

_MESSAGES = {"disconnected": "Disconnected."}


class ConnectionsHandler(PageHandler):
    """Which apps are connected: who, what, since when, last used; and a way to end that."""

    @allow_unauthenticated
    def get(self) -> None:
        """Show them."""
        if not self.current_user:
            self.log_in()
            return
        grants, complaint = self._connected()
        self.show(
            "connections.html",
            grants=[_shown(grant) for grant in grants],
            action=self.request.path,
            nonce=self.service.open_form(Form(self.user_key)),
            message=_MESSAGES.get(self.request.query, ""),
            complaint=complaint,
        )

    def _connected(self) -> tuple[list[Grant], str]:
        try:
            return self.service.connected(), ""
        except TokenRefused as error:
            return [], error.what

    @allow_unauthenticated
    def post(self) -> None:
        """Disconnect one, or all."""
        try:
            self._disconnect()
        except ConnectError as error:
            self.show_problem(error)
        except TokenRefused as error:
            self.show_problem(ConnectError(error.what, code="not_ended"), status=503)

    def _disconnect(self) -> None:
        if self.take_form().asked is not None:
            raise ConnectError("This was not the page of connected apps.", code="used")
        self.service.disconnect(self.get_body_argument("disconnect", ""))
        CONNECT.labels("disconnected").inc()
        self.go_to(f"{self.request.path}?disconnected")


def _shown(grant: Grant) -> dict[str, object]:
    return {
        "id": grant.id,
        "origin": grant.origin,
        "name": grant.name,
        "choices": choices_of(grant.scopes),
        "created": _moment(grant.created),
        "last_used": None if grant.last_used is None else _moment(grant.last_used),
        "expires": _moment(grant.expires),
        "place": grant.place,
        "via": grant.via,
    }


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, timezone.utc)
