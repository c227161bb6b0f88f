"""One test for each class of known vulnerabilities of JSON Web Tokens.

Most are in RFC 8725 ("JWT Best Current Practices"), section 2; the others name their advisory.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import string

import pytest

from escherpad_ext.errors import TokenRefused
from escherpad_ext.policy.secret import Secret
from escherpad_ext.policy.token_encoding import MAX_LENGTH
from escherpad_ext.policy.tokens import audience_of, is_grant_token, issuer_of, verify

INSTALL = "0" * 32
KEY_ID, KEY = "escherpad-00-11", Secret(b"k" * 32)
NOW = 1_800_000_000

GOOD_HEADER = {"alg": "HS256", "typ": "at+jwt", "kid": KEY_ID}
GOOD_PAYLOAD = {
    "iss": issuer_of(INSTALL),
    "aud": audience_of(INSTALL, None),
    "sub": "ana",
    "client_id": "https://app.example.com",
    "scope": "contents:read",
    "iat": NOW,
    "exp": NOW + 3600,
    "jti": "c" * 32,
}


def check(text):
    """Verify where and when the good one is good."""
    return verify(text, keys=lambda _: KEY, install=INSTALL, server=None, now=NOW)


def reason(text):
    """Return why a token is refused."""
    with pytest.raises(TokenRefused) as caught:
        check(text)
    return caught.value.code


def encode(part):
    text = part if isinstance(part, bytes) else json.dumps(part).encode()
    return base64.urlsafe_b64encode(text).rstrip(b"=").decode()


def signed(header=None, payload=None, key=None, digest=hashlib.sha256):
    """Return a token of any shape with a signature that is right."""
    text = f"{encode(header or GOOD_HEADER)}.{encode(payload or GOOD_PAYLOAD)}"
    signature = hmac.new(key or KEY.reveal(), text.encode(), digest).digest()
    return f"{text}.{encode(signature)}"


def test_the_good_one_is_good():
    """So that each attack below fails for its own reason."""
    assert check(signed()).owner == "ana"


@pytest.mark.parametrize("alg", ["none", "None", "NONE", "nOnE", ""])
def test_alg_none(alg):
    """RFC 8725, 2.1: an unsigned token, in all its spellings, with and without a signature."""
    unsigned = f"{encode({**GOOD_HEADER, 'alg': alg})}.{encode(GOOD_PAYLOAD)}"
    for text in (unsigned + ".", unsigned, unsigned + "." + signed().rpartition(".")[2]):
        assert is_grant_token(text)
        assert reason(text) == "malformed"


def test_unsigned_under_the_right_algorithm():
    """An empty signature is none."""
    assert reason(f"{encode(GOOD_HEADER)}.{encode(GOOD_PAYLOAD)}.") == "malformed"


@pytest.mark.parametrize("alg", ["HS384", "HS512", "RS256", "ES256", "PS256", "EdDSA", "hs256", 1])
def test_algorithm_confusion(alg):
    """RFC 8725, 2.1: the token does not choose the algorithm."""
    digest = {"HS384": hashlib.sha384, "HS512": hashlib.sha512}.get(alg, hashlib.sha256)
    assert reason(signed({**GOOD_HEADER, "alg": alg}, digest=digest)) == "malformed"


@pytest.mark.parametrize(
    "extra",
    [
        {"jwk": {"kty": "oct", "k": encode(b"x" * 32)}},
        {"jku": "https://evil.example/keys"},
        {"x5u": "https://evil.example/cert"},
        {"x5c": ["MII"]},
    ],
)
def test_keys_that_travel_with_the_token(extra):
    """CVE-2018-0114 and its kind: an embedded or linked key is never used."""
    assert reason(signed({**GOOD_HEADER, **extra}, key=b"x" * 32)) == "malformed"


@pytest.mark.parametrize(
    "kid",
    [
        "../../../../dev/null",
        "escherpad-/../../etc/passwd",
        "escherpad-\x00",
        "escherpad-1' OR '1'='1",
        "escherpad-" + "0" * 5000,
        "",
        None,
        3,
        ["escherpad-00-11"],
        {"escherpad-00-11": 1},
        "escherpad-00-11\n",
    ],
)
def test_kid_injection(kid):
    """A `kid` becomes a file name: only our own shape gets that far."""

    def asked(key_id):
        pytest.fail(f"asked for {key_id!r}")

    with pytest.raises(TokenRefused) as caught:
        verify(
            signed({**GOOD_HEADER, "kid": kid}),
            keys=asked,
            install=INSTALL,
            server=None,
            now=NOW,
        )
    assert caught.value.code == "malformed"


def test_crit():
    """PyJWT, GHSA-752w-5fwx-jx9f: extensions that must be understood are not ignored."""
    assert reason(signed({**GOOD_HEADER, "crit": ["b64"], "b64": False})) == "malformed"


@pytest.mark.parametrize("typ", ["JWT", "AT+JWT", "application/at+jwt", None])
def test_cross_jwt_confusion(typ):
    """RFC 8725, 2.8: a token of another kind, signed with the same key, is not this one."""
    assert reason(signed({**GOOD_HEADER, "typ": typ})) == "malformed"


@pytest.mark.parametrize("claim", sorted(GOOD_PAYLOAD))
def test_missing_claims(claim):
    """A claim that is not there restricts nothing, so it has to be there."""
    payload = {name: value for name, value in GOOD_PAYLOAD.items() if name != claim}
    assert reason(signed(payload=payload)) in {"malformed", "wrong_install"}


def test_more_claims():
    """What this version does not understand it does not accept."""
    assert reason(signed(payload={**GOOD_PAYLOAD, "admin": True})) == "malformed"


@pytest.mark.parametrize("claim", sorted(GOOD_PAYLOAD))
@pytest.mark.parametrize("value", [None, "", [], {}, True, 1.5, 1e400, ["x"]])
def test_type_confusion(claim, value):
    """RFC 8725, 2.7 and python-jose's, jsonwebtoken's advisories: each claim is of its type."""
    text = signed(payload={**GOOD_PAYLOAD, claim: value})
    assert reason(text) in {"malformed", "wrong_install"}


@pytest.mark.parametrize(
    "audience",
    [
        [audience_of(INSTALL, None)],
        audience_of(INSTALL, None) + "/",
        audience_of(INSTALL, None)[:-1],
    ],
)
def test_partial_comparison(audience):
    """PyJWT, GHSA-75c5-xw7c-p5pm: `iss` and `aud` are compared whole, and are single texts."""
    assert reason(signed(payload={**GOOD_PAYLOAD, "aud": audience})) in {
        "malformed",
        "wrong_server",
    }
    assert reason(signed(payload={**GOOD_PAYLOAD, "iss": issuer_of(INSTALL[:-1])})) == (
        "wrong_install"
    )


def test_duplicate_names():
    """RFC 8725, 2.9: two parsers may each take another one of two members of a name."""
    twice = json.dumps(GOOD_PAYLOAD)[:-1] + ', "client_id": "https://evil.example"}'
    assert reason(signed(payload=twice.encode())) == "malformed"
    header = json.dumps(GOOD_HEADER)[:-1] + ', "alg": "HS256"}'
    assert reason(signed(header=header.encode())) == "malformed"


@pytest.mark.parametrize(
    "payload",
    [
        b"[]",
        b"null",
        b'"text"',
        b"{" * 3000,
        b"[" * 3000,
        b'{"exp": NaN}',
        b'{"exp": Infinity}',
        b"\xff\xfe",
        json.dumps(GOOD_PAYLOAD).encode("utf-16"),
        b"\xef\xbb\xbf" + json.dumps(GOOD_PAYLOAD).encode(),
        b'{"iat": ' + b"9" * 4000 + b"}",
    ],
)
def test_odd_json(payload):
    """RFC 8725, 2.9 and 3.7: only an object, in UTF-8; nothing raises what is not a reason."""
    assert reason(signed(payload=payload)) == "malformed"


def test_malleability():
    """One token has one spelling: no padding, other alphabet, stray bits or characters."""
    text = signed()
    head, payload, signature = text.split(".")
    alphabet = string.ascii_uppercase + string.ascii_lowercase + string.digits + "-_"
    last = alphabet.index(signature[-1])
    stray = [alphabet[last ^ bit] for bit in (1, 2, 3)]  # bits that no byte is made of
    spellings = [f"{head}.{payload}.{signature[:-1]}{character}" for character in stray]
    spellings += [
        text + "=",
        text + "\n",
        " " + text,
        f"{head}.{payload}.{signature[:9]}!{signature[9:]}",
    ]
    spellings += [f"{head}=.{payload}.{signature}", f"{head}\n.{payload}.{signature}"]
    for spelling in spellings:
        assert reason(spelling) == "malformed"


def test_oversized():
    """No long token is decoded, let alone verified."""
    text = signed(payload={**GOOD_PAYLOAD, "sub": "a" * MAX_LENGTH})
    assert is_grant_token(text)
    assert reason(text) == "malformed"


def test_encrypted_and_nested_tokens():
    """Five segments, or a token within a token, are not ours to open."""
    assert reason("a.b.c.d.e") == "malformed"
    nested = encode(signed().encode())
    assert reason(f"{encode({**GOOD_HEADER, 'cty': 'JWT'})}.{nested}.{nested}") == "malformed"


def test_psychic_signatures():
    """CVE-2022-21449 and its kind: zeros, and nothing but the key's digest, sign nothing."""
    text = f"{encode(GOOD_HEADER)}.{encode(GOOD_PAYLOAD)}"
    for signature in (b"\0" * 32, b"\0", hashlib.sha256(text.encode()).digest()):
        assert reason(f"{text}.{encode(signature)}") == "bad_signature"


@pytest.mark.parametrize("key", [b"", b"secret", b"k" * 31, b"k" * 33, b"K" * 32])
def test_weak_and_other_keys(key):
    """RFC 8725, 2.2: a guessed key does not sign."""
    assert reason(signed(key=key or b"\0")) == "bad_signature"


@pytest.mark.parametrize("not_before", [NOW + 1, 10**15])
def test_before_its_time(not_before):
    """`nbf` counts, though we never write one."""
    assert reason(signed(payload={**GOOD_PAYLOAD, "nbf": not_before})) == "not_yet_valid"


@pytest.mark.parametrize("not_before", ["0", None, True, 0.5])
def test_before_a_time_that_is_none(not_before):
    """An `nbf` that is no number of seconds is not skipped."""
    assert reason(signed(payload={**GOOD_PAYLOAD, "nbf": not_before})) == "malformed"


def test_issued_in_the_future():
    """A token from tomorrow is refused today."""
    tomorrow = {**GOOD_PAYLOAD, "iat": NOW + 86400, "exp": NOW + 90000}
    assert reason(signed(payload=tomorrow)) == "not_yet_valid"


@pytest.mark.parametrize(
    "grant_id", ["", "c" * 31, "C" * 32, "c" * 33, "c" * 32 + "\n", "' OR 1=1"]
)
def test_grant_id_injection(grant_id):
    """A `jti` is asked of a database: only our own shape gets that far."""
    assert reason(signed(payload={**GOOD_PAYLOAD, "jti": grant_id})) == "malformed"


def test_substitution():
    """Parts of good tokens do not make another one (RFC 8725, 2.7)."""
    one = signed().split(".")
    two = signed(payload={**GOOD_PAYLOAD, "sub": "bob"}).split(".")
    assert reason(".".join([one[0], two[1], one[2]])) == "bad_signature"


def test_errors_tell_nothing(caplog):
    """No oracle: the reason, and neither the token nor anything of the key in text or cause."""
    text = signed(key=b"x" * 32)
    with pytest.raises(TokenRefused) as caught:
        check(text)
    error = caught.value
    assert error.__cause__ is None
    assert error.__context__ is None
    assert not any(part in repr(error) + str(error) for part in text.split("."))
    assert not caplog.records


def test_marks_hidden_from_the_front():
    """A grant token that was dressed up is still ours, so that it never falls through."""
    good = signed()
    header, payload, signature = good.split(".")
    renamed = f"{encode({**GOOD_HEADER, 'kid': 'x', 'typ': 'JWT'})}.{payload}.{signature}"
    foreign = f"{header}.{encode({**GOOD_PAYLOAD, 'iss': 'x'})}.{signature}"
    twice = b'{"kid": "escherpad-1", "kid": "x", "alg": "none"}'
    for text in (renamed, foreign, f"{encode(twice)}.{encode({'iss': 'x'})}.", good + "=.x"):
        assert is_grant_token(text)
        assert reason(text) in {"malformed", "wrong_install"}
