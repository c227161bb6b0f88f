"""Which outputs of notebooks run nothing in the owner's browser, even in a trusted cell. Pure.

JupyterLab and Notebook show the HTML of a trusted cell as it is, with its scripts. Plain text,
pictures made of pixels, streams and errors contain none (``nbformat`` 4, "Code cell outputs").
"""

from __future__ import annotations

from typing import Any

HARMLESS_TYPES = frozenset(
    {"text/plain", "image/png", "image/jpeg", "image/gif", "image/webp", "image/bmp"}
)
_BUNDLES = frozenset({"display_data", "execute_result"})
#: The fields of the other outputs. One more could name where a page gets the output from.
_FIELDS = {
    "stream": frozenset({"output_type", "name", "text"}),
    "error": frozenset({"output_type", "ename", "evalue", "traceback"}),
}
_BUNDLE_FIELDS = frozenset({"output_type", "execution_count", "data", "metadata"})


def harmless_part(output: Any) -> dict[str, Any] | None:
    """Return what of an output is harmless, equal to it if all is. None where nothing is."""
    if not isinstance(output, dict):
        return None
    kind = str(output.get("output_type"))
    if kind in _BUNDLES:
        return _part_of_bundle(output)
    is_plain = kind in _FIELDS and all(_is_text(value) for value in output.values())
    return output if is_plain and output.keys() <= _FIELDS[kind] else None


def is_harmless(output: Any) -> bool:
    """Return whether all of an output is harmless."""
    return harmless_part(output) == output and output is not None


def _part_of_bundle(output: dict[str, Any]) -> dict[str, Any] | None:
    part = {name: value for name, value in output.items() if name in _BUNDLE_FIELDS}
    data = _mapping(part.get("data"))
    part["data"] = {
        name: value for name, value in data.items() if name in HARMLESS_TYPES and _is_text(value)
    }
    if "metadata" in part:
        # What concerns a picture: its size. Else a page could be told where the output is.
        metadata = _mapping(part["metadata"])
        part["metadata"] = {name: metadata[name] for name in part["data"] if name in metadata}
    return part if part["data"] else None


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _is_text(value: Any) -> bool:
    lines = value if isinstance(value, list) else [value]
    return all(isinstance(line, str) for line in lines)
