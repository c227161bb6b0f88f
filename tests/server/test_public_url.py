"""Behind a proxy that rewrites ``Host``: the server's own pages come from ``public_url``."""

from __future__ import annotations

import json

import pytest
from support.constants import ALLOWED, REFUSED, TOKEN
from tornado.httpclient import HTTPClientError

PUBLIC = "https://jupyter.example.edu"


@pytest.fixture
def escherpad_config():
    return {"allowed_origins": [ALLOWED], "public_url": f"{PUBLIC}/user/ana/"}


@pytest.fixture
def cookie(jp_asyncio_loop, call):
    answer = jp_asyncio_loop.run_until_complete(call("GET", "api/me", token=TOKEN))
    return answer.headers["Set-Cookie"].partition(";")[0]


async def test_own_pages_work_with_their_cookie(call, cookie):
    """Core compares with ``Host``, and would refuse them."""
    headers = {"Cookie": cookie}
    assert (await call("GET", "api/contents", origin=PUBLIC, headers=headers)).code == 200
    assert (await call("GET", "api/contents", origin=REFUSED, headers=headers)).code == 403


async def test_own_pages_embed_files(call, cookie, jp_root_dir):
    """Where core looks at the ``Referer`` (``check_referer``)."""
    (jp_root_dir / "plot.svg").write_text("<svg/>")
    for referer, code in ((f"{PUBLIC}/lab", 200), (f"{PUBLIC}.evil.io/lab", 403)):
        headers = {"Cookie": cookie, "Referer": referer}
        assert (await call("GET", "files/plot.svg", headers=headers)).code == code


async def test_own_pages_open_sockets(open_socket, cookie, jp_http_port):
    # The cookie's name has the host in it that it was asked for by.
    headers = {"Cookie": cookie, "Host": f"127.0.0.1:{jp_http_port}"}
    socket = await open_socket("api/events/subscribe", origin=PUBLIC, headers=headers)
    assert socket.protocol is not None


async def test_forms_still_need_the_xsrf_token(call, cookie):
    answer = await call("POST", "api/contents", origin=PUBLIC, headers={"Cookie": cookie})
    assert answer.code == 403


class TestOtherNames:
    """Without authentication, on a server that takes any ``Host``: the worst case."""

    @pytest.fixture
    def server_config(self):
        return {
            "ServerApp": {"allow_remote_access": True, "disable_check_xsrf": True},
            "PasswordIdentityProvider": {"token": "", "allow_password_change": False},
        }

    @pytest.fixture
    def names(self, jp_http_port):
        """Return hosts that somebody else can point here, or that are other ports of this one."""
        return ("evil.test", f"evil.test:{jp_http_port}", "jupyter.example.edu:8443", "localhost:1")

    async def test_dns_rebinding(self, call, names, jp_serverapp):
        """A name of evil's own that leads here is another origin, though ``Host`` agrees."""
        for host in names:
            for scheme in ("http", "https"):
                headers = {"Host": host}
                origin = f"{scheme}://{host}"
                answer = await call("POST", "api/terminals", origin=origin, headers=headers)
                assert answer.code == 403, origin
                assert json.loads(answer.body)["error"] == "origin_refused"
        assert jp_serverapp.web_app.settings["terminal_manager"].list() == []

    async def test_dns_rebinding_by_socket(self, open_socket, names):
        """Nor does it open a WebSocket."""
        for host in names:
            with pytest.raises(HTTPClientError) as caught:
                await open_socket(
                    "api/events/subscribe", origin=f"http://{host}", headers={"Host": host}
                )
            assert caught.value.code == 403

    async def test_direct_access_by_loopback(self, call, jp_http_port):
        """With the port that the server itself listens on."""
        for host in (f"localhost:{jp_http_port}", f"127.0.0.1:{jp_http_port}"):
            headers = {"Host": host}
            answer = await call("POST", "api/contents", origin=f"http://{host}", headers=headers)
            assert answer.code == 201, host
