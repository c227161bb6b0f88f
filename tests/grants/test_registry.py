"""The registry of grants: what is made, found, ended, accounted for."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import stat
import threading

import pytest

from escherpad_ext.errors import GrantError, GrantsUnavailable, TokenRefused
from escherpad_ext.grants import GrantRequest, Registry, schema
from escherpad_ext.grants.last_use import TOUCH_SECONDS
from escherpad_ext.grants.registry import KEEP_SECONDS

NOW = 1_800_000_000
KEY_ID = "escherpad-00-11"
WISH = GrantRequest(
    origin="https://app.example.com",
    scopes=frozenset({"contents:read", "kernels:read"}),
    owner="ana",
    created=NOW,
    expires=NOW + 3600,
    name="my app",
)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "data" / "grants.sqlite3"


@pytest.fixture
def registry(path):
    with Registry(path) as found:
        yield found


@pytest.fixture
def other(path):
    """Return the registry as another server has it open."""
    with Registry(path) as found:
        yield found


def refusal(call, *arguments, error=TokenRefused):
    with pytest.raises(error) as caught:
        call(*arguments)
    return caught.value.code


def test_what_is_made_is_found(registry, other):
    """Every field, from any process, before and after reopening."""
    grant = registry.create(WISH._replace(server="5" * 32, place="/home", via="connect"), KEY_ID)
    assert other.get(grant.id) == grant
    other.close()
    assert other.check(grant.id, NOW) == grant
    assert (grant.origin, grant.scopes, grant.owner) == (WISH.origin, WISH.scopes, "ana")
    assert (grant.server, grant.place, grant.name, grant.via) == (
        "5" * 32,
        "/home",
        "my app",
        "connect",
    )
    assert (grant.created, grant.expires, grant.key_id) == (NOW, NOW + 3600, KEY_ID)
    assert grant.last_used is None
    assert grant.revoked is None


def test_ids_cannot_be_guessed(registry):
    """128 random bits, none that a shell or argparse takes for an option."""
    ids = {registry.create(WISH, KEY_ID).id for _ in range(50)}
    assert len(ids) == 50
    assert all(len(found) == 32 and set(found) <= set("0123456789abcdef") for found in ids)


def test_no_registry_means_no_grants_and_makes_none(registry, path):
    """Asking, revoking and accounting make no file."""
    assert registry.install() is None
    assert registry.get("0" * 32) is None
    assert refusal(registry.check, "0" * 32, NOW) == "unknown_grant"
    assert list(registry.list(NOW, ended=True)) == []
    assert registry.live_origins(None, NOW) == {}
    assert registry.revoke_all(NOW) == 0
    assert registry.revoke_origin(WISH.origin, NOW) == 0
    assert refusal(registry.revoke, "0" * 32, NOW) == "unknown_grant"
    assert registry.version() == registry.version()
    registry.flush(NOW, at_once=True)
    assert not path.parent.exists()


@pytest.mark.skipif(os.name != "posix", reason="modes mean nothing there")
def test_the_file_is_the_owners_alone(registry, path):
    """0600 in 0700, whatever the umask."""
    before = os.umask(0)
    try:
        registry.create(WISH, KEY_ID)
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize(
    "change",
    [
        {"origin": ""},
        {"origin": "null"},
        {"origin": "*"},
        {"origin": "https://*.example.com"},
        {"origin": "https://app.example.com/"},
        {"origin": "https://APP.example.com"},
        {"origin": "https://app.example.com:443"},
        {"scopes": frozenset()},
        {"folder": ""},
        {"folder": "/"},
        {"folder": "/data"},
        {"folder": "data/"},
        {"folder": "data//raw"},
        {"folder": "data/../raw"},
        {"folder": "./data"},
        {"folder": "data\\raw"},
        {"folder": "two\nlines"},
        {"folder": "data", "scopes": frozenset({"contents:read", "kernels:execute"})},
        {"folder": "data", "scopes": frozenset({"terminals:read"})},
        {"resource": ""},
        {"resource": "/"},
        {"resource": "mcp"},
        {"resource": "/mcp/"},
        {"resource": "/a/../b"},
        {"program": "command"},
        {"program": "", "origin": "none"},
        {"program": "two\nlines", "origin": "none"},
        {"program": "\u202emoc.dapdrehcse", "origin": "none"},
        {"program": "x" * 301, "origin": "none"},
        {"expires": NOW},
        {"expires": NOW - 1},
        {"name": "n" * 101},
        {"name": "two\nlines"},
        {"name": "\x1b[2J"},
        {"name": "\u202eevil"},
        {"owner": "\0"},
        {"place": "\r"},
    ],
)
def test_what_can_never_be_a_grant_is_refused(registry, path, change):
    """Nothing empty means everything, nothing lives for ever, no text forges a line; no file."""
    with pytest.raises(GrantError):
        registry.create(WISH._replace(**change), KEY_ID)
    assert not path.exists()


def test_it_lives_until_its_second(registry):
    """Good before `expires`, over from that very second on."""
    grant = registry.create(WISH, KEY_ID)
    assert registry.check(grant.id, NOW + 3599.999)
    assert refusal(registry.check, grant.id, NOW + 3600) == "expired"


def test_revocation_counts_at_the_next_request_everywhere(registry, other):
    """No process accepts it after `revoke` has returned, though it has just read the row."""
    grant = registry.create(WISH, KEY_ID)
    assert other.check(grant.id, NOW)
    assert registry.revoke(grant.id, NOW + 1) is True
    assert refusal(other.check, grant.id, NOW) == "revoked"
    assert refusal(registry.check, grant.id, NOW + 2) == "revoked"
    assert other.get(grant.id).revoked == NOW + 1


def test_what_is_over_cannot_be_revoked_again(registry):
    """The first time stays; an expired one stays expired."""
    grant = registry.create(WISH, KEY_ID)
    assert registry.revoke(grant.id, NOW + 1)
    assert registry.revoke(grant.id, NOW + 2) is False
    assert registry.get(grant.id).revoked == NOW + 1
    second = registry.create(WISH, KEY_ID)
    assert registry.revoke(second.id, NOW + 3600) is False
    assert registry.get(second.id).revoked is None


def test_revoking_by_origin_and_all(registry):
    """Only live ones count, only those meant are touched."""
    one = registry.create(WISH, KEY_ID)
    two = registry.create(WISH._replace(origin="https://b.example"), KEY_ID)
    script = registry.create(WISH._replace(origin="none"), KEY_ID)
    assert registry.revoke_origin("https://a", NOW) == 0
    assert registry.revoke_origin(WISH.origin, NOW) == 1
    assert refusal(registry.check, one.id, NOW) == "revoked"
    assert registry.check(two.id, NOW)
    assert registry.revoke_all(NOW) == 2
    assert refusal(registry.check, script.id, NOW) == "revoked"
    assert registry.revoke_all(NOW) == 0


def test_the_list_has_the_newest_first(registry):
    """Live ones, or all, or those of an origin; more than fit on a page."""
    made = [
        registry.create(WISH._replace(origin=f"https://{n % 2}.example"), KEY_ID).id
        for n in range(6)
    ]
    registry.revoke(made[3], NOW)
    assert [g.id for g in registry.list(NOW)] == [made[n] for n in (5, 4, 2, 1, 0)]
    assert [g.id for g in registry.list(NOW, ended=True)] == made[::-1]
    assert list(registry.list(NOW + 3600)) == []
    of_one = registry.list(NOW, ended=True, origin="https://1.example")
    assert [g.id for g in of_one] == [made[n] for n in (5, 3, 1)]


def test_a_long_list_keeps_nobody_out(registry, other, path):
    """It is read page by page: while it is read others write, and nothing is lost or twice."""
    registry.create(WISH, KEY_ID)
    fill(path, 1200)
    listing = registry.list(NOW, ended=True)
    first = next(listing)
    assert other.revoke(first.id, NOW)
    ids = [first.id, *(grant.id for grant in listing)]
    assert len(ids) == len(set(ids)) == 1201


def fill(path, count):
    """Add live grants quickly."""
    connection = sqlite3.connect(path)
    connection.executemany(
        "INSERT INTO grants (id, origin, scopes, owner, server, place, name, via, key_id, created,"
        " expires) VALUES (?, ?, 'contents:read', 'ana', 'any', '', '', 'connect', 'k', ?, ?)",
        ((f"{n:032x}", f"https://{n}.example", NOW, NOW + 3600) for n in range(count)),
    )
    connection.commit()
    connection.close()


def test_an_origin_is_in_as_long_as_a_grant_of_the_connect_page_lives(registry):
    """Not by a command, not for another server, not when it is over."""
    here, there = "a" * 32, "b" * 32
    request = WISH._replace(via="connect", server=here)
    registry.create(WISH._replace(origin="https://command.example"), KEY_ID)
    registry.create(request, KEY_ID)
    registry.create(WISH._replace(via="connect", origin="https://any.example"), KEY_ID)
    any_server = {"https://any.example": NOW + 3600}
    assert registry.live_origins(here, NOW) == {**any_server, WISH.origin: NOW + 3600}
    assert registry.live_origins(there, NOW) == any_server
    assert registry.live_origins(None, NOW) == any_server
    assert registry.live_origins(here, NOW + 3600) == {}
    registry.create(request._replace(expires=NOW + 7200), KEY_ID)
    assert registry.live_origins(here, NOW)[WISH.origin] == NOW + 7200
    registry.revoke_all(NOW)
    assert registry.live_origins(here, NOW) == {}


def test_a_change_by_others_is_noticed(registry, other, path):
    """`version` differs after every commit of anybody, and not otherwise."""
    seen = [registry.version()]
    grant = other.create(WISH, KEY_ID)
    seen.append(registry.version())
    assert registry.version() == seen[-1]
    other.revoke(grant.id, NOW)
    seen.append(registry.version())
    registry.create(WISH, KEY_ID)
    seen.append(registry.version())
    path.unlink()
    seen.append(registry.version())
    other.create(WISH, KEY_ID)
    seen.append(registry.version())
    assert len(set(seen)) == len(seen)


def test_a_file_that_was_taken_away_counts_no_more(registry, other, path):
    """An open connection does not keep grants alive whose file the owner deleted or replaced."""
    grant = registry.create(WISH, KEY_ID)
    install = registry.install()
    assert registry.check(grant.id, NOW)
    path.unlink()
    assert refusal(registry.check, grant.id, NOW) == "unknown_grant"
    assert registry.install() is None
    other.create(WISH, KEY_ID)
    assert refusal(registry.check, grant.id, NOW) == "unknown_grant"
    assert registry.install() not in {None, install}


def test_installs_differ_and_stay(registry, other, tmp_path):
    """A random id, the same for everybody who shares the file."""
    registry.create(WISH, KEY_ID)
    assert registry.install() == other.install()
    assert len(registry.install()) == 32
    assert registry.ensure() == registry.install()
    with Registry(tmp_path / "elsewhere" / "grants.sqlite3") as elsewhere:
        assert elsewhere.ensure() != registry.install()


def test_use_is_written_at_most_once_a_minute(registry, other):
    """Whoever calls `flush` now and then; the first use is told from the others."""
    one, two = registry.create(WISH, KEY_ID), registry.create(WISH, KEY_ID)
    assert registry.touch(one, NOW) is True
    registry.flush(NOW)
    assert registry.touch(one, NOW + 1) is False
    assert other.get(one.id).last_used == NOW
    version = other.version()
    assert registry.touch(two, NOW + 2) is True
    for moment in range(3, TOUCH_SECONDS):
        assert registry.touch(registry.get(two.id), NOW + moment) is False
        registry.flush(NOW + moment)
    assert other.version() == version
    registry.touch(one, NOW + TOUCH_SECONDS)
    registry.flush(NOW + TOUCH_SECONDS)
    assert other.get(one.id).last_used == NOW + TOUCH_SECONDS
    assert other.get(two.id).last_used == NOW + TOUCH_SECONDS - 1


def test_what_was_noted_is_written_when_asked(registry, other):
    """When a server stops, and by whoever calls `flush` now and then."""
    one, two = registry.create(WISH, KEY_ID), registry.create(WISH, KEY_ID)
    registry.touch(one, NOW)
    registry.flush(NOW)
    registry.touch(two, NOW + 1)
    registry.flush(NOW + 2)
    assert other.get(two.id).last_used is None
    registry.flush(NOW + 2, at_once=True)
    assert other.get(two.id).last_used == NOW + 1


def test_an_older_use_does_not_hide_a_newer_one(registry, other):
    """Two servers that note uses of one grant keep the later one."""
    grant = registry.create(WISH, KEY_ID)
    other.touch(grant, NOW + 50)
    other.flush(NOW + 50)
    registry.touch(grant, NOW + 10)
    registry.flush(NOW + 10)
    assert registry.get(grant.id).last_used == NOW + 50


def test_a_server_knows_when_there_is_something_to_write(registry):
    """It asks no thread to write nothing."""
    grant = registry.create(WISH, KEY_ID)
    assert not registry.is_flush_due(NOW)
    registry.touch(grant, NOW)
    assert registry.is_flush_due(NOW)
    registry.flush(NOW)
    registry.touch(grant, NOW + 1)
    assert not registry.is_flush_due(NOW + TOUCH_SECONDS - 1)
    assert registry.is_flush_due(NOW + TOUCH_SECONDS)
    assert registry.is_flush_due(NOW - 1)


def test_a_clock_that_was_put_back_does_not_stop_the_accounting(registry, other):
    """Uses are written again, not only when the clock has caught up."""
    one, two = registry.create(WISH, KEY_ID), registry.create(WISH, KEY_ID)
    registry.touch(one, NOW + 86400)
    registry.flush(NOW + 86400)
    registry.touch(two, NOW)
    registry.flush(NOW)
    assert other.get(two.id).last_used == NOW


@pytest.mark.parametrize("name", ["a b", "a?mode=memory", "a#b", "a%41", "caf\u00e9"])
def test_any_folder_will_do(tmp_path, name):
    """Nothing in its name is taken for a part of a URI."""
    path = tmp_path / name / "grants.sqlite3"
    with Registry(path) as registry:
        registry.create(WISH, KEY_ID)
    assert path.exists()
    assert [found.name for found in tmp_path.iterdir()] == [name]


def test_memory_for_uses_is_bounded(registry):
    """However many grants are used within a minute."""
    grant = registry.create(WISH, KEY_ID)
    registry.touch(grant, NOW)
    for number in range(5000):
        registry.touch(grant._replace(id=f"{number:032x}"), NOW + 1)
    assert len(registry._last_use._pending) <= 1000


def test_rows_of_long_ago_are_dropped(registry):
    """Kept for thirty days after their end, for the owner to see; then gone."""
    old = registry.create(WISH, KEY_ID)
    end = old.expires + KEEP_SECONDS
    later = WISH._replace(created=end, expires=end + 10)
    registry.create(later, KEY_ID)
    assert registry.get(old.id)
    registry.create(later._replace(created=end + 1), KEY_ID)
    assert registry.get(old.id) is None


def test_a_key_is_needed_as_long_as_a_row_names_it(registry):
    """Also by what is over, so that the reason stays the right one."""
    grant = registry.create(WISH, KEY_ID)
    registry.revoke(grant.id, NOW)
    assert registry.needs_key(KEY_ID)
    assert not registry.needs_key("escherpad-00-12")


def test_it_is_one_threads(registry):
    """SQLite's connection belongs to a thread: a mistake of the program is no refusal."""
    registry.create(WISH, KEY_ID)
    raised = []

    def ask():
        try:
            registry.get("0" * 32)
        except Exception as error:
            raised.append(type(error))

    thread = threading.Thread(target=ask)
    thread.start()
    thread.join()
    assert raised == [sqlite3.ProgrammingError]


# The schema


def tables(path):
    connection = sqlite3.connect(path)
    try:
        query = "SELECT type, name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'"
        return sorted(connection.execute(query)), connection.execute(
            "PRAGMA user_version"
        ).fetchone()[0]
    finally:
        connection.close()


def add_note(connection):
    connection.execute("ALTER TABLE grants ADD COLUMN note TEXT NOT NULL DEFAULT ''")


def add_index(connection):
    connection.execute("CREATE INDEX grants_by_note ON grants (note)")


NEWER = (*schema.STEPS, add_note, add_index)


@pytest.mark.parametrize("opens", ["reads", "writes"])
def test_an_older_file_is_brought_up_to_date(path, opens):
    """Every step once, in order; what was in it stays; it is then as a new one would be."""
    with Registry(path) as older:
        grant = older.create(WISH, KEY_ID)
        install = older.install()
    with Registry(path, steps=NEWER) as newer:
        if opens == "writes":
            newer.create(WISH, KEY_ID)
        assert newer.check(grant.id, NOW) == grant
        assert newer.install() == install
    with Registry(path.with_name("new"), steps=NEWER) as new:
        new.create(WISH, KEY_ID)
    assert tables(path) == tables(path.with_name("new"))
    assert tables(path)[1] == len(NEWER)


def test_grants_of_the_first_version_reach_all_files_as_before(path):
    """Made before there were folders, they are found as they were; so is one for a folder."""
    path.parent.mkdir()
    path.touch(0o600)
    with contextlib.closing(sqlite3.connect(path)) as older:
        schema.migrate(older, schema.STEPS[:1], "The file")
        names = "id, origin, scopes, owner, server, place, name, via, key_id, created, expires"
        values = ["d" * 32, WISH.origin, "contents:read kernels:read", "ana", "any", "", "my app"]
        values += ["command", KEY_ID, NOW, NOW + 3600]
        older.execute(f"INSERT INTO grants ({names}) VALUES ({', '.join('?' * 11)})", values)
        older.commit()
    with Registry(path) as newer:
        old = newer.check("d" * 32, NOW)
        assert (old.origin, old.scopes, old.folder) == (WISH.origin, WISH.scopes, None)
        kept = newer.create(WISH._replace(folder="data/raw"), KEY_ID)
        assert newer.get(kept.id) == kept
        assert kept.folder == "data/raw"
        assert kept.terms != kept._replace(folder=None).terms


def test_a_program_s_grant_is_kept_and_approves_no_origin(registry):
    """Not even from the connect page: it has no origin that a page could have."""
    request = WISH._replace(origin="none", program="agent", via="connect")
    kept = registry.create(request, KEY_ID)
    assert registry.get(kept.id) == kept
    assert kept.program == "agent"
    assert registry.live_origins(None, NOW) == {}


def test_a_row_is_for_a_program_or_an_origin(registry, path):
    """Whoever changes it otherwise has damaged it."""
    registry.create(WISH, KEY_ID)
    with contextlib.closing(sqlite3.connect(path)) as connection:
        for program in ("", b"agent", "agent"):
            with pytest.raises(sqlite3.IntegrityError):
                connection.execute("UPDATE grants SET program = ?", (program,))
        for resource in ("", "/", "mcp", b"/mcp"):
            with pytest.raises(sqlite3.IntegrityError):
                connection.execute("UPDATE grants SET resource = ?", (resource,))


def test_a_row_cannot_have_an_empty_folder(registry, path):
    """It would mean neither all files nor one folder."""
    registry.create(WISH, KEY_ID)
    with contextlib.closing(sqlite3.connect(path)) as connection:
        for folder in ("", b"data"):
            with pytest.raises(sqlite3.IntegrityError):
                connection.execute("UPDATE grants SET folder = ?", (folder,))


def test_a_step_that_fails_changes_nothing(path):
    """All steps or none: the file stays what it was, and the tokens are refused."""

    def fail(connection):
        connection.execute("CREATE TABLE half (x)")
        connection.execute("nonsense")

    with Registry(path) as older:
        grant = older.create(WISH, KEY_ID)
        before = tables(path)
        with Registry(path, steps=(*NEWER, fail)) as newer:
            why = refusal(newer.check, grant.id, NOW, error=GrantsUnavailable)
            assert why == "registry_unavailable"
        assert tables(path) == before
        assert older.check(grant.id, NOW)


def test_a_newer_file_is_not_touched(path):
    """Also by a server that had it open before; reads and writes are refused, and say why."""
    with Registry(path) as older, Registry(path) as opened_later:
        grant = older.create(WISH, KEY_ID)
        assert older.check(grant.id, NOW)
        with Registry(path, steps=NEWER) as newer:
            newer.check(grant.id, NOW)
        before = path.read_bytes()
        for use in (
            lambda: older.check(grant.id, NOW),
            lambda: older.create(WISH, KEY_ID),
            lambda: older.revoke_all(NOW),
            lambda: opened_later.get(grant.id),
            older.version,
        ):
            with pytest.raises(GrantsUnavailable, match="Upgrade it"):
                use()
        older.touch(grant, NOW)
        older.flush(NOW)
        assert path.read_bytes() == before


def test_a_database_of_something_else_is_not_touched(path):
    """A file that is not ours is neither read nor taken over."""
    path.parent.mkdir()
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE grants (id, expires)")
    connection.close()
    path.chmod(0o600)
    before = path.read_bytes()
    with Registry(path) as registry, pytest.raises(GrantsUnavailable, match="another program"):
        registry.create(WISH, KEY_ID)
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("created", "'now'"),
        ("expires", "1e30"),
        ("expires", "created"),
        ("expires", "NULL"),
        ("revoked", "'no'"),
        ("last_used", "x'00'"),
        ("scopes", "''"),
        ("scopes", "x'00'"),
        ("origin", "''"),
        ("server", "''"),
        ("via", "'magic'"),
        ("id", "'short'"),
        ("key_id", "NULL"),
    ],
)
def test_the_schema_holds_the_types(registry, path, column, value):
    """Without STRICT, which older SQLites cannot open."""
    registry.create(WISH, KEY_ID)
    connection = sqlite3.connect(path)
    with pytest.raises(sqlite3.IntegrityError):
        connection.execute(f"UPDATE grants SET {column} = {value}")
    connection.close()
    assert "STRICT" not in str(tables(path))


@pytest.mark.parametrize(
    ("query", "values", "index"),
    [
        ("FIND", ("x",), "sqlite_autoindex_grants_1"),
        ("LIVE_ORIGINS", ("any", "y", NOW), "grants_by_origin"),
        ("SIGNED_BY", ("x",), "grants_by_key"),
        ("PURGE", (NOW,), "grants_by_end"),
    ],
)
def test_what_is_asked_often_has_an_index(registry, path, query, values, index):
    """A million grants are not read one by one."""
    from escherpad_ext.grants import rows

    registry.create(WISH, KEY_ID)
    connection = sqlite3.connect(path)
    plan = connection.execute(f"EXPLAIN QUERY PLAN {getattr(rows, query)}", values).fetchall()
    connection.close()
    details = " ".join(row[3] for row in plan)
    assert index in details
    assert "SCAN grants" not in details
