"""The page of one app: all that it did, its name, and an earlier end."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING

from jupyter_server.auth.decorator import allow_unauthenticated

from ...errors import GrantError, GrantTokensUnavailable
from ...grants.latest_activity import latest
from .. import paths
from ..arrivals import split
from ..choices import Lifetime, lifetimes
from ..forms import Form
from ..lately import Done, done, moment
from ..problems import ConnectError
from .page import PageHandler

if TYPE_CHECKING:
    from ...grants import Grant

#: How many of the things that an app did are on a page.
PER_PAGE = 50
#: The end that one wants at once is *Disconnect*.
_SOON_SECONDS = 15 * 60
_NUMBER = re.compile("[0-9]{1,18}")
#: What the page says after a press.
MESSAGES = {
    "renamed": "Renamed.",
    "unnamed": "This name cannot be used. It needs at most 100 characters that can be printed.",
    "shortened": "It ends earlier now.",
    "kept": "It ends earlier anyway.",
    "forgotten": "What it did is forgotten.",
}


class AppPageHandler(PageHandler):
    """Shows what an app did; renames it, ends it earlier, or forgets what it did."""

    @allow_unauthenticated
    async def get(self) -> None:
        """Show the app."""
        if not self.arrive():
            return
        grant = await self._find(self.get_query_argument("grant", ""))
        if grant is None:
            self.go_to(self.urls.path(paths.CONNECTED_APPS))
            return
        page = await self._page_of_record(grant)
        self.show(
            "app.html",
            grant=grant,
            ends=moment(grant.expires),
            action=self.request.path,
            nonce=self.open_form(Form(self.user_key)),
            lifetimes=_shorter(grant, self.service.now()),
            deeds=page[:PER_PAGE],
            older=page[PER_PAGE - 1].number if len(page) > PER_PAGE else 0,
            message=MESSAGES.get(split(self.request.query)[0].rpartition("&")[2], ""),
            trouble=self.telemetry.activity.thread.trouble,
        )

    async def _find(self, grant_id: str) -> Grant | None:
        try:
            return await self.service.ask(partial(self.service.app_grants.find, grant_id))
        except GrantTokensUnavailable:
            return None  # the page of all apps says why

    async def _page_of_record(self, grant: Grant) -> list[Done]:
        """Return one more than a page has; nothing where the record cannot be read."""
        text = self.get_query_argument("before", "")
        before = int(text) if _NUMBER.fullmatch(text) else None
        work = partial(latest, grant_id=grant.id, most=PER_PAGE + 1, before=before)
        try:
            found = await self.telemetry.activity.ask(work)
        except GrantTokensUnavailable:
            return []
        return [done(each, self.opens_files) for each in found]

    @allow_unauthenticated
    async def post(self) -> None:
        """Do what the pressed button says."""
        await self.take_press(self._press)

    async def _press(self, _: Form) -> str:
        grant_id = self.get_body_argument("grant", "")
        return f"grant={grant_id}&{await self._change(grant_id)}"

    async def _change(self, grant_id: str) -> str:
        """Change the app; return which message says so."""
        grant, grants = await self._find(grant_id), self.service.app_grants
        if grant is None:
            raise ConnectError("used")
        if self.get_body_argument("forget", ""):
            return await self._forget(grant.id)
        if self.get_body_argument("shorten", ""):
            offered = {str(each.seconds) for each in _shorter(grant, self.service.now())}
            seconds = self.get_body_argument("seconds", "")
            if seconds not in offered:
                raise ConnectError("not_offered")
            done = await self.service.change(partial(grants.shorten, grant.id, int(seconds)))
            return "shortened" if done else "kept"
        try:
            name = self.get_body_argument("name", "")
            await self.service.change(partial(grants.rename, grant.id, name))
        except GrantError:
            return "unnamed"
        return "renamed"

    async def _forget(self, grant_id: str) -> str:
        try:
            await self.telemetry.activity.forget(grant_id)
        except GrantTokensUnavailable as error:
            raise ConnectError("not_forgotten", reason=error.what) from error
        return "forgotten"


def _shorter(grant: Grant, now: float) -> list[Lifetime]:
    """Return the times after which a live grant may end, shorter than what is left."""
    left = int(grant.expires - now) if grant.state(now) == "live" else 0
    offered = lifetimes(_SOON_SECONDS, max(left, 1))
    return [each for each in offered if each.seconds < left]
