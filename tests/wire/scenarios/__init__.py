"""All scenarios, in the order in which they are played."""

from __future__ import annotations

from ..steps import Request, Scenario, bearer
from . import configurations, connect, consent, endpoints, origins, resources, sockets, tokens

_PLAYED = (
    *origins.SCENARIOS,
    *tokens.SCENARIOS,
    *resources.SCENARIOS,
    *sockets.SCENARIOS,
    *endpoints.SCENARIOS,
    *consent.SCENARIOS,
    *connect.SCENARIOS,
    *configurations.SCENARIOS,
)
#: Last, how each server counted what came before.
_COUNTED = tuple(
    Scenario("counters", server, (Request("metrics", path, headers=(bearer("server"),)),))
    for server, path in (
        ("listed", "/metrics"),
        ("public", "/user/ana/metrics"),
        ("broken", "/metrics"),
        ("generous", "/metrics"),
    )
)
SCENARIOS: tuple[Scenario, ...] = (*_PLAYED, *_COUNTED)
