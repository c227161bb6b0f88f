"""What pip runs first when it builds this: it looks for Node.js, and says what to do without it."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

OLDEST_NODE = 20
BUILT = "escherpad_ext_lab/labextension/static/style.js"
ADVICE = f"""
escherpad-ext-lab is built with Node.js {OLDEST_NODE} or later. {{found}}
Install Node.js (https://nodejs.org, or "conda install nodejs") and try again.
Without it, "pip install ." installs escherpad-ext alone. Then everything works, except that
JupyterLab and Notebook do not show which apps are connected."""


class NeedsNode(BuildHookInterface[Any]):
    """Stops a build that would need Node.js where there is none, or an old one."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Raise SystemExit with what to do. A source distribution that is built needs nothing."""
        del version, build_data
        if (Path(self.root) / BUILT).exists():
            return
        found = _problem()
        if found:
            raise SystemExit(ADVICE.format(found=found))


def _problem() -> str:
    """Return what is wrong with Node.js on this machine, or an empty text."""
    node = shutil.which("node") or shutil.which("nodejs")
    if node is None:
        return "There is no `node` on the PATH."
    command = [node, "--version"]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    major = re.match(r"v(\d+)\.", answer.stdout)
    if major is None:
        return f"{node} does not start: {answer.stderr.strip()}"
    return "" if int(major[1]) >= OLDEST_NODE else f"{node} is {answer.stdout.strip()}."
