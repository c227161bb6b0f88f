"""Forms: each is good for one submission, by the person who saw it."""

from __future__ import annotations

import pytest

from escherpad_ext.connect.forms import MAX_OPEN, OPEN_SECONDS, Form, OpenForms
from escherpad_ext.connect.problems import ConnectError


@pytest.fixture
def now() -> list[float]:
    """Return the clock's time, in a list that a test may change."""
    return [0.0]


@pytest.fixture
def forms(now: list[float]) -> OpenForms:
    return OpenForms(lambda: now[0])


def refuses(forms: OpenForms, nonce: str, user: str = "ana") -> bool:
    with pytest.raises(ConnectError) as caught:
        forms.take(nonce, user)
    return caught.value.code == "used"


def test_a_form_is_good_once(forms: OpenForms) -> None:
    form = Form("ana")
    nonce = forms.open(form)
    assert forms.take(nonce, "ana") is form
    assert refuses(forms, nonce)


def test_a_form_is_good_for_who_saw_it(forms: OpenForms) -> None:
    """It is then good for nobody: somebody else knows its nonce."""
    nonce = forms.open(Form("ana"))
    assert refuses(forms, nonce, "bob")
    assert refuses(forms, nonce)


def test_a_form_ends(forms: OpenForms, now: list[float]) -> None:
    nonce = forms.open(Form("ana"))
    now[0] += OPEN_SECONDS + 1
    assert refuses(forms, nonce)


def test_a_new_form_replaces_the_oldest(forms: OpenForms) -> None:
    first, *others = [forms.open(Form("ana")) for _ in range(MAX_OPEN + 1)]
    assert len(forms) == MAX_OPEN
    assert refuses(forms, first)
    assert len(set(others)) == MAX_OPEN
    forms.take(others[0], "ana")
