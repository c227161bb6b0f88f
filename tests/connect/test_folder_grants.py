"""Grants for one folder, as the owner and the site see them."""

from __future__ import annotations

import json
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from escherpad_ext.grants import GrantRequest, Issuer, Server, data_folder
from escherpad_ext.policy.folders import FOLDER_BUNDLES, expand_in_folder
from escherpad_ext.policy.scopes import BUNDLES


@pytest.fixture
def give_folder(jp_serverapp: Any, jp_data_dir: Path) -> Any:
    """Return a function that gives a site a token for one folder, past every page."""

    def give(origin: str, names: str, folder: str) -> str:
        now = int(time.time())
        request = GrantRequest(
            origin=origin,
            scopes=expand_in_folder(names),
            owner="ana",
            created=now,
            expires=now + 600,
            via="connect",
            folder=folder,
        )
        server = Server.at(str(jp_serverapp.root_dir), jp_serverapp.base_url)
        with closing(Issuer(data_folder(str(jp_data_dir)))) as issuer:
            return issuer.issue(request, server=server)[1]

    return give


async def test_the_page_of_connected_apps_names_the_folder(owner, site, give_folder):
    """With the words of what the app may do there, and not those of all files."""
    give_folder(site.origin, "edit", "data/<raw>")
    page = (await owner.open_page("escherpad/")).body.decode()
    assert 'Only the folder <bdi class="address">data/&lt;raw&gt;</bdi>' in page
    assert FOLDER_BUNDLES["edit"].words in page
    assert BUNDLES["edit"].words not in page


async def test_the_page_of_connected_apps_names_no_folder_without_one(
    owner, site, issuer_of_grants
):
    """A grant of all files has no such line."""
    issuer_of_grants(site.origin)
    page = (await owner.open_page("escherpad/")).body.decode()
    assert site.origin in page
    assert "Only the folder" not in page


async def test_a_site_can_ask_for_which_folder_its_token_is(call, site, give_folder):
    """By the endpoint that says which scopes it has; they are named as they were asked for."""
    token = give_folder(site.origin, "edit", "data/raw")
    answer = await call("GET", "escherpad/grant", origin=site.origin, token=token)
    found = json.loads(answer.body)
    assert (found["scope"], found["folder"]) == ("view edit", "data/raw")
