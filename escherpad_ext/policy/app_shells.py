"""App shells and browser extensions: pages whose origin is not that of a website. Pure."""

from __future__ import annotations

from types import MappingProxyType

from .origin import Origin
from .translatable import Translatable

#: Who else has an origin, by its scheme.
SHARING = MappingProxyType(
    {
        "chrome-extension": "Only this extension has this origin.",
        "moz-extension": "Only this extension has this origin, in this browser profile alone.",
        "safari-web-extension": "Only this extension has this origin. Safari changes it at times.",
        "vscode-webview": "VS Code gives each view an origin of its own, which changes.",
        "tauri": "Every Tauri app on macOS and Linux has this origin.",
        "capacitor": "Every Capacitor app on iOS may have this origin.",
        "": "Every app may choose this origin.",  # any other scheme
    }
)


def who_shares(origin: Origin) -> Translatable:
    """Return who else has the origin of an app shell or a browser extension, in one sentence."""
    return Translatable(SHARING.get(origin.scheme) or SHARING[""])
