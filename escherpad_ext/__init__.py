"""Use a Jupyter server from a web application on another origin, without cookies."""

from __future__ import annotations

__version__ = "0.1.0"


def __getattr__(name: str) -> object:
    """Import what is public only where it is used: loading the extension stays cheap."""
    if name == "HeaderTokenAuthorizer":
        from .server.authorizer import HeaderTokenAuthorizer  # noqa: PLC0415

        return HeaderTokenAuthorizer
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def _jupyter_server_extension_points() -> list[dict[str, object]]:
    """Return what Jupyter Server loads (see its "extension points")."""
    from .app import EscherpadExt  # noqa: PLC0415

    return [{"module": "escherpad_ext", "app": EscherpadExt}]
