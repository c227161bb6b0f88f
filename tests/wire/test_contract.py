"""The wire contract: what was recorded once is what is answered today, byte for byte.

Each answer is one test. Where a change is meant, record again (``python -m tests.wire.record``) and
show what is different.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest

from . import recording
from .play import Answers, Owner, new_owner
from .record import commands_of, tokens_of
from .scenarios import SCENARIOS
from .servers import SERVERS

# What Jupyter Server itself answers differs between its versions.
pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

RECORDED = recording.load()
STEPS = [
    pytest.param(
        scenario.server,
        scenario.name,
        step.name,
        id=f"{scenario.server}: {scenario.name}: {step.name}",
    )
    for scenario in SCENARIOS
    for step in scenario.steps
]


class Replay:
    """Plays each server's scenarios once, two servers at a time, as soon as one is asked for."""

    def __init__(self, owner: Owner, pool: ThreadPoolExecutor) -> None:
        self.owner = owner
        self._pool = pool
        self._played: dict[str, Future[dict[str, Answers]]] = {}

    def start(self, servers: set[str]) -> None:
        """Play these servers, if nobody has asked for them yet."""
        for name in SERVERS:
            if name in servers and name not in self._played:
                self._played[name] = self._pool.submit(self.owner.play, name)

    def answers(self, server: str) -> dict[str, Answers]:
        """Return what a server answered in each of its scenarios."""
        self.start({server})
        return self._played[server].result()


@pytest.fixture(scope="module")
def replay(request: pytest.FixtureRequest) -> Iterator[Replay]:
    """Return what plays, for the servers of the tests that are run."""
    params = [getattr(item, "callspec", None) for item in request.session.items]
    wanted = {spec.params["server"] for spec in params if spec and "scenario" in spec.params}
    with new_owner() as owner, ThreadPoolExecutor(2) as pool:
        found = Replay(owner, pool)
        found.start(wanted)
        yield found


@pytest.mark.parametrize(("server", "scenario", "step"), STEPS)
def test_answer(replay: Replay, server: str, scenario: str, step: str) -> None:
    """Status, headers in their order, and body."""
    assert replay.answers(server)[scenario][step] == RECORDED["answers"][server][scenario][step]


def test_nothing_else_is_recorded() -> None:
    """No answer is left of a request that is not asked any more."""
    recorded = {
        (server, scenario, step)
        for server, scenarios in RECORDED["answers"].items()
        for scenario, steps in scenarios.items()
        for step in steps
    }
    assert recorded == {param.values for param in STEPS}
    assert len(STEPS) == len(recorded), "Two steps of a scenario have the same name."


def test_grant_tokens(replay: Replay) -> None:
    """Header and claims, and every scope of each bundle."""
    assert tokens_of(replay.owner) == RECORDED["tokens"]


@pytest.fixture(scope="module")
def commands(replay: Replay) -> dict[str, Any]:
    """Return what the commands say."""
    return commands_of(replay.owner)


@pytest.mark.parametrize("part", ["settings", "options", "calls"])
def test_commands(commands: dict[str, Any], part: str) -> None:
    """The settings and their defaults, the options of each command, exit status."""
    assert commands[part] == RECORDED["commands"][part]
