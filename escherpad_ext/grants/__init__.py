"""Grants: what the owner has allowed, in a registry that all of the owner's servers share."""

from __future__ import annotations

from .grant import BY_COMMAND, Grant, GrantRequest, check_name
from .issuer import Issuer, Server, data_folder, owner_name
from .registry import COMMAND_WAIT_SECONDS, Registry

__all__ = [
    "BY_COMMAND",
    "COMMAND_WAIT_SECONDS",
    "Grant",
    "GrantRequest",
    "Issuer",
    "Registry",
    "Server",
    "check_name",
    "data_folder",
    "owner_name",
]
