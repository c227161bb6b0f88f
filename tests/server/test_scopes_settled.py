"""Which handlers a lesser scope than ``full`` opens: each of them was read closely."""

from __future__ import annotations

import pytest
from support.constants import TOKEN
from support.server import full_server
from support.server.full_server import every_route
from tornado.websocket import WebSocketHandler
from traitlets.config import Config

from escherpad_ext.policy import scopes
from escherpad_ext.policy.required_scopes import action_of, required_scope

pytestmark = pytest.mark.filterwarnings("ignore")  # the extensions warn of each other


@pytest.fixture
def jp_server_config(notebook_shim, tmp_path, monkeypatch):
    full_server.require_packages()
    monkeypatch.chdir(tmp_path)
    config = Config(full_server.full_config())
    config.merge(Config({"IdentityProvider": {"token": TOKEN}}))
    return config


#: What was read line by line for what it tells and does, by the package that brings it. Whatever is
#: not listed must need ``full``, or be out of reach.
READ_CLOSELY = {
    "jupyter_lsp": {"LanguageServersHandler", "LanguageServerWebSocketHandler"},
    "jupyter_server": {
        "APISpecHandler",
        "APIStatusHandler",
        "AuthenticatedFileHandler",  # `PathGuard`
        "CheckpointsHandler",  # `PathGuard`
        "ConfigHandler",
        "ContentsHandler",  # `PathGuard`
        "EventHandler",
        "IdentityHandler",
        "KernelActionHandler",
        "KernelHandler",  # `redact`
        "KernelSpecHandler",  # `redact`
        "KernelSpecResourceHandler",  # `PathGuard`
        "KernelWebsocketHandler",
        "MainKernelHandler",  # `redact`
        "MainKernelSpecHandler",  # `redact`
        "ModifyCheckpointsHandler",  # `PathGuard`
        "NbconvertFileHandler",  # `PathGuard`
        "NbconvertPostHandler",
        "NbconvertRootHandler",
        "PathResolverHandler",  # needs `kernels:execute`
        "SessionHandler",  # `redact`
        "SessionRootHandler",  # `redact`
        "SubscribeWebsocket",
        "ViewHandler",  # `PathGuard`
    },
    "jupyter_server_fileid": {"FileIDHandler", "FilePathHandler"},  # `PathGuard`
    "jupyter_server_terminals": {"TermSocket", "TerminalHandler", "TerminalRootHandler"},
    "jupyter_server_ydoc": {
        "DocForkHandler",  # `PathGuard`, as all of these
        "DocSessionHandler",
        "TimelineHandler",  # a GET that needs `contents:write`
        "UndoRedoHandler",
        "YDocWebSocketHandler",
    },
}


def test_every_handler_that_a_lesser_scope_opens_was_read_closely(jp_serverapp):
    """A new one, or one that changed its resource, is read before any scope opens it."""
    opened: dict[str, set[str]] = {}
    for route in every_route(jp_serverapp.web_app):
        handler = route.handler
        for method in ("GET", "POST"):
            action = action_of(method, websocket=issubclass(handler, WebSocketHandler))
            names = [f"{base.__module__}.{base.__qualname__}" for base in handler.__mro__]
            resource = getattr(handler, "auth_resource", None)
            if required_scope(resource, action, names) not in {
                scopes.FULL,
                scopes.NEVER,
            }:
                package = handler.__module__.partition(".")[0]
                opened.setdefault(package, set()).add(handler.__name__)
    assert opened == READ_CLOSELY
