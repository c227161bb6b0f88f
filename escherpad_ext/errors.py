"""One tree of errors. Each is a value: a stable code, a sentence, and what to write instead."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable


class EscherpadError(Exception):
    """Base of all errors of this package.

    ``code`` is stable and for programs. ``what`` is one sentence, which also says what to do.
    ``suggestion`` is the text to write instead, None if there is no single one.
    """

    def __init__(self, what: str, *, code: str, suggestion: str | None = None) -> None:
        super().__init__(what)
        self.code = code
        self.what = what
        self.suggestion = suggestion

    def __str__(self) -> str:
        if self.suggestion is None:
            return self.what
        return f"{self.what} Write {self.suggestion!r} instead."


class InvalidOrigin(EscherpadError, ValueError):  # noqa: N818 - a verdict on a text
    """A text that no browser sends as an ``Origin``; ``code`` says which rule it breaks."""


class SettingError(EscherpadError):
    """One mistake in one setting; ``setting`` is the name of the trait.

    ``suggestion`` is the value to write, in the type of the setting. The message shows it as
    Python source: ``7200``, ``'ask'``, ``['https://www.example.com']``.
    """

    suggestion: Any

    def __init__(self, what: str, *, code: str, setting: str, suggestion: object = None) -> None:
        super().__init__(what, code=code)
        self.setting = setting
        self.suggestion = suggestion

    def __str__(self) -> str:
        return f"{self.setting}: {super().__str__()}"


class OriginPatternError(SettingError):
    """A pattern that cannot work. ``suggestion``, if any, is a pattern that parses by default."""

    suggestion: str | None

    def __init__(
        self,
        what: str,
        *,
        code: str,
        pattern: object,
        suggestion: str | None = None,
        setting: str = "allowed_origins",
    ) -> None:
        super().__init__(what, code=code, setting=setting, suggestion=suggestion)
        self.pattern = pattern


class SettingsInvalid(EscherpadError):  # noqa: N818 - it holds errors
    """All mistakes of a configuration at once, in the order in which they were written."""

    def __init__(self, mistakes: Iterable[SettingError]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__("\n".join(map(str, self.mistakes)), code="settings_invalid")


class UnknownScope(EscherpadError, ValueError):  # noqa: N818 - named after what it found
    """Names that are no scope, all at once; ``close`` are those that may have been meant."""

    def __init__(
        self, what: str, *, code: str, unknown: tuple[str, ...], close: tuple[str, ...] = ()
    ) -> None:
        super().__init__(what, code=code)
        self.unknown = unknown
        self.close = close


class GrantError(EscherpadError, ValueError):
    """A grant that cannot be made or ended as asked; ``what`` says what to write."""


class FolderError(GrantError):
    """A folder that a grant cannot be limited to, or scopes that no folder confines."""


class TokenRefused(EscherpadError):  # noqa: N818 - a verdict
    """A grant token that is not accepted. ``code`` is one of ``policy.tokens.REASONS``.

    The text is for the owner's log and never contains a token. Callers of the server get the
    sentence that ``policy.refusal_table`` has for the code.
    """


class GrantTokensUnavailable(EscherpadError):  # noqa: N818 - a state of the server
    """Grant tokens can be neither checked nor issued now.

    This says nothing about a token: it may be valid once the server works again. ``code`` is one
    of ``policy.tokens.REASONS``.
    """


class GrantsUnavailable(GrantTokensUnavailable):
    """The registry of grants cannot be read or written: locked, corrupt, too new, disk full."""

    def __init__(self, what: str) -> None:
        super().__init__(what, code="registry_unavailable")


class NoAnswer(GrantsUnavailable):
    """The thread that reads or writes a file did not answer in time: its disk is slow, or hangs."""


class KeyUnusable(GrantTokensUnavailable):
    """A signing key that must not be used: others can read it, or it is damaged."""

    def __init__(self, what: str) -> None:
        super().__init__(what, code="key_unusable")
