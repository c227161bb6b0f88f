"""What browsers do differently. They name themselves, and no page can make them lie."""

from __future__ import annotations

import re

#: The first of Chromium's browsers, under whatever name, that knows `noopener-allow-popups`
#: (https://chromestatus.com/feature/5163293877731328).
_NOOPENER_SINCE = 131


def is_safari(user_agent: str) -> bool:
    """Tell the browsers that do not say whether it was a click: Safari's engine, under any name.

    See https://github.com/mdn/browser-compat-data/issues/27928.
    """
    return "AppleWebKit/" in user_agent and "Chrome/" not in user_agent


def opener_policy(user_agent: str) -> str:
    """Return the policy that takes a page away from the one that opened it.

    `same-origin` leaves it to an opener on this origin that says the same: an application proxied
    below this server, or another server of a JupyterHub. The better word means nothing to browsers
    that do not know it (https://html.spec.whatwg.org/multipage/browsers.html
    #the-coop-headers).
    """
    version = re.search(r"Chrome/(\d{1,6})\b", user_agent)
    knows = version is not None and int(version[1]) >= _NOOPENER_SINCE
    return "noopener-allow-popups" if knows else "same-origin"
