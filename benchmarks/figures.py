"""What a benchmark reports, and how much it measures."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True)
class Figure:
    """One line of the table, with one value per round. Without a limit it only informs.

    ``noise`` is how far equal sides were apart.
    """

    name: str
    unit: str
    values: tuple[float, ...]
    limit: float | None = None
    note: str = ""
    noise: float = 0.0

    @property
    def median(self) -> float | None:
        return median(self.values) if self.values else None

    @property
    def within_limit(self) -> bool | None:
        """Whether the median keeps the limit; None where there is nothing to judge."""
        if self.median is None or self.limit is None:
            return None
        return self.median <= self.limit

    @property
    def verdict(self) -> str:
        """Whether the limit is kept by more than the noise; empty where there is none."""
        if self.within_limit is None or self.median is None or self.limit is None:
            return ""
        if not self.within_limit:
            return "OVER"
        return "ok" if self.median + self.noise <= self.limit else "undecided"

    def as_json(self) -> dict[str, object]:
        return {
            "name": self.name,
            "unit": self.unit,
            "median": self.median,
            "min": min(self.values, default=None),
            "max": max(self.values, default=None),
            "limit": self.limit,
            "within_limit": self.within_limit,
            "verdict": self.verdict,
            "rounds": len(self.values),
            "note": self.note,
        }


@dataclass(frozen=True)
class Counts:
    """How much is measured. Each round starts new processes, since no two run quite alike."""

    rounds: int
    requests: int
    executions: int
    saves: int
    page_turns: int
    lab_rounds: int
    browsers: int
    starts: int
    imports: int
    entries: int
    lookups: int
    refused_requests: int
    refused_decisions: int
    sockets: int
    load_cycles: int
    hub_users: int
    hub_starts: int
    main_rounds: int
    main_requests: int


FULL = Counts(
    rounds=7,
    lab_rounds=5,
    requests=1200,
    executions=250,
    saves=20,
    page_turns=2,
    browsers=2,
    starts=15,
    imports=11,
    entries=100_000,
    lookups=200,
    refused_requests=200_000,
    refused_decisions=2_000_000,
    sockets=500,
    load_cycles=6,
    hub_users=200,
    hub_starts=5,
    main_rounds=5,
    main_requests=300,
)
QUICK = Counts(
    rounds=3,
    lab_rounds=2,
    requests=400,
    executions=60,
    saves=20,
    page_turns=2,
    browsers=2,
    starts=4,
    imports=5,
    entries=100_000,
    lookups=50,
    refused_requests=20_000,
    refused_decisions=200_000,
    sockets=500,
    load_cycles=3,
    hub_users=200,
    hub_starts=3,
    main_rounds=3,
    main_requests=150,
)
#: Only tells whether everything runs.
TINY = Counts(
    rounds=1,
    lab_rounds=1,
    requests=3,
    executions=2,
    saves=2,
    page_turns=1,
    browsers=1,
    starts=1,
    imports=1,
    entries=50,
    lookups=2,
    refused_requests=100,
    refused_decisions=1000,
    sockets=20,
    load_cycles=1,
    hub_users=5,
    hub_starts=1,
    main_rounds=1,
    main_requests=3,
)
