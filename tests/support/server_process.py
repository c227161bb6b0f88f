"""Real ``jupyter server`` processes, started as their owners start them."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from .jupyter_process import JupyterProcess


class Server(JupyterProcess):
    """A server with further arguments on its command line, and further files of configuration.

    ``files`` go into a folder of the configuration path, by their names.
    """

    def __init__(
        self,
        folder: Path,
        config: dict[str, Any] | None = None,
        *,
        extension: bool = True,
        arguments: tuple[str, ...] = (),
        files: dict[str, str] | None = None,
    ) -> None:
        folder.mkdir(parents=True)
        super().__init__(folder, config or {}, extension=extension)
        self._arguments = arguments
        self._more = folder / "more-config"
        self._more.mkdir()
        for name, text in (files or {}).items():
            (self._more / name).write_text(text)

    def _words(self) -> list[str]:
        return [*super()._words(), *self._arguments]

    def _environment(self) -> dict[str, str]:
        return {**super()._environment(), "JUPYTER_CONFIG_PATH": str(self._more)}

    def whole_log(self) -> str:
        """Return what the server logged from its start."""
        return self.log_path.read_text(errors="replace")


def extension_config(**settings: Any) -> dict[str, Any]:
    """Return the configuration of the extension alone."""
    return json.loads(json.dumps({"EscherpadExt": settings}))


async def command(*arguments: str) -> str:
    """Run ``jupyter escherpad token …`` in a process of its own; return what it prints."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "escherpad_ext.cli",
        "token",
        *arguments,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, errors = await process.communicate()
    assert process.returncode == 0, errors.decode()
    return output.decode().strip()
