"""Registries that earlier versions of this package wrote: their tokens go on working.

Each pair of files in ``registries`` was written by the code of that version: the database as SQL,
and its key and tokens. The time in it is that of the test.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from escherpad_ext.errors import TokenRefused
from escherpad_ext.grants import GrantRequest, Issuer
from escherpad_ext.grants.registry import FILE_NAME
from escherpad_ext.grants.schema import STEPS

FOLDER = Path(__file__).parent / "registries"
VERSIONS = sorted(path.stem for path in FOLDER.glob("*.sql"))
SITE = "https://app.example.com"


@pytest.fixture(params=VERSIONS)
def written(request: pytest.FixtureRequest) -> dict[str, Any]:
    """Return what the older code wrote, without the database."""
    text = (FOLDER / f"{request.param}.json").read_text(encoding="utf-8")
    return {"version": request.param, **json.loads(text)}


@pytest.fixture
def folder(written: dict[str, Any], tmp_path: Path) -> Path:
    """Return the owner's folder, as the older code left it."""
    folder = tmp_path / "escherpad_ext"
    (folder / "keys").mkdir(mode=0o700, parents=True)
    folder.chmod(0o700)
    for name, text in written["key"].items():
        (folder / "keys" / name).write_text(text, encoding="utf-8", newline="")
        (folder / "keys" / name).chmod(0o600)
    (folder / FILE_NAME).touch(0o600)
    with contextlib.closing(sqlite3.connect(folder / FILE_NAME)) as connection:
        connection.executescript((FOLDER / f"{written['version']}.sql").read_text("utf-8"))
    return folder


def test_tokens_go_on_working(written: dict[str, Any], folder: Path) -> None:
    """With the origin, folder and end that they had; none has become a program's."""
    now, tokens = written["now"] + 60, written["tokens"]
    with contextlib.closing(Issuer(folder)) as issuer:
        site = issuer.verify(tokens["site"], origin=SITE, now=now)
        script = issuer.verify(tokens["script"], origin=None, now=now)
        limited = issuer.verify(tokens["folder"], origin=SITE, now=now)
        with pytest.raises(TokenRefused, match="revoked"):
            issuer.verify(tokens["revoked"], origin=None, now=now)
        assert [each.for_whom for each in (site, script, limited)] == ["site", "script", "site"]
        assert (site.folder, limited.folder) == (None, "data/raw")
        assert {each.resource for each in (site, script, limited)} == {None}
        if "program" in tokens:
            program = issuer.verify(tokens["program"], origin=None, now=now)
            assert program.for_whom == "program"
        assert issuer.registry.live_origins(None, now) == {SITE: site.expires}


def test_a_program_gets_a_grant_beside_them(written: dict[str, Any], folder: Path) -> None:
    """The file is migrated once, and then has all that this version knows."""
    now = written["now"] + 60
    request = GrantRequest("none", frozenset({"contents:read"}), "ana", now, now + 60)
    with contextlib.closing(Issuer(folder)) as issuer:
        made, token = issuer.issue(request._replace(program="agent"))
        assert issuer.verify(token, origin=None, now=now) == made
        assert issuer.verify(written["tokens"]["script"], origin=None, now=now)
    with contextlib.closing(sqlite3.connect(folder / FILE_NAME)) as connection:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
    assert version == len(STEPS)
