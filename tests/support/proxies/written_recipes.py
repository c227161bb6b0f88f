"""What docs/proxies.md says to write, and what a reader puts in for its examples."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ..recipes import Recipe

NAME = "lab.example.edu"


@dataclass(frozen=True)
class Section(Recipe):
    """The part of a page below one heading."""

    heading: str = ""

    @property
    def text(self) -> str:
        whole = super().text
        assert f"\n## {self.heading}\n" in whole, f"no heading {self.heading}"
        return whole.partition(f"\n## {self.heading}\n")[2].partition("\n## ")[0]


def section(heading: str) -> Section:
    return Section(Recipe.of("proxies.md").page, heading)


WHOLE = section("The proxy keeps `Host`")
#: The recipes by short names.
RECIPES = {
    "kept": WHOLE,
    "path": section("Below a path"),
    "rewritten": section("The proxy writes another `Host`"),
    "socket": section("Through a Unix socket"),
}
#: Where the server is, in each.
PATHS = {name: "/jupyter/" if name == "path" else "/" for name in RECIPES}


@dataclass(frozen=True)
class Upstream:
    """Where a Jupyter server listens: at a port of this machine, or on a socket file."""

    port: int
    file: Path

    @property
    def changes(self) -> Mapping[str, str]:
        return {
            "127.0.0.1:8888": f"127.0.0.1:{self.port}",
            "/run/jupyter/server.sock": f"{self.file}",
        }


def jupyter_config(
    recipe: str, upstream: Upstream, address: str, changes: Mapping[str, str]
) -> str:
    """Return what the recipe has Jupyter's owner write, for a server at this address."""
    text = RECIPES[recipe].file("jupyter_server_config.py", changes)
    return change(text, {**upstream.changes, f"https://{NAME}": address.rstrip("/")})


def in_place_of(whole: str, directive: str, text: str) -> str:
    """Put ``text`` where a directive was, a line or a block."""
    found = re.compile(
        rf"^(?P<indent> *){re.escape(directive)} (?:[^\n]*\{{\n.*?^(?P=indent)\}}|[^\n]*)\n",
        re.MULTILINE | re.DOTALL,
    )
    assert len(found.findall(whole)) == 1, f"no one {directive!r}"
    return found.sub(lambda _: text, whole)


def proxy_config(recipe: str, file: str, *directives: str) -> str:
    """Return a proxy's whole file in this recipe: the first one, with what is put in its place."""
    text = WHOLE.file(file, {})
    if RECIPES[recipe] is not WHOLE:
        for directive in directives:
            if f"`{directive}`:\n" in RECIPES[recipe].text:
                text = in_place_of(text, directive, RECIPES[recipe].file(directive, {}))
    return text


def change(text: str, changes: Mapping[str, str]) -> str:
    for example, mine in changes.items():
        text = text.replace(example, mine)
    return text
