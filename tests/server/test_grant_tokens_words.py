"""What a scope does and tells is what its words say: no more."""

from __future__ import annotations

import asyncio
import json
import sys

import pytest
from jupyter_server.services.api.handlers import default_handlers
from support.constants import ALLOWED, TOKEN

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


async def test_no_path_is_resolved_for_who_only_reads(call, give, jp_root_dir):
    """The resolver says whether a file exists: a hidden one, or with a kernel any of the disk."""
    (jp_root_dir / ".netrc").touch()
    older = "/api/resolvePath" not in dict(default_handlers)  # has no resolver: no token reaches it
    for path in (".netrc", "missing", "/etc/passwd"):
        url = f"api/resolvePath?path={path}"
        owner = await call("GET", url, origin=ALLOWED, token=TOKEN)
        run = 403 if older else owner.code
        for names, status in (("view", 403), ("edit", 403), ("api:read", 403), ("run", run)):
            _, token = give(names)
            answer = await call("GET", url, origin=ALLOWED, token=token)
            assert answer.code == status, (names, path)


@pytest.fixture
def kernel(jp_data_dir):
    """Return the folder of a kernel whose specification holds keys."""
    folder = jp_data_dir / "kernels" / "secretive"
    folder.mkdir(parents=True)
    metadata = {"kernel_provisioner": {"config": {"password": "a-key"}}, "debugger": True}
    spec = {
        "argv": ["python3", "-m", "ipykernel", "--key=a-key"],
        "display_name": "Secretive",
        "language": "python",
        "env": {"API_KEY": "a-key"},
        "metadata": metadata,
    }
    (folder / "kernel.json").write_text(json.dumps(spec))
    (folder / "notes.txt").write_text("a-key")
    (folder / "logo-64x64.png").write_bytes(b'a picture with "argv" in it')
    return folder


async def test_no_kernel_specification_tells_its_keys(call, give, kernel):
    """``argv`` and ``env`` are blanked, as clients' types want them, for who may not run code."""
    for names in ("view", "edit", "kernelspecs:read"):
        _, token = give(names)
        for url in ("api/kernelspecs", "api/kernelspecs/secretive"):
            answer = await call("GET", url, origin=ALLOWED, token=token)
            assert answer.code == 200
            assert b"a-key" not in answer.body
            found = json.loads(answer.body)
            spec = found.get("kernelspecs", {"secretive": found})["secretive"]["spec"]
            assert (spec["argv"], spec["env"]) == ([], {})
            assert spec["display_name"] == "Secretive"
            assert spec["metadata"] == {"kernel_provisioner": {}, "debugger": True}
    _, token = give("run")
    answer = await call("GET", "api/kernelspecs/secretive", origin=ALLOWED, token=token)
    assert json.loads(answer.body)["spec"]["env"] == {"API_KEY": "a-key"}


async def test_no_kernel_s_folder_is_read(call, give, kernel):
    """Its pictures and scripts are for pages to show; the specification is not among them."""
    _, token = give("view")
    for name in ("kernel.json", "KERNEL.JSON", "notes.txt", "%6bernel.json", "./kernel.json"):
        url = f"kernelspecs/secretive/{name}"
        answer = await call("GET", url, origin=ALLOWED, token=token)
        assert answer.code == 403, name
        assert json.loads(answer.body)["reason"] == "hidden_or_secret"
    url = "kernelspecs/secretive/logo-64x64.png"
    answer = await call("GET", url, origin=ALLOWED, token=token)
    assert answer.body == (kernel / "logo-64x64.png").read_bytes()
    _, token = give("run")
    answer = await call("GET", "kernelspecs/secretive/kernel.json", origin=ALLOWED, token=token)
    assert b"a-key" in answer.body
