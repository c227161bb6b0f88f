"""A real JupyterHub process with many users, none of whose servers run."""

from __future__ import annotations

import importlib.util
import shutil
import sys
from pathlib import Path

from .servers import Server, free_port

_PACKAGE = Path(__file__).parent.parent / "tests" / "hub"
_INSTALLED = _PACKAGE / "node_modules" / ".bin"
_API_TOKEN = "a-token-for-measuring-the-hub"
API = {"Authorization": f"token {_API_TOKEN}"}

_CONFIG = """
c.JupyterHub.bind_url = "http://127.0.0.1:{proxy_port}"
c.JupyterHub.hub_bind_url = "http://127.0.0.1:{port}"
c.JupyterHub.db_url = "sqlite:///{folder}/hub.sqlite"
c.JupyterHub.cookie_secret_file = "{folder}/cookie-secret"
c.JupyterHub.authenticator_class = "dummy"
c.JupyterHub.spawner_class = "simple"
c.JupyterHub.services = [{{"name": "benchmark", "api_token": "{api_token}"}}]
c.JupyterHub.load_roles = [
    {{"name": "benchmark", "services": ["benchmark"], "scopes": ["admin:users"]}}
]
c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:{api_port}"
c.ConfigurableHTTPProxy.command = {proxy!r}
c.ConfigurableHTTPProxy.pid_file = "{folder}/proxy.pid"
c.Authenticator.allowed_users = set({users!r})
"""
# What an admin writes who lets each user call from the department's site and from one of their own.
_POLICIES = """
c.Spawner.disable_user_config = True
_origins = {{name: f"https://{{name}}.example.edu" for name in {users!r}}}


def _apply_policy(spawner):
    spawner.args = [
        "--EscherpadExt.allowed_origins=https://www.escherpad.com",
        f"--EscherpadExt.allowed_origins={{_origins[spawner.user.name]}}",
        "--EscherpadExt.connect=listed",
        "--EscherpadExt.grant_lifetime_max_seconds=86400",
    ]


c.Spawner.pre_spawn_hook = _apply_policy
"""
# Does for all users what the Hub does just before it starts a user's server.
_ABOUT_TO_SPAWN = '''
from jupyterhub import orm
from jupyterhub.handlers.base import BaseHandler
from jupyterhub.utils import maybe_future


class _AboutToSpawn(BaseHandler):
    async def get(self):
        """Answer how many arguments and variables that is."""
        prepared = 0
        for found in self.db.query(orm.User).order_by(orm.User.name):
            spawner = self.users[found].spawner
            if found.name.startswith("user-"):
                await maybe_future(spawner.run_pre_spawn_hook())
                prepared += len(spawner.get_args()) + len(spawner.get_env())
        self.finish(str(prepared))


c.JupyterHub.extra_handlers = [("/about-to-spawn", _AboutToSpawn)]
'''


def missing() -> str:
    """Return what must be installed, as a sentence; nothing where all is there."""
    if importlib.util.find_spec("jupyterhub") is None:
        return "Install JupyterHub: pip install jupyterhub"
    if shutil.which("node") is None:
        return "Install Node.js (https://nodejs.org)"
    if _proxy() is None:
        return f"Install JupyterHub's proxy: cd {_PACKAGE} && npm install"
    return ""


class Hub(Server):
    """A running Hub; use it as a context manager. Its requests do not go through its proxy."""

    ready_path = "/hub/health"
    stop_seconds = 90  # one that is killed leaves its proxy behind

    def __init__(self, users: int, *, policies: bool) -> None:
        super().__init__({})
        self._users = [f"user-{number:03}" for number in range(users)]
        self._policies = policies

    def __enter__(self) -> Hub:
        super().__enter__()
        return self

    def prepare_all(self) -> int:
        """Prepare every user's start; return how many arguments and variables that makes."""
        return int(self.connect().ask("GET", "/hub/about-to-spawn", {}))

    def _command(self) -> list[str]:
        config_file = self.folder / "jupyterhub_config.py"
        config_file.write_text(self._python())
        return [sys.executable, "-m", "jupyterhub", "--config", str(config_file)]

    def _python(self) -> str:
        machine = _CONFIG.format(
            folder=self.folder,
            port=self.port,
            proxy_port=free_port(),
            api_port=free_port(),
            api_token=_API_TOKEN,
            proxy=[_proxy()],
            users=self._users,
        )
        policies = _POLICIES.format(users=self._users) if self._policies else ""
        return machine + policies + _ABOUT_TO_SPAWN


def _proxy() -> str | None:
    """Return the proxy's program: on the path, or where the tests have it."""
    name = "configurable-http-proxy"
    return shutil.which(name) or shutil.which(name, path=_INSTALLED)
