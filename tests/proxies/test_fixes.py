"""What ``check`` says behind each proxy but nginx: its own directives, which make it the recipe."""

from __future__ import annotations

import os

import pytest
from support.check.server_owner import OWN_TOKEN
from support.constants import ALLOWED
from support.proxies.proxied_servers import ProxiedServers
from support.proxies.proxy_processes import PROXIES
from support.proxies.written_recipes import NAME

pytestmark = pytest.mark.timeout(240)

ALL = os.environ.get("ESCHERPAD_FULL") == "1"
#: By proxy: the line of the recipe before which a line comes.
BEFORE = {
    "caddy": "        header_up X-Scheme {scheme}\n",
    "apache": "    RequestHeader set X-Scheme          https\n",
    "traefik": "          X-Scheme: https\n",
}
CORS = "        accessControlAllowMethods: [GET]\n        accessControlAllowOriginList: ['*']\n"
CASES = {
    ("caddy", "origin_stripped"): "        header_up -Origin\n",
    ("caddy", "origin_rewritten"): f"        header_up Origin https://{NAME}\n",
    ("caddy", "authorization_stripped"): "        header_up -Authorization\n",
    ("caddy", "cors_twice"): "        header_down +Access-Control-Allow-Origin *\n",
    ("caddy", "protocol_stripped"): "        header_up -Sec-WebSocket-Protocol\n",
    ("apache", "origin_stripped"): "    RequestHeader unset Origin\n",
    ("apache", "origin_rewritten"): f"    RequestHeader set Origin https://{NAME}\n",
    ("apache", "authorization_stripped"): "    RequestHeader unset Authorization\n",
    ("apache", "cors_twice"): '    Header always set Access-Control-Allow-Origin "*"\n',
    ("apache", "protocol_stripped"): "    RequestHeader unset Sec-WebSocket-Protocol\n",
    ("apache", "errors_replaced"): "    ProxyErrorOverride On\n",
    ("traefik", "origin_stripped"): '          Origin: ""\n',
    ("traefik", "origin_rewritten"): f"          Origin: https://{NAME}\n",
    ("traefik", "authorization_stripped"): '          Authorization: ""\n',
    ("traefik", "protocol_stripped"): '          Sec-WebSocket-Protocol: ""\n',
    ("traefik", "preflight_intercepted"): CORS,
}
SOME = (("caddy", "cors_twice"), ("apache", "origin_stripped"), ("traefik", "origin_stripped"))


def taken(text: str, fix: str) -> str:
    """Return a proxy's file after a fix: lines are taken out, or replaced by their first word."""
    lines = text.splitlines(keepends=True)
    for directive in fix.split("\n")[1:]:
        if directive.startswith("# take out: "):
            beginning = directive.removeprefix("# take out: ").partition(" (")[0]
            lines = [line for line in lines if not line.strip().startswith(beginning)]
        else:
            name = directive.split()[0]
            lines = [line for line in lines if line.split()[:1] != [name]]
    return "".join(lines)


@pytest.mark.parametrize(("kind", "code"), [case for case in CASES if ALL or case in SOME])
def test_the_fix_leaves_the_recipe(
    servers: ProxiedServers, diagnosis_of, kind: str, code: str
) -> None:
    """The recipes are tested as they are written, so that this one is healthy then."""
    line, before = CASES[kind, code], BEFORE[kind]
    whole = PROXIES[kind](servers.folder() / kind, servers.certificate).config("kept")
    where = before if line != CORS else "        customRequestHeaders:\n"
    proxied = servers.make("kept", kind, proxy_changes={where: line + where})
    words = (ALLOWED, "--server", proxied.outside.url, "--token", OWN_TOKEN)
    found = diagnosis_of(proxied.owner).expect(code, *words)
    assert kind in found["fix"].split("\n")[0].lower()
    assert taken(whole.replace(where, line + where), found["fix"]) == whole


def test_apache_without_web_sockets(servers: ProxiedServers, diagnosis_of) -> None:
    """The line that the fix says is that of the recipe."""
    proxied = servers.make("kept", "apache", proxy_changes={" upgrade=websocket": ""})
    words = (ALLOWED, "--server", proxied.outside.url, "--token", OWN_TOKEN)
    fix = diagnosis_of(proxied.owner).expect("upgrade_dropped", *words)["fix"]
    line = fix.split("\n")[1]
    assert line == f"ProxyPass / http://127.0.0.1:{proxied.owner.port}/ upgrade=websocket"
