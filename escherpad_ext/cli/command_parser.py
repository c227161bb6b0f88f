"""A parser whose command line may end with another command, after ``--``."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any


class CommandParser(argparse.ArgumentParser):
    """Puts all words behind the first ``--`` into ``words``, where ``takes_command`` is set.

    ``argparse`` cannot: it takes a list of words only beside the other positional arguments.
    """

    takes_command = False

    def parse_known_args(  # type: ignore[override]
        self, args: Sequence[str] | None = None, namespace: Any = None
    ) -> tuple[Any, list[str]]:
        """See the base class."""
        if not self.takes_command or args is None or "--" not in args:
            return super().parse_known_args(args, namespace)
        place = list(args).index("--")
        found, unknown = super().parse_known_args(args[:place], namespace)
        found.words = list(args[place + 1 :])
        return found, unknown
