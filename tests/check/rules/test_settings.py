"""Whether the extension answers, what its settings say of an origin, and what to write."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from support.check.facts import SITE, answer, codes, configuration, facts, refusal

from escherpad_ext.check.rules import settings
from escherpad_ext.config.configuration import Configuration, Ignored, Unread
from escherpad_ext.config.resolve import LegacySettings, Written, resolve
from escherpad_ext.policy.settings import SETTINGS

NOT_LISTED = refusal("origin_refused", "origin_not_listed")
DISCOVERY = answer(200, {"token_endpoint": "https://lab.example.edu/escherpad/token"})
COMMAND = f"jupyter escherpad allow {SITE}"


def refused(config: Configuration | None = None, **more: Any) -> list[Any]:
    """Return what is found where the server refuses the origin."""
    reason = more.pop("reason", "origin_not_listed")
    outcomes = {"simple": refusal("origin_refused", reason), **more.pop("outcomes", {})}
    return list(settings.check_origin(facts(outcomes, configuration=config, **more)))


@pytest.mark.parametrize(
    "outcomes",
    [
        {"error": NOT_LISTED},
        {"discovery": DISCOVERY},
        {"home": answer(302, Location="/escherpad/")},
    ],
)
def test_any_answer_of_the_extension_shows_it(outcomes: dict[str, Any]) -> None:
    assert codes(settings.check_extension(facts(outcomes))) == []


@pytest.mark.parametrize(
    "outcomes",
    [
        {},
        {"error": answer(403, {"message": "Forbidden", "reason": None})},
        {"discovery": answer(200, {"token_endpoint": "https://other.example/token"})},
        {"home": answer(302, Location="/login")},
    ],
)
def test_no_answer_of_the_extension(outcomes: dict[str, Any]) -> None:
    """Jupyter's own refusal is none."""
    assert codes(settings.check_extension(facts(outcomes))) == ["extension_missing"]


@pytest.mark.parametrize(
    ("switch", "fix"),
    [
        ("", "jupyter server extension enable escherpad_ext\n"),
        ("/home/ana/.jupyter/jupyter_server_config.d/escherpad_ext.json", "--user"),
        ("/usr/etc/jupyter/jupyter_server_config.d/escherpad_ext.json", "--sys-prefix"),
        ("/usr/etc/jupyter/jupyter_server_config.d/other.json", '{"escherpad_ext": true}'),
        ("/usr/etc/jupyter/jupyter_server_config.json", '{"escherpad_ext": true}'),
    ],
)
def test_the_extension_is_switched_on_where_it_is_off(switch: str, fix: str) -> None:
    """A command where one reaches the file, else what to write into it."""
    config = Configuration(
        {}, {}, enabled=False, switch=switch, own_file="/home/ana/.jupyter/own.json"
    )
    (found,) = settings.check_extension(facts({}, configuration=config))
    assert fix in found.fix
    assert switch in found.why


def test_an_extension_that_is_on_is_installed_where_the_server_runs() -> None:
    (found,) = settings.check_extension(facts({}, configuration=configuration()))
    assert "although this machine's configuration enables it" in found.why
    assert found.fix.startswith("# in the Python environment of the server\npip install")


def test_an_origin_that_is_not_refused_has_no_finding() -> None:
    """Whatever is wrong elsewhere."""
    config = replace(configuration(), unread=(Unread("x.py", "SyntaxError"),))
    assert list(settings.check_origin(facts({"simple": answer()}, configuration=config))) == []


def test_a_configuration_that_is_wrong_comes_first() -> None:
    """It may be why the origin is refused."""
    config = replace(configuration(), unread=(Unread("x.py", "SyntaxError"),))
    assert codes(refused(config)) == ["config_unread"]


@pytest.mark.parametrize("names", [(), ("EscherpadExt.allowed_origins",)])
def test_a_file_that_is_not_read(names: tuple[str, ...]) -> None:
    """It may be why the origin is refused; the finding says where the settings belong."""
    ignored = Ignored("x.config", names, "Jupyter reads x.py", "x.py")
    (found,) = refused(replace(configuration(), ignored=(ignored,)))
    assert found.code == "config_file_not_read"
    assert f"# move {', '.join(names) or 'all settings'} from x.config to x.py" in found.fix


def test_an_unread_file_that_allows_others_is_no_cause() -> None:
    """Doing what it says would not help this site."""
    other = "https://b.example"
    ignored = Ignored("x.py", ("NotebookApp.allow_origin",), "a reason", "y.py", "a line", (other,))
    assert "config_file_not_read" not in codes(
        refused(replace(configuration(), ignored=(ignored,)))
    )


def test_settings_that_are_in_the_right_file_with_a_wrong_name_are_rewritten() -> None:
    """A setting is not moved from a file to the same file."""
    ignored = Ignored("x.py", ("NotebookApp.allow_origin",), "a reason", "x.py")
    (found,) = refused(replace(configuration(), ignored=(ignored,)))
    assert found.fix.endswith(f'\nc.EscherpadExt.allowed_origins = ["{SITE}"]')


def test_an_unread_file_without_origins_is_no_cause() -> None:
    ignored = Ignored("x.json", ("EscherpadExt.connect",), "a reason", "y.json")
    assert "config_file_not_read" not in codes(
        refused(replace(configuration(), ignored=(ignored,)))
    )


def test_a_server_that_was_started_before_its_settings_changed() -> None:
    """The file allows the origin by now."""
    (found,) = refused(configuration(allowed_origins=[SITE]))
    assert found.code == "restart_needed"
    assert found.fix.startswith("jupyter server stop 443")


def test_a_server_elsewhere_with_wrong_settings() -> None:
    """Its log names the mistake; nothing here knows it."""
    assert codes(refused(reason="settings_invalid")) == ["settings_invalid"]


@pytest.mark.parametrize(
    ("outcomes", "more", "severity"),
    [
        ({"discovery": DISCOVERY}, {}, "warning"),
        ({}, {}, "error"),
        ({"discovery": answer(404)}, {}, "error"),
        ({"discovery": DISCOVERY, "token": answer()}, {"has_site_token": True}, "error"),
        (
            {"discovery": DISCOVERY, "token": refusal("invalid_token", "revoked", 401)},
            {"has_site_token": True},
            "warning",
        ),
        ({"discovery": DISCOVERY}, {"config": configuration(connect="listed")}, "error"),
    ],
    ids=[
        "may ask",
        "no discovery",
        "not found",
        "approved before",
        "approval has ended",
        "listed sites only",
    ],
)
def test_a_site_that_may_ask_needs_no_line(
    outcomes: dict[str, Any], more: dict[str, Any], severity: str
) -> None:
    """So the finding is a warning then. To ask again would not help a site with a valid token."""
    found = refused(outcomes=outcomes, **more)[0]
    assert (found.code, found.severity) == ("origin_not_listed", severity)


def test_a_similar_origin_that_is_allowed_is_named() -> None:
    (found,) = refused(near=("http://app.example.com",))
    assert "It allows http://app.example.com" in found.why


@pytest.mark.parametrize(
    ("connect", "discovery", "expected"),
    [
        ("listed", 200, ["origin_not_listed", "connect_not_listed"]),
        ("ask", 404, ["origin_not_listed", "connect_off"]),
        ("ask", 200, ["origin_not_listed"]),
    ],
)
def test_why_a_site_cannot_ask(connect: str, discovery: int, expected: list[str]) -> None:
    config = configuration(connect=connect)
    assert codes(refused(config, outcomes={"discovery": answer(discovery)})) == expected


@pytest.mark.parametrize(
    ("origin", "config", "fix"),
    [
        (SITE, None, COMMAND),
        (SITE, configuration(), COMMAND),
        (
            SITE,
            configuration(set_in="/x/a.py", allowed_origins=["https://b.example"]),
            f'c.EscherpadExt.allowed_origins = ["https://b.example", "{SITE}"]',
        ),
        ("http://b.example", None, "dangerously_allow_insecure_origins = True"),
        ("http://b.example", configuration(), "dangerously_allow_insecure_origins = True"),
        ("https://a;b.example", None, "# no setting can name such a host"),
    ],
)
def test_an_origin_is_allowed_where_the_setting_is(
    origin: str, config: Configuration | None, fix: str
) -> None:
    """The command edits its own file only; entries of another file stay. A flag goes along."""
    found = settings.allowing(origin, config)
    assert fix in found
    assert ("jupyter escherpad allow" in found) is (fix == COMMAND)


@pytest.mark.parametrize(
    ("written", "line"),
    [
        ({"connect": "perhaps"}, 'c.EscherpadExt.connect = "ask"'),
        ({"url_tokens": 7}, 'c.EscherpadExt.url_tokens = "websocket"'),
        (
            {"allowed_origins": [SITE, "https://b.example/", SITE, "x y"]},
            f'c.EscherpadExt.allowed_origins = ["{SITE}", "https://b.example"]',
        ),
        (
            {"allowed_origins": "https://b.example/"},
            'c.EscherpadExt.allowed_origins = ["https://b.example"]',
        ),
        (
            {"allowed_origins": ["*"], "allow_credentials": True},
            "c.EscherpadExt.allow_credentials = False",
        ),
    ],
)
def test_a_mistake_is_corrected_with_what_is_right_beside_it(
    written: dict[str, Any], line: str
) -> None:
    """Correct entries stay, wrong ones become what is suggested, or go."""
    values = {name: kind.default for name, kind in SETTINGS.items()} | written
    mistakes = resolve(Written(values, frozenset(written))).mistakes
    config = Configuration(values, {}, mistakes=mistakes)
    (found,) = settings.check_configuration(config, SITE)
    assert found.code == "settings_invalid"
    assert line in found.fix.split("\n")


@pytest.mark.parametrize(
    ("allow_origin", "line"),
    [
        ("https://b.example, https://c.example", '["https://b.example", "https://c.example"]'),
        ("https://", f'["{SITE}"]'),
    ],
)
def test_a_legacy_setting_that_matches_nothing(allow_origin: str, line: str) -> None:
    """It is translated, or only the origin that was asked for is written: never an example."""
    legacy = LegacySettings(allow_origin)
    resolved = resolve(
        Written({name: kind.default for name, kind in SETTINGS.items()}, legacy=legacy)
    )
    config = Configuration({}, {}, legacy_line=resolved.legacy_line, mistakes=resolved.mistakes)
    (found,) = settings.check_configuration(config, SITE)
    assert found.fix.split("\n")[-1] == f"c.EscherpadExt.allowed_origins = {line}"
