"""Authorization requests that wait: strangers cannot push out what anybody waits for."""

from __future__ import annotations

import pytest

from escherpad_ext.connect import pending_requests
from escherpad_ext.connect.authorization_request import AuthorizationRequest
from escherpad_ext.connect.pending_requests import WAIT_SECONDS, PendingRequests
from escherpad_ext.connect.problems import ConnectError
from escherpad_ext.policy.origin import Origin

ROOM = 3


def request(number: int = 0) -> AuthorizationRequest:
    site = f"https://site{number}.example"
    return AuthorizationRequest("", Origin.parse(site), f"{site}/back", ("view",))


@pytest.fixture
def now() -> list[float]:
    """Return the clock's time, in a list that a test may change."""
    return [0.0]


@pytest.fixture
def pending(now: list[float], monkeypatch: pytest.MonkeyPatch) -> PendingRequests:
    """Return a store with room for few."""
    monkeypatch.setattr(pending_requests, "MAX_ANONYMOUS", ROOM)
    monkeypatch.setattr(pending_requests, "MAX_LOGGED_IN", ROOM)
    return PendingRequests(lambda: now[0])


def code_of(pending: PendingRequests, request_id: str) -> str:
    """Return the code of the problem with an id."""
    with pytest.raises(ConnectError) as raised:
        pending.get(request_id)
    return raised.value.code


@pytest.mark.parametrize("logged_in", [True, False])
def test_a_request_waits_for_ten_minutes(
    pending: PendingRequests, now: list[float], logged_in: bool
) -> None:
    """It can be read more than once: a person may reload the page."""
    request_id = pending.add(request(), logged_in=logged_in)
    now[0] += WAIT_SECONDS - 1
    assert pending.get(request_id) == pending.get(request_id) == request()
    now[0] += 1
    assert code_of(pending, request_id) == "forgotten"


def test_ids_cannot_be_guessed(pending: PendingRequests) -> None:
    """The same request gets another id."""
    ids = {pending.add(request(), logged_in=True) for _ in range(ROOM)}
    assert len(ids) == ROOM
    assert min(map(len, ids)) >= 32
    assert code_of(pending, "") == code_of(pending, "0") == "forgotten"


def test_strangers_push_out_nobody(pending: PendingRequests) -> None:
    """When their store is full, the next one is refused."""
    mine = pending.add(request(), logged_in=True)
    theirs = [pending.add(request(number), logged_in=False) for number in range(ROOM)]
    with pytest.raises(ConnectError) as raised:
        pending.add(request(), logged_in=False)
    assert raised.value.code == "crowded"
    assert pending.get(mine) == request()
    assert [pending.get(each) for each in theirs] == [request(number) for number in range(ROOM)]


def test_strangers_find_room_again(pending: PendingRequests, now: list[float]) -> None:
    for number in range(ROOM):
        pending.add(request(number), logged_in=False)
    now[0] += WAIT_SECONDS
    assert pending.get(pending.add(request(9), logged_in=False)) == request(9)


def test_the_owner_is_never_refused(pending: PendingRequests) -> None:
    """The owner's newest request replaces the owner's oldest, and no stranger's."""
    for number in range(ROOM):
        pending.add(request(number), logged_in=False)
    oldest, *others = [pending.add(request(number), logged_in=True) for number in range(ROOM + 1)]
    assert code_of(pending, oldest) == "forgotten"
    assert [pending.get(each) for each in others] == [request(1), request(2), request(3)]
    assert len(pending) == len(list(pending)) == 2 * ROOM
