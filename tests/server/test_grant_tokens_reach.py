"""What an app might try beyond the plain routes: files that are keys, logins by another name."""

from __future__ import annotations

import asyncio
import json
import os
import time
from pathlib import Path
from urllib.parse import quote

import pytest
from jupyter_server.auth import IdentityProvider
from jupyter_server.auth.decorator import allow_unauthenticated
from jupyter_server.base.handlers import JupyterHandler
from pytest_jupyter.utils import mkdir
from support.constants import ALLOWED, TOKEN
from support.wire import ask

from escherpad_ext.server.exposure import shown_secret


class TestFolderOfEverything:
    """``root_dir = "/"`` in a container, or a home whose data folder is not hidden."""

    @pytest.fixture
    def jp_root_dir(self, tmp_path):
        return tmp_path

    async def test_nobody_reads_the_keys(self, call, give, issuer, tmp_path):
        """A key and the registry make any token: reading files must not be minting tokens."""
        _, token = give("edit")
        folder = issuer.registry._database.path.parent
        secrets = [*folder.glob("keys/*.key"), *folder.glob("*.sqlite3")]
        assert len(secrets) == 2
        for path in secrets:
            name = quote(str(path.relative_to(tmp_path)))
            for url in (f"files/{name}", f"api/contents/{name}?content=1&format=base64&type=file"):
                answer = await call("GET", url, origin=ALLOWED, token=token)
                assert answer.code in {403, 404}, url
                assert path.read_bytes()[:40] not in answer.body

    async def test_nobody_writes_the_registry(self, call, give, issuer, tmp_path):
        """Or a revocation could be taken back, and a scope be added, by who may change files."""
        grant, token = give("edit")
        path = issuer.registry._database.path
        name = quote(str(path.relative_to(tmp_path)))
        kept = path.read_bytes()
        for method, url, body in [
            ("PUT", name, {"type": "file", "format": "text", "content": "gone"}),
            ("PATCH", name, {"path": "elsewhere"}),
            ("PATCH", quote(str(path.parent.relative_to(tmp_path))), {"path": "elsewhere"}),
            ("DELETE", name, None),
        ]:
            sent = json.dumps(body) if body else None
            await call(method, f"api/contents/{url}", origin=ALLOWED, token=token, body=sent)
            assert path.exists(), method
            assert path.read_bytes()[:100] == kept[:100], method
        assert issuer.registry.get(grant.id) is not None

    async def test_nobody_reads_the_token_of_a_running_server(
        self, call, give, jp_serverapp, tmp_path
    ):
        """``jpserver-….json`` holds it: ``view`` would be everything."""
        jp_serverapp.write_server_info_file()
        _, token = give("view")
        (path,) = tmp_path.glob("runtime/jpserver-*.json")
        for url in (f"files/runtime/{path.name}", f"api/contents/runtime/{path.name}?content=1"):
            answer = await call("GET", url, origin=ALLOWED, token=token)
            assert TOKEN.encode() not in answer.body, url

    async def test_nobody_changes_the_settings(self, call, give, tmp_path):
        """Which are out of reach by their own address, and so by that of their file."""
        _, token = give("edit")
        body = json.dumps({"type": "file", "format": "text", "content": "c.X.y = 1"})
        url = "api/contents/config/jupyter_server_config.py"
        await call("PUT", url, origin=ALLOWED, token=token, body=body)
        assert not (tmp_path / "config" / "jupyter_server_config.py").exists()


class Hidden:
    """Jupyter's own folders where they usually are: below a hidden one."""

    @pytest.fixture
    def jp_data_dir(self, tmp_path):
        return mkdir(tmp_path, ".hidden", "data")

    @pytest.fixture
    def jp_config_dir(self, tmp_path):
        return mkdir(tmp_path, ".hidden", "config")

    @pytest.fixture
    def jp_runtime_dir(self, tmp_path):
        return mkdir(tmp_path, ".hidden", "runtime")


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="Only Linux has /proc.")
class TestFolderOfTheSystem(Hidden):
    """``root_dir = "/"`` where Jupyter's own folders are hidden."""

    @pytest.fixture
    def jp_root_dir(self):
        return Path("/")

    async def test_nobody_reads_what_the_server_was_started_with(self, call, give):
        """``JUPYTER_TOKEN``, a Hub's token, an argument: with it, ``view`` would be everything."""
        _, token = give("view")
        for name in ("environ", "cmdline"):
            for place in ("self", str(os.getpid())):
                for url in (
                    f"files/proc/{place}/{name}",
                    f"api/contents/proc/{place}/{name}?type=file&format=base64",
                ):
                    answer = await call("GET", url, origin=ALLOWED, token=token)
                    assert answer.code == 403, url
                    assert json.loads(answer.body)["reason"] == "folder_holds_secrets", url


class TestFolderOfItsOwn(TestFolderOfEverything):
    """A contents manager that serves another folder than the server's."""

    @pytest.fixture
    def jp_root_dir(self, tmp_path):
        return mkdir(tmp_path, "work")

    @pytest.fixture
    def server_config(self, tmp_path):
        return {"FileContentsManager": {"root_dir": str(tmp_path)}}


class TestOtherSecrets(Hidden):
    """Files that may be anywhere, and are the owner's login or lead to it."""

    @pytest.fixture
    def server_config(self, jp_root_dir):
        return {"ServerApp": {"cookie_secret_file": str(jp_root_dir / "secret")}}

    async def test_nobody_reads_the_cookie_secret(self, call, give, jp_root_dir):
        """Who has it makes login cookies."""
        assert (jp_root_dir / "secret").exists()
        _, token = give("view")
        answer = await call("GET", "files/secret", origin=ALLOWED, token=token)
        assert json.loads(answer.body)["reason"] == "folder_holds_secrets"


class TestWhatIsShown(Hidden):
    """What counts as a secret, one by one; and that nothing else does."""

    def test_named_files(self, jp_serverapp, jp_root_dir, monkeypatch):
        """Whether they are there or not: they may come to be."""
        root, data = str(jp_root_dir), Path(jp_serverapp.data_dir)
        assert shown_secret(jp_serverapp, data) is None
        shown, hidden = jp_root_dir / "a file", jp_root_dir / ".hidden" / "a file"
        for name in ("cookie_secret_file", "config_file", "keyfile"):
            with monkeypatch.context() as changed:
                changed.setattr(jp_serverapp, name, str(shown))
                assert shown_secret(jp_serverapp, data) == (root, shown.resolve()), name
                changed.setattr(jp_serverapp, name, str(hidden))
                assert shown_secret(jp_serverapp, data) is None, name
        monkeypatch.setenv("JUPYTER_TOKEN_FILE", str(shown))
        assert shown_secret(jp_serverapp, data) == (root, shown.resolve())


async def test_hidden_files_stay_hidden(call, give, jp_root_dir):
    """What the server hides from its own pages, it hides from apps."""
    (jp_root_dir / ".ssh").mkdir()
    (jp_root_dir / ".ssh" / "id").write_text("a key")
    _, token = give("edit")
    for path in (".ssh/id", "%2essh/id", "x/../.ssh/id", ".%73sh/id", "./.ssh/id"):
        for url in (f"files/{path}", f"api/contents/{path}", f"view/{path}"):
            answer = await call("GET", url, origin=ALLOWED, token=token)
            assert b"a key" not in answer.body, url
    body = json.dumps({"type": "file", "format": "text", "content": "x"})
    await call("PUT", "api/contents/.ssh/authorized_keys", origin=ALLOWED, token=token, body=body)
    await call("PATCH", "api/contents/.ssh/id", origin=ALLOWED, token=token, body='{"path": "id"}')
    assert [path.name for path in (jp_root_dir / ".ssh").iterdir()] == ["id"]


async def test_view_sees_nothing_outside_the_folder(call, give, jp_root_dir, tmp_path):
    """Not by kernelspec resources, not by the resolver of paths, not up the tree."""
    (tmp_path / "secret.txt").write_text("a secret")
    _, token = give("view")
    outside = quote(str(tmp_path / "secret.txt"))
    for url in [
        "kernelspecs/python3/../../../secret.txt",
        "kernelspecs/python3/..%2f..%2f..%2fsecret.txt",
        f"kernelspecs/python3/{outside}",
        "files/../secret.txt",
        "files/..%2fsecret.txt",
        "files/%2e%2e/secret.txt",
        "view/../secret.txt",
        "api/contents/..%2fsecret.txt",
        f"api/contents/{outside}",
        f"files/{outside}",
    ]:
        answer = await call("GET", url, origin=ALLOWED, token=token)
        assert b"a secret" not in answer.body, url
    for path in (outside, "../secret.txt", "~/secret.txt"):
        answer = await call("GET", f"api/resolvePath?path={path}", origin=ALLOWED, token=token)
        if answer.code == 200:
            assert json.loads(answer.body)["resolved"] == [], path


async def test_ranges_and_heads_are_reading(call, give, jp_root_dir):
    """They show no more than what they are a part of: with a scope a part, without one nothing."""
    (jp_root_dir / "x.txt").write_text("0123456789")
    _, view = give("view")
    _, least = give("outputs:read")
    ranged = {"Range": "bytes=2-4"}
    served = await call("GET", "files/x.txt", origin=ALLOWED, token=view, headers=ranged)
    assert (served.code, served.body) == (206, b"234")
    refused = await call("GET", "files/x.txt", origin=ALLOWED, token=least, headers=ranged)
    assert refused.code == 403
    assert "Content-Range" not in refused.headers
    head = await call("HEAD", "files/x.txt", origin=ALLOWED, token=least)
    assert head.code == 403
    assert head.headers.get("ETag") is None
    assert head.headers.get("Last-Modified") is None


class OwnLogin(JupyterHandler):
    """A login page that is derived from none of Jupyter's."""

    @allow_unauthenticated
    def get(self) -> None:
        self.finish("log in")

    @allow_unauthenticated
    def post(self) -> None:
        self.settings["logged_in"] = self.settings.get("logged_in", 0) + 1


class OwnProvider(IdentityProvider):
    """Brings login and logout pages of its own, as providers of companies do."""

    login_handler_class = OwnLogin
    logout_handler_class = OwnLogin


@pytest.mark.parametrize("server_config", [{"ServerApp": {"identity_provider_class": OwnProvider}}])
async def test_a_provider_s_own_login_is_out_of_reach(call, give, jp_serverapp):
    """Login and logout are never within reach, whatever class serves them."""
    assert jp_serverapp.identity_provider.login_available
    _, token = give("full")
    for path in ("login", "logout"):
        answer = await call("POST", path, origin=ALLOWED, token=token)
        assert answer.code == 403, path
    assert "logged_in" not in jp_serverapp.web_app.settings


async def test_a_race_of_revocation_and_use(call, give, issuer, jp_root_dir):
    """Once revoked, not one more request changes anything, however many are under way."""
    grant, token = give("edit")
    body = json.dumps({"type": "file", "format": "text", "content": "x"})

    def write(number):
        return call("PUT", f"api/contents/{number}.txt", origin=ALLOWED, token=token, body=body)

    first = await asyncio.gather(*map(write, range(10)))
    assert {answer.code for answer in first} == {201}
    issuer.registry.revoke(grant.id, time.time())
    later = await asyncio.gather(*map(write, range(10, 40)))
    assert {answer.code for answer in later} == {401}
    assert len(list(jp_root_dir.glob("*.txt"))) == 10


async def test_a_large_body_is_refused_with_the_reason(
    give, http_server, jp_http_port, jp_base_url
):
    """A refusal is an answer also to who sends a lot."""
    _, token = give("view")
    headers = [("Origin", ALLOWED), ("Authorization", f"Bearer {token}")]
    path = f"{jp_base_url}api/contents/x"
    answer = await ask(jp_http_port, "PUT", path, headers, b"x" * 5_000_000)
    assert answer.refusal() == ("insufficient_scope", "scope_missing")
