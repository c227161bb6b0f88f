"""The page of connected apps."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timezone
from functools import partial
from typing import TYPE_CHECKING, Any

from jupyter_server.auth.decorator import allow_unauthenticated

from ...errors import GrantTokensUnavailable
from ...grants.latest_activity import latest
from ...policy.interstitial import is_contained
from ...server.running import AppNow
from .. import paths
from ..arrivals import split
from ..choices import choices_of
from ..connected import Connected, look
from ..forms import Form
from ..lately import Done, done
from ..page_headers import content_security_policy
from ..written import by_app, ids_of, trust
from .page import PageHandler

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from ...grants import Grant
    from ...grants.written_files import WrittenFile

#: How many things that an app did are on its card, and how many cards have them.
LATELY = 5
MAX_WITH_RECORD = 100
#: What the page says after a press.
MESSAGES = {
    "disconnected": "Disconnected.",
    "shut": "Disconnected. Its kernels are shut down, and its terminals are closed.",
    "left": "Disconnected. But not all that it started could be shut down: see below.",
    "blocked": "Blocked. The site is disconnected, and it cannot ask again.",
    "unblocked": "Unblocked. The site may ask again.",
    "trusted": "You trust what these apps wrote. Links open your files without a question again.",
}


class ConnectedAppsHandler(PageHandler):
    """Lists the connected apps, what they may do and when they were used; disconnects them."""

    @allow_unauthenticated
    async def get(self) -> None:
        """Show the apps."""
        if not self.arrive():
            return
        self.set_header("Content-Security-Policy", content_security_policy(fetches=True))
        written = await self._written()
        nonce = self.open_form(Form(self.user_key, written=ids_of(written)))
        await self.show_apps(await self.look(), nonce, written)

    async def look(self) -> Connected:
        """Return the apps as they are now."""
        return await look(self.service, self.telemetry.activity)

    async def show_apps(
        self, found: Connected, nonce: str, written: Iterable[WrittenFile] = ()
    ) -> None:
        """Show the page, with a form of this nonce."""
        grants, now, lately = found.grants, found.now, await self._lately(found.grants)
        contained = is_contained(self.issuer)
        self.show(
            "connected_apps.html",
            cards=_cards(
                {
                    **_row(grant, found.missing, now.get(grant.id, AppNow()), contained=contained),
                    "lately": lately.get(grant.id, ()),
                }
                for grant in grants
            ),
            app_url=self.urls.path(paths.APP),
            ended=_ended(now, {grant.id for grant in grants}),
            number=len(grants),
            action=self.request.path,
            nonce=nonce,
            live_url=self.urls.path(paths.LIVE),
            mark=found.mark,
            writers=by_app(written),
            blocked=found.blocked,
            message=MESSAGES.get(split(self.request.query)[0], ""),
            complaint=found.complaint,
            trouble=found.trouble,
        )

    async def _lately(self, grants: Sequence[Grant]) -> dict[str, list[Done]]:
        """Return the last things that apps did. Without a record, there are none."""
        ids = [grant.id for grant in grants[:MAX_WITH_RECORD]]
        try:
            found = await self.telemetry.activity.ask(
                lambda file: {each: latest(file, each, LATELY) for each in ids}
            )
        except GrantTokensUnavailable:
            return {}
        opens = self.opens_files
        return {each: [done(deed, opens) for deed in deeds] for each, deeds in found.items()}

    async def _written(self) -> list[WrittenFile]:
        """Return what apps wrote; nothing where that cannot be read, as the page says then."""
        with suppress(GrantTokensUnavailable):
            return await self.service.written()
        return []

    @allow_unauthenticated
    async def post(self) -> None:
        """Disconnect, shut down, block or unblock, or trust what apps wrote."""
        await self.take_press(self._press)

    async def _press(self, form: Form) -> str:
        """Do what the button says; return what the page says then."""
        if self.get_body_argument("trust", ""):
            await trust(self.service, form.written)
            return "trusted"
        if grant_id := self.get_body_argument("shut_down", ""):
            return await self._shut_down(grant_id)
        if self._asks_for_all():
            await self._show_all()
            return ""
        return await self._change()

    def _asks_for_all(self) -> bool:
        is_sure = bool(self.get_body_argument("sure", ""))
        return self.get_body_argument("disconnect", "") == "all" and not is_sure

    async def _show_all(self) -> None:
        """Ask whether to disconnect all, for there is no undo."""
        grants = await self.service.ask(self.service.app_grants.live)
        self.show(
            "disconnect_all.html",
            cards=_cards(_row(grant, (), AppNow(), contained=True) for grant in grants),
            number=len(grants),
            action=self.request.path,
            nonce=self.open_form(Form(self.user_key)),
        )

    async def _shut_down(self, grant_id: str) -> str:
        """Disconnect an app, and end what it started. One that ended needs no more end."""
        await self.service.change(partial(self.service.app_grants.disconnect, grant_id))
        self.telemetry.connect("disconnected")
        running = self.service.running
        await running.shut_down(grant_id)
        now = (await running.look()).get(grant_id, AppNow())
        return "left" if now.kernels or now.terminals else "shut"

    async def _change(self) -> str:
        grants = self.service.app_grants
        changes = {
            "disconnect": (grants.disconnect, "disconnected"),
            "disconnect_site": (grants.disconnect_site, "disconnected"),
            "block": (grants.block_site, "blocked"),
            "unblock": (grants.unblock_site, "unblocked"),
        }
        pressed = next((name for name in changes if self.get_body_argument(name, "")), "disconnect")
        change, message = changes[pressed]
        await self.service.change(partial(change, self.get_body_argument(pressed, "")))
        if pressed != "unblock":
            self.telemetry.connect("disconnected")
        return message


def _cards(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return one card for each site, with all its grants. Each other grant has its own."""
    cards: dict[str, dict[str, Any]] = {}
    for row in rows:
        key = row["origin"] if row["for_whom"] == "site" else row["id"]
        card = {"origin": row["origin"], "for_whom": row["for_whom"], "grants": []}
        cards.setdefault(key, card)["grants"].append(row)
    return list(cards.values())


def _ended(now: Mapping[str, AppNow], listed: Collection[str]) -> list[dict[str, Any]]:
    """Return the apps that are not connected any more, whose kernels or terminals still run."""
    apps = ((each.grant, each) for key, each in now.items() if key not in listed)
    return [
        {
            "id": grant.id,
            "for_whom": grant.for_whom,
            "origin": grant.origin,
            "name": grant.name,
            "now": each,
        }
        for grant, each in apps
        if grant is not None
    ]


def _row(grant: Grant, missing: Collection[str], now: AppNow, *, contained: bool) -> dict[str, Any]:
    return {
        "id": grant.id,
        "origin": grant.origin,
        "for_whom": grant.for_whom,
        "name": grant.name,
        "choices": choices_of(grant.scopes, grant.folder, contained=contained),
        "folder": grant.folder,
        "resource": grant.resource,
        "is_missing": grant.id in missing,
        "now": now,
        "created": _moment(grant.created),
        "last_used": None if grant.last_used is None else _moment(grant.last_used),
        "expires": _moment(grant.expires),
        "place": grant.place,
        "via": grant.via,
    }


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, timezone.utc)
