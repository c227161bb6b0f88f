"""Does what a fix says, word for word, as a person would who understands nothing of it."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from escherpad_ext.cli import main

from ..nginx import Nginx
from .server_owner import Owner, be


def jupyter(*words: str) -> None:
    """Run a command of Jupyter's own."""
    subprocess.run(
        [sys.executable, "-m", "jupyter_server", *words[1:]], check=True, capture_output=True
    )


@pytest.fixture
def diagnosis_of(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[[Owner], Diagnosis]:
    """Return a function: an owner → their diagnosis."""

    def make(owner: Owner) -> Diagnosis:
        be(owner, monkeypatch)
        return Diagnosis(owner, capsys)

    return make


class Diagnosis:
    """Runs ``jupyter escherpad check`` as an owner, and does what it says."""

    def __init__(self, owner: Owner, capsys: pytest.CaptureFixture[str]) -> None:
        self.owner = owner
        self.nginx: Nginx | None = None
        self._capsys = capsys

    def check(self, *words: str) -> tuple[int, list[dict[str, str]]]:
        """Return exit status and findings of all servers."""
        self.words = list(words)
        self._capsys.readouterr()
        self.status = main(["check", *words, "--json"])
        out, self.err = self._capsys.readouterr()
        self.report = json.loads(out)
        assert self.report["healthy"] is (self.status == 0)
        return self.status, [f for server in self.report["servers"] for f in server["findings"]]

    def codes(self, *words: str) -> list[str]:
        """Return the codes of the findings, the cause first."""
        return [finding["code"] for finding in self.check(*words)[1]]

    def expect(self, code: str, *words: str, status: int = 1) -> dict[str, str]:
        """Check that the first finding is this one, and return it."""
        found_status, findings = self.check(*words)
        assert [f["code"] for f in findings][:1] == [code], (findings, self.report)
        assert found_status == status, findings
        return findings[0]

    def cures(self, code: str, *words: str, status: int = 1) -> None:
        """Check that the first finding is this one, and that its fix leaves none."""
        self.expect(code, *words, status=status)
        before = self.words
        self.apply(self.report["servers"][0]["findings"][0]["fix"])
        again = self.words if self.words is not before else before
        status_then, findings = self.check(*again)
        assert (status_then, findings) == (0, []), self.report

    def apply(self, fix: str) -> None:
        """Do what the fix says. Remarks say where the lines below them go."""
        where, restart = "", False
        for line in fix.split("\n"):
            if line.startswith("# take out: "):
                assert self.nginx is not None
                self.nginx.take_out(line.removeprefix("# take out: "))
            elif line.startswith("# "):
                where = line.removeprefix("# ")
                restart = restart or "restart the server" in where
            elif line.startswith("jupyter "):
                restart = self._run(shlex.split(line)[1:]) or restart
            else:
                self._write(line, where)
        if self.nginx is not None:
            self.nginx.reload()
        if restart:
            self.owner.restart()

    def _write(self, line: str, where: str) -> None:
        if where.startswith("in nginx, in the server block"):
            assert self.nginx is not None
            self.nginx.server += f"{line}\n"
        elif where.startswith("in nginx"):
            assert self.nginx is not None
            self.nginx.set(line)
        elif match := re.fullmatch(r"(?:.*; )?in (.*), then restart the server", where):
            self._write_into(self.owner.config / match[1], line)  # it may be a whole path
        else:
            assert where.startswith("on the command line"), (where, line)
            name = line.partition("=")[0]
            kept = [word for word in self.owner.arguments if not word.startswith(name)]
            self.owner.arguments = [*kept, *shlex.split(line)]

    def _write_into(self, file: Path, line: str) -> None:
        if file.suffix == ".py":
            with file.open("a") as config:
                config.write(f"{line}\n")
        else:
            content: dict[str, Any] = json.loads(file.read_text())
            for section, settings in json.loads(f"{{{line}}}").items():
                for name, value in settings.items():
                    before = content.setdefault(section, {}).get(name)
                    merged = isinstance(value, dict) and isinstance(before, dict)
                    content[section][name] = {**before, **value} if merged else value
            file.write_text(json.dumps(content))

    def _run(self, words: list[str]) -> bool:
        """Run a command; return whether the server was stopped by it."""
        if words[:2] == ["escherpad", "check"]:
            options = [w for w in self.words if w in {"--token", "--scope"}]
            values = [self.words[self.words.index(option) + 1] for option in options]
            kept = [word for pair in zip(options, values, strict=True) for word in pair]
            self.words = [*words[2:], *kept]
        elif words[:3] == ["escherpad", "token", "create"]:
            self._capsys.readouterr()
            assert main(words[1:]) == 0
            token = self._capsys.readouterr().out.strip()
            at = self.words.index("--token") + 1
            self.words = [*self.words[:at], token, *self.words[at + 1 :]]
        elif words[0] == "escherpad":
            assert main(words[1:]) == 0
        elif words[:2] == ["server", "extension"]:
            jupyter(*words)
        elif words[:2] == ["server", "stop"]:
            assert words[2] == str(self.owner.port)
            return True
        else:
            assert words in (["lab"], ["server"]), words
            return True
        return False
