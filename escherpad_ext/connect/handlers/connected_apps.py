"""The page of connected apps."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING

from jupyter_server.auth.decorator import allow_unauthenticated

from ...errors import GrantTokensUnavailable
from ...policy.interstitial import is_contained
from ..arrivals import split
from ..choices import choices_of
from ..forms import Form
from ..problems import ConnectError
from ..written import by_app, ids_of, trust
from .page import PageHandler

if TYPE_CHECKING:
    from ...grants import Grant

_MESSAGES = {
    "disconnected": "Disconnected.",
    "trusted": "You trust what these apps wrote. Links open your files without a question again.",
}


class ConnectedAppsHandler(PageHandler):
    """Lists the connected apps, what they may do and when they were used; disconnects them."""

    @allow_unauthenticated
    def get(self) -> None:
        """Show the apps."""
        if not self.arrive():
            return
        grants, complaint = self._live_grants()
        written = self.service.written.list()
        self.show(
            "connected_apps.html",
            grants=[_row(grant, contained=is_contained(self.issuer)) for grant in grants],
            action=self.request.path,
            nonce=self.open_form(Form(self.user_key, written=ids_of(written))),
            writers=by_app(written),
            message=_MESSAGES.get(split(self.request.query)[0], ""),
            complaint=complaint,
        )

    def _live_grants(self) -> tuple[list[Grant], str]:
        try:
            return self.service.app_grants.live(), ""
        except GrantTokensUnavailable as error:
            return [], error.what

    @allow_unauthenticated
    def post(self) -> None:
        """Disconnect one app, or all; or trust what apps wrote."""
        try:
            form = self.take_form()
            if form.authorization_request is not None or form.address is not None:
                raise ConnectError("used")
            if self.get_body_argument("trust", ""):
                trust(self.service.written, form.written)
                self.go_to(f"{self.request.path}?trusted")
            else:
                self._disconnect()
        except ConnectError as error:
            self.show_problem(error)

    def _disconnect(self) -> None:
        try:
            self.service.app_grants.disconnect(self.get_body_argument("disconnect", ""))
        except GrantTokensUnavailable as error:
            raise ConnectError("not_ended", reason=error.what) from error
        self.telemetry.connect("disconnected")
        self.go_to(f"{self.request.path}?disconnected")


def _row(grant: Grant, *, contained: bool) -> dict[str, object]:
    return {
        "id": grant.id,
        "origin": grant.origin,
        "name": grant.name,
        "choices": choices_of(grant.scopes, grant.folder, contained=contained),
        "folder": grant.folder,
        "created": _moment(grant.created),
        "last_used": None if grant.last_used is None else _moment(grant.last_used),
        "expires": _moment(grant.expires),
        "place": grant.place,
        "via": grant.via,
    }


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, timezone.utc)
