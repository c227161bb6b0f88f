"""What stands in front of a server, as its answers show it: proxies and hosted tunnels. Pure.

Measured on the proxies; of the hosted services, what they document and people report.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .address import UrlParts
from .facts import Answer, Facts

#: The request that what comes first refuses, and so shows what it is.
TO_PROXY = "proxy"

Proxy = Literal["nginx", "caddy", "apache", "traefik"]


@dataclass(frozen=True)
class Service:
    """A hosted service.

    ``hosts`` are ends of the names of its addresses, ``logins`` those of its own login pages: a
    login at github.com may be that of any proxy.
    ``skip`` is the request header that switches its warning off, and ``open_up`` is what lets
    everybody reach the port.
    """

    name: str
    hosts: tuple[str, ...]
    logins: tuple[str, ...] = ()
    skip: str = ""
    open_up: str = ""


_NGROK = (".ngrok.io", ".ngrok.app", ".ngrok.dev", ".ngrok-free.app", ".ngrok-free.dev")
SERVICES = (
    Service("ngrok", _NGROK, (".ngrok.com",), "ngrok-skip-browser-warning"),
    Service("localtunnel", (".loca.lt",), skip="bypass-tunnel-reminder"),
    Service(
        "Dev tunnels",
        (".devtunnels.ms",),
        (".tunnels.api.visualstudio.com",),
        "X-Tunnel-Skip-AntiPhishing-Page",
        "devtunnel host -p {port} --allow-anonymous",
    ),
    Service(
        "GitHub Codespaces",
        (".app.github.dev",),
        (".github.dev",),
        "X-Tunnel-Skip-AntiPhishing-Page",
        "gh codespace ports visibility {port}:public",
    ),
    Service("Cloudflare Access", (), (".cloudflareaccess.com",)),
    Service("Cloudflare Tunnel", (".trycloudflare.com",)),
    Service("Tailscale", (".ts.net",)),
)


def service_at(host: str) -> Service | None:
    """Return the hosted service whose addresses end like this one."""
    return next((each for each in SERVICES if host.endswith(each.hosts)), None)


def login_of(facts: Facts, answer: Answer) -> Service | None:
    """Return the service that answers with its own login."""
    to = UrlParts.parse(answer.get("Location")).host
    if to and to != facts.address.host:
        for each in SERVICES:
            if any(f".{to}".endswith(f".{end.lstrip('.')}") for end in each.logins):
                return each
    return service_at(facts.address.host)


def warning_of(facts: Facts, answer: Answer) -> Service | None:
    """Return the service that answers with a warning for people."""
    if answer.all("ngrok-error-code"):
        return service_at(".ngrok.io")
    return service_at(facts.address.host)


def proxy_of(facts: Facts) -> Proxy | None:
    """Return the proxy that names itself in an answer."""
    for outcome in facts.outcomes.values():
        if isinstance(outcome, Answer):
            said = " ".join([*outcome.all("Server"), *outcome.all("Via")]).lower()
            if found := _named(said):
                return found
    refusing = facts.answer(TO_PROXY)
    # Programs of Go refuse so, Traefik among them; Caddy has named itself already.
    is_go = refusing is not None and refusing.body.startswith(b"400 Bad Request: malformed Host")
    return "traefik" if is_go else None


def _named(said: str) -> Proxy | None:
    names: tuple[tuple[str, Proxy], ...] = (
        ("nginx", "nginx"),
        ("openresty", "nginx"),
        ("caddy", "caddy"),
        ("apache/", "apache"),
    )
    return next((proxy for name, proxy in names if name in said), None)
