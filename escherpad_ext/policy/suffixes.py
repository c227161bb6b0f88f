"""Public suffixes: domains under which anyone can get a name (https://publicsuffix.org).

The list is the copy that comes with the package ``publicsuffixlist``; nothing is downloaded. Its
own look-ups cannot say whether a domain has public suffixes *below*, so the rules are read here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path


class SuffixListMissing(Exception):  # noqa: N818 - named after what it found
    """The list cannot be read, so that no wildcard can be judged."""


@lru_cache(maxsize=1)
def _list() -> str:
    """Return the list as it is. To search it takes less than to sort its ten thousand rules."""
    try:
        from publicsuffixlist import PSLFILE  # noqa: PLC0415 - may be missing, see below

        found = Path(PSLFILE).read_text(encoding="utf-8")
    except (ImportError, OSError, ValueError) as error:
        raise SuffixListMissing(str(error)) from error
    if "\ncom\n" not in found:  # an empty list would make every wildcard harmless
        raise SuffixListMissing("The file of publicsuffixlist is damaged.")
    return found


def _beginnings(end: str) -> Iterator[str]:
    """Yield what stands before ``end`` in each rule that ends so, ICANN's and the private ones.

    A rule is a line up to its first white space (https://github.com/publicsuffix/list/wiki/Format).
    """
    text = _list()
    for found in re.finditer(rf"{re.escape(end)}(?!\S)", text):
        before = text[text.rfind("\n", 0, found.start()) + 1 : found.start()].lstrip()
        if not before.startswith("//") and not any(map(str.isspace, before)):
            yield before


def spans_public_suffix(domain: str) -> bool:
    """Return whether ``*.domain`` covers sites of people who have nothing to do with each other.

    True for a public suffix (``github.io``), and for a domain that has public suffixes below
    (``amazonaws.com`` has ``s3.amazonaws.com``, ``kobe.jp`` has ``*.kobe.jp``). Raises
    SuffixListMissing.
    """
    domain = _unicode(domain)
    beginnings = set(_beginnings(domain))
    if any(not before or before.endswith(".") for before in beginnings):
        return True
    parent = domain.partition(".")[2]
    return "!" not in beginnings and bool(parent) and "*." in _beginnings(parent)


def _unicode(domain: str) -> str:
    """Return the domain as the list writes it."""
    if "xn--" not in domain:
        return domain
    import idna  # noqa: PLC0415 - a large table, for the few that need it

    try:
        return idna.decode(domain)
    except idna.IDNAError:
        return domain
