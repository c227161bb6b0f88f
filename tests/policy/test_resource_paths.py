"""``resource_paths``: which paths and names are right, and which requests are below a path."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from escherpad_ext.errors import SettingError, SettingsInvalid
from escherpad_ext.policy.resource_paths import ResourcePaths, is_below, parse_resource_paths
from escherpad_ext.policy.scope_words import FULL_CONTROL_MARK, marked_words
from escherpad_ext.policy.scopes import NEVER, expand, gives_full_control

PATHS = ResourcePaths.of({"/mcp": "mcp", "/mcp/admin": "admin", "/a/b": "b"})


def parse(value: object) -> ResourcePaths:
    return parse_resource_paths("resource_paths", {"resource_paths": value})


@pytest.mark.parametrize("path", ["/mcp", "/a/b", "/~x/y-z.1_", "/MCP"])
@pytest.mark.parametrize("name", ["mcp", "a", "my-agent_2", "contents"])
def test_what_is_right(path: str, name: str) -> None:
    """Whole segments, and names that need not be in the table of scopes."""
    found = parse({path: name})
    assert found.scopes == {f"{name}:execute"}
    assert found == ResourcePaths.of({path: name})


def test_none_is_no_path() -> None:
    """Nothing is protected that nobody named."""
    assert not parse({}).resources
    assert parse({}).find("/mcp") is None


@pytest.mark.parametrize("value", [None, "", "/mcp", ["/mcp"], 1, True, {"/mcp"}])
def test_what_is_no_dictionary(value: object) -> None:
    """A path alone has no name."""
    with pytest.raises(SettingError):
        parse(value)


@pytest.mark.parametrize(
    "path",
    [
        "", "/", "mcp", "/mcp/", "//mcp", "/m cp", "/m%63p", "/mcp?x", "/mcp#x", "/a//b", "/a/../b",
        "/a/./b", "/..", "/...", "/é", "/mcp\n", "\\mcp", "/a\\b", "https://x.example/mcp",
        "/mcp/*", "/escherpad", "/escherpad/x", "/escherpad-more", "/.well-known/x",
        "/" + "x" * 200, None, 7,
    ],
)  # fmt: skip
def test_paths_that_are_wrong(path: object) -> None:
    """They might be read in two ways, or be those of this extension."""
    with pytest.raises(SettingsInvalid) as caught:
        parse({path: "mcp", "/right": "right"})
    assert len(caught.value.mistakes) == 1


@pytest.mark.parametrize(
    "name",
    ["", "Mcp", "1x", "m:p", "m p", "*", "é", "mcp\n", "x" * 51, None, 7,
     "server", "config", "escherpad-connect"],
)  # fmt: skip
def test_names_that_are_wrong(name: object) -> None:
    """No name is one of what no grant token reaches."""
    with pytest.raises(SettingsInvalid):
        parse({"/mcp": name})


def test_all_mistakes_at_once() -> None:
    """So that a file is corrected once."""
    with pytest.raises(SettingsInvalid) as caught:
        parse({"mcp": "mcp", "/a": "A", "/b": "b"})
    assert [mistake.setting for mistake in caught.value.mistakes] == ["resource_paths"] * 2


@pytest.mark.parametrize(
    ("path", "scope"),
    [
        ("/mcp", "mcp:execute"),
        ("/mcp/", "mcp:execute"),
        ("/mcp/x/y", "mcp:execute"),
        ("/mcp/x%20y", "mcp:execute"),
        ("/mcp/admin", "admin:execute"),
        ("/mcp/admin/x", "admin:execute"),
        ("/mcp/administrator", "mcp:execute"),
        ("/a/b", "b:execute"),
        ("/a", None),
        ("/", None),
        ("", None),
        ("/mcpx", None),
        ("/mcp.x", None),
        ("/Mcp", None),
        ("/x/mcp", None),
        ("/%6dcp", None),
    ],
)
def test_which_resource_a_request_is_for(path: str, scope: str | None) -> None:
    """Of several, the innermost; a name that only begins alike is another one."""
    found = PATHS.find(path)
    assert (found and found.scope) == scope


@pytest.mark.parametrize(
    "rest",
    ["/..", "/../x", "/./x", "/x/..", "//x", "/%2e%2e/x", "/%2E./x", "/x%2f..%2fy", "/x%5c..",
     "/\\..", "/x%252e%252e", "/%2e", "/..;/x", "/..;a=b/x", "/%2e%2e%3b/x", "/..%20/x", "/.../x",
     "/%c0%ae%c0%ae/x", "/.%09./x", "/%00", "/;/x", "/%ff"],
)  # fmt: skip
def test_what_a_proxy_may_read_as_another_path(rest: str) -> None:
    """No scope of a path is enough there, and the path stays protected."""
    path = "/mcp" + rest
    assert PATHS.find(path) is None
    assert not is_below(path, "/mcp")
    assert PATHS.may_concern(path)


@given(st.text(max_size=12))
def test_only_what_begins_with_the_path_is_below_it(text: str) -> None:
    """Whatever else is asked for, encoded or not."""
    for path in (f"/{text}", f"/{quote(text)}", f"/mcp{text}", f"/mcp/{quote(text)}"):
        found = PATHS.find(path)
        if found is not None:
            assert is_below(path, found.path)
            assert path == found.path or path.startswith(f"{found.path}/")
            assert PATHS.may_concern(path)


@pytest.mark.parametrize(
    ("value", "scopes"),
    [
        ({"/mcp": "mcp", "/x/": "x"}, {"/mcp": "mcp:execute", "/x": NEVER}),
        ({"mcp": "mcp"}, {"/mcp": NEVER}),
        ({"/mcp": "Mcp"}, {"/mcp": NEVER}),
        ({"/": "mcp", 7: "x"}, {}),
        ("/mcp", {}),
        (None, {}),
    ],
)
def test_what_is_wrong_stays_protected(value: object, scopes: dict[str, str]) -> None:
    """A mistake opens nothing: no grant token reaches such a path."""
    found = ResourcePaths.closing(value).resources
    assert {path: resource.scope for path, resource in found.items()} == scopes


@pytest.mark.parametrize("scope", ["mcp:execute", "agent:execute"])
def test_its_scope_is_full_control(scope: str) -> None:
    """What an extension does is not known, so the words promise nothing less."""
    assert gives_full_control({scope})
    assert gives_full_control({"contents:read", scope})
    assert marked_words(scope).startswith(f"{FULL_CONTROL_MARK}. Use ")
    assert "full control of your account" in marked_words(scope)


def test_its_scope_is_known_on_servers_that_have_it() -> None:
    """Elsewhere it is as unknown as any other word."""
    assert expand("view mcp:execute", {"mcp:execute"}) >= {"contents:read", "mcp:execute"}
    for names in ("mcp:execute", "mcp:read", "mcp"):
        with pytest.raises(ValueError, match="There is no scope"):
            expand(names)
    with pytest.raises(ValueError, match="Close to it: mcp:execute"):
        expand("mcp:exec", {"mcp:execute"})
