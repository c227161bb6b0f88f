"""What a grant for one folder is shown of kernels, sessions and the server."""

from __future__ import annotations

import json
from datetime import datetime, timezone

import pytest
from pytest_jupyter.utils import mkdir
from support.constants import ALLOWED

from escherpad_ext.policy.folder_answers import ids_of_kernels, sessions_in, status_in

OUTSIDE = (403, "outside_folder")
SESSION = "session-of-{}-a-b"


@pytest.fixture
def jp_root_dir(tmp_path):
    return mkdir(tmp_path, "root_dir")


@pytest.fixture
def running(jp_serverapp, jp_asyncio_loop, jp_root_dir):
    """Have two real kernels, one in each folder, and sessions for them. Return what is where."""
    for name in ("data", "other"):
        (jp_root_dir / name).mkdir()
    (jp_root_dir / "data" / "link").symlink_to(jp_root_dir / "other")
    manager, sessions = jp_serverapp.kernel_manager, jp_serverapp.session_manager
    paths = {
        "inside": "data/n.ipynb",
        "beside": "other/n.ipynb",
        "linked": "data/link/n.ipynb",
        "itself": "data",
        "named": "a name and no path",
    }

    async def start():
        kernels = {each: await manager.start_kernel() for each in ("inside", "beside")}
        for name, path in paths.items():
            kernel = kernels["inside" if name == "inside" else "beside"]
            await sessions.save_session(
                SESSION.format(name),
                path=path,
                name="n.ipynb",
                type="notebook",
                kernel_id=kernel,
            )
        manager.get_kernel(kernels["beside"]).last_activity = datetime(
            2100, 1, 1, tzinfo=timezone.utc
        )
        manager.notify_connect(kernels["beside"])
        return kernels

    yield jp_asyncio_loop.run_until_complete(start())
    jp_asyncio_loop.run_until_complete(manager.shutdown_all(now=True))


def refusal(answer):
    return answer.code, json.loads(answer.body).get("reason")


async def test_only_what_is_in_the_folder_is_shown(in_folder, call, give, running):
    """Kernels by the sessions that they have; all of it counts for the server's status."""
    inside, beside = running["inside"], running["beside"]
    sessions = json.loads((await in_folder("GET", "api/sessions")).body)
    assert [each["id"] for each in sessions] == [SESSION.format("inside")]
    kernels = json.loads((await in_folder("GET", "api/kernels")).body)
    assert [each["id"] for each in kernels] == [inside]
    status = json.loads((await in_folder("GET", "api/status")).body)
    assert (status["kernels"], status["connections"]) == (1, 0)
    assert not status["last_activity"].startswith("2100")
    assert set(status) == {"connections", "kernels", "last_activity", "started"}
    assert (await in_folder("GET", f"api/kernels/{inside}")).code == 200
    assert (await in_folder("GET", f"api/sessions/{SESSION.format('inside')}")).code == 200
    answer = await call("GET", "api/status", origin=ALLOWED, token=give("view")[1])
    assert json.loads(answer.body)["connections"] == 1
    assert beside not in str(kernels)


async def test_what_is_outside_is_as_if_it_were_not_there(in_folder, running):
    """Neither answer tells whether there is such a kernel or session."""
    missing = "0" * 8 + "-0000-0000-0000-" + "0" * 12
    paths = [f"api/kernels/{each}" for each in (running["beside"], missing)]
    sessions = ("beside", "linked", "itself", "named", "missing")
    paths += [f"api/sessions/{SESSION.format(each)}" for each in sessions]
    answers = [await in_folder("GET", path) for path in paths]
    assert {refusal(answer) for answer in answers} == {OUTSIDE}
    assert len({answer.body for answer in answers}) == 1


async def test_a_kernel_of_the_folder_is_not_started_or_stopped(in_folder, running):
    """Code is not confined to a folder."""
    for method, path in (
        ("POST", "api/kernels"),
        ("DELETE", f"api/kernels/{running['inside']}"),
        ("POST", f"api/kernels/{running['inside']}/restart"),
        ("POST", "api/sessions"),
        ("DELETE", f"api/sessions/{SESSION.format('inside')}"),
        ("PATCH", f"api/sessions/{SESSION.format('inside')}"),
        ("POST", "api/terminals"),
    ):
        assert refusal(await in_folder(method, path, {})) == (403, "scope_missing")


async def test_what_names_no_path(in_folder):
    """Who one is, and which kernels are installed."""
    assert json.loads((await in_folder("GET", "api/me")).body)["identity"]["name"] == "An app"
    specs = json.loads((await in_folder("GET", "api/kernelspecs")).body)
    (name, *_) = specs["kernelspecs"]
    assert (await in_folder("GET", f"api/kernelspecs/{name}")).code == 200
    assert (await in_folder("GET", f"kernelspecs/{name}/logo-64x64.png")).code in {200, 404}


SESSIONS = [
    {"id": "1", "path": "in/a", "kernel": {"id": "k", "connections": 2, "last_activity": "b"}},
    {"id": "2", "path": "in/b", "kernel": {"id": "k", "connections": 2, "last_activity": "b"}},
    {"id": "3", "path": "out", "kernel": {"id": "o", "connections": 9, "last_activity": "z"}},
    {"id": "4", "path": None, "kernel": None},
    {"id": "5", "path": "in/c", "kernel": None},
]


def test_a_status_counts_each_kernel_once():
    """And nothing that the host may add to it."""
    shown = sessions_in(SESSIONS, lambda path: path.startswith("in/"))
    assert [each["id"] for each in shown] == ["1", "2", "5"]
    assert ids_of_kernels(shown) == {"k"}
    status = {"started": "a", "kernels": 2, "connections": 11, "last_activity": "z", "new": 1}
    assert status_in(status, shown) == {
        "started": "a",
        "kernels": 1,
        "connections": 2,
        "last_activity": "b",
    }
    assert status_in(status, [])["last_activity"] == "a"
