"""The file with what was recorded: one line an answer, and each list of headers only once."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("recorded.json")
#: Parts of answers that many share, and from which length on they are written apart.
_SHARED = {"headers": 1, "body": 200}
#: The answer that led to this one.
_BEFORE = "redirected by"

Recording = dict[str, Any]


def as_text(found: Recording) -> str:
    """Return what is written to the file."""
    shared: dict[str, Any] = {}
    answers = {
        server: {
            scenario: {name: _written(answer, shared) for name, answer in steps.items()}
            for scenario, steps in scenarios.items()
        }
        for server, scenarios in found["answers"].items()
    }
    return _pretty({**found, "answers": answers, "shared": shared}) + "\n"


def load() -> Recording:
    """Return what was recorded."""
    found: Recording = json.loads(FILE.read_text(encoding="utf-8"))
    shared = found.pop("shared")
    for scenarios in found["answers"].values():
        for steps in scenarios.values():
            for name, answer in steps.items():
                steps[name] = _read(answer, shared)
    return found


def _written(answer: dict[str, Any], shared: dict[str, Any]) -> dict[str, Any]:
    written = dict(answer)
    for part, length in _SHARED.items():
        text = json.dumps(answer.get(part))
        if part in answer and len(text) >= length:
            name = hashlib.sha256(text.encode()).hexdigest()[:8]
            assert shared.setdefault(name, answer[part]) == answer[part]
            written[part] = {"shared": name}
    if _BEFORE in answer:
        written[_BEFORE] = _written(answer[_BEFORE], shared)
    return written


def _read(answer: dict[str, Any], shared: dict[str, Any]) -> dict[str, Any]:
    return {part: _read_part(value, shared) for part, value in answer.items()}


def _read_part(value: Any, shared: dict[str, Any]) -> Any:
    if not isinstance(value, dict):
        return value
    return shared[value["shared"]] if "shared" in value else _read(value, shared)


def _pretty(value: Any, depth: int = 0) -> str:
    """Return JSON with a line for each thing that is short enough."""
    line = json.dumps(value, sort_keys=True, ensure_ascii=False)
    if not isinstance(value, dict | list) or not value or (depth > 3 and len(line) < 300):
        return line
    indent = " " * (depth + 1)
    if isinstance(value, dict):
        parts = [f"{json.dumps(k)}: {_pretty(v, depth + 1)}" for k, v in sorted(value.items())]
    else:
        parts = [_pretty(each, depth + 1) for each in value]
    first, last = "{}" if isinstance(value, dict) else "[]"
    joined = f",\n{indent}".join(parts)
    return f"{first}\n{indent}{joined}\n{' ' * depth}{last}"
