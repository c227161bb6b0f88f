"""What the record says of files: each change once, in order, and where it led."""

from __future__ import annotations

import os
import sys
from contextlib import closing
from types import SimpleNamespace

import pytest
from support.constants import ALLOWED
from support.server.other_extension import mount

from escherpad_ext.grants.activity import ActivityFile
from escherpad_ext.server import uploads
from escherpad_ext.server.file_actions import Said, listen, what_was_done
from escherpad_ext.server.recorded_path import MAX_PATH, recorded_place
from escherpad_ext.server.uploads import Uploads

TEXT = {"type": "file", "format": "text", "content": "x"}


@pytest.fixture
def recorded(recorder):
    """Return a function: write what waits; return (what, path, target, answer, how often)."""

    async def read():
        await recorder.write()
        with closing(ActivityFile(recorder._file.path.parents[1])) as file:
            return [
                (a.method, a.path, a.target, a.reason or a.status, deed.times)
                for deed in file.read()
                for a in (deed.action,)
            ]

    return read


def chunk(number):
    return {**TEXT, "chunk": number}


async def test_each_change_once_and_where_it_led(ask, recorded):
    """Also what the server chooses: names of copies and of new files."""
    at = "api/contents"
    await ask("PUT", f"{at}/a.txt", TEXT)
    await ask("PATCH", f"{at}/a.txt", {"path": "b c.txt"})
    await ask("POST", f"{at}/", {"copy_from": "/b c.txt"})
    await ask("PUT", f"{at}/folder", {"type": "directory"})
    await ask("POST", f"{at}/folder", {"type": "directory"})
    await ask("POST", f"{at}/folder", {"type": "file", "ext": ".txt"})
    await ask("POST", f"{at}/folder", {"copy_from": "b c.txt"})
    await ask("POST", f"{at}/b%20c.txt/checkpoints")
    await ask("POST", f"{at}/b%20c.txt/checkpoints/checkpoint")
    await ask("DELETE", f"{at}/b%20c.txt/checkpoints/checkpoint")
    await ask("DELETE", f"{at}/folder/untitled.txt")
    assert await recorded() == [
        ("PUT", "/api/contents/a.txt", "", 201, 1),
        ("PATCH", "/api/contents/a.txt", "/api/contents/b%20c.txt", 200, 1),
        ("COPY", "/api/contents/b%20c.txt", "/api/contents/b%20c-Copy1.txt", 201, 1),
        ("MKDIR", "/api/contents/folder", "", 201, 1),
        ("MKDIR", "/api/contents/folder", "/api/contents/folder/Untitled%20Folder", 201, 1),
        ("POST", "/api/contents/folder", "/api/contents/folder/untitled.txt", 201, 1),
        ("COPY", "/api/contents/b%20c.txt", "/api/contents/folder/b%20c.txt", 201, 1),
        (
            "POST",
            "/api/contents/b%20c.txt/checkpoints",
            "/api/contents/b%20c.txt/checkpoints/checkpoint",
            201,
            1,
        ),
        ("POST", "/api/contents/b%20c.txt/checkpoints/checkpoint", "", 204, 1),
        ("DELETE", "/api/contents/b%20c.txt/checkpoints/checkpoint", "", 204, 1),
        ("DELETE", "/api/contents/folder/untitled.txt", "", 204, 1),
    ]


async def test_what_fails_leads_nowhere(ask, recorded):
    """And what is refused did nothing, whatever its body says."""
    await ask("PATCH", "api/contents/missing", {"path": "b.txt"})
    await ask("POST", "api/contents/", {"copy_from": "missing"})
    await ask("PUT", "api/contents/no/such/folder", chunk(1))
    await ask("PUT", "api/contents/.hidden", {"type": "directory"})
    await ask("PUT", "api/config/x", {"copy_from": "a", "type": "directory"})
    found = await recorded()
    assert [(method, path, target) for method, path, target, *_ in found] == [
        ("PATCH", "/api/contents/missing", ""),
        ("COPY", "/api/contents/missing", ""),
        ("PUT", "/api/contents/no/such/folder", ""),
        ("PUT", "/api/contents/.hidden", ""),
        ("PUT", "/api/config/x", ""),
    ]
    assert [str(answer)[0] for *_, answer, _ in found[:3]] == ["4", "4", "5"]
    assert [answer for *_, answer, _ in found[3:]] == ["hidden_or_secret", "out_of_reach"]


async def test_an_upload_is_one_write(ask, recorded):
    """However many chunks it has, and whatever else is done meanwhile."""
    for number in (1, 2):
        await ask("PUT", "api/contents/large.txt", chunk(number))
    await ask("PUT", "api/contents/other.txt", TEXT)
    await ask("PUT", "api/contents/second.txt", chunk(1))
    await recorded()
    for number in (3, 4, -1):
        await ask("PUT", "api/contents/large.txt", chunk(number))
        await ask("PUT", "api/contents/second.txt", chunk(number))
    assert await recorded() == [
        ("PUT", "/api/contents/large.txt", "", 201, 1),
        ("PUT", "/api/contents/other.txt", "", 201, 1),
        ("PUT", "/api/contents/second.txt", "", 201, 1),
    ]


async def test_uploads_hide_nothing(ask, recorded):
    """Each new beginning is a write, and so is what follows an end or another change there."""
    for number in (1, -1, 1, 2, -1, 5):
        await ask("PUT", "api/contents/a.txt", chunk(number))
    await ask("PUT", "api/contents/folder", {"type": "directory"})
    await ask("PUT", "api/contents/folder/b.txt", chunk(1))
    await ask("DELETE", "api/contents/folder")
    await ask("PUT", "api/contents/folder", {"type": "directory"})
    await ask("PUT", "api/contents/folder/b.txt", chunk(2))
    await ask("PUT", "api/contents/c.txt", TEXT)
    await ask("PATCH", "api/contents/folder/b.txt", {"path": "d.txt"})
    await ask("PUT", "api/contents/folder/b.txt", chunk(3))
    found = [(method, path[14:], times) for method, path, _, _, times in await recorded()]
    assert found == [
        ("PUT", "a.txt", 1),
        ("PUT", "a.txt", 1),
        ("PUT", "a.txt", 1),
        ("MKDIR", "folder", 1),
        ("PUT", "folder/b.txt", 1),
        ("DELETE", "folder", 1),
        ("MKDIR", "folder", 1),
        ("PUT", "folder/b.txt", 1),
        ("PUT", "c.txt", 1),
        ("PATCH", "folder/b.txt", 1),
        ("PUT", "folder/b.txt", 1),
    ]


@pytest.mark.parametrize(
    ("chunks", "writes"), [((1, 2, 1, 2, -1), 2), ((-1, 2), 2), ((2, 3, -1), 1), ((1, -1, -1), 2)]
)
async def test_where_uploads_begin_and_end(ask, recorded, chunks, writes):
    """Whatever an app makes of the numbers."""
    for number in chunks:
        await ask("PUT", "api/contents/a.txt", chunk(number))
    assert sum(times for *_, times in await recorded()) == writes


async def test_an_upload_is_no_other_write(ask, recorded):
    """Of the same file: neither the one before it, nor the one after it."""
    for number in (0, 0, 1, 2, -1, 0):
        await ask("PUT", "api/contents/a.txt", chunk(number) if number else TEXT)
    assert [times for *_, times in await recorded()] == [1, 1, 1, 1]


@pytest.mark.parametrize(("status", "target"), [(201, "/b"), (204, "/b"), (302, ""), (404, "")])
def test_only_success_leads_somewhere(status, target):
    """A redirect does not, nor an error with a header that was left over."""
    request = SimpleNamespace(method="PUT", path="/a")
    handler = SimpleNamespace(request=request, _headers={"Location": "/b?secret"}, settings={})
    assert what_was_done(handler, status).target == target


async def test_long_uploads_are_seen_while_they_last(ask, recorded, recorder, give):
    """After ten minutes, an upload is written down again."""
    grant, _ = give("edit")
    action = noted("large.txt")
    for minute, number in enumerate([1, *range(2, 23), -1]):
        recorder._add_write(grant, action, minute * 60.0, number)
    assert [times for *_, times in await recorded()] == [1, 1, 1]


def noted(name):
    from escherpad_ext.grants.activity import Action

    return Action("contents:write", "PUT", f"/api/contents/{name}", 200, "")


async def test_a_body_says_only_what_its_method_does(ask, recorded):
    """What the server does not read names no other file, and hides no change among chunks."""
    at = "api/contents"
    await ask("PUT", f"{at}/a", TEXT)
    await ask("PATCH", f"{at}/a", {"path": "b", "copy_from": "harmless", "type": "directory"})
    await ask("PATCH", f"{at}/b", {"path": "c", "copy_from": "\ud800"})
    await ask("PUT", f"{at}/large", chunk(1))
    await ask("PATCH", f"{at}/large", {"path": "larger", "chunk": 2})
    await ask("PUT", f"{at}/large", chunk(1))
    await ask("POST", f"{at}/", {"copy_from": "large", "chunk": 2})
    assert [each[:3] for each in await recorded()] == [
        ("PUT", "/api/contents/a", ""),
        ("PATCH", "/api/contents/a", "/api/contents/b"),
        ("PATCH", "/api/contents/b", "/api/contents/c"),
        ("PUT", "/api/contents/large", ""),
        ("PATCH", "/api/contents/large", "/api/contents/larger"),
        ("PUT", "/api/contents/large", ""),
        ("COPY", "/api/contents/large", "/api/contents/large-Copy1"),
    ]


@pytest.mark.skipif(sys.platform == "win32", reason="It has no such names.")
async def test_what_fails_when_it_is_done(ask, recorded, jp_root_dir):
    """The server renames a file, and stumbles over its own answer."""
    await ask("PUT", "api/contents/a", TEXT)
    assert (await ask("PATCH", "api/contents/a", {"path": "b\udcff"})).code == 500
    assert b"b\xff" in [os.fsencode(each.name) for each in jp_root_dir.iterdir()]
    assert (await recorded())[1:] == [
        ("PATCH", "/api/contents/a", "/api/contents/b%ED%B3%BF", 500, 1)
    ]


async def test_the_same_file_in_other_words(ask, recorded):
    """A chunk continues no upload to a file that was written otherwise meanwhile."""
    await ask("PUT", "api/contents/a.txt", chunk(1))
    await ask("PUT", "api/contents/./%61.txt", TEXT)
    await ask("PUT", "api/contents/a.txt", chunk(2))
    assert [each[:2] for each in await recorded()] == [
        ("PUT", "/api/contents/a.txt"),
        ("PUT", "/api/contents/%61.txt"),
        ("PUT", "/api/contents/a.txt"),
    ]


async def test_paths_are_cut(ask, recorded):
    """The query is not kept, no path is longer than this, and both ends stay readable."""
    name = "x" * 200
    for last in "ab":
        path = "/".join([*[name] * 4, last])
        await ask("PUT", f"api/contents/{path}?a=b", TEXT)
    (_, one, *_), (_, other, *_) = await recorded()
    assert one.startswith(f"/api/contents/{name[:180]}")
    assert one.endswith(f"{name}/a")
    assert len(one) <= MAX_PATH
    assert one[:-1] != other[:-1]


@pytest.mark.parametrize("filling", ["a", "./", "/", "\ud800"])
def test_a_body_is_not_looked_at_as_a_whole(filling):
    """It may be as long as 512 MB, and all apps would wait."""
    path = recorded_place(f"{filling * 100_000}evil")
    assert path.endswith("evil")
    assert len(path) < 50_000


@pytest.mark.parametrize("filling", ["./", "%2e/", "%61"])
async def test_a_filled_path_hides_no_name(ask, recorded, filling):
    """Neither at the start of the path, nor in the body."""
    await ask("PUT", f"api/contents/{filling * 80}/../{filling * 180}evil", TEXT)
    await ask("POST", "api/contents/", {"copy_from": f"{'./' * 400}evil"})
    (_, one, *_), (_, other, *_) = await recorded()
    assert one.endswith("evil")
    assert other == "/api/contents/evil"


@pytest.mark.parametrize("method", ["COPY", "MKDIR", "OPEN", "CLOSE", "ENTER", "EDIT", "LEAVE"])
async def test_no_request_claims_to_be_more(call, give, recorded, jp_serverapp, method):
    """A handler may take any method. The record tells it from what it says itself."""
    from support.server.other_extension import Who

    mount(jp_serverapp)
    supported = (*Who.SUPPORTED_METHODS, method)
    any_method = type(
        "AnyMethod", (Who,), {"SUPPORTED_METHODS": supported, method.lower(): Who.get}
    )
    path = f"{jp_serverapp.base_url}other/any"
    jp_serverapp.web_app.add_handlers(".*$", [(path, any_method)])
    _, token = give("full")
    answer = await call(method, "other/any", origin=ALLOWED, token=token)
    assert answer.code == 200
    assert await recorded() == [(f"HTTP {method}", "/other/any", "", 200, 1)]


@pytest.mark.parametrize(
    "model", [None, [], "x", {"copy_from": 1, "type": [], "chunk": "1"}, {"chunk": True}]
)
def test_bodies_that_say_nothing(model):
    """Whatever the body is, the handler gets it."""
    for method in ("POST", "PUT", "PATCH"):
        request = SimpleNamespace(method=method)
        handler = SimpleNamespace(request=request, get_json_body=lambda: model)
        listen(handler, "contents:write")
        assert handler.get_json_body() is model
        assert handler._escherpad_said == Said()


@pytest.mark.parametrize(
    ("changed", "ends"),
    [
        (("/a/b", ""), True),
        (("/c", "/a/b"), True),
        (("/a", ""), True),
        (("/a/b/c", ""), True),
        (("/a/bc", ""), False),
        (("/a/c", "/d"), False),
    ],
)
def test_what_ends_an_upload(changed, ends):
    """A change of the file, of a folder that it is in, or of what replaces it."""
    known = Uploads()
    known.begin("grant", "/a/b", 1, "entry")
    known.end("another", *changed)
    assert known.next("grant", "/a/b", 2) == "entry"
    known.end("grant", *changed)
    assert (known.next("grant", "/a/b", 2) is None) == ends


def test_open_uploads_are_bounded(monkeypatch):
    """The oldest is forgotten."""
    monkeypatch.setattr(uploads, "MAX_OPEN", 2)
    known = Uploads()
    for name in "abc":
        known.begin("grant", name, 1, name)
    assert [known.next("grant", name, 2) for name in "abc"] == [None, "b", "c"]
    assert known.next("another", "b", 2) is None
