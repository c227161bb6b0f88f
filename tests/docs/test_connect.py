"""docs/connect.md tells all codes, counters and members that the code has, and no others."""

from __future__ import annotations

import re
from pathlib import Path

from support.doc_pages import ROOT, connect_codes

from escherpad_ext.connect import paths
from escherpad_ext.server.telemetry import CONNECT_OUTCOMES

PAGE = (ROOT / "docs" / "connect.md").read_text(encoding="utf-8")
PACKAGE = ROOT / "escherpad_ext" / "connect"


def section(heading: str) -> str:
    """Return the text from a heading to the next one."""
    return re.split(r"\n#+ ", PAGE.split(f" {heading}\n", 1)[1])[0]


def test_every_code_of_the_page_is_documented():
    rows = [
        line.split("|")[1] for line in section("When a site cannot ask").splitlines() if "|" in line
    ]
    documented = {code for row in rows for code in re.findall(r"`(\w+)`", row)}
    assert documented == connect_codes()


def test_every_outcome_is_documented():
    documented = section("What you see of it").split("`outcome`:")[1].split(". ")[0]
    assert set(re.findall(r"`(\w+)`", documented)) == set(CONNECT_OUTCOMES)


def test_every_endpoint_is_documented():
    for path in (paths.AUTHORIZE, paths.TOKEN, paths.REVOKE, paths.GRANT):
        assert f"{path}`" in PAGE or f"/{path}\n" in PAGE or f"{path}\n" in PAGE, path
    assert Path(paths.CONNECTED_APPS).name in PAGE


def test_connect_js_is_as_small_as_promised():
    """Under 10 kB as it is, so that whoever copies it can read it."""
    assert (ROOT / "js" / "src" / "connect.js").stat().st_size < 10_000
