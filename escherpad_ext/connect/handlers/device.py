"""The page where the owner types a program's code (RFC 8628, 3.3), and decides about it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from jupyter_server.auth.decorator import allow_unauthenticated

from ...errors import GrantTokensUnavailable
from ...policy.hosts import is_loopback
from ...policy.interstitial import is_contained
from ...server.telemetry import ConnectOutcome
from ..choices import choices_for
from ..device_codes import WaitingRequest, shown_user_code
from ..device_request import check_programs_may_ask
from ..files_choice import FilesChoice
from ..forms import Form
from ..introduction import PROGRAM_SECONDS, Introduction
from ..problems import ConnectError
from .consent import ConsentHandler, has_to_be_shown_again

UNKNOWN_CODE = (
    "No program waits with this code. Check it. It may be older than ten minutes, or the server was"
    " restarted: then start the program again."
)


class DeviceHandler(ConsentHandler):
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
            self._ask_for_code(text, UNKNOWN_CODE)
            return
        self.telemetry.connect("shown")
        await self._show_request(waiting, await self.files_at_first(waiting.request))

    async def _show_request(
        self,
        waiting: WaitingRequest,
        files: FilesChoice | None,
        chosen: Sequence[str] | None = None,
        seconds: int = PROGRAM_SECONDS,
    ) -> None:
        """Show the page; ``chosen`` and ``seconds`` are what the owner chose already."""
        request = waiting.request
        choices = choices_for(request.scopes, contained=is_contained(self.issuer))
        self.show(
            "consent.html",
            asker=Introduction("program", request.address, is_origin=False, name=request.name),
            device={
                "code": shown_user_code(waiting.user_code),
                "address": request.address,
                "is_near": _is_near(request.address),
            },
            extends=False,
            first_time=False,
            action=self.request.path,
            nonce=self.open_form(Form(self.user_key, device=waiting)),
            choices=choices,
            ticked=[choice.name for choice in choices] if chosen is None else chosen,
            files=files,
            resource=request.resource,
            lifetimes=self.lifetimes(seconds),
        )

    async def _decide(self, waiting: WaitingRequest) -> None:
        codes = self.service.device_codes
        if self.get_body_argument("decision", "") != "allow":
            await self._carry_out(partial(codes.deny, waiting), "denied")
            return
        scopes, lifetime = self.terms(waiting.request)
        files = await self.files(waiting.request)
        if files is not None and has_to_be_shown_again(files, waiting.request):
            again = replace(waiting, request=replace(waiting.request, folder=files.folder))
            await self._show_request(again, files, scopes, lifetime)
            return
        folder = files.folder if files else None
        approve = partial(codes.approve, waiting, scopes, lifetime, folder)
        await self._carry_out(approve, "allowed")

    async def _carry_out(self, decide: Callable[[], bool], outcome: ConnectOutcome) -> None:
        """Keep the decision, which the program learns when it asks the next time."""
        if not await self.service.ask(decide):
            raise ConnectError("device_ended")
        self.telemetry.connect(outcome)
        self.show("device_done.html", is_allowed=outcome == "allowed")


def _is_near(address: str) -> bool:
    """Return whether an IP address is this machine's own, which a proxy before it has, too."""
    return is_loopback(f"[{address}]" if ":" in address else address)
