"""The page of connected apps: what it shows, and what its buttons end."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from support.connect.browser_user import Person, Site, answer_of, place_of


@pytest.fixture
def other_site(call: Any, jp_serverapp: Any) -> Site:
    """Return another site that nobody has heard of."""
    return Site(call, jp_serverapp, "https://other.example")


async def status(call: Any, site: Site, token: str) -> int:
    """Return the status that a site gets with a token: 403 once nothing of it is left."""
    return (await call("GET", "api/contents", origin=site.origin, token=token)).code


async def test_the_owner_is_asked_before_all_are_disconnected(
    call: Any, owner: Person, site: Site, other_site: Site
) -> None:
    """The first click ends nothing. It names what would end, and there is a way back."""
    tokens = {each: await each.connect(owner) for each in (site, other_site)}
    page = await owner.click(await owner.open_page("escherpad/"), disconnect="all")
    words = page.body.decode()
    assert page.code == 200
    assert "Disconnect all apps?" in words
    assert "This ends 2 tokens" in words
    assert all(each.origin in words for each in tokens)
    assert ">Keep them</a>" in words
    assert [await status(call, *each) for each in tokens.items()] == [200, 200]
    assert (await owner.click(page, disconnect="all")).code == 303
    assert [await status(call, *each) for each in tokens.items()] == [403, 403]


async def test_a_site_has_one_card(call: Any, owner: Person, site: Site, other_site: Site) -> None:
    """With a button for each of its tokens, and one for them all. Other sites keep theirs."""
    first, second = [await site.connect(owner) for _ in range(2)]
    other = await other_site.connect(owner)
    page = await owner.open_page("escherpad/")
    words = page.body.decode()
    assert words.count(f">{site.origin}</h2>") == 1
    assert len(re.findall(r'name="disconnect" value="[0-9a-f]{32}"', words)) == 3
    assert (await owner.click(page, disconnect_site=site.origin)).code == 303
    assert [await status(call, site, token) for token in (first, second)] == [403, 403]
    assert await status(call, other_site, other) == 200


async def test_a_site_with_one_token_needs_no_second_button(owner: Person, site: Site) -> None:
    """Its own says all."""
    await site.connect(owner)
    assert b"disconnect_site" not in (await owner.open_page("escherpad/")).body


async def test_open_sockets_are_shown(owner: Person, site: Site, open_socket: Any) -> None:
    """They are what an app does now. Closed ones are not counted."""
    token = await site.connect(owner)
    assert b"WebSocket is open" not in (await owner.open_page("escherpad/")).body
    protocols = ["v1.token.websocket.jupyter.org", f"v1.token.websocket.jupyter.org.{token}"]
    sockets = [
        await open_socket("api/events/subscribe", origin=site.origin, protocols=protocols)
        for _ in range(2)
    ]
    assert b"2 WebSockets are open" in (await owner.open_page("escherpad/")).body
    sockets[0].close()
    while b"1 WebSocket is open" not in (await owner.open_page("escherpad/")).body:
        pass


async def test_a_blocked_site_can_ask_no_more(
    call: Any, owner: Person, site: Site, other_site: Site
) -> None:
    """It is disconnected, its page is refused, and so is a code that it already has."""
    token, other = await site.connect(owner), await other_site.connect(owner)
    code = answer_of(await owner.allow(site.question()))["code"]
    page = await owner.open_page("escherpad/")
    done = await owner.click(page, block=site.origin)
    assert done.code == 303
    assert b"Blocked. The site is disconnected" in (await owner.open_page(place_of(done))).body
    assert await status(call, site, token) == 403
    refused = await owner.ask(site.question())
    assert refused.code == 403
    assert b"You blocked this site" in refused.body
    assert b"nonce" not in refused.body
    assert json.loads((await site.redeem(code)).body)["error"] == "invalid_grant"
    assert await status(call, other_site, other) == 200
    assert (await owner.ask(other_site.question())).code == 200


async def test_no_link_says_what_was_pressed(owner: Person, site: Site) -> None:
    """A site that leads here would have the owner believe that it is blocked."""
    await site.connect(owner)
    page = (await owner.open_page("escherpad/")).body.decode()
    found = re.search(r"escherpad/app\?grant=[0-9a-f]{32}", page)
    assert found
    for path in ("escherpad/?blocked", "escherpad/?x=1&blocked", f"{found[0]}&forgotten"):
        answer = await owner.open_page(path)
        assert answer.code == 200
        assert b'role="status"' not in answer.body


async def test_unblocked_it_may_ask_again(call: Any, owner: Person, site: Site) -> None:
    """What it had does not come back."""
    token = await site.connect(owner)
    await owner.click(await owner.open_page("escherpad/"), block=site.origin)
    page = await owner.open_page("escherpad/")
    assert f'name="unblock" value="{site.origin}"' in page.body.decode()
    done = await owner.click(page, unblock=site.origin)
    assert b"Unblocked. The site may ask again." in (await owner.open_page(place_of(done))).body
    assert await status(call, site, token) == 403
    assert await status(call, site, await site.connect(owner)) == 200


async def test_only_sites_that_were_connected_are_blocked(owner: Person, site: Site) -> None:
    """Whatever a form says: the list stays as short as that of the apps."""
    await site.connect(owner)
    for origin in ("https://never.example", "none", "x" * 10_000):
        await owner.click(await owner.open_page("escherpad/"), block=origin)
    assert b"Blocked sites" not in (await owner.open_page("escherpad/")).body
