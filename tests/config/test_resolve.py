"""Written settings become effective ones: which win, and what is said about them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from escherpad_ext.config.resolve import LegacySettings, Resolved, Written, line_of, resolve
from escherpad_ext.errors import SettingError
from escherpad_ext.policy.settings import SETTINGS

SITE = "https://app.example.com"
HUB = "https://hub.example.edu/user/ana"


def resolved(*, legacy: dict[str, Any] | None = None, hub: str = "", **written: Any) -> Resolved:
    """Return what a server makes of these settings; all others have their default."""
    values = {name: kind.default for name, kind in SETTINGS.items()} | written
    named = LegacySettings(**(legacy or {}))
    return resolve(Written(values, frozenset(written), named, hub))


def test_mistakes_refuse_all_other_origins() -> None:
    """Also those that are allowed in the same file. Nothing raises."""
    found = resolved(allowed_origins=[SITE], connect="perhaps", url_tokens="perhaps")
    assert [mistake.setting for mistake in found.mistakes] == ["connect", "url_tokens"]
    assert found.settings.broken
    assert not found.settings.allowed_origins.allows(SITE)


def test_jupyters_own_setting_counts_alone() -> None:
    """A warning says what to write instead."""
    found = resolved(legacy={"allow_origin": SITE})
    assert found.settings.allowed_origins.allows(SITE)
    assert found.legacy is not None
    assert found.legacy_line.startswith(f'c.EscherpadExt.allowed_origins = ["{SITE}"]')
    assert found.warnings[0].endswith(f"Write instead: {found.legacy_line}")


@pytest.mark.parametrize("ours", [[], ["https://other.example.com"]])
def test_allowed_origins_wins_over_jupyters_setting(ours: list[str]) -> None:
    """An empty list, too. A warning has the line that allows both."""
    found = resolved(legacy={"allow_origin": SITE}, allowed_origins=ours)
    assert found.legacy is None
    assert found.overridden is not None
    assert found.overridden.allows(SITE)
    assert not found.settings.allowed_origins.allows(SITE)
    (warning,) = found.warnings
    line = f"c.EscherpadExt.allowed_origins = {json.dumps([*ours, SITE])}"
    assert warning.endswith(f"To allow its origins again, write: {line}")


@pytest.mark.parametrize(
    ("legacy", "ours", "warnings"),
    [
        ({"allow_origin": SITE}, [SITE], 0),
        ({"allow_origin": "*"}, [SITE], 1),
        ({"allow_origin_pat": "https://(?=a).*"}, [SITE], 1),
    ],
    ids=["nothing is lost", "every origin", "no translation"],
)
def test_what_is_lost_is_told(legacy: dict[str, Any], ours: list[str], warnings: int) -> None:
    found = resolved(legacy=legacy, allowed_origins=ours)
    assert len(found.warnings) == warnings
    for warning in found.warnings:
        assert warning.endswith("Only the origins in EscherpadExt.allowed_origins may call.")


@pytest.mark.parametrize(
    ("legacy", "url"),
    [
        ({"allow_origin": SITE}, SITE),
        ({"allow_origin": "*"}, "https://jupyter.example.edu"),
        ({"allow_origin_pat": ".*"}, "https://jupyter.example.edu"),
    ],
)
def test_what_the_servers_own_pages_need(legacy: dict[str, Any], url: str) -> None:
    """People list the server's own address there, if a proxy rewrites Host."""
    line = f'c.EscherpadExt.public_url = "{url}"'
    assert any(warning.endswith(line) for warning in resolved(legacy=legacy).warnings)
    told = resolved(legacy=legacy, public_url=url).warnings
    assert not any("public_url" in warning for warning in told)


@pytest.mark.parametrize(
    ("legacy", "name"),
    [
        ({}, ""),
        ({"allow_origin_pat": "https://.*"}, "ServerApp.allow_origin_pat"),
        ({"allow_origin": SITE, "allow_origin_pat": "https://.*"}, "ServerApp.allow_origin"),
    ],
)
def test_of_jupyters_settings_allow_origin_counts(legacy: dict[str, Any], name: str) -> None:
    """As in Jupyter itself."""
    assert LegacySettings(**legacy).name == name


@pytest.mark.parametrize(
    ("origin", "ours", "counts"),
    [(SITE, None, True), ("*", None, False), (SITE, [SITE], False)],
    ids=["with its origin", "not with any origin", "not with our setting"],
)
def test_jupyters_credentials_count_with_its_origin(origin: str, ours: Any, counts: bool) -> None:
    """With `*` they are left out, and are no mistake: browsers reject the two together."""
    written = {} if ours is None else {"allowed_origins": ours}
    found = resolved(legacy={"allow_origin": origin, "allow_credentials": True}, **written)
    assert found.mistakes == ()
    assert found.settings.allow_credentials is counts


@pytest.mark.parametrize(("written", "expected"), [("", HUB), (SITE, SITE)])
def test_a_hubs_address_is_used_where_none_is_written(written: str, expected: str) -> None:
    assert resolved(hub=HUB, public_url=written).settings.public_url == expected


def test_any_origin_is_warned_of() -> None:
    assert any(text.startswith("Any origin") for text in resolved(allowed_origins=["*"]).warnings)
    assert resolved(allowed_origins=[SITE]).warnings == ()


@pytest.mark.parametrize(
    ("setting", "line"),
    [("connect", "c.EscherpadExt.connect"), ("ServerApp.allow_origin", "c.ServerApp.allow_origin")],
)
def test_a_mistake_names_its_setting_as_files_do(setting: str, line: str) -> None:
    assert line_of(SettingError("Wrong.", code="x", setting=setting)).startswith(line)
