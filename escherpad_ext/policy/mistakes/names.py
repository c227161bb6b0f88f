"""Mistakes of the host, be it a name or an address."""

from __future__ import annotations

import re
from urllib.parse import unquote

from .. import hosts
from ..mistake import Mistake
from .parts import Parts

_LABEL_LENGTH = 63


_HOST_LENGTH = 253


def _host_missing(parts: Parts) -> Mistake | None:
    if parts.host:
        return None
    return Mistake("host_missing", "names no host: write scheme://host.")


def _unicode(parts: Parts) -> Mistake | None:
    if parts.host.isascii():
        return None
    ascii_host = to_ascii(parts.host)
    return Mistake(
        "unicode_host",
        "has a host that is not ASCII: write its xn-- form, as the browser's console prints "
        "location.origin.",
        None if ascii_host is None else parts.but(host=ascii_host),
    )


def to_ascii(host: str) -> str | None:
    """Return the host's punycode, None where it has none. Imported late: the tables are large."""
    import idna  # noqa: PLC0415

    prefix = "*." if host.startswith("*.") else ""
    try:
        return prefix + idna.encode(host.removeprefix("*."), uts46=True).decode("ascii")
    except (idna.IDNAError, UnicodeError):
        return None


def _percent(parts: Parts) -> Mistake | None:
    if "%" not in parts.host or ":" in parts.host:
        return None
    plain = unquote(parts.host)
    repair = parts.but(host=plain) if re.fullmatch(r"[\w.-]+", plain) else None
    return Mistake("bad_character", "has a % in its host: write the host plainly.", repair)


def _ipv6(parts: Parts) -> Mistake | None:
    inner = parts.host.removeprefix("[").removesuffix("]")
    if ":" not in inner and "[" not in parts.host and "]" not in parts.host:
        return None
    address, percent, _ = inner.partition("%")
    canonical = hosts.canonical_ipv6(address)
    if canonical is None:
        return Mistake("ipv6", "is not an IPv6 address: write one like http://[::1]:8888.")
    repair = parts.but(host=canonical)
    if percent:
        what = "has an IPv6 zone, which browsers do not have: write the address without it."
        return Mistake("ipv6_zone", what, repair)
    if parts.host != f"[{inner}]":
        return Mistake(
            "ipv6_brackets", "has an IPv6 address without brackets: put it into [ ].", repair
        )
    return (
        Mistake("ipv6_form", "has an IPv6 address in a long form: write it as browsers do.", repair)
        if (canonical != parts.host)
        else None
    )


def _ipv4(parts: Parts) -> Mistake | None:
    if parts.host.startswith("[") or not hosts.ends_in_number(parts.host):
        return None
    if hosts.is_ipv4(parts.host):
        return None
    canonical = hosts.canonical_ipv4(parts.host)
    return Mistake(
        "ipv4_form",
        "has an IPv4 address not written as browsers do: write four decimal numbers.",
        None if canonical is None else parts.but(host=canonical),
    )


def _dots(parts: Parts) -> Mistake | None:
    if parts.host.endswith(".") and not parts.host.endswith(".."):
        return Mistake(
            "trailing_dot",
            "has a trailing dot, which makes it another site: leave it out.",
            parts.but(host=parts.host[:-1]),
        )
    if "" not in parts.host.split("."):
        return None
    return Mistake("empty_label", "has an empty label between dots: write the host in full.")


def _host_length(parts: Parts) -> Mistake | None:
    longest = max(map(len, parts.host.split(".")))
    if len(parts.host) <= _HOST_LENGTH and longest <= _LABEL_LENGTH:
        return None
    return Mistake(
        "too_long",
        f"has a host of more than {_HOST_LENGTH} characters or a label of more than "
        f"{_LABEL_LENGTH}: write one that exists.",
    )


def _host_characters(parts: Parts) -> Mistake | None:
    if hosts.is_plain(parts.host.removeprefix("*.")):
        return None
    return Mistake(
        "bad_character",
        "has a character in its host that no site has: write letters, digits, - and dots.",
    )


SPELLING = (_host_missing, _unicode, _percent)
RULES = (_ipv6, _ipv4, _dots, _host_length, _host_characters)
