"""What apps have running now: their kernels and terminals, and never the owner's."""

from __future__ import annotations

import json
from typing import Any

import pytest
from support.connect.browser_user import Person, Site, place_of
from support.constants import TOKEN
from support.sample_grants import sample_grant

from escherpad_ext.server.kernel_memory import memory_of
from escherpad_ext.server.started import set_caller
from escherpad_ext.server.telemetry import EVENT_SCHEMA

from .test_apps import AT_HOME, PATH, disconnect

#: A name that would break a page and a line.
NASTY = "a\n\u202e<b>&.ipynb"


@pytest.fixture
def told(call: Any) -> Any:
    """Return a function: what the server's own pages are told."""

    async def tell() -> dict[str, Any]:
        answer = await call("GET", PATH, token=TOKEN, headers=AT_HOME)
        assert answer.code == 200, answer.body
        return dict(json.loads(answer.body))

    return tell


@pytest.fixture
def ask(call: Any) -> Any:
    """Return a function that sends JSON and returns JSON."""

    async def send(method: str, path: str, body: Any = None, **more: Any) -> Any:
        text = None if body is None else json.dumps(body)
        answer = await call(method, path, body=text, **more)
        assert answer.code < 300, answer.body
        return json.loads(answer.body) if answer.body else None

    return send


def notebook(path: str) -> dict[str, Any]:
    return {"path": path, "name": "", "type": "notebook", "kernel": {"name": "python3"}}


async def test_what_an_app_started_is_its_own(
    call: Any, owner: Person, site: Site, told: Any, ask: Any, jp_serverapp: Any
) -> None:
    """By notebook and by itself, through a restart by the owner, after *Disconnect*, to its end."""
    heard: list[dict[str, Any]] = []

    async def listen(logger: Any, schema_id: str, data: dict[str, Any]) -> None:
        heard.append(data)

    jp_serverapp.event_logger.add_listener(schema_id=EVENT_SCHEMA, listener=listen)
    token = await site.connect(owner)
    app = {"origin": site.origin, "token": token}
    first = (await ask("POST", "api/sessions", notebook(NASTY), **app))["kernel"]["id"]
    second = (await ask("POST", "api/kernels", **app))["id"]
    found = (await told())["apps"][0]
    assert [(each["id"], each["path"]) for each in found["kernels"]] == [
        (first, NASTY),
        (second, None),
    ]
    kernel = found["kernels"][0]
    assert kernel["name"] == "python3"
    assert kernel["state"] in {"starting", "busy", "idle"}
    assert kernel["started"] > 1_700_000_000
    while len(started := [each for each in heard if each["change"] == "kernel_started"]) < 2:
        await call("GET", "api/status", token=TOKEN)
    assert [(each["kernel"], each["grant"]) for each in started] == [
        (first, found["id"]),
        (second, found["id"]),
    ]
    await ask("POST", f"api/kernels/{first}/restart", token=TOKEN)
    await ask("DELETE", f"api/kernels/{second}", token=TOKEN)
    assert [each["id"] for each in (await told())["apps"][0]["kernels"]] == [first]
    words = (await owner.open_page("escherpad/")).body.decode()
    assert "<b>&.ipynb" not in words
    assert "&lt;b&gt;&amp;.ipynb</bdi>: python3" in words
    assert await disconnect(owner, call, found["id"]) == 204
    left = await told()
    assert left["apps"] == []
    assert [(each["id"], each["origin"]) for each in left["ended"]] == [(found["id"], site.origin)]
    assert [each["id"] for each in left["ended"][0]["kernels"]] == [first]
    assert b"Disconnected apps left this running" in (await owner.open_page("escherpad/")).body
    await ask("DELETE", f"api/kernels/{first}", token=TOKEN)
    assert (await told())["ended"] == []


async def test_the_owners_kernels_are_no_apps(
    owner: Person, site: Site, told: Any, ask: Any, jp_serverapp: Any
) -> None:
    """Not even one whose notebook an app opens, too, or that an app restarts, or asks for by id."""
    app = {"origin": site.origin, "token": await site.connect(owner)}
    mine = (await ask("POST", "api/sessions", notebook("mine.ipynb"), token=TOKEN))["kernel"]["id"]
    shared = await ask("POST", "api/sessions", notebook("mine.ipynb"), **app)
    assert shared["kernel"]["id"] == mine
    await ask("POST", f"api/kernels/{mine}/restart", **app)
    assert (await told())["apps"][0]["kernels"] == []
    own = (await ask("POST", "api/kernels", token=TOKEN))["id"]
    set_caller(sample_grant())
    assert await jp_serverapp.kernel_manager.start_kernel(kernel_id=own) == own
    found = await told()
    assert (found["apps"][0]["kernels"], found["ended"]) == ([], [])
    for each in (mine, own):
        await ask("DELETE", f"api/kernels/{each}", token=TOKEN)


async def test_which_kernels_an_app_uses(
    owner: Person, site: Site, told: Any, ask: Any, open_socket: Any
) -> None:
    """Those to which it has a WebSocket, the owner's too, until that is closed."""
    token = await site.connect(owner)
    mine = (await ask("POST", "api/kernels", token=TOKEN))["id"]
    protocols = ["v1.token.websocket.jupyter.org", f"v1.token.websocket.jupyter.org.{token}"]
    given = {"origin": site.origin, "protocols": protocols}
    await open_socket("api/events/subscribe", **given)
    assert (await told())["apps"][0]["uses"] == []
    socket = await open_socket(f"api/kernels/{mine}/channels", **given)
    found = (await told())["apps"][0]
    assert (found["uses"], found["kernels"], found["sockets"]) == ([mine], [], 2)
    socket.close()
    while (await told())["apps"][0]["uses"]:
        pass
    await ask("DELETE", f"api/kernels/{mine}", token=TOKEN)


async def test_disconnected_and_shut_down(
    call: Any, owner: Person, site: Site, told: Any, ask: Any
) -> None:
    """What the app started ends with it, and nothing of the owner's. What was left ends later."""
    tokens = [await site.connect(owner, "run terminal") for _ in range(2)]
    mine = (await ask("POST", "api/kernels", token=TOKEN))["id"]
    own = (await ask("POST", "api/terminals", token=TOKEN))["name"]
    for token in tokens:
        await ask("POST", "api/kernels", origin=site.origin, token=token)
    await ask("POST", "api/terminals", origin=site.origin, token=tokens[0])
    other, first = (each["id"] for each in (await told())["apps"])
    page = await owner.open_page("escherpad/")
    assert page.body.count(b"That cannot be undone.") == 2
    done = await owner.click(page, shut_down=first)
    assert b"Its kernels are shut down" in (await owner.open_page(place_of(done))).body
    answer = await call("GET", "api/contents", origin=site.origin, token=tokens[0])
    assert answer.code in {401, 403}
    left = await told()
    assert [each["id"] for each in left["apps"]] == [other]
    assert left["ended"] == []
    theirs = left["apps"][0]["kernels"][0]["id"]
    assert {each["id"] for each in await ask("GET", "api/kernels", token=TOKEN)} == {mine, theirs}
    assert [each["name"] for each in await ask("GET", "api/terminals", token=TOKEN)] == [own]
    assert await disconnect(owner, call, other) == 204
    assert [each["id"] for each in (await told())["ended"]] == [other]
    assert await disconnect(owner, call, f"{other}?kernels=1") == 204
    assert (await told())["ended"] == []
    assert [each["id"] for each in await ask("GET", "api/kernels", token=TOKEN)] == [mine]


async def test_terminals(owner: Person, site: Site, told: Any, ask: Any) -> None:
    """Those that an app opened, until they are closed; not the owner's."""
    app = {"origin": site.origin, "token": await site.connect(owner, "terminal")}
    await ask("POST", "api/terminals", token=TOKEN)
    name = (await ask("POST", "api/terminals", **app))["name"]
    (found,) = (await told())["apps"]
    assert [each["name"] for each in found["terminals"]] == [name]
    assert f'Terminal <bdi class="address">{name}</bdi>' in (
        (await owner.open_page("escherpad/")).body.decode()
    )
    await ask("DELETE", f"api/terminals/{name}", token=TOKEN)
    assert (await told())["apps"][0]["terminals"] == []


class TestMemory:
    """What the processes of a kernel use, where jupyter-resource-usage is on."""

    @pytest.fixture(params=[True, False])
    def server_config(self, request: pytest.FixtureRequest) -> dict[str, Any]:
        pytest.importorskip("jupyter_resource_usage", reason="pip install jupyter-resource-usage")
        extensions = {"escherpad_ext": True, "jupyter_resource_usage": request.param}
        return {"ServerApp": {"jpserver_extensions": extensions}}

    async def test_it_is_told(
        self, owner: Person, site: Site, told: Any, ask: Any, server_config: dict[str, Any]
    ) -> None:
        """Without that extension, nothing is. A kernel that is elsewhere has none."""
        app = {"origin": site.origin, "token": await site.connect(owner)}
        await ask("POST", "api/kernels", **app)
        memory = (await told())["apps"][0]["kernels"][0]["memory"]
        words = (await owner.open_page("escherpad/")).body.decode()
        if server_config["ServerApp"]["jpserver_extensions"]["jupyter_resource_usage"]:
            assert memory > 1_000_000
            assert "MB of memory" in words
        else:
            assert memory is None
            assert "of memory" not in words
        assert memory_of(object()) is None
