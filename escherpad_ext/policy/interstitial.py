"""Which navigations meet the page that asks before it opens what apps may have written.

An app without code execution writes a file, and then sends the owner's browser to it, logged in.
So after such a write, a navigation that the server's own pages did not start meets a page of the
server first. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from enum import Enum
from typing import NamedTuple
from urllib.parse import urlsplit

from .hosts import is_loopback

#: Pages that open nothing that their address names. A server adds its own default page.
START_PAGES = frozenset({"", "lab", "tree", "nbclassic", "nbclassic/tree", "retro", "voila"})
#: Handlers that name no file: those of the login and the Hub's return, and files of packages.
_UNCONCERNED = frozenset(
    {
        "escherpad_ext.connect.handlers.endpoint.Endpoint",
        "escherpad_ext.connect.handlers.page.PageHandler",
        "escherpad_ext.connect.handlers.static.SlashHandler",
        "jupyter_server.auth.login.LoginFormHandler",
        "jupyter_server.auth.logout.LogoutHandler",
        "jupyter_server.base.handlers.FileFindHandler",
        "jupyterhub.services.auth.HubOAuthCallbackHandler",
        "jupyterhub.singleuser.mixins.JupyterHubLoginHandlerMixin",
        "jupyterhub.singleuser.mixins.JupyterHubLogoutHandlerMixin",
    }
)
#: Handlers whose answer to GET may run what a file says: its code, or LaTeX.
_RUNS_FILES = frozenset(
    {"jupyter_server.nbconvert.handlers.NbconvertFileHandler", "voila.handler.BaseVoilaHandler"}
)


class Source(Enum):
    """Who started a request, as far as it tells."""

    NO_NAVIGATION = "no navigation"
    EMBEDDED = "a picture, a script or the like of a page"
    OWN_PAGE = "one of the server's own pages"
    ELSEWHERE = "anything else"


class Navigation(NamedTuple):
    """What tells where a request comes from.

    ``fetch_site`` and ``fetch_mode`` are ``Sec-Fetch-Site`` and ``Sec-Fetch-Mode``, None where the
    browser does not send them: http beyond loopback
    (https://www.w3.org/TR/fetch-metadata/#sec-metadata-headers). ``referrer`` is the path of the
    page of this server that the request names as its ``Referer``, None for any other page.
    """

    method: str
    fetch_site: str | None
    fetch_mode: str | None
    accept: str = ""
    referrer: str | None = None
    has_token_header: bool = False


def is_contained(address: str) -> bool:
    """Return whether browsers say who navigates to a server at this address.

    They do on https and on loopback. Elsewhere what an app writes counts as code that runs.
    """
    parts = urlsplit(address)
    if parts.scheme != "http":
        return True
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname or ""
    return is_loopback(host)


def source_of(
    navigation: Navigation, login_paths: Sequence[str], *, needs_referrer: bool = False
) -> Source:
    """Return who started a request.

    ``login_paths`` are the paths of pages that lead on to where somebody else said: the login, and
    all of a Hub's pages. With ``needs_referrer``, a request that does not tell which page led to it
    may come from one of them.
    """
    if navigation.method not in {"GET", "HEAD"} or navigation.has_token_header:
        return Source.NO_NAVIGATION
    own = _is_own_page(navigation.referrer, login_paths)
    if navigation.fetch_mode is None:
        # A page's own requests ask for no HTML. No page can leave `text/html` out of a navigation.
        if "text/html" not in navigation.accept:
            return Source.NO_NAVIGATION
        return Source.OWN_PAGE if own else Source.ELSEWHERE
    if navigation.fetch_mode != "navigate":
        return Source.EMBEDDED if navigation.fetch_mode == "no-cors" else Source.NO_NAVIGATION
    # `none` is no proof of a person: it stays `none` after the redirect of a typed address.
    if navigation.fetch_site != "same-origin":
        return Source.ELSEWHERE
    may_be_own = own or (navigation.referrer is None and not needs_referrer)
    return Source.OWN_PAGE if may_be_own else Source.ELSEWHERE


def _is_own_page(referrer: str | None, login_paths: Sequence[str]) -> bool:
    return referrer is not None and not referrer.startswith(tuple(login_paths))


def opens_directly(path: str, query: str, starts: Set[str], *, has_server_token: bool) -> bool:
    """Return whether an address is one that anybody may lead the owner to.

    ``path`` is below the base URL, ``starts`` are further start pages. ``has_server_token`` says
    whether the query has the server's valid token: whoever knows it is the owner.
    """
    if has_server_token:
        return True
    return not query and path.strip("/") in START_PAGES | starts and "//" not in path


def is_unconcerned(handlers: Sequence[str]) -> bool:
    """Return whether a handler is for everybody's navigations.

    ``handlers`` are the dotted names of the handler's class and all its bases.
    """
    return not _UNCONCERNED.isdisjoint(handlers)


def runs_files(handlers: Sequence[str]) -> bool:
    """Return whether a handler may run what a file says, although a page only embeds it.

    A text that an app wrote can name such an address as its picture.
    """
    return not _RUNS_FILES.isdisjoint(handlers)
