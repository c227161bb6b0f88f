"""Takes recipes off the documentation's pages, so that tests run them as they are written."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from .doc_pages import ROOT, named

# A line that ends with a name between backticks and a colon, and under it a fenced block.
_FILE = re.compile(r"^[^\n]*`([^`\n]+)`:\n\n```\w*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_COMMANDS = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Recipe:
    """One page of the documentation that says what to write and what to run."""

    page: Path

    @classmethod
    def of(cls, name: str) -> Recipe:
        """Return the recipe on ``docs/<name>``."""
        return cls(ROOT / "docs" / name)

    @property
    def text(self) -> str:
        return self.page.read_text(encoding="utf-8")

    @property
    def commands(self) -> list[str]:
        """Return the lines that readers type, in their order."""
        return [line for block in _COMMANDS.findall(self.text) for line in block.splitlines()]

    def file(self, name: str, changes: Mapping[str, str]) -> str:
        """Return what the page says to write into the file ``name``.

        ``changes`` are what a reader puts in for what is only an example. Raises AssertionError
        where the page does not have one such file, or the file not what is to be changed.
        """
        found = [text for file, text in _FILE.findall(self.text) if file == name]
        assert len(found) == 1, f"{named(self.page)} has {len(found)} files named {name}"
        (text,) = found
        for example, mine in changes.items():
            assert example in text, f"{name} of {named(self.page)} has no {example!r} any more"
            text = text.replace(example, mine)
        return text
