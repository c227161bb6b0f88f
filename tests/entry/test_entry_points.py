"""The rule, whichever of Jupyter's commands starts the server: real processes."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from support.constants import ALLOWED, REFUSED, TOKEN
from support.entry.applications import EntryPoint, require
from support.entry.rule_requests import breaches

# Every extension of the environment is loaded with each of them.
pytestmark = pytest.mark.timeout(240)

LINE = f'c.EscherpadExt.allowed_origins = ["{ALLOWED}"]\n'
SAVED = json.dumps({"EscherpadExt": {"allowed_origins": [ALLOWED]}})


@dataclass(frozen=True)
class Start:
    """How a person starts it: the command, a page behind the login, where the origin is allowed."""

    command: str
    page: str
    modules: tuple[str, ...] = ()
    given: dict[str, Any] = field(default_factory=dict)


STARTS = (
    Start(
        "jupyter server",
        "nbconvert/script/book.ipynb",
        given={"files": {"jupyter_server_config.py": LINE}},
    ),
    Start(
        "jupyter lab",
        "lab",
        ("jupyterlab",),
        {"arguments": [f"--EscherpadExt.allowed_origins={ALLOWED}"]},
    ),
    Start(
        "jupyter notebook",
        "tree",
        ("notebook",),
        {"files": {"jupyter_server_config.json": SAVED}},
    ),
    Start(
        "jupyter nbclassic",
        "nbclassic/tree",
        ("nbclassic",),
        {"files": {"jupyter_escherpad_ext_config.json": SAVED}},
    ),
)


@pytest.mark.parametrize("start", STARTS, ids=lambda start: start.command)
def test_the_one_rule_holds(tmp_path: Path, start: Start) -> None:
    """As installed, with one origin allowed in one of the places where that can be written."""
    require(*start.modules)
    with EntryPoint(tmp_path / "jupyter", start.command, **start.given) as server:
        assert breaches(server, start.page) == []


def test_what_the_environment_says(tmp_path: Path) -> None:
    """``JUPYTER_CONFIG_PATH`` and ``JUPYTER_TOKEN``. Voila, as an extension, is guarded as well."""
    require("voila")
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    (folder / "jupyter_server_config.py").write_text(LINE)
    environment = {"JUPYTER_CONFIG_PATH": str(folder)}
    with EntryPoint(tmp_path / "jupyter", "jupyter server", environment=environment) as server:
        assert breaches(server, "voila/render/book.ipynb") == []


def test_the_file_of_another_application_does_not_count(tmp_path: Path) -> None:
    """What ``jupyter_lab_config.py`` says of the extension allows nobody, and the log says so."""
    require("jupyterlab")
    # What is set for the server, too, is as the server has it.
    files = {
        "jupyter_lab_config.py": f'{LINE}c.EscherpadExt.connect = "off"\n',
        "jupyter_server_config.py": 'c.EscherpadExt.connect = "listed"\n',
    }
    with EntryPoint(tmp_path / "jupyter", "jupyter lab", files=files) as server:
        for origin in (ALLOWED, REFUSED):
            answer = server.ask("GET", "api/contents", origin=origin, token=TOKEN)
            assert answer.refusal() == ("origin_refused", "origin_not_listed")
        log = server.whole_log()
    late = re.findall(r"c\.EscherpadExt\.(\w+) does not count in the configuration file of", log)
    assert late == ["allowed_origins"]
    assert "Write it in jupyter_server_config.py." in log
