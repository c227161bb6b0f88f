"""Set-ups of the kind that people report, each with what both diagnostic tools say of it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

#: Where the page is, in a setting.
PAGE = "{page}"
REWRITTEN = "proxy_set_header Host 127.0.0.1:{port};"
#: A page of its own for whoever calls itself Mozilla, but not for handshakes and preflights.
NGROK = (
    'set $warns "";',
    'if ($http_user_agent ~ "Mozilla") { set $warns "yes"; }',
    'if ($http_ngrok_skip_browser_warning) { set $warns ""; }',
    'if ($http_upgrade) { set $warns ""; }',
    'if ($request_method = OPTIONS) { set $warns ""; }',
    'if ($warns) { add_header ngrok-error-code ERR_NGROK_6024 always; return 200 "<p>Sure?"; }',
)
#: The same for handshakes and preflights, too.
WARNS_ALWAYS = tuple(line for line in NGROK if "OPTIONS" not in line and "upgrade" not in line)
ADD_CORS = 'add_header Access-Control-Allow-Origin "*" always;'


@dataclass(frozen=True)
class Setup:
    """A server behind nginx, or without it, and the first finding about it.

    ``code`` is what ``check`` finds, None if nothing is wrong. ``page`` is what ``diagnose`` finds
    where pages cannot see the cause; its fix is then to run ``check``, or works as well.
    ``lines`` come into nginx's location, ``without`` leave it; with neither there is no nginx.
    ``settings`` and ``config`` are what the server's owner wrote. ``path`` is appended to the
    address. ``heals`` says whether the fix, applied literally, leaves no finding.
    """

    code: str | None
    page: str | None = None
    lines: tuple[str, ...] | None = None
    without: tuple[str, ...] = ()
    settings: dict[str, Any] | None = None
    config: tuple[str, ...] = ()
    path: str = ""
    token: str | None = None
    heals: bool = True

    @property
    def code_on_page(self) -> str | None:
        return self.page or self.code

    @property
    def has_own_server(self) -> bool:
        """Whether the server is not the one of the others."""
        return self.settings is not None or bool(self.config)

    def settings_for(self, page: str) -> dict[str, Any]:
        """Return the settings, with the page's origin."""
        settings = {"allowed_origins": [PAGE]} if self.settings is None else self.settings
        found: dict[str, Any] = json.loads(json.dumps(settings).replace(PAGE, page))
        return found


#: Those of the issue that this project's tests are named after.
OURS: dict[str, Setup] = {
    "nothing in between": Setup(None),
    "a proxy as it should be": Setup(None, lines=()),
    "a warning for browsers": Setup("browser_answered_differently", lines=NGROK, heals=False),
    "Origin of this site rewritten": Setup(
        "origin_rewritten",
        "cors_twice",
        (
            "set $shown $http_origin;",
            'if ($http_origin = "{page}") { set $shown "$scheme://$http_host"; }',
            "proxy_set_header Origin $shown;",
        ),
    ),
    "Origin of everybody rewritten": Setup(
        "origin_rewritten", "cors_twice", ("proxy_set_header Origin $scheme://$http_host;",)
    ),
    "a warning for preflights, too": Setup(
        "browser_answered_differently", "not_jupyter", WARNS_ALWAYS, heals=False
    ),
    "Origin is the server's internal one": Setup(
        "origin_rewritten",
        "origin_not_listed",
        ("proxy_set_header Origin http://127.0.0.1:{port};",),
    ),
    "Origin removed from handshakes": Setup(
        "origin_stripped",
        "sockets_blocked",
        (
            "set $shown $http_origin;",
            'if ($http_upgrade) { set $shown ""; }',
            "proxy_set_header Origin $shown;",
        ),
    ),
    "Host is a name that nobody knows": Setup(
        "host_refused",
        lines=("proxy_set_header Host jupyter-internal;",),
        settings={"allowed_origins": [PAGE]},
    ),
    "CORS headers of another site": Setup(
        "response_headers_stripped",
        "cors_twice",
        (
            "proxy_hide_header Access-Control-Allow-Origin;",
            "add_header Access-Control-Allow-Origin https://other.example always;",
        ),
    ),
    "requests that change something are refused": Setup(
        "methods_refused",
        "preflight_intercepted",
        ("if ($request_method = PUT) { return 405; }",),
    ),
    "files of the proxy's own": Setup(
        None, lines=('if ($uri ~ "^/escherpad/static/.*[.]js") { return 404; }',)
    ),
    "Origin always another": Setup(
        "origin_rewritten",
        "origin_not_listed",
        ("proxy_set_header Origin https://workspace.example;",),
    ),
    "CORS headers twice": Setup("cors_twice", lines=(ADD_CORS,)),
    "Host rewritten": Setup(
        "public_url_missing", lines=(REWRITTEN,), settings={"allowed_origins": [PAGE]}
    ),
    "public_url of another address": Setup(
        "public_url_wrong",
        settings={"allowed_origins": [PAGE], "public_url": "https://old.example.com"},
    ),
    "a setting with a mistake": Setup(
        "settings_invalid", settings={"allowed_origins": ["https://x.example/", PAGE]}
    ),
    "old settings that are lost": Setup(
        "legacy_origins_lost",
        "origin_not_listed",
        settings={"allowed_origins": ["https://x.example"]},
        config=('c.ServerApp.allow_origin = "{page}"',),
    ),
    "an origin that is not listed": Setup(
        "origin_not_listed", settings={"allowed_origins": ["https://x.example"], "connect": "off"}
    ),
    "no authentication": Setup(
        "authentication_off",
        settings={"allowed_origins": [PAGE]},
        config=('c.IdentityProvider.token = ""',),
    ),
    "a page's address": Setup("wrong_base_url", path="lab/tree/a.ipynb"),
    "a token that is wrong": Setup("unknown_token", token="wrong"),
}

#: By the public reports that describe them.
REPORTED: dict[str, Setup] = {
    "jupyter/notebook#1311": Setup(
        "origin_stripped", "cors_twice", ('proxy_set_header Origin "";',)
    ),
    "jupyter/jupyter#161": Setup(
        "public_url_missing",
        lines=("proxy_set_header Host $host;",),
        settings={"allowed_origins": [PAGE]},
    ),
    "jupyter/services#158": Setup(
        "login_in_front",
        "not_jupyter",
        ('auth_basic "Lab";', "auth_basic_user_file /dev/null;"),
    ),
    "jupyter/notebook#6154": Setup(
        "upgrade_dropped",
        "sockets_blocked",
        without=("proxy_set_header Upgrade", "proxy_set_header Connection"),
    ),
    "jupyter/notebook#2920": Setup(
        "preflight_intercepted", lines=("if ($request_method = OPTIONS) { return 204; }",)
    ),
    "jupyter-server/jupyter_server#1468": Setup(
        None,
        config=(
            'c.ServerApp.tornado_settings = {{"headers": {{"Access-Control-Allow-Methods": "*"}}}}',
            "c.ZMQChannelsWebsocketConnection.kernel_ws_protocol = None",
        ),
    ),
    "jupyterhub/jupyter-server-proxy#248": Setup(
        "public_url_missing",
        lines=(REWRITTEN,),
        settings={},
        config=('c.ServerApp.allow_origin = "*"', "c.ServerApp.disable_check_xsrf = True"),
    ),
    "microsoft/vscode-jupyter#9773": Setup(
        "settings_invalid",
        "origin_not_listed",
        settings={},
        config=('c.ServerApp.allow_origin = "{page}/"',),
    ),
    "binderhub#1052": Setup("unknown_token", token="old", lines=()),
    "jupyter_http_over_ws#39": Setup(
        "authentication_off",
        settings={},
        config=(
            'c.ServerApp.allow_origin = "*"',
            'c.IdentityProvider.token = ""',
            "c.ServerApp.disable_check_xsrf = True",
        ),
    ),
    "jupyter/help#56": Setup(
        "public_url_missing",
        lines=(
            REWRITTEN,
            "set $shown $http_origin;",
            'if ($http_origin = "$scheme://$http_host") { set $shown "http://127.0.0.1:{port}"; }',
            "proxy_set_header Origin $shown;",
        ),
        settings={"allowed_origins": [PAGE]},
    ),
    "jupyter/notebook#4541": Setup(
        "host_refused",
        "not_jupyter",
        ("proxy_set_header Host $http_host; proxy_set_header Host $host;",),
    ),
    "jupyterlab/jupyterlab#5604": Setup(
        None,
        lines=(
            'proxy_set_header Upgrade "websocket";',
            'proxy_set_header Connection "Upgrade";',
        ),
    ),
    "jupyterhub/jupyterhub#1603": Setup(
        "upgrade_dropped",
        "sockets_blocked",
        (
            "set $passed $http_upgrade;",
            'if ($uri !~ "/api/kernels/[^/]+/channels|/terminals/websocket/") { set $passed ""; }',
            "proxy_set_header Upgrade $passed;",
        ),
    ),
    "ipython/ipython#7178": Setup(
        None, config=('c.ServerApp.websocket_url = "ws://localhost:9"',), lines=()
    ),
    "traefik/traefik#6294": Setup(
        "upgrade_dropped", "sockets_blocked", ('proxy_set_header Connection "";',)
    ),
    "jupyterhub/zero-to-jupyterhub-k8s#660": Setup(
        "host_refused", "not_jupyter", ('proxy_set_header Host "";',)
    ),
    "fonsp/pluto-on-binder#9": Setup(
        None,
        config=(
            'c.ServerApp.tornado_settings = {{"headers": {{"Access-Control-Allow-Origin": "*"}}}}',
        ),
    ),
    "Authorization is a token of the proxy's": Setup(
        "authorization_stripped", lines=('proxy_set_header Authorization "Bearer own";',)
    ),
    "Authorization is the proxy's": Setup(
        "authorization_stripped", lines=('proxy_set_header Authorization "";',)
    ),
    "pages of the proxy instead of errors": Setup(
        "errors_replaced",
        lines=("proxy_intercept_errors on;", "error_page 401 403 404 /sorry.html;"),
    ),
    "CORS headers removed": Setup(
        "response_headers_stripped",
        "cors_twice",
        (
            "proxy_hide_header Access-Control-Allow-Origin;",
            "proxy_hide_header Access-Control-Allow-Headers;",
        ),
    ),
    "a port at which nothing is": Setup(
        "bad_gateway", "not_jupyter", ("proxy_pass http://127.0.0.1:9;",)
    ),
}
SETUPS = {**OURS, **REPORTED}
