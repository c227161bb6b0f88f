"""The connected apps as they are now: the page's own script asks for them again and again."""

from __future__ import annotations

from jupyter_server.auth.decorator import allow_unauthenticated
from jupyter_server.base.handlers import JupyterHandler
from tornado.web import Finish, HTTPError

from ...policy.refusals import refuse
from ...server.answers import write_refusal
from ..owner import check_may_decide
from ..problems import ConnectError
from .apps import is_from_own_page
from .connected_apps import ConnectedAppsHandler


class LiveHandler(ConnectedAppsHandler):
    """The page without a form that could be sent. What apps wrote is not shown by it."""

    async def prepare(self) -> None:  # type: ignore[override]
        """Answer only the owner, on a page of this server."""
        await JupyterHandler.prepare(self)
        if self._finished:
            return
        if not is_from_own_page(self.request):
            refusal = refuse("owner_only", "not_navigated")
            self.count_refusal(refusal)
            write_refusal(self, refusal)
            raise Finish
        if not self.current_user:
            raise HTTPError(403)
        try:
            await check_may_decide(self, self.service.hub)
        except ConnectError as error:
            raise HTTPError(403, error.code) from error

    @allow_unauthenticated
    async def get(self) -> None:
        """Answer with the page, or with nothing if the asking one shows the same (``seen``).

        What cannot be read is not shown as if it were nothing.
        """
        found = await self.look()
        if found.complaint:
            raise HTTPError(503)
        if self.get_query_argument("seen", "") == found.mark:
            self.set_status(204)
            await self.finish()
        else:
            await self.show_apps(found, "")

    @allow_unauthenticated
    async def post(self) -> None:
        """Take no form."""
        raise HTTPError(405)
