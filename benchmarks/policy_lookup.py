"""Asking the policy for one origin: with 100,000 patterns against with one."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

from escherpad_ext.policy.origins import OriginPolicy

from .figures import Counts, Figure
from .timing import Act, ratios

LIMIT = 1.5
_ASKED = 1000


def measure(counts: Counts) -> Iterator[Figure]:
    sites = [f"site-{number:06}.example" for number in range(counts.entries)]
    some = random.Random(1).choices(sites, k=_ASKED)
    one = [sites[0]] * _ASKED
    deep = ".".join(["deep"] * 40)
    asked = {
        # pattern, origin, sites that the many patterns are asked for, that the one is asked for
        "exact hit": ("https://{}", "https://{}", some, one),
        "wildcard hit": ("https://*.{}", "https://a.b.c.{}", some, one),
        "miss below 40 labels": ("https://*.{}", "https://" + deep + ".not-{}", some, some),
    }
    for name, (pattern, origin, of_many, of_one) in asked.items():
        many = _ask([pattern.format(site) for site in sites], [origin.format(s) for s in of_many])
        single = _ask([pattern.format(sites[0])], [origin.format(s) for s in of_one])
        rounds = tuple(ratios([single, many], counts.lookups)[0] for _ in range(counts.rounds))
        yield Figure(
            f"policy, {name}", "x", rounds, LIMIT, f"{counts.entries:,} patterns against one"
        )


def _ask(patterns: Sequence[str], origins: Sequence[str]) -> Act:
    # Whether *.example is anybody's to allow is a question of start-up, not of looking up.
    refusal = OriginPolicy.compile(list(patterns), allow_public_suffix=True).refusal

    def act() -> None:
        for origin in origins:
            refusal(origin)

    return act
