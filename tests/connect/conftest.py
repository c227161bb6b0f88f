"""A person with a browser, and a site, for the tests of the connect pages."""

from __future__ import annotations

from typing import Any

import pytest

from .people import Person, Site


@pytest.fixture
def escherpad_config() -> dict[str, Any]:
    """Return no settings at all: nothing needs to be configured."""
    return {}


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
