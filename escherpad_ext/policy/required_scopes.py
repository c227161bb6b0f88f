"""Which scope a request needs: by the resource that its handler declares, its class and the action.

A handler that declares no resource needs :data:`.scopes.FULL`, unless a table here knows it. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from .scopes import CONNECT_RESOURCE, FULL, NEVER, SCOPES

_ANY = frozenset({"read", "write", "execute"})
_CHANGE = _ANY - {"read"}
# What no grant token reaches, `full` included: by resource …
_NEVER_RESOURCES = MappingProxyType({"server": _ANY, "config": _CHANGE, CONNECT_RESOURCE: _ANY})
# … and by the handler's class or one it is derived from, since most of these declare no resource.
# A changed password is a POST to the login page. Packages that are not installed do no harm here.
_NEVER_HANDLERS = MappingProxyType(
    {
        "jupyter_server.services.shutdown.ShutdownHandler": _ANY,
        "jupyter_server.services.config.handlers.ConfigHandler": _CHANGE,
        "jupyter_server.services.api.handlers.IdentityHandler": _CHANGE,
        "jupyter_server.auth.login.LoginFormHandler": _ANY,
        "jupyter_server.auth.logout.LogoutHandler": _ANY,
        "jupyterhub.services.auth.HubOAuthCallbackHandler": _ANY,
        "jupyterhub.singleuser.mixins.JupyterHubLoginHandlerMixin": _ANY,
        "jupyterhub.singleuser.mixins.JupyterHubLogoutHandlerMixin": _ANY,
        # Pages that hold the server's own token (``page_config``), which is everything.
        "jupyterlab_server.handlers.LabHandler": _ANY,
        "jupyterlab_server.settings_handler.SettingsHandler": _CHANGE,
        "notebook.app.NotebookBaseHandler": _ANY,
        # Installing an extension is changing what the server is.
        "jupyterlab.handlers.extension_manager_handler.ExtensionHandler": _CHANGE,
        "jupyterlab.handlers.plugin_manager_handler.PluginHandler": _CHANGE,
        "jupyterlab.handlers.build_handler.BuildHandler": _CHANGE,
    }
)

# A GET that makes something: a timeline is a copy of a room, and stays.
_MAKERS = frozenset({"jupyter_server_ydoc.handlers.TimelineHandler"})

# What declares no resource, but is known to reach no further than this.
_UNDECLARED = MappingProxyType(
    {("jupyter_server.services.api.handlers.IdentityHandler", "read"): "identity:read"}
)
# Handlers that do or reveal more than the resource that they declare.
_FURTHER = MappingProxyType(
    {
        # Whether a path exists, anywhere on the disk.
        ("jupyter_server.services.api.handlers.PathResolverHandler", "read"): "kernels:execute",
        # Merging a copy of a room: what two edits make together is trusted, though neither was.
        ("jupyter_server_ydoc.handlers.DocForkHandler", "write"): "kernels:execute",
    }
)


def action_of(method: str, *, websocket: bool) -> str:
    """Return ``read``, ``write`` or ``execute``, as jupyter_server's ``authorized`` does.

    An unknown method is a write.
    """
    if websocket:
        return "execute"
    return "read" if method in {"GET", "HEAD"} else "write"


def required_scope(resource: object, action: str, handlers: Sequence[str] = ()) -> str:
    """Return the one scope that a request needs, :data:`FULL`, or :data:`NEVER`.

    ``resource`` is the handler's ``auth_resource`` (None where it declares none), ``handlers``
    the dotted names of the handler's class and all its bases. Whatever the table does not know
    needs :data:`FULL`: most extensions check only that somebody is logged in.
    """
    if any(action in _NEVER_HANDLERS.get(name, ()) for name in handlers):
        return NEVER
    if not isinstance(resource, str):
        return _settled(_UNDECLARED, handlers, action) or FULL
    if action in _NEVER_RESOURCES.get(resource, ()):
        return NEVER
    if (resource, action) == ("contents", "execute") or not _MAKERS.isdisjoint(handlers):
        action = "write"  # a collaboration room: its socket changes a document, and runs nothing
    scope = f"{resource}:{action}"
    return _settled(_FURTHER, handlers, action) or (scope if scope in SCOPES else FULL)


def _settled(
    table: Mapping[tuple[str, str], str], handlers: Sequence[str], action: str
) -> str | None:
    return next((table[name, action] for name in handlers if (name, action) in table), None)
