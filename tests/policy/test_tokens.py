"""Tokens of ours: what is signed comes back, and everything else has a reason."""

from __future__ import annotations

import json
import pickle
import re

import jwt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from escherpad_ext.errors import TokenRefused
from escherpad_ext.policy import tokens
from escherpad_ext.policy.refusal_table import REFUSALS
from escherpad_ext.policy.secret import Secret
from escherpad_ext.policy.token_encoding import MAX_LENGTH
from escherpad_ext.policy.tokens import (
    REASONS,
    Claims,
    audience_of,
    is_grant_token,
    issuer_of,
    mint,
    refused,
    server_id,
    verify,
)

INSTALL, OTHER_INSTALL = "0" * 32, "1" * 32
HERE, THERE = "a" * 32, "b" * 32
KEY_ID, KEY = "escherpad-00-11", Secret(b"k" * 32)
NOW = 1_800_000_000


def claims(**changes):
    """Return the claims of a token for any server, an hour long."""
    usual = Claims(
        issuer=issuer_of(INSTALL),
        audience=audience_of(INSTALL, None),
        owner="ana",
        client="https://app.example.com",
        scopes=frozenset({"contents:read", "kernels:read"}),
        issued=NOW,
        expires=NOW + 3600,
        grant_id="c" * 32,
    )
    return usual._replace(**changes)


def keys(key_id):
    """Return the one key there is."""
    if key_id != KEY_ID:
        raise refused("unknown_key")
    return KEY


def check(text, *, now=NOW, install=INSTALL, server=HERE):
    """Verify at the usual place and time."""
    return verify(text, keys=keys, install=install, server=server, now=now)


def reason(text, **where):
    """Return why a token is refused."""
    with pytest.raises(TokenRefused) as caught:
        check(text, **where)
    assert len(text) < 50 or text not in str(caught.value)
    return caught.value.code


WORDS = st.text(st.characters(exclude_categories=["C"]), min_size=1, max_size=60)


@settings(deadline=None)
@given(
    owner=WORDS,
    client=WORDS,
    scopes=st.frozensets(st.from_regex(r"[a-z]{1,9}:[a-z]{1,9}", fullmatch=True), min_size=1),
    issued=st.integers(0, 2**40),
    lifetime=st.integers(1, 10**8),
    server=st.sampled_from([None, HERE]),
    folder=st.none() | WORDS,
)
def test_what_is_signed_comes_back(owner, client, scopes, issued, lifetime, server, folder):
    """A round trip changes nothing."""
    signed = claims(
        owner=owner,
        client=client,
        scopes=scopes,
        issued=issued,
        expires=issued + lifetime,
        audience=audience_of(INSTALL, server),
        folder=folder,
    )
    text = mint(signed, KEY_ID, KEY)
    assert is_grant_token(text)
    if len(text) <= MAX_LENGTH:
        assert check(text, now=issued) == signed


def test_the_wire_is_the_designs():
    """RFC 9068: its type, and exactly the claims of the design."""
    text = mint(claims(), KEY_ID, KEY)
    assert jwt.get_unverified_header(text) == {"alg": "HS256", "typ": "at+jwt", "kid": KEY_ID}
    assert jwt.decode(text, options={"verify_signature": False}) == {
        "iss": issuer_of(INSTALL),
        "aud": issuer_of(INSTALL),
        "sub": "ana",
        "client_id": "https://app.example.com",
        "scope": "contents:read kernels:read",
        "iat": NOW,
        "exp": NOW + 3600,
        "jti": "c" * 32,
    }
    text = mint(claims(folder="data/raw"), KEY_ID, KEY)
    assert jwt.decode(text, options={"verify_signature": False})["folder"] == "data/raw"


@pytest.mark.parametrize("folder", [None, "", 0, [], {"path": "data"}, True])
def test_a_folder_that_is_no_text_is_not_all_files(folder):
    """Signed with the right key, and still malformed."""
    payload = jwt.decode(mint(claims(), KEY_ID, KEY), options={"verify_signature": False})
    headers = {"kid": KEY_ID, "typ": "at+jwt"}
    text = jwt.encode(
        {**payload, "folder": folder}, KEY.reveal(), algorithm="HS256", headers=headers
    )
    assert reason(text) == "malformed"


def test_the_largest_grant_fits():
    """Every scope, the longest origin and the longest name stay below the limit."""
    from escherpad_ext.grants.grant import MAX_OWNER_LENGTH
    from escherpad_ext.policy.folders import FOLDER_SCOPES, MAX_FOLDER_LENGTH
    from escherpad_ext.policy.origin import MAX_ORIGIN_LENGTH
    from escherpad_ext.policy.scopes import SCOPES

    large = claims(
        owner="ä" * MAX_OWNER_LENGTH,
        client="o" * MAX_ORIGIN_LENGTH,
        scopes=frozenset(SCOPES),
        audience=audience_of(INSTALL, HERE),
    )
    kept = large._replace(scopes=FOLDER_SCOPES, folder="a" * MAX_FOLDER_LENGTH)
    assert check(mint(kept, KEY_ID, KEY)) == kept
    assert check(mint(large, KEY_ID, KEY)) == large


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (NOW - 1, "not_yet_valid"),
        (NOW - 0.001, "not_yet_valid"),
        (NOW + 3600, "expired"),
        (NOW + 3601, "expired"),
    ],
)
def test_there_is_no_leeway(now, expected):
    """Not a moment before `iat`, and not from the very second of `exp` on."""
    assert reason(mint(claims(), KEY_ID, KEY), now=now) == expected


@pytest.mark.parametrize("now", [NOW, NOW + 3599.999])
def test_it_is_good_for_all_of_its_time(now):
    """From the first to the last moment."""
    assert check(mint(claims(), KEY_ID, KEY), now=now)


def test_other_servers_refuse_it():
    """A token for one server is good there alone; one for any server on all of an install."""
    bound = mint(claims(audience=audience_of(INSTALL, THERE)), KEY_ID, KEY)
    assert reason(bound) == "wrong_server"
    assert reason(bound, server=None) == "wrong_server"
    assert check(bound, server=THERE)
    assert check(mint(claims(), KEY_ID, KEY), server=THERE)


@pytest.mark.parametrize("install", [OTHER_INSTALL, None])
def test_other_installs_refuse_it(install):
    """Also one that never made a grant."""
    assert reason(mint(claims(), KEY_ID, KEY), install=install) == "wrong_install"


def test_another_installs_audience_is_not_ours():
    """`iss` and `aud` are each looked at."""
    text = mint(claims(audience=audience_of(OTHER_INSTALL, None)), KEY_ID, KEY)
    assert reason(text) == "wrong_server"


def test_a_server_is_its_folder_and_base_url():
    """The same after a restart, another for each folder, base URL and install; no path in it."""
    usual = server_id(INSTALL, "/home/ana", "/")
    assert usual == server_id(INSTALL, "/home/ana", "")
    assert re.fullmatch("[0-9a-f]{32}", usual)
    others = {
        server_id(INSTALL, "/home/bob", "/"),
        server_id(INSTALL, "/home/ana", "/user/ana/"),
        server_id(OTHER_INSTALL, "/home/ana", "/"),
        server_id(INSTALL, "/home", "/ana"),
    }
    assert len(others | {usual}) == 5


def test_other_keys():
    """An unknown key, and another one under the right name."""
    assert reason(mint(claims(), "escherpad-00-12", KEY)) == "unknown_key"
    assert reason(mint(claims(), KEY_ID, Secret(b"x" * 32))) == "bad_signature"


def test_every_character_counts():
    """Tampering anywhere is found, also in bits that decoders drop; it stays ours, and refused."""
    text = mint(claims(), KEY_ID, KEY)
    for position in range(len(text)):
        for character in "A-.=\n\u00e4":
            if text[position] != character:
                tampered = text[:position] + character + text[position + 1 :]
                assert reason(tampered) in REASONS
                assert is_grant_token(tampered)


@settings(deadline=None)
@given(st.text(max_size=300))
def test_no_text_breaks_it(text):
    """Whatever is sent, the answer is yes, no, or a reason."""
    assert is_grant_token(text) in {True, False}
    assert reason(text) == "malformed"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a-token-that-is-nobody-elses",
        "0123456789abcdef" * 3,
        "ghp_16C7e42F292c6912E7710c838347Ae178B4a",
        jwt.encode({"iss": "https://hub.example", "sub": "ana"}, "s" * 32, headers={"kid": "1"}),
        "eyJ.eyJ.sig",
        "." * 4000,
    ],
)
def test_tokens_of_others_are_not_ours(text):
    """They fall through to the server's own provider, untouched."""
    assert not is_grant_token(text)


def test_reasons_are_one_table():
    """Each reason is a row of the refusals; an unknown one is a mistake of the program."""
    for code in REASONS:
        assert refused(code).code == code
        assert refused(code).what == REFUSALS["invalid_token", code].sentence
    with pytest.raises(KeyError):
        refused("because")


def test_a_secret_does_not_show():
    """Not by repr, str, format, pickling or JSON."""
    for shown in (repr(KEY), str(KEY), f"{KEY}", f"{[KEY]}", f"{vars(tokens)}"):
        assert "kkkk" not in shown
    with pytest.raises(TypeError):
        pickle.dumps(KEY)
    with pytest.raises(TypeError):
        json.dumps(KEY)


def test_pyjwt_agrees():
    """The library's own check accepts what is minted."""
    found = jwt.decode(
        mint(claims(), KEY_ID, KEY),
        KEY.reveal(),
        algorithms=["HS256"],
        audience=audience_of(INSTALL, None),
        issuer=issuer_of(INSTALL),
        options={"verify_exp": False, "verify_iat": False},
    )
    assert found["jti"] == "c" * 32
