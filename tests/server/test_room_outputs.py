"""What is left of an edit in a room's notebook: every way to change outputs and marks."""

from __future__ import annotations

import pytest

pycrdt = pytest.importorskip("pycrdt", reason="jupyter-collaboration brings it")
from pycrdt import Array, Doc, Map, Text  # noqa: E402

from escherpad_ext.server import room_edits  # noqa: E402
from escherpad_ext.server.room_authors import Authors  # noqa: E402
from escherpad_ext.server.room_edits import apply_harmless  # noqa: E402
from escherpad_ext.server.room_widgets import keep_widgets_of_file  # noqa: E402

HTML = {"output_type": "display_data", "metadata": {}, "data": {"text/html": "<b>"}}
OTHER = {"output_type": "display_data", "metadata": {}, "data": {"text/html": "<i>"}}
TEXT = {"output_type": "stream", "name": "stdout", "text": "x"}


def cell(name, *outputs, trusted=False):
    return Map(
        {
            "id": name,
            "cell_type": "code",
            "metadata": Map({"trusted": trusted}),
            "outputs": Array([Map(output) for output in outputs]),
        }
    )


class Room:
    """A document with a trusted cell and another one, and an app that edits it."""

    def __init__(self):
        self.doc = Doc()
        self.doc["cells"] = Array([cell("a", OTHER, TEXT, trusted=True), cell("b", HTML, TEXT)])
        self.app = Doc()
        self.authors = Authors()
        self.cells = self.app.get("cells", type=Array)

    def edit(self, change):
        """Let the app change the notebook, and return what it is then."""
        self.app.apply_update(self.doc.get_update())
        state = self.app.get_state()
        with self.app.transaction():
            change(self.cells)
        apply_harmless(self.doc, self.app.get_update(state), self.authors)
        return self.doc["cells"].to_py()


@pytest.fixture
def room():
    return Room()


def replace_cell(cells, index, *outputs, trusted):
    del cells[index]
    cells.insert(index, cell("x", *outputs, trusted=trusted))


ADD_TO_A = {
    "one output": lambda cells: cells[0]["outputs"].append(Map(HTML)),
    "a plain one": lambda cells: cells[0]["outputs"].append(HTML),
    "in front": lambda cells: cells[0]["outputs"].insert(0, Map(HTML)),
    "another list": lambda cells: cells[0].__setitem__("outputs", Array([Map(HTML)])),
    "a plain list": lambda cells: cells[0].__setitem__("outputs", [HTML]),
    "no list": lambda cells: cells[0].__setitem__("outputs", Map({"0": HTML})),
    "a text": lambda cells: cells[0].__setitem__("outputs", Text("<b>")),
    "another type": lambda cells: cells[0]["outputs"][0].__setitem__("data", {"text/html": "<b>"}),
    "a type within": lambda cells: cells[0]["outputs"][1].update({**HTML, "text": "x"}),
    "beside": lambda cells: (
        cells.insert(0, cell("c")),
        cells[1]["outputs"].insert(1, Map(HTML)),
    ),
}


@pytest.mark.parametrize("change", ADD_TO_A.values(), ids=ADD_TO_A)
def test_a_cell_that_is_there_gets_no_html(room, change):
    """Not even an output that another cell has, untrusted: the owner may run the cell now."""
    found = {each["id"]: each for each in room.edit(change)}
    assert "<b>" not in str(found["a"])
    assert found["b"]["outputs"] == [HTML, TEXT]


def test_an_edit_in_two_steps(room):
    """Each is looked at, by the copy that the first one left."""
    room.edit(lambda cells: cells.append(cell("c")))
    found = room.edit(lambda cells: cells[2]["outputs"].append(Map(HTML)))
    assert found[2]["outputs"] == []
    found = room.edit(lambda cells: cells[2]["outputs"].append(Map(TEXT)))
    assert found[2]["outputs"] == [TEXT]


MARKS = {
    "a mark": lambda cells: cells[1]["metadata"].__setitem__("trusted", True),
    "other metadata": lambda cells: cells[1].__setitem__("metadata", Map({"trusted": True})),
    "plain metadata": lambda cells: cells[1].__setitem__("metadata", {"trusted": True}),
    "another cell": lambda cells: replace_cell(cells, 1, HTML, TEXT, trusted=True),
    "a new one": lambda cells: cells.append(cell("c", HTML, trusted=True)),
    "two edits in one": lambda cells: (
        cells[1]["metadata"].__setitem__("trusted", True),
        cells.insert(0, cell("c", TEXT, trusted=True)),
    ),
}


@pytest.mark.parametrize("change", MARKS.values(), ids=MARKS)
def test_no_cell_gets_a_mark(room, change):
    """Only the one that had it has it."""
    found = room.edit(change)
    assert [each["id"] for each in found if each["metadata"]["trusted"]] == ["a"]


def test_cells_that_move_keep_what_they_had(room):
    """Pages move a cell by deleting it and making it again."""

    def turn(cells):
        del cells[0:2]
        cells.extend([cell("b", HTML, TEXT), cell("a", OTHER, TEXT, trusted=True)])

    found = room.edit(turn)
    assert [each["outputs"] for each in found] == [[HTML, TEXT], [OTHER, TEXT]]
    assert [each["metadata"]["trusted"] for each in found] == [False, True]


def test_a_mark_does_not_move_to_other_outputs(room):
    """Where a trusted cell stood, too."""
    found = room.edit(lambda cells: replace_cell(cells, 0, HTML, trusted=True))
    assert found[0]["metadata"]["trusted"] is False


def test_a_new_cell_brings_only_what_the_notebook_had(room):
    """Also of an output that is part of another one."""
    new = {**HTML, "data": {"text/html": "<u>", "text/plain": "1"}}
    found = room.edit(lambda cells: cells.append(cell("c", HTML, new)))
    assert found[2]["outputs"] == [HTML, {**HTML, "data": {"text/plain": "1"}}]


def test_other_edits_pass(room):
    """Harmless outputs, sources, tags and deletions change no mark."""

    def change(cells):
        cells[0]["outputs"].append(Map(TEXT))
        cells[0]["metadata"]["tags"] = ["t"]
        cells[1]["source"] = Text("1")
        del cells[1]["outputs"][0]

    first, second = room.edit(change)
    assert first["metadata"] == {"trusted": True, "tags": ["t"]}
    assert first["outputs"] == [OTHER, TEXT, TEXT]
    assert (second["source"], second["outputs"]) == ("1", [TEXT])


def test_what_is_no_cell_goes(room):
    """The server could not save it."""
    assert len(room.edit(lambda cells: cells.extend(["text", Array()]))) == 2


def test_the_copy_is_made_once(room):
    """A notebook of many megabytes is not copied for each letter."""
    room.edit(lambda cells: cells.append(cell("c")))
    copy = room_edits._copies[room.doc]
    for number in range(5):
        room.doc["cells"].append(cell(f"owner {number}"))
        room.edit(lambda cells: cells[0]["outputs"].append(Map(TEXT)))
    assert room_edits._copies[room.doc] is copy
    assert copy._cells.to_py() == room.doc["cells"].to_py()


def test_an_update_that_is_none(room):
    """It changes nothing, and the next edit counts."""
    before = room.doc["cells"].to_py()
    with pytest.raises(Exception, match=r"(?i)update|decod|end"):
        apply_harmless(room.doc, b"\1\1no update", room.authors)
    assert room.doc["cells"].to_py() == before
    assert len(room.edit(lambda cells: cells.append(cell("c")))) == 3


STATE = {"application/vnd.jupyter.widget-state+json": {"state": {"a": {"value": "<i>"}}}}
FORGED = {"application/vnd.jupyter.widget-state+json": {"state": {"a": {"value": "<b>"}}}}
TOUCH_WIDGETS = {
    "the state": lambda meta: meta["metadata"].__setitem__("widgets", FORGED),
    "all metadata": lambda meta: meta.__setitem__("metadata", Map({"widgets": FORGED, "x": 2})),
    "plain metadata": lambda meta: meta.__setitem__("metadata", {"widgets": FORGED}),
    "a text": lambda meta: meta.__setitem__("metadata", "text"),
    "none left": lambda meta: meta["metadata"].pop("widgets"),
}


@pytest.mark.parametrize(
    ("name", "known"),
    [(name, {"widgets": STATE, "x": 1}) for name in TOUCH_WIDGETS]
    + [(name, {"x": 1}) for name in ("the state", "all metadata", "plain metadata")],
)
def test_the_state_of_widgets_stays(room, name, known):
    """A trusted output shows it."""
    room.doc["meta"] = Map({"nbformat": 4, "metadata": Map(known)})
    meta = room.app.get("meta", type=Map)
    room.edit(lambda _: TOUCH_WIDGETS[name](meta))
    assert room.doc["meta"].to_py()["metadata"].get("widgets") == known.get("widgets")
    room.edit(lambda _: meta["metadata"].__setitem__("x", 3))
    assert room.doc["meta"].to_py()["metadata"]["x"] == 3


def test_a_file_brings_no_state_of_widgets():
    doc = Doc()
    doc["meta"] = Map({"metadata": Map({"widgets": STATE})})
    for metadata in ({"widgets": FORGED, "x": 1}, {"x": 1}):
        notebook = {"metadata": metadata}
        keep_widgets_of_file(notebook, doc["meta"])
        assert notebook == {"metadata": {"widgets": STATE, "x": 1}}
    for odd in (None, {}, {"metadata": "text"}):
        keep_widgets_of_file(odd, doc["meta"])
