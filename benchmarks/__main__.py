"""Measure, and print a table (or JSON): python -m benchmarks [--quick] [--json] [FIGURE ...]."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence

from . import (
    authenticated_get,
    grant_tokens,
    handshake,
    hub_policies,
    kernel_round_trip,
    lab,
    load,
    main_road,
    pages,
    policy_lookup,
    preflight,
    record,
    refused_origins,
    start_up,
)
from .figures import FULL, QUICK, TINY, Counts, Figure

MODULES = {
    "main": main_road,
    "get": authenticated_get,
    "preflight": preflight,
    "given": grant_tokens,
    "handshake": handshake,
    "kernel": kernel_round_trip,
    "record": record,
    "pages": pages,
    "lab": lab,
    "start": start_up,
    "policy": policy_lookup,
    "memory": refused_origins,
    "load": load,
    "hub": hub_policies,
}
_ROW = "{:<43} {:>9} {:>9} {:>9} {:>8}  {:<9} {}"


def main(arguments: Sequence[str] | None = None) -> None:
    options = _parser().parse_args(arguments)
    # A console may lack the sign for "at most".
    sys.stdout.reconfigure(errors="replace")  # type: ignore[union-attr]
    chosen = options.figure or [name for name in MODULES if name != "main"]  # the others have it
    figures = _measure(chosen, options.counts)
    if options.json:
        print(json.dumps([figure.as_json() for figure in figures], indent=2))
        return
    print(_ROW.format("figure", "median", "min", "max", "limit", "", ""))
    for figure in figures:
        print(_row(figure), flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("figure", nargs="*", metavar="FIGURE", help=", ".join(MODULES))
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    amount = parser.add_mutually_exclusive_group()
    amount.add_argument(
        "--quick",
        dest="counts",
        action="store_const",
        const=QUICK,
        help="some minutes instead of half an hour, and noisier",
    )
    amount.add_argument(
        "--tiny",
        dest="counts",
        action="store_const",
        const=TINY,
        help="only see whether everything runs",
    )
    parser.set_defaults(counts=FULL)
    return parser


def _measure(names: Sequence[str], counts: Counts) -> Iterator[Figure]:
    for name in names:
        yield from MODULES[name].measure(counts)


def _row(figure: Figure) -> str:
    values = figure.median, min(figure.values, default=None), max(figure.values, default=None)
    shown = ["" if value is None else _number(value, figure.unit) for value in values]
    limit = "" if figure.limit is None else f"≤ {_number(figure.limit, figure.unit)}"
    return _ROW.format(figure.name, *shown, limit, figure.verdict, figure.note).rstrip()


def _number(value: float, unit: str) -> str:
    return f"{value:.3f}" if unit == "x" else f"{value:.0f} {unit}"


if __name__ == "__main__":
    main()
