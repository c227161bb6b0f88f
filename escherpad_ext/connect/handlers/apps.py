"""The connected apps as JSON, for the server's own pages: JupyterLab and Notebook show them."""

from __future__ import annotations

import json
from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING, Any

from jupyter_server.base.handlers import APIHandler
from tornado.web import Finish, HTTPError, authenticated

from ...errors import GrantTokensUnavailable
from ...policy.interstitial import is_contained
from ...policy.refusals import refuse
from ...policy.scopes import gives_full_control
from ...server.answers import write_refusal
from ...server.context import context_of
from ...server.running import AppNow
from ..choices import choices_of
from ..owner import check_may_decide
from ..problems import ConnectError
from .owner_handler import OwnerHandler

if TYPE_CHECKING:
    from tornado.httputil import HTTPServerRequest

    from ...grants import Grant


def is_from_own_page(request: HTTPServerRequest) -> bool:
    """Return whether a request comes from a page of this server, or from no browser at all."""
    is_same = request.headers.get("Sec-Fetch-Site", "same-origin") == "same-origin"
    return is_same and context_of(request) is None


class OwnerApiHandler(OwnerHandler, APIHandler):
    """An endpoint for the owner's own pages: with their cookie or the server's token."""

    async def prepare(self) -> None:  # type: ignore[override]
        """Answer only the owner, on a page of this server."""
        await super().prepare()
        if self._finished:
            return
        if not is_from_own_page(self.request):
            refusal = refuse("owner_only", "not_navigated")
            self.count_refusal(refusal)
            write_refusal(self, refusal)
            raise Finish
        if self.current_user:
            try:
                await check_may_decide(self, self.service.hub)
            except ConnectError as error:
                raise HTTPError(403, error.code) from error


class AppsHandler(OwnerApiHandler):
    """Lists the apps that can use this server now."""

    @authenticated
    async def get(self) -> None:
        """Answer with the apps, the newest first."""
        app_grants = self.service.app_grants
        try:
            grants = await self.service.ask(app_grants.live)
        except GrantTokensUnavailable as error:
            raise HTTPError(503, error.code) from error
        contained = is_contained(self.urls.issuer(self.request))
        here = filter(app_grants.works_here, grants)
        now = await self.service.running.look()
        apps = [_row(each, contained=contained) | _now(now.pop(each.id, AppNow())) for each in here]
        left = [_who(each.grant) | _now(each) for each in now.values() if each.grant is not None]
        self.finish(json.dumps({"apps": apps, "ended": left}))


class AppHandler(OwnerApiHandler):
    """One app."""

    @authenticated
    async def delete(self, grant_id: str) -> None:
        """Disconnect it, and with ``?kernels=1`` shut down what it started here.

        One that is not connected needs no end.
        """
        try:
            await self.service.change(partial(self.service.app_grants.disconnect, grant_id))
        except GrantTokensUnavailable as error:
            raise HTTPError(503, error.code) from error
        self.telemetry.connect("disconnected")
        if self.get_query_argument("kernels", "") == "1":
            await self.service.running.shut_down(grant_id)
        self.set_status(204)
        self.finish()


def _who(grant: Grant) -> dict[str, Any]:
    return {
        "id": grant.id,
        "kind": grant.for_whom,
        "origin": grant.origin if grant.for_whom == "site" else None,
        "name": grant.name,
    }


def _now(now: AppNow) -> dict[str, Any]:
    return {
        "kernels": [asdict(each) for each in now.kernels],
        "terminals": [asdict(each) for each in now.terminals],
        "sockets": now.sockets,
        "uses": now.uses,
    }


def _row(grant: Grant, *, contained: bool) -> dict[str, Any]:
    return {
        **_who(grant),
        "access": [c.title for c in choices_of(grant.scopes, grant.folder, contained=contained)],
        "full_control": gives_full_control(grant.scopes, contained=contained),
        "folder": grant.folder,
        "expires": grant.expires,
    }
