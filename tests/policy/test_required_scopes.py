"""Which scope a request needs, and what no scope reaches."""

from __future__ import annotations

import importlib
import importlib.util
import inspect

import pytest

from escherpad_ext.policy import required_scopes
from escherpad_ext.policy.required_scopes import action_of, required_scope
from escherpad_ext.policy.scopes import (
    CONNECT_RESOURCE,
    FULL,
    FULL_CONTROL,
    NEVER,
    SCOPES,
    covers,
    expand,
)


@pytest.mark.parametrize("resource", ["kernels", "sessions", "terminals", "lsp", "executions"])
@pytest.mark.parametrize("method", ["POST", "PATCH", "GET"])
def test_whatever_starts_a_program_is_full_control(resource, method):
    """By request or by socket: every scope but the reading one."""
    needed = required_scope(resource, action_of(method, websocket=method == "GET"))
    assert needed in FULL_CONTROL


# What starts, changes or runs something, as (resource, method, websocket).
STARTING = [
    ("sessions", "POST", False),
    ("sessions", "PATCH", False),
    ("sessions", "DELETE", False),
    ("kernels", "POST", False),
    ("kernels", "DELETE", False),
    ("kernels", "GET", True),
    ("terminals", "POST", False),
    ("terminals", "GET", True),
    ("lsp", "GET", True),
    ("nbconvert", "GET", False),  # LaTeX, Inkscape, Chromium
    ("nbconvert", "POST", False),
    ("executions", "POST", False),
    ("events", "POST", False),
    (None, "GET", False),
    (None, "POST", False),
    (None, "GET", True),
    ("ssh", "POST", False),
    ("something-new", "GET", False),
]


@pytest.mark.parametrize(("resource", "method", "websocket"), STARTING)
@pytest.mark.parametrize("bundle", ["view", "edit"])
def test_view_and_edit_start_nothing(bundle, resource, method, websocket):
    """Neither reaches what starts a kernel, a program, or what nobody declared."""
    needed = required_scope(resource, action_of(method, websocket=websocket))
    assert not covers(expand([bundle]), needed)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND"])
def test_view_changes_no_file(method):
    """Every method but GET and HEAD is a write, also ones that nobody has heard of."""
    needed = required_scope("contents", action_of(method, websocket=False))
    assert needed == "contents:write"
    assert not covers(expand(["view"]), needed)
    assert covers(expand(["edit"]), needed)


def test_a_collaboration_room_is_a_write():
    """A WebSocket on `contents` changes a document: `edit` may, `view` may not."""
    needed = required_scope("contents", action_of("GET", websocket=True))
    assert needed == "contents:write"


@pytest.mark.parametrize("resource", [None, "", "odd", "unheard-of", 3, b"contents", ["contents"]])
@pytest.mark.parametrize("action", ["read", "write", "execute"])
def test_only_full_reaches_what_the_table_does_not_know(resource, action):
    """Deny by default: a handler without a resource, or with an unknown one, needs `full`."""
    needed = required_scope(resource, action)
    assert needed == FULL
    assert covers(expand(["full"]), needed)
    everything_else = set(SCOPES) - {FULL}
    assert not covers(everything_else, needed)


NEVER_REACHED = [
    ("server", "write", ()),
    ("server", "read", ()),
    ("config", "write", ()),
    (CONNECT_RESOURCE, "read", ()),
    (CONNECT_RESOURCE, "write", ()),
    (None, "read", ("a.B", "jupyter_server.auth.login.LoginFormHandler")),
    (None, "write", ("jupyter_server.auth.login.LoginFormHandler",)),
    ("contents", "read", ("jupyter_server.auth.logout.LogoutHandler",)),
    (None, "write", ("jupyter_server.services.api.handlers.IdentityHandler",)),
    (None, "write", ("jupyterlab.handlers.extension_manager_handler.ExtensionHandler",)),
]


@pytest.mark.parametrize(("resource", "action", "handlers"), NEVER_REACHED)
def test_some_things_no_token_reaches(resource, action, handlers):
    """Shutdown, config, login, logout, connect pages, the identity: not even with `full`."""
    needed = required_scope(resource, action, handlers)
    assert needed == NEVER
    assert not covers({*SCOPES, FULL, NEVER}, needed)


def test_reading_the_config_and_the_identity_is_within_reach():
    """What is out of reach is changing them."""
    assert required_scope("config", "read") == "config:read"
    handler = "jupyter_server.services.api.handlers.IdentityHandler"
    assert required_scope(None, "read", [handler]) == "identity:read"
    assert required_scope(None, "write", [handler]) == NEVER


@pytest.mark.parametrize("name", sorted(required_scopes._NEVER_HANDLERS))
def test_the_handlers_out_of_reach_exist(name):
    """A class that was renamed upstream must be noticed here."""
    module, _, cls = name.rpartition(".")
    if importlib.util.find_spec(module.partition(".")[0]) is None:
        pytest.skip("not installed")
    assert inspect.isclass(getattr(importlib.import_module(module), cls))
