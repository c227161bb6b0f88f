"""Makes each of the owner's pages open through a redirect, which separates it from its opener.

An opener on the server's own origin could script the page. A browser separates the two where their
``Cross-Origin-Opener-Policy`` differs, and it looks at a redirect's policy, too
(https://html.spec.whatwg.org/multipage/browsers.html#the-coop-headers). The redirect says
``same-origin``, the page itself ``noopener-allow-popups``:

- Browsers that know the page's policy always separate it.
- To the others the page has no policy. An opener has one or has none, so that it differs from the
  redirect or from the page.
"""

from __future__ import annotations

from collections.abc import Callable

from .expiring_store import ExpiringStore

REDIRECT_POLICY = "same-origin"
PAGE_POLICY = "noopener-allow-popups"
#: How long a browser may take to follow the redirect.
FOLLOW_SECONDS = 60.0
MAX_EXPECTED = 200
_PARAMETER = "arrival="


class Arrivals:
    """The redirects that were sent and not yet followed. Each is good once, for one page."""

    def __init__(self, timer: Callable[[], float]) -> None:
        self._expected = ExpiringStore[str](
            timer, seconds=FOLLOW_SECONDS, limit=MAX_EXPECTED, makes_room=True
        )

    def expect(self, query: str) -> str:
        """Return the query to redirect to, for a page that has ``query``."""
        name = self._expected.put(query)
        assert name is not None  # it makes room
        return f"{query}&{_PARAMETER}{name}" if query else f"{_PARAMETER}{name}"

    def take(self, query: str) -> bool:
        """Return whether a query is one that a redirect led to, once."""
        page, name = split(query)
        return bool(name) and self._expected.take(name) == page


def split(query: str) -> tuple[str, str]:
    """Return a query without what a redirect added, and the name of that redirect."""
    page, _, last = query.rpartition("&")
    if last.startswith(_PARAMETER):
        return page, last.removeprefix(_PARAMETER)
    return query, ""
