"""What to change in a proxy, for each that is known, and in plain words for any other. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from .facts import Facts
from .services import Proxy, proxy_of, service_at

_PLACES: Mapping[Proxy, str] = MappingProxyType(
    {
        "nginx": "# in nginx, in Jupyter's location; then run: nginx -s reload",
        "caddy": "# in the Caddyfile, in Jupyter's block; then run: caddy reload",
        "apache": "# in Apache httpd, in Jupyter's VirtualHost; then run: apachectl graceful",
        "traefik": "# in Traefik's file for Jupyter, which it reads again by itself",
    }
)


@dataclass(frozen=True)
class ProxyFix:
    """What a proxy has to do, in words, and by its directives.

    A directive that begins with ``#`` is for people, and ``# take out: `` names the beginning of
    one to remove.
    """

    words: str
    directives: Mapping[Proxy, tuple[str, ...]] = field(default_factory=dict)


def _out(*beginnings: str) -> tuple[str, ...]:
    return tuple(f"# take out: {beginning}" for beginning in beginnings)


_PASSED = (
    *("Access-Control-Allow-Origin", "Access-Control-Allow-Methods"),
    *("Access-Control-Allow-Headers", "Access-Control-Max-Age", "Access-Control-Expose-Headers"),
)
_SOCKETS = ProxyFix(
    "pass on WebSocket handshakes: by HTTP/1.1, with the headers Upgrade and Connection",
    {
        "nginx": (
            "proxy_http_version 1.1;",
            "proxy_set_header Upgrade $http_upgrade;",
            'proxy_set_header Connection "upgrade";',
        ),
        "caddy": _out("header_up -Upgrade", "header_up -Connection"),
        "apache": ("ProxyPass {path} {upstream}{path} upgrade=websocket",),
        "traefik": _out("Upgrade: (in customRequestHeaders)"),
    },
)
_ORIGIN = ProxyFix(
    "pass on the header Origin unchanged",
    {
        "nginx": ("proxy_set_header Origin $http_origin;",),
        "caddy": _out("header_up Origin", "header_up -Origin"),
        "apache": _out(*(f"RequestHeader {verb} Origin" for verb in ("set", "edit", "unset"))),
        "traefik": _out("Origin: (in customRequestHeaders)"),
    },
)
#: What adds CORS headers, or puts others in the place of the server's.
_ADDED: Mapping[Proxy, tuple[str, ...]] = {
    "nginx": _out("add_header Access-Control-"),
    "caddy": _out(
        *("header Access-Control-", "header_down Access-Control-"),
        "header_down +Access-Control-",
    ),
    "apache": _out(
        *("Header set Access-Control-", "Header always set Access-Control-"),
        *("Header add Access-Control-", "Header always add Access-Control-"),
    ),
    "traefik": _out("accessControlAllow", "Access-Control- (in customResponseHeaders)"),
}
_NO_LOGIN = ProxyFix(
    "ask for no login before Jupyter's own",
    {
        "nginx": ("auth_basic off;", "auth_request off;"),
        "caddy": _out("basicauth", "basic_auth", "forward_auth"),
        "apache": ("AuthType None", "Require all granted"),
        "traefik": _out("basicAuth:", "digestAuth:", "forwardAuth:"),
    },
)

#: The fixes by the codes of the findings.
PROXY_FIXES: Mapping[str, ProxyFix] = MappingProxyType(
    {
        "bad_gateway": ProxyFix(
            "send requests to {upstream}",
            {
                "nginx": ("proxy_pass {upstream};",),
                "caddy": ("reverse_proxy {upstream}",),
                "apache": ("ProxyPass {path} {upstream}{path} upgrade=websocket",),
                "traefik": ("- url: {upstream}",),
            },
        ),
        "host_refused": ProxyFix(
            "pass on the header Host once, as the browser sent it",
            {
                "nginx": (*_out("proxy_set_header Host"), "proxy_set_header Host $http_host;"),
                "caddy": _out("header_up Host", "header_up -Host"),
                "apache": ("ProxyPreserveHost On",),
                "traefik": ("passHostHeader: true",),
            },
        ),
        "redirected": _NO_LOGIN,
        "login_in_front": _NO_LOGIN,
        "origin_rewritten": _ORIGIN,
        "origin_stripped": _ORIGIN,
        "prefix_stripped": ProxyFix(
            "pass on the whole path, which begins with {path}",
            {
                "nginx": ("proxy_pass {upstream};",),
                "caddy": (*_out("uri strip_prefix"), "# write handle in place of handle_path"),
                "apache": ("ProxyPass {path} {upstream}{path} upgrade=websocket",),
                "traefik": _out("stripPrefix:", "stripPrefixRegex:"),
            },
        ),
        "preflight_intercepted": ProxyFix(
            "pass on OPTIONS requests, as all others, and add no CORS headers",
            {
                "nginx": _out("if ($request_method", "limit_except", "add_header Access-Control-"),
                "caddy": _out("respond @options", "header Access-Control-"),
                "apache": _out("RewriteCond %{{REQUEST_METHOD}}", "RewriteRule", "Limit"),
                "traefik": _out("accessControlAllow"),
            },
        ),
        "cors_twice": ProxyFix(
            "add no header that begins with Access-Control-; the server adds them",
            _ADDED,
        ),
        "methods_refused": ProxyFix(
            "pass on requests with the methods PUT, PATCH and DELETE",
            {
                "nginx": _out("limit_except", "if ($request_method", "dav_methods"),
                "caddy": ("# look for a matcher with the word method, and take it out",),
                "apache": _out(
                    *("<Limit", "<LimitExcept", "RewriteCond %{{REQUEST_METHOD}}"),
                    "AllowMethods",
                ),
                "traefik": _out("Method( (in the rule)"),
            },
        ),
        "errors_replaced": ProxyFix(
            "pass on the server's error responses, and no pages of its own instead",
            {
                "nginx": ("proxy_intercept_errors off;",),
                "caddy": _out("handle_response"),
                "apache": ("ProxyErrorOverride Off",),
                "traefik": _out("errors: (in middlewares)"),
            },
        ),
        "response_headers_stripped": ProxyFix(
            "pass on all headers of answers that begin with Access-Control-, and add none",
            {
                "nginx": (*_ADDED["nginx"], *(f"proxy_pass_header {each};" for each in _PASSED)),
                "caddy": (
                    *_ADDED["caddy"],
                    *_out("header_down -Access-Control-", "header -Access-Control-"),
                ),
                "apache": (
                    *_ADDED["apache"],
                    *_out("Header unset Access-Control-", "Header always unset Access-Control-"),
                ),
                "traefik": _ADDED["traefik"],
            },
        ),
        "authorization_stripped": ProxyFix(
            "pass on the header Authorization",
            {
                "nginx": ("proxy_set_header Authorization $http_authorization;",),
                "caddy": _out("header_up -Authorization", "header_up Authorization"),
                "apache": _out(
                    "RequestHeader unset Authorization", "RequestHeader set Authorization"
                ),
                "traefik": _out("Authorization: (in customRequestHeaders)", "removeHeader: true"),
            },
        ),
        "upgrade_dropped": _SOCKETS,
        "sockets_blocked": _SOCKETS,
        "protocol_stripped": ProxyFix(
            "pass on the header Sec-WebSocket-Protocol, in requests and in answers",
            {
                "nginx": (
                    "proxy_set_header Sec-WebSocket-Protocol $http_sec_websocket_protocol;",
                    "proxy_pass_header Sec-WebSocket-Protocol;",
                ),
                "caddy": _out("header_up -Sec-WebSocket-Protocol"),
                "apache": _out("RequestHeader unset Sec-WebSocket-Protocol"),
                "traefik": _out("Sec-WebSocket-Protocol: (in customRequestHeaders)"),
            },
        ),
        "buffered": ProxyFix(
            "pass on the messages of an open WebSocket at once",
            {
                "nginx": ("proxy_buffering off;",),
                "caddy": ("flush_interval -1",),
                "apache": _out("SetOutputFilter BUFFER"),
                "traefik": _out("buffering: (in middlewares)"),
            },
        ),
    }
)


def proxy_fix(facts: Facts, code: str) -> str:
    """Return what to change in what is there; in words where that is no known proxy."""
    fix, proxy, service = PROXY_FIXES[code], proxy_of(facts), service_at(facts.address.host)
    values = {"upstream": f"http://127.0.0.1:{_port(facts)}", "path": facts.address.path}
    if service is not None or proxy is None:
        return in_words(facts, fix.words.format(**values))
    return "\n".join((_PLACES[proxy], *(each.format(**values) for each in fix.directives[proxy])))


def _port(facts: Facts) -> int:
    return next((each.port for each in facts.running if each.is_loopback), 8888)


def in_words(facts: Facts, words: str) -> str:
    """Return that what is there has to do something, and what to use if it cannot."""
    port, service = _port(facts), service_at(facts.address.host)
    name = "the proxy" if service is None else service.name
    return (
        f"# let {name} {words}. If that cannot be set, no setting of the server can help. Then use "
        "a tunnel that changes nothing, such as this one:\n"
        f"ssh -N -L {port}:localhost:{port} USER@HOST"
    )
