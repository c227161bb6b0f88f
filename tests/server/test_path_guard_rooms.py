"""Rooms, and the index of files: they name files by path and by number."""

from __future__ import annotations

import json
from urllib.parse import quote

import pytest
from support.constants import ALLOWED
from support.server.rooms import with_rooms
from tornado.httpclient import HTTPClientError

pytestmark = pytest.mark.filterwarnings("ignore")  # the extensions warn of each other

PROTOCOL = "v1.token.websocket.jupyter.org"


@pytest.fixture
def server_config():
    return with_rooms(
        YDocExtension={"ystore_class": "pycrdt.store.TempFileYStore"},
    )


SESSION = {"format": "text", "type": "file"}


async def test_no_room_for_what_is_no_plain_file(ask, jp_root_dir, secret_file, tmp_path):
    """What exists and what does not are answered alike; a path may begin with a slash."""
    (jp_root_dir / ".there").write_text("x")
    (tmp_path / "there").write_text("x")
    (jp_root_dir / "link").symlink_to(secret_file.parent)
    (jp_root_dir / "file.json").symlink_to(secret_file)
    for path in (
        ".there",
        ".missing",
        "../there",
        "../missing",
        str(tmp_path / "there"),
        str(tmp_path / "missing"),
        str(secret_file),
        "file.json",
        f"link/{secret_file.name}",
    ):
        name = quote(path, safe="")
        for method, url, body in (
            ("PUT", f"api/collaboration/session/{name}", SESSION),
            ("GET", f"api/collaboration/timeline/{name}?format=text&type=file", None),
            ("GET", f"api/fileid/id?path={name}", None),
        ):
            answer = await ask(method, url, body)
            assert answer.code == 403, (method, url)
            assert json.loads(answer.body)["reason"] == "hidden_or_secret", (method, url)


async def test_no_number_leads_to_a_secret(
    ask, jp_root_dir, secret_file, jp_serverapp, open_socket
):
    """Not even one that the owner's own pages made."""
    (jp_root_dir / "link").symlink_to(secret_file.parent)
    manager = jp_serverapp.web_app.settings["file_id_manager"]
    found = manager.index(f"link/{secret_file.name}")
    assert manager.get_path(found) == f"link/{secret_file.name}"
    answer = await ask("GET", f"api/fileid/path?id={found}")
    assert json.loads(answer.body)["reason"] == "hidden_or_secret"
    for room in (f"text:file:{found}", f"text:file:x/text:file:{found}"):
        with pytest.raises(HTTPClientError) as caught:
            await open_socket(
                f"api/collaboration/room/{room}",
                origin=ALLOWED,
                protocols=[PROTOCOL, f"{PROTOCOL}.{ask.token}"],
            )
        assert caught.value.code == 403


async def test_rooms_for_plain_files_open(ask, jp_root_dir):
    """As before."""
    (jp_root_dir / "plain.txt").write_text("x")
    answer = await ask("PUT", "api/collaboration/session/plain.txt", SESSION)
    assert answer.code == 201
    found = json.loads(answer.body)["fileId"]
    assert (await ask("GET", f"api/fileid/path?id={found}")).code == 200
    assert (await ask("GET", "api/fileid/id?path=plain.txt")).code == 200
