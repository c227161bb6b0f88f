"""``jupyter escherpad connect`` in a process of its own, as a terminal shows it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from types import MappingProxyType

NOTHING: Mapping[str, str] = MappingProxyType({})
CODE = re.compile(r"^    ([B-Z]{4}-[B-Z]{4})$", re.MULTILINE)


class Terminal:
    """The command in a process of its own; ``environment`` is added to this one's."""

    def __init__(self, *words: str, environment: Mapping[str, str] = NOTHING) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "escherpad_ext.cli", "connect", *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
            env={**os.environ, "PYTHONIOENCODING": "utf-8", **environment},
        )
        self.said = ""

    def code(self) -> str:
        """Read until the code is shown; return it."""
        assert self._process.stderr is not None
        for line in self._process.stderr:
            self.said += line
            if "Waiting" in line:
                break
        found = CODE.search(self.said)
        assert found, self.said
        return found[1]

    def end(self) -> tuple[int, str, str]:
        """Return exit status, standard output, and all that was said."""
        out, said = self._process.communicate(timeout=120)
        return self._process.returncode, out, self.said + said
