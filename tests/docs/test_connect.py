"""docs/connect.md tells all codes, counters and members that the code has, and no others."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path

from support.doc_pages import ROOT, code, table

from escherpad_ext.connect import paths
from escherpad_ext.connect.authorization_request import MAX_QUERY_LENGTH, MAX_STATE_LENGTH
from escherpad_ext.connect.problems import PROBLEMS
from escherpad_ext.server.telemetry import CONNECT_OUTCOMES

PATH = ROOT / "docs" / "connect.md"
PAGE = PATH.read_text(encoding="utf-8")


def section(heading: str) -> str:
    """Return the text from a heading to the next one."""
    return re.split(r"\n#+ ", PAGE.split(f" {heading}\n", 1)[1])[0]


class Anything:
    """Stands for a fact in a sentence."""

    def __format__(self, _spec: str) -> str:
        return "…"

    __repr__ = __str__ = lambda _self: "…"


#: What is the same in every sentence.
LIMITS = {"too_long": MAX_QUERY_LENGTH, "state": MAX_STATE_LENGTH}


def test_every_problem_is_documented():
    """Code, status, what it says and what to do, in the order of the table; and no other."""
    documented = [
        (code(name), int(status), sentence, fix)
        for name, status, sentence, fix in table(
            PATH, "| code | status | what it says | what to do |"
        )
    ]
    assert documented == [
        (name, problem.status, sentence_of(name), problem.fix) for name, problem in PROBLEMS.items()
    ]


def sentence_of(name: str) -> str:
    facts = defaultdict(Anything, {"limit": LIMITS[name]} if name in LIMITS else {})
    return PROBLEMS[name].sentence.format_map(facts)


def test_every_code_of_the_library_is_documented():
    """With what it says."""
    source = (ROOT / "js" / "src" / "errors.js").read_text(encoding="utf-8")
    sentences = source.split("const SENTENCES = {")[1].split("\n};")[0]
    said = re.findall(r'(\w+):\s+"([^"]+)"', sentences)
    documented = [(code(name), says) for name, says in table(PATH, "| code | what it says |")]
    assert len(said) == sentences.count('",\n') + 1
    assert documented == said


def test_the_element_is_documented():
    """Its parts, events, attributes and languages."""
    folder = ROOT / "js" / "src" / "element"
    view = (folder / "view.js").read_text(encoding="utf-8")
    calls = re.findall(r'make\("\w+", "([^"]+)"|button\("([^"]+)"\)', view)
    parts = {name for call in calls for name in " ".join(call).split()}
    languages = {file.stem for file in folder.glob("??.js")} - {"en"}
    source = (folder.parent / "element.js").read_text(encoding="utf-8")
    told = {*re.findall(r'#tell\("(\w+)"', source), *re.findall(r'"(\w+)"', changes(source))}
    documented = section("The element")
    wanted = {*parts, *told, *languages, "server", "scope", "folder", "mode", "lang", "id"}
    assert len(told) == 8
    assert {name for name in wanted if f"`{name}`" not in documented} == set()


def changes(source: str) -> str:
    return source.split("const CHANGES = [")[1].split("]", maxsplit=1)[0]


def test_every_outcome_is_documented():
    documented = section("What you see of it").split("`outcome`:")[1].split(". ")[0]
    assert set(re.findall(r"`(\w+)`", documented)) == set(CONNECT_OUTCOMES)


def test_every_endpoint_is_documented():
    endpoints = (paths.TOKEN, paths.REVOKE, paths.GRANT, paths.DEVICE_AUTHORIZATION)
    for path in (paths.AUTHORIZE, paths.DEVICE, *endpoints):
        assert f"{path}`" in PAGE or f"/{path}\n" in PAGE or f"{path}\n" in PAGE, path
    assert f"GET {paths.APPS}`" in PAGE
    assert Path(paths.CONNECTED_APPS).name in PAGE
