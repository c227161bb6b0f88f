"""The page where the owner types a program's code (RFC 8628, 3.3), and decides about it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from jupyter_server.auth.decorator import allow_unauthenticated

from ...errors import GrantTokensUnavailable
from ...policy.hosts import is_loopback
from ...policy.interstitial import is_contained
from ...server.telemetry import ConnectOutcome
from ..choices import Lifetime, choices_for, chosen_seconds, lifetimes, ticked
from ..device_codes import WaitingRequest, shown_user_code
from ..device_request import check_programs_may_ask
from ..forms import Form
from ..problems import ConnectError
from .page import PageHandler

PROGRAM_SECONDS = 7 * 86400
_UNKNOWN = (
    "No program waits with this code. Check it. It may be older than ten minutes, or the server was"
    " restarted: then start the program again."
)


class DeviceHandler(PageHandler):
    """Asks for the code first, and then says who asks for what."""

    @allow_unauthenticated
    async def get(self) -> None:
        """Ask for the code."""
        try:
            check_programs_may_ask(self.service.settings)
        except ConnectError as error:
            self.show_problem(error)
            return
        if self.arrive():
            self._ask_for_code()

    @allow_unauthenticated
    async def post(self) -> None:
        """Look the code up, or carry out the decision."""
        try:
            check_programs_may_ask(self.service.settings)
            form = self.take_form()
            if form.device is None:
                await self._find()
            else:
                await self._decide(form.device)
        except ConnectError as error:
            self.show_problem(error)
        except GrantTokensUnavailable as error:
            self.show_problem(ConnectError("no_grants", reason=error.what))

    def _ask_for_code(self, text: str = "", problem: str = "") -> None:
        self.show(
            "device_code.html",
            action=self.request.path,
            nonce=self.open_form(Form(self.user_key)),
            text=text[:20],
            problem=problem,
        )

    async def _find(self) -> None:
        """Show the request of the code that was typed. A wrong one counts as a guess."""
        self.service.guesses.check(self.user_key)
        text = self.get_body_argument("code", "")
        waiting = await self.service.ask(partial(self.service.device_codes.find, text))
        if waiting is None:
            self.service.guesses.add(self.user_key)
            self._ask_for_code(text, _UNKNOWN)
            return
        self.telemetry.connect("shown")
        self._show_request(waiting)

    def _show_request(self, waiting: WaitingRequest) -> None:
        request = waiting.request
        choices = choices_for(request.scopes, contained=is_contained(self.issuer))
        self.show(
            "device_consent.html",
            action=self.request.path,
            nonce=self.open_form(Form(self.user_key, device=waiting)),
            request=request,
            code=shown_user_code(waiting.user_code),
            is_near=_is_near(request.address),
            choices=choices,
            lifetimes=self._lifetimes(),
        )

    def _lifetimes(self) -> Sequence[Lifetime]:
        settings = self.service.settings
        longest = settings.grant_lifetime_max_seconds
        chosen = min(PROGRAM_SECONDS, longest)
        return lifetimes(settings.grant_lifetime_seconds, longest, chosen)

    async def _decide(self, waiting: WaitingRequest) -> None:
        if self.get_body_argument("decision", "") != "allow":
            await self._carry_out(partial(self.service.device_codes.deny, waiting), "denied")
            return
        terms = self._terms(waiting)
        await self._carry_out(
            partial(self.service.device_codes.approve, waiting, *terms), "allowed"
        )

    def _terms(self, waiting: WaitingRequest) -> tuple[tuple[str, ...], int]:
        """Return what was ticked, and for how long."""
        scopes = ticked(self.get_body_arguments("scope"), choices_for(waiting.request.scopes))
        return scopes, chosen_seconds(self.get_body_argument("lifetime", ""), self._lifetimes())

    async def _carry_out(self, decide: Callable[[], bool], outcome: ConnectOutcome) -> None:
        """Keep the decision, which the program learns when it asks the next time."""
        if not await self.service.ask(decide):
            raise ConnectError("device_ended")
        self.telemetry.connect(outcome)
        self.show("device_done.html", is_allowed=outcome == "allowed")


def _is_near(address: str) -> bool:
    """Return whether an IP address is this machine's own, which a proxy before it has, too."""
    return is_loopback(f"[{address}]" if ":" in address else address)
