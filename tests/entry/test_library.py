"""The library for sites in one file, as servers have it. This needs no node."""

from __future__ import annotations

import json
import re

from support.compressed import compressed_size
from support.doc_pages import ROOT

from escherpad_ext import __version__

PACKAGE = ROOT / "js"
SOURCE, BUNDLE = PACKAGE / "src", PACKAGE / "bundle"
MAX_FILE = 16_000  # bytes, compressed


def test_the_file_is_made_of_the_source() -> None:
    """Its source map has the source, so this needs no node."""
    made_of = json.loads((BUNDLE / "connect.js.map").read_text(encoding="utf-8"))
    names = [name.removeprefix("../src/") for name in made_of["sources"]]
    assert sorted(names) == sorted(file.name for file in SOURCE.iterdir())
    for name, text in zip(names, made_of["sourcesContent"], strict=True):
        assert text == (SOURCE / name).read_text(encoding="utf-8"), "Run npm run build in js/"


def test_the_file_stands_alone() -> None:
    text = (BUNDLE / "connect.js").read_text(encoding="utf-8")
    assert not re.search(r"""\bimport\s*[({"'*]|\bfrom\s*["']""", text)
    assert "//# sourceMappingURL=connect.js.map" in text


def test_the_versions_and_the_licence_are_the_server_s() -> None:
    package = json.loads((PACKAGE / "package.json").read_text(encoding="utf-8"))
    assert package["version"] == __version__
    assert f" {__version__}, " in (BUNDLE / "connect.js").read_text(encoding="utf-8").split("*/")[0]
    assert (PACKAGE / "LICENSE").read_bytes() == (ROOT / "LICENSE").read_bytes()
    assert "dependencies" not in package


def test_the_file_is_as_small_as_promised() -> None:
    assert compressed_size(BUNDLE / "connect.js") <= MAX_FILE
