"""A real JupyterHub with its proxy, as one process; everything of it on loopback."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from ..jupyter_process import end
from ..ports import free_port
from ..requirements import find_node

NODE_FOLDER = Path(__file__).parents[2] / "hub"
PROXY = NODE_FOLDER / "node_modules" / "configurable-http-proxy" / "bin" / "configurable-http-proxy"
START_SECONDS = 150
STOP_SECONDS = 60
SERVERS = 20  # enough for all that any test starts
PASSWORD = "a password for all"

# What the machine that runs the tests needs, behind what the guide has.
_MACHINE = """
import itertools

c.JupyterHub.bind_url = "{url}"
c.JupyterHub.hub_bind_url = "http://127.0.0.1:{hub_port}"
c.JupyterHub.db_url = "sqlite:///{folder}/hub.sqlite"
c.JupyterHub.cookie_secret_file = "{folder}/cookie_secret"
c.JupyterHub.authenticator_class = "dummy"
c.JupyterHub.spawner_class = "simple"
c.JupyterHub.services = [{{"name": "tests", "api_token": "{admin_token}"}}]
c.JupyterHub.load_roles = [
    {{
        "name": "tests",
        "services": ["tests"],
        "scopes": ["admin:users", "admin:servers", "tokens", "access:servers", "shares"],
    }},
    # So that users may share their servers, and narrow their tokens.
    {{"name": "user", "scopes": ["self", "shares!user", "read:users:name", "read:groups:name"]}},
]
c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:{api_port}"
c.ConfigurableHTTPProxy.command = {proxy!r}
c.ConfigurableHTTPProxy.pid_file = "{folder}/proxy.pid"
c.JupyterHub.allow_named_servers = True
c.Authenticator.allow_all = True
c.Authenticator.admin_users = {{"root"}}
c.DummyAuthenticator.password = "{password}"
c.SimpleLocalProcessSpawner.home_dir_template = "{folder}/homes/{{username}}"
c.Spawner.cmd = [{python!r}, "-m", "jupyterhub.singleuser"]
c.Spawner.http_timeout = c.Spawner.start_timeout = 90
c.Spawner.environment = {environment!r}


ports = itertools.cycle({ports!r})


def before_it_starts(spawner):
    spawner.port = next(ports)
    more = {more!r}.get(f"{{spawner.user.name}}/{{spawner.name}}", {{}})
    if "args" in more:
        spawner.args = more["args"]
    if "disable_user_config" in more:
        spawner.disable_user_config = more["disable_user_config"]
    spawner.environment = {{**spawner.environment, **more.get("environment", {{}})}}
    # A container's tests run as root, which the server refuses unless told.
    spawner.args = [*spawner.args, *more.get("more_args", []), "--allow-root"]


c.Spawner.pre_spawn_hook = before_it_starts
"""


@dataclass(frozen=True)
class UserServer:
    """A single-user server that runs."""

    user: str
    name: str
    hub: HubProcess
    port: int
    pid: int

    @property
    def path(self) -> str:
        """Return its base URL."""
        return f"/user/{self.user}/" + (f"{self.name}/" if self.name else "")

    @property
    def url(self) -> str:
        """Return its address as browsers see it."""
        return self.hub.origin + self.path

    @property
    def home(self) -> Path:
        """Return the folder that it serves."""
        return self.hub.home(self.user) / self.name


class HubProcess:
    """One running Hub; use it as a context manager.

    ``config`` says what the Hub's admin wrote, given its address; ``special`` what is different
    for single servers, by ``<user>/<server>``.
    """

    def __init__(
        self,
        folder: Path,
        config: Callable[[str], str],
        *,
        special: dict[str, Any],
        environment: dict[str, str],
    ) -> None:
        self.folder = folder
        self.port = 0
        self.origin = ""
        self.log_path = folder / "hub.log"
        self._config = config
        self._special = special
        self._environment = environment
        self._admin_token = secrets.token_hex(16)
        self._servers: dict[tuple[str, str], UserServer] = {}
        self._tokens: dict[str, str] = {}
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def host(self) -> str:
        """Return what browsers send as ``Host``."""
        return self.origin.removeprefix("http://")

    def home(self, user: str) -> Path:
        """Return a user's home directory, made now if need be."""
        home = self.folder / "homes" / user
        home.mkdir(parents=True, exist_ok=True)
        return home

    def __enter__(self) -> HubProcess:
        self._start()
        try:
            self._wait(self._answers, "The Hub did not start")
        except BaseException:
            self.stop()
            raise
        return self

    def _start(self) -> None:
        self.port, hub_port, api_port, *ports = (free_port() for _ in range(3 + SERVERS))
        self.origin = f"http://127.0.0.1:{self.port}"
        machine = _MACHINE.format(
            url=self.origin,
            hub_port=hub_port,
            api_port=api_port,
            folder=self.folder,
            admin_token=self._admin_token,
            proxy=[find_node(), str(PROXY)],
            password=PASSWORD,
            python=sys.executable,
            environment=self._environment,
            ports=ports,
            more=self._special,
        )
        (self.folder / "jupyterhub_config.py").write_text(self._config(self.origin) + machine)
        command = [sys.executable, "-m", "jupyterhub", "-f", "jupyterhub_config.py"]
        with self.log_path.open("wb") as log:
            self._process = subprocess.Popen(
                command, env=_environment(), stdout=log, stderr=log, cwd=self.folder
            )

    def __exit__(self, *exc: object) -> None:
        self.stop()

    def stop(self) -> None:
        """End the Hub, which ends its servers and its proxy."""
        process, self._process = self._process, None
        if process is None:
            return
        end(process, STOP_SECONDS)
        self._end_proxy()

    def _end_proxy(self) -> None:
        """End the proxy of a Hub that did not come to it."""
        with contextlib.suppress(OSError, ValueError):
            pid = int((self.folder / "proxy.pid").read_text())
            if str(PROXY).encode() in Path(f"/proc/{pid}/cmdline").read_bytes():
                os.kill(pid, signal.SIGTERM)

    def log(self) -> str:
        """Return what the Hub and all its servers logged."""
        return self.log_path.read_text(errors="replace")

    def start(self, *servers: tuple[str, str]) -> list[UserServer]:
        """Return these servers (user, name), all started at once unless they run."""
        for user, name in servers:
            if (user, name) not in self._servers:
                self.home(user)
                self._api("POST", f"users/{user}", quiet=409)
                self._api("POST", _server_path(user, name), quiet=400)
        self._wait(lambda: all(map(self._is_ready, servers)), "A server did not start")
        return [self._servers[server] for server in servers]

    def token(self, user: str, *scopes: str) -> str:
        """Return a new API token of a user, as on the Hub's token page; for scopes, or for all."""
        wish = {"note": "tests", **({"scopes": scopes} if scopes else {})}
        made = self._api("POST", f"users/{user}/tokens", wish)
        self._tokens[made["token"]] = made["id"]
        return str(made["token"])

    def revoke(self, user: str, token: str) -> None:
        """End an API token, as the Hub's token page does."""
        self._api("DELETE", f"users/{user}/tokens/{self._tokens[token]}")

    def share(self, user: str, name: str, other: str) -> None:
        """Let another user enter a server."""
        self._api("POST", f"users/{other}", quiet=409)
        self._api("POST", f"shares/{user}/{name}", {"user": other})

    def _is_ready(self, server: tuple[str, str]) -> bool:
        if server not in self._servers:
            user, name = server
            found = self._api("GET", f"users/{user}?include_stopped_servers")["servers"][name]
            if not found["ready"]:
                return False
            pid = int(found["state"]["pid"])
            port = _listening(pid)
            self._servers[server] = UserServer(user, name, self, port, pid)
        return True

    def _answers(self) -> bool:
        try:
            urllib.request.urlopen(f"{self.origin}/hub/health", timeout=10).close()
        except urllib.error.HTTPError as error:
            error.close()  # from the proxy, which does not know the Hub yet
            return False
        except OSError:
            return False
        return True

    def _api(self, method: str, path: str, body: object = None, *, quiet: int = 0) -> Any:
        request = urllib.request.Request(
            f"{self.origin}/hub/api/{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"token {self._admin_token}"},
        )
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                content = answer.read()
        except urllib.error.HTTPError as error:
            with error:
                if error.code == quiet:
                    return None
                raise AssertionError(f"{method} {path}: {error.code} {error.read()!r}") from None
        return json.loads(content) if content else None

    def _wait(self, is_so: Any, otherwise: str) -> None:
        end = time.monotonic() + START_SECONDS
        while not is_so():
            assert self._process is not None
            if self._process.poll() is not None or time.monotonic() > end:
                raise AssertionError(f"{otherwise}:\n{self.log()[-6000:]}")
            time.sleep(0.1)


def _server_path(user: str, name: str) -> str:
    return f"users/{user}/servers/{quote(name)}" if name else f"users/{user}/server"


def _listening(pid: int) -> int:
    """Return the port of a single-user server, as the Hub told it."""
    environment = Path(f"/proc/{pid}/environ").read_bytes().decode().split("\0")
    (url,) = [e for e in environment if e.startswith("JUPYTERHUB_SERVICE_URL=")]
    return int(url.split(":")[2].split("/")[0])


def _environment() -> dict[str, str]:
    """Return this process's environment, without what a Hub or Jupyter outside says."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("JUPYTER", "CONFIGPROXY"))}
    commands = [str(Path(sys.executable).parent), kept.get("PATH", "")]
    return {**kept, "PATH": os.pathsep.join(commands)}
