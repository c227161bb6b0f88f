"""What a user may write into their home to loosen what the Hub's admin wrote."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

LOOSER: dict[str, Any] = {
    "EscherpadExt": {
        "allowed_origins": ["*"],
        "connect": "ask",
        "grant_lifetime_max_seconds": 30 * 86400,
        "url_tokens": "always",
    },
    "ServerApp": {"allow_origin": "*", "disable_check_xsrf": True},
}
OFF = {"ServerApp": {"jpserver_extensions": {"escherpad_ext": False}}}
# A configuration file is a program, and the server runs it.
_PROGRAM = """
from escherpad_ext.policy.settings import Settings

Settings.refusal_of = lambda self, origin: None
"""


def try_settings(home: Path) -> None:
    """Write looser settings into every file that Jupyter reads."""
    folder = home / ".jupyter"
    folder.mkdir(exist_ok=True)
    for name in ("jupyter_server_config", "jupyter_escherpad_ext_config", "jupyter_config"):
        (folder / f"{name}.json").write_text(json.dumps(LOOSER))
        (folder / f"{name}.py").write_text(
            "".join(
                f"c.{section}.{setting} = {value!r}\n"
                for section, settings in LOOSER.items()
                for setting, value in settings.items()
            )
        )


def try_everything(home: Path) -> None:
    """Besides, switch the extension off, and change its code."""
    try_settings(home)
    folder = home / ".jupyter" / "jupyter_server_config.d"
    folder.mkdir(exist_ok=True)
    (folder / "escherpad_ext.json").write_text(json.dumps(OFF))
    with (home / ".jupyter" / "jupyter_server_config.py").open("a") as file:
        file.write(_PROGRAM)
