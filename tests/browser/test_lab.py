"""What JupyterLab and Notebook show with the extension of labextension/.

By default it is bundled as it is, in a second. With ESCHERPAD_FULL=1, its wheel is built, too. That
takes minutes, because it needs the packages of JupyterLab.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from support.browser.browsers import FULL, ONE_ENGINE, Run
from support.browser.page_server import PageServer
from support.checkout import copy_checkout
from support.doc_pages import ROOT
from support.jupyter_process import JupyterProcess
from support.other_extensions import LAB_ALONE

from escherpad_ext.grants import GrantRequest, Issuer, data_folder, owner_name
from escherpad_ext.policy.scopes import expand

pytestmark = pytest.mark.timeout(300)

#: A name that somebody else chose, and what is shown of it.
NAME = "<b>bold</b> " + "y" * 80
SHOWN = "A script \u2068<b>bold</b> " + "y" * 48 + "\u2026\u2069"
#: Where the mark is, and what a site tries there. A refusal is told once a minute.
PLACES = [
    {"place": "lab", "tries": "api/kernels", "says": "tried something that you did not allow"},
    {"place": "tree", "tries": "api/shutdown", "says": "tried something that only you may do"},
]
LAB = {"jupyterlab": True, "notebook": True}
#: What they say in another language.
GERMAN = {
    "locale": "de_DE",
    "mark": "1 App verbunden",
    "section": "Verbundene Apps",
    "access": "Dateien und Laufendes sehen",
}


@pytest.fixture(autouse=True)
def german_pack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have each server know of German, as with ``jupyterlab-language-pack-de-DE``."""
    folder = tmp_path / "german"
    declare(folder, "german_pack", "jupyterlab.languagepack", "de_DE")
    (folder / "german_pack.py").touch()
    monkeypatch.setenv("PYTHONPATH", str(folder), prepend=os.pathsep)


@pytest.fixture
def translations(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have each server know the translations of the checkout, as if it was installed."""
    folder = tmp_path / "translations"
    declare(folder, "escherpad_ext_lab", "jupyterlab.locale", "escherpad_ext_lab")
    for place in (folder, ROOT / "labextension"):
        monkeypatch.setenv("PYTHONPATH", str(place), prepend=os.pathsep)


@pytest.mark.usefixtures("translations")
@pytest.mark.parametrize("browser", ONE_ENGINE, indirect=True)
def test_the_mark_follows_the_owner(
    labextensions: Path,
    serve_page: Callable[..., PageServer],
    start_server: Callable[..., JupyterProcess],
    run_browser: Callable[..., Run],
) -> None:
    """It comes with *Allow* in another tab and goes with *Disconnect*; a name is never markup.

    axe-core finds nothing in what is added to JupyterLab, which speaks German if asked to.
    """
    check_mark(labextensions, serve_page("connect.js", "localhost"), start_server, run_browser)


@pytest.mark.parametrize("browser", ONE_ENGINE, indirect=True)
def test_it_works_below_a_base_url(
    labextensions: Path,
    serve_page: Callable[..., PageServer],
    start_server: Callable[..., JupyterProcess],
    run_browser: Callable[..., Run],
) -> None:
    """The mark, the notification with its *Details* and *Disconnect*, and the events."""
    config = config_with(labextensions)
    config["ServerApp"]["base_url"] = "/some/path/"
    server = start_server(config)
    give_script_a_token(server)
    site = serve_page("connect.js", "localhost").origin
    run_browser(act("labMark", server, site=site, **PLACES[0]), program="connect.mjs").check()


@pytest.mark.parametrize("browser", ONE_ENGINE, indirect=True)
def test_without_apps_there_is_no_mark(
    labextensions: Path,
    serve_page: Callable[..., PageServer],
    start_server: Callable[..., JupyterProcess],
    run_browser: Callable[..., Run],
) -> None:
    """From the beginning, whatever the status bar shows by itself; with one, however narrow."""
    server = start_server(config_with(labextensions))
    site = serve_page("connect.js", "localhost").origin
    run_browser(act("labNone", server, site=site), program="connect.mjs").check()


@pytest.mark.parametrize("browser", ONE_ENGINE, indirect=True)
def test_without_the_server_extension_there_is_nothing(
    labextensions: Path,
    start_server: Callable[..., JupyterProcess],
    run_browser: Callable[..., Run],
) -> None:
    """No mark, no message, and JupyterLab works. It is installed, and switched off."""
    server = start_server(config_with(labextensions), extension=False)
    run_browser(act("labAlone", server), program="connect.mjs").check()


@pytest.mark.parametrize("browser", ONE_ENGINE, indirect=True)
def test_an_early_server_extension_is_enough(
    labextensions: Path,
    start_server: Callable[..., JupyterProcess],
    run_browser: Callable[..., Run],
) -> None:
    """One that tells who is connected and no more, on a server without events."""
    config = config_with(labextensions)
    config["ServerApp"]["jpserver_extensions"] = {**LAB, "early_apps": True}
    server = start_server(config, extension=False)
    run_browser(act("labEarly", server), program="connect.mjs").check()


@pytest.mark.slow
@pytest.mark.skipif(not FULL, reason="ESCHERPAD_FULL=1 builds the wheel.")
@pytest.mark.parametrize("browser", ["chrome"], indirect=True)
@pytest.mark.timeout(1200)
def test_the_wheel(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    serve_page: Callable[..., PageServer],
    start_server: Callable[..., JupyterProcess],
    run_browser: Callable[..., Run],
) -> None:
    """As ``pip install ./labextension`` builds it: JupyterLab lists it, and the mark is there."""
    share = build_wheel(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "wheel"), prepend=os.pathsep)
    environment = {**os.environ, "JUPYTER_PATH": str(share)}
    listed = subprocess.run(
        [sys.executable, "-m", "jupyterlab.labextensions", "list"],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    (line,) = [each for each in listed.stderr.splitlines() if "escherpad-ext-lab" in each]
    assert "enabled" in line
    assert "OK" in line
    site = serve_page("connect.js", "localhost")
    check_mark(share / "labextensions", site, start_server, run_browser)


def check_mark(folder: Path, site: PageServer, start_server: Any, run_browser: Any) -> None:
    server = start_server(config_with(folder))
    give_script_a_token(server)
    places = PLACES if FULL else PLACES[:1]
    acts = [act("labMark", server, site=site.origin, **place) for place in places]
    german = act("labSpeaks", server, **GERMAN)
    last = act("labPlaces", server, called=SHOWN)
    kernels = act("labKernels", server, site=site.origin, place="lab/tree")
    places = ("lab/tree", "notebooks") if FULL else ("lab/tree",)
    used = [act("labUses", server, site=site.origin, place=place) for place in places]
    run = run_browser(*acts, *used, kernels, german, last, program="connect.mjs", seconds=240)
    run.check()
    print(*filter(None, (step.detail for step in run.steps)), sep="\n")  # for who runs pytest -s


def declare(folder: Path, package: str, group: str, name: str) -> None:
    """Declare an entry point, whose module has the name of the package, as an installation does."""
    information = folder / f"{package}-1.dist-info"
    information.mkdir(parents=True)
    (information / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1\n")
    (information / "entry_points.txt").write_text(f"[{group}]\n{name} = {package}\n")


def act(name: str, server: JupyterProcess, **more: str) -> dict[str, str]:
    """Return something that a person does with JupyterLab; `site` says who is connected."""
    url = server.url.rstrip("/")
    return {"act": name, "site": server.url, "server": url, "secret": server.token, **more}


def config_with(folder: Path) -> dict[str, Any]:
    """Return the configuration of a server whose JupyterLab has the extensions of a folder."""
    return {
        **LAB_ALONE,
        "LabServerApp": {"labextensions_path": [str(folder)]},
        "JupyterNotebookApp": {"labextensions_path": [str(folder)]},
        "ServerApp": {"jpserver_extensions": LAB},
    }


def give_script_a_token(server: JupyterProcess) -> None:
    """Do what ``jupyter escherpad token create`` does."""
    now = int(time.time())
    request = GrantRequest(
        origin="none",
        scopes=expand("view"),
        owner=owner_name(),
        created=now,
        expires=now + 3600,
        name=NAME,
    )
    with closing(Issuer(data_folder(str(server.folder / "data")))) as issuer:
        issuer.issue(request)


def build_wheel(folder: Path) -> Path:
    """Build the wheel from what git knows; return its `share/jupyter`."""
    source = folder / "source"
    copy_checkout(source, part="labextension")
    pip = [sys.executable, "-m", "pip", "wheel", "--no-deps", "-q", "-w", str(folder), str(source)]
    subprocess.run(pip, check=True, timeout=900)
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as packed:
        packed.extractall(folder / "wheel")
    (share,) = (folder / "wheel").glob("*.data/data/share/jupyter")
    return share
