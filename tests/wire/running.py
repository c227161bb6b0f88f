"""Real ``jupyter server`` processes in folders of their own, whatever else is installed."""

from __future__ import annotations

import json
import os
import random
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .servers import ServerSpec

SERVER_TOKEN = "a-token-that-is-nobody-elses"
START_SECONDS = 60
STOP_SECONDS = 15
NOTEBOOK = {
    "cells": [
        {
            "cell_type": "code",
            "execution_count": None,
            "id": "one",
            "metadata": {},
            "outputs": [],
            "source": "1 + 1",
        }
    ],
    "metadata": {},
    "nbformat": 4,
    "nbformat_minor": 5,
}
KERNEL = {
    "argv": ["python3", "-m", "ipykernel_launcher", "-f", "{connection_file}"],
    "display_name": "Wire",
    "language": "python",
}


def environment(folder: Path) -> dict[str, str]:
    """Return what a process needs that sees nothing of this machine's Jupyter."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("JUPYTER")}
    return {
        **kept,
        **dict.fromkeys(("HOME", "USERPROFILE", "TMPDIR"), str(folder)),
        "JUPYTER_NO_CONFIG": "1",
        "JUPYTER_DATA_DIR": str(folder / "data"),
        "JUPYTER_RUNTIME_DIR": str(folder / "runtime"),
        "IPYTHONDIR": str(folder / "ipython"),
    }


@contextmanager
def running(spec: ServerSpec, folder: Path, data: Path) -> Iterator[int]:
    """Run a server with a copy of the owner's data folder, and yield its port."""
    port = _prepare(spec, folder, data)
    command = [sys.executable, "-m", "jupyter_server", f"--config={folder / 'config.json'}"]
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(
            [*command, "--allow-root", "--no-browser"],
            env=environment(folder),
            stdout=log,
            stderr=log,
            cwd=folder / "root",
        )
    try:
        _wait(process, port, folder)
        yield port
    finally:
        _end(process)


def _prepare(spec: ServerSpec, folder: Path, data: Path) -> int:
    _write_files(folder / "root")
    shutil.copytree(data, folder / "data")
    kernel = folder / "data" / "kernels" / "wire"
    kernel.mkdir(parents=True)
    (kernel / "kernel.json").write_text(json.dumps(KERNEL))
    port = _free_port()
    (folder / "config.json").write_text(json.dumps(_config(spec, folder, port)))
    return port


def _write_files(root: Path) -> None:
    (root / "folder").mkdir(parents=True)
    (root / "folder" / "one.txt").write_text("one\n")
    (root / "hello.txt").write_text("Hello\n")
    (root / "page.html").write_text("<!doctype html><title>A page</title><p>Hello</p>\n")
    (root / "notebook.ipynb").write_text(json.dumps(NOTEBOOK))


def _config(spec: ServerSpec, folder: Path, port: int) -> dict[str, Any]:
    config: dict[str, dict[str, Any]] = {
        "ServerApp": {
            "port": port,
            "port_retries": 0,
            "root_dir": str(folder / "root"),
            "jpserver_extensions": {"escherpad_ext": True, "jupyter_server_terminals": True},
            "reraise_server_extension_failures": True,
        },
        "IdentityProvider": {"token": SERVER_TOKEN},
        "KernelSpecManager": {"allowed_kernelspecs": ["wire"], "ensure_native_kernel": False},
        "MultiKernelManager": {"default_kernel_name": "wire"},
        "EscherpadExt": spec.settings,
    }
    for section, values in spec.more.items():
        config[section] = {**config.get(section, {}), **values}
    return config


def _free_port() -> int:
    """Return a port below those that systems give out by themselves, to whoever asks for any."""
    while True:
        port = random.randrange(10_240, 32_768)
        if not _listens(port):
            return port


def _wait(process: subprocess.Popen[bytes], port: int, folder: Path) -> None:
    end = time.monotonic() + START_SECONDS
    while not _listens(port):
        if process.poll() is not None or time.monotonic() > end:
            log = (folder / "server.log").read_text(errors="replace")
            raise AssertionError(f"The Jupyter server did not start:\n{log[-4000:]}")
        time.sleep(0.05)


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
