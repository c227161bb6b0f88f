"""Nothing that is remembered for speed decides otherwise than the rule itself.

A naive oracle remembers nothing. Requests, revocations, changes of settings and restarts come in
any order; after each, both say the same.
"""

from __future__ import annotations

import ast
import os
import random
from pathlib import Path

import pytest
from jupyter_server.auth.identity import User

import escherpad_ext
from escherpad_ext.errors import GrantsUnavailable, TokenRefused
from escherpad_ext.grants import GrantRequest, Issuer
from escherpad_ext.grants.recent_checks import RecentChecks
from escherpad_ext.policy import decision
from escherpad_ext.policy.credentials import Presented
from escherpad_ext.policy.decision import Refused, RequestFacts, RequestPolicy
from escherpad_ext.policy.refusals import refuse
from escherpad_ext.policy.settings import Settings
from escherpad_ext.server import repeated_refusals
from escherpad_ext.server.approved_origins import ApprovedOrigins
from escherpad_ext.server.context import RequestContext
from escherpad_ext.server.remembered_users import MAX_REMEMBERED_USERS, RememberedUsers
from escherpad_ext.server.repeated_refusals import RepeatedRefusals

STEPS = 6000 if os.environ.get("ESCHERPAD_FULL") else 600
NOW = 1_800_000_000
OWN = "https://jupyter.example"
ORIGINS = [
    "https://app.example.com",
    "https://one.lab.example.edu",
    "https://two.lab.example.edu",
    "http://localhost:3000",
    "https://evil.example",
    "null",
    OWN,
    f"https://{'long.' * 60}lab.example.edu",
    # What is nearly an allowed origin.
    "https://app.example.com:8443",
    "https://app.example.com.evil.example",
    "https://one.lab.example.education",
]
ALLOWED = [
    [],
    ["https://app.example.com"],
    ["https://*.lab.example.edu"],
    ["http://localhost:*", "https://app.example.com"],
]
FACTS = RequestFacts(
    method="GET",
    path="/api",
    origin=None,
    host="jupyter.example",
    secure=True,
    fetch_site=None,
    fetch_mode=None,
    requested_method=None,
    has_limited_token=lambda: False,
    listening_port=lambda: None,
)


class NaivePolicy(RequestPolicy):
    """Asks the settings each time."""

    def _refusal_of(self, origin):
        return self.settings.refusal_of(origin)


def settings(chance):
    """Return some settings."""
    values = {
        "allowed_origins": chance.choice(ALLOWED),
        "connect": chance.choice(["ask", "listed", "off"]),
    }
    return Settings(
        **{**vars(Settings.parse({**defaults(), **values})), "broken": chance.random() < 0.05}
    )


def defaults():
    """Return each setting's default, as the traits have them."""
    from escherpad_ext.policy.settings import SETTINGS

    return {name: kind.default for name, kind in SETTINGS.items()}


@pytest.mark.parametrize("seed", range(3))
def test_origins(seed):
    """Settings change, approvals come and go, and strangers invent origins meanwhile."""
    chance, approved = random.Random(seed), set()
    policy = RequestPolicy(settings(chance), approved.__contains__)
    for step in range(STEPS):
        what = chance.random()
        if what < 0.03:
            policy = RequestPolicy(settings(chance), approved.__contains__)
        elif what < 0.2:
            approved.symmetric_difference_update([chance.choice(ORIGINS)])
        invented = f"https://{step}-{seed}.example" if what > 0.8 else chance.choice(ORIGINS)
        facts = FACTS._replace(
            origin=invented,
            method=chance.choice(["GET", "OPTIONS"]),
            requested_method=chance.choice([None, "PUT"]),
        )
        naive = NaivePolicy(policy.settings, approved.__contains__)
        decided, anew = policy.decide(facts), naive.decide(facts)
        assert (type(decided), decided) == (type(anew), anew)
        if invented != OWN:
            refusal = policy.settings.refusal_of(invented)
            may_be = refusal is not None and policy.settings.may_be_approved(refusal)
            is_served = refusal is None or (may_be and invented in approved)
            assert isinstance(decided, Refused) != is_served


def test_memory_of_origins_is_bounded():
    """However many strangers call, and however long the origins are that they invent."""
    policy = RequestPolicy(Settings.parse(defaults()), lambda origin: False)
    for number in range(10_000):
        policy.decide(FACTS._replace(origin=f"https://{number}.{'x' * 300}.example"))
    assert policy._known_refusal.cache_info().currsize == 0
    for number in range(10_000):
        policy.decide(FACTS._replace(origin=f"https://{number}.example"))
    found = policy._known_refusal.cache_info()
    assert found.currsize <= found.maxsize == decision.MAX_REMEMBERED_ORIGINS
    assert decision.MAX_REMEMBERED_LENGTH <= 256


@pytest.mark.parametrize("seed", range(3))
def test_grants(seed, tmp_path):
    """The server's issuer, which remembers, and one that was started for this one request.

    Both agree with what was done by another process: it makes and revokes grants, deletes keys,
    and notes their use. The time passes, and the server is started again now and then.
    """
    chance, now = random.Random(seed), NOW
    folder = tmp_path / "data"
    server, other, checks = Issuer(folder), Issuer(folder), RecentChecks()
    tokens, ended = {}, {}
    try:
        for _ in range(STEPS // 6):
            what = chance.random()
            if what < 0.2 or not tokens:
                lifetime = chance.choice([60, 3600])
                origin = chance.choice(ORIGINS[:2])
                request = GrantRequest(origin, frozenset({"api:read"}), "ana", now, now + lifetime)
                grant, token = other.issue(request)
                tokens[token], ended[token] = grant, now + lifetime
            elif what < 0.3:
                token = chance.choice(list(tokens))
                other.registry.revoke(tokens[token].id, now)
                ended[token] = min(ended[token], now)
            elif what < 0.33:
                key = chance.choice(list(tokens.values())).key_id
                (folder / "keys" / f"{key}.key").unlink(missing_ok=True)
                ended.update({t: NOW - 1 for t, grant in tokens.items() if grant.key_id == key})
            elif what < 0.4:
                now += chance.choice([1, 30, 600])
            elif what < 0.45:
                server.close()
                server, checks = Issuer(folder), RecentChecks()
            elif what < 0.5:
                server.registry.flush(now, at_once=True)
            for token in chance.sample(list(tokens), min(3, len(tokens))):
                origin = chance.choice(ORIGINS[:2])
                fresh = Issuer(folder)
                asked = (server, checks), (fresh, RecentChecks())
                said = [_verdict(*each, token, origin, now) for each in asked]
                fresh.close()
                assert said[0] == said[1]
                good = ended[token] > now and origin == tokens[token].origin
                assert (said[0] == tokens[token].id) == good
                assert checks.recall(token, origin=origin, now=tokens[token].expires) is None
    finally:
        server.close()
        other.close()


def _verdict(issuer, checks, token, origin, now):
    """Return the id of the grant, or the reason of the refusal."""
    grant = checks.recall(token, origin=origin, now=now)
    if grant is None:
        snapshot = issuer.snapshot(token)
        try:
            grant = issuer.verify(token, origin=origin, now=now)
        except TokenRefused as refused:
            return refused.code
        if snapshot is not None:
            checks.remember(token, grant, snapshot)
    issuer.registry.touch(grant, now)
    return grant.id


class Timer:
    """A clock that goes when it is told to."""

    def __init__(self, now):
        self.now = now

    def __call__(self):
        return self.now


class Thread:
    """Reads the registry where it is called, or cannot read it."""

    works = True

    async def run(self, work):
        if not self.works:
            raise GrantsUnavailable("The registry cannot be read.")
        return work()


@pytest.mark.parametrize("seed", range(3))
async def test_approved_origins(seed, tmp_path):
    """After a look, they are those of one who looks for the first time.

    Another process makes and revokes grants. Without a look, an approval still ends by the clock.
    Where the registry cannot be read, all is as before.
    """
    chance, clock, thread = random.Random(seed), Timer(NOW), Thread()
    folder = tmp_path / "data"
    server, other, grants = Issuer(folder), Issuer(folder), []
    approved = ApprovedOrigins(thread, server, clock)
    try:
        for _ in range(STEPS // 6):
            what, now = chance.random(), clock.now
            if what < 0.2:
                via, lifetime = chance.choice(["connect", "command"]), chance.choice([60, 3600])
                scopes, until = frozenset({"api:read"}), now + lifetime
                request = GrantRequest(chance.choice(ORIGINS[:4]), scopes, "ana", now, until)
                grants.append(other.issue(request._replace(via=via))[0])
            elif what < 0.4 and grants:
                other.registry.revoke(chance.choice(grants).id, now)
            elif what < 0.6:
                now = clock.now = now + chance.choice([1, 30, 600])
            elif what < 0.65:
                server.close()
                server = Issuer(folder)
                approved = ApprovedOrigins(thread, server, clock)
            before = {origin for origin in ORIGINS if approved.has(origin)}
            may_be = {grant.origin for grant in grants if grant.expires > now}
            assert before <= may_be
            thread.works = chance.random() < 0.8
            assert await approved.look() is thread.works
            expected = set(other.registry.live_origins(other.server_id(), now))
            after = {origin for origin in ORIGINS if approved.has(origin)}
            assert after == (expected if thread.works else before)
    finally:
        server.close()
        other.close()


@pytest.mark.parametrize("seed", range(3))
def test_users(seed):
    """A token is never another token's user, and the same user again while it is remembered."""
    chance, users, latest = random.Random(seed), RememberedUsers(), {}
    tokens = [f"token {number}" for number in range(MAX_REMEMBERED_USERS + 200)]
    for _ in range(STEPS * 10):
        token = chance.choice(tokens)
        user = users.remember(token, lambda named=token: User(username=named))
        assert user.username == token
        is_kept = token in list(latest)[-MAX_REMEMBERED_USERS:]
        assert (latest.pop(token, None) is user) == is_kept
        latest[token] = user
        assert len(users._users) <= MAX_REMEMBERED_USERS


@pytest.mark.parametrize("seed", range(3))
def test_refusals_in_a_row(seed, monkeypatch):
    """Each token from each origin has to wait as if nobody else had ever called."""
    monkeypatch.setattr(repeated_refusals, "MAX_IN_A_ROW", 3)
    chance, timer = random.Random(seed), Timer(0.0)
    shared, alone = RepeatedRefusals(timer), {}
    for _ in range(STEPS * 2):
        timer.now += chance.choice([0.0, 1.0, 10.0, 31.0, 61.0])
        token, origin = chance.choice("abc"), chance.choice([None, *ORIGINS[:2]])
        in_url = chance.random() < 0.3
        presented = Presented(ignored=token.encode()) if in_url else Presented(token)
        context = RequestContext(origin, presented)
        own = alone.setdefault((token, origin, in_url), RepeatedRefusals(timer))
        waiting = shared.refusal_of(context)
        assert waiting == own.refusal_of(context)
        accepted = chance.random() < 0.1
        for each in (shared, own):
            if waiting is None and accepted:
                each.forget(context)
            elif waiting is None:
                each.note(context, refuse("invalid_token", "revoked"))
        waits = [each for each in alone.values() if each._waiting]
        assert len(shared._waiting) == len(waits)


#: Functions that remember all that they were asked: what each can be asked is written in the code.
UNBOUNDED = {"_served", "_c_function", "_load"}


def test_functions_that_remember_have_a_bound():
    """What callers write must not fill the memory."""
    without, bounds = set(), []
    for file in Path(escherpad_ext.__file__).parent.rglob("*.py"):
        text = file.read_text(encoding="utf-8")
        for node in ast.walk(ast.parse(text)) if "cache" in text else ():
            if isinstance(node, ast.FunctionDef):
                plain = {ast.unparse(each) for each in node.decorator_list}
                if plain & {"cache", "lru_cache", "functools.cache", "functools.lru_cache"}:
                    without.add(node.name)
            elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("lru_cache"):
                (bound,) = (*node.args, *(each.value for each in node.keywords))
                bounds.append(ast.unparse(bound))
    assert without == UNBOUNDED
    numbers = [int(bound) for bound in bounds if bound != "MAX_REMEMBERED_ORIGINS"]
    assert numbers
    assert max(numbers) <= 1024
