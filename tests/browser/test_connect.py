"""Connect, in real browsers: a site and a person's server that have not heard of each other."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jupyter_server.auth import passwd
from support import gateways
from support.browser.bad_proxies import Listener, forward, without_other_sites
from support.browser.browsers import FULL, ONE_ENGINE, Browser, Run
from support.browser.page_server import PageServer
from support.jupyter_process import JupyterProcess
from support.ports import free_port

pytestmark = pytest.mark.timeout(300)

PASSWORD = "a password"
SECONDS = 5
#: What the server or the library decides: in Firefox too with ESCHERPAD_FULL=1.
NOT_THE_BROWSERS = (
    "connectAgain",
    "deviceCode",
    "expiry",
    "extend",
    "fewerScopes",
    "suggestedFolder",
    "tunnelWithWarning",
    "twoServers",
)


def test_a_site_is_connected_by_a_click(
    serve_page: Callable[..., PageServer],
    start_server: Callable[..., JupyterProcess],
    run_browser: Callable[..., Run],
    browser: Browser,
    tls: ssl.SSLContext,
) -> None:
    """With nothing configured: by popup and without one, allowed, denied, given up, ended.

    Nothing secret is in the server's log, and the kernel outlives them all.
    """
    site = serve_page("connect.js", "app.localhost", tls)
    independent = serve_page("connect_independent.js", "app.localhost", tls)
    bystander = serve_page("connect.js", "localhost")
    server = start_server({"EscherpadExt": {"grant_lifetime_seconds": SECONDS}})
    kernel = start_kernel(server)
    folder = make_folder(server)
    tunnel = Listener(forward(server.port, without_other_sites))
    go = Way(site, server.url)
    acts = [
        go("popup", secret=server.token, wrong="wrong"),
        go("fullPage"),
        go("blockedPopup"),
        go("deny"),
        go("closedHalfWay", pid=server.pid),
        go("backButton"),
        go("twoTabs"),
        go("fewerScopes"),
        go("folderByKeyboard", **folder),
        go("suggestedFolder", **folder),
        go("expiry", kernel=kernel, seconds=SECONDS),
        go("disconnect", kernel=kernel),
        go("extend"),
        go("twoServers", other=f"http://127.0.0.1:{server.port}", secret=server.token),
        go("connectAgain", pasted=f"{server.url}lab/tree/a.ipynb?token={server.token}"),
        go(
            "wrongAddresses",
            addresses={
                "ftp://localhost/?token=a-secret": ["invalid_server", None],
                f"localhost:{free_port()}": ["unreachable", "nothing_listens"],
                f"{bystander.origin}/lab?token=a-secret": ["not_found", "not_jupyter"],
                f"{server.url}nowhere": ["not_found", "wrong_base_url"],
            },
        ),
        go("frames"),
        go("webWorker"),
        go("importFromServer"),
        go("deviceCode"),
        Way(independent, server.url)("independent"),
        Way(site, tunnel.url)(
            "tunnelWithWarning", secret=server.token, header="ngrok-skip-browser-warning"
        ),
    ]
    chosen = [
        act
        for act in acts
        if FULL or browser.name == "chrome" or act["act"] not in NOT_THE_BROWSERS
    ]
    with tunnel:
        run = run_browser(*chosen, program="connect.mjs", seconds=240)
    run.check()
    assert without_secrets(run, server)
    assert [running["id"] for running in server.owner().ask("GET", "api/kernels")] == [kernel]


@pytest.mark.parametrize("browser", ONE_ENGINE, indirect=True)
def test_a_site_is_connected_to_a_password_server_with_a_base_url(
    serve_page: Callable[..., PageServer],
    start_server: Callable[..., JupyterProcess],
    run_browser: Callable[..., Run],
    tls: ssl.SSLContext,
) -> None:
    """After a wrong password, too, and by a library that knows nothing but the address.

    Then the site works a whole notebook session, with kernels for which the server would select
    no protocol of their own, as with ``--gateway-url``.
    """
    site = serve_page("connect.js", "app.localhost", tls)
    independent = serve_page("connect_independent.js", "app.localhost", tls)
    config = {
        "ServerApp": {"base_url": "/user/m%40b/"},
        "PasswordIdentityProvider": {"hashed_password": passwd(PASSWORD)},
        "ZMQChannelsWebsocketConnection": {"kernel_ws_protocol": ""},
    }
    server = start_server(config)
    run = run_browser(
        Way(site, server.url)("popup", secret=PASSWORD, wrong="wrong"),
        Way(site, server.url)("fullPage"),
        Way(site, server.url)("session", spoken="v1.kernel.websocket.jupyter.org"),
        Way(independent, server.url)("independent"),
        program="connect.mjs",
        seconds=240,
    )
    run.check()
    assert without_secrets(run, server)


@pytest.mark.skipif(not gateways.FULL, reason="ESCHERPAD_FULL=1 installs an Enterprise Gateway.")
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("name", gateways.CHOSEN)
def test_a_connected_site_runs_kernels_of_a_gateway(
    name: str,
    serve_page: Callable[..., PageServer],
    start_server: Callable[..., JupyterProcess],
    run_browser: Callable[..., Run],
    tls: ssl.SSLContext,
    tmp_path: Path,
) -> None:
    """Behind a Jupyter server, with ``@jupyterlab/services``: a whole notebook session."""
    site = serve_page("connect.js", "app.localhost", tls)
    python = gateways.python_for(name, tmp_path)
    with gateways.gateway(name, python, tmp_path / "gateway") as address:
        server = start_server({"GatewayClient": {"url": address}})
        run = run_browser(
            Way(site, server.url)("popup", secret=server.token, wrong="wrong"),
            Way(site, server.url)("session", spoken="v1.kernel.websocket.jupyter.org"),
            program="connect.mjs",
            seconds=240,
        )
    run.check()
    assert without_secrets(run, server)


class Way:
    """What the acts of connect.mjs have in common."""

    def __init__(self, site: PageServer, server: str) -> None:
        self.site = site.origin
        self.server = server.rstrip("/")

    def __call__(self, act: str, **given: Any) -> dict[str, Any]:
        return {"act": act, "site": self.site, "server": self.server, **given}


def start_kernel(server: JupyterProcess) -> str:
    """Start a kernel as the owner; return its id."""
    return str(server.owner().ask("POST", "api/kernels", {"name": "python3"})["id"])


def make_folder(server: JupyterProcess) -> dict[str, str]:
    """Make a folder with a file in it, and a file outside."""
    for path in ("data", "data/raw"):
        server.owner().ask("PUT", f"api/contents/{path}", {"type": "directory"})
    for path in ("data/raw/in.txt", "data/out.txt"):
        content = {"type": "file", "format": "text", "content": "x"}
        server.owner().ask("PUT", f"api/contents/{path}", content)
    return {"folder": "data/raw", "inside": "data/raw/in.txt", "outside": "data/out.txt"}


def without_secrets(run: Run, server: JupyterProcess) -> bool:
    """Return whether no code, token, verifier or state is in the server's log."""
    assert len(run.secrets) > 3
    lines = server.log().splitlines()
    assert any("escherpad/token" in line for line in lines)
    assert [line for line in lines if any(secret in line for secret in run.secrets)] == []
    return True
