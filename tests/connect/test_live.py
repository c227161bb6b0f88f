"""The connected apps as they are now, for the page's own script, and for nobody else."""

from __future__ import annotations

from typing import Any

import pytest
from support.connect.browser_user import NAVIGATION, Person, Site
from support.constants import TOKEN

from escherpad_ext.connect.app_grants import AppGrants
from escherpad_ext.errors import GrantsUnavailable

from .test_apps import AT_HOME

PATH = "escherpad/live"


async def test_it_shows_what_is_connected(owner: Person, site: Site) -> None:
    """Its form is good for nothing."""
    await site.connect(owner)
    answer = await owner.open(PATH, AT_HOME)
    assert answer.code == 200
    assert site.origin in answer.body.decode()
    assert b'name="nonce" value=""' in answer.body
    assert answer.headers["Cache-Control"] == "no-store"
    await owner.click(answer, disconnect="all", sure="yes")
    assert site.origin in (await owner.open(PATH, AT_HOME)).body.decode()


async def test_only_the_page_of_connected_apps_may_ask(owner: Person) -> None:
    """The other pages of the owner fetch nothing at all."""
    page = await owner.open_page("escherpad/")
    assert "connect-src 'self'" in page.headers["Content-Security-Policy"]
    for path in ("escherpad/device", "escherpad/open?address=x"):
        other = await owner.open_page(path)
        assert "connect-src" not in other.headers["Content-Security-Policy"]


@pytest.mark.parametrize("value", ["cross-site", "same-site", "none"])
async def test_other_pages_cannot_read_it(owner: Person, site: Site, value: str) -> None:
    """No link shows it, and no other port of this machine reads it."""
    await site.connect(owner)
    for headers in (AT_HOME, NAVIGATION):
        answer = await owner.open(PATH, {**headers, "Sec-Fetch-Site": value})
        assert answer.code in {401, 403}
        assert site.origin not in answer.body.decode()


async def test_no_app_reads_it(call: Any, owner: Person, site: Site) -> None:
    """Not even one with everything; nor a stranger."""
    token = await site.connect(owner, "full")
    for origin in (site.origin, None, owner.origin):
        answer = await call("GET", PATH, origin=origin, token=token, headers=AT_HOME)
        assert answer.code in {401, 403}
    answer = await call("GET", PATH, headers=AT_HOME)
    assert (answer.code, b"https://" in answer.body) == (403, False)
    assert (await call("GET", PATH, token=TOKEN, headers=AT_HOME)).code == 200


async def test_it_takes_no_form(owner: Person) -> None:
    """Nothing can be changed by it."""
    page = await owner.open_page("escherpad/")
    body = page.body.decode().replace('escherpad/"', 'escherpad/live"').encode()

    class Copy:
        pass

    copy = Copy()
    copy.body = body  # type: ignore[attr-defined]
    assert (await owner.click(copy, disconnect="all", sure="yes")).code in {403, 405}


async def test_what_it_cannot_read_is_not_nothing(
    owner: Person, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page keeps what it shows."""

    def fail(_: AppGrants) -> None:
        raise GrantsUnavailable("The disk is gone.")

    await site.connect(owner)
    monkeypatch.setattr(AppGrants, "live", fail)
    assert (await owner.open(PATH, AT_HOME)).code == 503
