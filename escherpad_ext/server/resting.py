"""What is done twice a second, and when there is nothing of it to do."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from .ticker import Ticker

if TYPE_CHECKING:
    from .activity import ActivityRecorder
    from .expiries import Expiries
    from .other_servers import OtherServers
    from .sockets import LiveSockets
    from .uses import Uses
    from .watcher import Watcher


def ticker_of(
    watcher: Watcher,
    others: OtherServers,
    uses: Uses,
    expiries: Expiries,
    activity: ActivityRecorder,
    sockets: LiveSockets,
) -> Ticker:
    """Return the ticker of these. It rests until a file changes, or a grant is used.

    What is due by the clock alone may come half a minute later. WebSockets and responses that are
    open may not, so it does not rest while there are any.
    """

    def call_on_change(call: Callable[[], object]) -> Callable[[], object] | None:
        if watcher.may_rest() and activity.may_rest():
            return others.call_on_change(call)  # the watcher's files are the same
        return None

    parts = watcher, others, uses, expiries, activity, activity.ended
    ticker = Ticker(*parts, call_on_change=call_on_change)
    sockets.on_first = ticker.resume
    activity.call_on_first(ticker.resume)
    return ticker
