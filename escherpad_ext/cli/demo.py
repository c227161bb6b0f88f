"""``jupyter escherpad demo``: a Jupyter server, and a client on another origin."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from .help_format import HelpFormatter

EPILOG = """\
examples:
  jupyter escherpad demo
  jupyter escherpad demo --no-browser
  jupyter escherpad demo --root . --port 8899

Ctrl-C stops the server, the client and all kernels. The demo uses your
kernels, but does not read or change your Jupyter configuration.
"""


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add ``demo``."""
    parser = subparsers.add_parser(
        "demo",
        help="start a Jupyter server and a sample client on another origin, on this machine",
        description="Start a Jupyter server and a sample client on another origin, both on this "
        "machine only, and open the client in the browser. Click Connect there. The server then "
        "asks whether the client may use it.",
        epilog=EPILOG,
        formatter_class=HelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument(
        "--no-browser", action="store_true", help="print the link and do not open a browser"
    )
    parser.add_argument(
        "--port",
        type=port_number,
        default=0,
        help="the Jupyter server's port (default: any free one)",
    )
    parser.add_argument(
        "--root",
        type=existing_folder,
        metavar="DIR",
        help="the folder to serve (default: a temporary one with a sample notebook)",
    )
    parser.set_defaults(run=run)


def port_number(text: str) -> int:
    """Return the port; raise `argparse.ArgumentTypeError` if it is not one (RFC 6335, 6)."""
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= 65535):  # noqa: PLR2004
        raise argparse.ArgumentTypeError(f"{text!r} is not a port; write a number from 1 to 65535")
    return int(text)


def existing_folder(text: str) -> Path:
    """Return the absolute path; raise `argparse.ArgumentTypeError` if it is not a folder."""
    folder = Path(text).expanduser()
    if not folder.is_dir():
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a folder; use an existing one, or omit --root"
        )
    return folder.resolve()


def run(arguments: argparse.Namespace) -> int:
    """Serve until Ctrl-C; return 0, or 1 if the demo cannot start."""
    # Imported here because it takes a second, and `jupyter escherpad --help` must be fast.
    from escherpad_ext.demo.run import DemoError, run_demo  # noqa: PLC0415

    try:
        run_demo(root=arguments.root, port=arguments.port, open_browser=not arguments.no_browser)
    except DemoError as error:
        sys.stderr.write(f"jupyter escherpad demo: {error}\n")
        return 1
    except KeyboardInterrupt:  # Ctrl-C before the server listens, or a second one
        pass
    return 0
