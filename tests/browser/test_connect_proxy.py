"""Connect through a proxy that adds the encryption and another host name."""

from __future__ import annotations

import asyncio
import re
import ssl
import threading
from collections.abc import Callable, Iterator

import pytest
from support.browser.browsers import Run
from support.browser.page_server import PageServer
from support.jupyter_process import JupyterProcess

from .test_connect import Way, start_kernel, without_secrets

pytestmark = pytest.mark.timeout(180)

_HEAD = re.compile(rb"(?:[A-Z]+ /\S* HTTP/1\.1|HTTP/1\.1 \d+ [^\r]*)\r\n(?:[^\r\n]+\r\n)*\r\n")
_HOST = re.compile(rb"(?<=\r\nHost: )[^\r]*")


class TlsProxy:
    """Ends TLS in front of a server, which is told another ``Host``; keeps every message's head."""

    def __init__(self, tls: ssl.SSLContext) -> None:
        self._tls = tls
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._heads: list[bytearray] = []
        self.upstream = 0

    def __enter__(self) -> TlsProxy:
        self._thread.start()
        serving = asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self._tls)
        self._server = asyncio.run_coroutine_threadsafe(serving, self._loop).result(10)
        self.url = f"https://localhost:{self._server.sockets[0].getsockname()[1]}"
        return self

    def __exit__(self, *exc: object) -> None:
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    @property
    def heads(self) -> list[str]:
        """Return the heads of all requests and answers."""
        found = (_HEAD.findall(bytes(seen)) for seen in self._heads)
        return [head.decode("latin-1") for heads in found for head in heads]

    async def _stop(self) -> None:
        self._server.close()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", self.upstream)
        try:
            await asyncio.gather(self._pipe(reader, back, b"localhost"), self._pipe(there, writer))
        except (OSError, asyncio.IncompleteReadError):
            pass  # either side went away
        finally:
            back.close()
            writer.close()

    async def _pipe(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, host: bytes = b""
    ) -> None:
        self._heads.append(seen := bytearray())
        while data := await reader.read(65536):
            seen += data
            if host:
                data = _HOST.sub(host, data)
            writer.write(data)
            await writer.drain()
        if writer.can_write_eof():
            writer.write_eof()
        else:
            writer.close()


@pytest.fixture
def proxy(tls: ssl.SSLContext) -> Iterator[TlsProxy]:
    """Return a proxy; set ``upstream``, the port of what is behind it."""
    with TlsProxy(tls) as running:
        yield running


def test_a_site_is_connected_through_a_proxy(
    serve_page: Callable[..., PageServer],
    start_server: Callable[..., JupyterProcess],
    run_browser: Callable[..., Run],
    tls: ssl.SSLContext,
    proxy: TlsProxy,
) -> None:
    """Where ``public_url`` names it; the server's own address is another one.

    On the wire, no request of the site has a cookie, and no answer to it sets one.
    """
    site = serve_page("connect.js", "app.localhost", tls)
    server = start_server({"EscherpadExt": {"public_url": proxy.url}})
    proxy.upstream = server.port
    go = Way(site, proxy.url)
    run = run_browser(
        go("popup", secret=server.token, kernel=start_kernel(server)),
        go("wrongAddresses", addresses={server.url: ["wrong_issuer", "public_url_wrong"]}),
        program="connect.mjs",
        seconds=150,
    )
    run.check()
    assert without_secrets(run, server)
    asked = [head for head in proxy.heads if f"\r\nOrigin: {site.origin}\r\n" in head]
    told = [head for head in proxy.heads if "\r\nAccess-Control-Allow-Origin: " in head]
    assert len(asked) > 5
    assert len(told) > 5
    assert [head for head in asked if "\r\nCookie: " in head] == []
    assert [head for head in told if "\r\nSet-Cookie: " in head] == []
    assert [head for head in proxy.heads if "\r\nCookie: " in head], "the owner's pages have some"
