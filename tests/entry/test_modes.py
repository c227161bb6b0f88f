"""The rule in the modes of a server that only a real process has: sockets, TLS, names."""

from __future__ import annotations

import ssl
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import trustme
from jupyter_server.auth import passwd
from support.constants import ALLOWED, REFUSED, TOKEN
from support.entry.applications import EntryPoint
from support.entry.http_client import Connect, ask, at_file, over_tls
from support.entry.rule_requests import breaches

pytestmark = pytest.mark.timeout(240)

ALLOWING = f"--EscherpadExt.allowed_origins={ALLOWED}"
FILES = "api/contents"
PAGE = "nbconvert/script/book.ipynb"


class OnSocketFile(EntryPoint):
    """A server that listens on a socket file, reached by the names that a proxy says."""

    host = "localhost"

    def __init__(self, folder: Path, file: Path) -> None:
        super().__init__(folder, "jupyter server", arguments=[f"--sock={file}", ALLOWING])
        self._file = file

    @property
    def connect(self) -> Connect:
        return at_file(self._file)

    def _where(self) -> list[str]:
        return [word for word in super()._where() if "port" not in word]


def test_a_unix_socket(tmp_path: Path) -> None:
    """Own is what ``Host`` says there, too: whoever passes requests on to the socket writes it."""
    if sys.platform == "win32":
        pytest.skip("Jupyter listens on no socket files there")
    # Not under tmp_path: the name of a socket has 107 characters at the most (unix(7)).
    with TemporaryDirectory() as short, OnSocketFile(tmp_path / "j", Path(short, "s")) as server:
        assert breaches(server, PAGE) == []

        def status(host: str, origin: str | None) -> int:
            headers = [("Authorization", f"token {TOKEN}")]
            headers += [("Origin", origin)] if origin else []
            return ask(server.connect, host, "GET", f"/{FILES}", headers).status

        tunnel = "localhost:8888"  # ssh -L 8888:/path/of/the/socket
        assert status(tunnel, f"http://{tunnel}") == 200
        assert status(tunnel, "http://localhost") == 403
        assert status("127.0.0.1", "http://localhost") == 403
        # As Jupyter's own clients call a socket file, and no browser does.
        encoded = str(Path(short, "s")).replace("/", "%2F")
        assert status(encoded, None) == 200
        assert status(encoded, f"http://{encoded}") == 403
        # Core's check of Host stands: it is not for this extension to open.
        assert status("jupyter.example.edu", "https://jupyter.example.edu") == 403


class OverTls(EntryPoint):
    """A server with a certificate of its own, a password, and every address of the machine."""

    def __init__(self, folder: Path) -> None:
        authority, self.trusted = trustme.CA(), ssl.create_default_context()
        authority.configure_trust(self.trusted)
        certificate = authority.issue_cert("localhost")
        arguments = [
            f"--ServerApp.certfile={folder / 'certificate.pem'}",
            f"--ServerApp.keyfile={folder / 'key.pem'}",
            "--ServerApp.ip=0.0.0.0",
            f"--PasswordIdentityProvider.hashed_password={passwd('a password', 'sha1')}",
            ALLOWING,
        ]
        super().__init__(folder, "jupyter server", arguments=arguments)
        certificate.private_key_pem.write_to_path(folder / "key.pem")
        for pem in certificate.cert_chain_pems:
            pem.write_to_path(folder / "certificate.pem", append=True)

    @property
    def connect(self) -> Connect:
        return over_tls(self.port, self.trusted, "localhost")


def test_tls_a_password_and_every_address(tmp_path: Path) -> None:
    """Http pages of the same host are others; each name of the machine is its own, by itself."""
    with OverTls(tmp_path / "jupyter") as server:
        own = f"https://{server.host}"
        assert breaches(server, PAGE, own) == []
        # The owner does not know every name: whichever the page was reached by.
        for name in ("localhost", "127.0.0.1", "[::1]", "0.0.0.0", "lab-pc", "lab-pc.example.edu"):
            host = f"{name}:{server.port}"
            for origin, status in [
                (f"https://{host}", 200),
                (f"http://{host}", 403),
                (f"https://{name}", 403),
                (f"https://other-pc:{server.port}", 403),
            ]:
                headers = [("Authorization", f"token {TOKEN}"), ("Origin", origin)]
                answer = ask(server.connect, host, "GET", f"/{FILES}", headers)
                assert (host, origin, answer.status) == (host, origin, status)


def test_authentication_switched_off_on_the_command_line(tmp_path: Path) -> None:
    """The own pages need no login, as without the extension; other origins are anonymous."""
    arguments = ["--IdentityProvider.token=", ALLOWING]
    given = {"arguments": arguments, "environment": {"JUPYTER_TOKEN": ""}}
    with EntryPoint(tmp_path / "jupyter", "jupyter server", **given) as server:
        assert server.ask("GET", FILES).status == 200
        assert server.ask("GET", FILES, origin=f"http://{server.host}").status == 200
        off = ("missing_token", "authentication_off")
        for token in (None, TOKEN):
            for method in ("GET", "PUT", "WebSocket"):
                path = "api/events/subscribe" if method == "WebSocket" else FILES
                answer = server.ask(method, path, origin=ALLOWED, token=token)
                assert (answer.status, answer.refusal()) == (401, off), (method, token)
                answer = server.ask(method, path, origin=REFUSED, token=token)
                assert answer.refusal() == ("origin_refused", "origin_not_listed")
