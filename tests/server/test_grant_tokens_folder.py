"""Grants for one folder, before anything compares what requests name with that folder."""

from __future__ import annotations

import json

import pytest
from support.constants import ALLOWED


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "api/contents"),
        ("GET", "api/contents/data"),
        ("GET", "api/contents/other/x.txt"),
        ("GET", "files/other/x.txt"),
        ("PUT", "api/contents/other/new.txt"),
        ("GET", "api/status"),
        ("GET", "api/sessions"),
        ("GET", "api/kernels"),
        ("GET", "api/me"),
    ],
)
async def test_a_limit_that_nothing_checks_yet_allows_nothing(
    call, give, jp_root_dir, method, path
):
    """A token for one folder is never one for all files."""
    (jp_root_dir / "other").mkdir()
    (jp_root_dir / "other" / "x.txt").write_text("kept")
    body = json.dumps({"type": "file", "format": "text", "content": "x"})
    sent = body if method == "PUT" else None
    _, token = give("edit", folder="data")
    answer = await call(method, path, origin=ALLOWED, token=token, body=sent)
    assert (answer.code, json.loads(answer.body)["reason"]) == (403, "outside_folder")
    assert [each.name for each in (jp_root_dir / "other").iterdir()] == ["x.txt"]
