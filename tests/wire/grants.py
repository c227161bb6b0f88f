"""The grant tokens of the scenarios, made as their owner makes them: by the command."""

from __future__ import annotations

import json
from pathlib import Path

from .command_line import Call, call
from .steps import LISTED, LISTED_TOO, UNLISTED

#: Names of tokens, and what ``token create`` is told.
TOKENS = {
    "view": ("--origin", LISTED, "--scope", "view"),
    "edit": ("--origin", LISTED, "--scope", "edit"),
    "run": ("--origin", LISTED, "--scope", "run"),
    "terminal": ("--origin", LISTED, "--scope", "terminal"),
    "full": ("--origin", LISTED, "--scope", "full"),
    "single": ("--origin", LISTED, "--scope", "identity:read", "--scope", "contents:write"),
    "too": ("--origin", LISTED_TOO, "--scope", "run"),
    "unlisted": ("--origin", UNLISTED, "--scope", "run"),
    "folder": ("--origin", LISTED, "--scope", "edit", "--folder", "data/raw"),
    "script": ("--origin", "none", "--scope", "view"),
    "script-full": ("--origin", "none", "--scope", "full"),
    "program": ("--program", "--scope", "view"),
    "expired": ("--origin", LISTED, "--scope", "run", "--expires", "1s"),
    "revoked": ("--origin", LISTED, "--scope", "run"),
    "elsewhere": ("--origin", LISTED, "--scope", "run", "--server", "."),
}


def make_tokens(folder: Path) -> dict[str, str]:
    """Make all tokens in an owner's folder, and return them by their names."""
    made = call(
        folder,
        *(("token", "create", "--name", name, *what) for name, what in TOKENS.items()),
        ("token", "list", "--json"),
    )
    *tokens, listed = (_done(each) for each in made)
    (revoked,) = (grant["id"] for grant in json.loads(listed) if grant["name"] == "revoked")
    _done(*call(folder, ("token", "revoke", revoked)))
    found = dict(zip(TOKENS, map(str.strip, tokens), strict=True))
    unsigned, _, _ = found["run"].rpartition(".")
    _, _, signature = found["view"].rpartition(".")
    return {**found, "forged": f"{unsigned}.{signature}"}


def make_empty(folder: Path) -> None:
    """Leave an owner's folder behind in which nobody has a token any more."""
    for made in call(
        folder,
        ("token", "create", "--origin", "none", "--scope", "view"),
        ("token", "revoke", "--all"),
    ):
        _done(made)


def _done(made: Call) -> str:
    assert made.status == 0, made.stderr
    return made.stdout
