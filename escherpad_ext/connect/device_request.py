"""The device authorization request (RFC 8628, 3.1): read once, into a value that is valid. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..policy.folders import can_be_kept
from ..policy.resource_paths import ResourcePaths
from ..policy.settings import Settings
from .authorization_request import check_scope, read_folder, read_resource
from .client_ids import read_client
from .problems import ConnectError
from .programs import Program, shown_name

#: The client id of ``jupyter escherpad connect``.
COMMAND_CLIENT = "escherpad-cli"


def check_programs_may_ask(settings: Settings) -> None:
    """Raise ConnectError unless programs may ask the owner."""
    if settings.broken:
        raise ConnectError("settings_invalid")
    if settings.connect == "off":
        raise ConnectError("off", line='c.EscherpadExt.connect = "ask"')
    if settings.programs == "off":
        raise ConnectError("programs_off", line='c.EscherpadExt.programs = "ask"')


def is_device_client(client_id: str | None) -> bool:
    """Return whether a client id is that of the command, which uses nothing but the device flow."""
    return client_id == COMMAND_CLIENT


def program_id(client_id: str | None) -> str | None:
    """Return what the grants of a program have for its id; None for a site and for no client."""
    if client_id is None or is_device_client(client_id):
        return client_id
    program = _read_program(client_id)
    return None if program is None else program.id


def _read_program(client_id: str) -> Program | None:
    """Return the program of an id that registration gave; it is not verified."""
    try:
        client = read_client(client_id)
    except ConnectError:
        return None
    return client if isinstance(client, Program) else None


@dataclass(frozen=True)
class DeviceRequest:
    """What a program asks for.

    ``name`` is what it calls itself, which nobody checked, and ``address`` the IP address that it
    asked from. ``folder``, ``resource`` and ``resource_url`` as in an ``AuthorizationCode``.
    """

    client_id: str
    name: str
    address: str
    scopes: tuple[str, ...]
    folder: str | None
    resource: str | None
    resource_url: str

    @property
    def fits_folder(self) -> bool:
        """Return whether all that is asked for can be limited to one folder."""
        return all(map(can_be_kept, self.scopes))

    @classmethod
    def parse(
        cls, fields: Mapping[str, str], *, issuer: str, address: str, paths: ResourcePaths
    ) -> DeviceRequest:
        """Return the request in a form. Raises ConnectError where anything is wrong with it."""
        given = {name: value for name, value in fields.items() if value or name == "folder"}
        check_scope(given.get("scope", ""), paths.scopes)
        scopes = tuple(dict.fromkeys(given["scope"].split()))
        program = _read_program(given.get("client_id", ""))
        registered = "" if program is None else program.name
        resource = read_resource(given.get("resource", issuer), issuer, paths)
        return cls(
            client_id=given.get("client_id", ""),
            name=shown_name(given.get("device_name", "")) or registered,
            address=address,
            scopes=scopes,
            folder=read_folder(given.get("folder"), scopes),
            resource=resource,
            resource_url=f"{issuer}{resource or ''}",
        )
