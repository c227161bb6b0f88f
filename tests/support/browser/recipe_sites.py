"""The sites of the recipes, and the server whose owner typed what the recipes say."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..jupyter_process import JupyterProcess
from ..recipes import Recipe
from .sites import Site, type_command

ORIGIN = "https://app.example.com"
LAB_ORIGIN = "http://localhost:8000"


@dataclass
class World:
    """Sites by their names, their tokens, and the server that they are for."""

    server: JupyterProcess
    sites: dict[str, Site]
    origins: dict[str, str]
    tokens: dict[str, str] = field(default_factory=dict)

    def leaks(self, *lines: str) -> list[str]:
        """Return what has a token in it, or what makes it one: of these lines, and of the log."""
        secrets = {self.server.token, *self.tokens.values()}
        secrets |= {part for token in self.tokens.values() for part in token.split(".")[1:]}
        assert "" not in secrets
        all_lines = [*lines, *self.server.log().splitlines()]
        return [line for line in all_lines if any(secret in line for secret in secrets)]

    def kernels(self) -> set[str]:
        """Return the ids of what runs."""
        return {kernel["id"] for kernel in self.server.owner().ask("GET", "api/kernels")}


def owner_types(page: str, server: JupyterProcess, origin: str) -> str:
    """Type the commands of this package on a page; return what the last one prints."""
    printed = ""
    for line in Recipe.of(f"clients/{page}.md").commands:
        if line.startswith("jupyter escherpad"):
            mine = line.replace(ORIGIN, origin).replace(LAB_ORIGIN, origin)
            printed = type_command(mine, server, server.root)
    return printed
