"""Parses the arguments of ``jupyter escherpad token create``; reports all mistakes at once."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from ..errors import (
    EscherpadError,
    GrantError,
    GrantTokensUnavailable,
    OriginPatternError,
    UnknownScope,
)
from ..grants import BY_COMMAND, GrantRequest, Server, check_name, owner_name
from ..policy import lifetimes, scopes
from ..policy.folders import expand_in_folder, parse_folder
from ..policy.patterns import OriginPattern
from ..policy.resource_paths import is_path_scope
from ..policy.tokens import NO_ORIGIN
from .grant_settings import GrantSettings

_Value = TypeVar("_Value")


class ArgumentsError(GrantError):
    """Several mistakes in one command line."""

    def __init__(self, mistakes: Sequence[EscherpadError]) -> None:
        super().__init__(" ".join(map(str, mistakes)), code="misuse")
        self.mistakes = tuple(mistakes)


def token_request(
    arguments: argparse.Namespace, settings: GrantSettings, now: int
) -> tuple[GrantRequest, Server | None]:
    """Return the grant to make, and the server that it is limited to.

    Raises ArgumentsError, which has every mistake in the arguments.
    """
    mistakes: list[EscherpadError] = []
    names = [name for text in arguments.scope for name in text.replace(",", " ").split()]
    asked = NO_ORIGIN if arguments.program else arguments.origin
    origin = _try(mistakes, lambda: _checked_origin(asked, insecure=settings.insecure_origins))
    expanded = _try(mistakes, lambda: _scopes(names, arguments.folder, settings))
    folder = _try(mistakes, lambda: _folder(arguments.folder))
    lifetime = _try(mistakes, lambda: _lifetime(arguments.expires, settings))
    _try(mistakes, lambda: check_name(arguments.name))
    server = _try(mistakes, lambda: _server(arguments.server))
    if mistakes or origin is None or expanded is None or lifetime is None:
        raise ArgumentsError(mistakes)
    request = GrantRequest(
        origin=origin,
        scopes=expanded,
        owner=owner_name(),
        created=now,
        expires=now + lifetime,
        name=arguments.name,
        folder=folder,
        program=BY_COMMAND if arguments.program else None,
    )
    return request, server


def _try(mistakes: list[EscherpadError], read: Callable[[], _Value]) -> _Value | None:
    """Return an argument's value, or None after adding its mistake to ``mistakes``."""
    try:
        return read()
    except GrantTokensUnavailable:
        raise
    except EscherpadError as mistake:
        mistakes.append(mistake)
        return None


def _scopes(names: Sequence[str], folder: str | None, settings: GrantSettings) -> frozenset[str]:
    if folder is not None:
        return expand_in_folder(names)
    try:
        return scopes.expand(names, settings.scopes_of_paths)
    except UnknownScope as mistake:
        of_paths = [name for name in mistake.unknown if is_path_scope(name)]
        if not of_paths:
            raise
        more = (
            f" If {of_paths[0]!r} is the scope of a path, set resource_paths in a configuration "
            "file: this command does not read the command line of a server."
        )
        raise GrantError(f"{mistake}{more}", code=mistake.code) from None


def _folder(text: str | None) -> str | None:
    if text is None:
        return None
    if Path(text).is_absolute():
        raise GrantError(
            f"The folder {text[:100]!r} begins at the root of the disk. Write its path below the "
            "folder that the server serves, such as data/raw.",
            code="folder",
        )
    return parse_folder(text)


def _lifetime(text: str | None, settings: GrantSettings) -> int:
    if text is None:
        return settings.lifetime
    return lifetimes.parse_lifetime(text, longest=settings.longest)


def _checked_origin(text: str, *, insecure: bool) -> str:
    """Return the origin or ``none``; raise GrantError for what is not the origin of a page."""
    if text == NO_ORIGIN:
        return text
    try:
        pattern = OriginPattern.parse(text, allow_insecure=insecure, allow_public_suffix=True)
    except OriginPatternError as error:
        # A token is for one origin, so a suggested pattern would not help.
        exact = error.suggestion if error.suggestion and "*" not in error.suggestion else None
        raise GrantError(error.what, code="origin", suggestion=exact) from None
    if pattern.any_origin or pattern.subdomains or pattern.any_port:
        raise GrantError(
            f"A token is for one origin, and {text!r} stands for many. Create a token for each.",
            code="origin",
        )
    return text


def _server(text: str | None) -> Server | None:
    if text is None:
        return None
    if "://" in text:
        return _running_server(text)
    if not text or not Path(text).is_dir():
        raise GrantError(
            f"{text[:100]!r} is not a folder. Name the folder that the server serves, or the "
            "address of a running server.",
            code="server",
        )
    return Server.at(text, os.environ.get("JUPYTERHUB_SERVICE_PREFIX", "/"))


def _running_server(url: str) -> Server:
    from jupyter_server.serverapp import list_running_servers  # noqa: PLC0415 - half a second

    running = list(list_running_servers())
    for server in running:
        if server["url"].rstrip("/") == url.rstrip("/"):
            return Server.at(server["root_dir"], server["base_url"])
    known = ", ".join(server["url"] for server in running) or "none"
    raise GrantError(
        f"None of your servers runs at that address. Running: {known}. For a server that does not "
        "run, name the folder that it serves.",
        code="server",
    )
