"""Runs ``jupyter escherpad connect``."""

from __future__ import annotations

import argparse
import getpass
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from typing import Any

from ..check.address import AddressError
from ..connections import (
    MISSING,
    ConnectionUnusable,
    SavedConnection,
    check_name,
    delete,
    names,
    read,
    save,
)
from ..console import fail, output_width, printable, table, tell
from ..errors import EscherpadError
from .code_display import show
from .device_client import DeviceClient, NotConnected
from .server_address import ServerAddress
from .token_listing import local_time

URL, TOKEN = "JUPYTER_URL", "JUPYTER_TOKEN"


def run(arguments: argparse.Namespace) -> int:
    """Run the command; return its exit status. Every error is one sentence."""
    try:
        if arguments.list:
            return _list()
        if arguments.forget is not None:
            return _forget(arguments.forget)
        return _connect(arguments)
    except AddressError as mistake:
        return _fail(str(mistake), 2)
    except EscherpadError as problem:
        return _fail(str(problem), 1)


def _connect(arguments: argparse.Namespace) -> int:
    address = ServerAddress.parse(arguments.url)
    problem = _mistake_in(arguments)
    if problem:
        return _fail(problem, 2)
    if address.had_token:
        tell(
            "The token in the address was not used: it gives full control and cannot be taken "
            "back. You get a token of your own."
        )
    if not address.is_secure:
        tell("Warning: the address is not https. Others on the network can read the token.")
    connection = _ask(arguments, address)
    return _hand_over(arguments, connection)


def _mistake_in(arguments: argparse.Namespace) -> str:
    """Return what would fail after the owner has decided, empty for nothing."""
    if arguments.save is not None:
        try:
            check_name(arguments.save)
        except ConnectionUnusable as error:
            return error.what
    if arguments.words and shutil.which(arguments.words[0]) is None:
        return f"There is no command {printable(arguments.words[0])[:100]}."
    return ""


def _ask(arguments: argparse.Namespace, address: ServerAddress) -> SavedConnection:
    client = DeviceClient(address)
    client.discover()
    scope = " ".join(text.replace(",", " ") for text in arguments.scope or ["run"])
    code = client.start(scope, _own_name(), arguments.folder)
    show(code, is_near=address.is_loopback, opens_browser=not arguments.no_browser)
    return _connection(client.wait(code), client)


def _own_name() -> str:
    """Return what the owner may know this terminal by."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError, ImportError):  # a container's user without a name
        user = "somebody"
    return f"{user}@{socket.gethostname().partition('.')[0]}"


def _connection(answer: Mapping[str, Any], client: DeviceClient) -> SavedConnection:
    try:
        expires = int(time.time()) + int(answer.get("expires_in", 0))
    except (TypeError, ValueError, OverflowError):
        raise NotConnected("The server's answer cannot be used.", code="answer") from None
    folder = answer.get("folder")
    return SavedConnection(
        url=client.issuer,
        token=str(answer["access_token"]),
        scope=str(answer.get("scope", "")),
        folder=folder if isinstance(folder, str) else None,
        expires=expires,
        revocation_endpoint=client.revocation_endpoint,
    )


def _hand_over(arguments: argparse.Namespace, connection: SavedConnection) -> int:
    where = f" in the folder {printable(connection.folder)}" if connection.folder else ""
    tell(
        f"Connected to {printable(connection.url)} until {local_time(connection.expires)}: "
        f"{printable(connection.scope)}{where}."
    )
    if arguments.save is not None:
        return _save(arguments.save, connection)
    if arguments.words:
        return _run(arguments.words, connection)
    sys.stdout.write(f"{connection.token}\n")
    sys.stdout.flush()
    return 0


def _save(name: str, connection: SavedConnection) -> int:
    try:
        earlier = read(name, to_end=True)
    except ConnectionUnusable:
        earlier = None
    try:
        path = save(name, connection)
    except ConnectionUnusable:
        _give_back(connection)
        raise
    tell(f"Saved in {path}. In Python:")
    tell(f'    url, token = escherpad_ext.connections.load("{name}")')
    if earlier is not None and not _give_back(earlier):
        tell(f"The token that was saved before is valid until {local_time(earlier.expires)}.")
    return 0


def _run(words: list[str], connection: SavedConnection) -> int:
    """Run a command in place of this one, so that signals and its exit status are its own."""
    environment = {**os.environ, URL: connection.url, TOKEN: connection.token}
    sys.stderr.flush()
    if os.name == "posix":
        os.execvpe(words[0], words, environment)  # noqa: S606 - what the person typed
    return subprocess.call([shutil.which(words[0]) or words[0], *words[1:]], env=environment)  # noqa: S603


def _list() -> int:
    rows = [("NAME", "SERVER", "SCOPES", "FOLDER", "UNTIL")]
    for name in names():
        try:
            rows.append(_row(name, read(name)))
        except ConnectionUnusable as error:
            tell(error.what)
    if len(rows) == 1:
        tell("There are no saved connections.")
        return 0
    sys.stdout.write("".join(f"{line}\n" for line in table(rows, width=output_width())))
    sys.stdout.flush()
    return 0


def _row(name: str, found: SavedConnection) -> tuple[str, str, str, str, str]:
    end = local_time(found.expires)
    return (
        name,
        printable(found.url),
        printable(found.scope),
        "all files" if found.folder is None else printable(found.folder),
        end if time.time() < found.expires else f"expired {end}",
    )


def _forget(name: str) -> int:
    try:
        found = read(name, to_end=True)
    except ConnectionUnusable as problem:
        if problem.code == MISSING:
            raise
        delete(name)
        return _fail(
            "The file is deleted, but nothing in it could be used, so the server was not told. "
            "Disconnect the program on the server's page Connected apps.",
            1,
        )
    is_given_back = _give_back(found)
    delete(name)
    if is_given_back:
        tell("Forgotten. The server has ended the token.")
        return 0
    return _fail(
        "The file is deleted, but the server could not be told. The token is valid until "
        f"{local_time(found.expires)}, unless you disconnect it: {printable(found.url)}/escherpad/",
        1,
    )


def _give_back(connection: SavedConnection) -> bool:
    """End a token at its server; return whether it has ended."""
    if connection.expires <= time.time():
        return True
    try:
        client = DeviceClient(ServerAddress.parse(connection.url))
        client.revoke(connection.revocation_endpoint, connection.token)
    except (NotConnected, AddressError):
        return False
    return True


def _fail(text: str, status: int) -> int:
    return fail(f"jupyter escherpad connect: {text}", status)
