"""Browser extensions: they use a server with a token for their own origin."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import pytest
from support.browser.browsers import NODE_FOLDER, Browser, drive
from support.browser.sites import type_command
from support.doc_pages import ROOT
from support.jupyter_process import JupyterProcess

pytestmark = pytest.mark.timeout(180)

LIBRARY = ROOT / "js" / "bundle" / "connect.js"
#: What the library says of a place where no page of the server can open.
REFUSALS = {"page": "app_origin", "worker": "no_page"}
CREATE = "jupyter escherpad token create --origin {origin} --scope run"
PAGE = (ROOT / "docs" / "app-shells.md").read_text(encoding="utf-8")
#: What Firefox needs in the manifest where the server has no https.
FOR_HTTP = json.loads(PAGE.partition("```json\n")[2].partition("```")[0])
MANIFEST = {
    "manifest_version": 3,
    "name": "Uses a Jupyter server",
    "version": "1",
    "background": {"service_worker": "worker.js", "type": "module"},
}


def put_extension(folder: Path, host_permissions: list[str]) -> str:
    """Write an extension; return the id that Chromium makes from its folder."""
    shutil.copytree(NODE_FOLDER / "extension", folder)
    shutil.copy(LIBRARY, folder)
    manifest = json.dumps({**MANIFEST, "host_permissions": host_permissions})
    (folder / "manifest.json").write_text(manifest, encoding="utf-8")
    digest = hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:32]
    return "".join(chr(ord("a") + int(digit, 16)) for digit in digest)


def test_an_extension_reads_writes_and_runs_with_one_token(
    start_server: Callable[..., JupyterProcess], node: str, chrome: Browser, tmp_path: Path
) -> None:
    """With host permissions and without; from its page, and from its service worker.

    With them Chromium names no origin on GET, and sends the owner's cookies: then the token
    counts all the same. Without a token, such an extension reads as the owner, by the cookie.
    """
    permissions = {"permitted": ["http://*/*"], "plain": []}
    without_token = {"permitted": 200, "plain": 401}
    ids = {name: put_extension(tmp_path / name, asked) for name, asked in permissions.items()}
    origins = {name: f"chrome-extension://{each}" for name, each in ids.items()}
    server = start_server({"EscherpadExt": {"allowed_origins": list(origins.values())}})
    acts = [
        {
            "name": name,
            "folder": str(tmp_path / name),
            "id": ids[name],
            "server": server.url.rstrip("/"),
            "token": type_command(CREATE.format(origin=origin), server),
            "login": f"{server.url}tree?token={server.token}",
        }
        for name, origin in origins.items()
    ]
    run = drive(node, chrome, tmp_path / "profile", acts, program="extension.mjs", seconds=150)
    found = {(step.page, step.name): json.loads(step.detail) for step in run.steps}
    works = {"list": 200, "write": 201, "start": 201, "socket": True, "stop": 204}
    assert {key: found[key] for key in found} == {
        (name, place): {**works, "refusal": refusal, "withoutToken": without_token[name]}
        for name in permissions
        for place, refusal in REFUSALS.items()
    }


def test_an_extension_of_firefox_does_the_same(
    start_server: Callable[..., JupyterProcess], node: str, firefox: Browser, tmp_path: Path
) -> None:
    """From its background script and from its page.

    With host permissions Firefox names no origin on GET, and says ``same-origin``.
    """
    permissions = {"permitted": ["http://*/*"], "plain": []}
    without_token = {"permitted": 200, "plain": 401}
    uuids = {name: str(uuid4()) for name in permissions}
    origins = {name: f"moz-extension://{each}" for name, each in uuids.items()}
    for name, asked in permissions.items():
        put_firefox_extension(tmp_path / name, f"{name}@example.com", asked)
    server = start_server({"EscherpadExt": {"allowed_origins": list(origins.values())}})
    acts = [
        {
            "name": name,
            "folder": str(tmp_path / name),
            "id": f"{name}@example.com",
            "uuid": uuids[name],
            "server": server.url.rstrip("/"),
            "token": type_command(CREATE.format(origin=origin), server),
            "login": f"{server.url}tree?token={server.token}",
        }
        for name, origin in origins.items()
    ]
    run = drive(
        node, firefox, tmp_path / "profile", acts, program="extension_firefox.mjs", seconds=150
    )
    found = {(step.page, step.name): json.loads(step.detail) for step in run.steps}
    works = {"list": 200, "write": 201, "start": 201, "socket": True, "stop": 204}
    common = {**works, "refusal": "app_origin"}
    assert found == {
        (name, place): {
            "origin": origins[name],
            "result": {**common, "withoutToken": without_token[name]},
        }
        for name in permissions
        for place in ("background", "page")
    }


def put_firefox_extension(folder: Path, name: str, host_permissions: list[str]) -> None:
    """Write an extension for Firefox, which has no service workers for them."""
    shutil.copytree(NODE_FOLDER / "extension", folder)
    shutil.copy(LIBRARY, folder)
    manifest = {
        **MANIFEST,
        "background": {"scripts": ["report.js"], "type": "module"},
        "host_permissions": host_permissions,
        **FOR_HTTP,
        "browser_specific_settings": {"gecko": {"id": name}},
    }
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
