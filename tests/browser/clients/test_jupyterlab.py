"""docs/clients/jupyterlab.md: JupyterLab's own front end, served from another origin."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

import pytest
from support.browser.browsers import Browser, drive
from support.browser.recipe_sites import LAB_ORIGIN, World
from support.browser.sites import VISIT, visit
from support.recipes import Recipe

pytestmark = pytest.mark.timeout(240)

RECIPE = Recipe.of("clients/jupyterlab.md")
START_SECONDS = 40


@pytest.fixture(scope="module")
def lab(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve JupyterLab as its page says; return its address."""
    site = world.sites["jupyterlab"]
    origin = world.origins["jupyterlab"]
    address = {"http://localhost:8888": world.server.url.rstrip("/")}
    index, start = RECIPE.file("index.html", address), RECIPE.file("start.js", {})
    site.put("index.html", index)
    site.put("start.js", start)
    site.put("url.html", index.replace("start.js", "url.js"))
    site.put("url.js", with_token_in_urls(start))
    site.put("serve_lab.py", RECIPE.file("serve_lab.py", {"8000": origin.rpartition(":")[2]}))
    site.put_connect_js(RECIPE)
    pip, serve = (line for line in RECIPE.commands if not line.startswith("jupyter escherpad"))
    for package in shlex.split(pip)[2:]:
        assert distribution(package)
    python, *arguments = shlex.split(serve)
    assert python == "python"
    with (tmp_path_factory.mktemp("lab") / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, *arguments], cwd=site.folder, stdout=log, stderr=log
        )
    try:
        wait_for(f"{origin}/index.html", process)
        yield origin
    finally:
        process.terminate()
        process.wait(START_SECONDS)


def with_token_in_urls(start: str) -> str:
    """Do what the page says of ``appendToken``."""
    words = " ".join(RECIPE.text.split())
    assert "URLs of its WebSockets, and you don't need the function `offerTokenOnSockets`" in words
    assert '`appendToken: "true"`' in words
    changed = start.replace('appendToken: "false"', 'appendToken: "true"')
    return changed.replace("  offerTokenOnSockets(server, token);\n", "")


def wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + START_SECONDS
    while True:
        try:
            urllib.request.urlopen(url, timeout=5).close()
        except OSError:
            assert process.poll() is None, "serve_lab.py has ended"
            assert time.monotonic() < end, "serve_lab.py does not answer"
            time.sleep(0.1)
        else:
            return


def test_jupyterlab_works_from_another_origin(
    world: World, lab: str, node: str, chrome: Browser, tmp_path: Path
) -> None:
    """A notebook is run and saved and a terminal opened, with a token that somebody pastes.

    By connect.js, too, and after a reload; and with the token in the URLs of WebSockets, where
    the page says so. Nowhere else is it in a URL, no log has it, and no cookie is left. Another
    origin is told why it may not.
    """
    assert lab != LAB_ORIGIN
    other = lab.replace("localhost", "127.0.0.1")
    notebook = world.server.root / "lab.ipynb"
    notebook.write_text(json.dumps(NOTEBOOK))
    run = drive(
        node,
        chrome,
        tmp_path / "profile",
        [
            visit(
                "pasted",
                f"{lab}/",
                *paste(world.tokens["jupyterlab"]),
                {"click": ".jp-LauncherCard", "text": "Terminal"},
                {"wait": ".jp-Terminal .xterm-screen"},
                *run_notebook(notebook.name),
                {"wait": ".lm-DockPanel-tabBar .jp-mod-dirty", "text": notebook.name},
                {"press": "Control+s"},
                {"gone": ".lm-DockPanel-tabBar .jp-mod-dirty"},
                {"until": f"location.href === '{lab}/lab/tree/{notebook.name}'"},
                {"cookies": []},
                {"reload": True},
                {"wait": ".jp-OutputArea-output", "text": "42"},
                closes=True,
            ),
            visit(
                "connected",
                f"{other}/",
                *paste(world.server.token),
                {"wait": "#message", "text": "The server does not allow this origin."},
                {"type": "[name=token]", "text": ""},
                {"cookies": []},
                {"connect": "button", "secret": world.server.token},
                {"wait": ".jp-DirListing-item", "text": notebook.name},
                {"go": f"{other}/lab/tree/{notebook.name}"},
                {"wait": ".jp-OutputArea-output", "text": "42"},
                {"until": f"location.href === '{other}/lab/tree/{notebook.name}'"},
                {"gone": ".jp-Dialog"},
                closes=True,
            ),
            visit(
                "token in URLs",
                f"{lab}/url.html",
                *paste(world.tokens["jupyterlab"]),
                *run_notebook(notebook.name),
            ),
        ],
        program=VISIT,
        seconds=200,
    )
    run.check()
    saved = json.loads(notebook.read_text())
    assert "".join(saved["cells"][0]["outputs"][0]["text"]) == "42\n"
    assert re.search(r" 101 GET /terminals/websocket/\w+ \(grant-", world.server.log())
    before = run.urls.index(f"{lab}/url.html")
    assert world.leaks(*run.urls[:before], *run.console) == []
    with_token = world.leaks(*run.urls[before:])
    assert with_token
    assert all(re.match(r"ws://.*[?&]token=", url) for url in with_token)


@pytest.mark.parametrize(("whose", "status"), [("given", 403), ("owner", 204)])
def test_settings_are_changed_with_the_servers_own_token_only(
    whose: str, status: int, world: World
) -> None:
    """As the page says, though both tokens read them."""
    token = {"given": world.tokens["jupyterlab"], "owner": world.server.token}[whose]
    path = "lab/api/settings/@jupyterlab/apputils-extension:themes"
    assert ask(world, token, "GET", path) == 200
    assert ask(world, token, "PUT", path) == status


def ask(world: World, token: str, method: str, path: str) -> int:
    """Return the status of an answer to JupyterLab's page."""
    request = urllib.request.Request(
        world.server.url + path,
        method=method,
        data=json.dumps({"raw": "{}"}).encode() if method == "PUT" else None,
        headers={"Origin": world.origins["jupyterlab"], "Authorization": f"token {token}"},
    )
    try:
        with urllib.request.urlopen(request, timeout=30) as response:
            return int(response.status)
    except urllib.error.HTTPError as error:
        error.close()
        return error.code


def paste(token: str) -> list[dict[str, Any]]:
    return [{"type": "[name=token]", "text": token}, {"click": "button"}]


def run_notebook(name: str) -> list[dict[str, Any]]:
    """Open a notebook and run its first cell, as people do."""
    return [
        {"click": ".jp-DirListing-item", "text": name},
        {"press": "Enter"},
        {"wait": ".jp-Notebook .jp-Cell", "text": "6 * 7"},
        {"wait": "#jp-bottom-panel span", "text": "| Idle"},
        {"click": ".jp-Notebook .jp-Cell .cm-content"},
        {"press": "Control+Enter"},
        {"wait": ".jp-OutputArea-output", "text": "42"},
    ]


NOTEBOOK = {
    "cells": [
        {
            "cell_type": "code",
            "execution_count": None,
            "id": "first",
            "metadata": {},
            "outputs": [],
            "source": "print(6 * 7)",
        }
    ],
    "metadata": {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}
    },
    "nbformat": 4,
    "nbformat_minor": 5,
}
