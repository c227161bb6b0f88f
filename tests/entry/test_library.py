"""The library for sites and the element, as servers have them. This needs no node."""

from __future__ import annotations

import json
import re

from support.compressed import compressed_size
from support.doc_pages import ROOT

from escherpad_ext import __version__
from escherpad_ext.policy.scopes import BUNDLES as BUNDLES_OF_SCOPES
from escherpad_ext.policy.scopes import FULL_CONTROL, SCOPES

PACKAGE = ROOT / "js"
SOURCE, BUNDLE = PACKAGE / "src", PACKAGE / "bundle"
#: How large the files may be: bytes, compressed. The element has all its languages in it.
BUNDLES = {"connect.js": 16_000, "element.js": 11_000}


def test_the_files_are_made_of_the_source() -> None:
    """Their source maps have the source, so this needs no node."""
    names: set[str] = set()
    for bundle in BUNDLES:
        made_of = json.loads((BUNDLE / f"{bundle}.map").read_text(encoding="utf-8"))
        files = [SOURCE / name.removeprefix("../src/") for name in made_of["sources"]]
        names.update(file.relative_to(SOURCE).as_posix() for file in files)
        for file, text in zip(files, made_of["sourcesContent"], strict=True):
            assert text == file.read_text(encoding="utf-8"), "Run npm run build in js/"
    served = {file.relative_to(SOURCE).as_posix() for file in SOURCE.rglob("*.js")}
    assert names == {name for name in served if not name.startswith("testing")}


def test_the_library_stands_alone_and_the_element_beside_it() -> None:
    """The element has no copy of the library, which would have connections of its own."""
    assert imports("connect.js") == []
    assert imports("element.js") == ["./connect.js"]


def imports(bundle: str) -> list[str]:
    text = (BUNDLE / bundle).read_text(encoding="utf-8")
    assert f"//# sourceMappingURL={bundle}.map" in text
    assert not re.search(r"""\bimport\s*[("'*]""", text)
    return re.findall(r"""\bfrom\s*["']([^"']+)["']""", text)


def test_the_versions_and_the_licence_are_the_server_s() -> None:
    package = json.loads((PACKAGE / "package.json").read_text(encoding="utf-8"))
    assert package["version"] == __version__
    for bundle in BUNDLES:
        begins = (BUNDLE / bundle).read_text(encoding="utf-8").split("*/")[0]
        assert f" {__version__}, " in begins
    assert (PACKAGE / "LICENSE").read_bytes() == (ROOT / "LICENSE").read_bytes()
    assert "dependencies" not in package


def test_the_files_are_as_small_as_promised() -> None:
    for bundle, most in BUNDLES.items():
        assert compressed_size(BUNDLE / bundle) <= most


def test_the_element_marks_what_gives_full_control() -> None:
    """As the server's own pages do."""
    source = (SOURCE / "element" / "view.js").read_text(encoding="utf-8")
    found = re.search(r"FULL_CONTROL =\s+/(.+)/;", source)
    assert found
    marked = re.compile(found[1].removeprefix("^").removesuffix("$"))
    bundles = {name for name, bundle in BUNDLES_OF_SCOPES.items() if bundle.scopes & FULL_CONTROL}
    names = {*SCOPES, *BUNDLES_OF_SCOPES}
    assert {name for name in names if marked.fullmatch(name)} == {*FULL_CONTROL, *bundles}
