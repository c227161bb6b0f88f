"""What a scope does and tells is what its words say: no more."""

from __future__ import annotations

import asyncio
import json
import sys

import pytest
from support.constants import ALLOWED

from escherpad_ext.policy.scopes import FULL_CONTROL


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no /bin/sh.")
async def test_opening_a_terminal_is_running_a_command(call, give, jp_root_dir):
    """Why ``terminals:write`` is marked as full control: no other scope is needed."""
    _, token = give("terminals:write")
    made = jp_root_dir / "made"
    body = json.dumps({"shell_command": ["/bin/sh", "-c", f"touch '{made}'"]})
    answer = await call("POST", "api/terminals", origin=ALLOWED, token=token, body=body)
    assert answer.code == 200
    for _ in range(1000):
        if made.exists():
            break
        await asyncio.sleep(0.01)
    assert made.exists()
    assert "terminals:write" in FULL_CONTROL
