"""Starts the demo, prints its link, and stops all of it."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import secrets
import shutil
import signal
import sys
import tempfile
import threading
import webbrowser
from collections.abc import Callable, Iterator
from pathlib import Path
from socket import socket
from types import FrameType
from typing import Any

from jupyter_server.serverapp import ServerApp
from tornado.httpserver import HTTPServer
from tornado.ioloop import PeriodicCallback
from tornado.netutil import bind_sockets

from ..console import tell
from .borrowed_kernel import install_kernel
from .jupyter import create_server, has_python_kernel
from .opening import PLACE, client_address, mount_links
from .page import page_application

SAMPLES = Path(__file__).parent / "samples"
BORROWS_KERNEL = (
    "No Python kernel was found. ipykernel is being installed, for this demo only.\n"
    'To keep one: pip install "escherpad-ext[demo]"'
)
NO_KERNEL = (
    "No Python kernel could be installed. The demo can show and save notebooks, but not run them.\n"
    'To run them, press Ctrl-C and install one: pip install "escherpad-ext[demo]"'
)
STOP_SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")  # each exists on some systems only


class DemoError(Exception):
    """The demo cannot start; the message says what to do."""


def run_demo(*, root: Path | None, port: int, open_browser: bool) -> None:
    """Serve until a signal. ``port`` 0 means any free port. Raises `DemoError`."""
    handle_signals(signal.default_int_handler)
    with temporary_folders() as (samples, state):
        if not has_python_kernel():
            borrow_kernel(state / "kernel")
        # tornado and pyzmq cannot watch sockets with Windows' default event loop, the proactor.
        asyncio.set_event_loop(asyncio.SelectorEventLoop())
        serve(root or samples, state, port, open_browser)


def serve(root: Path, state: Path, port: int, open_browser: bool) -> None:
    """Run both servers on this thread's event loop, until a signal."""
    # Bind both first: each server must know the other's address.
    # The page's name `localhost` may mean IPv4 or IPv6; another
    # program's server on the other one would count as this page.
    server_sockets = bind(port, "127.0.0.1")
    page_sockets = bind_page()
    server_url = f"http://127.0.0.1:{port_of(server_sockets)}/"
    page_origin = f"http://localhost:{port_of(page_sockets)}"

    token = secrets.token_urlsafe(32)
    server = create_server(port=port_of(server_sockets), token=token, root=root, state=state)
    client = client_address(f"{page_origin}/", server_url)
    ticket = mount_links(server.web_app, server.base_url, client)
    HTTPServer(server.web_app).add_sockets(server_sockets)
    page = HTTPServer(page_application())
    page.add_sockets(page_sockets)

    stop_on_signals(server)
    link = f"{server_url}{PLACE}?token={token}"
    announce(server_url, page_origin, root, link, open_browser)
    if open_browser:
        start_browser(f"{server_url}{ticket.path}")
    server.start()
    page.stop()
    tell("Stopped.")


def borrow_kernel(folder: Path) -> None:
    """Install a Python kernel for the time of the demo, or print that this failed."""
    tell(BORROWS_KERNEL)
    if not (install_kernel(folder) and has_python_kernel()):
        tell(NO_KERNEL)


@contextlib.contextmanager
def temporary_folders() -> Iterator[tuple[Path, Path]]:
    """Yield a folder with the samples, and an empty one for the server's own files."""
    # Windows cannot remove a file that a stopping kernel has open. A leftover is no error.
    with tempfile.TemporaryDirectory(prefix="escherpad-demo-", ignore_cleanup_errors=True) as name:
        folder = Path(name).resolve()
        (folder / "state").mkdir()
        shutil.copytree(SAMPLES, folder / "files", ignore=shutil.ignore_patterns("__pycache__"))
        yield folder / "files", folder / "state"


def bind(port: int, host: str) -> list[socket]:
    """Return listening sockets on that name's addresses, all on one port."""
    try:
        return bind_sockets(port, host)
    except OSError as error:
        if not port:
            raise DemoError(f"there is no free port on {host}: {error.strerror}") from error
        if error.errno == errno.EACCES:
            raise DemoError(f"you may not use port {port}; use one above 1023") from error
        raise DemoError(
            f"port {port} is in use; set another with --port, or omit --port"
        ) from error


def bind_page() -> list[socket]:
    """Return sockets for the page: a free port of IPv4 may be taken on IPv6, so try a few."""
    for _ in range(9):
        with contextlib.suppress(DemoError):
            return bind(0, "localhost")
    return bind(0, "localhost")


def port_of(sockets: list[socket]) -> int:
    """Return the port that the sockets share."""
    port: int = sockets[0].getsockname()[1]
    return port


def announce(
    server_url: str, page_origin: str, root: Path, link: str, opens_by_itself: bool
) -> None:
    """Print the link on stdout, and all addresses on stderr."""
    tell(
        "\nA Jupyter server and a sample client on another origin, both on this machine:\n\n"
        f"  client  {page_origin}/\n"
        f"  server  {server_url}\n"
        f"  files   {root}\n"
    )
    if opens_by_itself:
        tell("Your browser opens the client. To open it in another browser, use this link:\n")
    else:
        tell("Open the client with this link, which logs you in at the server first:\n")
    sys.stdout.write(f"  {link}\n")
    sys.stdout.flush()
    tell(
        "\nThe link contains the server's token, so keep it secret.\n"
        "Press Ctrl-C to stop the server, the client and every kernel.\n"
    )


def start_browser(url: str) -> None:
    """Open the browser in a thread: some launchers wait until it is closed."""

    def launch() -> None:
        if not webbrowser.open(url):
            tell("No browser could be started. Open the link above yourself.")

    threading.Thread(target=launch, daemon=True).start()


def stop_on_signals(server: ServerApp) -> None:
    """Make Ctrl-C, or closing the terminal, stop the server and its kernels at once."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        tell("Stopping…")
        handle_signals(signal.default_int_handler)  # a second signal stops at once
        server.stop(from_signal=True)

    handle_signals(stop)
    if sys.platform == "win32":
        # Python runs signal handlers between two steps of the loop. On Windows, Ctrl-C does not
        # interrupt `select`, so a step must follow soon.
        PeriodicCallback(lambda: None, 200).start()


def handle_signals(handler: Callable[[int, FrameType | None], Any]) -> None:
    """Set the handler of all signals that end a program, as far as the system has them."""
    for name in STOP_SIGNALS:
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), handler)
