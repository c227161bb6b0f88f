"""``jupyter escherpad demo`` as a process of its own, spoken to as its client would."""

from __future__ import annotations

import ast
import asyncio
import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import parse_qs, urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

import nbformat
import psutil
import pytest
from tornado.httpclient import HTTPRequest
from tornado.websocket import WebSocketClientConnection, websocket_connect

import escherpad_ext.demo
from escherpad_ext.cli import main

WINDOWS = sys.platform == "win32"
CTRL_C = signal.CTRL_BREAK_EVENT if sys.platform == "win32" else signal.SIGINT
DEMO = [sys.executable, "-m", "escherpad_ext.cli", "demo"]
TOKEN_PROTOCOL = "v1.token.websocket.jupyter.org"
PACKAGE = Path(escherpad_ext.demo.__file__).parent
CLIENT = PACKAGE / "client"
SECONDS = 60


@dataclass
class Demo:
    """A running demo, and what its link says."""

    process: subprocess.Popen[str]
    link: str
    temporary: Path

    @property
    def page(self) -> str:
        parts = urlsplit(self.link)
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def fragment(self) -> dict[str, str]:
        fields = parse_qs(urlsplit(self.link).fragment, strict_parsing=True)
        return {name: values[0] for name, values in fields.items()}

    @property
    def server(self) -> str:
        return self.fragment["server"]

    def ask(self, path: str, *, origin: str | None = None, **options: Any) -> Answer:
        """Send a request to the Jupyter server, as the page's fetch would."""
        headers = {"Authorization": f"token {self.fragment['token']}"}
        return ask(self.server + path, {**headers, "Origin": origin or self.page}, **options)

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


def ask(url: str, headers: dict[str, str] | None = None, body: Any = None) -> Answer:
    """Return the answer, whatever its status."""
    data = None if body is None else json.dumps(body).encode()
    opener = build_opener(NoRedirect)
    try:
        with opener.open(Request(url, data, headers or {}), timeout=SECONDS) as response:
            return Answer(response.status, response.headers, response.read())
    except HTTPError as error:
        with error:
            return Answer(error.code, error.headers, error.read())


def environment(temporary: Path, **more: str) -> dict[str, str]:
    """Return an environment in which the demo's temporary files go to that folder."""
    folders = dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(temporary))
    return {**os.environ, **folders, "PYTHONIOENCODING": "utf-8", **more}


@contextmanager
def running(temporary: Path, *arguments: str, env: dict[str, str] | None = None) -> Iterator[Demo]:
    """Start the demo and wait for its link; it is gone afterwards, whatever happened."""
    temporary.mkdir(exist_ok=True)
    command = [*DEMO, *(() if env and "BROWSER" in env else ("--no-browser",)), *arguments]
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
        """Both on loopback; what the page must know is in the fragment and nowhere else."""
        assert re.fullmatch(r"http://localhost:\d+", demo.page)
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+/", demo.server)
        assert urlsplit(demo.page).port != urlsplit(demo.server).port
        assert set(demo.fragment) == {"server", "token"}
        assert len(demo.fragment["token"]) >= 43
        assert urlsplit(demo.link)[2:4] == ("/", "")

    def test_the_page_may_talk_to_its_server_only(self, demo: Demo) -> None:
        """Its policy names that server, lets no inline script run and nobody frame it."""
        policy = directives(ask(f"{demo.page}/").headers["Content-Security-Policy"])
        server = demo.server.rstrip("/")
        assert policy["connect-src"] == {server, server.replace("http", "ws")}
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

    @pytest.mark.parametrize("name", sorted(path.name for path in CLIENT.iterdir()))
    def test_every_file_is_served_as_what_it_is(self, demo: Demo, name: str) -> None:
        """Modules do not run with another type, and with `nosniff` nothing else is guessed."""
        answer = ask(f"{demo.page}/{name}")
        types = {".html": "text/html", ".js": "text/javascript", ".css": "text/css"}
        wanted = types.get(Path(name).suffix, "image/svg+xml")
        assert answer.headers["Content-Type"].partition(";")[0] == wanted
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.body == (CLIENT / name).read_bytes()

    @pytest.mark.parametrize("path", ["../page.py", "%2e%2e/page.py", "nothing.js", "open/guess"])
    def test_there_is_nothing_else(self, demo: Demo, path: str) -> None:
        """Only the files of the client."""
        assert ask(f"{demo.page}/{path}").status in {403, 404}

    def test_the_server_serves_the_page(self, demo: Demo) -> None:
        """With the token in the header, and no cookie in the answer."""
        answer = demo.ask("api/contents")
        assert answer.status == 200
        assert {entry["name"] for entry in answer.json["content"]} == {
            "README.txt",
            "Welcome.ipynb",
        }
        assert answer.headers["Access-Control-Allow-Origin"] == demo.page
        assert "Set-Cookie" not in answer.headers

    def test_the_server_serves_nobody_else(self, demo: Demo) -> None:
        """Neither another origin with the token, nor the page without it."""
        port = urlsplit(demo.page).port
        for origin in ("https://www.example.com", f"http://127.0.0.1:{port}", "http://localhost"):
            refused = demo.ask("api/contents", origin=origin)
            assert refused.status == 403
            assert "Access-Control-Allow-Origin" not in refused.headers
        anonymous = ask(f"{demo.server}api/contents", {"Origin": demo.page})
        assert anonymous.status == 401
        assert anonymous.json["error"] == "missing_token"

    def test_code_runs_over_the_token_subprotocol(self, demo: Demo) -> None:
        """The whole way: a session for the sample notebook, a socket, output."""
        assert asyncio.run(run_code(demo, "print(6 * 7)")) == "42\n"


def directives(policy: str) -> dict[str, set[str]]:
    parts = (directive.split() for directive in policy.split(";"))
    return {name: set(values) for name, *values in parts}


async def run_code(demo: Demo, code: str) -> str:
    """Run code in the sample notebook's kernel; return the first thing it prints."""
    async with kernel_socket(demo) as socket_:
        assert socket_.selected_subprotocol == TOKEN_PROTOCOL
        await socket_.write_message(execute_request(code))
        while True:
            text = await asyncio.wait_for(socket_.read_message(), SECONDS)
            assert text is not None
            message = json.loads(text)
            if message["header"]["msg_type"] == "stream":
                printed: str = message["content"]["text"]
                return printed


@contextlib.asynccontextmanager
async def kernel_socket(demo: Demo) -> Any:
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
    protocols = [TOKEN_PROTOCOL, f"{TOKEN_PROTOCOL}.{demo.fragment['token']}"]
    request = HTTPRequest(url, headers={"Origin": demo.page})
    connection: WebSocketClientConnection = await websocket_connect(request, subprotocols=protocols)
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
            children = psutil.Process(demo.process.pid).children(recursive=True)
            assert children
            said = demo.stop()
            assert demo.process.returncode == 0
        assert "Stopped." in said
        assert "Traceback" not in said
        assert psutil.wait_procs(children, timeout=10)[1] == []
        assert list(demo.temporary.iterdir()) == []
        for address in (demo.page, demo.server):
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
            assert demo.ask("api/contents", origin="https://www.example.com").status == 403
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
            (["--port", "http"], "'http' is no port"),
            (["--port", "65536"], "'65536' is no port"),
            (["--port", "0"], "'0' is no port"),
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
        """Exit status 1, and how to get one."""
        done = subprocess.run(
            [sys.executable, "-c", WITHOUT_KERNELS],
            capture_output=True,
            text=True,
            env=environment(tmp_path, JUPYTER_DATA_DIR=str(tmp_path), IPYTHONDIR=str(tmp_path)),
            timeout=SECONDS,
            check=False,
        )
        assert done.returncode == 1
        assert "pip install ipykernel" in done.stderr
        assert "Traceback" not in done.stderr

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
            assert demo.fragment["token"] not in opened
            first, second = ask(opened), ask(opened)
            demo.stop()
        assert (first.status, first.headers["Location"]) == (302, demo.link)
        assert second.status == 404


WITHOUT_KERNELS = """\
import sys
from jupyter_core import paths
paths.ENV_JUPYTER_PATH[:] = paths.SYSTEM_JUPYTER_PATH[:] = []
sys.modules["ipykernel"] = sys.modules["ipykernel.kernelspec"] = None
from escherpad_ext.cli import main
sys.exit(main(["demo", "--no-browser"]))
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
        """Every import is a file next to it: no build step, no library, no other host."""
        for module in CLIENT.glob("*.js"):
            text = module.read_text(encoding="utf-8")
            for target in re.findall(r'^import\b[^"]*"([^"]+)";', text, re.MULTILINE):
                assert (CLIENT / target).is_file()
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
