"""The reader and a server that starts say the same of generated files and arguments."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.config.text import text_of

from escherpad_ext.config.reader import read_configuration
from escherpad_ext.policy.settings import Settings

CASES = 20
SITES = ("https://a.example.com", "https://b.example.com", "http://localhost:5173")
#: Each with values that are right, and one or two that are not.
SETTINGS: dict[str, tuple[Any, ...]] = {
    "EscherpadExt.allowed_origins": ([SITES[0]], [], ["*"], [SITES[1], SITES[2]], [SITES[0] + "/"]),
    "EscherpadExt.connect": ("ask", "listed", "maybe"),
    "EscherpadExt.allow_credentials": (True, False),
    "EscherpadExt.preflight_max_age_seconds": (60, 7200, -1),
    "EscherpadExt.public_url": ("https://jupyter.example.com", ""),
    "ServerApp.allow_origin": (*SITES, "*", f"{SITES[0]}/"),
    "ServerApp.allow_origin_pat": (r"https://.*\.example\.com", r"https://b.*", ""),
    "ServerApp.allow_credentials": (True, False),
    "NotebookApp.allow_origin": SITES,
    "NotebookApp.allow_origin_pat": (r"https://.*\.example\.org",),
    "LabApp.allow_origin": SITES,
}
STEMS = (
    "jupyter_escherpad_ext_config",
    "jupyter_config",
    "jupyter_server_config",
    "jupyter_lab_config",
    "jupyter_notebook_config",
)
MODULES = ("jupyterlab", "notebook", "nbclassic")
COMMANDS = ("server", "server", "lab", "notebook", "nbclassic")
STARTED = {"lab": "jupyterlab", "notebook": "notebook", "nbclassic": "nbclassic"}


class Case:
    """A user's folders and a command line, made of one seed."""

    def __init__(self, folder: Path, seed: int) -> None:
        self._random = random.Random(seed)
        self.near, self.far = folder / "near", folder / "far"
        for each in (self.near, self.far):
            (each / "jupyter_server_config.d").mkdir(parents=True)
            for stem in self._random.sample(STEMS, self._random.randint(0, 3)):
                self._write(each / stem)
        self.command = self._random.choice(COMMANDS)
        self._switch()
        self.arguments = self._arguments()

    def _write(self, path: Path) -> None:
        lines, content = [], dict[str, dict[str, Any]]()
        for name in self._some():
            section, _, setting = name.partition(".")
            value = self._random.choice(SETTINGS[name])
            content.setdefault(section, {})[setting] = value
            added = isinstance(value, list) and self._random.random() < 0.3
            lines.append(f"c.{name}.extend({value!r})" if added else f"c.{name} = {value!r}")
        if self._random.random() < 0.5:
            path.with_suffix(".json").write_text(json.dumps(content))
        else:
            path.with_suffix(".py").write_text("\n".join(lines))

    def _some(self) -> list[str]:
        """Return some settings; ``LabApp`` would be an error where JupyterLab is not started."""
        return self._random.sample(list(SETTINGS), self._random.randint(1, 4))

    def _switch(self) -> None:
        on = {name: self._random.random() < 0.5 for name in MODULES}
        on |= {"escherpad_ext": True}
        if self.command in STARTED:
            on[STARTED[self.command]] = True
        file = self.far / "jupyter_server_config.d" / "all.json"
        file.write_text(json.dumps({"ServerApp": {"jpserver_extensions": on}}))
        ignored = {"EscherpadExt": {"connect": "off"}}
        (self.near / "jupyter_server_config.d" / "ours.json").write_text(json.dumps(ignored))

    def _arguments(self) -> list[str]:
        found = []
        for name in self._some():
            value = self._random.choice(SETTINGS[name])
            if self._random.random() < 0.3 and value not in ("", []):
                entries = value if isinstance(value, list) else [value]
                found += [f"--{name}={entry}" for entry in entries]
        kind = self._random.choice(["", "", "--config=", "--config", "relative", "suffix"])
        if kind:
            file = self.near / "named"
            self._write(file)
            text = {
                "relative": "--config=named.py",
                "suffix": f"--config={file}.config",
            }.get(kind, f"{kind}{file}.py" if kind.endswith("=") else "")
            found += [text] if text else [kind, f"{file}.py"]
        return found

    def as_json(self) -> dict[str, Any]:
        """Return what starts the server."""
        return {
            "near": str(self.near),
            "far": str(self.far),
            "command": self.command,
            "arguments": self.arguments,
        }


@pytest.fixture(scope="module")
def cases(tmp_path_factory: pytest.TempPathFactory) -> list[Case]:
    """Return the cases, the same each time."""
    folder = tmp_path_factory.mktemp("cases")
    return [Case(folder / str(seed), seed) for seed in range(CASES)]


@pytest.fixture(scope="module")
def servers(cases: list[Case]) -> list[Any]:
    """Return what each server goes by."""
    done = subprocess.run(
        [sys.executable, "-m", "support.config.started_servers"],
        input=json.dumps([case.as_json() for case in cases]).encode(),
        env={
            **{k: v for k, v in os.environ.items() if not k.startswith("JUPYTER")},
            "JUPYTER_PREFER_ENV_PATH": "0",
            "PYTHONPATH": os.pathsep.join(map(str, Path(__file__).parents[1:3])),
        },
        capture_output=True,
        timeout=110,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    return json.loads(done.stdout)


@pytest.fixture
def reads_like(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Return a function that lets this process read a case's folders."""
    monkeypatch.setenv("JUPYTER_PREFER_ENV_PATH", "0")
    monkeypatch.delenv("JUPYTER_CONFIG_PATH", raising=False)
    monkeypatch.delenv("JUPYTER_NO_CONFIG", raising=False)

    def use(case: Case) -> None:
        monkeypatch.setattr("jupyter_core.paths.ENV_CONFIG_PATH", [str(case.far)])
        monkeypatch.setattr("jupyter_core.paths.SYSTEM_CONFIG_PATH", [])
        monkeypatch.setenv("JUPYTER_CONFIG_DIR", str(case.near))
        monkeypatch.chdir(case.near)

    return use


@pytest.mark.parametrize("seed", range(CASES))
def test_the_reader_says_what_the_server_says(cases, servers, reads_like, seed) -> None:
    """Settings and mistakes, whatever was written where."""
    reads_like(cases[seed])
    found = read_configuration(cases[seed].arguments, seconds=30)
    assert not found.unread
    settings = found.settings if found.settings is not None else Settings.denying()
    assert [text_of(settings), list(map(str, found.mistakes))] == servers[seed]
