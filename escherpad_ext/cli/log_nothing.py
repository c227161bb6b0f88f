"""What to say where nothing matches in the record."""

from __future__ import annotations

import argparse

from ..console import printable
from ..grants.activity import ActivityFile


def why_nothing(file: ActivityFile, arguments: argparse.Namespace) -> str:
    """Return that there is nothing, and what there is instead. Raises GrantsUnavailable."""
    origins = file.origins()
    if not origins:
        return f"Nothing is recorded in {file.path}."
    if arguments.origin is not None and arguments.origin not in origins:
        known = printable(", ".join(origins))
        return f"Nothing is recorded of {printable(arguments.origin)}, but of: {known}"
    if arguments.grant is not None:
        return "Nothing is recorded of this token. To list IDs: jupyter escherpad token list --all"
    return "Nothing is recorded of this time."
