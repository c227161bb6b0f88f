"""Help and tables fit into the terminal."""

from __future__ import annotations

import pytest

from escherpad_ext.cli import main
from escherpad_ext.console import table

COMMANDS = [
    "",
    "allow",
    "disallow",
    "check",
    "connect",
    "demo",
    "log",
    "token",
    "token create",
    "token list",
]
ROWS = [("ID", "ORIGIN"), ("1", "https://app.example.com"), ("2", "none")]


@pytest.mark.parametrize("columns", [60, 80, 120])
@pytest.mark.parametrize("command", [*COMMANDS, "token revoke"])
def test_help_is_no_wider_than_the_terminal(command, columns, monkeypatch, capsys) -> None:
    """Examples and tables, too; only a single word may be longer."""
    monkeypatch.setenv("COLUMNS", str(columns))
    with pytest.raises(SystemExit) as stopped:
        main([*command.split(), "--help"])
    assert stopped.value.code == 0
    wide = [line for line in capsys.readouterr().out.splitlines() if len(line) > columns]
    assert [line for line in wide if len(line.split()) > 1] == []


def test_a_table_that_fits() -> None:
    """One line for each row."""
    assert list(table(ROWS, indent="  ", width=80)) == [
        "  ID  ORIGIN",
        "  1   https://app.example.com",
        "  2   none",
    ]


def test_a_table_that_is_too_wide() -> None:
    """One block for each row, one line for each cell."""
    assert list(table(ROWS, width=20)) == [
        "ID      1",
        "ORIGIN  https://app.example.com",
        "",
        "ID      2",
        "ORIGIN  none",
    ]
