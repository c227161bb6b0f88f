"""How the segments of a token are read: in one right way only, or in any."""

from __future__ import annotations

import base64
import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from escherpad_ext.policy.token_encoding import MAX_LENGTH, read_leniently, read_strictly

HEADER, PAYLOAD = {"alg": "HS256"}, {"iss": "an issuer"}


def segment(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def token(header: str = json.dumps(HEADER), payload: str = json.dumps(PAYLOAD)) -> str:
    return f"{segment(header)}.{segment(payload)}.{segment('signature')}"


def test_the_one_right_way():
    assert read_strictly(token()) == (HEADER, PAYLOAD)


WRONG = [
    "",
    "a.b",
    f"{token()}.{segment('more')}",
    f"{token()}=",
    token().replace(".", "..", 1),
    token(payload="[1]"),
    token(payload="not JSON"),
    token(payload='{"iss": "a", "iss": "b"}'),
    token(payload='{"exp": NaN}'),
    token(payload='{"a":' * 5000),
    token(payload=json.dumps({"iss": "a" * MAX_LENGTH})),
    f" {token()}",
]


@pytest.mark.parametrize("text", WRONG)
def test_anything_else_is_refused(text):
    with pytest.raises(ValueError):  # noqa: PT011 - whatever it says, the caller says more
        read_strictly(text)


@given(st.text(max_size=200))
def test_no_text_fails_in_another_way(text):
    """Whatever a stranger sends."""
    list(read_leniently(text))
    with contextlib.suppress(ValueError):
        read_strictly(text)


def test_leniently_a_damaged_token_still_shows_its_marks():
    """Padding, odd characters and a cut end hide nothing."""
    whole = token()
    for text in (whole, f"{whole}==", whole.replace(".", "\x00.", 1), whole[:-3], f"x.{whole}"):
        assert ("iss", "an issuer") in list(read_leniently(text))


def test_a_text_without_a_point_is_no_token():
    assert list(read_leniently(segment(json.dumps(PAYLOAD)))) == []
