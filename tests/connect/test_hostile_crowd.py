"""Ten thousand strangers who ask: little is kept, and nobody who waits or is logged in loses."""

from __future__ import annotations

import re

from prometheus_client import REGISTRY
from support.connect.browser_user import Person, Site, answer_of, place_of
from support.connect.hostile_requests import desk_of, set_clock, submit, yes

from escherpad_ext.connect.authorization_request import MAX_QUERY_LENGTH, AuthorizationRequest
from escherpad_ext.connect.service import MAX_OPEN_PAGES, MAX_PARKED
from escherpad_ext.errors import ConnectError

STRANGERS = 10_000


def ask_often(desk, site, times=STRANGERS):
    """Park as many requests as the desk takes; return how many it took."""
    room = MAX_QUERY_LENGTH - len(site.question(state=None)) - len("&state=")
    query = f"{site.question(state=None)}&state={'x' * min(room, 1000)}"
    parked = 0
    for _ in range(times):
        try:
            desk.park(AuthorizationRequest.parse(query, site.issuer), logged_in=False)
        except ConnectError as error:
            assert error.code == "crowded"  # noqa: PT017
        else:
            parked += 1
    return parked


async def test_ten_thousand_strangers(call, jp_serverapp, person, site):
    """Somebody at the login page is not pushed out; who is logged in connects; it is soon over."""
    clock = set_clock(jp_serverapp)
    desk = desk_of(jp_serverapp)
    waiting = place_of(await person.open(f"escherpad/authorize?{site.question()}"))
    assert ask_often(desk, site) == MAX_PARKED - 1
    assert len(desk._strangers) == MAX_PARKED
    kept = sum(len(asked.query) for _, asked in desk._strangers._kept.values())
    assert kept <= MAX_PARKED * MAX_QUERY_LENGTH
    stranger = Person(call, jp_serverapp)
    full = await stranger.open(f"escherpad/authorize?{site.question()}")
    assert full.code == 400
    assert b"Log in to this server first" in full.body
    owner = Person(call, jp_serverapp)
    await owner.log_in()
    other = Site(call, jp_serverapp, "https://other.example")
    assert (await other.redeem(answer_of(await owner.allow(other.question()))["code"])).code == 200
    await person.log_in()
    page = await person.open(waiting)
    assert site.origin in page.body.decode()
    clock.ahead = 600
    assert (await stranger.open(f"escherpad/authorize?{site.question()}")).code == 303
    assert len(desk._strangers) == 1


async def test_ten_thousand_pages(jp_serverapp, owner, site):
    """What whoever is logged in opens is bounded too: the oldest page gives way to the newest."""
    desk = desk_of(jp_serverapp)
    asked = AuthorizationRequest.parse(site.question(), site.issuer)
    first = yes(await owner.ask(site.question()))
    for _ in range(STRANGERS):
        desk.park(asked, logged_in=True)
    for _ in range(MAX_OPEN_PAGES):
        await owner.open("escherpad/")
    assert (len(desk._known), len(desk._forms)) == (MAX_OPEN_PAGES, MAX_OPEN_PAGES)
    assert (await submit(owner, "escherpad/authorize", first)).code == 400
    last = yes(await owner.ask(site.question()))
    assert (await submit(owner, "escherpad/authorize", last)).code == 303


async def test_strangers_leave_few_traces(call, jp_serverapp, person, caplog):
    """Names of sites cost nothing to invent: labels and lines in the log are few."""
    for number in range(60):
        site = Site(call, jp_serverapp, f"https://site{number}.example")
        await person.open(f"escherpad/authorize?{site.question(f'scope-{number}')}")
        await person.open(f"escherpad/authorize?{site.question(response_type=f'x{number}')}")
        insecure = Site(call, jp_serverapp, f"http://site{number}.example")
        await person.open(f"escherpad/authorize?{insecure.question()}")
        await site.redeem(f"code-{number}")
    labels = {
        value
        for metric in REGISTRY.collect()
        if metric.name.startswith("escherpad_ext")
        for sample in metric.samples
        for value in sample.labels.values()
    }
    assert {"connect_refused", "insecure", "not_exchanged"} <= labels
    assert all(re.fullmatch(r"[a-z_0-9]+", label) for label in labels)
    assert not [label for label in labels if re.search(r"site[0-9]|scope-|x[0-9]", label)]
    lines = [r for r in caplog.records if "Refused" in r.getMessage() and "connect" in r.msg]
    assert len(lines) <= 30
    assert max(len(record.getMessage()) for record in caplog.records) < 2000
