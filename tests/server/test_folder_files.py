"""A grant for one folder, by every way to files: nothing outside is read, changed or told of."""

from __future__ import annotations

import json
import os
from urllib.parse import unquote

import pytest
from pytest_jupyter.utils import mkdir
from support.constants import ALLOWED
from support.server.reading import READING as READING_A_FILE
from traitlets import Unicode

from escherpad_ext.server.file_places import MAX_SEARCHED

NEW = {"type": "file", "format": "text", "content": "new"}
SECRET = "what is outside"


@pytest.fixture
def jp_root_dir(tmp_path):
    return mkdir(tmp_path, "root_dir")


@pytest.fixture
def files(jp_root_dir, tmp_path):
    """Have files in the folder, beside it, and outside of what is served."""
    for name in ("data", "data/sub", "database", "other", "other/data"):
        (jp_root_dir / name).mkdir()
    (jp_root_dir / "data" / "x.txt").write_text("inside")
    (jp_root_dir / "data" / "sub" / "y.txt").write_text("deep inside")
    for name in ("top.txt", "database/x.txt", "other/x.txt", "other/data/x.txt"):
        (jp_root_dir / name).write_text(SECRET)
    (tmp_path / "outside.txt").write_text(SECRET)
    return jp_root_dir


def all_files(folder):
    """Return names and contents of everything, but for what the server itself keeps."""
    own = ("grants.sqlite3", "escherpad_ext")
    found = sorted(p for p in folder.rglob("*") if not any(n in str(p) for n in own))
    return [(str(p), p.read_text() if p.is_file() else None) for p in found]


def refusal(answer):
    body = json.loads(answer.body)
    return answer.code, body.get("reason")


OUTSIDE = (403, "outside_folder")
#: What names something outside, whether it is there or not.
PATHS = (
    "top.txt",
    "missing.txt",
    "other",
    "other/x.txt",
    "other/missing.txt",
    "other/data/x.txt",
    "database/x.txt",
    "datum/x.txt",
    "dat",
    "data/../top.txt",
    "data/../missing.txt",
    "data/../data/x.txt",
    "data/sub/../../top.txt",
    "./data/x.txt",
    "data/./x.txt",
    "%2e%2e/outside.txt",
    "data/%2e%2e/top.txt",
    "data%2f..%2ftop.txt",
    "data/%252e%252e/top.txt/..",
    "data/..%5ctop.txt",
    "data%5c..%5ctop.txt",
    "data%5cx.txt",
    "data/%00",
    "data.",
    "data./x.txt",
    "data%20/x.txt",
    "data%C4%B1/x.txt",
)
READING = (*READING_A_FILE, "api/contents/{}?type=directory")


async def test_nothing_outside_is_read(in_folder, files):
    """What exists and what does not are answered alike."""
    answers = [await in_folder("GET", url.format(path)) for url in READING for path in PATHS]
    assert {refusal(answer) for answer in answers} == {OUTSIDE}
    assert len({answer.body for answer in answers}) == 1


CHANGES = (
    ("PUT", "api/contents/{}", NEW),
    ("PUT", "api/contents/{}", {**NEW, "chunk": 1}),
    ("PUT", "api/contents/{}", {**NEW, "chunk": -1}),
    ("PUT", "api/contents/{}", {"type": "directory"}),
    ("PUT", "api/contents/{}", None),
    ("POST", "api/contents/{}", {"type": "file"}),
    ("POST", "api/contents/{}", {"copy_from": "data/x.txt"}),
    ("POST", "api/contents/{}", None),
    ("PATCH", "api/contents/{}", {"path": "data/stolen.txt"}),
    ("PATCH", "api/contents/{}", {}),
    ("DELETE", "api/contents/{}", None),
    ("POST", "api/contents/{}/checkpoints", None),
    ("POST", "api/contents/{}/checkpoints/checkpoint", None),
    ("DELETE", "api/contents/{}/checkpoints/checkpoint", None),
)


async def test_nothing_outside_is_changed(in_folder, files, tmp_path):
    """Nor made, nor copied from; answers tell nothing of what is there."""
    before = all_files(tmp_path)
    for method, url, body in CHANGES:
        answers = [await in_folder(method, url.format(path), body) for path in ("", *PATHS)]
        assert {refusal(answer) for answer in answers} == {OUTSIDE}, (method, url, body)
    assert all_files(tmp_path) == before


async def test_no_body_names_what_is_outside(in_folder, files, tmp_path):
    """Where a file is copied from, and where it goes; also where the host looks at a path alone."""
    before = all_files(tmp_path)
    for named in (*map(unquote, PATHS), "data", "/", "/data", "//data/x.txt/..", 5, ["data"]):
        for method, url, body in (
            ("POST", "api/contents/data", {"copy_from": named}),
            ("PATCH", "api/contents/data/x.txt", {"path": named}),
            ("PUT", "api/contents/data/x.txt", {**NEW, "path": named}),
        ):
            assert refusal(await in_folder(method, url, body)) == OUTSIDE, (method, body)
    assert all_files(tmp_path) == before


async def test_the_folder_itself(in_folder, files, tmp_path):
    """It is listed, and gets new files. To replace, move or delete it changes what is around it."""
    listed = json.loads((await in_folder("GET", "api/contents/data")).body)
    assert sorted(each["name"] for each in listed["content"]) == ["sub", "x.txt"]
    for method, body in (
        ("PUT", NEW),
        ("PUT", {"type": "directory"}),
        ("PUT", None),
        ("DELETE", None),
        ("PATCH", {"path": "data/sub/x"}),
    ):
        assert refusal(await in_folder(method, "api/contents/data", body)) == OUTSIDE
    answer = await in_folder("POST", "api/contents/data", {"type": "file", "ext": ".txt"})
    assert json.loads(answer.body)["path"] == "data/untitled.txt"
    assert refusal(await in_folder("GET", "api/contents")) == OUTSIDE


async def test_everything_inside_works(in_folder, files):
    """Read, write, upload in parts, copy, rename, delete, checkpoints."""
    inside = "api/contents/data"
    assert (await in_folder("GET", "files/data/x.txt")).body == b"inside"
    assert (await in_folder("GET", "view/data/x.txt")).code == 200
    assert json.loads((await in_folder("GET", f"{inside}/x.txt")).body)["content"] == "inside"
    assert (await in_folder("PUT", f"{inside}/new.txt", NEW)).code == 201
    assert (await in_folder("PUT", f"{inside}/n.txt", {**NEW, "path": "data/n.txt"})).code == 201
    for chunk in (1, 2, -1):
        body = {**NEW, "chunk": chunk}
        assert (await in_folder("PUT", f"{inside}/sub/large.txt", body)).code in {200, 201}
    assert (files / "data" / "sub" / "large.txt").read_text() == "new" * 3
    for source in ("data/x.txt", "/data/x.txt", "data/sub"):
        assert (await in_folder("POST", inside, {"copy_from": source})).code == 201
    assert (await in_folder("POST", f"{inside}/x.txt/checkpoints")).code == 201
    assert (await in_folder("POST", f"{inside}/x.txt/checkpoints/checkpoint")).code == 204
    assert (await in_folder("GET", f"{inside}/x.txt/checkpoints")).code == 200
    assert (await in_folder("DELETE", f"{inside}/x.txt/checkpoints/checkpoint")).code == 204
    assert (await in_folder("PATCH", f"{inside}/x.txt", {"path": "/data/sub/z.txt"})).code == 200
    assert (await in_folder("PATCH", f"{inside}/sub", {"path": "data/moved"})).code == 200
    assert (await in_folder("DELETE", f"{inside}/moved/z.txt")).code == 204
    notebook = {"type": "notebook", "content": {"cells": [], "metadata": {}, "nbformat": 4}}
    notebook["content"]["nbformat_minor"] = 5
    assert (await in_folder("PUT", f"{inside}/a.ipynb", notebook)).code == 201
    assert (await in_folder("GET", f"{inside}/missing.txt")).code == 404


async def test_hidden_names_and_secrets_stay_refused(in_folder, files, secret_file):
    """In the folder, too."""
    (files / "data" / ".hid").write_text("hidden")
    for path in ("data/.hid", "data/.missing"):
        assert refusal(await in_folder("GET", f"files/{path}")) == (403, "hidden_or_secret")
    (files / "data" / "link").symlink_to(secret_file.parent)
    assert refusal(await in_folder("GET", f"files/data/link/{secret_file.name}")) == OUTSIDE


class TestLinks:
    """Symbolic links in the folder: what counts is also where they lead."""

    @pytest.fixture
    def linked(self, files, tmp_path):
        """Have links of every kind in the folder."""
        data = files / "data"
        for name, target in {
            "within": data / "sub",
            "file": data / "sub" / "y.txt",
            "beside": files / "other",
            "beside.txt": files / "other" / "x.txt",
            "away": tmp_path,
            "away.txt": tmp_path / "outside.txt",
            "nothing": files / "other" / "missing",
            "back": data / ".." / "other",
            "up": files,
        }.items():
            (data / name).symlink_to(target)
        (data / "twice").symlink_to(data / "beside")
        (data / "loop").symlink_to(data / "loop")
        (files / "to_data").symlink_to(data)
        return files

    async def test_what_leads_out_is_refused(self, in_folder, linked, tmp_path):
        """To read and to change, whether it leads to something or nothing."""
        before = all_files(tmp_path)
        paths = [
            "data/beside",
            "data/beside/x.txt",
            "data/beside.txt",
            "data/twice/x.txt",
            "data/away/outside.txt",
            "data/away.txt",
            "data/nothing",
            "data/nothing/x.txt",
            "data/back/x.txt",
            "data/up/data/../top.txt",
            "data/up/top.txt",
            "to_data/x.txt",
            "data/loop",
            "data/loop/x.txt",
        ]
        for path in paths:
            for url in READING:
                assert refusal(await in_folder("GET", url.format(path))) == OUTSIDE, path
            for method, url, body in CHANGES:
                assert refusal(await in_folder(method, url.format(path), body)) == OUTSIDE, path
            for method, url, body in (
                ("POST", "api/contents/data", {"copy_from": path}),
                ("PATCH", "api/contents/data/x.txt", {"path": f"{path}/new"}),
            ):
                assert refusal(await in_folder(method, url, body)) == OUTSIDE, path
        assert all_files(tmp_path) == before

    async def test_what_stays_within_works(self, in_folder, linked):
        """By a link to a folder, to a file, and by one that leads out and in again."""
        assert (await in_folder("GET", "files/data/within/y.txt")).body == b"deep inside"
        assert (await in_folder("GET", "files/data/file")).body == b"deep inside"
        assert (await in_folder("GET", "files/data/up/data/x.txt")).body == b"inside"
        assert (await in_folder("PUT", "api/contents/data/within/new.txt", NEW)).code == 201

    async def test_a_listing_has_no_link_that_leads_out(self, in_folder, linked):
        """Not even its name: the host would tell size, time and kind of what it leads to."""
        answer = await in_folder("GET", "api/contents/data")
        found = {each["name"] for each in json.loads(answer.body)["content"]}
        assert found == {"sub", "x.txt", "within", "file"}

    async def test_a_link_hides_no_listing(self, in_folder, linked, monkeypatch):
        """One to a folder that nobody may enter would make the host say that there is none."""
        link = str(linked / "data" / "beside")
        access = os.access
        monkeypatch.setattr(os, "access", lambda path, *a: str(path) != link and access(path, *a))
        assert (await in_folder("GET", "api/contents/data")).code == 200

    async def test_everybody_else_sees_the_links(self, call, give, in_folder, linked):
        """Also right after a grant for one folder listed it."""
        await in_folder("GET", "api/contents/data")
        answer = await call("GET", "api/contents/data", origin=ALLOWED, token=give("view")[1])
        assert "beside" in {each["name"] for each in json.loads(answer.body)["content"]}

    async def test_a_folder_with_a_link_out_is_not_copied(self, in_folder, linked):
        """The host copies what its links lead to, however deep they are."""
        for name, target in (("a", "other"), ("b", "other/x.txt"), ("c", "other/missing")):
            deep = linked / "data" / name / "deep"
            deep.mkdir(parents=True)
            (deep / "link").symlink_to(linked / target)
            answer = await in_folder("POST", "api/contents/data", {"copy_from": f"data/{name}"})
            assert refusal(answer) == OUTSIDE
        (linked / "data" / "d").mkdir()
        (linked / "data" / "d" / "link").symlink_to(linked / "data" / "sub")
        answer = await in_folder("POST", "api/contents/data", {"copy_from": "data/d"})
        assert answer.code == 201

    async def test_no_link_is_moved_to_where_it_leads_out(self, in_folder, linked):
        """Nor a folder with one: another request may just have been found to be inside."""
        deep = linked / "data" / "a" / "b"
        deep.mkdir(parents=True)
        for target in ("../../x.txt", "c", str(linked / "other")):
            (deep / "link").unlink(missing_ok=True)
            (deep / "link").symlink_to(target)
            for path in ("data/a", "data/a/b", "data/a/b/link"):
                answer = await in_folder("PATCH", f"api/contents/{path}", {"path": "data/moved"})
                assert refusal(answer) == OUTSIDE, (path, target)
        (deep / "link").unlink()
        (deep / "link").symlink_to(linked / "data" / "sub")
        answer = await in_folder("PATCH", "api/contents/data/a", {"path": "data/moved"})
        assert answer.code == 200
        answer = await in_folder("PATCH", "api/contents/data/file", {"path": "data/file2"})
        assert answer.code == 200

    async def test_a_folder_too_large_to_search_is_not_copied(self, in_folder, files):
        (files / "data" / "many").mkdir()
        for number in range(MAX_SEARCHED + 1):
            (files / "data" / "many" / str(number)).touch()
        answer = await in_folder("POST", "api/contents/data", {"copy_from": "data/many"})
        assert refusal(answer) == OUTSIDE

    @pytest.mark.parametrize("target", ["other", "other/missing"])
    async def test_checkpoints_that_are_kept_elsewhere(self, in_folder, files, target):
        """The folder for checkpoints may be a link; saving a notebook writes there, too."""
        (files / "data" / "sub" / ".ipynb_checkpoints").symlink_to(files / target)
        for method, url, body in (
            ("GET", "y.txt/checkpoints", None),
            ("POST", "y.txt/checkpoints", None),
            ("POST", "y.txt/checkpoints/checkpoint", None),
            ("DELETE", "y.txt/checkpoints/checkpoint", None),
            ("PUT", "y.txt", NEW),
            ("DELETE", "y.txt", None),
            ("PATCH", "y.txt", {"path": "data/y.txt"}),
            ("POST", "", {"type": "notebook"}),
        ):
            answer = await in_folder(method, f"api/contents/data/sub/{url}".rstrip("/"), body)
            assert refusal(answer) == OUTSIDE, (method, url)
        answer = await in_folder("PATCH", "api/contents/data/x.txt", {"path": "data/sub/x.txt"})
        assert refusal(answer) == OUTSIDE

    async def test_a_checkpoint_that_is_a_link(self, in_folder, files):
        """Whoever restores it reads what it leads to, whoever makes one writes there."""
        (files / "data" / ".ipynb_checkpoints").mkdir()
        for name in ("x-checkpoint.txt", "x-other.txt"):
            (files / "data" / ".ipynb_checkpoints" / name).symlink_to(files / "other" / "x.txt")
        for url in ("", "/checkpoint", "/other"):
            for method in ("POST", "DELETE") if url else ("GET", "POST"):
                answer = await in_folder(method, f"api/contents/data/x.txt/checkpoints{url}")
                assert refusal(answer) == OUTSIDE
        assert (files / "other" / "x.txt").read_text() == SECRET

    async def test_the_copy_of_a_file_that_is_being_written(self, in_folder, files):
        """The host writes one beside the file, and reads it where a notebook is broken."""
        (files / "data" / ".~x.txt").symlink_to(files / "other" / "x.txt")
        (files / "data" / "n.ipynb").write_text("broken")
        (files / "data" / ".~n.ipynb").symlink_to(files / "other" / "x.txt")
        for method, path, body in (
            ("PUT", "x.txt", NEW),
            ("PATCH", "sub/y.txt", {"path": "data/x.txt"}),
            ("GET", "n.ipynb", None),
            ("POST", "", {"copy_from": "data/n.ipynb"}),
        ):
            answer = await in_folder(method, f"api/contents/data/{path}".rstrip("/"), body)
            assert refusal(answer) == OUTSIDE, (method, path)
        assert (files / "other" / "x.txt").read_text() == SECRET

    async def test_a_folder_that_is_a_link(self, call, give, files):
        """The path counts: what it leads to now is what the grant reaches."""
        (files / "current").symlink_to(files / "other")
        _, token = give("view", folder="current")

        async def read(path):
            return await call("GET", f"files/{path}", origin=ALLOWED, token=token)

        assert (await read("current/x.txt")).body == SECRET.encode()
        assert refusal(await read("other/x.txt")) == OUTSIDE
        (files / "current").unlink()
        (files / "current").symlink_to(files / "data")
        assert (await read("current/x.txt")).body == b"inside"


async def test_a_folder_that_is_missing(in_folder, files):
    """Nothing is there, and nothing is made. If it comes back, it counts."""
    (files / "data").rename(files / "gone")
    for url in ("api/contents/data", "api/contents/data/x.txt", "files/data/x.txt"):
        assert (await in_folder("GET", url)).code == 404
    for path in ("gone/x.txt", "other/x.txt"):
        assert refusal(await in_folder("GET", f"files/{path}")) == OUTSIDE
    assert refusal(await in_folder("PUT", "api/contents/data", {"type": "directory"})) == OUTSIDE
    assert (await in_folder("PUT", "api/contents/data/new.txt", NEW)).code == 500
    assert not (files / "data").exists()
    (files / "data").mkdir()
    (files / "data" / "x.txt").write_text("back")
    assert (await in_folder("GET", "files/data/x.txt")).body == b"back"


async def test_no_error_names_what_is_around(in_folder, files, tmp_path):
    """The host's messages have whole paths of the file system."""
    (files / "data" / "n.ipynb").write_text("broken")
    (files / "data" / "b.txt").write_bytes(b"\xff")
    for method, path, body in (
        ("GET", "n.ipynb", None),
        ("GET", "b.txt?format=text", None),
        ("GET", "sub?type=file", None),
        ("PUT", "missing/x.txt", NEW),
        ("PUT", "missing/x.txt", {**NEW, "chunk": 1}),
        ("PUT", "x.txt", {**NEW, "format": "?"}),
        ("PUT", "x.txt", {"type": "directory"}),
        ("PATCH", "missing.txt", {"path": "data/z.txt"}),
        ("PATCH", "x.txt", {"path": "data/sub"}),
    ):
        answer = await in_folder(method, f"api/contents/data/{path}", body)
        assert answer.code >= 400, (method, path)
        assert str(tmp_path) not in answer.body.decode(), (method, path)
    answer = await in_folder("GET", "api/contents/data/n.ipynb")
    assert "data/n.ipynb" in json.loads(answer.body)["message"]


class TestNames:
    """Upper and lower case, and letters with marks, by the file system's own rule."""

    @pytest.mark.parametrize("path", ["DATA/x.txt", "Data/x.txt", "da\u017fa/x.txt"])
    async def test_another_spelling(self, in_folder, files, path):
        """It is the folder only where the file system says so."""
        answer = await in_folder("GET", f"files/{path}")
        if (files / path).exists():
            assert answer.body == b"inside"
        else:
            assert refusal(answer) == OUTSIDE

    async def test_a_link_is_no_other_spelling(self, in_folder, files):
        if (files / "DATA").exists():
            pytest.skip("Here, it is the same name.")
        (files / "DATA").symlink_to(files / "data")
        assert refusal(await in_folder("GET", "files/DATA/x.txt")) == OUTSIDE
        assert refusal(await in_folder("DELETE", "api/contents/DATA/x.txt")) == OUTSIDE

    async def test_a_folder_of_another_spelling_beside_it(self, in_folder, files):
        if (files / "DATA").exists():
            pytest.skip("Here, it is the same name.")
        (files / "DATA").mkdir()
        (files / "DATA" / "x.txt").write_text(SECRET)
        assert refusal(await in_folder("GET", "files/DATA/x.txt")) == OUTSIDE


class TestOtherManager:
    """A contents manager of another package: it may read and write elsewhere by itself."""

    @pytest.fixture
    def server_config(self):
        from jupyter_server.services.contents.largefilemanager import AsyncLargeFileManager

        class Pairing(AsyncLargeFileManager):
            pairs = Unicode("../other").tag(config=True)

        return {"ServerApp": {"contents_manager_class": Pairing}}

    async def test_is_not_known_to_stay(self, in_folder, files):
        for method, path, body in (
            ("GET", "api/contents/data", None),
            ("GET", "files/data/x.txt", None),
            ("PUT", "api/contents/data/x.txt", NEW),
        ):
            assert refusal(await in_folder(method, path, body)) == OUTSIDE


async def test_checkpoints_among_temporary_files(in_folder, files, monkeypatch):
    """That is where the host keeps those of a folder that cannot be written."""
    around = str(files / "data" / "sub")
    access = os.access
    monkeypatch.setattr(os, "access", lambda path, *a: str(path) != around and access(path, *a))
    for method in ("GET", "POST"):
        answer = await in_folder(method, "api/contents/data/sub/y.txt/checkpoints")
        assert refusal(answer) == OUTSIDE
    assert (await in_folder("GET", "files/data/sub/y.txt")).code == 200
