"""What to change in a proxy, for each that is known, and in plain words for any other. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from .directives import ProxyFix, out
from .facts import Facts
from .program_fixes import CHALLENGE, DOCUMENTS
from .services import Proxy, proxy_of, service_at

_PLACES: Mapping[Proxy, str] = MappingProxyType(
    {
        "nginx": "# in nginx, in Jupyter's location; then run: nginx -s reload",
        "caddy": "# in the Caddyfile, in Jupyter's block; then run: caddy reload",
        "apache": "# in Apache httpd, in Jupyter's VirtualHost; then run: apachectl graceful",
        "traefik": "# in Traefik's file for Jupyter, which it reads again by itself",
    }
)


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
        "caddy": out("header_up -Upgrade", "header_up -Connection"),
        "apache": ("ProxyPass {path} {upstream}{path} upgrade=websocket",),
        "traefik": out("Upgrade: (in customRequestHeaders)"),
    },
)
_ORIGIN = ProxyFix(
    "pass on the header Origin unchanged",
    {
        "nginx": ("proxy_set_header Origin $http_origin;",),
        "caddy": out("header_up Origin", "header_up -Origin"),
        "apache": out(*(f"RequestHeader {verb} Origin" for verb in ("set", "edit", "unset"))),
        "traefik": out("Origin: (in customRequestHeaders)"),
    },
)
#: What adds CORS headers, or puts others in the place of the server's.
_ADDED: Mapping[Proxy, tuple[str, ...]] = {
    "nginx": out("add_header Access-Control-"),
    "caddy": out(
        *("header Access-Control-", "header_down Access-Control-"),
        "header_down +Access-Control-",
    ),
    "apache": out(
        *("Header set Access-Control-", "Header always set Access-Control-"),
        *("Header add Access-Control-", "Header always add Access-Control-"),
    ),
    "traefik": out("accessControlAllow", "Access-Control- (in customResponseHeaders)"),
}
_NO_LOGIN = ProxyFix(
    "ask for no login before Jupyter's own",
    {
        "nginx": ("auth_basic off;", "auth_request off;"),
        "caddy": out("basicauth", "basic_auth", "forward_auth"),
        "apache": ("AuthType None", "Require all granted"),
        "traefik": out("basicAuth:", "digestAuth:", "forwardAuth:"),
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
                "nginx": (*out("proxy_set_header Host"), "proxy_set_header Host $http_host;"),
                "caddy": out("header_up Host", "header_up -Host"),
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
                "caddy": (*out("uri strip_prefix"), "# write handle in place of handle_path"),
                "apache": ("ProxyPass {path} {upstream}{path} upgrade=websocket",),
                "traefik": out("stripPrefix:", "stripPrefixRegex:"),
            },
        ),
        "preflight_intercepted": ProxyFix(
            "pass on OPTIONS requests, as all others, and add no CORS headers",
            {
                "nginx": out("if ($request_method", "limit_except", "add_header Access-Control-"),
                "caddy": out("respond @options", "header Access-Control-"),
                "apache": out("RewriteCond %{{REQUEST_METHOD}}", "RewriteRule", "Limit"),
                "traefik": out("accessControlAllow"),
            },
        ),
        "cors_twice": ProxyFix(
            "add no header that begins with Access-Control-; the server adds them",
            _ADDED,
        ),
        "methods_refused": ProxyFix(
            "pass on requests with the methods PUT, PATCH and DELETE",
            {
                "nginx": out("limit_except", "if ($request_method", "dav_methods"),
                "caddy": ("# look for a matcher with the word method, and take it out",),
                "apache": out(
                    *("<Limit", "<LimitExcept", "RewriteCond %{{REQUEST_METHOD}}"),
                    "AllowMethods",
                ),
                "traefik": out("Method( (in the rule)"),
            },
        ),
        "errors_replaced": ProxyFix(
            "pass on the server's error responses, and no pages of its own instead",
            {
                "nginx": ("proxy_intercept_errors off;",),
                "caddy": out("handle_response"),
                "apache": ("ProxyErrorOverride Off",),
                "traefik": out("errors: (in middlewares)"),
            },
        ),
        "response_headers_stripped": ProxyFix(
            "pass on all headers of answers that begin with Access-Control-, and add none",
            {
                "nginx": (*_ADDED["nginx"], *(f"proxy_pass_header {each};" for each in _PASSED)),
                "caddy": (
                    *_ADDED["caddy"],
                    *out("header_down -Access-Control-", "header -Access-Control-"),
                ),
                "apache": (
                    *_ADDED["apache"],
                    *out("Header unset Access-Control-", "Header always unset Access-Control-"),
                ),
                "traefik": _ADDED["traefik"],
            },
        ),
        "authorization_stripped": ProxyFix(
            "pass on the header Authorization",
            {
                "nginx": ("proxy_set_header Authorization $http_authorization;",),
                "caddy": out("header_up -Authorization", "header_up Authorization"),
                "apache": out(
                    "RequestHeader unset Authorization", "RequestHeader set Authorization"
                ),
                "traefik": out("Authorization: (in customRequestHeaders)", "removeHeader: true"),
            },
        ),
        "challenge_stripped": CHALLENGE,
        "documents_blocked": DOCUMENTS,
        "upgrade_dropped": _SOCKETS,
        "sockets_blocked": _SOCKETS,
        "protocol_stripped": ProxyFix(
            "pass on the header Sec-WebSocket-Protocol, in requests and in answers",
            {
                "nginx": (
                    "proxy_set_header Sec-WebSocket-Protocol $http_sec_websocket_protocol;",
                    "proxy_pass_header Sec-WebSocket-Protocol;",
                ),
                "caddy": out("header_up -Sec-WebSocket-Protocol"),
                "apache": out("RequestHeader unset Sec-WebSocket-Protocol"),
                "traefik": out("Sec-WebSocket-Protocol: (in customRequestHeaders)"),
            },
        ),
        "buffered": ProxyFix(
            "pass on the messages of an open WebSocket at once",
            {
                "nginx": ("proxy_buffering off;",),
                "caddy": ("flush_interval -1",),
                "apache": out("SetOutputFilter BUFFER"),
                "traefik": out("buffering: (in middlewares)"),
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
    place = fix.places.get(proxy, _PLACES[proxy])
    return "\n".join((place, *(each.format(**values) for each in fix.directives[proxy])))


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
