"""Behind a proxy that rewrites ``Host``: the server's own pages come from ``public_url``."""

from __future__ import annotations

import pytest
from support.constants import ALLOWED, REFUSED, TOKEN

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
