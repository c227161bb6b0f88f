"""What the owner's pages share, whatever a page of its own forgets."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from jupyter_server.auth.decorator import allow_unauthenticated
from jupyter_server.serverapp import ServerApp
from support.connect.browser_user import Person

from escherpad_ext.connect.handlers import routes
from escherpad_ext.connect.handlers.authorize import AuthorizeHandler
from escherpad_ext.connect.handlers.page import PageHandler
from escherpad_ext.connect.paths import OWNER_PAGES
from escherpad_ext.connect.urls import ServerUrls


class CarelessHandler(PageHandler):
    """Shows something, and sends nobody to the login."""

    @allow_unauthenticated
    def get(self) -> None:
        self.finish("for the owner only")


async def test_a_page_is_not_shown_before_the_login(call: Any, jp_serverapp: ServerApp) -> None:
    """A stranger who follows a link to it gets to the login page."""
    application = jp_serverapp.web_app
    address = f"{jp_serverapp.base_url}escherpad/careless"
    application.add_handlers(".*$", [(address, CarelessHandler, shared(jp_serverapp))])
    stranger, owner = Person(call, jp_serverapp), Person(call, jp_serverapp)
    answer = await stranger.open("escherpad/careless")
    assert (answer.code, answer.body) == (303, b"")
    assert "login?next=" in answer.headers["Location"]
    await owner.log_in()
    assert (await owner.open("escherpad/careless")).body == b"for the owner only"


def test_only_the_connect_page_opens_before_the_login(jp_serverapp: ServerApp) -> None:
    """It keeps what a site asks for until the owner is logged in."""
    pages = dict(owner_pages(jp_serverapp))
    assert [page for page in pages if not page.needs_login] == [AuthorizeHandler]
    assert len(pages) > 1


def test_each_page_protects_itself_from_navigations(jp_serverapp: ServerApp) -> None:
    """The page that asks before other addresses open does not come before these."""
    (extension,) = jp_serverapp.extension_manager.extension_apps["escherpad_ext"]
    urls = ServerUrls(jp_serverapp.base_url, "", trusts_proxies=False)
    pages = [
        pattern
        for pattern, handler, _ in routes(urls, extension.connect_service, extension._telemetry)
        if issubclass(handler, PageHandler)
    ]
    assert sorted(pages) == sorted(re.escape(urls.path(path)) for path in OWNER_PAGES)


def shared(serverapp: ServerApp) -> dict[str, Any]:
    """Return what each of the owner's pages is given."""
    return dict(owner_pages(serverapp))[AuthorizeHandler]


def owner_pages(serverapp: ServerApp) -> Iterator[tuple[type[PageHandler], dict[str, Any]]]:
    (extension,) = serverapp.extension_manager.extension_apps["escherpad_ext"]
    urls = ServerUrls(serverapp.base_url, "", trusts_proxies=False)
    for _, handler, arguments in routes(urls, extension.connect_service, extension._telemetry):
        if issubclass(handler, PageHandler):
            yield handler, arguments
