"""Domains where strangers can get names or ports, besides those of the public suffix list.

The public suffix list has what its owners have asked for. Many tunnels and hosted workspaces have
not asked, although anybody gets a name under their domain. Each entry says why it is here. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator
from types import MappingProxyType
from typing import NamedTuple


class SharedHost(NamedTuple):
    """Why strangers can get a name under a domain.

    ``deep`` says that their names may have several labels, such as a region before the domain.
    """

    reason: str
    deep: bool = False


_ADDRESS = SharedHost("its names lead to whatever IP address they spell", deep=True)
_TUNNEL = SharedHost("tunnels to anybody's computer have names there")
_DEEP_TUNNEL = SharedHost("tunnels to anybody's computer have names there", deep=True)
_WORKSPACE = SharedHost("programs in anybody's hosted workspace have names there")
_DEEP_WORKSPACE = SharedHost("programs in anybody's hosted workspace have names there", deep=True)
_PAGES = SharedHost("pages and applications that anybody publishes have names there")
_DEEP_PAGES = SharedHost("pages and applications that anybody publishes have names there", True)
_FILES = SharedHost("files that anybody uploads are served from names there", deep=True)
_MACHINE = SharedHost("anybody's rented machine has a name there", deep=True)

#: By domain. What the public suffix list has already may be missing.
SHARED_HOSTS = MappingProxyType(
    {
        # Names that spell an address.
        **dict.fromkeys(("nip.io", "sslip.io", "xip.io", "traefik.me"), _ADDRESS),
        **dict.fromkeys(("local-ip.co", "local-ip.sh", "local-ip.medicmobile.org"), _ADDRESS),
        # Tunnels.
        **dict.fromkeys(
            (
                "loca.lt",
                "localtunnel.me",
                "lhr.life",
                "lhr.rocks",
                "lhrtunnel.link",
                "localhost.run",
                "serveo.net",
                "serveousercontent.com",
                "tunnelmole.net",
                "tunnelto.dev",
                "loclx.io",
                "sharedwithexpose.com",
                "beta.tailscale.net",
                "cfargotunnel.com",
                "jprq.io",
                "jprq.live",
                "portmap.host",
                "portmap.io",
                "remote.moe",
            ),
            _TUNNEL,
        ),
        **dict.fromkeys(
            (
                "devtunnels.ms",
                "packetriot.net",
                "pktriot.net",
                "pinggy.io",
                "pinggy.link",
                "pinggy.net",
                "pinggy.online",
                "pinggy-free.link",
                "ply.gg",
                "share.zrok.io",
                "try.coder.app",
                "tunnels.api.visualstudio.com",
            ),
            _DEEP_TUNNEL,
        ),
        # Hosted workspaces and notebooks.
        **dict.fromkeys(
            (
                "app.github.dev",
                "brevlab.com",
                "e2b.app",
                "googleusercontent.com",
                "jupyter-proxy.kaggle.net",
                "kaggleusercontent.com",
                "proxy.runpod.net",
                "deepnoteproject.com",
            ),
            _WORKSPACE,
        ),
        **dict.fromkeys(
            (
                "azureml.ms",
                "cloudshell.dev",
                "cloudspaces.litng.ai",
                "cloudworkstations.dev",
                "colab.dev",
                "colab.googleusercontent.com",
                "codesandbox.io",
                "direct.labs.play-with-docker.com",
                "gitpod.dev",
                "gitpod.io",
                "jarvislabs.net",
                "killercoda.com",
                "notebooks.azure.net",
                "paperspacegradient.com",
                "proxy.cognitiveclass.ai",
                "proxy.daytona.work",
                "proxy.daytona.works",
                "saturnenterprise.io",
                "stackblitz.io",
                "webcontainer.io",
                "webcontainer-api.io",
            ),
            _DEEP_WORKSPACE,
        ),
        # Published pages and applications.
        **dict.fromkeys(
            (
                "bolt.host",
                "databricksapps.com",
                "gradio.live",
                "koyeb.app",
                "modal.host",
                "modal.run",
                "netlify.live",
                "pyscriptapps.com",
                "shinyapps.io",
                "snowflakecomputing.app",
                "surge.sh",
                "up.railway.app",
            ),
            _PAGES,
        ),
        **dict.fromkeys(
            (
                "appdomain.cloud",
                "azurecontainerapps.io",
                "cdn.ampproject.org",
                "claudeusercontent.com",
                "eth.limo",
                "eth.link",
                "oaiusercontent.com",
                "scalingo.io",
            ),
            _DEEP_PAGES,
        ),
        # Storage. Whose file it is stands in the path or in the name.
        **dict.fromkeys(
            (
                "backblazeb2.com",
                "storage.googleapis.com",
                "commondatastorage.googleapis.com",
                "web.core.windows.net",
            ),
            _FILES,
        ),
        # Machines.
        **dict.fromkeys(
            ("bc.googleusercontent.com", "cloudapp.azure.com", "vultrusercontent.com"), _MACHINE
        ),
    }
)

#: Hosts whose ports belong to different people, or whose subdomains' ports do.
_SHARED_PORTS = frozenset(
    {
        "bore.pub",
        "localto.net",
        "localtonet.com",
        "pinggy.link",
        "pinggy.online",
        "playit.gg",
        "ply.gg",
        "portmap.host",
        "portmap.io",
        "serveo.net",
        "tcp.ngrok.io",
        "tcp.eu.ngrok.io",
        "tcp.ap.ngrok.io",
        "tcp.au.ngrok.io",
        "tcp.sa.ngrok.io",
        "tcp.jp.ngrok.io",
        "tcp.in.ngrok.io",
        "tcp.us-cal-1.ngrok.io",
        "tcp-tunnel.pinggy.io",
    }
)
_ABOVE = frozenset(
    domain.split(".", cut)[-1] for domain in SHARED_HOSTS for cut in range(1, domain.count(".") + 1)
)


def shared_names(domain: str) -> str | None:
    """Return why ``*.domain`` covers names of strangers, None where this list knows of none."""
    for parent in _with_parents(domain):
        found = SHARED_HOSTS.get(parent)
        if found is not None and (found.deep or parent == domain):
            return f"{parent} is shared: {found.reason}"
    if domain in _ABOVE:
        below = next(each for each in SHARED_HOSTS if each.endswith(f".{domain}"))
        return f"{below} is shared: {SHARED_HOSTS[below].reason}"
    return None


def has_shared_ports(host: str) -> bool:
    """Return whether strangers can get a port of ``host``."""
    return not _SHARED_PORTS.isdisjoint(_with_parents(host))


def _with_parents(domain: str) -> Iterator[str]:
    """Yield the domain and all domains above it."""
    while domain:
        yield domain
        domain = domain.partition(".")[2]
