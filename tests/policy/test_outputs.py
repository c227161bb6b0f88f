"""Which outputs are harmless, and what of the others is."""

from __future__ import annotations

from typing import Any

import pytest

from escherpad_ext.policy.outputs import harmless_part, is_harmless


def bundle(data: object, metadata: object = None, **more: object) -> dict[str, Any]:
    return {"output_type": "display_data", "data": data, "metadata": metadata or {}, **more}


PIXELS = bundle({"image/png": "iVBO"}, {"image/png": {"width": 3}})
HARMLESS = (
    bundle({"text/plain": ["a", "b"]}),
    PIXELS,
    {**bundle({"text/plain": "1"}), "output_type": "execute_result", "execution_count": 1},
    {"output_type": "stream", "name": "stdout", "text": "<script>"},
    {"output_type": "error", "ename": "E", "evalue": "e", "traceback": ["a"]},
)
NOTHING = (
    None,
    "text",
    {},
    {"output_type": "update_display_data", "data": {"text/plain": "a"}},
    {"output_type": ["stream"], "text": ""},
    {"output_type": "stream", "text": "", "data": {"text/html": "a"}},
    {"output_type": "stream", "text": "", "metadata": {"url": "/files/a"}},
    {"output_type": "stream", "text": {"text/html": "a"}},
    {"output_type": "error", "traceback": [{"a": 1}]},
    bundle({}),
    bundle(None),
    bundle("text/plain"),
    bundle({"text/plain": {"a": 1}}),
    bundle({"Text/Plain": "a"}),
)
RUNS = (
    "text/html",
    "text/markdown",
    "text/latex",
    "image/svg+xml",
    "application/javascript",
    "application/json",
    "application/pdf",
    "application/vnd.jupyter.widget-view+json",
    "application/vnd.vega.v5+json",
    "image/unknown",
)


@pytest.mark.parametrize("output", HARMLESS, ids=str)
def test_what_is_harmless_stays(output: Any) -> None:
    """In whole."""
    assert is_harmless(output)
    assert harmless_part(output) == output


@pytest.mark.parametrize("output", NOTHING, ids=str)
def test_what_is_not_known_to_be_harmless_is_not(output: Any) -> None:
    """Whatever it is."""
    assert harmless_part(output) is None
    assert not is_harmless(output)


@pytest.mark.parametrize("kind", RUNS)
def test_of_a_bundle_text_and_pixels_stay(kind: str) -> None:
    """All other types may run something."""
    output = bundle({kind: "a", **PIXELS["data"]}, {kind: {"isolated": True}, "url": "/files/a"})
    assert harmless_part(output) == {**PIXELS, "metadata": {}}
    assert harmless_part(bundle({kind: "a"})) is None


def test_only_the_known_fields_of_a_bundle_stay() -> None:
    """A page may look into others."""
    assert harmless_part({**PIXELS, "transient": {"display_id": "a"}}) == PIXELS
