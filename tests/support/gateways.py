"""Gateways, as processes of their own: Kernel Gateway, and Enterprise Gateway.

An Enterprise Gateway needs a Jupyter Server that is older than ours, hence an environment of its
own. Making it takes a minute, so that it is left out unless ``ESCHERPAD_FULL=1``.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from .jupyter_process import START_SECONDS, end
from .ports import free_port

FULL = os.environ.get("ESCHERPAD_FULL") == "1"
INSTALL_SECONDS = 900
# Whom it runs no kernels for: by default root, as whom a container's tests run.
_ENVIRONMENT = {"EG_UNAUTHORIZED_USERS": "nobody"}


@dataclass(frozen=True)
class Kind:
    """What one kind of gateway is called."""

    package: str
    module: str
    application: str
    #: What lets it list its kernels, which Jupyter's status needs.
    listing: str


KINDS = {
    "kernel": Kind(
        "jupyter_kernel_gateway",
        "kernel_gateway",
        "KernelGatewayApp",
        "JupyterWebsocketPersonality.list_kernels",
    ),
    "enterprise": Kind(
        "jupyter_enterprise_gateway",
        "enterprise_gateway",
        "EnterpriseGatewayApp",
        "EnterpriseGatewayApp.list_kernels",
    ),
}
#: An Enterprise Gateway wants pyzmq 24, which has no wheels for later versions of Python.
CHOSEN = tuple(KINDS) if FULL and sys.version_info < (3, 12) else ("kernel",)


def python_for(name: str, folder: Path) -> str:
    """Return a Python that has this gateway."""
    kind = KINDS[name]
    if name == "kernel":
        pytest.importorskip(kind.module, reason=f"Install {kind.package}.")
        return sys.executable
    python = folder / "venv" / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", python.parents[1]], check=True)
        install = ["-m", "pip", "install", "-q", kind.package, "ipykernel"]
        subprocess.run([str(python), *install], check=True, timeout=INSTALL_SECONDS)
    return str(python)


@contextmanager
def gateway(name: str, python: str, folder: Path, **settings: str) -> Iterator[str]:
    """Run a gateway with some settings; yield its address."""
    kind = KINDS[name]
    port = free_port()
    given = {"port": port, "port_retries": 0, "ip": "127.0.0.1", **settings}
    words = [f"--{kind.application}.{setting}={value}" for setting, value in given.items()]
    words += [f"--{kind.listing}=True"]
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "gateway.log").open("wb") as log:
        process = subprocess.Popen(
            [python, "-m", kind.module, *words],
            env={**os.environ, **_ENVIRONMENT, "PYTHONPATH": ""},
            stdout=log,
            stderr=log,
            cwd=folder,
        )
    try:
        url = f"http://127.0.0.1:{port}"
        _wait_for(f"{url}/api", process)
        yield url
    finally:
        end(process, START_SECONDS)


def _wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    give_up = time.monotonic() + START_SECONDS
    while True:
        try:
            urllib.request.urlopen(url, timeout=START_SECONDS).close()
        except urllib.error.HTTPError as error:
            error.close()  # it asks for a token
            return
        except OSError:
            assert process.poll() is None
            assert time.monotonic() < give_up
            time.sleep(0.1)
        else:
            return
