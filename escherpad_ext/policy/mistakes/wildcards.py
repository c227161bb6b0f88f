"""Mistakes with ``*`` in the host."""

from __future__ import annotations

import re

from .. import hosts
from ..mistake import Mistake
from ..origin import DEFAULT_PORTS
from .parts import Parts


def _wildcard(parts: Parts) -> Mistake | None:
    stars = parts.host.count("*")
    bare = parts.host.removeprefix("*.")
    if not stars:
        return None
    if parts.scheme not in DEFAULT_PORTS:
        return _no_wildcard(f"has a wildcard, but {parts.scheme} allows exact origins only")
    if hosts.is_ip(bare.partition(":")[0]) or bare.startswith("["):
        return Mistake("wildcard_ip", "has a wildcard on an IP address: write each address.", None)
    if stars > 1:
        return _several(parts)
    return None if parts.host.startswith("*.") else _misplaced(parts)


def _several(parts: Parts) -> Mistake:
    labels = [label for label in parts.host.split(".") if label != "*"]
    lone = parts.but(host="*." + ".".join(labels)) if parts.host.startswith("*.*.") else None
    return Mistake(
        "wildcard_several",
        "has several wildcards: write one, as the first label; it stands for any number.",
        lone,
    )


def _misplaced(parts: Parts) -> Mistake:
    if parts.host == "*":
        return _no_wildcard("has a wildcard for the whole host, which would allow every site")
    if re.search(r"[^.]\*|\*[^.]", parts.host):
        return _no_wildcard("has a wildcard for a part of a label", "wildcard_partial")
    return _no_wildcard("has a wildcard that is not the first label", "wildcard_position")


def _no_wildcard(what: str, code: str = "wildcard_host") -> Mistake:
    return Mistake(code, f"{what}: write each origin, or one like https://*.example.com.")


RULES = (_wildcard,)
