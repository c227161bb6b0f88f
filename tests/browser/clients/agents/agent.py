"""An agent with the official Python SDK. It is given the same as agent.mjs, and prints the same."""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
from mcp.client import Client
from mcp.client.auth import OAuthClientProvider
from mcp.client.streamable_http import streamable_http_client
from mcp.shared._httpx_utils import create_mcp_http_client
from mcp.shared.auth import AuthorizationCodeResult, OAuthClientMetadata


def say(**line: Any) -> None:
    print(json.dumps(line), flush=True)


class Kept:
    """What the SDK wants kept, in memory."""

    tokens: Any = None
    client: Any = None

    async def get_tokens(self) -> Any:
        return self.tokens

    async def set_tokens(self, tokens: Any) -> None:
        self.tokens = tokens

    async def get_client_info(self) -> Any:
        return self.client

    async def set_client_info(self, client: Any) -> None:
        self.client = client


class Callback:
    """Waits for the browser to come back, and answers it later."""

    def __init__(self) -> None:
        self.came: asyncio.Future[tuple[str, asyncio.StreamWriter]] = asyncio.Future()

    async def start(self) -> str:
        server = await asyncio.start_server(self._serve, "localhost", 0)
        return f"http://localhost:{server.sockets[0].getsockname()[1]}/callback"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        if not self.came.done() and "/callback?" in head:
            self.came.set_result((head.split(" ")[1], writer))

    async def wait(self) -> AuthorizationCodeResult:
        path, _ = await self.came
        answer = {name: values[0] for name, values in parse_qs(urlsplit(path).query).items()}
        return AuthorizationCodeResult(**answer)

    async def finish(self, text: str) -> None:
        _, writer = await self.came
        body = f'<p id="result">{text}</p>'.encode()
        head = f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {len(body)}\r\n\r\n"
        writer.write(head.encode() + body)
        await writer.drain()

    async def send_on(self, address: str) -> None:
        """Lead the browser to another page, and wait for it again."""
        _, writer = await self.came
        self.came = asyncio.Future()
        head = f"HTTP/1.1 302 Found\r\nLocation: {address}\r\nConnection: close\r\n\r\n"
        writer.write(head.encode())
        writer.close()


async def main(urls: list[str]) -> None:
    kept, callback = Kept(), Callback()
    redirect = await callback.start()
    metadata = OAuthClientMetadata(
        client_name="An agent",
        redirect_uris=[redirect],
        token_endpoint_auth_method="none",
    )

    async def open_browser(address: str) -> None:
        if callback.came.done():
            await callback.send_on(address)
        else:
            say(open=address)

    provider = OAuthClientProvider(urls[0], metadata, kept, open_browser, callback.wait)
    told = []
    async with create_mcp_http_client(auth=provider) as http:
        for url in urls:
            async with Client(streamable_http_client(url, http_client=http)) as client:
                result = await client.call_tool("add", {"a": 2, "b": 3})
            told += [result.content[0].text, kept.tokens.scope]
    await read_until_ended(urls[-1], kept, callback, " ".join(told))
    say(stream="ended")
    say(refused=await refusal_of(urls[-1], kept.tokens.access_token))


async def read_until_ended(url: str, kept: Kept, callback: Callback, text: str) -> None:
    headers = {
        "Authorization": f"Bearer {kept.tokens.access_token}",
        "Accept": "text/event-stream",
    }
    try:
        async with (
            httpx2.AsyncClient(timeout=None) as http,
            http.stream("GET", url, headers=headers) as stream,
        ):
            chunks = stream.aiter_raw()
            await anext(chunks)
            await callback.finish(text)
            async for _ in chunks:
                pass
    except httpx2.TransportError:
        pass  # it is cut off


async def refusal_of(url: str, token: str) -> str:
    headers = {"Authorization": f"Bearer {token}", "Accept": "application/json, text/event-stream"}
    message = {"jsonrpc": "2.0", "id": 9, "method": "tools/list"}
    async with httpx2.AsyncClient() as http:
        answer = await http.post(url, headers=headers, json=message)
    return "UnauthorizedError" if answer.status_code == 401 else str(answer.status_code)


asyncio.run(asyncio.wait_for(main(sys.argv[1:]), 200))
