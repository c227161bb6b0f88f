"""Nothing that is remembered for speed decides otherwise than the rule itself.

A naive oracle remembers nothing. Requests, revocations, changes of settings and restarts come in
any order; after each, both say the same.
"""

from __future__ import annotations

import os
import random
from dataclasses import replace

import pytest

from escherpad_ext.errors import TokenRefused
from escherpad_ext.grants import GrantRequest, Issuer
from escherpad_ext.grants.recent_checks import RecentChecks
from escherpad_ext.policy import decision
from escherpad_ext.policy.decision import RequestFacts, RequestPolicy
from escherpad_ext.policy.settings import Settings

STEPS = 6000 if os.environ.get("ESCHERPAD_FULL") else 600
NOW = 1_800_000_000
ORIGINS = [
    "https://app.example.com",
    "https://one.lab.example.edu",
    "https://two.lab.example.edu",
    "http://localhost:3000",
    "https://evil.example",
    "null",
    "https://jupyter.example",
    f"https://{'long.' * 60}lab.example.edu",
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
        facts = replace(
            FACTS,
            origin=invented,
            method=chance.choice(["GET", "OPTIONS"]),
            requested_method=chance.choice([None, "PUT"]),
        )
        naive = NaivePolicy(policy.settings, approved.__contains__)
        assert policy.decide(facts) == naive.decide(facts)


def test_memory_of_origins_is_bounded():
    """However many strangers call, and however long the origins are that they invent."""
    policy = RequestPolicy(Settings.parse(defaults()), lambda origin: False)
    for number in range(10_000):
        policy.decide(replace(FACTS, origin=f"https://{number}.example"))
        policy.decide(replace(FACTS, origin=f"https://{number}.{'x' * 300}.example"))
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
