"""The page before a navigation that came from elsewhere; see ``policy.interstitial``."""

from __future__ import annotations

from urllib.parse import parse_qs

from jupyter_server.auth.decorator import allow_unauthenticated

from ...errors import GrantTokensUnavailable
from ...server.navigation_guard import is_own_address
from ..arrivals import split
from ..forms import Form
from ..problems import ConnectError
from ..written import by_app, ids_of, trust
from .page import PageHandler


class OpenHandler(PageHandler):
    """Says what apps wrote, and opens an address once the owner says so."""

    needs_fetch_metadata = False  # else nothing could be opened where browsers send none

    @allow_unauthenticated
    async def get(self) -> None:
        """Show the page, or open the address where nothing was written."""
        try:
            address = self._address()
            written = await self.service.written()
        except ConnectError as error:
            self.show_problem(error)
            return
        except GrantTokensUnavailable as error:
            self.show_problem(ConnectError("no_grants", reason=error.what))
            return
        if not written:
            self.go_to(address)
        elif self.arrive():
            self.show(
                "open.html",
                address=address,
                action=self.request.path,
                nonce=self.open_form(Form(self.user_key, None, address, ids_of(written))),
                writers=by_app(written),
            )

    def _address(self) -> str:
        query, _ = split(self.request.query)
        address = parse_qs(query).get("address", [""])[0]
        if not is_own_address(self.base_url, address):
            raise ConnectError("address")
        return address

    @allow_unauthenticated
    async def post(self) -> None:
        """Open the address; stop asking about the files that were shown, if the owner says so."""
        try:
            form = self.take_form()
            if form.address is None:
                raise ConnectError("used")
            if self.get_body_argument("decision", "") == "trust":
                await trust(self.service, form.written)
            self.go_to(form.address)
        except ConnectError as error:
            self.show_problem(error)
