"""The running Jupyter servers of this user on this machine."""

from __future__ import annotations

import contextlib
import importlib
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jupyter_core.paths import jupyter_runtime_dir

from ..config.arguments import relevant
from ..policy import hosts
from ..policy.secret import Secret
from .address import Address, AddressError

# A server on every address also listens on loopback. `localhost` would not be safe here: it may
# mean ::1, where another user can listen.
_ANY = {"": "127.0.0.1", "*": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104


@dataclass(frozen=True)
class RunningServer:
    """What a server's file in Jupyter's runtime folder says. Only its owner can read the file.

    ``ip`` is the loopback address at which it listens, None if that is not known. No token is sent
    anywhere else. ``token`` is the server's token; None without such an address.
    """

    address: Address
    pid: int
    ip: str | None
    token: Secret | None


def running_servers() -> tuple[list[RunningServer], int]:
    """Return the servers with a network address, and the number of those without (socket files).

    ``jupyter_server.list_running_servers`` takes a second to import, fails on odd files, and
    deletes old ones.
    """
    found: list[RunningServer] = []
    left_out = 0
    for file in sorted(Path(jupyter_runtime_dir()).glob("jpserver-*.json")):
        info = _load(file)
        if info is None:
            continue
        server = _read(info)
        if server is None:
            left_out += 1
        else:
            found.append(server)
    return sorted(found, key=lambda server: server.address.port), left_out


def _load(file: Path) -> dict[str, Any] | None:
    """Return the content of a server's file, None if the server is not running any more.

    Another program may listen at its port by now, and must not receive the token.
    """
    try:
        info = json.loads(file.read_text(encoding="utf-8"))
        pid = int(info["pid"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return info if isinstance(info, dict) and _is_own(file) and _is_own_process(pid) else None


def _is_own(path: Path) -> bool:
    """Return whether no other user owns a file, as far as the system tells."""
    with contextlib.suppress(FileNotFoundError):
        return os.name != "posix" or path.stat().st_uid in {os.geteuid(), 0}
    return True


def _is_own_process(pid: int) -> bool:
    """Return whether a process runs, and as this user.

    Another user's may have the number of a server that was killed. Its command line would name a
    configuration file, and that is a program.
    """
    from jupyter_server.utils import check_pid  # noqa: PLC0415 - knows Windows

    if not check_pid(pid):
        return False
    try:
        if os.name == "posix":
            os.kill(pid, 0)  # no signal is sent
    except PermissionError:
        return False
    return _is_own(Path(f"/proc/{pid}"))  # root may send signals to all


def _read(info: dict[str, Any]) -> RunningServer | None:
    host = str(info.get("hostname", ""))
    host = _ANY.get(host, host)
    shown = f"[{host}]" if ":" in host else host
    scheme = "https" if info.get("secure") else "http"
    try:
        text = f"{scheme}://{shown}:{int(info['port'])}{info['base_url']}"
        address, _ = Address.parse(text)
        pid = int(info["pid"])
    except (AddressError, KeyError, TypeError, ValueError):
        return None
    if info.get("sock"):
        return None
    token, ip = info.get("token"), _loopback_ip(address)
    use = isinstance(token, str) and token and ip is not None
    return RunningServer(address, pid, ip, Secret(str(token).encode()) if use else None)


def _loopback_ip(address: Address) -> str | None:
    """Return the IP address that can only be the server's.

    A server that listens at `localhost` has 127.0.0.1, or it would not have started.
    """
    host = "127.0.0.1" if address.host == "localhost" else address.host
    shown = f"[{host}]" if ":" in host else host
    return host if hosts.is_ip(shown) and hosts.is_loopback(shown) else None


def at(address: Address, servers: Sequence[RunningServer]) -> RunningServer | None:
    """Return the running server at an address of this machine, None for any other address."""
    if not address.is_loopback:
        return None
    near = (server for server in servers if server.address.port == address.port)
    return next((s for s in near if s.address.is_loopback), None)


def command_line(pid: int) -> list[str]:
    """Return the arguments of a process, nothing if the system does not tell them."""
    with contextlib.suppress(ImportError):
        # Works on every system, but is not always installed.
        psutil: Any = importlib.import_module("psutil")
        with contextlib.suppress(psutil.Error, OSError):
            return [str(word) for word in psutil.Process(pid).cmdline()]
    with contextlib.suppress(OSError):
        raw = Path(f"/proc/{pid}/cmdline").read_bytes()
        return raw.decode(errors="replace").split("\0")[:-1]
    return []


def working_folder(pid: int) -> Path | None:
    """Return the folder in which a process runs, None where the system does not tell."""
    with contextlib.suppress(ImportError):
        psutil: Any = importlib.import_module("psutil")
        with contextlib.suppress(psutil.Error, OSError):
            return Path(psutil.Process(pid).cwd())
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/cwd").readlink()
    return None


def arguments_of(server: RunningServer) -> tuple[str, ...]:
    """Return what matters here of the server's command line: no token, no password."""
    return relevant(command_line(server.pid)[1:], working_folder(server.pid))
