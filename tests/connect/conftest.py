"""A person with a browser, and a site, for the tests of the connect pages."""

from __future__ import annotations

import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from support.connect.browser_user import Person, Site

from escherpad_ext.connect.client_documents import NETWORK, DocumentError, Fetched
from escherpad_ext.grants import GrantRequest, Issuer, Server, data_folder
from escherpad_ext.policy.scopes import expand


@pytest.fixture
def escherpad_config() -> dict[str, Any]:
    """Return no settings at all: nothing needs to be configured."""
    return {}


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fetch no program's document from the internet."""

    def fetch(url: str) -> Fetched:
        raise DocumentError("Tests have no network.", code=NETWORK)

    monkeypatch.setattr("escherpad_ext.connect.service._fetch", fetch)


@pytest.fixture
def person(call: Any, jp_serverapp: Any) -> Person:
    """Return the owner's browser, not logged in yet."""
    return Person(call, jp_serverapp)


@pytest.fixture
def owner(person: Person, jp_asyncio_loop: Any) -> Person:
    """Return the owner's browser, logged in."""
    jp_asyncio_loop.run_until_complete(person.log_in())
    return person


@pytest.fixture
def site(call: Any, jp_serverapp: Any) -> Site:
    """Return a site that nobody has heard of."""
    return Site(call, jp_serverapp, "https://site.example")


@pytest.fixture
def issuer_of_grants(jp_serverapp: Any, jp_data_dir: Path) -> Any:
    """Return a function that gives a token away in this process' own way, past every page."""

    def give(
        origin: str, serverapp: Any = None, *, root: Any = "", base_url: Any = "", via: str = ""
    ) -> str:
        now = int(time.time())
        request = GrantRequest(
            origin=origin,
            scopes=expand("run"),
            owner="ana",
            created=now,
            expires=now + 600,
            via=via or "connect",  # type: ignore[arg-type]
        )
        app = serverapp or jp_serverapp
        server = (
            None if root is None else Server.at(str(root or app.root_dir), base_url or app.base_url)
        )
        with closing(Issuer(data_folder(str(jp_data_dir)))) as issuer:
            _, token = issuer.issue(request, server=server)
        return token

    return give
