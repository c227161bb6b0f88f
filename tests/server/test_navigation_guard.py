"""With Notebook 7, nbclassic and voila: what they open is asked about, where they start is not."""

from __future__ import annotations

import asyncio
import json
from http.cookies import SimpleCookie
from threading import Event

import pytest
from support.connect.browser_user import NAVIGATION
from support.constants import ALLOWED, TOKEN
from support.requirements import require_modules

from escherpad_ext.grants.written_files import WrittenFiles

# These extensions warn of each other; notebook_shim changes the classes of all servers.
pytestmark = [pytest.mark.filterwarnings("ignore"), pytest.mark.usefixtures("notebook_shim")]

PACKAGES = ("jupyterlab", "notebook", "nbclassic", "voila")
OPENS = (
    "lab/tree/a.ipynb",
    "lab/workspaces/x",
    "doc/tree/a.ipynb",
    "notebooks/a.ipynb",
    "tree/d",
    "edit/a.py",
    "terminals/1",
    "nbclassic/notebooks/a.ipynb",
    "nbclassic/tree/d",
    "nbclassic/edit/a.py",
    "voila/render/a.ipynb",
    "voila/files/a.svg",
    "files/a.svg",
)
STARTS = (
    "",
    "lab",
    "tree",
    "nbclassic/tree",
    "voila",
    "static/logo/logo.png",
)


@pytest.fixture
def server_config(notebook_shim):
    require_modules({name: name for name in PACKAGES}, "what opens notebooks")
    names = ("escherpad_ext", "jupyterlab", "notebook", "nbclassic", "voila.server_extension")
    return {"ServerApp": {"jpserver_extensions": dict.fromkeys(names, True)}}


TEXT_FILE = {"type": "file", "format": "text", "content": "x"}


async def test_what_each_application_opens(call, ask):
    """Logged in or not."""
    answer = await call("GET", f"api/status?token={TOKEN}", headers=NAVIGATION)
    jar = SimpleCookie()
    for header in answer.headers.get_list("Set-Cookie"):
        jar.load(header)
    cookie = "; ".join(f"{name}={morsel.value}" for name, morsel in jar.items())
    model = {"type": "file", "format": "text", "content": "<svg/>"}
    before = {path: (await call("GET", path, headers=NAVIGATION)).code for path in STARTS}
    answer = await ask("PUT", "api/contents/a.svg", model)
    assert answer.code == 201, answer.body
    for headers in (NAVIGATION, {**NAVIGATION, "Cookie": cookie}):
        for path in OPENS:
            answer = await call("GET", path, headers=headers)
            assert "escherpad/open?" in answer.headers.get("Location", ""), path
        for path in STARTS:
            answer = await call("GET", path, headers=headers)
            assert "escherpad/open?" not in answer.headers.get("Location", ""), path
    assert before == {path: (await call("GET", path, headers=NAVIGATION)).code for path in STARTS}
    opened = await call("GET", "api/contents", origin=ALLOWED, token=ask.token)
    assert json.loads(opened.body)["type"] == "directory"


async def test_a_picture_runs_no_notebook(call, ask, jp_root_dir):
    """A text that an app wrote can name such an address as its picture. Links lead on as ever."""
    own = {"Sec-Fetch-Site": "same-origin"}
    picture = {**own, "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"}
    link = {**NAVIGATION, **own}
    for path in ("voila/render/a.ipynb", "nbconvert/pdf/a.ipynb"):
        assert "escherpad/open" not in (await call("GET", path, headers=picture)).headers.get(
            "Location", ""
        )
    assert (await ask("PUT", "api/contents/a.md", TEXT_FILE)).code == 201
    for path in ("voila/render/a.ipynb", "nbconvert/pdf/a.ipynb"):
        answer = await call("GET", path, headers=picture)
        assert "escherpad/open?" in answer.headers.get("Location", ""), path
        answer = await call("GET", path, headers=link)
        assert "escherpad/open?" not in answer.headers.get("Location", ""), path
    (jp_root_dir / "a.svg").write_text("<svg/>")
    answer = await call("GET", f"files/a.svg?token={TOKEN}", headers=picture)
    assert (answer.code, answer.body) == (200, b"<svg/>")


async def test_in_doubt_something_was_written(call, jp_serverapp, monkeypatch):
    """An app could keep the server so busy that it does not see the note in time."""
    (extension,) = jp_serverapp.extension_manager.extension_apps["escherpad_ext"]
    holds, done = Event(), Event()
    held = asyncio.ensure_future(
        extension._grants.run(lambda: (holds.set(), done.wait()))  # as a disk that hangs
    )
    await asyncio.to_thread(holds.wait)
    with monkeypatch.context() as hasty:
        hasty.setattr(extension._grants._thread, "_turns", 1)
        assert await is_asked(call)
    done.set()
    await asyncio.gather(held, return_exceptions=True)
    await until(lambda: is_not_asked(call))


async def test_a_write_on_another_server_counts(call, jp_data_dir):
    """Another server of the owner notes it, and removes the note again."""
    other = WrittenFiles(jp_data_dir / "escherpad_ext", None)
    assert (await call("GET", "lab/tree/a.ipynb", headers=NAVIGATION)).code == 302
    other.note("https://site.example", "a.ipynb", "/elsewhere")
    assert await is_asked(call)  # at once: an app knows when it wrote
    other.forget([each.id for each in other.list()])
    await until(lambda: is_not_asked(call))


async def is_asked(call):
    answer = await call("GET", "lab/tree/a.ipynb", headers=NAVIGATION)
    return "escherpad/open?" in answer.headers["Location"]


async def is_not_asked(call):
    return not await is_asked(call)


async def until(look):
    """Wait for what the server finds out by itself; the test's own limit ends it."""
    while not await look():
        await asyncio.sleep(0.05)
