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
from ...policy.scopes import CONNECT_RESOURCE, gives_full_control
from ...server.answers import write_refusal
from ...server.context import context_of
from ...server.running import AppNow
from ...server.telemetry import Telemetry
from ..choices import choices_of
from ..owner import check_may_decide
from ..page_headers import page_headers
from ..problems import ConnectError
from ..service import ConnectService
from ..urls import ServerUrls

if TYPE_CHECKING:
    from tornado.httputil import HTTPServerRequest

    from ...grants import Grant


def is_from_own_page(request: HTTPServerRequest) -> bool:
    """Return whether a request comes from a page of this server, or from no browser at all."""
    is_same = request.headers.get("Sec-Fetch-Site", "same-origin") == "same-origin"
    return is_same and context_of(request) is None


class OwnerApiHandler(APIHandler):
    """An endpoint for the owner's own pages: with their cookie or the server's token.

    Grant tokens never reach it, because of its resource.
    """

    auth_resource = CONNECT_RESOURCE

    def initialize(self, service: ConnectService, urls: ServerUrls, telemetry: Telemetry) -> None:
        """Take the shared parts."""
        self.service = service
        self.urls = urls
        self.telemetry = telemetry

    def set_default_headers(self) -> None:
        """Set the headers of the owner's pages."""
        super().set_default_headers()
        for name, value in page_headers().items():
            self.set_header(name, value)

    def set_cors_headers(self) -> None:
        """Do nothing: no other origin may read this, whatever ``allow_origin`` says."""

    async def prepare(self) -> None:  # type: ignore[override]
        """Answer only the owner, on a page of this server."""
        await super().prepare()
        if self._finished:
            return
        if not is_from_own_page(self.request):
            refusal, request = refuse("owner_only", "not_navigated"), self.request
            origin = request.headers.get("Origin")
            self.telemetry.refused(refusal, origin, request.method or "", request.path)
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
    }


def _row(grant: Grant, *, contained: bool) -> dict[str, Any]:
    return {
        **_who(grant),
        "access": [c.title for c in choices_of(grant.scopes, grant.folder, contained=contained)],
        "full_control": gives_full_control(grant.scopes, contained=contained),
        "folder": grant.folder,
        "expires": grant.expires,
    }
