"""Fetches a program's document from the public internet, in a thread of its own.

The name is resolved once, every address is checked, and the connection goes to one that was
checked. So no name can lead into the network of the server, also not at the second look.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from tornado.httpclient import HTTPRequest, HTTPResponse
from tornado.netutil import Resolver
from tornado.simple_httpclient import SimpleAsyncHTTPClient

from .client_documents import (
    FETCH_SECONDS,
    NETWORK,
    DocumentError,
    Fetched,
    seconds_to_keep,
)
from .public_addresses import is_public

MAX_BYTES = 5000
_HTTP_OK = 200
_FAILED = 599  # tornado's own

Address = tuple[int, Any]


@dataclass(frozen=True)
class DocumentFetch:
    """Fetches documents; a test may say what is public and whom to trust."""

    resolve: Callable[..., Any] = socket.getaddrinfo
    is_public: Callable[[str], bool] = is_public
    context: ssl.SSLContext | None = None
    seconds: float = FETCH_SECONDS

    def __call__(self, url: str) -> Fetched:
        """Return a document. Raises DocumentError. It blocks, until the name is resolved too."""
        addresses = self._resolve(url)
        loop = asyncio.SelectorEventLoop()  # of this thread alone
        try:
            response = loop.run_until_complete(self._fetch(url, addresses))
        except Exception as error:  # of the network, of TLS, of an answer that breaks off
            what = f"It cannot be fetched ({type(error).__name__})."
            raise DocumentError(what, code=NETWORK) from error
        finally:
            loop.close()
        return _read(response)

    def _resolve(self, url: str) -> list[Address]:
        parts = urlsplit(url)
        try:
            found = self.resolve(parts.hostname, parts.port or 443, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            raise DocumentError("Its host is not known.", code=NETWORK) from None
        if not found or not all(self.is_public(str(address[0])) for *_, address in found):
            raise DocumentError("Its host is not on the public internet.")
        return [(family, address) for family, *_, address in found]

    async def _fetch(self, url: str, addresses: list[Address]) -> HTTPResponse:
        client = SimpleAsyncHTTPClient(
            force_instance=True,
            resolver=_Pinned(addresses),
            max_body_size=MAX_BYTES,
            max_header_size=MAX_BYTES,
        )
        request = HTTPRequest(
            url,
            headers={"Accept": "application/json"},
            follow_redirects=False,
            decompress_response=False,
            connect_timeout=self.seconds,
            request_timeout=self.seconds,
            ssl_options=self.context or ssl.create_default_context(),
        )
        try:
            return await client.fetch(request, raise_error=False)
        finally:
            client.close()


class _Pinned(Resolver):
    """Knows the addresses that were checked, and no others."""

    def initialize(self, addresses: list[Address]) -> None:
        self._addresses = addresses

    async def resolve(self, host: str, port: int, family: Any = 0) -> list[Address]:
        return self._addresses


def _read(response: HTTPResponse) -> Fetched:
    if response.code == _FAILED:
        raise DocumentError("It cannot be fetched in five seconds and 5 kB.", code=NETWORK)
    if response.code != _HTTP_OK:  # a redirect leads elsewhere
        raise DocumentError(f"Its host answers with {response.code}.")
    kind = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if kind != "application/json" and not kind.endswith("+json"):
        raise DocumentError("It is not sent as JSON.")
    return Fetched(response.body, seconds_to_keep(response.headers.get("Cache-Control", "")))
