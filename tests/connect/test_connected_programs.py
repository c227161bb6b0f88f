"""Programs on the page of connected apps."""

from __future__ import annotations

import re
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from support.connect.browser_user import Person

from escherpad_ext.grants import GrantRequest, Issuer, data_folder


@pytest.fixture
def token_of_program(jp_serverapp: Any, jp_data_dir: Path) -> str:
    """Return the token of a program, made as the command makes it."""
    now = int(time.time())
    request = GrantRequest(
        "none",
        frozenset({"contents:read"}),
        "ana",
        now,
        now + 600,
        name="agent <b>",
        program="command",
    )
    with closing(Issuer(data_folder(str(jp_data_dir)))) as issuer:
        return issuer.issue(request)[1]


async def test_a_program_is_shown_as_one(owner: Person, token_of_program: str) -> None:
    """It has no origin that could be mistaken for a site's, and its name is only a name."""
    page = (await owner.open_page("escherpad/")).body.decode()
    assert ">A program</h2>" in page
    assert "Its token works for anyone who has it, and for no page." in page
    assert "<dt>Name</dt><dd><bdi>agent &lt;b&gt;</bdi></dd>" in page


async def test_it_can_be_disconnected(owner: Person, call: Any, token_of_program: str) -> None:
    """Its next request is refused."""
    assert (await call("GET", "api/contents", token=token_of_program)).code == 200
    page = await owner.open_page("escherpad/")
    (grant_id,) = re.findall(r'value="([0-9a-f]{32})"', page.body.decode())
    await owner.click(page, disconnect=grant_id)
    assert (await call("GET", "api/contents", token=token_of_program)).code == 401
