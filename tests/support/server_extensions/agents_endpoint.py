"""An endpoint for agents (MCP, Streamable HTTP) that checks nobody, with one tool: it adds.

The same is at another path below it.

https://modelcontextprotocol.io/specification/2025-11-25/basic/transports
"""

from __future__ import annotations

import asyncio
import json
from typing import Any

from jupyter_server.auth.decorator import allow_unauthenticated
from tornado.web import RequestHandler

TOOL = {
    "name": "add",
    "description": "Adds two numbers.",
    "inputSchema": {
        "type": "object",
        "properties": {"a": {"type": "number"}, "b": {"type": "number"}},
        "required": ["a", "b"],
    },
}


class AgentsHandler(RequestHandler):
    """Answers each message with JSON, and has a stream that says nothing."""

    @allow_unauthenticated
    def post(self) -> None:
        """Answer a message."""
        message = json.loads(self.request.body)
        if "id" not in message:
            self.set_status(202)
            return
        result = answer(message["method"], message.get("params") or {})
        found = {"result": result} if result is not None else {"error": UNKNOWN}
        self.set_header("Content-Type", "application/json")
        self.finish(json.dumps({"jsonrpc": "2.0", "id": message["id"], **found}))

    @allow_unauthenticated
    async def get(self) -> None:
        """Keep a stream open until its reader is gone."""
        self.set_header("Content-Type", "text/event-stream")
        self.write(": open\n\n")
        await self.flush()
        self.gone = asyncio.Event()
        await self.gone.wait()

    def on_connection_close(self) -> None:
        """End the stream."""
        gone = getattr(self, "gone", None)
        if gone is not None:
            gone.set()


UNKNOWN = {"code": -32601, "message": "Method not found"}


def answer(method: str, params: dict[str, Any]) -> dict[str, Any] | None:
    """Return the result of a request, None for a method that is not known."""
    if method == "initialize":
        return {
            "protocolVersion": params["protocolVersion"],
            "capabilities": {"tools": {}},
            "serverInfo": {"name": "adds", "version": "1"},
        }
    if method == "tools/list":
        return {"tools": [TOOL]}
    if method == "tools/call":
        total = params["arguments"]["a"] + params["arguments"]["b"]
        return {"content": [{"type": "text", "text": str(total)}]}
    return {} if method == "ping" else None


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": "agents_endpoint"}]


def _load_jupyter_server_extension(serverapp: Any) -> None:
    path = f"{serverapp.base_url}mcp(?:/admin)?"
    serverapp.web_app.add_handlers(".*$", [(path, AgentsHandler)])
