"""WebSockets from other origins: the token as a subprotocol, on every socket of the server."""

from __future__ import annotations

import json
import logging
from urllib.parse import quote

import pytest
from support.constants import ALLOWED, REFUSED, TOKEN
from support.wire import shake_hands

BARE = "v1.token.websocket.jupyter.org"
KERNEL = "v1.kernel.websocket.jupyter.org"
FIREFOX = [
    ("Sec-Fetch-Site", "cross-site"),
    ("Sec-Fetch-Mode", "websocket"),
    ("Sec-Fetch-Dest", "empty"),
]


def offer(token: str = TOKEN, *others: str) -> tuple[str, str]:
    """Return the header of a client that offers a token, and other protocols before it."""
    return "Sec-WebSocket-Protocol", ", ".join([*others, BARE, f"{BARE}.{quote(token, safe='')}"])


@pytest.fixture
def shake(http_server, jp_http_port, jp_base_url):
    """Return a function that asks for a WebSocket from another origin."""

    async def ask(path, *headers, origin=ALLOWED):
        named = [("Origin", origin)] if origin else []
        return await shake_hands(jp_http_port, jp_base_url + path, [*named, *headers])

    return ask


@pytest.fixture
def path_of(call):
    """Return a function: the name of a socket → its path, with something behind it."""

    async def find(name):
        if name == "kernel":
            body = '{"name": "python3"}'
            started = await call("POST", "api/kernels", token=TOKEN, body=body)
            return f"api/kernels/{json.loads(started.body)['id']}/channels?session_id=s"
        if name == "terminal":
            started = await call("POST", "api/terminals", token=TOKEN)
            return f"terminals/websocket/{json.loads(started.body)['name']}"
        return {"events": "api/events/subscribe"}.get(name, f"other/{name}")

    return find


SOCKETS = ["kernel", "terminal", "events", "jupyter-socket", "room-socket"]


@pytest.mark.parametrize("name", SOCKETS)
async def test_token_subprotocol_opens_every_socket(others, shake, path_of, name):
    """A valid one authenticates like the header; the answer names what the client offered."""
    answer = await shake(await path_of(name), offer())
    assert answer.status == 101
    assert answer.get("Sec-WebSocket-Protocol") == BARE
    assert TOKEN not in str(answer.headers)
    assert not answer.all("Set-Cookie")


@pytest.mark.parametrize(
    ("name", "offered", "chosen"),
    [
        ("kernel", [KERNEL], KERNEL),
        ("kernel", ["unknown"], BARE),
        ("jupyter-socket", ["first", "chosen"], "chosen"),
        ("jupyter-socket", ["first"], BARE),
        ("events", ["first"], BARE),
    ],
)
async def test_answer_names_the_handlers_choice(others, shake, path_of, name, offered, chosen):
    """The handler's own choice, else the bare token protocol."""
    answer = await shake(await path_of(name), offer(TOKEN, *offered))
    assert answer.status == 101
    assert answer.get("Sec-WebSocket-Protocol") == chosen


async def test_answer_names_nothing_that_was_not_offered(others, shake):
    """Never the one with the token in it; without the bare one there is nothing to name."""
    answer = await shake("other/jupyter-socket", ("Sec-WebSocket-Protocol", f"{BARE}.{TOKEN}"))
    assert answer.status == 101
    assert answer.all("Sec-WebSocket-Protocol") == []


async def test_protocols_on_two_lines_are_one_list(others, shake):
    """RFC 6455, section 11.3.4: the header may come more than once."""
    lines = [("Sec-WebSocket-Protocol", p) for p in (BARE, f"{BARE}.{TOKEN}")]
    answer = await shake("other/jupyter-socket", *lines)
    assert (answer.status, answer.get("Sec-WebSocket-Protocol")) == (101, BARE)


@pytest.mark.parametrize("name", ["jupyter-socket", "room-socket"])
async def test_open_socket_carries_messages(others, open_socket, name):
    """After the handshake nothing stands between the handler and its client."""
    socket = await open_socket(f"other/{name}", origin=ALLOWED, protocols=[BARE, f"{BARE}.{TOKEN}"])
    await socket.write_message("x" * 100_000)
    assert await socket.read_message() == "x" * 100_000
    socket.close(4001, "enough")
    assert await socket.read_message() is None


async def test_kernel_works_over_the_socket(open_socket, path_of):
    """A message there, its reply back."""
    path = await path_of("kernel")
    socket = await open_socket(path, origin=ALLOWED, protocols=[BARE, f"{BARE}.{TOKEN}"])
    header = {"msg_id": "1", "msg_type": "kernel_info_request", "session": "s", "version": "5.3"}
    message = {"header": header, "parent_header": {}, "metadata": {}, "content": {}}
    await socket.write_message(json.dumps({**message, "channel": "shell"}))
    while True:
        reply = json.loads(await socket.read_message())
        if reply["header"]["msg_type"] == "kernel_info_reply":
            break
    assert reply["content"]["status"] == "ok"
    socket.close()


URL_TOKENS = [
    ("websocket", 101, "token_in_url"),
    ("never", "token_in_url", "token_in_url"),
    ("always", 101, 200),
]


@pytest.mark.parametrize(
    ("escherpad_config", "on_socket", "on_fetch"),
    [({"allowed_origins": [ALLOWED], "url_tokens": u}, s, f) for u, s, f in URL_TOKENS],
)
async def test_url_tokens(others, shake, call, on_socket, on_fetch):
    """``?token=`` counts where the setting says, and is told apart from a wrong token elsewhere."""
    answer = await shake(f"other/jupyter-socket?token={TOKEN}")
    assert on_socket in {answer.status, (answer.refusal() or [None])[0]}
    for method in ("GET", "POST"):
        response = await call(method, f"other/who?token={TOKEN}&x=1", origin=ALLOWED)
        body = json.loads(response.body)
        assert on_fetch in {response.code, body.get("error")}
        if on_fetch == 200:
            assert body["uri"].endswith("who?x=1")


@pytest.mark.parametrize(
    "escherpad_config", [{"allowed_origins": [ALLOWED], "url_tokens": "always"}]
)
@pytest.mark.parametrize("query", [f"token=wrong&token={TOKEN}", f"token={TOKEN}&token={TOKEN}"])
async def test_two_tokens_in_a_url_are_none(others, shake, call, query):
    """Which of the two counts must not depend on who reads the URL."""
    assert (await shake(f"other/jupyter-socket?{query}")).status == 401
    assert (await call("GET", f"other/who?{query}", origin=ALLOWED)).code == 401


ODD_TOKENS = [
    "a/b+c=d&e%f,g;h?i#j",
    "\"quotes' (brackets) [more] {all} ~ ^ `",
    "percent%2Fencoded%41",
    "v1.token.websocket.jupyter.org.x",
    "two words",
    "é",
]


@pytest.mark.parametrize("token", ODD_TOKENS)
@pytest.mark.parametrize("server_config", [{}])
async def test_odd_tokens_count_as_in_the_header(jp_serverapp, others, shake, token):
    """Percent-encoded (as JavaScript's encodeURIComponent does), any token works that the header
    can carry (latin-1, as fetch sends it)."""
    jp_serverapp.identity_provider.token = token
    # The bytes of latin-1, past the client's UTF-8.
    header = f"token {token}".encode("latin-1").decode("utf-8", "surrogateescape")
    assert (await shake("other/jupyter-socket", ("Authorization", header))).status == 101
    assert (await shake("other/jupyter-socket", offer(token))).status == 101
    assert (await shake("other/jupyter-socket", offer(token + "x"))).status == 401


@pytest.mark.parametrize("name", SOCKETS)
async def test_nobody_gets_no_socket(others, shake, path_of, name):
    """A client without a token is told to send one, one with a wrong token that it is wrong."""
    path = await path_of(name)
    none, bare = await shake(path), await shake(path, ("Sec-WebSocket-Protocol", BARE))
    wrong = await shake(path, offer("wrong"))
    assert [none.status, bare.status, wrong.status] == [401, 401, 401]
    assert none.refusal() == bare.refusal() == ("missing_token", "no_token")
    assert wrong.refusal() == ("invalid_token", "unknown_token")
    for answer in (none, bare, wrong):
        assert (answer.get("WWW-Authenticate") or "").startswith("Bearer")
        assert answer.get("Access-Control-Allow-Origin") == ALLOWED


MALFORMED = [
    f"{BARE}.{TOKEN}, {BARE}.{TOKEN}",
    f"{BARE}.{TOKEN}, {BARE}.wrong",
    f"{BARE}.",
    f"{BARE}.{TOKEN}%0D%0AX-Injected:%201",
    f"{BARE}.%0A{TOKEN}",
    f"{BARE}.{TOKEN}%00",
]


@pytest.mark.parametrize("offered", MALFORMED)
async def test_malformed_offers_are_none(others, shake, offered):
    """Twice, empty, with control characters: never a token, nor a header of somebody's making."""
    answer = await shake("other/jupyter-socket", ("Sec-WebSocket-Protocol", f"{BARE}, {offered}"))
    assert answer.status == 401
    assert answer.refusal() == ("invalid_token", "malformed_token")
    assert not answer.all("X-Injected")


@pytest.mark.parametrize("offered", [f"{BARE}x.{TOKEN}", f"{BARE.upper()}.{TOKEN}", TOKEN])
async def test_only_the_named_protocol_holds_a_token(others, shake, offered):
    """Neighbours of its name are other protocols; protocols are compared byte by byte."""
    answer = await shake("other/jupyter-socket", ("Sec-WebSocket-Protocol", offered))
    assert answer.refusal() == ("missing_token", "no_token")


async def test_cookies_open_no_socket(others, call, shake):
    """Nor do they along with the XSRF token."""
    login = await call("GET", "lab", token=TOKEN)
    cookies = "; ".join(v.partition(";")[0] for v in login.headers.get_list("Set-Cookie"))
    cookies = cookies.replace("127-0-0-1", "localhost")
    answer = await shake("other/jupyter-socket", ("Cookie", cookies))
    assert answer.refusal() == ("missing_token", "cookie_ignored")


@pytest.mark.parametrize("name", [*SOCKETS, "plain-socket", "open-socket"])
@pytest.mark.parametrize("origin", [REFUSED, "null", f"{ALLOWED}/"])
async def test_refused_origins_get_no_socket(others, shake, path_of, name, origin):
    """With whatever token, on whatever socket."""
    path = await path_of(name)
    url = f"{path}{'&' if '?' in path else '?'}token={TOKEN}"
    for answer in [
        await shake(path, offer(), origin=origin),
        await shake(path, ("Authorization", f"token {TOKEN}"), origin=origin),
        await shake(url, origin=origin),
    ]:
        assert answer.status == 403
        assert (answer.refusal() or "")[0] == "origin_refused"
        assert not answer.starting("Access-Control-")


@pytest.mark.parametrize(("origin", "status"), [(ALLOWED, 101), (REFUSED, 403), ("null", 403)])
async def test_old_name_of_the_origin_header(others, shake, origin, status):
    """Before version 13 of the protocol it was called ``Sec-WebSocket-Origin``."""
    for name in ("jupyter-socket", "room-socket"):
        old = ("Sec-WebSocket-Origin", origin)
        assert (await shake(f"other/{name}", old, offer(), origin=None)).status == status


async def test_old_name_counts_only_without_the_new_one(others, shake):
    """As tornado reads it; a page can set neither."""
    for first, second, status in [(REFUSED, ALLOWED, 403), (ALLOWED, REFUSED, 101)]:
        old = ("Sec-WebSocket-Origin", second)
        answer = await shake("other/jupyter-socket", old, offer(), origin=first)
        assert answer.status == status


async def test_socket_that_knows_no_login_stays_closed(others, shake):
    """Nobody asks who it is at plain sockets of other extensions: they are for the own origin."""
    for name in ("plain-socket", "open-socket"):
        for headers in [(), (offer(),), (("Authorization", f"token {TOKEN}"),)]:
            assert (await shake(f"other/{name}", *headers)).status == 403
    assert (await shake("other/plain-socket", origin=None)).status == 101


@pytest.mark.parametrize("name", ["jupyter-socket", "room-socket", "events"])
async def test_works_with_what_browsers_add(others, shake, path_of, name):
    """Firefox sends ``Sec-Fetch-*`` on a handshake; Chromium sends cookies of other servers."""
    cookie = ("Cookie", "username-localhost-8888=stale; _xsrf=stale")
    assert (await shake(await path_of(name), offer(), cookie, *FIREFOX)).status == 101
    assert (await shake(await path_of(name), *FIREFOX)).status == 401


async def test_basic_authorization_does_not_hide_the_token(others, shake):
    """Behind a proxy that asks for a password, browsers add ``Basic`` to handshakes by themselves,
    where a page can set no header: the subprotocol is still there."""
    basic = ("Authorization", "Basic YW5hOnNlY3JldA==")
    assert (await shake("other/jupyter-socket", basic, offer())).status == 101
    assert (await shake(f"other/jupyter-socket?token={TOKEN}", basic)).status == 101
    assert (await shake("other/jupyter-socket", basic)).status == 401


SECRET = "the-one-that-must-not-be-read"


@pytest.mark.parametrize("server_config", [{"IdentityProvider": {"token": SECRET}}])
@pytest.mark.parametrize("name", ["events", "failing-socket", "other/failing", "nowhere"])
@pytest.mark.parametrize("origin", [ALLOWED, REFUSED])
@pytest.mark.parametrize("url_tokens", ["websocket", "never"])
async def test_no_token_reaches_a_log(
    others, shake, call, path_of, caplog, name, origin, url_tokens
):
    """At no level, in whichever place it was sent, right or wrong, also where a handler fails."""
    path = name if "/" in name else await path_of(name)
    with caplog.at_level(logging.DEBUG):
        for logger in ("ServerApp", "tornado", "asyncio"):
            caplog.set_level(logging.DEBUG, logger)
        for token in (SECRET, f"{SECRET}-and-more"):
            header = ("Authorization", f"token {token}")
            for answer in [
                await shake(path, offer(token), origin=origin),
                await shake(path, header, origin=origin),
                await shake(f"{path}?token={token}", origin=origin),
                await shake(f"{path}?a=1&tok%65n={token}&b=2", origin=origin),
                await shake(path, ("Sec-WebSocket-Protocol", f"{BARE}.{token}"), origin=origin),
            ]:
                assert SECRET not in str(answer.headers)
                # The error pages of a JupyterHandler tell the token to whoever has it already.
                assert SECRET not in str(answer.body) or answer.status not in {401, 403}
            for query in ("", f"?token={token}", f"?tok%65n={token}"):
                await call("GET", path + query, origin=origin)
                await call("GET", path + query, origin=origin, token=token)
                body = f"token={token}"
                form = {"Content-Type": "application/x-www-form-urlencoded"}
                await call("POST", path + query, origin=origin, body=body, headers=form)
    assert len(caplog.records) > 20
    assert SECRET not in caplog.text
    assert not any(SECRET in str(record.__dict__) for record in caplog.records)


@pytest.mark.parametrize("name", ["failing-socket", "failing"])
async def test_failures_are_readable(others, shake, call, name):
    """A handler's mistake is a 500 that the page can read."""
    if name == "failing":
        response = await call("GET", "other/failing", origin=ALLOWED, token=TOKEN)
        status, headers = response.code, response.headers
        assert headers["Access-Control-Allow-Origin"] == ALLOWED
    else:
        answer = await shake("other/failing-socket", offer())
        status = answer.status
        assert answer.get("Access-Control-Allow-Origin") == ALLOWED
    assert status == 500
