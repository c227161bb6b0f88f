"""Where settings can be written, and how the extension is switched on and off: real processes."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from support.constants import ALLOWED
from support.server_process import Server
from support.wire import ask

from escherpad_ext import __version__

pytestmark = pytest.mark.slow

JUPYTER_CONFIG = Path(__file__).parents[2] / "jupyter-config"
OTHER = "https://other.example.org"


async def preflight(server: Server, origin: str):
    headers = [("Origin", origin), ("Access-Control-Request-Method", "PUT")]
    return await ask(server.port, "OPTIONS", f"{server.base_url}api/contents", headers)


LINE = f'c.EscherpadExt.allowed_origins = ["{ALLOWED}"]\n'
SAVED = json.dumps({"EscherpadExt": {"allowed_origins": [ALLOWED]}})
PLACES: dict[str, dict[str, Any]] = {
    "its own file, JSON": {"files": {"jupyter_escherpad_ext_config.json": SAVED}},
    "its own file, Python": {"files": {"jupyter_escherpad_ext_config.py": LINE}},
    "the server's file": {"files": {"jupyter_server_config.py": LINE}},
    "one argument": {"arguments": (f"--EscherpadExt.allowed_origins={ALLOWED}",)},
    "two arguments": {
        "arguments": (
            f"--EscherpadExt.allowed_origins={ALLOWED}",
            f"--EscherpadExt.allowed_origins={OTHER}",
        )
    },
    "a list as an argument": {"arguments": (f"--EscherpadExt.allowed_origins=['{ALLOWED}']",)},
}


@pytest.mark.parametrize("place", PLACES)
async def test_where_settings_can_be_written(tmp_path, place):
    """In each of Jupyter's places, with the same effect."""
    with Server(tmp_path / "jupyter", **PLACES[place]) as server:
        assert (await preflight(server, ALLOWED)).status == 204
        other = await preflight(server, OTHER)
        assert other.status == (204 if place == "two arguments" else 403)
        assert "Traceback" not in server.whole_log()


async def test_all_settings_as_arguments(tmp_path):
    """Numbers, flags and choices come as text there."""
    arguments = (
        f"--EscherpadExt.allowed_origins={ALLOWED}",
        "--EscherpadExt.url_tokens=never",
        "--EscherpadExt.allow_credentials=True",
        "--EscherpadExt.preflight_max_age_seconds=60",
        "--EscherpadExt.public_url=https://jupyter.example.edu",
        "--EscherpadExt.dangerously_allow_insecure_origins=False",
    )
    with Server(tmp_path / "jupyter", arguments=arguments) as server:
        answer = await preflight(server, ALLOWED)
        assert answer.status == 204
        assert answer.get("Access-Control-Allow-Credentials") == "true"
        assert answer.get("Access-Control-Max-Age") == "60"


async def test_mistakes_as_arguments(tmp_path):
    """A start with mistakes in it is a start, and the log has them without a traceback."""
    arguments = (
        f"--EscherpadExt.allowed_origins={ALLOWED}/",
        "--EscherpadExt.url_tokens=sometimes",
        "--EscherpadExt.preflight_max_age_seconds=long",
        "--EscherpadExt.allow_credentials=perhaps",
    )
    with Server(tmp_path / "jupyter", arguments=arguments) as server:
        assert (await preflight(server, ALLOWED)).status == 403
        log = server.whole_log()
    for setting in ("allowed_origins", "url_tokens", "preflight_max_age_seconds"):
        assert f"c.EscherpadExt.{setting}: " in log
    assert ALLOWED in log
    assert "long" in log
    assert "perhaps" in log
    assert "Traceback" not in log


def jupyter(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run ``jupyter server …`` with a user's directories of its own."""
    environment = {
        **{k: v for k, v in os.environ.items() if not k.startswith("JUPYTER")},
        "JUPYTER_CONFIG_DIR": str(folder / "config"),
        "JUPYTER_DATA_DIR": str(folder / "data"),
        "JUPYTER_RUNTIME_DIR": str(folder / "runtime"),
    }
    command = [sys.executable, "-m", "jupyter_server", *arguments]
    return subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=60, check=False
    )


def test_enable_disable_list(tmp_path):
    """As users know it from other extensions, from the file that an installation puts there."""
    folder = tmp_path / "config" / "jupyter_server_config.d"
    folder.mkdir(parents=True)
    installed = folder / "escherpad_ext.json"
    shutil.copy(JUPYTER_CONFIG / "escherpad_ext.json", installed)

    def state() -> Any:
        return json.loads(installed.read_text())["ServerApp"]["jpserver_extensions"]

    assert state() == {"escherpad_ext": True}
    for verb, enabled in [("disable", False), ("enable", True)]:
        done = jupyter(tmp_path, "extension", verb, "escherpad_ext", "--user")
        assert "Extension successfully" in done.stdout + done.stderr
        assert state() == {"escherpad_ext": enabled}
    listed = jupyter(tmp_path, "extension", "list")
    text = listed.stdout + listed.stderr
    assert re.search(rf"escherpad_ext {re.escape(__version__)} .*OK", text)


def test_switched_off_is_off(tmp_path):
    """A server whose owner switched the extension off is the server of before."""
    with Server(tmp_path / "jupyter", extension=False) as server:
        assert "escherpad_ext" not in server.log()


def test_help_names_every_setting(tmp_path):
    """``--help-all`` of the extension's own command line has all settings with their texts."""
    code = (
        "from escherpad_ext.app import EscherpadExt;"
        "from escherpad_ext.policy.settings import SETTINGS;"
        "text = EscherpadExt.class_get_help();"
        "missing = [s for s in SETTINGS if f'--EscherpadExt.{s}' not in text];"
        "bare = [s for s in SETTINGS if not EscherpadExt.class_traits()[s].help];"
        "assert not missing and not bare, (missing, bare)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
