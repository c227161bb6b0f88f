"""An owner whose own pages worked before the extension has them working after, or is told.

Each set-up is started without and with the extension. If a request of the server's own page works
only without, the log says at the start which line to write, and that line heals.
"""

from __future__ import annotations

import http.client
import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from functools import partial
from http.cookies import SimpleCookie
from pathlib import Path
from tempfile import mkdtemp
from urllib.parse import urlencode, urlsplit

import pytest
from support.check.server_owner import OWN_TOKEN, Owner, Starter, write_json
from support.nginx import GOOD, Nginx
from support.proxies.proxy_processes import SocketOwner
from support.wire import HANDSHAKE

pytestmark = pytest.mark.timeout(200)

ALL = os.environ.get("ESCHERPAD_FULL") == "1"
REWRITES_HOST = ("proxy_set_header Host 127.0.0.1:{port};",)
PASSWORD = (
    "from jupyter_server.auth import passwd",
    'c.PasswordIdentityProvider.hashed_password = passwd("{token}")',
    'c.IdentityProvider.token = ""',
)


@dataclass(frozen=True)
class Habit:
    """What an owner wrote, and the lines of the nginx in front (None: no nginx)."""

    config: tuple[str, ...] = ()
    proxy: tuple[str, ...] | None = None
    enabled: tuple[str, ...] = ()
    host: str = "localhost"
    #: What the browser's address bar has in place of it.
    seen_as: str = ""
    on_socket: bool = False
    in_each_run: bool = False


def habit(*config: str, **more: object) -> Habit:
    return Habit(config, **more)  # type: ignore[arg-type]


#: ``{page}`` is the origin of the server's own pages.
HABITS = {
    "nothing": habit(in_each_run=True),
    "base URL": habit('c.ServerApp.base_url = "/jupyter/"', in_each_run=True),
    "IPv6": habit('c.ServerApp.ip = "::1"', host="[::1]"),
    "loopback by number": habit('c.ServerApp.ip = "127.0.0.1"', host="127.0.0.1"),
    "Docker": habit('c.ServerApp.ip = "0.0.0.0"', "c.ServerApp.allow_remote_access = True"),
    "Docker, by another name": habit(
        'c.ServerApp.ip = "0.0.0.0"', "c.ServerApp.allow_remote_access = True", seen_as="box.test"
    ),
    "custom_display_url": habit('c.ServerApp.custom_display_url = "https://lab.example.edu/"'),
    "password": habit(*PASSWORD),
    "no authentication": habit('c.IdentityProvider.token = ""', in_each_run=True),
    "any origin": habit('c.ServerApp.allow_origin = "*"', in_each_run=True),
    "one origin": habit('c.ServerApp.allow_origin = "https://app.example.com"'),
    "a pattern": habit('c.ServerApp.allow_origin_pat = "https://.*[.]example[.]com"'),
    "credentials": habit(
        'c.ServerApp.allow_origin = "https://app.example.com"',
        "c.ServerApp.allow_credentials = True",
    ),
    "no XSRF check": habit("c.ServerApp.disable_check_xsrf = True"),
    "a proxy": habit(proxy=()),
    "a proxy and headers": habit("c.ServerApp.trust_xheaders = True", proxy=()),
    "a Unix socket": habit(proxy=(), on_socket=True),
    "Host rewritten, own origin": habit(
        'c.ServerApp.allow_origin = "{page}"', proxy=REWRITES_HOST, in_each_run=True
    ),
    "Host rewritten, any origin": habit(
        'c.ServerApp.allow_origin = "*"', proxy=REWRITES_HOST, in_each_run=True
    ),
    "Host rewritten, a pattern": habit(
        'c.ServerApp.allow_origin_pat = "http://localhost:.*"', proxy=REWRITES_HOST
    ),
    "Host without its port, any origin": habit(
        'c.ServerApp.allow_origin = "*"', proxy=("proxy_set_header Host $host;",)
    ),
    "Host rewritten, no XSRF check": habit(
        'c.ServerApp.allow_origin = "*"',
        "c.ServerApp.disable_check_xsrf = True",
        proxy=REWRITES_HOST,
    ),
    "Notebook 7": habit(enabled=("jupyterlab", "notebook")),
    "nbclassic": habit(enabled=("notebook_shim", "nbclassic")),
}
CHOSEN = {name: each for name, each in HABITS.items() if ALL or each.in_each_run}


class OwnPage:
    """A page of the server's own, with its cookies."""

    def __init__(self, url: str, *, logs_in: bool, seen_as: str = "") -> None:
        self._parts = urlsplit(url)
        self._host = self._parts.netloc.replace("localhost", seen_as or "localhost")
        self.origin = f"{self._parts.scheme}://{self._host}"
        self.cookies: dict[str, str] = {}
        self._ask("GET", "login" if logs_in else "tree")
        if logs_in:
            form = urlencode({"_xsrf": self.cookies["_xsrf"], "password": OWN_TOKEN})
            self._ask("POST", "login", form, "application/x-www-form-urlencoded")

    def statuses(self) -> list[int]:
        """Return what it gets: for reading, for changing something, and for a WebSocket."""
        return [
            self._ask("GET", "api/contents"),
            self._ask("POST", "api/contents", '{"type": "file"}', "application/json"),
            self._ask("GET", "api/events/subscribe", **dict(HANDSHAKE)),
        ]

    def _ask(
        self, method: str, path: str, body: str | None = None, kind: str = "", **more: str
    ) -> int:
        # Browsers name the origin where something may be changed, and for a WebSocket.
        named = {} if method == "GET" and not more else {"Origin": self.origin}
        headers = {
            **named,
            "Host": self._host,
            "Sec-Fetch-Site": "same-origin",
            "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
            "X-XSRFToken": self.cookies.get("_xsrf", ""),
            **({"Content-Type": kind} if kind else {}),
            **more,
        }
        connection = http.client.HTTPConnection(
            self._parts.hostname or "", self._parts.port, timeout=30
        )
        with closing(connection):
            connection.request(method, f"{self._parts.path}{path}", body, headers)
            answer = connection.getresponse()
            for line in answer.headers.get_all("Set-Cookie", []):
                for name, morsel in SimpleCookie(line).items():
                    self.cookies[name] = re.sub(r'^"|"$', "", morsel.coded_value)
            return answer.status


@pytest.fixture
def start(starter: Starter, tmp_path: Path) -> Iterator[Callable[..., tuple[Owner, str]]]:
    """Return a function that starts a server, and returns its owner and its pages' address."""
    with ExitStack() as stack:

        def make(each: Habit, *, extension: bool) -> tuple[Owner, str]:
            # A path of a socket file has about a hundred characters.
            folder = Path(mkdtemp(prefix="owner-")) if each.on_socket else tmp_path / f"{extension}"
            if each.on_socket:
                stack.callback(shutil.rmtree, folder)
            file = folder / "server.sock"
            owner = (
                SocketOwner(folder / "owner", starter, file)
                if each.on_socket
                else Owner(folder, starter)
            )
            owner.host = each.host
            switches = owner.config / "jupyter_server_config.d"
            on = {"escherpad_ext": extension} | dict.fromkeys(each.enabled, True)
            content = {"ServerApp": {"jpserver_extensions": on}}
            write_json(switches / "others2.json", content)
            (switches / "escherpad_ext.json").unlink()
            upstream = f"http://unix:{file}" if each.on_socket else f"http://127.0.0.1:{owner.port}"
            url = owner.url
            if each.on_socket:
                owner.write(f'c.ServerApp.sock = "{file}"')
            if each.proxy is not None:
                lines = [f"proxy_pass {upstream};", *GOOD[1:]]
                nginx = Nginx(folder / "nginx", lines)
                for line in each.proxy:
                    nginx.set(line.format(port=owner.port))
                stack.callback(nginx.start().stop)
                url = nginx.url
            page = url.rstrip("/")
            owner.write(*(line.format(page=page, token=OWN_TOKEN) for line in each.config))
            stack.callback(owner.stop)
            owner.start()
            return owner, url if each.proxy is not None else owner.url

        yield make


@pytest.mark.parametrize("name", CHOSEN)
def test_own_pages_go_on_working(start: Callable[..., tuple[Owner, str]], name: str) -> None:
    """Or the log says at the start what heals."""
    each = CHOSEN[name]
    page = partial(OwnPage, logs_in=name != "no authentication", seen_as=each.seen_as)
    before, url = start(each, extension=False)
    expected = page(url).statuses()
    assert expected == [200, 201, 101], "they work without it"
    before.stop()
    owner, url = start(each, extension=True)
    at_start = owner.log()
    if page(url).statuses() == expected:
        return
    said = re.findall(r"this line.*?: (c\.EscherpadExt\.public_url = \S+)", at_start)
    assert said, at_start
    owner.write(said[0].replace("https://jupyter.example.edu", url.rstrip("/")))
    owner.restart()
    assert page(url).statuses() == expected


def test_two_servers_of_one_owner_go_on_working(starter: Starter, tmp_path: Path) -> None:
    """With the same files, at two ports: a browser sends both cookies to both."""
    first, second = Owner(tmp_path / "first", starter), Owner(tmp_path / "second", starter)
    (second.folder / "config").rename(second.folder / "its-own")
    (second.folder / "config").symlink_to(first.folder / "config")
    with ExitStack() as stack:
        for owner in (first, second):
            stack.callback(owner.stop)
            owner.start()
        pages = [OwnPage(owner.url, logs_in=True) for owner in (first, second)]
        pages[1].cookies.update(pages[0].cookies | pages[1].cookies)
        assert [page.statuses() for page in pages] == [[200, 201, 101]] * 2
