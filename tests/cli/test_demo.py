"""``jupyter escherpad demo`` as a process of its own, spoken to as its client would."""

from __future__ import annotations

import ast
import asyncio
import base64
import contextlib
import hashlib
import json
import os
import re
import secrets
import signal
import socket
import subprocess
import sys
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

import nbformat
import psutil
import pytest
from support.connect.browser_user import CLICK, NAVIGATION, preset_fields, selected, ticked
from tornado.httpclient import HTTPRequest
from tornado.websocket import WebSocketClientConnection, websocket_connect

import escherpad_ext.demo
from escherpad_ext.cli import main
from escherpad_ext.connect.client_library import LIBRARY_FILES, library_folder

WINDOWS = sys.platform == "win32"
CTRL_C = signal.CTRL_BREAK_EVENT if sys.platform == "win32" else signal.SIGINT
DEMO = [sys.executable, "-m", "escherpad_ext.cli", "demo"]
TOKEN_PROTOCOL = "v1.token.websocket.jupyter.org"
PACKAGE = Path(escherpad_ext.demo.__file__).parent
CLIENT = PACKAGE / "client"
FILES = [*sorted(CLIENT.iterdir()), *(library_folder() / name for name in LIBRARY_FILES)]
SECONDS = 60


@dataclass
class Demo:
    """A running demo, and what its link leads to."""

    process: subprocess.Popen[str]
    link: str
    temporary: Path

    @cached_property
    def client(self) -> str:
        """The client's address, where the link leads."""
        location: str = ask(self.link).headers["Location"]
        return location

    @property
    def page(self) -> str:
        """The client's origin."""
        return origin_of(self.client)

    @property
    def server(self) -> str:
        return f"{origin_of(self.link)}/"

    @property
    def token(self) -> str:
        return parse_qs(urlsplit(self.link).query)["token"][0]

    def ask(self, path: str, **options: Any) -> Answer:
        """Send a request to the Jupyter server, as a script of its owner would."""
        return ask(self.server + path, {"Authorization": f"token {self.token}"}, **options)

    def stop(self, how: int = CTRL_C) -> str:
        """Stop it and return what it said."""
        self.process.send_signal(how)
        return self.process.communicate(timeout=SECONDS)[1]


@dataclass
class Answer:
    status: int
    headers: Any
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class NoRedirect(HTTPRedirectHandler):
    def redirect_request(self, *_arguments: Any) -> None:
        return None


def ask(
    url: str,
    headers: dict[str, str] | None = None,
    body: Any = None,
    form: dict[str, Any] | None = None,
) -> Answer:
    """Return the answer, whatever its status."""
    data = None if body is None else json.dumps(body).encode()
    if form is not None:
        data = urlencode(form, doseq=True).encode()
    opener = build_opener(NoRedirect)
    try:
        with opener.open(Request(url, data, headers or {}), timeout=SECONDS) as response:
            return Answer(response.status, response.headers, response.read())
    except HTTPError as error:
        with error:
            return Answer(error.code, error.headers, error.read())


def origin_of(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def connect(demo: Demo, logged_in: Answer) -> str:
    """Click Connect in the client, and Allow in the browser that got this answer's cookies."""
    cookies = {"Cookie": cookies_of(logged_in)}
    verifier = secrets.token_urlsafe(48)
    digest = hashlib.sha256(verifier.encode()).digest()
    client = {"client_id": f"{demo.page}/", "redirect_uri": f"{demo.page}/"}
    question = {
        "response_type": "code",
        "scope": "run",
        "state": "1",
        "code_challenge": base64.urlsafe_b64encode(digest).decode().rstrip("="),
        "code_challenge_method": "S256",
    }
    authorize = f"{demo.server}escherpad/authorize"
    parked = ask(f"{authorize}?{urlencode(client | question)}", NAVIGATION | cookies)
    page = ask(urljoin(authorize, parked.headers["Location"]), NAVIGATION | cookies)
    cookies = {"Cookie": f"{cookies['Cookie']}; {cookies_of(page)}"}
    ticks = {"scope": ticked(page), "lifetime": selected(page), "decision": "allow"}
    click = CLICK | cookies | {"Origin": origin_of(authorize)}
    back = ask(authorize, click, form=preset_fields(page) | ticks)
    code = parse_qs(urlsplit(back.headers["Location"]).query)["code"][0]
    fields = {"grant_type": "authorization_code", "code": code, "code_verifier": verifier}
    given = ask(f"{demo.server}escherpad/token", {"Origin": demo.page}, form=client | fields)
    token: str = given.json["access_token"]
    return token


def cookies_of(answer: Answer) -> str:
    headers = answer.headers.get_all("Set-Cookie") or []
    return "; ".join(header.partition(";")[0] for header in headers)


def environment(temporary: Path, **more: str) -> dict[str, str]:
    """Return an environment in which the demo's temporary files go to that folder."""
    folders = dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(temporary))
    return {**os.environ, **folders, "PYTHONIOENCODING": "utf-8", **more}


@contextmanager
def running(
    temporary: Path,
    *arguments: str,
    env: dict[str, str] | None = None,
    command: Sequence[str] = DEMO,
) -> Iterator[Demo]:
    """Start the demo and wait for its link; it is gone afterwards, whatever happened."""
    temporary.mkdir(exist_ok=True)
    command = [*command, *(() if env and "BROWSER" in env else ("--no-browser",)), *arguments]
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        env=env or environment(temporary),
        creationflags=subprocess.CREATE_NEW_PROCESS_GROUP if sys.platform == "win32" else 0,
    )
    with process:
        try:
            assert process.stdout is not None
            link = process.stdout.readline().strip()
            if not link and process.stderr is not None:
                pytest.fail(f"the demo did not start: {process.stderr.read()}")
            yield Demo(process, link, temporary)
        finally:
            if process.poll() is None:
                process.kill()


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """One demo for the tests that leave it as it was."""
    with running(tmp_path_factory.mktemp("demo")) as demo:
        yield demo
        demo.stop()


class TestTwoOrigins:
    def test_the_page_is_on_another_origin_than_the_server(self, demo: Demo) -> None:
        """Both on loopback; the page is told which server, and no token."""
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+/escherpad-demo\?token=[\w-]{43,}", demo.link)
        assert re.fullmatch(r"http://localhost:\d+", demo.page)
        assert urlsplit(demo.page).port != urlsplit(demo.server).port
        assert demo.client == f"{demo.page}/#server={demo.server.rstrip('/')}"

    def test_the_page_may_talk_to_this_machine_only(self, demo: Demo) -> None:
        """Its policy names loopback, lets no inline script run and nobody frame it."""
        policy = directives(ask(f"{demo.page}/").headers["Content-Security-Policy"])
        hosts = ("localhost:*", "127.0.0.1:*")
        assert policy["connect-src"] == {f"{s}://{host}" for s in ("http", "ws") for host in hosts}
        assert policy["default-src"] == {"'none'"}
        assert policy["script-src"] == {"'self'"}
        assert policy["frame-ancestors"] == {"'none'"}

    def test_output_gets_an_origin_of_its_own(self, demo: Demo) -> None:
        """The frame for HTML output is sandboxed by its own header, and reaches no network."""
        answer = ask(f"{demo.page}/output.html")
        policy = directives(answer.headers["Content-Security-Policy"])
        assert policy["sandbox"] == {"allow-scripts"}
        assert policy["default-src"] == {"'none'"}
        assert "connect-src" not in policy
        assert "'unsafe-inline'" not in policy["script-src"]

    @pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
    def test_every_file_is_served_as_what_it_is(self, demo: Demo, path: Path) -> None:
        """Modules do not run with another type, and with `nosniff` nothing else is guessed."""
        answer = ask(f"{demo.page}/{path.name}")
        types = {".html": "text/html", ".js": "text/javascript", ".css": "text/css"}
        types |= {".map": "application/json", ".svg": "image/svg+xml"}
        wanted = types[path.suffix]
        assert answer.headers["Content-Type"].partition(";")[0] == wanted
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.body == path.read_bytes()

    @pytest.mark.parametrize("path", ["../page.py", "%2e%2e/page.py", "nothing.js", "page.js"])
    def test_there_is_nothing_else(self, demo: Demo, path: str) -> None:
        """Only the files of the client."""
        assert ask(f"{demo.page}/{path}").status in {403, 404}

    def test_the_server_serves_the_page_after_a_click(self, tmp_path: Path) -> None:
        """Nothing is configured: it is a stranger before. No cookie is in the answer."""
        with running(tmp_path / "tmp") as demo:
            assert page_asks(demo, demo.token).status == 403
            answer = page_asks(demo, connect(demo, ask(demo.link)))
            demo.stop()
        assert answer.status == 200
        assert {entry["name"] for entry in answer.json["content"]} == {
            "README.txt",
            "Welcome.ipynb",
        }
        assert answer.headers["Access-Control-Allow-Origin"] == demo.page
        assert "Set-Cookie" not in answer.headers

    def test_the_server_serves_nobody_else(self, demo: Demo) -> None:
        """Neither another origin with the token, nor the page without it."""
        token = connect(demo, ask(demo.link))
        port = urlsplit(demo.page).port
        for origin in ("https://www.example.com", f"http://127.0.0.1:{port}", "http://localhost"):
            refused = page_asks(demo, token, origin)
            assert refused.status == 403
            assert "Access-Control-Allow-Origin" not in refused.headers
        anonymous = ask(f"{demo.server}api/contents", {"Origin": demo.page})
        assert anonymous.status == 401
        assert anonymous.json["error"] == "missing_token"

    def test_code_runs_over_the_token_subprotocol(self, demo: Demo) -> None:
        """The whole way: a session for the sample notebook, a socket, output."""
        token = connect(demo, ask(demo.link))
        offer = [TOKEN_PROTOCOL, f"{TOKEN_PROTOCOL}.{token}"]
        ran = run_code(demo, "print(6 * 7)", {"Origin": demo.page}, offer)
        assert asyncio.run(ran) == "42\n"


def page_asks(demo: Demo, token: str, origin: str = "") -> Answer:
    """Send a request to the Jupyter server, as the client's fetch does."""
    headers = {"Authorization": f"Bearer {token}", "Origin": origin or demo.page}
    return ask(f"{demo.server}api/contents", headers)


class TestLinks:
    def test_the_printed_link_logs_in(self, demo: Demo) -> None:
        """Its token goes no further; later the cookie will do, and without it one has to log in."""
        answer = ask(demo.link)
        assert answer.status == 302
        assert demo.token not in answer.headers["Location"]
        assert answer.headers["Cache-Control"] == "no-store"
        link = demo.link.partition("?")[0]
        assert ask(link, {"Cookie": cookies_of(answer)}).headers["Location"] == demo.client
        assert "/login?next=" in ask(link).headers["Location"]
        assert "/login?next=" in ask(f"{link}?token=wrong").headers["Location"]

    def test_a_ticket_cannot_be_guessed(self, demo: Demo) -> None:
        """Any other one is no more than the link without a token."""
        for guess in ("guess", "None", "-"):
            answer = ask(f"{demo.server}escherpad-demo/open/{guess}")
            assert answer.headers["Location"] == "/escherpad-demo"
            assert "Set-Cookie" not in answer.headers


def directives(policy: str) -> dict[str, set[str]]:
    parts = (directive.split() for directive in policy.split(";"))
    return {name: set(values) for name, *values in parts}


async def run_code(
    demo: Demo,
    code: str,
    headers: dict[str, str] | None = None,
    offer: list[str] | None = None,
) -> str:
    """Run code in the sample notebook's kernel; return the first thing it prints.

    Over a socket with these headers and protocols, or as a script of the server's owner.
    """
    script = {"Authorization": f"token {demo.token}"}
    async with kernel_socket(demo, headers or script, offer) as socket_:
        assert socket_.selected_subprotocol == (offer and TOKEN_PROTOCOL)
        await socket_.write_message(execute_request(code))
        while True:
            text = await asyncio.wait_for(socket_.read_message(), SECONDS)
            assert text is not None
            message = json.loads(text)
            if message["header"]["msg_type"] == "stream":
                printed: str = message["content"]["text"]
                return printed


@contextlib.asynccontextmanager
async def kernel_socket(demo: Demo, headers: dict[str, str], offer: list[str] | None) -> Any:
    kernel = demo.ask(
        "api/sessions",
        body={
            "path": "Welcome.ipynb",
            "name": "Welcome.ipynb",
            "type": "notebook",
            "kernel": {"name": "python3"},
        },
    ).json["kernel"]["id"]
    url = f"{demo.server}api/kernels/{kernel}/channels".replace("http", "ws", 1)
    request = HTTPRequest(url, headers=headers)
    connection: WebSocketClientConnection = await websocket_connect(request, subprotocols=offer)
    try:
        yield connection
    finally:
        connection.close()
        while await asyncio.wait_for(connection.read_message(), SECONDS) is not None:
            pass


def execute_request(code: str) -> str:
    header = {
        "msg_id": uuid.uuid4().hex,
        "msg_type": "execute_request",
        "session": "test",
        "username": "",
        "date": "2026-01-01T00:00:00Z",
        "version": "5.3",
    }
    content = {
        "code": code,
        "silent": False,
        "store_history": False,
        "user_expressions": {},
        "allow_stdin": False,
    }
    message = {"channel": "shell", "header": header, "parent_header": {}, "metadata": {}}
    return json.dumps({**message, "content": content, "buffers": []})


class TestCtrlC:
    def test_stops_everything_without_asking(self, tmp_path: Path) -> None:
        """Server, client and a kernel that is busy; exit status 0; nothing is left behind."""
        with running(tmp_path / "tmp") as demo:
            busy = "print('busy', flush=True)\nwhile True: pass"
            assert asyncio.run(run_code(demo, busy)) == "busy\n"
            addresses = demo.page, demo.server
            children = psutil.Process(demo.process.pid).children(recursive=True)
            assert children
            said = demo.stop()
            assert demo.process.returncode == 0
        assert "Stopped." in said
        assert "Traceback" not in said
        assert psutil.wait_procs(children, timeout=10)[1] == []
        assert list(demo.temporary.iterdir()) == []
        for address in addresses:
            with pytest.raises(ConnectionRefusedError):
                socket.create_connection((urlsplit(address).hostname, urlsplit(address).port))

    @pytest.mark.skipif(WINDOWS, reason="there is no SIGTERM to be sent")
    @pytest.mark.parametrize("number", [15, 1])
    def test_other_ends_are_as_clean(self, tmp_path: Path, number: int) -> None:
        """SIGTERM from a service manager, SIGHUP from a terminal that is closed."""
        with running(tmp_path / "tmp") as demo:
            demo.stop(number)
            assert demo.process.returncode == 0
        assert list(demo.temporary.iterdir()) == []

    @pytest.mark.skipif(WINDOWS, reason="Jupyter asks on POSIX only")
    def test_in_a_terminal_asks_nothing(self, tmp_path: Path) -> None:
        """On a terminal Jupyter would say "Shut down this Jupyter server (y/[n])?"."""
        import pty

        terminal, stdin = pty.openpty()
        (tmp_path / "tmp").mkdir()
        with subprocess.Popen(
            [*DEMO, "--no-browser"],
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=environment(tmp_path / "tmp"),
        ) as process:
            try:
                assert process.stdout is not None
                while "Press Ctrl-C" not in process.stdout.readline():
                    assert process.poll() is None
                process.send_signal(signal.SIGINT)
                said = process.communicate(timeout=SECONDS)[0]
            finally:
                process.kill()
        os.close(terminal)
        os.close(stdin)
        assert process.returncode == 0
        assert "Shut down" not in said


class TestHermetic:
    def test_no_configuration_of_the_user_counts_or_changes(self, tmp_path: Path) -> None:
        """A password, other origins, other extensions, a broken file: none of it matters."""
        config, data = tmp_path / "config", tmp_path / "data"
        for folder in (config, data):
            folder.mkdir()
        hostile = {
            "ServerApp": {"allow_origin": "*", "port": 1, "jpserver_extensions": {"nothing": True}},
            "PasswordIdentityProvider": {"hashed_password": "sha1:x:y"},
            "EscherpadExt": {"allowed_origins": ["*"], "allow_credentials": True},
        }
        for stem in ("jupyter_config", "jupyter_server_config", "jupyter_escherpad_ext_config"):
            (config / f"{stem}.json").write_text(json.dumps(hostile))
        (config / "jupyter_server_config.py").write_text("raise SystemExit('it was read')")
        (config / "serverconfig").mkdir()
        (config / "serverconfig" / "notebook.json").write_text('{"read": true}')
        before = sorted(path.name for path in config.iterdir())
        env = environment(
            tmp_path / "tmp",
            JUPYTER_CONFIG_DIR=str(config),
            JUPYTER_DATA_DIR=str(data),
            JUPYTER_RUNTIME_DIR=str(tmp_path / "runtime"),
            JUPYTER_TOKEN="another",
        )
        with running(tmp_path / "tmp", env=env) as demo:
            assert page_asks(demo, demo.token, "https://www.example.com").status == 403
            notebook = demo.ask("api/contents/Welcome.ipynb")
            assert notebook.status == 200
            assert demo.ask("api/config/notebook").json == {}
            assert asyncio.run(run_code(demo, "import os; print(os.environ['JUPYTER_CONFIG_DIR'])"))
            demo.stop()
        assert sorted(path.name for path in config.iterdir()) == before
        assert list(data.iterdir()) == []
        assert not (tmp_path / "runtime").exists()

    def test_kernels_see_the_users_configuration(self, tmp_path: Path) -> None:
        """What hides the configuration from the server is not passed on to kernels."""
        with running(tmp_path / "tmp") as demo:
            code = "import os; print('JUPYTER_NO_CONFIG' in os.environ)"
            assert asyncio.run(run_code(demo, code)) == "False\n"
            demo.stop()


class TestOptions:
    def test_root_is_served_and_left_alone(self, tmp_path: Path) -> None:
        """No sample goes into somebody's own folder, and nothing is removed from it."""
        root = tmp_path / "my files"
        root.mkdir()
        (root / "mine.txt").write_text("mine")
        with running(tmp_path / "tmp", "--root", str(root)) as demo:
            names = [entry["name"] for entry in demo.ask("api/contents").json["content"]]
            demo.stop()
        assert names == ["mine.txt"]
        assert [path.name for path in root.iterdir()] == ["mine.txt"]

    def test_port_is_the_servers(self, tmp_path: Path) -> None:
        """The page takes another one."""
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        with running(tmp_path / "tmp", "--port", str(port)) as demo:
            assert urlsplit(demo.server).port == port
            demo.stop()

    def test_port_in_use_is_one_sentence(self, tmp_path: Path) -> None:
        """Exit status 1, and what to do."""
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = str(taken.getsockname()[1])
            done = subprocess.run(
                [*DEMO, "--no-browser", "--port", port],
                capture_output=True,
                text=True,
                env=environment(tmp_path),
                timeout=SECONDS,
                check=False,
            )
        assert done.returncode == 1
        assert done.stdout == ""
        assert done.stderr.startswith(f"jupyter escherpad demo: port {port} is in use")
        assert "--port" in done.stderr
        assert len(done.stderr.splitlines()) == 1
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            (["--root", "no-such-folder"], "'no-such-folder' is not a folder"),
            (["--port", "http"], "'http' is not a port"),
            (["--port", "65536"], "'65536' is not a port"),
            (["--port", "0"], "'0' is not a port"),
        ],
    )
    def test_misuse(
        self, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
    ) -> None:
        """Exit status 2, and what to write."""
        with pytest.raises(SystemExit) as stopped:
            main(["demo", *arguments])
        assert stopped.value.code == 2
        assert said in capsys.readouterr().err

    def test_without_a_python_kernel(self, tmp_path: Path) -> None:
        """Where none can be installed it starts, shows files, and says what to install."""
        env = environment(
            tmp_path, JUPYTER_DATA_DIR=str(tmp_path), IPYTHONDIR=str(tmp_path), PIP_NO_INDEX="1"
        )
        with running(tmp_path, env=env, command=[sys.executable, "-c", WITHOUT_KERNELS]) as demo:
            assert demo.ask("api/kernelspecs").json["kernelspecs"] == {}
            assert "Welcome.ipynb" in {
                file["name"] for file in demo.ask("api/contents").json["content"]
            }
            said = demo.stop()
        assert demo.process.returncode == 0
        assert 'pip install "escherpad-ext[demo]"' in said
        assert "Traceback" not in said

    @pytest.mark.skipif(WINDOWS, reason="BROWSER is a command line with POSIX quoting")
    def test_the_browser_is_started_without_the_token(self, tmp_path: Path) -> None:
        """Command lines are public on a machine: it gets a link that works once."""
        seen = tmp_path / "seen"
        os.mkfifo(seen)
        script = tmp_path / "browser.py"
        script.write_text("import sys; open(sys.argv[1], 'w').write(sys.argv[2])")
        browser = f"{sys.executable} {script} {seen} %s"
        env = environment(tmp_path / "tmp", BROWSER=browser)
        with running(tmp_path / "tmp", env=env) as demo:
            opened = seen.read_text()
            assert demo.token not in opened
            first, second = ask(opened), ask(opened)
            link = demo.link.partition("?")[0]
            for answer in (first, second):
                assert urljoin(opened, answer.headers["Location"]) == link
            assert ask(link, {"Cookie": cookies_of(first)}).headers["Location"] == demo.client
            assert connect(demo, first)
            assert not cookies_of(second)
            demo.stop()

    @pytest.mark.slow
    def test_a_kernel_is_borrowed(self, tmp_path: Path) -> None:
        """Where there is none, it is installed for the demo alone, and gone with it."""
        env = environment(tmp_path, JUPYTER_DATA_DIR=str(tmp_path), IPYTHONDIR=str(tmp_path))
        command = [sys.executable, "-c", BORROWED_KERNEL_ONLY]
        with running(tmp_path, env=env, command=command) as demo:
            assert "python3" in demo.ask("api/kernelspecs").json["kernelspecs"]
            said = demo.stop()
        assert demo.process.returncode == 0
        assert "for this demo only" in said
        assert not list(tmp_path.rglob("ipykernel"))


WITHOUT_KERNELS = """\
import sys
from jupyter_core import paths
paths.ENV_JUPYTER_PATH[:] = paths.SYSTEM_JUPYTER_PATH[:] = []
sys.modules["ipykernel"] = sys.modules["ipykernel.kernelspec"] = None
from escherpad_ext.cli import main
sys.exit(main(["demo", *sys.argv[1:]]))
"""

# As if the environment had no ipykernel: one in the demo's temporary folder is found.
BORROWED_KERNEL_ONLY = """\
import sys
from importlib.machinery import PathFinder
from jupyter_core import paths
paths.ENV_JUPYTER_PATH[:] = paths.SYSTEM_JUPYTER_PATH[:] = []
class Hide:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name != "ipykernel":
            return None
        borrowed = [folder for folder in sys.path if "escherpad-demo-" in folder]
        found = PathFinder.find_spec(name, borrowed)
        if found is None:
            raise ModuleNotFoundError(name)
        return found
sys.meta_path.insert(0, Hide)
from escherpad_ext.cli import main
sys.exit(main(["demo", *sys.argv[1:]]))
"""


class TestSamples:
    def test_notebook_is_clean_and_needs_ipykernel_only(self) -> None:
        """It is valid, has no output, and imports nothing that a bare kernel does not have."""
        notebook = nbformat.read(PACKAGE / "samples" / "Welcome.ipynb", as_version=4)
        nbformat.validate(notebook)
        code = [cell for cell in notebook.cells if cell.cell_type == "code"]
        assert all(not cell.outputs and cell.execution_count is None for cell in code)
        imported = {name for cell in code for name in imports(cell.source)}
        assert imported - sys.stdlib_module_names == {"IPython"}

    def test_client_is_complete_in_itself(self) -> None:
        """Every import and script is a file that is served: no build step, no other host."""
        served = {f"./{path.name}" for path in FILES}
        for module in CLIENT.glob("*.js"):
            text = module.read_text(encoding="utf-8")
            assert served.issuperset(re.findall(r'^import\b[^"]*"([^"]+)";', text, re.MULTILINE))
            assert served.issuperset(f"./{name}" for name in re.findall(r'src: "([^"]+)"', text))
        page = (CLIENT / "index.html").read_text(encoding="utf-8")
        for target in re.findall(r'(?:src|href)="([^"#]+)"', page):
            assert (CLIENT / target).is_file()
        assert not re.search(r"<script(?![^>]*\bsrc=)", page)
        assert not re.search(r"\son\w+=|\sstyle=", page)


def imports(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield (node.module or "").partition(".")[0]
