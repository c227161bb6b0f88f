"""Regular expressions for origins, as people write them, turned into patterns where that is safe.

Only idioms whose meaning is beyond doubt are translated; all else is left to the reader.
"""

from __future__ import annotations

import re

_MAX_ALTERNATIVES = 16
_MAX_LENGTH = 1000

# "any number of characters, then a dot", right behind the scheme
_LETTERS = r"(?:\\w|a-z0-9|0-9a-z|a-zA-Z0-9|A-Za-z0-9)"
_LABELS = rf"(?:\.|\[\^\.[:/\\]*\]|\[{_LETTERS}[\\_.-]*\]|\\w)[*+]\\\."
_SUBDOMAINS = re.compile(rf"(?<=://)(?:{_LABELS}|\((?:\?:)?{_LABELS}\)\+?)")
_MAYBE_SUBDOMAINS = re.compile(rf"(?<=://)\((?:\?:)?{_LABELS}\)[?*]")
_DIGITS = r"(?:\\d|\[0-9\]|\.)(?:[*+]|\{1,[0-9]*\})"
_ANY_PORT = re.compile(rf"(?:\((?:\?:)?:{_DIGITS}\)\??|:{_DIGITS})\Z")
_CHOICE = re.compile(r"\((?:\?:)?([^()]*)\)(\?)?|(\\?[^\\()|?*])\?")
_ESCAPED = re.compile(r"\\([./:-])")
_LEFT_OVER = re.compile(r"[\\^$+?(){}|]|[.][*]|\[(?![0-9a-f:]+\])")
_SIGNS = re.compile(
    r"\A\^|\$\Z|\\[.dwsSDWbAZ/:-]|(?:\A|/)\.[*+]|\.\+|[\])][*+]|\[\^|\[\w-\w|[(|]|https\?:"
)


def looks_like_regex(text: str) -> bool:
    """Return whether somebody meant this as a regular expression."""
    return _SIGNS.search(text) is not None


def translate(regex: str) -> tuple[str, ...]:
    r"""Return the texts of patterns that say what a regular expression for origins was meant to.

    Empty where it cannot be said. The caller still has to parse what is returned. One thing gets
    wider: ``[^.]+\.`` is one label, ``*.`` is any number of them under the same domain.
    """
    if len(regex) > _MAX_LENGTH:
        return ()
    if regex in {".*", "^.*$", ".+", "^.+$"}:
        return ("*",)
    text = regex.removeprefix("^").replace(r"\/", "/").replace(r"\:", ":")
    if text.endswith("$") and not text.endswith(r"\$"):
        text = text[:-1]
    found = _expand(_ANY_PORT.sub(":*", text))
    # The quantifiers that are left after this are none that a pattern could express.
    literal = tuple(dict.fromkeys(_ESCAPED.sub(r"\1", each) for each in found))
    return () if any(map(_LEFT_OVER.search, literal)) else literal


def _expand(text: str) -> list[str]:
    """Spell out ``(a|b)``, ``(a)?`` and ``s?``, up to a bounded number of alternatives."""
    pending = [text]
    done: list[str] = []
    while pending:
        if len(pending) + len(done) > _MAX_ALTERNATIVES:
            return [text]
        each = pending.pop(0)
        choices = _choices(each)
        pending += choices
        if not choices:
            done.append(each)
    return done


def _choices(text: str) -> list[str]:
    """Return the texts with the first choice made, or none where there is no choice left."""
    if maybe := _MAYBE_SUBDOMAINS.search(text):
        return [_replace(maybe, text, each) for each in ("", "*.")]
    if (some := _SUBDOMAINS.search(text)) is not None:
        return [_replace(some, text, "*.")]
    if (found := _CHOICE.search(text)) is None:
        return [*text.split("|")] if "|" in text else []
    if found[3] is not None:
        return [_replace(found, text, each) for each in (found[3], "")]
    options = found[1].split("|") + ([""] if found[2] else [])
    return [_replace(found, text, each) for each in options]


def _replace(match: re.Match[str], text: str, new: str) -> str:
    return text[: match.start()] + new + text[match.end() :]
