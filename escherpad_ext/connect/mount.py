"""What stands for the connect routes from the start on.

The routes themselves, and all that is behind them, are imported and made at the first request
below their paths: they would take a quarter of the time that the extension adds to a start.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tornado.httputil import HTTPServerRequest
from tornado.log import app_log
from tornado.routing import Matcher, RuleRouter
from tornado.web import Application, HTTPError, RequestHandler

from ..policy.settings import Settings
from . import paths
from .client_library import LIBRARY_FILES
from .metadata import documents
from .urls import ServerUrls

#: A pattern for the whole path, a handler, its arguments.
Route = tuple[str, type[RequestHandler], dict[str, Any]]
#: What every path of a broken installation answers.
BROKEN = (
    "This page cannot be shown, because escherpad-ext is not installed completely. "
    "The server's log says what is missing. "
    "Run: pip install --force-reinstall escherpad-ext, and restart the server.\n"
)


def mount(application: Application, urls: ServerUrls, make: Callable[[], list[Route]]) -> None:
    """Register routes such that a request for any other path does not meet their patterns."""
    rules = application.default_router.rules
    before = list(rules)
    application.add_handlers(".*$", [])
    (rule,) = [rule for rule in rules if rule not in before]
    rule.matcher = OwnPaths(urls, rule.target, make)


def drop_empty_rules(application: Application) -> None:
    """Remove the rule that Jupyter added for this extension, whose ``handlers`` are empty.

    Every request would be compared with it.
    """
    rules = application.default_router.rules
    rules[:] = [
        rule
        for rule in rules
        if isinstance(rule.matcher, OwnPaths)
        or not isinstance(rule.target, RuleRouter)
        or rule.target.rules
    ]


class OwnPaths(Matcher):
    """Matches what may be one of the routes: one comparison instead of a dozen.

    The first match makes them. Tornado asks in the event loop only, so nobody makes them twice.
    """

    def __init__(
        self, urls: ServerUrls, router: RuleRouter, make: Callable[[], list[Route]]
    ) -> None:
        """``router`` gets the routes that ``make`` returns."""
        own = map(urls.path, ("escherpad", ".well-known/"))
        self._beginnings = (*own, "/.well-known/")
        self._router = router
        self._make = make
        self._is_made = False

    def match(self, request: HTTPServerRequest) -> dict[str, Any] | None:
        """See the base class."""
        if not request.path.startswith(self._beginnings):
            return None
        self.make_routes()
        return {}

    def make_routes(self) -> None:
        """Have the routes in place. Where they cannot be made, the next request tries again."""
        if self._is_made:
            return
        try:
            routes = self._make()
        except Exception:  # of a broken install, whatever it lacks
            app_log.exception("The pages of escherpad-ext cannot be made.")
            self._router.rules.clear()
            self._router.add_rules([(".*", BrokenHandler)])
        else:
            self._is_made = True
            self._router.rules.clear()
            self._router.add_rules(routes)


class BrokenHandler(RequestHandler):
    """Stands for the routes of an installation that is broken."""

    def check_xsrf_cookie(self) -> None:
        """Do nothing: nothing is changed here, and forms shall get the answer, too."""

    def prepare(self) -> None:
        """Answer with what to do."""
        self.set_status(500)
        self.set_header("Content-Type", "text/plain; charset=UTF-8")
        self.set_header("Cache-Control", "no-store")
        self.finish(BROKEN)


def public_paths(urls: ServerUrls, settings: Settings) -> frozenset[str]:
    """Return the paths that any origin may read: they are the same for everybody."""
    endpoints = map(urls.path, (paths.TOKEN, paths.REVOKE, paths.GRANT))
    described = (
        path
        for name, resource, _ in documents(settings)
        for path in urls.well_known(name, resource)
    )
    return frozenset((*endpoints, *described, *map(urls.static, LIBRARY_FILES)))


def resource_metadata_url(settings: Settings, urls: ServerUrls, request: Any, path: str) -> str:
    """Return where the resource at a path is described; empty where nobody may ask."""
    if settings.connect == "off":
        return ""
    try:
        return f"{urls.issuer(request)}/{paths.PROTECTED_RESOURCE_METADATA}{path}"
    except HTTPError:  # a `Host` that no client has
        return ""
