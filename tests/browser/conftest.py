"""What every browser test needs: a browser, Node, certificates, pages, a server.

Run ``npm install`` in this folder once. What is missing skips the tests, and says what to install;
with ``ESCHERPAD_REQUIRE_BROWSER=1`` it fails them. ``CHROMIUM`` and ``FIREFOX`` name browsers that
are not on the PATH.
"""

from __future__ import annotations

import ssl
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache, partial
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, TypeVar

import pytest
import trustme
from support.browser.browsers import (
    ENGINES,
    NODE_FOLDER,
    Browser,
    NotInstalledError,
    Run,
    bundle,
    drive,
    find_browser,
    find_node,
)
from support.browser.page_server import PageServer
from support.jupyter_process import JupyterProcess, put_sample_files
from support.requirements import missing

T = TypeVar("T")


@pytest.fixture(scope="session", params=ENGINES)
def browser(request: pytest.FixtureRequest) -> Browser:
    """Return each browser in turn."""
    return _installed(partial(find_browser, request.param))


@pytest.fixture(scope="session")
def chrome() -> Browser:
    """Return Chromium, for what is driven by its own means, or needs no other."""
    return _installed(partial(find_browser, "chrome"))


@pytest.fixture(scope="session")
def firefox() -> Browser:
    """Return Firefox, for what is its own."""
    return _installed(partial(find_browser, "firefox"))


@pytest.fixture(scope="session")
def node() -> str:
    """Return Node, ready to drive browsers."""
    return _installed(find_node)


@pytest.fixture(scope="session")
def tls() -> ssl.SSLContext:
    """Return a certificate for the https pages, which no browser has a reason to trust."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("app.localhost", "localhost").configure_cert(context)
    return context


@pytest.fixture(scope="session")
def script(node: str, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], bytes]:
    """Return a function: the name of a file in page/ → the script it bundles to."""
    folder = tmp_path_factory.mktemp("bundles")
    return cache(lambda entry: bundle(node, entry, folder))


@pytest.fixture(scope="session")
def labextensions(node: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of JupyterLab's extensions with this project's, bundled for the tests."""
    folder = tmp_path_factory.mktemp("labextensions")
    command = [node, str(NODE_FOLDER / "lab_bundle.mjs"), str(folder)]
    subprocess.run(command, check=True, cwd=NODE_FOLDER, timeout=60)
    return folder


@pytest.fixture
def serve_page(script: Callable[[str], bytes]) -> Iterator[Callable[..., PageServer]]:
    """Return a function that serves a page on an origin of its own until the test ends."""
    with ExitStack() as stack:

        def serve(entry: str, host: str, tls: ssl.SSLContext | None = None) -> PageServer:
            return stack.enter_context(PageServer(script(entry), host, tls))

        yield serve


@pytest.fixture
def start_server(tmp_path: Path) -> Iterator[Callable[..., JupyterProcess]]:
    """Return a function that starts a server with the given config until the test ends.

    Other people's extensions run only if the config switches them on.
    """
    with ExitStack() as stack:

        def start(
            config: dict[str, Any], *, extension: bool = True, name: str = "jupyter"
        ) -> JupyterProcess:
            folder = tmp_path / name
            server = JupyterProcess(folder, config, extension=extension, others=False)
            put_sample_files(server.root)
            return stack.enter_context(server)

        yield start


@pytest.fixture
def run_browser(node: str, browser: Browser, tmp_path: Path) -> Callable[..., Run]:
    """Return a function that launches the browser and lets it do some acts (see run.mjs)."""
    return lambda *acts, **options: drive(
        node, browser, Path(mkdtemp(dir=tmp_path)), list(acts), **options
    )


def _installed(find: Callable[[], T]) -> T:
    try:
        return find()
    except NotInstalledError as error:
        missing(str(error))
