"""Under which numbers an app writes in rooms."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

pycrdt = pytest.importorskip("pycrdt", reason="jupyter-collaboration brings it")
from pycrdt import Array, Doc  # noqa: E402

from escherpad_ext.server import room_authors  # noqa: E402
from escherpad_ext.server.room_authors import (  # noqa: E402
    Authors,
    AuthorsOfApps,
    announced,
    clocks,
)


def room(*present, written=()):
    """Return a room where these numbers were announced, and these wrote."""
    doc = Doc()
    for number in written:
        other = Doc(client_id=number)
        other["cells"] = Array([1])
        doc.apply_update(other.get_update())
    return SimpleNamespace(ydoc=doc, awareness=SimpleNamespace(meta=dict.fromkeys(present)))


def test_clocks_of_a_document():
    assert clocks(room(written=(5, 7)).ydoc.get_state()) == {5: 1, 7: 1}
    assert clocks(Doc().get_state()) == {}


def test_a_number_that_nobody_had_is_the_app_s():
    authors = Authors()
    assert authors.may_have_written((), {1: 4}, {1: 4, 2: 1})
    assert authors.may_have_written({2}, {1: 4, 2: 1}, {1: 4, 2: 9})


@pytest.mark.parametrize(("present", "before"), [((2,), {}), ((), {2: 1})])
def test_a_number_that_another_had_is_not(present, before):
    authors = Authors()
    authors.announce([2], room(*present, written=before))
    assert not authors.may_have_written(present, before, {**before, 2: 5, 3: 1})
    assert authors.may_have_written(present, before, before)
    assert not authors.may_have_written({3}, before, {**before, 3: 1})  # nor was that remembered


def test_what_an_app_announces_first_is_its_own():
    authors = Authors()
    authors.announce([2], room())
    assert authors.may_have_written({2}, {}, {2: 5})


def test_an_app_is_known_again():
    apps = AuthorsOfApps()
    apps.of("https://a.example").announce([2], room())
    assert apps.of("https://a.example").may_have_written({2}, {}, {2: 1})
    assert not apps.of("https://b.example").may_have_written({2}, {}, {2: 1})


def test_memory_is_bounded(monkeypatch):
    monkeypatch.setattr(room_authors, "MAX_NUMBERS", 3)
    monkeypatch.setattr(room_authors, "MAX_APPS", 2)
    apps = AuthorsOfApps()
    authors = apps.of("a")
    authors.announce(range(10), room())
    assert list(authors._own) == [7, 8, 9]
    for name in ("b", "a", "c"):
        apps.of(name)
    assert list(apps._known) == ["a", "c"]


def test_what_a_message_announces():
    doc = Doc()
    awareness = pycrdt.Awareness(doc)
    awareness.set_local_state({"user": "x"})
    message = pycrdt.create_awareness_message(awareness.encode_awareness_update([doc.client_id]))
    assert announced(message[1:]) == [doc.client_id]


@pytest.mark.parametrize("message", [b"", b"\3", b"\2\1\xff", b"\4\xff\xff\xff\xff"])
def test_what_cannot_be_read_announces_nothing(message):
    assert announced(message) == []
