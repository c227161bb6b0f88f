"""``jupyter escherpad allow`` and ``disallow`` on a configuration folder of their own."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from jupyter_server.extension.manager import ExtensionManager
from jupyter_server.serverapp import ServerApp

from escherpad_ext.cli import main

SITE = "https://www.escherpad.com"
OTHER = "https://*.lab.example.edu"


@pytest.fixture
def config_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "jupyter"
    monkeypatch.setenv("JUPYTER_CONFIG_DIR", str(folder))
    monkeypatch.delenv("JUPYTER_CONFIG_PATH", raising=False)
    monkeypatch.delenv("JUPYTER_NO_CONFIG", raising=False)
    return folder


@pytest.fixture
def config_file(config_dir: Path) -> Path:
    return config_dir / "jupyter_escherpad_ext_config.json"


def write(path: Path, content: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")


def allowed(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))["EscherpadExt"]["allowed_origins"]


def config_with(*origins: str, **settings: Any) -> dict[str, Any]:
    return {"EscherpadExt": {"allowed_origins": list(origins), **settings}}


class TestAllow:
    def test_makes_folder_and_file(self, config_file: Path) -> None:
        """The first `allow` of a person who never configured Jupyter works."""
        assert main(["allow", SITE]) == 0
        assert json.loads(config_file.read_text(encoding="ascii")) == config_with(SITE)

    def test_adds_to_what_is_there_and_keeps_all_else(self, config_file: Path) -> None:
        """Nothing else in the file changes, not even its order."""
        before = {"version": 1, "EscherpadExt": {"url_tokens": "never"}, "Other": {"ünï": [1]}}
        write(config_file, before)
        assert main(["allow", SITE]) == 0
        assert main(["allow", OTHER]) == 0
        section = {"url_tokens": "never", "allowed_origins": [SITE, OTHER]}
        after = json.loads(config_file.read_text(encoding="ascii"))
        assert after == {**before, "EscherpadExt": section}
        assert list(after) == list(before)

    @pytest.mark.parametrize(
        ("written", "listed", "said"),
        [
            ({"allow_origin": "https://old.example"}, ["https://old.example", SITE], "in this"),
            ({"allow_origin_pat": r"https://.*\.a\.com"}, ["https://*.a.com", SITE], "in this"),
            ({"allow_origin": "*"}, [SITE], "one by one"),
            ({"allow_origin_pat": "https://(?=a).*"}, [SITE], "one by one"),
        ],
        ids=["one", "pattern", "every origin", "no translation"],
    )
    def test_whom_jupyters_own_settings_allow(
        self, config_file: Path, capsys: pytest.CaptureFixture[str], written, listed, said
    ) -> None:
        """They stay allowed; where that cannot be written, a warning says so."""
        write(config_file.with_name("jupyter_server_config.json"), {"ServerApp": written})
        assert main(["allow", SITE]) == 0
        assert allowed(config_file) == listed
        assert said in capsys.readouterr().err

    def test_says_what_is_allowed_and_that_a_restart_is_due(
        self, config_file: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """The origins are the result, on stdout; all else is said on stderr."""
        write(config_file, config_with(OTHER))
        assert main(["allow", SITE]) == 0
        out, err = capsys.readouterr()
        assert out.splitlines() == [OTHER, SITE]
        assert str(config_file) in err
        assert "Restart running servers." in err

    def test_is_idempotent(self, config_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """Allowing again what is allowed writes nothing and is no failure."""
        assert main(["allow", SITE, SITE]) == 0
        before = config_file.stat().st_mtime_ns, config_file.read_bytes()
        assert main(["allow", SITE]) == 0
        assert (config_file.stat().st_mtime_ns, config_file.read_bytes()) == before
        assert allowed(config_file) == [SITE]
        assert "No change" in capsys.readouterr().err

    def test_reports_all_mistakes_at_once_and_does_nothing(
        self, config_file: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """Each wrong origin gets its sentence with what to write instead; the good one waits."""
        assert main(["allow", f"{SITE}/", OTHER, "null", "https://EXAMPLE.org"]) == 2
        out, err = capsys.readouterr()
        assert out == ""
        assert f"Write {SITE} instead" in err
        assert "Write https://example.org instead" in err
        assert "null" in err
        assert not config_file.exists()

    def test_every_suggestion_can_be_allowed(
        self, config_file: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """What it says to write instead, it takes."""
        assert main(["allow", f"{SITE}/"]) == 2
        suggestion = capsys.readouterr().err.partition("Write ")[2].partition(" instead")[0]
        assert main(["allow", suggestion]) == 0

    @pytest.mark.parametrize(
        ("origin", "flag"),
        [
            ("http://intranet.example", "dangerously_allow_insecure_origins"),
            ("https://*.github.io", "dangerously_allow_public_suffix_wildcards"),
        ],
    )
    def test_honours_the_flags_in_the_file(self, config_file: Path, origin: str, flag: str) -> None:
        """What is dangerous is refused, unless the file has the flag for it."""
        assert main(["allow", origin]) == 2
        write(config_file, {"EscherpadExt": {flag: True}})
        assert main(["allow", origin]) == 0
        assert allowed(config_file) == [origin]

    def test_refuses_any_origin_where_credentials_are_allowed(self, config_file: Path) -> None:
        """`*` never goes with `allow_credentials`."""
        write(config_file, {"EscherpadExt": {"allow_credentials": True}})
        assert main(["allow", "*"]) == 2

    def test_tells_of_mistakes_that_were_there_before(
        self, config_file: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """An entry that turns all of them off is not passed over in silence."""
        write(config_file, config_with("https://old.example/"))
        assert main(["allow", SITE]) == 0
        assert "https://old.example/" in capsys.readouterr().err
        assert main(["disallow", "https://old.example/"]) == 0
        assert allowed(config_file) == [SITE]

    @pytest.mark.parametrize(
        "content",
        [
            "{not json",
            "[]",
            '"text"',
            '{"EscherpadExt": []}',
            '{"EscherpadExt": {"allowed_origins": "https://one.example"}}',
            '{"EscherpadExt": {"allowed_origins": [1]}}',
            "\xff",
        ],
    )
    @pytest.mark.parametrize("command", ["allow", "disallow"])
    def test_leaves_a_file_alone_that_it_does_not_understand(
        self, config_file: Path, capsys: pytest.CaptureFixture[str], content: str, command: str
    ) -> None:
        """Refused with one sentence that names the file, which stays as it was, byte by byte."""
        config_file.parent.mkdir()
        config_file.write_bytes(content.encode("latin-1"))
        assert main([command, SITE]) == 1
        assert str(config_file) in capsys.readouterr().err
        assert config_file.read_bytes() == content.encode("latin-1")
        assert list(config_file.parent.iterdir()) == [config_file]

    def test_takes_the_byte_order_mark_off(self, config_file: Path) -> None:
        """Editors on Windows write one, and Jupyter then ignores the whole file."""
        write(config_file, "\ufeff" + json.dumps(config_with(OTHER)))
        assert main(["allow", SITE]) == 0
        assert not config_file.read_bytes().startswith(b"\xef\xbb\xbf")
        assert allowed(config_file) == [OTHER, SITE]

    @pytest.mark.skipif(os.name == "nt", reason="links need a privilege on Windows")
    def test_writes_through_a_link(self, config_file: Path, tmp_path: Path) -> None:
        """A file that is kept elsewhere stays there, with its mode."""
        kept = tmp_path / "dotfiles.json"
        write(kept, {})
        kept.chmod(0o640)
        config_file.parent.mkdir()
        config_file.symlink_to(kept)
        assert main(["allow", SITE]) == 0
        assert config_file.is_symlink()
        assert allowed(kept) == [SITE]
        assert kept.stat().st_mode & 0o777 == 0o640

    def test_without_an_origin_is_misuse(self, capsys: pytest.CaptureFixture[str]) -> None:
        """Exit status 2 and how to use it."""
        with pytest.raises(SystemExit) as stopped:
            main(["allow"])
        assert stopped.value.code == 2
        assert "ORIGIN" in capsys.readouterr().err


class TestDisallow:
    def test_removes_and_leaves_an_empty_list(self, config_file: Path) -> None:
        """Without the setting, ServerApp.allow_origin would count again."""
        write(config_file, config_with(SITE, OTHER, url_tokens="never"))
        assert main(["disallow", SITE]) == 0
        assert allowed(config_file) == [OTHER]
        assert main(["disallow", OTHER]) == 0
        assert json.loads(config_file.read_bytes()) == config_with(url_tokens="never")

    def test_of_what_is_not_listed_changes_nothing(
        self, config_file: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """All or none; it says what is listed."""
        write(config_file, config_with(SITE))
        assert main(["disallow", SITE, "https://unknown.example"]) == 1
        err = capsys.readouterr().err
        assert "https://unknown.example is not listed" in err
        assert f"Listed: {SITE}" in err
        assert allowed(config_file) == [SITE]

    def test_names_the_pattern_that_covers_it(
        self, config_file: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """Who wants a site out must learn what still lets it in."""
        write(config_file, config_with("https://a.lab.example.edu", OTHER))
        assert main(["disallow", "https://b.lab.example.edu"]) == 1
        assert f"{OTHER} covers it" in capsys.readouterr().err
        assert main(["disallow", "https://a.lab.example.edu"]) == 0
        assert f"is still allowed: {OTHER}" in capsys.readouterr().err


class TestWhatWins:
    """`allow` warns where its edit counts for nothing; measured against the server itself."""

    SHADOWS = (
        ("jupyter_server_config.json", json.dumps(config_with("https://x.example"))),
        ("jupyter_config.json", json.dumps(config_with("https://x.example"))),
        ("jupyter_server_config.py", 'c.EscherpadExt.allowed_origins = ["https://x.example"]\n'),
    )
    HARMLESS = (
        ("jupyter_server_config.py", '# c.EscherpadExt.allowed_origins = ["https://x.example"]\n'),
        ("jupyter_server_config.py", 'c.EscherpadExt.allowed_origins.append("https://x.example")'),
        ("jupyter_server_config.json", '{"EscherpadExt": {"url_tokens": "never"}}'),
        (
            "jupyter_escherpad_ext_config.py",
            'c.EscherpadExt.allowed_origins = ["https://x.example"]',
        ),
    )

    @pytest.mark.parametrize(("name", "content"), SHADOWS)
    def test_warns_of_a_file_that_wins(
        self, config_dir: Path, capsys: pytest.CaptureFixture[str], name: str, content: str
    ) -> None:
        """The file is named, and the server does go by it."""
        write(config_dir / name, content)
        assert main(["allow", SITE]) == 0
        assert f"{config_dir / name} sets" in capsys.readouterr().err
        assert SITE not in server_allows()

    @pytest.mark.parametrize(("name", "content"), HARMLESS)
    def test_is_silent_about_one_that_does_not(
        self, config_dir: Path, capsys: pytest.CaptureFixture[str], name: str, content: str
    ) -> None:
        """No false alarm: the server goes by what `allow` wrote."""
        write(config_dir / name, content)
        assert main(["allow", SITE]) == 0
        assert "Warning" not in capsys.readouterr().err
        assert SITE in server_allows()

    def test_warns_of_a_folder_that_comes_first(
        self,
        config_dir: Path,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        """JUPYTER_CONFIG_PATH comes before the user's own folder."""
        first = tmp_path / "first"
        monkeypatch.setenv("JUPYTER_CONFIG_PATH", str(first))
        write(first / "jupyter_escherpad_ext_config.json", config_with("https://x.example"))
        assert main(["allow", SITE]) == 0
        assert str(first) in capsys.readouterr().err
        assert server_allows() == ["https://x.example"]


def server_allows() -> Any:
    """Return what a server that starts now would go by."""
    server = ServerApp()
    server.load_config_file()
    manager = ExtensionManager(serverapp=server)
    manager.from_jpserver_extensions({"escherpad_ext": True})
    manager.link_all_extensions()
    (extension,) = manager.extension_apps["escherpad_ext"]
    return list(extension.allowed_origins)
