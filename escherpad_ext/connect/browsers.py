"""Differences between browsers, by their ``User-Agent``, which no page can change."""

from __future__ import annotations


def is_safari(user_agent: str) -> bool:
    """Return whether this is Safari's engine, which does not send ``Sec-Fetch-User``.

    See https://github.com/mdn/browser-compat-data/issues/27928.
    """
    return "AppleWebKit/" in user_agent and "Chrome/" not in user_agent
