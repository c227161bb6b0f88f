"""Differences between browsers, by their ``User-Agent``, which no page can change."""

from __future__ import annotations

import re

#: The first version of Chromium that knows `noopener-allow-popups`
#: (https://chromestatus.com/feature/5163293877731328).
_NOOPENER_SINCE = 131


def is_safari(user_agent: str) -> bool:
    """Return whether this is Safari's engine, which does not send ``Sec-Fetch-User``.

    See https://github.com/mdn/browser-compat-data/issues/27928.
    """
    return "AppleWebKit/" in user_agent and "Chrome/" not in user_agent


def opener_policy(user_agent: str) -> str:
    """Return the ``Cross-Origin-Opener-Policy`` that separates a page from its opener.

    `same-origin` does not separate it from an opener on this origin with the same policy: an
    application that is proxied below this server, or another server of a JupyterHub. Browsers
    that do not know `noopener-allow-popups` ignore it
    (https://html.spec.whatwg.org/multipage/browsers.html#the-coop-headers).
    """
    version = re.search(r"Chrome/(\d{1,6})\b", user_agent)
    knows = version is not None and int(version[1]) >= _NOOPENER_SINCE
    return "noopener-allow-popups" if knows else "same-origin"
