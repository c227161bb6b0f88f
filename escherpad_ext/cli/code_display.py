"""Shows a person where to type which code: as text, as a QR code, and in the browser."""

from __future__ import annotations

import io
import os
import shutil
import sys
import webbrowser

from ..console import printable, tell
from .device_client import DeviceCode

_INDENT = "    "
_BORDER = 2


def show(code: DeviceCode, *, is_near: bool, opens_browser: bool) -> None:
    """Print address and code, and open the address where somebody sits in front of a browser."""
    tell("Open this address in a browser where you are logged in to the server:\n")
    tell(f"{_INDENT}{printable(code.verification_uri)}\n")
    tell(f"Type this code there:\n\n{_INDENT}{printable(code.user_code)}\n")
    if not is_near and sys.stderr.isatty():  # nothing else reaches this machine's own address
        _show_qr(code.verification_uri)
    minutes = max(code.expires_in // 60, 1)
    tell(f"The code is valid for {minutes} minutes. Waiting …")
    if opens_browser and has_browser():
        webbrowser.open(code.verification_uri)


def has_browser() -> bool:
    """Return whether somebody is at this machine's own screen, and not at the end of ssh."""
    if not sys.stderr.isatty() or {"SSH_CONNECTION", "SSH_TTY", "SSH_CLIENT"} & os.environ.keys():
        return False
    if sys.platform in {"win32", "darwin"}:
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _show_qr(url: str) -> None:
    """Print a QR code for a phone, where the package is there and the terminal can show it."""
    text = qr_code(url)
    widest = max(map(len, text.splitlines()), default=0)
    if text and widest <= shutil.get_terminal_size().columns and _can_write(text):
        tell(text)


def qr_code(url: str) -> str:
    """Return an address as a QR code in block characters; empty without the package ``segno``."""
    try:
        import segno  # noqa: PLC0415 - an extra
    except ImportError:
        return ""
    out = io.StringIO()
    segno.make(url, micro=False).terminal(out, border=_BORDER, compact=True)
    return out.getvalue()


def _can_write(text: str) -> bool:
    try:
        text.encode(sys.stderr.encoding or "ascii")
    except UnicodeError:
        return False
    return True
