"""The report of a check, for people and for programs.

Text that comes from a server reaches the terminal only if it is known, or escaped.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from ..console import printable, table
from .describe import meaning, shown
from .facts import Facts
from .findings import Finding
from .probe_requests import MALFORMED, PLAIN, Caller, probe_requests
from .program_requests import program_requests
from .run import Report


def as_json(origin: str, reports: Sequence[Report]) -> dict[str, Any]:
    """Return everything."""
    return {
        "origin": origin,
        "healthy": all(report.is_healthy for report in reports),
        "servers": [_object(report) for report in reports],
    }


def _object(report: Report) -> dict[str, Any]:
    return {
        "address": str(report.facts.address) if report.facts else None,
        "healthy": report.is_healthy,
        "findings": [finding.as_json() for finding in report.findings],
        "notes": list(report.notes),
        "asked": [
            {"name": name, "asked": asked, "answered": answered, "means": means}
            for name, asked, answered, means in (_rows(report.facts) if report.facts else ())
        ],
    }


def as_text(origin: str, reports: Sequence[Report], width: float = float("inf")) -> Iterator[str]:
    """Yield lines: a table, then the cause with its fix, then the rest."""
    for report in reports:
        if report.facts is not None:
            yield f"{report.facts.address}, as seen from {printable(origin)}"
            yield ""
            yield from _table(report.facts, width)
        for number, finding in enumerate(report.findings):
            yield ""
            yield from _paragraph(finding, first=number == 0)
        yield ""
        if not report.findings:
            yield "Nothing is wrong."
        yield from (f"Note: {printable(note)}" for note in report.notes)


def _table(facts: Facts, width: float) -> Iterator[str]:
    rows = [("asked", "answered", "means"), *(row[1:] for row in _rows(facts))]
    yield from table(rows, indent="  ", width=width)


def _rows(facts: Facts) -> Iterator[tuple[str, str, str, str]]:
    # Only for their descriptions: no token is used.
    caller = Caller(facts.origin, facts.stranger, "", "" if "token" in facts.outcomes else None)
    asked = (*probe_requests(caller, facts.address.origin), *program_requests(facts))
    words = {each.name: each.asked for each in (PLAIN, MALFORMED, *asked)}
    words["plain_local"] = "the same with Host: localhost"
    words["grant"] = "GET escherpad/grant, the token"
    for name, outcome in facts.outcomes.items():
        means = printable(meaning(name, outcome, facts))
        yield name, words[name], printable(shown(outcome)), means


def _paragraph(finding: Finding, *, first: bool) -> Iterator[str]:
    mark = "Warning" if finding.severity == "warning" else "Cause" if first else "Also"
    yield f"{mark}: {finding.what} ({finding.code})"
    yield f"  {printable(finding.why)}"
    yield "  What to do:"
    yield from (f"    {printable(line)}" for line in finding.fix.split("\n"))
