"""A token that is refused many times in a row has to wait, and nobody else does."""

from __future__ import annotations

import json
import time

import pytest
from support.constants import ALLOWED

from escherpad_ext.policy.credentials import Presented
from escherpad_ext.policy.refusals import refuse
from escherpad_ext.server.context import RequestContext
from escherpad_ext.server.repeated_refusals import (
    FORGOTTEN_AFTER_SECONDS,
    MAX_IN_A_ROW,
    MAX_KNOWN,
    WAIT_SECONDS,
    RepeatedRefusals,
)

REVOKED = refuse("invalid_token", "revoked")
OTHER = "https://other.example.com"


class Timer:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def timer():
    return Timer()


@pytest.fixture
def repeated(timer):
    return RepeatedRefusals(timer)


def sent(token="a", origin=None):
    return RequestContext(origin, Presented(token))


def refuse_often(repeated, context, times=MAX_IN_A_ROW, refusal=REVOKED):
    for _ in range(times):
        assert repeated.refusal_of(context) is None
        repeated.note(context, refusal)


def test_a_token_waits_after_many_refusals(repeated, timer):
    """For half a minute; then it is looked at once, and waits again."""
    refuse_often(repeated, sent())
    for left in (WAIT_SECONDS, 10, 1):
        timer.now = 1000 + WAIT_SECONDS - left
        assert repeated.refusal_of(sent()).retry_seconds == left
    timer.now = 1000 + WAIT_SECONDS
    refuse_often(repeated, sent(), 1)
    assert repeated.refusal_of(sent()).retry_seconds == WAIT_SECONDS


@pytest.mark.parametrize("pause", [FORGOTTEN_AFTER_SECONDS, 10 * FORGOTTEN_AFTER_SECONDS])
def test_a_pause_starts_the_count_again(repeated, timer, pause):
    """Before it has to wait, and after."""
    refuse_often(repeated, sent(), MAX_IN_A_ROW - 1)
    timer.now += pause
    refuse_often(repeated, sent())
    timer.now += pause
    refuse_often(repeated, sent())


def test_a_token_that_is_accepted_starts_the_count_again(repeated):
    """So only refusals in a row count."""
    refuse_often(repeated, sent(), MAX_IN_A_ROW - 1)
    repeated.forget(sent())
    refuse_often(repeated, sent())


@pytest.mark.parametrize(
    "refusal",
    [
        refuse("invalid_token", "registry_unavailable"),
        refuse("invalid_token", "key_unusable"),
        refuse("invalid_token", "not_yet_valid"),
        refuse("insufficient_scope", "scope_missing"),
    ],
    ids=lambda refusal: refusal.reason,
)
def test_what_is_not_the_token_s_fault_does_not_count(repeated, refusal):
    """Such a token may be good for the next request."""
    refuse_often(repeated, sent(), 3 * MAX_IN_A_ROW, refusal)


def test_only_this_token_from_this_origin_waits(repeated):
    """A page that has somebody's token cannot slow down whose it is."""
    refuse_often(repeated, sent("a", OTHER))
    assert repeated.refusal_of(sent("a", OTHER)) is not None
    for context in (sent("a"), sent("b", OTHER), sent("a", ALLOWED)):
        assert repeated.refusal_of(context) is None


def test_memory_is_bounded(repeated):
    """By the number of tokens; the oldest are forgotten, and then checked as ever."""
    refuse_often(repeated, sent("first"))
    for number in range(3 * MAX_KNOWN):
        repeated.note(sent(f"{number}"), REVOKED)
    assert len(repeated._refused) == MAX_KNOWN
    assert repeated.refusal_of(sent("first")) is None


def test_a_token_in_the_url_that_does_not_count_is_told_apart(repeated):
    """By its text, although it is no token to the rest of the server."""
    problem = ("token_in_url", "url_tokens")
    refuse_often(repeated, RequestContext(None, Presented(problem=problem, ignored=b"a")))
    for shown, waits in ((b"a", True), (b"b", False)):
        context = RequestContext(None, Presented(problem=problem, ignored=shown))
        assert bool(repeated.refusal_of(context)) is waits


@pytest.mark.parametrize("where", ["?token={}", ""], ids=["url", "header"])
async def test_a_poller_has_to_wait(call, give, issuer, where):
    """401 many times, then 429 with Retry-After; with another token from the same address, 200."""
    grant, token = give("view", origin="none")
    issuer.registry.revoke(grant.id, time.time())
    header = {} if where else {"token": token}
    path = f"api/status{where.format(token)}"
    for _ in range(MAX_IN_A_ROW):
        answer = await call("GET", path, **header)
        assert (answer.code, json.loads(answer.body)["error"]) == (401, "invalid_token")
    answer = await call("GET", path, **header)
    assert answer.code == 429
    assert 1 <= int(answer.headers["Retry-After"]) <= WAIT_SECONDS
    assert json.loads(answer.body)["reason"] == "refused_often"
    _, good = give("view", origin="none")
    assert (await call("GET", "api/status", token=good)).code == 200


async def test_other_tokens_never_wait(call):
    """The server's identity provider answers for them, as ever."""
    for where in ({"token": "no.grant"}, {"path": "api/status?token=no.grant"}):
        for _ in range(MAX_IN_A_ROW + 2):
            answer = await call("GET", **{"path": "api/status", **where}, origin=ALLOWED)
            assert answer.code == 401


async def test_a_page_that_polls_has_to_wait(call, give):
    """It can read how long; where the token in the URL does not count, too."""
    _, token = give("view")
    for _ in range(MAX_IN_A_ROW):
        answer = await call("GET", f"api/status?token={token}", origin=ALLOWED)
        assert answer.code == 401
    answer = await call("GET", f"api/status?token={token}", origin=ALLOWED)
    assert answer.code == 429
    assert "Retry-After" in answer.headers["Access-Control-Expose-Headers"]
    assert (await call("GET", "api/status", origin=ALLOWED, token=token)).code == 200
