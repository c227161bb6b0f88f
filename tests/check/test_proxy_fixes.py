"""Fixes name the proxy that is there; for any other they say in plain words what to change."""

from __future__ import annotations

import re

import pytest
from support.check.grants import SITE

from escherpad_ext.check.address import Address
from escherpad_ext.check.facts import Answer, Facts
from escherpad_ext.check.proxy_fixes import PROXY_FIXES, proxy_fix
from escherpad_ext.check.services import Proxy

ANSWERS = {
    "nginx": {"plain": Answer(200, (("Server", "nginx/1.22.1"),))},
    "caddy": {"plain": Answer(200, (("Server", "Caddy"), ("Server", "TornadoServer/6.6.1")))},
    "apache": {"proxy": Answer(400, (("Server", "Apache/2.4.71 (Debian)"),))},
    "traefik": {"proxy": Answer(400, (), b"400 Bad Request: malformed Host header")},
    None: {"plain": Answer(200, (("Server", "TornadoServer/6.6.1"),)), "proxy": Answer(400)},
}


def facts(proxy: Proxy | None, address: str = "https://lab.example.edu/x/") -> Facts:
    return Facts(SITE, Address.parse(address)[0], ANSWERS[proxy])


@pytest.mark.parametrize("code", PROXY_FIXES)
@pytest.mark.parametrize("proxy", [proxy for proxy in ANSWERS if proxy is not None])
def test_a_known_proxy_gets_its_own_directives(proxy: Proxy, code: str) -> None:
    """Every finding has some for each, and nothing is left to fill in."""
    first, *rest = proxy_fix(facts(proxy), code).split("\n")
    assert proxy in first.lower()
    assert rest
    assert not any(re.search(r"(?<!%)\{\w*\}", line) for line in rest), rest
    others = {"nginx": "proxy_set_header", "caddy": "header_up", "apache": "RequestHeader "}
    assert not any(w in line for p, w in others.items() if p != proxy for line in rest)


@pytest.mark.parametrize("code", PROXY_FIXES)
@pytest.mark.parametrize("address", ["https://lab.example.edu/x/", "https://a.ngrok-free.app/"])
def test_an_unknown_one_gets_words(address: str, code: str) -> None:
    """No line in the syntax of any, and what to use if it cannot be set."""
    remark, command = proxy_fix(facts(None, address), code).split("\n")
    assert remark.startswith("# let ngrok " if "ngrok" in address else "# let the proxy ")
    assert re.fullmatch(r"ssh -N -L 8888:localhost:8888 USER@HOST", command)
    assert not re.search(r"proxy_|_up |RequestHeader|;$", remark)
