"""What the configuration says, and which file says it: the same that a server goes by."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from support.check.grants import SITE
from support.check.server_owner import write_json

from escherpad_ext.cli import main
from escherpad_ext.config.reader import COMMAND_LINE, READ_SECONDS, read_configuration
from escherpad_ext.policy.settings import SETTINGS

NEAR, FAR = "near", "far"


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Path]:
    """Return the user's folder of configuration, and one that counts less."""
    monkeypatch.setenv("JUPYTER_CONFIG_DIR", str(tmp_path / NEAR))
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path / "runtime"))
    monkeypatch.setenv("JUPYTER_PREFER_ENV_PATH", "0")
    monkeypatch.setattr("jupyter_core.paths.SYSTEM_CONFIG_PATH", [str(tmp_path / FAR)])
    monkeypatch.delenv("JUPYTER_CONFIG_PATH", raising=False)
    found = {name: tmp_path / name for name in (NEAR, FAR)}
    for folder in found.values():
        folder.mkdir()
    return found


def says(file: Path, seconds: int) -> None:
    if file.suffix == ".json":
        write_json(file, {"EscherpadExt": {"preflight_max_age_seconds": seconds}})
    else:
        file.write_text(f"c.EscherpadExt.preflight_max_age_seconds = {seconds}\n")


#: From what counts least to what counts most.
ORDER = [
    (folder, f"{stem}{suffix}")
    for stem in ("jupyter_escherpad_ext_config", "jupyter_config", "jupyter_server_config")
    for folder in (FAR, NEAR)
    for suffix in (".py", ".json")
]


@pytest.mark.parametrize("index", range(1, len(ORDER)))
def test_which_file_wins(folders, index) -> None:
    """Each place wins over the one before it, and both are named."""
    files = [folders[folder] / name for folder, name in ORDER[index - 1 : index + 1]]
    for seconds, file in enumerate(files):
        says(file, seconds)
    found = read_configuration()
    assert found.values["preflight_max_age_seconds"] == 1
    assert found.sources["preflight_max_age_seconds"] == tuple(map(str, files))


def test_a_server_goes_by_the_same_order(make_owner, diagnosis_of) -> None:
    """Measured: a server uses the value that ``check`` reports."""
    owner = make_owner()
    for seconds, (_, name) in enumerate(ORDER[2:4] + ORDER[6:8] + ORDER[10:11]):
        if name == owner.server_config.name:
            owner.write(f"c.EscherpadExt.preflight_max_age_seconds = {seconds}")
        else:
            says(owner.config / name, seconds)
    owner.write(f'c.EscherpadExt.allowed_origins = ["{SITE}"]')
    diagnosis = diagnosis_of(owner.start())
    assert diagnosis.check(SITE) == (0, [])
    found = read_configuration()
    assert found.values["preflight_max_age_seconds"] == 4
    assert found.source("preflight_max_age_seconds") == str(owner.server_config)
    assert max_age(owner.port) == 4


def max_age(port: int) -> int:
    import urllib.request

    request = urllib.request.Request(
        f"http://localhost:{port}/api",
        method="OPTIONS",
        headers={"Origin": SITE, "Access-Control-Request-Method": "GET"},
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        return int(answer.headers["Access-Control-Max-Age"])


def test_lists_that_are_added_to(folders) -> None:
    """`append` adds to what counts less, as in Jupyter."""
    write_json(
        folders[NEAR] / "jupyter_escherpad_ext_config.json",
        {"EscherpadExt": {"allowed_origins": [SITE]}},
    )
    (folders[NEAR] / "jupyter_server_config.py").write_text(
        'c.EscherpadExt.allowed_origins.append("https://more.example.com")\n'
    )
    found = read_configuration()
    assert found.values["allowed_origins"] == [SITE, "https://more.example.com"]


def test_the_command_line_counts_most(folders) -> None:
    """Also lists, once or several times; other arguments are left alone."""
    says(folders[NEAR] / "jupyter_server_config.json", 1)
    found = read_configuration(
        [
            "--no-browser",
            "--EscherpadExt.preflight_max_age_seconds=7",
            f"--EscherpadExt.allowed_origins={SITE}",
            "--EscherpadExt.allowed_origins=https://b.example.com",
            "--IdentityProvider.token=secret",
        ]
    )
    assert found.values["preflight_max_age_seconds"] == 7
    assert found.values["allowed_origins"] == [SITE, "https://b.example.com"]
    assert found.source("allowed_origins") == COMMAND_LINE


def test_a_file_named_on_the_command_line(folders, tmp_path) -> None:
    """It stands in for jupyter_server_config."""
    says(folders[NEAR] / "jupyter_server_config.json", 1)
    says(tmp_path / "my.py", 5)
    found = read_configuration([f"--config={tmp_path / 'my.py'}"])
    assert found.values["preflight_max_age_seconds"] == 5


@pytest.mark.parametrize(
    "text", ["c.EscherpadExt.x = 1 +", "import sys; sys.exit(3)", "1/0", "raise KeyError"]
)
def test_a_file_with_an_error_is_left_out(folders, text, capsys) -> None:
    """As Jupyter does, but it is said."""
    file = folders[NEAR] / "jupyter_server_config.py"
    file.write_text(text)
    found = read_configuration()
    assert [unread.file for unread in found.unread] == [str(file)]
    assert main(["check", "--explain-config"]) == 1
    assert f"Ignored because of an error: {file}" in capsys.readouterr().out


def test_a_file_that_does_not_end(folders) -> None:
    """A configuration file is a program, and may do anything."""
    (folders[NEAR] / "jupyter_server_config.py").write_text(
        f"import time\ntime.sleep({READ_SECONDS + 1})"
    )
    assert read_configuration().unread


def test_every_setting_is_explained(folders, capsys) -> None:
    """Value, where it comes from, what it means; what files print goes elsewhere."""
    file = folders[NEAR] / "jupyter_server_config.py"
    file.write_text('print("\\x1b[2J")\nc.EscherpadExt.url_tokens = "never"\n')
    assert main(["check", "--explain-config"]) == 0
    out = capsys.readouterr().out
    assert all(line.isprintable() for line in out.splitlines())
    for name in SETTINGS:
        assert f"\nEscherpadExt.{name} = " in out
    assert f'EscherpadExt.url_tokens = "never"\n  from {file}\n  Where ?token= counts' in out
    assert 'EscherpadExt.connect = "ask"\n  default\n' in out


def test_the_same_for_programs(folders, capsys) -> None:
    says(folders[FAR] / "jupyter_config.json", 1)
    says(folders[NEAR] / "jupyter_config.json", 2)
    assert main(["check", "--explain-config", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert set(found["settings"]) == set(SETTINGS)
    age = found["settings"]["preflight_max_age_seconds"]
    assert (age["value"], age["source"]) == (2, str(folders[NEAR] / "jupyter_config.json"))
    assert age["also"] == [str(folders[FAR] / "jupyter_config.json")]
    assert found["settings"]["connect"]["source"] == "default"


def test_mistakes_and_legacy_settings_are_named(folders, capsys) -> None:
    """Whatever else counts for other origins."""
    (folders[NEAR] / "jupyter_server_config.py").write_text(
        f'c.ServerApp.allow_origin = "{SITE}"\nc.EscherpadExt.connect = "maybe"\n'
    )
    assert main(["check", "--explain-config"]) == 1
    out = capsys.readouterr().out
    assert "ServerApp.allow_origin is set in" in out
    assert "Mistake: connect: 'maybe' is none of" in out


def test_a_running_server_that_was_told_otherwise(make_owner, diagnosis_of, capsys) -> None:
    """Its command line, where the system lets one read it; never its token."""
    if not (Path("/proc").exists() or "psutil" in sys.modules):
        pytest.skip("This system does not tell of other processes' arguments.")
    owner = make_owner()
    owner.arguments = ["--EscherpadExt.url_tokens=never", "--IdentityProvider.token=hush-hush"]
    diagnosis_of(owner.start())
    assert main(["check", "--explain-config"]) == 0
    out = capsys.readouterr().out
    assert f'On the command line of the server at {owner.url}: url_tokens = "never"' in out
    assert "hush-hush" not in out
