"""Tokens and grants together: from the request to the verdict."""

from __future__ import annotations

import contextlib
import logging
import shutil
import sqlite3

import pytest

from escherpad_ext.errors import GrantError, GrantTokensUnavailable, KeyUnusable, TokenRefused
from escherpad_ext.grants import GrantRequest, Issuer, Server, owner_name
from escherpad_ext.grants import keys as keys_module
from escherpad_ext.grants.keys import PRUNE_GRACE_SECONDS, ROTATE_AFTER_SECONDS
from escherpad_ext.policy import tokens
from escherpad_ext.policy.tokens import REASONS

NOW = 1_800_000_000
ORIGIN = "https://app.example.com"
WISH = GrantRequest(ORIGIN, frozenset({"contents:read"}), "ana", NOW, NOW + 3600)
HERE, THERE = Server.at("/srv/here", "/"), Server.at("/srv/there", "/")


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "data"


@pytest.fixture
def issuer(folder):
    """Return that of a server."""
    with contextlib.closing(Issuer(folder, server=HERE)) as found:
        yield found


@pytest.fixture
def command(folder):
    """Return that of the command line, another process of the same owner."""
    with contextlib.closing(Issuer(folder)) as found:
        yield found


def reason(issuer, token, *, origin=ORIGIN, now=NOW):
    with pytest.raises((TokenRefused, GrantTokensUnavailable)) as caught:
        issuer.verify(token, origin=origin, now=now)
    cannot_tell = caught.value.code in {"key_unusable", "registry_unavailable"}
    assert isinstance(caught.value, GrantTokensUnavailable) == cannot_tell
    assert caught.value.code in REASONS
    assert token not in str(caught.value)
    return caught.value.code


def test_a_token_is_good_where_and_as_long_as_its_grant(issuer, command):
    """Made by a command, used on a server, again and again."""
    grant, token = command.issue(WISH)
    for _ in range(3):
        assert issuer.verify(token, origin=ORIGIN, now=NOW + 3599) == grant
    assert reason(issuer, token, now=NOW + 3600) == "expired"
    assert reason(issuer, token, now=NOW - 1) == "not_yet_valid"


@pytest.mark.parametrize(
    "origin",
    [None, "https://other.example", "http://app.example.com", "null", "none", ORIGIN + "/"],
)
def test_it_is_good_from_its_origin_only(issuer, origin):
    """Not from another one, and not from where there is none."""
    _, token = issuer.issue(WISH)
    assert reason(issuer, token, origin=origin) == "wrong_origin"
    assert issuer.verify(token, origin=ORIGIN, now=NOW)
    assert reason(issuer, token, origin=origin) == "wrong_origin"


@pytest.mark.parametrize("origin", [ORIGIN, "null", "none", "https://other.example"])
def test_a_scripts_token_is_good_without_an_origin_only(issuer, origin):
    """A page that has got hold of one gains nothing."""
    _, token = issuer.issue(WISH._replace(origin="none"))
    assert issuer.verify(token, origin=None, now=NOW)
    assert reason(issuer, token, origin=origin) == "wrong_origin"


def test_revocation_by_another_process(issuer, command):
    """Counts at the next request, also for a token that was verified before."""
    grant, token = command.issue(WISH)
    assert issuer.verify(token, origin=ORIGIN, now=NOW)
    command.registry.revoke(grant.id, NOW)
    assert reason(issuer, token) == "revoked"


def test_a_token_for_one_server(folder, command):
    """Good there alone, after a restart too; any other server of the owner refuses it."""
    grant, token = command.issue(WISH, server=HERE)
    assert grant.place == str(HERE)
    for server, expected in ((THERE, "wrong_server"), (None, "wrong_server")):
        with contextlib.closing(Issuer(folder, server=server)) as other:
            assert reason(other, token) == expected
    for _ in range(2):
        with contextlib.closing(Issuer(folder, server=Server.at("/srv/../srv/here", ""))) as same:
            assert same.verify(token, origin=ORIGIN, now=NOW) == grant
            assert same.server_id() == grant.server


def test_a_token_for_any_server(folder, command):
    """What the command line makes, as it cannot know which servers will run."""
    grant, token = command.issue(WISH)
    for server in (HERE, THERE):
        with contextlib.closing(Issuer(folder, server=server)) as other:
            assert other.verify(token, origin=ORIGIN, now=NOW) == grant


def test_another_install_refuses_it(issuer, tmp_path):
    """With grants of its own or without; it makes nothing for that."""
    _, token = issuer.issue(WISH)
    with contextlib.closing(Issuer(tmp_path / "other", server=HERE)) as other:
        assert reason(other, token) == "wrong_install"
        assert other.server_id() is None
        assert not (tmp_path / "other").exists()
        other.issue(WISH)
        assert reason(other, token) == "wrong_install"


def test_base_urls_are_the_same_however_they_are_spelt():
    """jupyter_server escapes them, people do not."""
    assert Server.at("/srv", "/a%40b/") == Server.at("/srv/", "a@b")
    assert Server.at("/srv", "/") != Server.at("/srv", "/a")
    assert str(Server.at("/srv", "/user/ana/")) == "/srv at /user/ana/"


@pytest.mark.parametrize("folder", ["/srv/a\x1b[31m\nb", "/srv/" + "deep/" * 400])
def test_a_server_in_an_odd_folder_can_be_granted(folder, tmp_path):
    """Folders may have any name; what a person reads of it is printable, and short."""
    server = Server(folder, "/")
    with contextlib.closing(Issuer(tmp_path / "odd", server=server)) as issuer:
        request = GrantRequest("none", frozenset({"contents:read"}), "ana", NOW, NOW + 60)
        grant, token = issuer.issue(request, server=server)
        assert grant.place.isprintable()
        assert issuer.verify(token, origin=None, now=NOW + 1) == grant


def test_a_deleted_key_ends_its_tokens_at_once(issuer, folder):
    """Also those verified a moment ago."""
    _, token = issuer.issue(WISH)
    assert issuer.verify(token, origin=ORIGIN, now=NOW)
    next((folder / "keys").iterdir()).unlink()
    assert reason(issuer, token) == "unknown_key"
    assert not list((folder / "keys").iterdir())


def test_a_replaced_key_ends_its_tokens_at_once(issuer, folder):
    """A signature that was right once is looked at again."""
    grant, token = issuer.issue(WISH)
    assert issuer.verify(token, origin=ORIGIN, now=NOW)
    path = next((folder / "keys").iterdir())
    path.unlink()
    keys_module.write_private(path, keys_module._encode(grant.key_id, b"n" * 32))
    assert reason(issuer, token) == "bad_signature"


@pytest.mark.skipif(not keys_module._CHECKS_MODES, reason="modes mean nothing there")
def test_a_key_laid_open_is_not_used(issuer, folder):
    """Neither for tokens that were verified before, nor for new ones; nothing half done."""
    _, token = issuer.issue(WISH)
    assert issuer.verify(token, origin=ORIGIN, now=NOW)
    path = next((folder / "keys").iterdir())
    path.chmod(0o644)
    assert reason(issuer, token) == "key_unusable"
    with pytest.raises(KeyUnusable, match="chmod 600"):
        issuer.issue(WISH)
    assert len(list(issuer.registry.list(NOW, ended=True))) == 1


def test_a_registry_that_was_deleted_ends_its_tokens(issuer, command, folder):
    """The keys alone let nobody in, whether or not a new registry was made."""
    _, token = issuer.issue(WISH)
    assert issuer.verify(token, origin=ORIGIN, now=NOW)
    (folder / "grants.sqlite3").unlink()
    assert reason(issuer, token) in {"wrong_install", "unknown_grant"}
    _, second = command.issue(WISH)
    assert reason(issuer, token) == "wrong_install"
    assert issuer.verify(second, origin=ORIGIN, now=NOW)


@pytest.mark.parametrize(
    "change",
    [
        "scopes = 'contents:read kernels:execute'",
        "origin = 'https://evil.example'",
        "owner = 'bob'",
        "server = '0123'",
        "key_id = 'escherpad-0-0'",
        "created = created - 1",
        "expires = expires + 1",
    ],
)
def test_who_changes_the_registry_gets_no_more_than_was_signed(issuer, folder, change):
    """A row alone gives nothing, also behind a token that was verified a moment ago."""
    _, token = issuer.issue(WISH)
    assert issuer.verify(token, origin=ORIGIN, now=NOW)
    connection = sqlite3.connect(folder / "grants.sqlite3")
    connection.execute(f"UPDATE grants SET {change}")
    connection.commit()
    connection.close()
    for origin in (ORIGIN, "https://evil.example"):
        assert reason(issuer, token, origin=origin) == "unknown_grant"


def test_the_registry_of_another_install_in_its_place(issuer, folder):
    """The same row in a file with another install is another grant."""
    _, token = issuer.issue(WISH)
    assert issuer.verify(token, origin=ORIGIN, now=NOW)
    path = folder / "grants.sqlite3"
    other = folder / "other"
    shutil.copy(path, other)
    connection = sqlite3.connect(other)
    connection.execute("UPDATE meta SET value = ?", ("f" * 32,))
    connection.commit()
    connection.close()
    issuer.registry.close()
    other.replace(path)
    assert reason(issuer, token) == "wrong_install"


@pytest.mark.parametrize(
    "change",
    [
        {"scopes": frozenset({"contents:read", "kernels:execute"})},
        {"expires": NOW + 7200},
        {"client": "https://evil.example"},
        {"owner": "bob"},
        {"grant_id": "f" * 32},
        {"issued": NOW - 10},
    ],
)
def test_who_has_stolen_the_key_gets_no_more_than_was_granted(issuer, change):
    """A well signed token counts only if it says what its row says."""
    grant, token = issuer.issue(WISH)
    install = issuer.registry.install()
    claims = tokens.verify(token, keys=issuer.keys.find, install=install, server=None, now=NOW)
    forged = tokens.mint(claims._replace(**change), grant.key_id, issuer.keys.find(grant.key_id))
    assert reason(issuer, forged, now=NOW + 1) == "unknown_grant"


def test_a_forged_audience(issuer):
    """The same for the server."""
    grant, token = issuer.issue(WISH, server=THERE)
    assert reason(issuer, token) == "wrong_server"
    install = issuer.registry.install()
    claims = tokens.Claims(
        tokens.issuer_of(install),
        tokens.audience_of(install, None),
        grant.owner,
        grant.origin,
        grant.scopes,
        grant.created,
        grant.expires,
        grant.id,
    )
    forged = tokens.mint(claims, grant.key_id, issuer.keys.find(grant.key_id))
    assert reason(issuer, forged) == "unknown_grant"


def test_rotation_keeps_living_tokens_valid(issuer, folder):
    """An old key goes when the rows of its grants have gone, not before."""
    lifetime = ROTATE_AFTER_SECONDS + 10
    long = WISH._replace(expires=NOW + lifetime)
    grant, token = issuer.issue(long)
    later = NOW + ROTATE_AFTER_SECONDS
    second, _ = issuer.issue(WISH._replace(created=later, expires=later + 3600))
    assert second.key_id != grant.key_id
    assert issuer.verify(token, origin=ORIGIN, now=later).id == grant.id
    much_later = later + PRUNE_GRACE_SECONDS
    issuer.issue(WISH._replace(created=much_later, expires=much_later + 10))
    assert reason(issuer, token, now=much_later) == "expired"
    gone = grant.expires + 31 * 86400
    for moment in (gone, gone + 1, gone + PRUNE_GRACE_SECONDS + 1):
        issuer.issue(WISH._replace(created=moment, expires=moment + 10))
    assert reason(issuer, token, now=gone) == "unknown_key"


def test_a_wish_that_cannot_be_granted_leaves_nothing(issuer, folder):
    """Neither a key nor a file."""
    with pytest.raises(GrantError):
        issuer.issue(WISH._replace(scopes=frozenset()))
    assert not folder.exists()


def test_a_token_that_could_not_be_signed_leaves_no_live_grant(issuer, monkeypatch):
    """Nothing half done."""

    def fail(*_):
        raise RuntimeError("out of memory")

    monkeypatch.setattr(tokens, "mint", fail)
    with pytest.raises(RuntimeError):
        issuer.issue(WISH)
    assert list(issuer.registry.list(NOW)) == []


def test_no_secret_is_shown(issuer, folder, caplog):
    """Not by repr, not in what is logged at any level, not in the registry's file."""
    caplog.set_level(logging.DEBUG)
    grant, token = issuer.issue(WISH)
    issuer.verify(token, origin=ORIGIN, now=NOW)
    reason(issuer, token[:-6] + "AAAAAA")
    key = issuer.keys.find(grant.key_id).reveal()
    shown = f"{issuer!r} {vars(issuer)!r} {vars(issuer.keys)!r} {vars(issuer.registry)!r} {grant!r}"
    for part in (token, token.rpartition(".")[2], repr(key)[2:-1], key.hex()):
        assert part not in shown
        assert part not in caplog.text
    content = (folder / "grants.sqlite3").read_bytes()
    assert key not in content
    assert token.rpartition(".")[2].encode() not in content


def test_memory_for_verified_tokens_is_bounded(issuer):
    """However many tokens are used."""
    issued = [issuer.issue(WISH)[1] for _ in range(30)]
    for token in issued * 10:
        issuer.verify(token, origin=ORIGIN, now=NOW)
    assert len(issuer._proven) <= 256


def test_the_owner_has_a_name(monkeypatch):
    """Also in a container whose user has none."""
    assert owner_name()

    def nobody():
        raise KeyError("uid not found: 4711")

    monkeypatch.setattr("getpass.getuser", nobody)
    assert owner_name().startswith("uid-")
