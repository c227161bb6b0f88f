"""Paths that a grant without code execution may not name, by every way to files."""

from __future__ import annotations

import json
import os
import sys

import pytest
from pytest_jupyter.utils import mkdir
from support.constants import ALLOWED, TOKEN
from support.server.reading import READING

from escherpad_ext.server.file_places import MAX_SEARCHED
from escherpad_ext.server.secret_places import SecretPlaces


@pytest.fixture
def jp_root_dir(tmp_path):
    return mkdir(tmp_path, "root_dir")


def reason(answer):
    return json.loads(answer.body)["reason"]


@pytest.mark.parametrize("url", READING)
async def test_no_link_leads_to_a_secret(ask, jp_root_dir, secret_file, url):
    """A symbolic link to the folder or to the file, a link to a link, a hard link."""
    runtime = secret_file.parent
    (jp_root_dir / "folder").symlink_to(runtime)
    (jp_root_dir / "twice").symlink_to(jp_root_dir / "folder")
    (jp_root_dir / "above").symlink_to(runtime.parent)
    (jp_root_dir / "file.json").symlink_to(secret_file)
    (jp_root_dir / "hard.json").hardlink_to(secret_file)
    for path in (
        f"folder/{secret_file.name}",
        f"twice/{secret_file.name}",
        f"above/{runtime.name}/{secret_file.name}",
        "file.json",
        "hard.json",
    ):
        answer = await ask("GET", url.format(path))
        assert (answer.code, reason(answer)) == (403, "hidden_or_secret"), path


@pytest.mark.parametrize("place", ["data", "config", "data/escherpad_ext/keys", "/proc/self"])
async def test_every_secret_place_is_known(ask, jp_root_dir, tmp_path, place, secret_file):
    """Keys, registry, settings, what the server was started with."""
    target = tmp_path / place
    if not target.is_dir():
        pytest.skip("There is none here.")
    (jp_root_dir / "link").symlink_to(target)
    for method, path in (("GET", "files/link/x"), ("GET", "api/contents/link")):
        answer = await ask(method, path)
        assert (answer.code, reason(answer)) == (403, "hidden_or_secret")
    body = {"type": "file", "format": "text", "content": "c.X.y = 1"}
    answer = await ask("PUT", "api/contents/link/new.py", body)
    assert reason(answer) == "hidden_or_secret"
    assert not (target / "new.py").exists()


async def test_no_secret_is_copied_moved_or_deleted(ask, jp_root_dir, secret_file):
    """Nor a folder around it, nor one with a link to it, which a copy would follow."""
    runtime = secret_file.parent
    (jp_root_dir / "link").symlink_to(runtime)
    (jp_root_dir / "around").mkdir()
    (jp_root_dir / "around" / "deep").mkdir()
    (jp_root_dir / "around" / "deep" / "link").symlink_to(runtime)
    (jp_root_dir / "plain").mkdir()
    name = f"link/{secret_file.name}"
    for method, path, body in (
        ("POST", "api/contents", {"copy_from": name}),
        ("POST", "api/contents", {"copy_from": f"/{name}"}),
        ("POST", "api/contents", {"copy_from": f"plain/../{name}"}),
        ("POST", "api/contents", {"copy_from": "link"}),
        ("POST", "api/contents", {"copy_from": "around"}),
        ("POST", "api/contents/link", {"copy_from": "plain"}),
        ("PATCH", f"api/contents/{name}", {"path": "mine.json"}),
        ("PATCH", "api/contents/plain", {"path": "link/mine"}),
        ("DELETE", f"api/contents/{name}", None),
        ("POST", f"api/contents/{name}/checkpoints", None),
    ):
        answer = await ask(method, path, body)
        assert (answer.code, reason(answer)) == (403, "hidden_or_secret"), (method, path, body)
    assert secret_file.exists()
    assert (await ask("POST", "api/contents", {"copy_from": "plain"})).code == 201


class TestFolderAroundSecrets:
    """The server's folder holds Jupyter's, and hides them."""

    @pytest.fixture
    def jp_runtime_dir(self, tmp_path):
        return mkdir(tmp_path, "root_dir", "project", ".hidden", "runtime")

    async def test_no_folder_around_a_secret_is_moved(self, ask, jp_root_dir, secret_file):
        """It would be shown at its new place, under the same names."""
        for path in ("project", "PROJECT" if sys.platform == "darwin" else "project"):
            answer = await ask("PATCH", f"api/contents/{path}", {"path": "other"})
            assert (answer.code, reason(answer)) == (403, "hidden_or_secret")
            answer = await ask("DELETE", f"api/contents/{path}")
            assert reason(answer) == "hidden_or_secret"
        assert secret_file.exists()


#: What the host creates, or tells of, before it looks whether that is hidden.
HIDDEN = (
    ("POST", "api/contents", {"type": "file", "ext": "/../.hid"}),
    ("POST", "api/contents", {"type": "file", "ext": "/../../elsewhere.key"}),
    ("POST", "api/contents", {"type": "file", "ext": "\\..\\..\\x"}),
    ("POST", "api/contents/.there", {"type": "file"}),
    ("POST", "api/contents/.there", None),
    ("POST", "api/contents/%2ethere", {"type": "directory"}),
    ("POST", "api/contents/sub/../.there", {"type": "file"}),
    ("POST", "api/contents/..%2f..%2fx", {"type": "file"}),
    ("POST", "api/contents", {"copy_from": ".there/file"}),
    ("POST", "api/contents", {"copy_from": "../outside.txt"}),
    ("POST", "api/contents/.there/file/checkpoints", None),
    ("PUT", "api/contents/.new", {"type": "file", "format": "text", "content": "x"}),
    ("PUT", "api/contents/.there", None),
    ("PUT", "api/contents/.there/new", None),
    ("PATCH", "api/contents/plain.txt", {"path": ".hid"}),
    ("PATCH", "api/contents/plain.txt", {"path": "sub/../.hid"}),
    ("PATCH", "api/contents/plain.txt", {"path": "../plain.txt"}),
    ("PATCH", "api/contents/.there/file", {"path": "seen.txt"}),
    ("DELETE", "api/contents/.there/file", None),
)


@pytest.mark.parametrize(("method", "path", "body"), HIDDEN)
async def test_hidden_names_are_refused_before_anything_is_made(
    ask, jp_root_dir, tmp_path, method, path, body
):
    """Whether they are there or not: no answer tells one from the other."""
    (jp_root_dir / ".there").mkdir()
    (jp_root_dir / ".there" / "file").write_text("kept")
    (jp_root_dir / "sub").mkdir()
    (jp_root_dir / "plain.txt").write_text("plain")
    (tmp_path / "outside.txt").write_text("outside")
    before = sorted(tmp_path.rglob("*"))
    answer = await ask(method, path, body)
    assert (answer.code, reason(answer)) == (403, "hidden_or_secret")
    known = ("grants.sqlite3", "escherpad_ext")
    after = [each for each in sorted(tmp_path.rglob("*")) if not each.name.startswith(known)]
    assert [each for each in after if each not in before] == []
    assert (jp_root_dir / ".there" / "file").read_text() == "kept"


@pytest.mark.parametrize("url", READING)
async def test_nothing_hidden_or_outside_is_told_of(ask, jp_root_dir, tmp_path, url):
    """What exists and what does not are answered alike."""
    (jp_root_dir / ".there").write_text("x")
    (tmp_path / "there").write_text("x")
    answers = [
        await ask("GET", url.format(path))
        for path in (".there", ".missing", "%2ethere", "..%2fthere", "..%2fmissing")
    ]
    assert {(answer.code, answer.body) for answer in answers} == {(403, answers[0].body)}


async def test_what_is_neither_works_as_ever(ask, jp_root_dir):
    """Names with dots within, folders, links to plain places, copies, checkpoints."""
    (jp_root_dir / "a..b").mkdir()
    (jp_root_dir / "a..b" / "x.tar.gz").write_text("x")
    (jp_root_dir / "link").symlink_to(jp_root_dir / "a..b")
    assert (await ask("GET", "files/link/x.tar.gz")).body == b"x"
    assert (await ask("GET", "api/contents/a..b")).code == 200
    assert (await ask("POST", "api/contents", {"type": "file", "ext": ".tar.gz"})).code == 201
    assert (await ask("POST", "api/contents", {"copy_from": "a..b/x.tar.gz"})).code == 201
    assert (await ask("POST", "api/contents/a..b/x.tar.gz/checkpoints")).code == 201
    assert (await ask("PATCH", "api/contents/a..b", {"path": "c"})).code == 200
    assert (await ask("DELETE", "api/contents/c/x.tar.gz")).code == 204


async def test_who_may_run_code_is_not_asked(call, give, jp_root_dir, secret_file):
    """It could read them anyway."""
    (jp_root_dir / "link").symlink_to(secret_file.parent)
    _, token = give("run")
    url = f"api/contents/link/{secret_file.name}?type=file"
    answer = await call("GET", url, origin=ALLOWED, token=token)
    assert TOKEN.encode() in answer.body


class TestHiddenAllowed:
    """``ContentsManager.allow_hidden``: the owner shows hidden files to everybody."""

    @pytest.fixture
    def server_config(self):
        return {"ContentsManager": {"allow_hidden": True}}

    async def test_hidden_files_are_shown_and_secrets_are_not(
        self, ask, jp_root_dir, secret_file, tmp_path
    ):
        (jp_root_dir / ".shown").write_text("shown")
        (jp_root_dir / "link").symlink_to(secret_file.parent)
        assert (await ask("GET", "files/.shown")).body == b"shown"
        for path in (f"link/{secret_file.name}", "..%2fdata"):
            assert reason(await ask("GET", f"files/{path}")) == "hidden_or_secret"


class TestPlaces:
    """How paths are compared, without a server."""

    @pytest.fixture
    def places(self, tmp_path):
        (tmp_path / "secret").mkdir()
        (tmp_path / "secret" / "key").write_text("k")
        return SecretPlaces([tmp_path / "secret"], read_closely=[tmp_path / "secret"])

    def test_by_name(self, places, tmp_path):
        """Within, and not merely of the same beginning; what is not there yet, too."""
        assert places.hold(str(tmp_path / "secret"))
        assert places.hold(str(tmp_path / "secret" / "new" / "file"))
        assert not places.hold(str(tmp_path / "secrets"))
        assert not places.hold(str(tmp_path))
        assert places.lie_within(str(tmp_path))
        assert not places.lie_within(str(tmp_path / "other"))
        later = SecretPlaces([tmp_path / "later"], read_closely=[])
        assert later.hold(str(tmp_path / "later" / "file"))
        assert later.lie_within(str(tmp_path))

    def test_by_what_it_is(self, places, tmp_path, monkeypatch):
        """Another spelling of a name that the file system takes for the same."""
        (tmp_path / "SECRET").symlink_to(tmp_path / "secret")
        monkeypatch.setattr(os.path, "realpath", os.path.abspath)  # knows no other spelling
        assert places.hold(str(tmp_path / "SECRET" / "key"))
        assert places.hold(str(tmp_path / "SECRET" / "new"))

    def test_links_in_a_folder(self, places, tmp_path):
        """However deep, also through other links; one that leads back is walked once."""
        deep = tmp_path / "a" / "b"
        deep.mkdir(parents=True)
        (deep / "back").symlink_to(tmp_path / "a")
        assert not places.are_linked_from(str(tmp_path / "a"))
        (tmp_path / "far").mkdir()
        (tmp_path / "far" / "key").hardlink_to(tmp_path / "secret" / "key")
        (deep / "far").symlink_to(tmp_path / "far")
        assert places.are_linked_from(str(tmp_path / "a"))

    def test_a_folder_too_large_to_search(self, places, tmp_path):
        """Counts as one that leads to a secret."""
        (tmp_path / "many").mkdir()
        for number in range(MAX_SEARCHED + 1):
            (tmp_path / "many" / str(number)).touch()
        assert places.are_linked_from(str(tmp_path / "many"))
