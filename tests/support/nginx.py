"""A real nginx in front of a Jupyter server, with the lines that somebody wrote."""

from __future__ import annotations

import socket
import subprocess
import time
from pathlib import Path

from .ports import free_port
from .requirements import find_program

MISSING = "Install nginx (it is not on the PATH, nor in /usr/sbin): apt-get install nginx"
#: What a proxy of Jupyter needs.
GOOD = (
    "proxy_pass http://127.0.0.1:{port};",
    "proxy_http_version 1.1;",
    "proxy_set_header Host $http_host;",
    "proxy_set_header Upgrade $http_upgrade;",
    'proxy_set_header Connection "upgrade";',
)
_PAGE = """\
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 64; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  server {{
    listen 127.0.0.1:{port}{tls};
    {server}
    location {path} {{
{lines}
    }}
  }}
}}
"""


def find_nginx() -> str:
    return find_program("nginx", MISSING, "/usr/sbin")


class Nginx:
    """One location that leads to a server. ``lines`` are what it has."""

    def __init__(
        self,
        folder: Path,
        lines: list[str],
        *,
        path: str = "/",
        server: str = "",
        certificate: Path | None = None,
        port: int | None = None,
    ) -> None:
        self._binary = find_nginx()
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.port = port or free_port()
        self.lines = lines
        self.path = path
        self.server = server
        self.certificate = certificate
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"{'https' if self.certificate else 'http'}://localhost:{self.port}{self.path}"

    def set(self, directive: str) -> None:
        """Write a directive in place of any others that set the same."""
        self.lines = [line for line in self.lines if _key(line) != _key(directive)]
        self.lines.append(directive)

    def take_out(self, beginning: str) -> None:
        """Remove every directive that begins so, with its block if it has one."""
        self.lines = [line for line in self.lines if not line.startswith(beginning)]

    def start(self) -> Nginx:
        file = self.folder / "nginx.conf"
        server = self.server
        if self.certificate:
            server += (
                f" ssl_certificate {self.certificate}; ssl_certificate_key {self.certificate};"
            )
        file.write_text(
            _PAGE.format(
                folder=self.folder,
                port=self.port,
                tls=" ssl" if self.certificate else "",
                server=server,
                path=self.path,
                lines="\n".join(f"      {line}" for line in self.lines),
            )
        )
        self._process = subprocess.Popen(
            [self._binary, "-p", str(self.folder), "-c", str(file)], stderr=subprocess.DEVNULL
        )
        end = time.monotonic() + 10
        while not self._listens():
            assert self._process.poll() is None, (self.folder / "error.log").read_text()
            assert time.monotonic() < end
            time.sleep(0.01)
        return self

    def stop(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.terminate()
            process.wait(10)

    def reload(self) -> None:
        self.stop()
        self.start()

    def _listens(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0


def _key(directive: str) -> tuple[str, ...]:
    words = directive.split()
    several = words[0] in {"proxy_set_header", "add_header", "proxy_pass_header"}
    return tuple(words[:2]) if several else (words[0],)
