"""Checks whether an address belongs to a JupyterHub, where no server of it answers."""

from __future__ import annotations

import re

from .. import fixes
from ..address import UrlParts
from ..facts import Answer, Facts
from ..findings import Finding, make_finding

_VERSION = "X-JupyterHub-Version"
_SERVER = re.compile(r"(?P<hub>.*/)user/(?P<user>[^/]+)/(?:(?P<name>[^/]+)/)?")
#: What follows the address of a server in the addresses of its pages.
_PAGES = frozenset(
    {"api", "lab", "tree", "notebooks", "edit", "doc", "consoles", "terminals", "files", "view"}
    | {"nbclassic", "voila", "hub", "escherpad", "login", "static", "proxy", "retro"}
)


def of_hub(facts: Facts, answer: Answer) -> Finding | None:
    """Return what is wrong with an address of a Hub; None if no Hub answers."""
    if not answer.all(_VERSION):
        return None
    path, to = facts.address.path, UrlParts.parse(answer.get("Location")).path
    server = _SERVER.fullmatch(path)
    if server is not None and (_is_stopped(facts, server) or "/hub/user/" in to):
        return _not_running(facts, server)
    if path.endswith("/hub/") or "/hub/" in to:
        return _address(facts)
    return None


def _is_stopped(facts: Facts, server: re.Match[str]) -> bool:
    """Return whether a named server does not run: the person's other server answers for it."""
    others = f"{server['hub']}user/{server['user']}/"
    named = server["name"] is not None and server["name"] not in _PAGES
    return named and any(each.path == others for each in facts.elsewhere)


def _not_running(facts: Facts, server: re.Match[str]) -> Finding:
    start = f"hub/spawn/{server['user']}" + (f"/{server['name']}" if server["name"] else "")
    again = fixes.check(facts.origin, "--server", str(facts.address))
    return make_finding(
        "server_not_running",
        f"The Hub has no running server at {facts.address.path}.",
        f"# open this address to start it: {facts.address.origin}{server['hub']}{start}\n{again}",
    )


def _address(facts: Facts) -> Finding:
    hub = facts.address.path.removesuffix("hub/")
    return make_finding(
        "hub_address",
        "A JupyterHub answers there. Each person's servers have addresses of their own below it.",
        "# use the address of your server, as it is in the browser while you work: "
        f"{facts.address.origin}{hub}user/NAME/",
    )
