"""Public suffixes: domains under which anyone can get a name (https://publicsuffix.org).

The list is the copy that comes with the package ``publicsuffixlist``; nothing is downloaded. Its
own look-ups cannot say whether a domain has public suffixes *below*, so the rules are read here.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import NamedTuple


class SuffixListMissing(Exception):  # noqa: N818 - named after what it found
    """The list cannot be read, so that no wildcard can be judged."""


class _Rules(NamedTuple):
    """The list's rules (https://github.com/publicsuffix/list/wiki/Format), by kind."""

    suffixes: frozenset[str]
    wildcards: frozenset[str]
    exceptions: frozenset[str]
    above: frozenset[str]


@lru_cache(maxsize=1)
def _rules() -> _Rules:
    """Return the rules, ICANN's and the private ones; some ten milliseconds, once."""
    rules = [line.split()[0] for line in _lines() if line.strip() and not line.startswith("//")]
    wildcards = [rule[2:] for rule in rules if rule.startswith("*.")]
    return _Rules(
        suffixes=frozenset(rule for rule in rules if rule[0] not in "*!"),
        wildcards=frozenset(wildcards),
        exceptions=frozenset(rule[1:] for rule in rules if rule[0] == "!"),
        above=frozenset(parent for rule in rules for parent in _parents(rule)),
    )


def _lines() -> list[str]:
    try:
        from publicsuffixlist import PSLFILE  # noqa: PLC0415 - may be missing, see below

        found = Path(PSLFILE).read_text(encoding="utf-8").splitlines()
    except (ImportError, OSError, ValueError) as error:
        raise SuffixListMissing(str(error)) from error
    if "com" not in found:  # an empty list would make every wildcard harmless
        raise SuffixListMissing("The file of publicsuffixlist is damaged.")
    return found


def _parents(domain: str) -> list[str]:
    labels = domain.split(".")
    return [".".join(labels[index:]) for index in range(1, len(labels))]


def spans_public_suffix(domain: str) -> bool:
    """Return whether ``*.domain`` covers sites of people who have nothing to do with each other.

    True for a public suffix (``github.io``), and for a domain that has public suffixes below
    (``amazonaws.com`` has ``s3.amazonaws.com``, ``kobe.jp`` has ``*.kobe.jp``). Raises
    SuffixListMissing.
    """
    rules, domain = _rules(), _unicode(domain)
    if domain in rules.suffixes or domain in rules.above:
        return True
    return domain.partition(".")[2] in rules.wildcards and domain not in rules.exceptions


def _unicode(domain: str) -> str:
    """Return the domain as the list writes it."""
    if "xn--" not in domain:
        return domain
    import idna  # noqa: PLC0415 - a large table, for the few that need it

    try:
        return idna.decode(domain)
    except idna.IDNAError:
        return domain
