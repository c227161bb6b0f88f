"""The addresses of the server: its issuer, and the paths below its base URL."""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import quote, urlsplit

from tornado.httputil import HTTPServerRequest
from tornado.web import HTTPError

from ..errors import InvalidOrigin
from ..policy.origin import Origin
from ..policy.own import is_own_origin
from . import paths

_OTHER_NAMES = {"localhost": "127.0.0.1", "127.0.0.1": "localhost", "::1": "localhost"}


class ServerUrls(NamedTuple):
    """The addresses of one server. ``base_url`` begins and ends with a slash.

    ``trusts_proxies`` says whether the headers of proxies count (``ServerApp.trust_xheaders``).
    """

    base_url: str
    public_url: str = ""
    trusts_proxies: bool = False

    def path(self, below: str) -> str:
        """Return the path of something below the base URL."""
        return self.base_url + below

    def static(self, name: str) -> str:
        """Return the path of a static file."""
        return self.path(paths.STATIC + quote(name))

    def well_known(self, below: str, resource: str = "") -> tuple[str, ...]:
        """Return the paths of a well-known document: below the base URL, and as RFC 8414 has it.

        Section 3.1 puts the issuer's path behind the name, not before it. So does RFC 9728 with
        that of a ``resource``.
        """
        base = self.base_url.rstrip("/")
        return tuple(dict.fromkeys((self.path(below) + resource, f"/{below}{base}{resource}")))

    def issuer(self, request: HTTPServerRequest) -> str:
        """Return the base URL as browsers see it, without the slash at its end."""
        if self.public_url:
            return self.public_url
        try:
            origin = Origin.parse(self._home(request))
        except InvalidOrigin:
            raise HTTPError(400) from None
        return f"{origin}{self.base_url.rstrip('/')}"

    def _home(self, request: HTTPServerRequest) -> str:
        """Return scheme and host in lower case, without the scheme's default port."""
        scheme = _browsers_scheme(request) if self.trusts_proxies else request.protocol
        host = (request.headers.get("Host") or "").lower()
        return f"{scheme}://{host.removesuffix(':443' if scheme == 'https' else ':80')}"

    def is_own(self, client: Origin, request: HTTPServerRequest) -> bool:
        """Return whether the client is this server itself."""
        own = is_own_origin(
            str(client),
            host=request.headers.get("Host"),
            secure=request.protocol == "https",
            public_origin=None,
        )
        return own or f"{self.public_url}/".startswith(f"{client}/")


def other_loopback_name(url: str) -> str:
    """Return the address with this machine's other name, where browsers keep other cookies.

    Empty for other machines.
    """
    parts = urlsplit(url)
    name = _OTHER_NAMES.get(parts.hostname or "")
    port = f":{parts.port}" if parts.port else ""
    return parts._replace(netloc=f"{name}{port}").geturl() if name else ""


def _browsers_scheme(request: HTTPServerRequest) -> str:
    """Return the scheme that the browser used, as the outermost proxy saw it.

    Tornado takes the innermost proxy's. Behind JupyterHub's proxy that is plain http, even where
    TLS ends before it. A client that sends a wrong scheme gets a wrong address itself, and changes
    nothing for others. JupyterHub does the same (``jupyterhub.utils.get_browser_protocol``).
    """
    headers = request.headers
    forwarded = headers.get("Forwarded", "").split(",")[0].lower()  # RFC 7239, section 4
    pairs = (pair.strip().partition("=") for pair in forwarded.split(";"))
    said = next((value for name, _, value in pairs if name == "proto"), "")
    said = said or headers.get("X-Scheme", headers.get("X-Forwarded-Proto", ""))
    scheme = said.split(",")[0].strip().strip('"').lower()
    return scheme if scheme in {"http", "https"} else request.protocol
