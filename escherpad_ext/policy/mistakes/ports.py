"""Mistakes of the port."""

from __future__ import annotations

import re

from ..mistake import Mistake
from ..origin import DEFAULT_PORTS, MAX_PORT
from .parts import Parts


def _port(parts: Parts) -> Mistake | None:
    port = parts.port
    if port is None:
        return None
    if port == "*":
        return _any_port(parts)
    return _port_digits(parts, port)


def _port_digits(parts: Parts, port: str) -> Mistake | None:
    if not port:
        return Mistake("port_empty", "ends in a colon: leave it out.", parts.but(port=None))
    if not re.fullmatch("[0-9]+", port):
        return _no_port("port_malformed", "has a port that is not a number")
    number = int(port)
    if number > MAX_PORT:
        return _no_port("port_range", "has a port out of range")
    if port != str(number):
        return Mistake(
            "port_zeros",
            "has leading zeros in its port: leave them out.",
            parts.but(port=str(number)),
        )
    return _port_number(parts, number)


def _port_number(parts: Parts, number: int) -> Mistake | None:
    if number == DEFAULT_PORTS.get(parts.scheme or ""):
        return Mistake(
            "port_default",
            f"spells out the default port of {parts.scheme}, which browsers leave out: leave it "
            "out.",
            parts.but(port=None),
        )
    if number == 0:
        return Mistake(
            "port_zero", "has port 0, where no page can be: write :* for any.", parts.but(port="*")
        )
    return None


def _any_port(parts: Parts) -> Mistake | None:
    if parts.scheme in DEFAULT_PORTS:
        return None
    return Mistake(
        "wildcard_port",
        f"has a wildcard for the port, but {parts.scheme} allows exact origins only: write the "
        "origin as the page's location.origin has it.",
        parts.but(port=None),
    )


def _no_port(code: str, what: str) -> Mistake:
    return Mistake(code, f"{what}: write one from 1 to {MAX_PORT}, or :* for any.")


RULES = (_port,)
