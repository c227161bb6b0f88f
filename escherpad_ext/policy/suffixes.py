"""Public suffixes: domains under which anybody may own a name (https://publicsuffix.org)."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tldextract import TLDExtract


@lru_cache(maxsize=1)
def _extractor() -> TLDExtract:
    """Load the snapshot that comes with tldextract: no network, no cache on disk.

    Imported late, since most servers name no wildcard and the list takes a while.
    """
    from tldextract import TLDExtract  # noqa: PLC0415

    return TLDExtract(suffix_list_urls=(), cache_dir=None, include_psl_private_domains=True)


def spans_public_suffix(domain: str) -> bool:
    """Tell whether ``*.domain`` covers sites of people who have nothing to do with each other.

    True for a public suffix (``github.io``), and for a domain that has public suffixes below
    (``amazonaws.com`` has ``s3.amazonaws.com``, ``kobe.jp`` has ``*.kobe.jp``).
    """
    extract = _extractor()
    if extract.extract_str(domain).suffix == domain:
        return True
    below = "." + domain
    return any(rule.endswith(below) for rule in extract.tlds)
