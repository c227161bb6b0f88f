"""Other people's extensions, which take a second of each server's start."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

from jupyter_core.paths import ENV_CONFIG_PATH

#: JupyterLab does not go out to the internet, and loads nothing but itself.
LAB_ALONE = {
    "LabApp": {
        "check_for_updates_class": "jupyterlab.NeverCheckForUpdate",
        "extension_manager": "readonly",
        "news_url": None,
    },
    "LabServerApp": {"labextensions_path": []},
}
#: For the configuration of a server without other people's extensions: it has JupyterLab.
WITH_LAB = {"jpserver_extensions": {"jupyterlab": True}}


@cache
def others_off() -> dict[str, bool]:
    """Return the ``jpserver_extensions`` that switch off all that the environment switches on."""
    folder = Path(ENV_CONFIG_PATH[0], "jupyter_server_config.d")
    found = (json.loads(file.read_text())["ServerApp"] for file in folder.glob("*.json"))
    names = {name for each in found for name in each["jpserver_extensions"]}
    return dict.fromkeys(sorted(names - {"escherpad_ext"}), False)
