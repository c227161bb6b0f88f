"""The demo's Jupyter server: without the user's configuration, with the user's kernels."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import DEVNULL
from typing import Any

from jupyter_client.kernelspec import KernelSpecManager
from jupyter_core.paths import jupyter_config_dir
from jupyter_server.serverapp import ServerApp
from jupyter_server.services.kernels.kernelmanager import ServerKernelManager
from traitlets.config import Config


def has_python_kernel() -> bool:
    """Return whether a Python kernel is installed."""
    specs = KernelSpecManager().get_all_specs().values()
    return any(spec["spec"].get("language") == "python" for spec in specs)


class QuietKernelManager(ServerKernelManager):
    """Keeps the last messages of killed kernels out of the terminal."""

    async def start_kernel(  # type: ignore[override]  # the base class is typed as not async
        self, *args: Any, **options: Any
    ) -> None:
        """Start the kernel; ``options`` are those of `subprocess.Popen`, among others."""
        await super().start_kernel(*args, **{**options, "stdout": DEVNULL, "stderr": DEVNULL})


def create_server(*, port: int, token: str, root: Path, state: Path) -> ServerApp:
    """Return an initialized server that does not listen yet.

    ``root`` is the folder to serve, ``state`` an empty folder for its own files, and ``port`` the
    port where it will listen.
    """
    folders = {name: state / name for name in ("config", "data", "runtime")}
    for folder in folders.values():
        folder.mkdir()
    server = ServerApp.instance(
        config=server_config(port, token, root),
        no_browser_open_file=True,
        **{f"{name}_dir": str(folder) for name, folder in folders.items()},
    )
    with no_jupyter_configuration():
        server.initialize(argv=[], find_extensions=False, new_httpserver=False)
    # Otherwise it would use the user's folders at the first request.
    server.config_manager.read_config_path = [str(state / "config")]
    server.config_manager.write_config_dir = str(state / "config")
    return server


def server_config(port: int, token: str, root: Path) -> Config:
    """Return the whole configuration of the demo's server: the extension needs none."""
    config = Config()
    config.IdentityProvider.token = token
    config.ServerApp.jpserver_extensions = {"escherpad_ext": True}
    config.ServerApp.ip = "127.0.0.1"
    config.ServerApp.port = port
    config.ServerApp.root_dir = str(root)
    config.ServerApp.open_browser = False
    config.ServerApp.allow_root = True  # it listens on loopback only; containers run as root
    config.ServerApp.reraise_server_extension_failures = True  # the demo needs the extension
    config.ServerApp.log_level = "ERROR"  # without warnings that a sample notebook is not signed
    config.EscherpadExt.log_level = "WARN"
    config.MultiKernelManager.kernel_manager_class = (
        f"{QuietKernelManager.__module__}.{QuietKernelManager.__qualname__}"
    )
    return config


@contextmanager
def no_jupyter_configuration() -> Iterator[None]:
    """Hide the user's Jupyter configuration from this process, not from kernels started later.

    ``JUPYTER_NO_CONFIG`` is jupyter_core's own switch. It makes an empty folder
    instead of the user's; this function removes it.
    """
    before = os.environ.get("JUPYTER_NO_CONFIG")
    os.environ["JUPYTER_NO_CONFIG"] = "1"
    try:
        yield
    finally:
        shutil.rmtree(jupyter_config_dir(), ignore_errors=True)
        del os.environ["JUPYTER_NO_CONFIG"]
        if before is not None:
            os.environ["JUPYTER_NO_CONFIG"] = before
