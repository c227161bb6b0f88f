"""docs/clients/fetch.md: a page without a library runs code, in real browsers."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Any

import pytest
from support.browser.browsers import ONE_ENGINE, Browser, drive
from support.browser.recipe_sites import World
from support.browser.sites import VISIT, Site, visit
from support.recipes import Recipe

pytestmark = pytest.mark.timeout(240)

RECIPE = Recipe.of("clients/fetch.md")
CODE = "import sys\nprint(6 * 7, sys.version_info.major)\n'a value'"
REFUSED = "The server does not allow this origin."
OUTPUT = "42 3\n'a value'\nDone."


@pytest.mark.parametrize("browser", ONE_ENGINE, indirect=True)
def test_a_page_without_a_library_runs_code(
    world: World, node: str, browser: Browser, tls: ssl.SSLContext, tmp_path: Path
) -> None:
    """With a token that somebody pastes, and by connect.js from a site without a grant.

    There a token alone is refused, and the page says why. No cookie is left, no token is in any
    address or log, and no kernel is left behind.
    """
    site = world.sites["fetch"]
    address = {"http://localhost:8888": world.server.url.rstrip("/")}
    site.put("index.html", RECIPE.file("index.html", address))
    site.put("kernel.js", RECIPE.file("kernel.js", {}))
    site.put_connect_js(RECIPE)
    secret = world.server.token
    before = world.kernels()
    with Site(site.folder, tls=tls) as stranger:
        run = drive(
            node,
            browser,
            tmp_path / "profile",
            [
                visit(
                    "pasted",
                    f"{site.origin}/",
                    *paste(world.tokens["fetch"]),
                    says(OUTPUT),
                    {"cookies": []},
                ),
                visit(
                    "connected",
                    f"{stranger.origin}/",
                    *paste(secret),
                    says(REFUSED),
                    {"type": "[name=token]", "text": ""},
                    {"cookies": []},
                    {"connect": "button", "secret": secret},
                    says(OUTPUT),
                    {"reload": True},
                    {"click": "button"},
                    says("Done."),
                ),
            ],
            program=VISIT,
            seconds=200,
        )
    run.check()
    assert world.leaks(*run.urls, *run.console) == []
    assert any(url.endswith("/channels") for url in run.urls)
    assert world.kernels() == before


def paste(token: str) -> list[dict[str, Any]]:
    """Fill in the form as a person with a token does."""
    return [
        {"type": "[name=token]", "text": token},
        {"type": "[name=code]", "text": CODE},
        {"click": "button"},
    ]


def says(text: str) -> dict[str, Any]:
    return {"wait": "#output", "text": text}
