"""No token gets into a proxy's log, with the formats of docs/proxies.md; it does with the usual."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

import pytest
from support.check.server_owner import OWN_TOKEN
from support.constants import ALLOWED
from support.ports import free_port
from support.proxies.outside_client import Outside
from support.proxies.proxied_servers import ProxiedServers
from support.proxies.proxy_processes import PROXIES, lines_with

pytestmark = pytest.mark.timeout(240)

BARE = "v1.token.websocket.jupyter.org"
ORIGIN = ("Origin", ALLOWED)
#: What makes each proxy write its own format instead.
USUAL = {
    "nginx": {"jupyter.log without_query": "jupyter.log"},
    "caddy": {"jupyter.log\n        import without_tokens": "jupyter.log"},
    "apache": {"jupyter.log without_query": "jupyter.log combined"},
    "traefik": {"defaultMode: drop": "defaultMode: keep"},
}


def use_tokens(outside: Outside, mark: str) -> None:
    """Send the token in every way there is; ``mark`` is in every request's path."""
    socket, path = f"api/events/{mark}", f"api/contents/{mark}"
    token = ("Sec-WebSocket-Protocol", f"{BARE}, {BARE}.{quote(OWN_TOKEN)}")
    outside.ask("GET", path, ORIGIN, ("Authorization", f"Bearer {OWN_TOKEN}"))
    outside.ask("GET", path, ORIGIN, ("Cookie", f"session={OWN_TOKEN}"))
    outside.ask("GET", f"{path}?token={OWN_TOKEN}", ORIGIN)
    outside.ask("GET", path, ("Referer", f"{outside.url}lab?token={OWN_TOKEN}"))
    outside.shake_hands(socket, ORIGIN, token)
    outside.shake_hands(f"{socket}?x=1&%74oken={OWN_TOKEN}&token={OWN_TOKEN}", ORIGIN)


def has_token(file: Path) -> bool:
    return file.exists() and OWN_TOKEN in file.read_text()


@pytest.mark.parametrize("kind", PROXIES)
def test_no_token_gets_into_a_log(servers: ProxiedServers, kind: str) -> None:
    """Wherever it was sent; nor into Jupyter's own, where the site said its origin."""
    proxied = servers.behind("kept", kind)
    use_tokens(proxied.outside, "quiet")
    lines_with(proxied.proxy.access_log, "quiet", 6)
    assert not has_token(proxied.proxy.access_log)
    assert not has_token(proxied.proxy.error_log)
    assert not has_token(proxied.owner.log_file)


@pytest.mark.parametrize("kind", PROXIES)
def test_the_usual_formats_have_it(servers: ProxiedServers, kind: str) -> None:
    """nginx writes the address with its query, Caddy the subprotocols, too."""
    proxied = servers.make("kept", kind, proxy_changes=USUAL[kind])
    use_tokens(proxied.outside, "loud")
    lines = lines_with(proxied.proxy.access_log, "loud", 6)
    assert any(f"token={OWN_TOKEN}" in line for line in lines)
    by_protocol = any(f"{BARE}.{OWN_TOKEN}" in line for line in lines)
    assert by_protocol is (kind == "caddy")


@pytest.mark.parametrize("kind", PROXIES)
def test_while_the_server_is_down(servers: ProxiedServers, kind: str) -> None:
    """Then proxies write whole requests into their error log; no format applies to nginx's."""
    proxied = servers.make("kept", kind, upstream_port=free_port())
    use_tokens(proxied.outside, "down")
    lines_with(proxied.proxy.access_log, "down", 6)
    if kind in {"nginx", "caddy"}:  # the others write no addresses there
        lines_with(proxied.proxy.error_log, "down", 6)
    assert not has_token(proxied.proxy.access_log)
    assert has_token(proxied.proxy.error_log) is (kind == "nginx")


def test_a_gateways_error_cannot_be_read(servers: ProxiedServers) -> None:
    """It is the proxy's own, without CORS headers: a page sees a failed request, and no status."""
    proxied = servers.make("kept", "nginx", upstream_port=free_port())
    answer = proxied.outside.ask("GET", "api", ORIGIN)
    assert (answer.status, answer.starting("Access-Control-")) == (502, [])
