"""What to change in a proxy that keeps from programs how to connect. Pure."""

from __future__ import annotations

from .directives import ProxyFix, out

_HEADERS = "proxy_set_header Host $http_host; proxy_set_header X-Scheme $scheme;"

CHALLENGE = ProxyFix(
    "pass on the server's answers with status 401, and their header WWW-Authenticate",
    {
        "nginx": ("proxy_pass_header WWW-Authenticate;", "proxy_intercept_errors off;"),
        "caddy": out(
            "header_down -WWW-Authenticate", "header -WWW-Authenticate", "handle_response"
        ),
        "apache": (
            *out("Header unset WWW-Authenticate", "Header always unset WWW-Authenticate"),
            "ProxyErrorOverride Off",
        ),
        "traefik": out("WWW-Authenticate: (in customResponseHeaders)", "errors: (in middlewares)"),
    },
)
DOCUMENTS = ProxyFix(
    "pass on the addresses that begin with {path}.well-known/oauth- and {path}.well-known/openid-",
    {
        # ^~ comes before every regular expression, such as one that denies files with a dot.
        "nginx": tuple(
            f"location ^~ {{path}}.well-known/{name} {{{{ proxy_pass {{upstream}}; {_HEADERS} }}}}"
            for name in ("oauth-", "openid-")
        ),
        "caddy": (
            *("handle {path}.well-known/oauth-* {{", "  reverse_proxy {upstream}", "}}"),
            *("handle {path}.well-known/openid-* {{", "  reverse_proxy {upstream}", "}}"),
        ),
        "apache": (
            "ProxyPassMatch ^({path}.well-known/o.*)$ {upstream}$1",
            "# take out what denies addresses with /.",
        ),
        "traefik": ("# let no other router have a rule for the path {path}.well-known",),
    },
    {
        "nginx": "# in nginx, in the server block, beside locations; then run: nginx -s reload",
        "caddy": "# in the Caddyfile, before Jupyter's block; then run: caddy reload",
        "apache": "# in Apache httpd, before all ProxyPass; then run: apachectl graceful",
    },
)
