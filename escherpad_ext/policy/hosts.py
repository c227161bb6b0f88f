"""Hosts as browsers serialise them (WHATWG URL, section 3.5, "host serializing")."""

from __future__ import annotations

import ipaddress
import re

# What is left of ASCII after the forbidden domain code points and upper case
# (https://url.spec.whatwg.org/#forbidden-domain-code-point). Odd, but browsers do send these.
_DOMAIN = re.compile(r"[a-z0-9.\-_!\"$&'()*+,;=`{}~]+")
_PLAIN = re.compile(r"[A-Za-z0-9._-]+|\[[0-9a-f:]+\]")
# Hosts of app shells and extensions are no names of the network: they are "opaque", stay as they
# were written, and may be "." or "-" (https://url.spec.whatwg.org/#concept-opaque-host-parser).
_OPAQUE = re.compile(r"[A-Za-z0-9._-]{1,253}")
_NUMBER = re.compile(r"0[xX][0-9a-fA-F]*|[0-9]+")
_IPV4 = re.compile(r"(?:(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])(?:\.(?!\Z)|\Z)){4}")
_IPV4_PARTS = 4


def is_canonical(host: str) -> bool:
    """Return whether a browser could have written this host into an origin.

    A superset for ``xn--`` labels: whether their punycode is valid depends on the Unicode
    version of the browser, and it makes no host equal to another one.
    """
    if host.startswith("["):
        return host.endswith("]") and canonical_ipv6(host[1:-1]) == host
    if not _DOMAIN.fullmatch(host):
        return False
    return is_ipv4(host) if ends_in_number(host) else True


def is_opaque(host: str) -> bool:
    """Return whether a page with a scheme other than http(s) may have this host."""
    return _OPAQUE.fullmatch(host) is not None


def is_plain(host: str) -> bool:
    """Return whether the host is of letters, digits, ``-``, ``_`` and dots, or an IPv6 address."""
    return _PLAIN.fullmatch(host) is not None


def is_ipv4(host: str) -> bool:
    """Return whether the host is an IPv4 address in its canonical dotted form."""
    return _IPV4.fullmatch(host) is not None


def is_ip(host: str) -> bool:
    """Return whether the host is an IP address of any form."""
    return host.startswith("[") or ends_in_number(host)


def is_loopback(host: str) -> bool:
    """Return whether the host never leaves the machine (W3C Secure Contexts, section 3.1)."""
    if is_ipv4(host):
        return host.startswith("127.")
    name = host.removesuffix(".")
    return host == "[::1]" or name == "localhost" or name.endswith(".localhost")


def ends_in_number(host: str) -> bool:
    """Return whether browsers take it for IPv4 (https://url.spec.whatwg.org/#ends-in-a-number-checker)."""
    return _NUMBER.fullmatch(host.removesuffix(".").rpartition(".")[2]) is not None


def canonical_ipv4(host: str) -> str | None:
    """Return the dotted form of an IPv4 address that a browser would understand, else None.

    Source: https://url.spec.whatwg.org/#concept-ipv4-parser
    """
    parts = host.removesuffix(".").split(".")
    if len(parts) > _IPV4_PARTS or not all(map(_NUMBER.fullmatch, parts)):
        return None
    numbers = [_ipv4_number(part) for part in parts]
    if None in numbers:
        return None
    *high, last = [number or 0 for number in numbers]
    room = _IPV4_PARTS - len(high)
    if any(number > 255 for number in high) or last >= 256**room:  # noqa: PLR2004
        return None
    head = sum(number << (8 * (3 - index)) for index, number in enumerate(high))
    return str(ipaddress.IPv4Address(head + last))


def _ipv4_number(part: str) -> int | None:
    """Read one part: 0x is hexadecimal, a leading zero octal; None where it is neither."""
    digits, base = part.lower(), 10
    if digits.startswith("0x"):
        digits, base = digits[2:] or "0", 16
    elif digits.startswith("0"):
        base = 8
    try:
        return int(digits, base)
    except ValueError:
        return None


def canonical_ipv6(text: str) -> str | None:
    """Return the bracketed, compressed form of an IPv6 address without brackets, else None.

    A zone is left out, so an address with one is never in its canonical form.

    Not ``ipaddress``'s own: from Python 3.13 it writes mapped addresses with dots, browsers never
    do. Source: https://url.spec.whatwg.org/#concept-ipv6-serializer
    """
    try:
        address = ipaddress.IPv6Address(text)
    except ValueError:
        return None
    packed = int(address)
    pieces = [f"{packed >> shift & 0xFFFF:x}" for shift in range(112, -1, -16)]
    start, length = _longest_zeros(pieces)
    if length < 2:  # noqa: PLR2004 - a single zero is never compressed (RFC 5952, 4.2.2)
        return f"[{':'.join(pieces)}]"
    return f"[{':'.join(pieces[:start])}::{':'.join(pieces[start + length :])}]"


def _longest_zeros(pieces: list[str]) -> tuple[int, int]:
    """Return start and length of the first longest run of zeros."""
    best, run = (0, 0), 0
    for index, piece in enumerate(pieces):
        run = run + 1 if piece == "0" else 0
        if run > best[1]:
            best = (index - run + 1, run)
    return best
