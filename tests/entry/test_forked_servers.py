"""Servers of tests are forked, and still are whole servers of an owner of their own."""

from __future__ import annotations

from pathlib import Path

from support.entry.applications import require
from support.server_process import Server


def test_they_keep_to_their_owners_folders(tmp_path: Path) -> None:
    """What JupyterLab imports says where they are, as the environment has it at that moment."""
    require("jupyterlab")
    folder = tmp_path / "jupyter"
    with Server(folder) as server:
        space = {"data": {}, "metadata": {"id": "mine"}}
        server.owner().ask("PUT", "lab/api/workspaces/mine", space)
    assert [file.name for file in (folder / "config" / "lab" / "workspaces").iterdir()]
