"""Pages of apps: each platform's origin, exactly as it is sent, with a token for it."""

from __future__ import annotations

import json

import pytest

PROTOCOL = "v1.token.websocket.jupyter.org"
#: What docs/app-shells.md names. Electron's, Capacitor's and VS Code's are as their platforms
#: document them; the others are also tested with the real thing (tests/browser).
ORIGINS = (
    "tauri://localhost",
    "http://tauri.localhost",
    "capacitor://localhost",
    "https://localhost",
    "app://.",
    "app://bundle",
    "vscode-webview://1a2b3c4d5e6f7g8h9i0j1k2l3m4n5o6p7q8r9s0t1u2v3w4x5y6z",
    "chrome-extension://abcdefghijklmnopabcdefghijklmnop",
    "moz-extension://4c673e07-a473-451e-9c56-9cc26cf78394",
    "safari-web-extension://4C673E07-A473-451E-9C56-9CC26CF78394",
)


@pytest.fixture
def escherpad_config():
    return {"allowed_origins": list(ORIGINS)}


@pytest.mark.parametrize("origin", ORIGINS)
async def test_it_reads_writes_and_opens_sockets(call, give, open_socket, origin):
    """With its token, and without cookies; another app's origin may not use the token."""
    _, token = give("run", origin=origin)
    asks = {"Access-Control-Request-Method": "PUT"}
    preflight = await call("OPTIONS", "api/contents/x.txt", origin=origin, headers=asks)
    assert preflight.headers["Access-Control-Allow-Origin"] == origin
    body = json.dumps({"type": "file", "format": "text", "content": "x"})
    write = await call("PUT", "api/contents/x.txt", origin=origin, token=token, body=body)
    assert (write.code, write.headers["Access-Control-Allow-Origin"]) == (201, origin)
    assert (await call("GET", "api/contents", origin=origin, token=token)).code == 200
    protocols = [PROTOCOL, f"{PROTOCOL}.{token}"]
    socket = await open_socket("api/events/subscribe", origin=origin, protocols=protocols)
    assert socket.selected_subprotocol == PROTOCOL
    for other in set(ORIGINS) - {origin}:
        refused = await call("GET", "api/contents", origin=other, token=token)
        assert json.loads(refused.body)["reason"] == "wrong_origin"
