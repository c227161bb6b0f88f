"""Patterns of origins, as the setting ``allowed_origins`` holds them."""

from __future__ import annotations

import re
from typing import NamedTuple

from ..errors import OriginPatternError
from . import hosts
from .mistake import Mistake
from .origin import (
    DEFAULT_PORTS,
    MAX_ORIGIN_LENGTH,
    MAX_PORT,
    UNUSABLE_SCHEMES,
    Origin,
    is_shell_host,
)
from .shared_hosts import has_shared_ports, shared_names
from .suffixes import SuffixListMissing, spans_public_suffix

# Stricter than what browsers may send: a host that someone can really own. Quotes and semicolons
# thus never get from a setting into a header or a file.
_SHAPE = re.compile(
    r"(?P<scheme>[a-z][a-z0-9+.-]*)://(?P<wild>\*\.)?"
    r"(?P<host>\[[0-9a-f:]+\]|[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*)"
    r"(?::(?P<port>\*|[1-9][0-9]{0,4}))?"
)
# App shells and browser extensions: the host is as their platform writes it.
_SHELL_SHAPE = re.compile(
    r"(?!https?:)(?P<scheme>[a-z][a-z0-9+.-]*)://(?P<wild>(?!))?"
    r"(?P<host>[A-Za-z0-9._-]{1,253})(?::(?P<port>[1-9][0-9]{0,4}))?"
)
_MAX_HOST_LENGTH = 253
_MAX_REPAIRS = 16
_SHOWN_LENGTH = 100


class OriginPattern(NamedTuple):
    """An exact origin, one with ``*.`` before the host, with ``:*`` for the port, or ``*``."""

    text: str
    scheme: str
    host: str
    port: int | None
    subdomains: bool = False
    any_port: bool = False

    @classmethod
    def parse(
        cls, text: object, *, allow_insecure: bool = False, allow_public_suffix: bool = False
    ) -> OriginPattern:
        """Return the pattern that ``text`` spells.

        Raises OriginPatternError, whose suggestion (if any) parses with default settings.
        """
        if not isinstance(text, str):
            what = f"{_shown(text)} is not a string: write each origin as a string."
            raise OriginPatternError(what, code="not_text", pattern=text)
        found = _examine(text, allow_insecure, allow_public_suffix)
        if isinstance(found, OriginPattern):
            return found
        raise OriginPatternError(
            f"{_shown(text)} {found.what}",
            code=found.code,
            pattern=text,
            suggestion=_repaired(found.repair),
        )

    @property
    def any_origin(self) -> bool:
        """Whether this is ``*``."""
        return self.text == "*"

    def covers(self, origin: Origin) -> bool:
        """Return whether the pattern stands for an origin."""
        if self.any_origin:
            return True
        if origin.scheme != self.scheme or not (self.any_port or origin.port == self.port):
            return False
        if not self.subdomains:
            return origin.host == self.host
        below = origin.host.removesuffix("." + self.host)
        return below != origin.host and "" not in below.split(".")

    def __str__(self) -> str:
        return self.text


def _examine(
    text: str, allow_insecure: bool = False, allow_public_suffix: bool = False
) -> OriginPattern | Mistake:
    pattern = _read(text)
    if pattern is None:
        from .mistakes import explain  # noqa: PLC0415 - 5 % of the extension's import

        return explain(text)
    if not allow_insecure and _is_insecure(pattern):
        return _insecure(pattern)
    try:
        shared = None if allow_public_suffix else _why_shared(pattern)
    except SuffixListMissing as missing:
        return _unjudged(pattern, missing)
    return pattern if shared is None else _shared_host(pattern, shared)


def _read(text: str) -> OriginPattern | None:
    if text == "*":
        return OriginPattern("*", "*", "*", None)
    if len(text) > MAX_ORIGIN_LENGTH:
        return None
    shape = _SHELL_SHAPE.fullmatch(text) or _SHAPE.fullmatch(text)
    if shape is None or not _is_usable(shape):
        return None
    scheme, digits = shape["scheme"], shape["port"]
    any_port = digits == "*"
    port = int(digits) if digits and not any_port else DEFAULT_PORTS.get(scheme)
    return OriginPattern(text, scheme, shape["host"], port, bool(shape["wild"]), any_port)


def _is_usable(shape: re.Match[str]) -> bool:
    """Return whether the parts, each well-formed, make sense together."""
    scheme, host, digits = shape["scheme"], shape["host"], shape["port"] or ""
    if scheme in UNUSABLE_SCHEMES or len(host) > _MAX_HOST_LENGTH:
        return False
    if not (is_shell_host(scheme, host) or hosts.is_canonical(host)):
        return False
    if digits.isdigit() and (int(digits) > MAX_PORT or int(digits) == DEFAULT_PORTS.get(scheme)):
        return False
    if scheme not in DEFAULT_PORTS:
        return not shape["wild"] and digits != "*"
    return not (shape["wild"] and hosts.is_ip(host))


def _is_insecure(pattern: OriginPattern) -> bool:
    return pattern.scheme == "http" and not hosts.is_loopback(pattern.host)


def _insecure(pattern: OriginPattern) -> Mistake:
    return Mistake(
        "insecure",
        "is insecure, since anyone on the network can change an http page: "
        "use https, or set dangerously_allow_insecure_origins.",
        pattern.text.replace("http:", "https:", 1),
    )


def _why_shared(pattern: OriginPattern) -> str | None:
    """Return why a wildcard covers sites of strangers, None where it does not."""
    if pattern.any_port and has_shared_ports(pattern.host):
        return f"anyone may get a port at {pattern.host}"
    if not pattern.subdomains:
        return None
    if spans_public_suffix(pattern.host):
        return f"anyone may get a name under {pattern.host}"
    return shared_names(pattern.host)


def _shared_host(pattern: OriginPattern, why: str) -> Mistake:
    example = pattern.host if not pattern.subdomains else f"your-name.{pattern.host}"
    port = ":12345" if pattern.any_port else ""
    return Mistake(
        "public_suffix",
        f"covers sites of people who have nothing to do with each other, since {why}: name the "
        f"one site you mean, such as https://{example}{port}, or set "
        "dangerously_allow_public_suffix_wildcards.",
    )


def _unjudged(pattern: OriginPattern, missing: SuffixListMissing) -> Mistake:
    return Mistake(
        "suffix_list_missing",
        f"has a wildcard, and the public suffix list cannot be read ({missing}), so nobody knows "
        f"whether strangers can get a name under {pattern.host}: run pip install "
        "--force-reinstall publicsuffixlist, or list each origin.",
    )


def _repaired(text: str | None) -> str | None:
    """Fix one mistake after the other until the text parses with default settings."""
    for _ in range(_MAX_REPAIRS):
        if text is None:
            return None
        found = _examine(text)
        if isinstance(found, OriginPattern):
            return text
        text = found.repair
    return None


def _shown(value: object) -> str:
    if isinstance(value, str):
        return ascii(value if len(value) <= _SHOWN_LENGTH else value[:_SHOWN_LENGTH] + "…")
    return f"An entry of type {type(value).__name__}"
