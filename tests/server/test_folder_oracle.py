"""Ten thousand paths, compared with a naive oracle on real files.

With ``ESCHERPAD_FULL=1`` all of them are sent to the server, else the first ones.
"""

from __future__ import annotations

import json
import os
from random import Random

import pytest
from pytest_jupyter.utils import mkdir
from support.constants import ALLOWED
from support.server.folder_tree import FOLDER, MARK, any_path, build, encoded, is_inside

from escherpad_ext.server.folder_place import FolderPlace

PATHS = 10_000
SENT = PATHS if os.environ.get("ESCHERPAD_FULL") == "1" else 500
WAYS = (
    ("GET", "files/{}", None),
    ("GET", "api/contents/{}", None),
    ("GET", "api/contents/{}?content=0&hash=1", None),
    ("GET", "api/contents/{}/checkpoints", None),
    ("GET", "view/{}", None),
    ("PUT", "api/contents/{}", {"type": "file", "format": "text", "content": "new"}),
    ("PUT", "api/contents/{}", {"type": "directory"}),
    ("PATCH", "api/contents/{}", {"path": f"{FOLDER}/stolen.txt"}),
    ("DELETE", "api/contents/{}", None),
)
#: Ways where a body names the path.
BODIES = (
    ("POST", f"api/contents/{FOLDER}", "copy_from"),
    ("PATCH", f"api/contents/{FOLDER}/x.txt", "path"),
    ("PUT", f"api/contents/{FOLDER}/x.txt", "path"),
)


@pytest.fixture
def jp_root_dir(tmp_path):
    root = mkdir(tmp_path, "root_dir")
    build(root)
    return root


@pytest.fixture
def ask(call, give):
    """Return a function that sends a request with an ``edit`` token for the folder."""
    _, token = give("edit", folder=FOLDER)

    async def send(method, path, body=None):
        sent = json.dumps(body) if body is not None else None
        return await call(method, path, origin=ALLOWED, token=token, body=sent)

    return send


def test_every_path_is_where_the_oracle_says(tmp_path):
    """Both ways: nothing outside counts as inside, and what is inside can be reached."""
    root = mkdir(tmp_path, "root")
    build(root)
    random, place = Random(1), FolderPlace(str(root), FOLDER)
    found = {path: place.holds(path) for path in (any_path(random) for _ in range(PATHS))}
    wrong = [path for path, inside in found.items() if inside != is_inside(root, path)]
    assert wrong == []
    assert sum(found.values()) > 100
    assert len(found) > 1500


def outside_of(root):
    """Return everything outside the folder, with what it holds and where links lead."""
    home = root / FOLDER
    found = [p for p in root.parent.rglob("*") if home not in p.parents and p != home]
    own = ("escherpad_ext", "grants.sqlite3", ".jupyter", "/data/", "/runtime", "/config")
    kept = [p for p in found if root in p.parents or not any(n in str(p) for n in own)]
    return {
        str(p): str(p.readlink()) if p.is_symlink() else p.is_file() and p.read_text() for p in kept
    }


async def test_the_server_says_the_same(ask, jp_root_dir):
    """By every way that takes a path; nothing outside is changed, read, or listed."""
    random = Random(2)
    before, refused = outside_of(jp_root_dir), set()
    for number in range(SENT):
        path = any_path(random)
        method, url, body = WAYS[number % len(WAYS)]
        # The host takes slashes off; a file's address with one is refused.
        named = path if url.startswith("files") else path.strip("/")
        inside = is_inside(jp_root_dir, named)
        if inside and method != "GET":
            continue  # it would be done
        answer = await ask(method, url.format(encoded(path, random)), body)
        assert MARK.encode() not in answer.body, (method, url, path)
        if not inside and named != FOLDER:
            refused.add((answer.code, answer.body))
            assert answer.code in {301, 302, 403, 404, 405}, (method, url, path, answer.code)
        listed = (
            answer.code == 200 and url.startswith("api/contents") and b'"directory"' in answer.body
        )
        for each in (json.loads(answer.body)["content"] or []) if listed else []:
            assert is_inside(jp_root_dir, each["path"]), (path, each)
    assert outside_of(jp_root_dir) == before
    assert {code for code, _ in refused if code == 403} == {403}


async def test_no_body_leads_out(ask, jp_root_dir):
    """Copies, new names, and what the host looks at beside."""
    random = Random(3)
    before = outside_of(jp_root_dir)
    for number in range(SENT // 4):
        path = any_path(random)
        method, url, name = BODIES[number % len(BODIES)]
        if is_inside(jp_root_dir, path.strip("/")) or not path:
            continue
        answer = await ask(method, url, {"type": "file", name: path})
        assert (answer.code, json.loads(answer.body)["reason"]) == (403, "outside_folder"), path
    assert outside_of(jp_root_dir) == before
