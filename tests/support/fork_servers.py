"""Starts ``jupyter server`` processes that have everything imported already.

A program: reads one JSON object per line (arguments, environment, folder, log), forks, and lets the
child be a Jupyter server; writes its process id. What a server does is what it always does; it is
only there sooner. Needs ``os.fork``.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import sys
from contextlib import suppress

from jupyter_server.serverapp import ServerApp

#: What servers import when they start, where it is installed. Not the applications themselves, such
#: as jupyterlab.labapp: they read where their owner's folders are when they are imported.
IMPORTED = (
    "IPython.core.interactiveshell",
    "aiohttp",
    "escherpad_ext.app",
    "git",
    "httpx",
    "jupyter_server_terminals.app",
    "jupyter_ydoc",
    "jupyterlab_server.app",
    "nbconvert.exporters",
    "pexpect",
    "psutil",
    "pycrdt",
    *(f"jupyter_server.{each}.handlers" for each in ("files", "nbconvert", "view", "kernelspecs")),
    *(
        f"jupyter_server.services.{each}.handlers"
        for each in ("api", "config", "contents", "events", "kernels", "kernelspecs", "nbconvert")
    ),
    *(f"jupyter_server.services.{each}.handlers" for each in ("security", "sessions")),
    "jupyter_server.services.shutdown",
)


def be_server(wish: dict) -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    log = os.open(wish["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    null = os.open(os.devnull, os.O_RDONLY)
    for source, target in ((null, 0), (log, 1), (log, 2)):
        os.dup2(source, target)
    os.environ.clear()
    os.environ.update(wish["environment"])
    sys.path[:0] = filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))
    os.chdir(wish["folder"])
    sys.argv = ["jupyter-server", *wish["arguments"]]
    ServerApp.launch_instance()


def main() -> None:
    for name in IMPORTED:
        with suppress(ImportError):
            importlib.import_module(name)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # so that nothing is left of a child that ended
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            try:
                be_server(json.loads(line))
            finally:
                os._exit(1)
        sys.stdout.write(f"{child}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
