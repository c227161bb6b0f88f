"""docs/tokens.md says what becomes of tokens when the registry or a key is not as it should be."""

from __future__ import annotations

import os
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support.doc_pages import ROOT, TOKENS_PAGE, code, table
from support.python_source import parse

from escherpad_ext.cli import main, token_commands
from escherpad_ext.errors import GrantTokensUnavailable, TokenRefused
from escherpad_ext.grants import Grant, GrantRequest, Issuer, data_folder
from escherpad_ext.grants.registry import FILE_NAME

NOW = int(time.time())
WISH = GrantRequest("none", frozenset({"contents:read"}), "ana", NOW, NOW + 3600)

#: What needs a full disk, another file system or less power than root has has its test elsewhere.
HELD_BY = {
    "registry: you cannot read it": "test_what_cannot_be_read_is_not_missing",
    "registry: read-only, or its folder": "test_what_cannot_be_written_can_be_read",
    "registry: no space left on the disk": "test_no_more_space",
    "registry: on a file system without locks": "test_a_file_system_without_locks",
}


class Install:
    """An owner's folder, with a grant and its token."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.registry = folder / FILE_NAME
        self.issuer = Issuer(folder)
        self.grant, self.token = self.issuer.issue(WISH)

    @property
    def key(self) -> Path:
        (found,) = (self.folder / "keys").glob("*.key")
        return found

    def put_back_later(self, change: Callable[[], None]) -> None:
        """Change something, and then put back the registry of before."""
        older = self.folder / "older"
        shutil.copy(self.registry, older)
        change()
        older.replace(self.registry)

    def outcome(self) -> str:
        try:
            self.issuer.verify(self.token, origin=None, now=NOW + 1)
        except (TokenRefused, GrantTokensUnavailable) as refused:
            return refused.code
        return "good"


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("JUPYTER_CONFIG_DIR", str(tmp_path / "config"))
    # The commands' patience with locks is none of this table's business.
    monkeypatch.setattr(token_commands, "COMMAND_WAIT_SECONDS", 0.05)
    found = Install(data_folder())
    yield found
    found.issuer.close()


def lock(install: Install) -> sqlite3.Connection:
    other = sqlite3.connect(install.registry, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    return other


def make_anew(install: Install) -> None:
    install.registry.unlink()
    install.registry.touch(0o600)


def make_newer(install: Install) -> None:
    other = sqlite3.connect(install.registry)
    other.execute("PRAGMA user_version = 999")
    other.close()


def take_another(install: Install) -> None:
    other = Issuer(install.folder.parent / "another")
    other.issue(WISH)
    other.close()
    (install.folder.parent / "another" / FILE_NAME).replace(install.registry)


def lose_a_grant(install: Install) -> None:
    def change() -> None:
        install.grant, install.token = install.issuer.issue(WISH)

    install.put_back_later(change)


def lose_a_revocation(install: Install) -> None:
    install.put_back_later(lambda: _revoke(install.issuer, install.grant))


def _revoke(issuer: Issuer, grant: Grant) -> None:
    assert issuer.registry.revoke(grant.id, NOW)


def plant_a_journal(install: Install) -> None:
    journal = install.registry.with_name(f"{install.registry.name}-journal")
    journal.write_bytes(b"")
    journal.chmod(0o666)


#: How to bring each state about. What is returned is closed in the end.
SPOIL: dict[str, Callable[[Install], sqlite3.Connection | object]] = {
    "registry: missing": lambda install: install.registry.unlink(),
    "registry: empty": make_anew,
    "registry: locked by another program": lock,
    "registry: damaged": lambda install: install.registry.write_bytes(b"damaged " * 999),
    "registry: others can write to it": lambda install: install.registry.chmod(0o666),
    "registry: others can write to its folder": lambda install: install.registry.parent.chmod(
        0o777
    ),
    "registry: a journal that others could write lies beside it": plant_a_journal,
    "registry: others can read it": lambda install: install.registry.chmod(0o644),
    "registry: of a newer version of this package": make_newer,
    "registry: of another install": take_another,
    "registry: an older copy, token made since": lose_a_grant,
    "registry: an older copy, token revoked since": lose_a_revocation,
    "key: missing": lambda install: install.key.unlink(),
    "key: others can read or write it": lambda install: install.key.chmod(0o644),
    "key: damaged, or not a file": lambda install: install.key.write_bytes(b"damaged"),
    "key: of another user": lambda install: os.chown(install.key, 65534, -1),
}


def states() -> dict[str, list[str]]:
    rows = table(TOKENS_PAGE, "| state | such tokens | `list` | `create` | `revoke` |")
    return {row[0]: row[1:] for row in rows}


def test_every_state_is_tested() -> None:
    """Here, or by a test that exists."""
    assert set(states()) == set(SPOIL) | set(HELD_BY)
    tree = parse(ROOT / "tests" / "grants" / "test_trouble.py")
    assert set(HELD_BY.values()) <= {node.name for node in tree.body if hasattr(node, "name")}


@pytest.mark.parametrize("state", SPOIL)
def test_the_outcome_is_the_one_of_the_table(
    install: Install, state: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """What becomes of tokens in a server, and of each command; a failure is one sentence."""
    if os.name != "posix" and ("others" in state or "user" in state):
        pytest.skip("modes mean nothing here")
    if "another user" in state and os.geteuid() != 0:
        pytest.skip("only root can give a file away")
    tokens, *commands = states()[state]
    assert install.outcome() == "good"
    held = SPOIL[state](install)
    try:
        assert install.outcome() == (tokens if tokens == "good" else code(tokens))
        arguments = (
            ["list"],
            ["create", "--origin", "none", "--scope", "view"],
            ["revoke", "--all"],
        )
        for words, outcome in zip(arguments, commands, strict=True):
            status = main(["token", *words])
            said = capsys.readouterr()
            assert outcome == {0: "works", 1: "fails"}[status], (words, said.err)
            assert status == 0 or (said.out == "" and len(said.err.splitlines()) == 1)
    finally:
        if isinstance(held, sqlite3.Connection):
            held.close()
