"""Makes and checks grants together with their tokens, for the commands and the server."""

from __future__ import annotations

import contextlib
import getpass
import hashlib
import os
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote

from jupyter_core.paths import jupyter_data_dir

from ..errors import GrantTokensUnavailable, KeyUnusable, TokenRefused
from ..policy import tokens
from ..policy.secret import Secret
from ..policy.tokens import Claims, refused
from .file_watch import FileWatch, Snapshot
from .grant import MAX_PLACE_LENGTH, Grant, GrantRequest
from .keys import KeyRing
from .own_writes import OwnWrites
from .registry import FILE_NAME, REQUEST_WAIT_SECONDS, Registry

_MAX_PROVEN = 256


class Server(NamedTuple):
    """What identifies a server across restarts. Made by :meth:`at`."""

    root_dir: str
    base_url: str

    @classmethod
    def at(cls, root_dir: str, base_url: str) -> Server:
        """Return the same server for every spelling of its folder and base URL."""
        folder = os.path.normcase(os.path.realpath(root_dir))
        path = unquote(base_url).strip("/")
        return cls(folder, f"/{path}/" if path else "/")

    def id(self, install: str) -> str:
        """Return the server's id in the audience of its tokens."""
        return tokens.server_id(install, self.root_dir, self.base_url)

    def __str__(self) -> str:
        """Return a text for people, without characters that cannot be printed."""
        text = self.root_dir if self.base_url == "/" else f"{self.root_dir} at {self.base_url}"
        shown = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
        return shown if len(shown) <= MAX_PLACE_LENGTH else f"…{shown[1 - MAX_PLACE_LENGTH :]}"


class _Proven(NamedTuple):
    """A token whose signature was verified, and the key that signed it."""

    key_id: str
    key: Secret
    claims: Claims
    terms: tuple[object, ...]
    generation: int


class Issuer:
    """Makes tokens and checks them, for one owner's install. For one thread only."""

    def __init__(
        self,
        folder: Path,
        *,
        server: Server | None = None,
        owner: str | None = None,
        wait_seconds: float = REQUEST_WAIT_SECONDS,
        own_writes: OwnWrites | None = None,
    ) -> None:
        """``folder`` is :func:`data_folder`; ``server`` is this server, None for a command.

        Only the grants of ``owner`` count; None accepts all grants in the folder. ``own_writes`` is
        what the issuers of one server share.
        """
        path = folder / FILE_NAME
        self._files = (str(folder), str(path), str(folder / "keys"))
        self._watch = FileWatch()
        self.registry = Registry(path, wait_seconds=wait_seconds, own_writes=own_writes)
        self.keys = KeyRing(folder / "keys")
        self._server = server
        self.owner = owner
        self._server_id: tuple[str, str] | None = None
        self._proven: dict[bytes, _Proven] = {}

    def close(self) -> None:
        """Close the registry."""
        self.registry.close()
        self._watch.close()

    def server_id(self) -> str | None:
        """Return this server's id, None before the first grant of this install."""
        install = self.registry.install()
        return None if install is None else self._own_id(install)

    def issue(self, request: GrantRequest, *, server: Server | None = None) -> tuple[Grant, str]:
        """Make a grant and return it with its token; ``server`` limits it to that server.

        Raises GrantError for an invalid request, and GrantTokensUnavailable where the key or the
        registry cannot be used. The grant is stored before its token is made. A process that is
        killed in between leaves an unused grant, never a token without a grant.
        """
        request.check()
        install = self.registry.ensure()
        key_id = self.keys.current(request.created)
        if server is not None:
            request = request._replace(server=server.id(install), place=str(server))
        grant = self.registry.create(request, key_id)
        try:
            token = tokens.mint(_claims(grant, install), key_id, self._signing_key(key_id))
        except BaseException:
            self.registry.revoke(grant.id, request.created)
            raise
        with contextlib.suppress(
            GrantTokensUnavailable
        ):  # cleaning up can wait until the next grant
            self.keys.prune(request.created, self.registry.needs_key)
        return grant, token

    def _signing_key(self, key_id: str) -> Secret:
        try:
            return self.keys.find(key_id)
        except TokenRefused as gone:
            raise KeyUnusable("The signing key was deleted in the meantime. Try again.") from gone

    def verify(
        self, token: str, *, origin: str | None, now: float, fetch_site: str | None = None
    ) -> Grant:
        """Return the grant of a token that :func:`~..policy.tokens.is_grant_token` recognizes.

        ``origin`` is the request's origin; None where there is none, or it is the server's own.
        :meth:`.grant.Grant.usable_from` says what ``fetch_site`` is.
        Raises TokenRefused, or GrantTokensUnavailable where the token cannot be checked. A token's
        signature is checked once, everything else every time.
        """
        digest = digest_of(token)
        grant = self._recall(digest, now)
        if grant is None:
            grant = self._prove(token, digest, now)
        if not grant.usable_from(origin, fetch_site=fetch_site):
            raise refused("wrong_origin")
        return grant

    def snapshot(self, token: str) -> Snapshot | None:
        """Return the files that say whether a verified token still counts, as they are now.

        None where a change could go unnoticed. Take it before :meth:`verify`: what that finds is
        true as long as the snapshot holds. While this process commits, that may come from memory.
        """
        known = self._proven.get(digest_of(token))
        if known is None or self.registry.commits:
            return None
        return self._watch.snapshot([*self._files, self.keys.path(known.key_id)])

    def _recall(self, digest: bytes, now: float) -> Grant | None:
        """Return the grant of a token with a known signature; None if it must be verified again."""
        known = self._proven.get(digest)
        # `find` notices if the key was deleted, replaced or made readable since.
        if known is None or self.keys.find(known.key_id) is not known.key:
            return None
        grant = self.registry.get(known.claims.grant_id)
        # The file may be gone or another install's, or the row may have changed.
        if grant is None or self.registry.generation != known.generation:
            return None
        if grant.terms != known.terms:
            return None
        tokens.check_times(known.claims, now)
        return grant.checked(now)

    def _prove(self, token: str, digest: bytes, now: float) -> Grant:
        used: list[tuple[str, Secret]] = []

        def find(key_id: str) -> Secret:
            used.append((key_id, self.keys.find(key_id)))
            return used[-1][1]

        install = self.registry.install()
        generation = self.registry.generation
        server = None if install is None else self._own_id(install)
        claims = tokens.verify(token, keys=find, install=install, server=server, now=now)
        grant = self.registry.check(claims.grant_id, now)
        # Signed here, but the registry was restored since, or somebody else has the key.
        if install is None or claims != _claims(grant, install) or used[-1][0] != grant.key_id:
            raise refused("unknown_grant")
        if not self.owns(grant):
            raise refused("unknown_grant")
        if len(self._proven) >= _MAX_PROVEN:
            self._proven.clear()
        self._proven[digest] = _Proven(*used[-1], claims, grant.terms, generation)
        return grant

    def owns(self, grant: Grant) -> bool:
        """Return whether a grant is this owner's; others may share the folder."""
        return self.owner is None or grant.owner == self.owner

    def _own_id(self, install: str) -> str | None:
        if self._server is None:
            return None
        if self._server_id is None or self._server_id[0] != install:
            self._server_id = (install, self._server.id(install))
        return self._server_id[1]


def digest_of(token: str) -> bytes:
    """Return what is remembered of a token, instead of the token itself."""
    return hashlib.sha256(token.encode(errors="replace")).digest()


def _claims(grant: Grant, install: str) -> Claims:
    """Return the claims of a grant's token."""
    return Claims(
        issuer=tokens.issuer_of(install),
        audience=tokens.audience_of(install, grant.server),
        owner=grant.owner,
        client=grant.origin,
        scopes=grant.scopes,
        issued=grant.created,
        expires=grant.signed_expires,
        grant_id=grant.id,
        folder=grant.folder,
        program=grant.program,
        resource=grant.resource,
    )


def data_folder(data_dir: str | None = None) -> Path:
    """Return the folder of this user's keys and registry.

    ``data_dir`` is the data directory of a server's configuration; None is the user's.
    """
    return Path(data_dir or jupyter_data_dir()) / "escherpad_ext"


def owner_name() -> str:
    """Return the owner of this server or command: the Hub's user, or else the account's name."""
    user = os.environ.get("JUPYTERHUB_USER", "")
    if user:
        return user
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):  # a container's user without a name
        return f"uid-{os.getuid()}" if hasattr(os, "getuid") else "unknown"
