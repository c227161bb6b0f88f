"""``ServerApp.allow_origin`` and ``allow_origin_pat``, with the meaning that Jupyter gives them."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from ..errors import InvalidOrigin, OriginPatternError, SettingError
from .origin import MAX_ORIGIN_LENGTH, Origin
from .origins import RefusalReason, config_line, refusal_reason
from .patterns import OriginPattern

# Whatever a header may hold, but whitespace and what is not ASCII.
_PRINTABLE = re.compile(rf"[!-~]{{1,{MAX_ORIGIN_LENGTH}}}")
_BETWEEN = re.compile(r"[\s,;|]+")  # people list several origins in one string
_SETTING = "c.EscherpadExt.allowed_origins"
_FORM = f'{_SETTING} = ["https://www.example.com", "https://*.example.com", "http://localhost:*"]'


@dataclass(frozen=True)
class LegacyOriginPolicy:
    """``*``, one exact origin, or a regular expression for the whole origin.

    ``mistakes`` are settings that can match nothing; with one, no origin is allowed.
    """

    _exact: str = ""
    _regex: re.Pattern[str] | None = None
    _translated: tuple[OriginPattern, ...] = ()
    mistakes: tuple[SettingError, ...] = ()

    @classmethod
    def compile(
        cls, allow_origin: str = "", allow_origin_pat: str | re.Pattern[str] | None = None
    ) -> LegacyOriginPolicy:
        """Return the policy; never raises. ``allow_origin`` wins, as in Jupyter."""
        translated = _translate(allow_origin, allow_origin_pat)
        if allow_origin:
            mistakes = _exact_mistakes(allow_origin)
            return cls("" if mistakes else allow_origin, None, translated, mistakes)
        if not allow_origin_pat:
            return cls()
        try:
            return cls("", re.compile(allow_origin_pat), translated)
        except (re.error, RecursionError, OverflowError) as error:
            return cls(mistakes=(_regex_mistake(error),))

    @property
    def allows_any(self) -> bool:
        """Whether every origin but ``null`` is allowed."""
        return self._exact == "*"

    @property
    def patterns(self) -> tuple[str, ...]:
        """The entries of ``allowed_origins`` that mean the same; none if it has no translation."""
        return tuple(pattern.text for pattern in self._translated)

    @property
    def switches(self) -> list[str]:
        """The further lines without which :attr:`patterns` would be refused."""
        return _dangers(self._translated)

    def allows(self, origin: object) -> bool:
        """Return whether an ``Origin`` header, as it came, is allowed. Never raises."""
        if not isinstance(origin, str) or not _PRINTABLE.fullmatch(origin):
            return False
        # Jupyter compares in lower case, and the whole of it (jupyter_server.base.handlers,
        # check_origin; GHSA-24qx-w28j-9m6p).
        lower = origin.lower()
        if lower == "null":
            return False
        if self._exact:
            return self.allows_any or lower == self._exact
        return self._regex is not None and self._regex.fullmatch(lower) is not None

    def refusal(self, origin: object) -> RefusalReason | None:
        """Return why an origin is not allowed, None where it is."""
        if self.allows(origin):
            return None
        return refusal_reason(origin, allow_insecure=True)

    def advice(self, origin: object) -> str | None:
        """Return the line that allows an origin and whom the legacy settings allow.

        None where it is allowed already or never can be.
        """
        if self.allows(origin) or config_line(origin) is None:
            return None
        return _line((*self._translated, OriginPattern.parse(origin, allow_insecure=True)))


def legacy_advice(
    allow_origin: str = "", allow_origin_pat: str | re.Pattern[str] | None = ""
) -> str:
    """Return the line to write instead of the legacy settings; empty where there are none.

    Where they cannot be translated, a comment says so, behind the form to write.
    """
    if not (allow_origin or allow_origin_pat):
        return ""
    if patterns := _translate(allow_origin, allow_origin_pat):
        return _line(patterns)
    name = "allow_origin" if allow_origin else "allow_origin_pat"
    return f"{_FORM}  # {name} cannot be translated; list your origins in this form"


def _translate(
    allow_origin: str, allow_origin_pat: str | re.Pattern[str] | None
) -> tuple[OriginPattern, ...]:
    """Return patterns with the meaning of the legacy settings, none where there are no such."""
    if allow_origin:
        texts = tuple(filter(None, _BETWEEN.split(allow_origin)))
    else:
        texts = _translate_regex(allow_origin_pat) if allow_origin_pat else ()
    patterns = [_parse(text) for text in texts]
    known = [pattern for pattern in patterns if pattern is not None]
    return tuple(known) if len(known) == len(patterns) else ()


def _translate_regex(regex: str | re.Pattern[str]) -> tuple[str, ...]:
    from .regexes import translate  # noqa: PLC0415 - 2 % of the extension's import

    return translate(regex.pattern if isinstance(regex, re.Pattern) else regex)


def _line(patterns: tuple[OriginPattern, ...]) -> str:
    """Return the line that sets these patterns, and the switches that they need."""
    line = line_of_origins([pattern.text for pattern in patterns])
    return "; ".join([line, *_dangers(patterns)])


def line_of_origins(entries: list[str]) -> str:
    """Return the line that sets ``allowed_origins`` to these entries."""
    return f"{_SETTING} = {json.dumps(entries)}"


def _parse(text: str) -> OriginPattern | None:
    """Read a pattern as the setting means it, or as it was meant (without a trailing slash)."""
    try:
        return OriginPattern.parse(text, allow_insecure=True, allow_public_suffix=True)
    except OriginPatternError as mistake:
        return None if mistake.suggestion is None else OriginPattern.parse(mistake.suggestion)


def _dangers(patterns: tuple[OriginPattern, ...]) -> list[str]:
    """Return the settings without which the patterns would be refused."""
    codes = set()
    for pattern in patterns:
        codes |= _codes(pattern.text, allow_insecure=False) | _codes(
            pattern.text, allow_insecure=True
        )
    switches = {
        "insecure": "dangerously_allow_insecure_origins",
        "public_suffix": "dangerously_allow_public_suffix_wildcards",
    }
    return [f"c.EscherpadExt.{name} = True" for code, name in switches.items() if code in codes]


def _codes(text: str, *, allow_insecure: bool) -> set[str]:
    try:
        OriginPattern.parse(text, allow_insecure=allow_insecure)
    except OriginPatternError as mistake:
        return {mistake.code}
    return set()


def _exact_mistakes(text: str) -> tuple[SettingError, ...]:
    """Return what keeps an exact origin from ever matching what a browser sends."""
    try:
        if text != "*":
            Origin.parse(text)
        if text != text.lower():
            raise InvalidOrigin("Jupyter compares in lower case.", code="upper_case")
    except ValueError:
        try:
            suggestion: str | None = OriginPattern.parse(text).text
        except OriginPatternError as mistake:
            suggestion = mistake.suggestion
        what = f"{text[:100]!a} matches no origin of a browser: write {legacy_advice(text)}."
        return (
            SettingError(
                what, code="never_matches", setting="ServerApp.allow_origin", suggestion=suggestion
            ),
        )
    return ()


def _regex_mistake(error: Exception) -> SettingError:
    return SettingError(
        f"Not a regular expression ({error}), so nobody is allowed: write {_FORM}.",
        code="bad_regex",
        setting="ServerApp.allow_origin_pat",
    )
