"""The tests find out where tabs are, although Firefox does not tell their driver."""

from __future__ import annotations

from collections.abc import Callable

from support.browser.browsers import Run


def test_tabs_are_asked_where_they_are(run_browser: Callable[..., Run]) -> None:
    """And asking is no click; a page that does not come is still missed."""
    run = run_browser({}, program="lost_events.mjs")
    run.check()
    assert len(run.steps) == 4
