"""``check --scope mcp:execute``: whether an agent finds how to connect; fixed as it is written."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from support.check.grants import SITE, give
from support.check.server_owner import Owner

SCOPE = ("--scope", "mcp:execute")
PATHS = {"/mcp": "mcp"}
DENY_DOTS = r"location ~ /\. { deny all; }"
FOR_CERTIFICATES = "location /.well-known/ { root /nowhere; }"


@pytest.fixture(scope="module")
def protected(starter, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Owner]:
    """Return an owner whose server has a protected path, for tests that change nothing about it."""
    folder = tmp_path_factory.mktemp("protected") / "owner"
    owner = Owner(folder, starter, allowed_origins=[SITE], resource_paths=PATHS)
    yield owner.start()
    owner.stop()


def test_an_agent_finds_its_way(protected, diagnosis_of, put_before) -> None:
    """Directly and through a good proxy; the report says what was asked."""
    diagnosis = diagnosis_of(protected)
    assert diagnosis.check(SITE, *SCOPE) == (0, [])
    asked = {each["name"]: each for each in diagnosis.report["servers"][0]["asked"]}
    assert asked["challenge"]["answered"] == "401 no_token"
    assert asked["challenge"]["means"] == "says where to ask"
    assert asked["resource"]["means"] == asked["openid"]["means"] == "as expected"
    nginx = put_before(protected)
    assert diagnosis.check(SITE, "--server", nginx.url, *SCOPE) == (0, [])


def test_nothing_more_is_asked_without_such_a_scope(protected, diagnosis_of) -> None:
    """No request for a path that nobody named."""
    diagnosis = diagnosis_of(protected)
    assert diagnosis.check(SITE, "--scope", "run") == (0, [])
    names = {each["name"] for each in diagnosis.report["servers"][0]["asked"]}
    assert names.isdisjoint({"challenge", "resource", "openid"})


def test_a_header_that_is_kept_back(protected, diagnosis_of, put_before) -> None:
    """Sites read the reason in the body, so that nothing else is found."""
    diagnosis = diagnosis_of(protected)
    diagnosis.nginx = put_before(protected, "proxy_hide_header WWW-Authenticate;")
    assert diagnosis.check(SITE, "--server", diagnosis.nginx.url) == (0, [])
    diagnosis.cures("challenge_stripped", SITE, "--server", diagnosis.nginx.url, *SCOPE)


@pytest.mark.parametrize("server", [DENY_DOTS, FOR_CERTIFICATES])
def test_documents_that_are_kept_back(protected, diagnosis_of, put_before, server) -> None:
    """By a rule against hidden files, or by one for certificates. Both stay as they are."""
    diagnosis = diagnosis_of(protected)
    diagnosis.nginx = put_before(protected, server=f"{server}\n")
    diagnosis.cures("documents_blocked", SITE, "--server", diagnosis.nginx.url, *SCOPE)


def test_a_page_instead_of_the_answer(protected, diagnosis_of, put_before) -> None:
    """A proxy leads those without a token to a login. Sites and their sockets are hit, too."""
    diagnosis = diagnosis_of(protected)
    lines = ("proxy_intercept_errors on;", "error_page 401 =302 /login;")
    diagnosis.nginx = put_before(protected, *lines)
    diagnosis.cures("challenge_stripped", SITE, "--server", diagnosis.nginx.url, *SCOPE)


def test_a_path_that_is_not_set(make_owner, diagnosis_of) -> None:
    """The fix has the setting, and keeps the other paths."""
    owner = make_owner(allowed_origins=[SITE], resource_paths={"/other": "other"}).start()
    diagnosis = diagnosis_of(owner)
    diagnosis.cures("scope_unknown", SITE, *SCOPE)
    assert diagnosis.check(SITE, "--scope", "other:execute") == (0, [])


def test_a_server_that_was_started_before(make_owner, diagnosis_of) -> None:
    """It has to be started again, which the fix says."""
    owner = make_owner(allowed_origins=[SITE]).start()
    owner.write('c.EscherpadExt.resource_paths = {"/mcp": "mcp"}')
    diagnosis_of(owner).cures("scope_unknown", SITE, *SCOPE)


@pytest.mark.parametrize("name", ["programs", "connect"])
def test_programs_that_may_not_ask(make_owner, diagnosis_of, name) -> None:
    """The fix names the setting that is off."""
    owner = make_owner(allowed_origins=[SITE], resource_paths=PATHS, **{name: "off"}).start()
    diagnosis = diagnosis_of(owner)
    _, (found,) = diagnosis.check(SITE, *SCOPE)
    assert (found["code"], found["severity"]) == ("programs_off", "warning")
    diagnosis.apply(found["fix"])
    assert diagnosis.check(SITE, *SCOPE) == (0, [])


def test_a_token_without_the_scope(protected, diagnosis_of) -> None:
    """A token with it is enough, and one with less is not."""
    diagnosis = diagnosis_of(protected)
    diagnosis.cures("scope_missing", SITE, "--token", give(protected, "view")[1], *SCOPE)
    assert "mcp:execute" in str(diagnosis.report["servers"][0]["notes"])
