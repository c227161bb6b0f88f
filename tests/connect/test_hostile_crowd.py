"""Ten thousand strangers who ask: little is kept, and nobody who waits or is logged in loses."""

from __future__ import annotations

import re

from prometheus_client import REGISTRY
from support.connect.browser_user import Person, Site, answer_of, place_of
from support.connect.hostile_requests import service_of, set_clock, submit, yes

from escherpad_ext.connect.arrivals import MAX_EXPECTED
from escherpad_ext.connect.authorization_request import MAX_QUERY_LENGTH, AuthorizationRequest
from escherpad_ext.connect.forms import MAX_OPEN
from escherpad_ext.connect.pending_requests import MAX_ANONYMOUS, MAX_LOGGED_IN
from escherpad_ext.connect.problems import ConnectError

STRANGERS = 10_000


def ask_often(pending, site, times=STRANGERS):
    """Send as many requests as are kept; return how many were."""
    room = MAX_QUERY_LENGTH - len(site.question(state=None)) - len("&state=")
    query = f"{site.question(state=None)}&state={'x' * min(room, 1000)}"
    kept = 0
    for _ in range(times):
        try:
            pending.add(AuthorizationRequest.parse(query, site.issuer), logged_in=False)
        except ConnectError as error:
            assert error.code == "crowded"  # noqa: PT017
        else:
            kept += 1
    return kept


async def test_ten_thousand_strangers(call, jp_serverapp, person, site):
    """Somebody at the login page is not pushed out; who is logged in connects; it is soon over."""
    clock = set_clock(jp_serverapp)
    pending = service_of(jp_serverapp).pending_requests
    waiting = place_of(await person.open(f"escherpad/authorize?{site.question()}"))
    assert ask_often(pending, site) == MAX_ANONYMOUS - 1
    assert len(pending) == MAX_ANONYMOUS
    assert sum(len(request.query) for request in pending) <= MAX_ANONYMOUS * MAX_QUERY_LENGTH
    stranger = Person(call, jp_serverapp)
    full = await stranger.open(f"escherpad/authorize?{site.question()}")
    assert full.code == 400
    assert b"Log in to this server first" in full.body
    owner = Person(call, jp_serverapp)
    await owner.log_in()
    other = Site(call, jp_serverapp, "https://other.example")
    assert (await other.redeem(answer_of(await owner.allow(other.question()))["code"])).code == 200
    await person.log_in()
    page = await person.open_page(waiting)
    assert site.origin in page.body.decode()
    clock.ahead = 600
    assert (await stranger.open(f"escherpad/authorize?{site.question()}")).code == 303
    assert len(pending) == 1


async def test_ten_thousand_pages(jp_serverapp, owner, site):
    """What whoever is logged in opens is bounded too: the oldest page gives way to the newest."""
    service = service_of(jp_serverapp)
    request = AuthorizationRequest.parse(site.question(), site.issuer)
    first = yes(await owner.ask(site.question()))
    for _ in range(STRANGERS):
        service.pending_requests.add(request, logged_in=True)
    for _ in range(MAX_OPEN):
        await owner.open_page("escherpad/")
    assert (len(service.pending_requests), len(service.forms)) == (MAX_LOGGED_IN, MAX_OPEN)
    assert (await submit(owner, "escherpad/authorize", first)).code == 400
    last = yes(await owner.ask(site.question()))
    assert (await submit(owner, "escherpad/authorize", last)).code == 303


async def test_strangers_take_no_arrival_of_the_owner(call, jp_serverapp, owner, site):
    """The redirect of whoever is logged in leads to the page, however many strangers ask."""
    led_to = place_of(await owner.open(f"escherpad/authorize?{site.question()}"))
    stranger = Person(call, jp_serverapp)
    for _ in range(MAX_EXPECTED):
        await stranger.open(f"escherpad/authorize?{site.question()}")
    assert (await owner.open(led_to)).code == 200


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
