"""Fixes: literal commands and lines, in the place where the setting is now."""

from __future__ import annotations

from typing import Any

import pytest
from support.check.facts import SITE, address

from escherpad_ext.check import fixes
from escherpad_ext.config.configuration import Configuration


def config(**places: str) -> Configuration:
    """Return a configuration in which each setting is set in one place."""
    sources = {name: (place,) for name, place in places.items()}
    return Configuration({}, sources, default_file="/home/ana/server.py")


@pytest.mark.parametrize(
    ("place", "where", "values", "code"),
    [
        (
            "/x/a.json",
            "in /x/a.json",
            {"connect": "ask", "allow_credentials": False},
            '"EscherpadExt": {"connect": "ask", "allow_credentials": false}',
        ),
        (
            "/x/a.py",
            "in /x/a.py",
            {"connect": "ask", "allow_credentials": False},
            'c.EscherpadExt.connect = "ask"\nc.EscherpadExt.allow_credentials = False',
        ),
        (
            "the command line",
            "on the command line of the server",
            {"allowed_origins": ["a", "b"]},
            "--EscherpadExt.allowed_origins=a --EscherpadExt.allowed_origins=b",
        ),
        (
            "the command line",
            "on the command line of the server",
            {"resource_paths": {"/a": "a", "/mcp": "mcp"}},
            "--EscherpadExt.resource_paths=/a=a --EscherpadExt.resource_paths=/mcp=mcp",
        ),
        (
            "",
            "in /home/ana/server.py",
            {"connect": "ask"},
            'c.EscherpadExt.connect = "ask"',
        ),
    ],
)
def test_a_setting_is_written_where_it_is(
    place: str, where: str, values: dict[str, Any], code: str
) -> None:
    """In the form of that place."""
    sources = dict.fromkeys(values, place) if place else {}
    found = fixes.settings(values, config(**sources))
    assert found == f"# {where}, then restart the server\n{code}"


def test_a_new_setting_goes_where_the_others_are() -> None:
    """And each that is set already stays where it is."""
    values = {"connect": "ask", "public_url": "", "url_tokens": "never"}
    found = fixes.settings(values, config(public_url="/x/a.py", url_tokens="/x/b.json"))
    assert found.split("\n") == [
        "# in /x/a.py, then restart the server",
        'c.EscherpadExt.connect = "ask"',
        'c.EscherpadExt.public_url = ""',
        "# in /x/b.json, then restart the server",
        '"EscherpadExt": {"url_tokens": "never"}',
    ]


def test_an_empty_list_is_one_argument() -> None:
    """Nothing at all would leave the setting as it is."""
    found = fixes.settings({"allowed_origins": []}, config(allowed_origins="the command line"))
    assert found.endswith("\n--EscherpadExt.allowed_origins=[]")


def test_remarks_are_comments() -> None:
    """So a fix can be pasted as it is."""
    assert fixes.shell("run", "before", "after") == "# before\nrun\n# after"
    assert fixes.shell("run") == "run"


@pytest.mark.parametrize(
    ("origin", "quoted"),
    [(SITE, True), ("http://[::1]:5173", True), ("https://a;b.example", False), ("null", False)],
)
def test_no_command_holds_what_a_shell_reads(origin: str, quoted: bool) -> None:
    """Browsers let such characters pass in hosts."""
    assert fixes.may_be_quoted(origin) is quoted
    assert fixes.check(origin, "--x").startswith("#") is not quoted
    assert (origin in fixes.check(origin, "--x")) is quoted


def test_the_first_address_is_checked_again() -> None:
    other = fixes.other_address(SITE, address("http://localhost:1/"), address())
    assert other == f"jupyter escherpad check {SITE} --server http://localhost:1/"
