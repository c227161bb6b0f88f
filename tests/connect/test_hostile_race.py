"""One code, a real server, and four processes that want it."""

from __future__ import annotations

import asyncio
import json
import sys
from types import SimpleNamespace
from urllib.parse import urlencode

from support.connect.browser_user import Person, Site, answer_of
from support.constants import TOKEN
from support.server_process import Server
from tornado.httpclient import AsyncHTTPClient

PROCESSES = 4
CLIENT = """
import http.client, sys
port, origin, body = sys.argv[1:]
connection = http.client.HTTPConnection("127.0.0.1", int(port))
connection.connect()
print("ready", flush=True)
sys.stdin.readline()
headers = {"Origin": origin, "Content-Type": "application/x-www-form-urlencoded"}
connection.request("POST", "/escherpad/token", body, headers)
answer = connection.getresponse()
print(answer.status, answer.read().decode())
"""


def caller(port):
    """Return what the helpers call a server with."""

    async def call(method, path, *, origin=None, token=None, headers=None, body=None):
        sent = dict(headers or {}) | ({"Origin": origin} if origin else {})
        sent |= {"Authorization": f"Bearer {token}"} if token else {}
        return await AsyncHTTPClient().fetch(
            f"http://127.0.0.1:{port}/{path}",
            method=method,
            headers=sent,
            body=body,
            follow_redirects=False,
            raise_error=False,
        )

    return call


async def race(port, site, code):
    """Have four processes redeem a code at the same moment; return the answers."""
    fields = {
        "grant_type": "authorization_code",
        "code": code,
        "client_id": f"{site.origin}/",
        "redirect_uri": site.redirect_uri,
        "code_verifier": site.verifier,
    }
    arguments = (sys.executable, "-c", CLIENT, str(port), site.origin, urlencode(fields))
    pipes = {"stdin": asyncio.subprocess.PIPE, "stdout": asyncio.subprocess.PIPE}
    clients = [await asyncio.create_subprocess_exec(*arguments, **pipes) for _ in range(PROCESSES)]
    for client in clients:
        assert await client.stdout.readline() == b"ready\n"
    for client in clients:
        client.stdin.write(b"go\n")
    answers = [(await client.communicate())[0].decode().split(" ", 1) for client in clients]
    return [(int(status), json.loads(body)) for status, body in answers]


async def test_four_processes_for_one_code(jp_asyncio_loop, tmp_path):
    """One wins. The others' attempts show that the code is in wrong hands, and end what it won.

    So the site has to connect again, rather than share its token with a thief (RFC 6749, 4.1.2).
    """
    config = {"IdentityProvider": {"token": TOKEN}}
    with Server(tmp_path / "server", config) as server:
        call, app = caller(server.port), SimpleNamespace(port=server.port, base_url="/")
        owner, site = Person(call, app), Site(call, app, "https://site.example")
        await owner.log_in()
        code = answer_of(await owner.allow(site.question()))["code"]
        answers = await race(server.port, site, code)
        won = [body for status, body in answers if status == 200]
        lost = [(status, body["error"]) for status, body in answers if status != 200]
        assert len(won) == 1
        assert lost == [(400, "invalid_grant")] * (PROCESSES - 1)
        token = won[0]["access_token"]
        assert (await call("GET", "api", origin=site.origin, token=token)).code == 403
        why = await call("GET", "escherpad/grant", origin=site.origin, token=token)
        assert json.loads(why.body)["reason"] == "revoked"
        # Nobody else's grant goes with it, and the next code is as good as any.
        token = await site.connect(owner)
        assert (await call("GET", "api/contents", origin=site.origin, token=token)).code == 200
        log = server.whole_log()
        for secret in (code, token, site.verifier, site.state):
            assert secret not in log
