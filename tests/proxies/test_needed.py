"""What each line of the recipes is for: what happens without it is what docs/proxies.md says."""

from __future__ import annotations

import json
import re

import pytest
from check.test_proxies import BROKEN
from support.check.grants import give
from support.check.server_owner import OWN_TOKEN
from support.constants import ALLOWED
from support.doc_pages import code, table
from support.proxies.outside_client import Outside, Person, all_messages
from support.proxies.proxied_servers import ProxiedServer, ProxiedServers
from support.proxies.written_recipes import NAME, WHOLE

pytestmark = pytest.mark.timeout(240)

ORIGIN = ("Origin", ALLOWED)
TRUST = "c.ServerApp.trust_xheaders = True\n"
UNTRUSTING = {TRUST: ""}


def codes(proxied: ProxiedServer, diagnosis_of) -> list[str]:
    return diagnosis_of(proxied.owner).codes(ALLOWED, "--server", proxied.outside.url)


def logged_in(outside: Outside) -> Person:
    person = Person(outside)
    assert person.log_in(OWN_TOKEN).status == 302
    return person


def test_without_local_hostnames(servers: ProxiedServers, diagnosis_of) -> None:
    """Jupyter refuses every request that comes by a name it does not know."""
    line = f'c.ServerApp.local_hostnames = ["localhost", "{NAME}"]\n'
    proxied = servers.make("kept", "nginx", jupyter_changes={line: ""})
    assert proxied.outside.ask("GET", "login").status == 403
    diagnosis = diagnosis_of(proxied.owner)
    assert (
        line.strip()
        in diagnosis.expect("host_refused", ALLOWED, "--server", proxied.outside.url)["fix"]
    )


def test_without_trust_xheaders(servers: ProxiedServers, diagnosis_of) -> None:
    """The address begins with http, the cookie goes over it too, and http pages are own ones."""
    proxied = servers.make("kept", "nginx", jupyter_changes=UNTRUSTING)
    found = proxied.outside.ask("GET", ".well-known/oauth-authorization-server").json()
    assert found["issuer"] == proxied.outside.origin.replace("https", "http")
    assert codes(proxied, diagnosis_of)[0] == "public_url_missing"
    person = logged_in(proxied.outside)
    assert [line for line in person.set if "; Secure" in line] == []
    by_http = ("Origin", proxied.outside.origin.replace("https", "http"))
    cookie = ("Cookie", person.headers["Cookie"])
    assert proxied.outside.ask("GET", "api/contents", by_http, cookie).status == 200


def test_where_the_host_is_rewritten(servers: ProxiedServers) -> None:
    """A page at that ``Host`` is one of its own: by https alone, with ``trust_xheaders``."""
    trusting = servers.behind("rewritten", "nginx")
    untrusting = servers.make("rewritten", "nginx", jupyter_changes=UNTRUSTING)
    for proxied, status in ((trusting, 403), (untrusting, 200)):
        cookie = ("Cookie", logged_in(proxied.outside).headers["Cookie"])
        neighbour = ("Origin", f"http://127.0.0.1:{proxied.owner.port}")
        assert proxied.outside.ask("GET", "api/contents", neighbour, cookie).status == status


def test_without_public_url_where_the_host_is_rewritten(
    servers: ProxiedServers, diagnosis_of
) -> None:
    """The server refuses its own pages."""
    line = f'c.EscherpadExt.public_url = "https://{NAME}"\n'
    proxied = servers.make("rewritten", "nginx", jupyter_changes={line: ""})
    assert codes(proxied, diagnosis_of)[0] == "public_url_missing"


def test_without_x_scheme(servers: ProxiedServers) -> None:
    """Jupyter believes it before ``X-Forwarded-Proto``, and a client may send it."""
    line = "    proxy_set_header X-Scheme          $scheme;\n"
    proxied = servers.make("kept", "nginx", proxy_changes={line: ""})
    cookie = ("Cookie", logged_in(proxied.outside).headers["Cookie"])
    by_http = ("Origin", proxied.outside.origin.replace("https", "http"))
    lie = ("X-Scheme", "http")
    assert proxied.outside.ask("GET", "api/contents", by_http, cookie).status == 403
    assert proxied.outside.ask("GET", "api/contents", by_http, cookie, lie).status == 200


def test_without_client_max_body_size(servers: ProxiedServers) -> None:
    """nginx refuses more than a megabyte, and the page cannot read why."""
    proxied = servers.make("kept", "nginx", proxy_changes={"    client_max_body_size 512m;\n": ""})
    headers = ORIGIN, ("Authorization", f"Bearer {give(proxied.owner, 'edit')[1]}")
    body = json.dumps({"type": "file", "format": "text", "content": "x" * 2**21}).encode()
    answer = proxied.outside.ask("PUT", "api/contents/x.txt", *headers, body=body)
    assert (answer.status, answer.starting("Access-Control-")) == (413, [])


async def test_with_a_short_proxy_read_timeout(servers: ProxiedServers) -> None:
    """nginx closes a socket on which nothing comes, as Jupyter's sockets for events."""
    proxied = servers.make("kept", "nginx", proxy_changes={"read_timeout 1d": "read_timeout 1s"})
    headers = {"Origin": ALLOWED, "Authorization": f"Bearer {OWN_TOKEN}"}
    async with proxied.outside.open_socket("api/events/subscribe", headers) as events:
        await all_messages(events)
        assert events.close_code is None
        events.close()


def test_without_allow_encoded_slashes(servers: ProxiedServers) -> None:
    """Apache answers itself, and the page cannot read why."""
    headers = ORIGIN, ("Authorization", f"Bearer {OWN_TOKEN}")
    whole = servers.behind("kept", "apache")
    lacking = servers.make(
        "kept", "apache", proxy_changes={"    AllowEncodedSlashes NoDecode\n": ""}
    )
    for proxied, readable in ((whole, True), (lacking, False)):
        answer = proxied.outside.ask("GET", "api/contents/a%2Fb", *headers)
        assert answer.status == 404
        assert bool(answer.starting("Access-Control-")) is readable


def test_host_without_its_port(servers: ProxiedServers, diagnosis_of) -> None:
    """``$host`` leaves the port out, so that own pages on another port than 443 are refused."""
    proxied = servers.make("kept", "nginx", proxy_changes={"$http_host": "$host"})
    assert codes(proxied, diagnosis_of)[0] == "public_url_missing"


@pytest.mark.parametrize(
    ("origin", "found"), [(f"https://{NAME}", "origin_rewritten"), ('""', "origin_stripped")]
)
def test_an_origin_that_the_proxy_changes_lets_everybody_in(
    servers: ProxiedServers, diagnosis_of, origin: str, found: str
) -> None:
    """Any site then counts as the server's own page, or none does. ``check`` finds it."""
    line = "    proxy_set_header Upgrade           $http_upgrade;\n"
    cure = f"    proxy_set_header Origin {origin};\n{line}"
    proxied = servers.make("kept", "nginx", proxy_changes={line: cure, "$http_host": NAME})
    cookie = ("Cookie", logged_in(proxied.outside).headers["Cookie"])
    evil = ("Origin", "https://evil.example")
    assert proxied.outside.shake_hands("api/events/subscribe", evil, cookie).status == 101
    assert codes(proxied, diagnosis_of)[0] == found


# The page


def test_lines_that_break_it_are_those_of_check() -> None:
    """Each line of the table is tested with ``check`` behind nginx, with that outcome."""
    rows = table(WHOLE.page, "| line in nginx | what a page sees | `check` says |")
    told = {code(found): code(line) for line, _, found in rows}
    assert len(told) == len(rows) > 5
    for found, line in told.items():
        assert line in BROKEN[found][0], line


def test_the_settings_that_give_security_up_are_in_no_recipe() -> None:
    blocks = re.findall(r"^```\w+\n(.*?)^```$", WHOLE.page.read_text(), re.MULTILINE | re.DOTALL)
    assert len(blocks) > 10
    for word in ("allow_origin ", "disable_check_xsrf", "allow_remote_access", "token =", "Origin"):
        assert not any(word in block for block in blocks), word
