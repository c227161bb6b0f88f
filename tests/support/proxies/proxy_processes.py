"""The proxies as docs/proxies.md configures them, and Jupyter servers behind them."""

from __future__ import annotations

import json
import os
import shlex
import socket
import subprocess
import time
from pathlib import Path

from ..check.server_owner import Owner
from ..nginx import find_nginx
from ..ports import free_port
from ..requirements import find_program
from ..server_starter import Starter
from .apache_and_traefik import Apache, Traefik
from .proxy_process import START_SECONDS, Proxy
from .written_recipes import RECIPES, change, proxy_config

_MISSING_CADDY = "Install caddy (it is not on the PATH): apt-get install caddy"
_HTTP = "daemon off; master_process off; pid {0}/pid; error_log {0}/error.log;\
 events {{}} http {{ client_body_temp_path {0}/body; proxy_temp_path {0}/proxy;\
 fastcgi_temp_path {0}/fastcgi; uwsgi_temp_path {0}/uwsgi; scgi_temp_path {0}/scgi;\
 include {0}/jupyter.conf; }}"


def find_caddy() -> str:
    return find_program("caddy", _MISSING_CADDY)


class Nginx(Proxy):
    """nginx: its main file is the least that there is, and includes the recipe."""

    find = staticmethod(find_nginx)

    def config(self, recipe: str) -> str:
        return proxy_config(
            recipe, "/etc/nginx/conf.d/jupyter.conf", "location /", "proxy_set_header Host"
        )

    def _run(self, config: str) -> subprocess.Popen[bytes]:
        places = {
            "listen 443": f"listen 127.0.0.1:{self.port}",
            "/var/log/nginx/jupyter.log": f"{self.access_log}",
        }
        (self.folder / "jupyter.conf").write_text(change(config, places))
        main = self.folder / "nginx.conf"
        main.write_text(_HTTP.format(self.folder))
        return subprocess.Popen(
            [self._binary, "-p", str(self.folder), "-c", str(main)], stderr=subprocess.DEVNULL
        )


class Caddy(Proxy):
    """Caddy, which only listens elsewhere than it would: no other port, no administration."""

    find = staticmethod(find_caddy)

    def config(self, recipe: str) -> str:
        return proxy_config(recipe, "/etc/caddy/Caddyfile", "reverse_proxy")

    def _run(self, config: str) -> subprocess.Popen[bytes]:
        caddyfile, adapted = self.folder / "Caddyfile", self.folder / "caddy.json"
        places = {"/var/log/caddy/jupyter.log": f"{self.access_log}"}
        caddyfile.write_text(change(config, places))
        environment = {**os.environ, "HOME": str(self.folder)}
        environment |= {f"XDG_{name}_HOME": str(self.folder) for name in ("DATA", "CONFIG")}
        command = [self._binary, "adapt", "--config", str(caddyfile), "--adapter", "caddyfile"]
        printed = subprocess.run(command, env=environment, capture_output=True, check=False)
        assert printed.returncode == 0, printed.stderr.decode()
        adapted.write_text(json.dumps(self._elsewhere(json.loads(printed.stdout))))
        with self.error_log.open("wb") as log:
            return subprocess.Popen(
                [self._binary, "run", "--config", str(adapted)], env=environment, stderr=log
            )

    def _elsewhere(self, config: dict) -> dict:
        http = config["apps"]["http"]
        http |= {"https_port": self.port, "http_port": free_port()}
        for server in http["servers"].values():
            server["listen"] = [f"127.0.0.1:{self.port}"]
            server["automatic_https"] = {"disable_redirects": True}
        return {**config, "admin": {"disabled": True, "config": {"persist": False}}}


def lines_with(file: Path, mark: str, count: int) -> list[str]:
    """Return the lines of a log that have a mark, once there are so many."""
    end = time.monotonic() + START_SECONDS
    while True:
        lines = file.read_text().splitlines() if file.exists() else []
        found = [line for line in lines if mark in line]
        if len(found) >= count:
            return found
        assert time.monotonic() < end, found
        time.sleep(0.02)


PROXIES = {"nginx": Nginx, "caddy": Caddy, "apache": Apache, "traefik": Traefik}
#: Their recipes; Traefik reaches no socket file. Those of the last two differ in one line each,
#: and are for the full run, except the first.
_ALL = os.environ.get("ESCHERPAD_FULL") == "1"
PROXIED = [
    (recipe, proxy)
    for proxy in PROXIES
    for recipe in RECIPES
    if (recipe, proxy) != ("socket", "traefik")
    and (_ALL or recipe == "kept" or proxy in {"nginx", "caddy"})
]


def make_socket_folder(folder: Path) -> None:
    """Run the line of the page that makes it, as somebody of another group if that may be."""
    (line,) = (line for line in RECIPES["socket"].commands if line.startswith("install "))
    group = 33 if os.geteuid() == 0 else os.getegid()
    places = {"ana": f"{os.geteuid()}", "www-data": f"{group}", "/run/jupyter": f"{folder}"}
    subprocess.run(shlex.split(change(line, places)), check=True)


class SocketOwner(Owner):
    """Whose server listens on a socket file, and at no port."""

    def __init__(self, folder: Path, starter: Starter, file: Path) -> None:
        super().__init__(folder, starter)
        self.file = file

    def start(self) -> SocketOwner:
        environment = {k: v for k, v in os.environ.items() if not k.startswith("JUPYTER")}
        root = str(self.folder / "root")
        self._pid = self._starter.start(
            arguments=["--allow-root", "--no-browser", f"--ServerApp.root_dir={root}"],
            environment={**environment, **self.environment},
            folder=root,
            log=str(self.log_file),
        )
        end = time.monotonic() + START_SECONDS
        while not self._takes_connections():
            assert time.monotonic() < end, self.log()
            time.sleep(0.02)
        return self

    def _takes_connections(self) -> bool:
        with socket.socket(socket.AF_UNIX) as probe:
            return probe.connect_ex(str(self.file)) == 0
