"""The registry's tables, and how an older file is migrated.

``user_version`` counts the migration steps of a file. A file with more steps than this version
knows is left alone: an older server must not overlook a limit that a newer one wrote.

Types are checked by CHECK, not by STRICT: SQLite before 3.37 cannot open a file with a STRICT
table at all, and servers from different environments share this file.
"""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Callable, Sequence

from ..errors import GrantsUnavailable

Step = Callable[[sqlite3.Connection], None]

_FIRST = """
CREATE TABLE meta (
    name TEXT PRIMARY KEY NOT NULL CHECK (typeof(name) = 'text'),
    value TEXT NOT NULL CHECK (typeof(value) = 'text')
);
CREATE TABLE grants (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE CHECK (typeof(id) = 'text' AND length(id) = 32),
    origin TEXT NOT NULL CHECK (typeof(origin) = 'text' AND origin <> ''),
    scopes TEXT NOT NULL CHECK (typeof(scopes) = 'text' AND scopes <> ''),
    owner TEXT NOT NULL CHECK (typeof(owner) = 'text'),
    server TEXT NOT NULL CHECK (typeof(server) = 'text' AND server <> ''),
    place TEXT NOT NULL CHECK (typeof(place) = 'text'),
    name TEXT NOT NULL CHECK (typeof(name) = 'text'),
    via TEXT NOT NULL CHECK (via IN ('command', 'connect')),
    key_id TEXT NOT NULL CHECK (typeof(key_id) = 'text' AND key_id <> ''),
    created INTEGER NOT NULL CHECK (typeof(created) = 'integer'),
    expires INTEGER NOT NULL CHECK (typeof(expires) = 'integer' AND expires > created),
    last_used INTEGER CHECK (last_used IS NULL OR typeof(last_used) = 'integer'),
    revoked INTEGER CHECK (revoked IS NULL OR typeof(revoked) = 'integer')
);
-- who may call, at the router
CREATE INDEX grants_by_origin ON grants (origin, via, server, expires) WHERE revoked IS NULL;
-- what is over for long
CREATE INDEX grants_by_end ON grants (expires);
-- what was revoked lately
CREATE INDEX grants_by_revocation ON grants (revoked) WHERE revoked IS NOT NULL;
-- which keys are still needed
CREATE INDEX grants_by_key ON grants (key_id);
"""


def _first(connection: sqlite3.Connection) -> None:
    _run(connection, _FIRST)
    # Random, to recognize tokens of other installs. It is not a secret.
    connection.execute("INSERT INTO meta VALUES ('install', ?)", (secrets.token_hex(16),))


def _run(connection: sqlite3.Connection, script: str) -> None:
    """Run statements one by one: ``executescript`` would commit first."""
    for statement in script.split(";\n"):
        connection.execute(statement)


def _folder(connection: sqlite3.Connection) -> None:
    """Grants for one folder. In grants made before, it is NULL: they have all files."""
    connection.execute(
        "ALTER TABLE grants ADD COLUMN folder TEXT "
        "CHECK (folder IS NULL OR (typeof(folder) = 'text' AND folder <> ''))"
    )


def _program(connection: sqlite3.Connection) -> None:
    """Grants for programs. In grants made before, it is NULL: they are for sites and scripts."""
    connection.execute(
        "ALTER TABLE grants ADD COLUMN program TEXT CHECK (program IS NULL OR "
        "(typeof(program) = 'text' AND program <> '' AND origin = 'none'))"
    )


def _resource(connection: sqlite3.Connection) -> None:
    """Grants for one path. In grants made before, it is NULL: they are good everywhere."""
    connection.execute(
        "ALTER TABLE grants ADD COLUMN resource TEXT "
        "CHECK (resource IS NULL OR (typeof(resource) = 'text' AND resource LIKE '/_%'))"
    )


def _blocked(connection: sqlite3.Connection) -> None:
    """Sites that may not ask this owner any more."""
    connection.execute(
        "CREATE TABLE blocked (owner TEXT NOT NULL CHECK (typeof(owner) = 'text'), origin TEXT "
        "NOT NULL CHECK (typeof(origin) = 'text' AND origin <> ''), PRIMARY KEY (owner, origin))"
    )


def _signed_until(connection: sqlite3.Connection) -> None:
    """Grants that the owner shortened: the end that the token says. Before, it is NULL."""
    connection.execute(
        "ALTER TABLE grants ADD COLUMN signed_until INTEGER "
        "CHECK (signed_until IS NULL OR "
        "(typeof(signed_until) = 'integer' AND signed_until > expires))"
    )


#: Step ``n`` makes version ``n + 1`` of version ``n``.
STEPS: Sequence[Step] = (_first, _folder, _program, _resource, _blocked, _signed_until)


def version(connection: sqlite3.Connection) -> int:
    """Return how many migration steps the file has."""
    found: int = connection.execute("PRAGMA user_version").fetchall()[0][0]
    return found


def check_known(found: int, steps: Sequence[Step], what: str) -> None:
    """Raise GrantsUnavailable for a file of a newer version of this package: ``what`` it is."""
    if found > len(steps):
        raise GrantsUnavailable(
            f"{what} has version {found}, and this version of escherpad-ext knows "
            f"{len(steps)}. Upgrade it: pip install --upgrade escherpad-ext."
        )


def migrate(connection: sqlite3.Connection, steps: Sequence[Step], what: str) -> None:
    """Migrate a file, in the caller's write transaction."""
    found = version(connection)
    check_known(found, steps, what)
    if found == 0 and connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchall():
        raise GrantsUnavailable(f"{what} is another program's database. Move it away.")
    for step in steps[found:]:
        step(connection)
    if found < len(steps):
        connection.execute(f"PRAGMA user_version = {len(steps)}")
