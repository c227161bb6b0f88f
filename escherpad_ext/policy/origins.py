"""Which origins may call: the setting, compiled once into something that cannot be wrong."""

from __future__ import annotations

import json
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Literal, Protocol

from ..errors import InvalidOrigin, OriginPatternError, SettingError, SettingsInvalid
from .origin import Origin
from .patterns import OriginPattern

__all__ = [
    "AllowsOrigins",
    "InvalidOrigin",
    "Origin",
    "OriginPattern",
    "OriginPolicy",
    "RefusalReason",
    "config_line",
    "refusal_reason",
]

RefusalReason = Literal["null_origin", "malformed_origin", "insecure_origin", "origin_not_listed"]


class AllowsOrigins(Protocol):
    """What OriginPolicy and LegacyOriginPolicy have in common."""

    @property
    def allows_any(self) -> bool: ...  # noqa: D102

    def allows(self, origin: object) -> bool: ...  # noqa: D102

    def refusal(self, origin: object) -> RefusalReason | None: ...  # noqa: D102

    def advice(self, origin: object) -> str | None: ...  # noqa: D102


@dataclass(frozen=True)
class OriginPolicy:
    """The allowed origins. An empty policy allows none.

    Each set is asked for a key made from the origin, so that a look-up costs the same whatever
    the number of patterns.
    """

    _exact: frozenset[str] = frozenset()
    _any_port: frozenset[tuple[str, str]] = frozenset()
    _below: frozenset[tuple[str, str, int | None]] = frozenset()
    _below_any_port: frozenset[tuple[str, str]] = frozenset()
    _most_labels: int = 0
    allows_any: bool = False
    allow_insecure: bool = False

    @classmethod
    def nobody(cls) -> OriginPolicy:
        """Return the policy that allows no origin."""
        return cls()

    @classmethod
    def compile(
        cls,
        patterns: object,
        *,
        allow_insecure: bool = False,
        allow_public_suffix: bool = False,
        allow_credentials: bool = False,
    ) -> OriginPolicy:
        """Return the policy that a list of patterns spells.

        Raises SettingsInvalid with every mistake, in the order of the list.
        """
        parsed: list[OriginPattern] = []
        mistakes: list[SettingError] = []
        for text in _entries(patterns):
            try:
                pattern = OriginPattern.parse(
                    text, allow_insecure=allow_insecure, allow_public_suffix=allow_public_suffix
                )
            except OriginPatternError as mistake:
                mistakes.append(mistake)
                continue
            parsed.append(pattern)
            if pattern.any_origin and allow_credentials:
                mistakes.append(any_with_credentials())
        if mistakes:
            raise SettingsInvalid(mistakes)
        return cls._of(parsed, allow_insecure)

    @classmethod
    def _of(cls, patterns: list[OriginPattern], allow_insecure: bool) -> OriginPolicy:
        kinds = {(below, port): set[OriginPattern]() for below in (0, 1) for port in (0, 1)}
        for pattern in patterns:
            if not pattern.any_origin:
                kinds[pattern.subdomains, pattern.any_port].add(pattern)
        return cls(
            _exact=frozenset(p.text for p in kinds[0, 0]),
            _any_port=frozenset((p.scheme, p.host) for p in kinds[0, 1]),
            _below=frozenset((p.scheme, p.host, p.port) for p in kinds[1, 0]),
            _below_any_port=frozenset((p.scheme, p.host) for p in kinds[1, 1]),
            _most_labels=max((p.host.count(".") + 1 for p in patterns if p.subdomains), default=0),
            allows_any=any(p.any_origin for p in patterns),
            allow_insecure=allow_insecure,
        )

    @property
    def is_empty(self) -> bool:
        """Whether no origin is allowed."""
        return self == OriginPolicy(allow_insecure=self.allow_insecure)

    def allows(self, origin: object) -> bool:
        """Return whether an ``Origin`` header, as it came, is allowed. Never raises."""
        try:
            found = Origin.parse(origin)
        except InvalidOrigin:
            return False
        if self.allows_any or str(found) in self._exact:
            return True
        return (found.scheme, found.host) in self._any_port or self._covers_parent(found)

    def _covers_parent(self, origin: Origin) -> bool:
        """Ask label by label; ``*.`` stands for labels that have a name."""
        labels = origin.host.split(".")
        if "" in labels:
            return False
        for index in range(max(1, len(labels) - self._most_labels), len(labels)):
            parent = ".".join(labels[index:])
            if (origin.scheme, parent) in self._below_any_port:
                return True
            if (origin.scheme, parent, origin.port) in self._below:
                return True
        return False

    def refusal(self, origin: object) -> RefusalReason | None:
        """Return why an origin is not allowed, None where it is."""
        if self.allows(origin):
            return None
        return refusal_reason(origin, allow_insecure=self.allow_insecure)

    def advice(self, origin: object) -> str | None:
        """Return the line of configuration that would allow an origin too.

        None where it is allowed already or never can be.
        """
        if self.allows(origin):
            return None
        return config_line(origin, insecure_allowed=self.allow_insecure, more=not self.is_empty)


def refusal_reason(origin: object, *, allow_insecure: bool = False) -> RefusalReason:
    """Return why an origin that no pattern covers is refused."""
    try:
        found = Origin.parse(origin)
    except InvalidOrigin as error:
        # Some app shells call a file's origin "file://" and not "null".
        is_null = error.code == "null" or origin == "file://"
        return "null_origin" if is_null else "malformed_origin"
    if found.is_insecure and not allow_insecure:
        return "insecure_origin"
    return "origin_not_listed"


def config_line(
    origin: object, *, insecure_allowed: bool = False, more: bool = False
) -> str | None:
    """Return the line that allows exactly this origin, None where no setting could.

    ``more`` adds to the list instead of setting it, so that nothing gets lost. An origin that is
    no valid pattern gets no line: a config file must not get quotes from an untrusted site.
    """
    try:
        pattern = OriginPattern.parse(origin, allow_insecure=True)
    except OriginPatternError:
        return None
    if pattern.any_origin or pattern.any_port or pattern.subdomains:
        return None
    entry = json.dumps(pattern.text)
    setting = "c.EscherpadExt.allowed_origins"
    line = f"{setting}.append({entry})" if more else f"{setting} = [{entry}]"
    if insecure_allowed or not Origin.parse(origin).is_insecure:
        return line
    return f"{line}; c.EscherpadExt.dangerously_allow_insecure_origins = True"


def _entries(patterns: object) -> list[object]:
    """Return the entries in their order; raises SettingsInvalid for what is not a list."""
    if isinstance(patterns, list | tuple):
        return list(patterns)
    if isinstance(patterns, AbstractSet):
        return sorted(patterns, key=str)
    raise SettingsInvalid([_not_a_list(patterns)])


def _not_a_list(value: object) -> SettingError:
    if not isinstance(value, str):
        what = f"A value of type {type(value).__name__} is not a list: write a list of strings."
        return SettingError(what, code="not_a_list", setting="allowed_origins")
    try:
        entry: str | None = OriginPattern.parse(value).text
    except OriginPatternError as mistake:
        entry = mistake.suggestion
    form = json.dumps(["https://www.example.com" if entry is None else entry])
    return SettingError(
        f"A string is not a list: put brackets around it, {form}.",
        code="not_a_list",
        setting="allowed_origins",
        suggestion=None if entry is None else [entry],
    )


def any_with_credentials(setting: str = "allowed_origins") -> SettingError:
    """Return the mistake of allowing every origin to come with what the browser holds."""
    return SettingError(
        "'*' together with allow_credentials would let every site act with what the browser "
        "holds: list the origins, or set allow_credentials to False.",
        code="any_origin_with_credentials",
        setting=setting,
    )
