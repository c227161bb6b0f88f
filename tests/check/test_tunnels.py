"""What hosted tunnels and workspaces do, as people report it, done here by nginx.

Named after the services. None of them is asked.
"""

from __future__ import annotations

import pytest
from support.check.grants import SITE
from support.check.server_owner import OWN_TOKEN
from support.setups import NGROK, WARNS_ALWAYS

REWRITTEN = {
    "this site's, as a development tunnel": (
        "set $shown $http_origin;",
        f'if ($http_origin = "{SITE}") {{ set $shown "$scheme://$http_host"; }}',
        "proxy_set_header Origin $shown;",
    ),
    "everybody's, as a hosted workspace": ("proxy_set_header Origin $scheme://$http_host;",),
    "emptied": ('proxy_set_header Origin " ";',),
    "always another": ("proxy_set_header Origin https://workspace.example;",),
}


def test_a_warning_for_browsers(healthy, diagnosis_of, put_before) -> None:
    """As ngrok's free plan has it; the header that switches it off is named."""
    nginx = put_before(healthy)
    nginx.lines = [*NGROK, *nginx.lines]
    nginx.reload()
    diagnosis = diagnosis_of(healthy)
    found = diagnosis.expect("browser_answered_differently", SITE, "--server", nginx.url)
    assert '"ngrok-skip-browser-warning": "1"' in found["fix"]
    assert "await connect({ server: " in found["fix"]


@pytest.mark.parametrize(
    "lines",
    [[line for line in NGROK if "skip" not in line], WARNS_ALWAYS],
    ids=["whatever a site sends", "for preflights, too"],
)
def test_a_page_for_browsers_that_nothing_switches_off(
    healthy, diagnosis_of, put_before, lines
) -> None:
    """Preflights carry no header of a site."""
    nginx = put_before(healthy)
    nginx.lines = [*lines, *nginx.lines]
    nginx.reload()
    diagnosis = diagnosis_of(healthy)
    found = diagnosis.expect("browser_answered_differently", SITE, "--server", nginx.url)
    assert "connect(" not in found["fix"]
    assert f"# open {nginx.url} in a tab and confirm" in found["fix"]
    assert "ssh -N -L " in found["fix"]


@pytest.mark.parametrize("kind", REWRITTEN)
def test_a_rewritten_origin(healthy, diagnosis_of, put_before, kind) -> None:
    """Each kind of it has the same name, and what to do where it can be set."""
    diagnosis = diagnosis_of(healthy)
    diagnosis.nginx = put_before(healthy)
    diagnosis.nginx.lines = [*diagnosis.nginx.lines, *REWRITTEN[kind]]
    diagnosis.nginx.reload()
    words = (SITE, "--server", diagnosis.nginx.url, "--token", OWN_TOKEN)
    diagnosis.cures("origin_rewritten", *words)


def test_every_site_counts_as_the_servers_own_page(healthy, diagnosis_of, put_before) -> None:
    """Which is worse than an answer that cannot be read."""
    diagnosis = diagnosis_of(healthy)
    nginx = put_before(healthy, *REWRITTEN["everybody's, as a hosted workspace"])
    found = diagnosis.expect("origin_rewritten", SITE, "--server", nginx.url)
    assert "every site that a person visits" in found["why"]


@pytest.mark.parametrize(
    ("login", "fix"),
    [
        (
            "https://global.rel.tunnels.api.visualstudio.com/auth/github",
            "devtunnel host -p {port} --allow-anonymous",
        ),
        ("https://github.dev/pf-signin", "gh codespace ports visibility {port}:public"),
        ("https://ana.cloudflareaccess.com/cdn-cgi/access/login", "use another tunnel"),
    ],
    ids=["dev tunnels", "Codespaces", "Cloudflare Access"],
)
def test_a_tunnels_own_login(healthy, diagnosis_of, put_before, login, fix) -> None:
    """It says how to open the port, where that is possible."""
    nginx = put_before(healthy, f"return 302 {login};")
    found = diagnosis_of(healthy).expect("tunnel_login", SITE, "--server", nginx.url)
    assert fix.format(port=healthy.port) in found["fix"]


@pytest.mark.parametrize("login", ["https://github.com/login/oauth", "https://login.example.edu"])
def test_a_login_that_any_proxy_may_have(healthy, diagnosis_of, put_before, login) -> None:
    """It is no tunnel's: many proxies send people to GitHub."""
    nginx = put_before(healthy, f"return 302 {login};")
    diagnosis_of(healthy).expect("redirected", SITE, "--server", nginx.url)
