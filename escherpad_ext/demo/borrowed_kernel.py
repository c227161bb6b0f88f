"""A Python kernel for the demo only, if the environment has none."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from pathlib import Path

PACKAGE = "ipykernel>=6.20.1"
#: After this, notebooks can be shown but not run.
INSTALL_SECONDS = 180


def install_kernel(folder: Path) -> bool:
    """Install ``ipykernel`` into ``folder`` for this process and the kernels that it starts.

    The environment stays as it is. Returns False where pip is missing, fails or takes too long.
    """
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--retries", "1"]
    try:
        subprocess.run(  # noqa: S603 - no shell, and nothing of it is anybody else's
            [*pip, "install", "--target", str(folder), PACKAGE],
            check=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=INSTALL_SECONDS,
        )
    except (OSError, subprocess.SubprocessError):
        return False
    # Last, because this process already uses the environment's own packages.
    sys.path.append(str(folder))
    importlib.invalidate_caches()
    inherited = filter(None, [os.environ.get("PYTHONPATH")])
    os.environ["PYTHONPATH"] = os.pathsep.join([str(folder), *inherited])
    return True
