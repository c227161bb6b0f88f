"""docs/clients/services.md: a page with @jupyterlab/services, in real browsers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from support.browser.browsers import ONE_ENGINE, Browser, drive
from support.browser.recipe_sites import World
from support.browser.sites import NEWEST, VISIT, install, type_command, visit
from support.recipes import Recipe

pytestmark = pytest.mark.timeout(1200 if NEWEST else 240)

RECIPE = Recipe.of("clients/services.md")
# ipykernel loses an interrupt that comes while the cell's own thread still prints.
SLOW = """import threading, time
threading.Timer(0.5, print, ["slow"]).start()
try:
    time.sleep(600)
except KeyboardInterrupt:
    print("inter" + "rupted")"""


@pytest.fixture(scope="session")
def url(node: str, world: World) -> str:
    """Build the site as its page says; return where it is."""
    site = world.sites["services"]
    address = {"http://localhost:8888": world.server.url.rstrip("/")}
    site.put("index.html", RECIPE.file("index.html", address))
    for name in ("app.js", "settings.js"):
        site.put(name, RECIPE.file(name, {}))
    site.put_connect_js(RECIPE)
    npm, npx = (line for line in RECIPE.commands if not line.startswith("jupyter escherpad"))
    install(npm, site.folder)
    type_command(npx, world.server, site.folder)
    return f"{site.origin}/"


@pytest.mark.parametrize("browser", ONE_ENGINE, indirect=True)
def test_a_page_works_on_a_notebook(
    url: str, world: World, node: str, browser: Browser, tmp_path: Path
) -> None:
    """It lists, opens, runs, interrupts and saves, with a token that somebody pastes.

    By connect.js it goes on after a reload with the kernel that runs. A token that is not the
    site's is refused, and the page says why. No cookie is left, no token is in any address or log.
    """
    notebook = world.server.root / f"{browser.name}.ipynb"
    notebook.write_text(json.dumps(NOTEBOOK))
    before = world.kernels()
    run = drive(
        node,
        browser,
        tmp_path / "profile",
        [
            visit(
                "pasted",
                url,
                *paste(world.tokens["fetch"]),
                says("The token is valid only for another origin."),
                *paste(world.tokens["services"]),
                *open_notebook(notebook.name),
                press("Run"),
                {"wait": "#cells pre", "text": "\nslow"},
                press("Interrupt"),
                {"wait": "#cells pre", "text": "interrupted"},
                says("Done"),
                press("Save"),
                says(f"Saved {notebook.name}"),
                {"cookies": []},
            ),
            visit(
                "connected",
                url,
                {"connect": "form button", "secret": world.server.token},
                {"wait": "#files button", "text": notebook.name},
                {"reload": True},
                *open_notebook(notebook.name),
                {"wait": "#cells pre", "text": "interrupted"},
            ),
        ],
        program=VISIT,
        seconds=200,
    )
    run.check()
    assert outputs(notebook) == ["42", "slow\ninterrupted\n"]
    assert len(world.kernels() - before) == 1
    assert world.leaks(*run.urls, *run.console) == []
    assert any("/channels" in url for url in run.urls)


def paste(token: str) -> list[dict[str, Any]]:
    return [{"type": "[name=token]", "text": token}, {"click": "form button"}]


def open_notebook(name: str) -> list[dict[str, Any]]:
    return [
        {"click": "#files button", "text": name},
        {"wait": "#cells pre", "text": "6 * 7"},
        says("Done"),
    ]


def press(text: str) -> dict[str, Any]:
    return {"click": "#tools button", "text": text}


def says(text: str) -> dict[str, Any]:
    return {"wait": "#message", "text": text}


def outputs(notebook: Path) -> list[str]:
    """Return the texts of each cell's outputs, as they are on the disk."""
    cells = json.loads(notebook.read_text())["cells"]
    return ["".join(text_of(output) for output in cell["outputs"]) for cell in cells]


def text_of(output: dict[str, Any]) -> str:
    return "".join(output.get("text") or output["data"]["text/plain"])


def cell(name: str, source: str) -> dict[str, Any]:
    return {
        "cell_type": "code",
        "execution_count": None,
        "id": name,
        "metadata": {},
        "outputs": [],
        "source": source,
    }


NOTEBOOK = {
    "cells": [cell("first", "6 * 7"), cell("second", SLOW)],
    "metadata": {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}
    },
    "nbformat": 4,
    "nbformat_minor": 5,
}
