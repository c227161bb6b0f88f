"""Starts ``jupyter server`` processes that have everything imported already.

A program: reads one JSON object per line (arguments, environment, folder, log), forks, and lets the
child be a Jupyter server; writes its process id. What a server does is what it always does; it is
only there sooner. Needs ``os.fork``.
"""

from __future__ import annotations

import json
import os
import signal
import sys

import jupyter_server.serverapp
import jupyterlab.labapp  # noqa: F401 - servers load it

import escherpad_ext.app  # noqa: F401


def be_server(wish: dict) -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    log = os.open(wish["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    null = os.open(os.devnull, os.O_RDONLY)
    for source, target in ((null, 0), (log, 1), (log, 2)):
        os.dup2(source, target)
    os.environ.clear()
    os.environ.update(wish["environment"])
    os.chdir(wish["folder"])
    sys.argv = ["jupyter-server", *wish["arguments"]]
    jupyter_server.serverapp.ServerApp.launch_instance()


def main() -> None:
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
