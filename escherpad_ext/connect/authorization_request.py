"""The authorization request (RFC 6749, 4.1.1): read once, into a value that is valid. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode

from ..errors import FolderError, UnknownScope
from ..policy.folders import can_be_kept, check_can_be_kept, parse_folder
from ..policy.origin import Origin
from ..policy.resource_paths import ResourcePaths, is_path
from ..policy.scopes import expand
from .client_ids import Client, check_redirect, destination, read_client
from .clients import SHOWN_LENGTH
from .problems import ConnectError
from .programs import Program

MAX_QUERY_LENGTH = 6000
MAX_STATE_LENGTH = 1000
MAX_SCOPE_LENGTH = 1000  # all there are need half of it
_CHALLENGE_LENGTH = 43  # of a SHA-256 digest in base64url (RFC 7636, 4.2)
NO_PATHS = ResourcePaths()
_BASE64URL = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


@dataclass(frozen=True)
class AuthorizationRequest:
    """An authorization request that can be granted as it is.

    ``query`` has the parameters that count, for oauthlib to read. ``folder`` is the one that the
    site suggests, below the server's folder; None is all files. ``resource`` is the path, below the
    base URL, at which alone the token is to be good; None is everywhere. ``extends`` is the id of
    the grant that the site asks more time for; None is a new connection.
    """

    query: str
    client: Client
    redirect_uri: str
    scopes: tuple[str, ...]
    folder: str | None = None
    resource: str | None = None
    extends: str | None = None

    @property
    def program(self) -> Program | None:
        """The program that asks, None for a site."""
        return self.client if isinstance(self.client, Program) else None

    @property
    def goes_to(self) -> Origin:
        """The origin that gets the answer."""
        return destination(self.client, self.redirect_uri)

    @property
    def fits_folder(self) -> bool:
        """Return whether all that is asked for can be limited to one folder."""
        return all(map(can_be_kept, self.scopes))

    @classmethod
    def parse(
        cls, query: str, issuer: str, paths: ResourcePaths = NO_PATHS
    ) -> AuthorizationRequest:
        """Return the request in a query. Raises ConnectError where anything is wrong with it.

        ``paths`` are those of the setting ``resource_paths``.
        """
        given = _parameters(query)
        client = read_client(given.get("client_id", ""))
        check_redirect(given.get("redirect_uri", ""), client)
        destination(client, given["redirect_uri"])
        for name, check in _CHECKS.items():
            check(given.get(name, ""))
        resource = read_resource(given.get("resource", issuer), issuer, paths)
        if resource is not None and isinstance(client, Program):
            given.setdefault("scope", _scope_of(resource, paths))
        check_scope(given.get("scope", ""), paths.scopes)
        scopes = tuple(dict.fromkeys(given["scope"].split()))
        folder = read_folder(given.get("folder"), scopes)
        counts = {name: value for name, value in given.items() if name in _COUNTS}
        extends = given.get("previous_grant")
        query, uri = urlencode(counts), given["redirect_uri"]
        return cls(query, client, uri, scopes, folder, resource, extends)


def _parameters(query: str) -> dict[str, str]:
    if len(query) > MAX_QUERY_LENGTH:
        raise ConnectError("too_long", limit=MAX_QUERY_LENGTH)
    try:
        sent = parse_qsl(query, keep_blank_values=True, errors="strict", max_num_fields=50)
    except ValueError:
        raise ConnectError("encoding") from None
    # RFC 6749, 3.1: "Parameters sent without a value MUST be treated as if they were omitted". But
    # an empty folder is a mistake, and must not become all files.
    pairs = [(name, value) for name, value in sent if value or name == "folder"]
    given = dict(pairs)
    if len(given) != len(pairs):  # RFC 6749, 3.1: "MUST NOT be included more than once"
        raise ConnectError("twice")
    return given


def _check_response_type(text: str) -> None:
    if text != "code":
        raise ConnectError("response_type")


def _check_response_mode(text: str) -> None:
    if text not in {"", "query"}:
        raise ConnectError("response_mode")


def _check_challenge(text: str) -> None:
    if len(text) != _CHALLENGE_LENGTH or not _BASE64URL.issuperset(text):
        raise ConnectError("code_challenge")


def _check_method(text: str) -> None:
    # `plain`, the default of RFC 7636 where nothing is sent, protects nothing.
    if text != "S256":
        raise ConnectError("code_challenge_method")


def _check_state(text: str) -> None:
    if len(text) > MAX_STATE_LENGTH:
        raise ConnectError("state", limit=MAX_STATE_LENGTH)


def check_scope(text: str, scopes_of_paths: Collection[str]) -> None:
    """Raise ConnectError (``scope``) unless all names are known."""
    if len(text) > MAX_SCOPE_LENGTH:
        raise ConnectError(
            "scope", reason=f"The scope is longer than {MAX_SCOPE_LENGTH} characters."
        )
    try:
        expand(text, scopes_of_paths)
    except UnknownScope as error:
        raise ConnectError("scope", reason=error.what) from None


def read_folder(text: str | None, scopes: Sequence[str]) -> str | None:
    """Return the folder that the client suggests. It must fit what else the client asks for."""
    if text is None:
        return None
    try:
        check_can_be_kept(scopes)
        return parse_folder(text)
    except FolderError as error:
        raise ConnectError("folder", reason=error.what) from None


def read_resource(text: str, issuer: str, paths: ResourcePaths) -> str | None:
    """Return the path of the resource (RFC 8707), None where that is the whole server."""
    found = text.rstrip("/")
    if found == issuer:
        return None
    path = found.removeprefix(issuer)
    if not found.startswith(f"{issuer}/") or not is_path(path) or paths.find(path) is None:
        raise ConnectError("resource", resource=text[:SHOWN_LENGTH], issuer=issuer)
    return path


def _scope_of(path: str, paths: ResourcePaths) -> str:
    """Return the scope that a resource needs: the default of a program that names none.

    RFC 6749, 3.3 leaves a default to the server.
    """
    resource = paths.find(path)
    return "" if resource is None else resource.scope


_CHECKS: dict[str, Callable[[str], None]] = {
    "response_type": _check_response_type,
    "response_mode": _check_response_mode,
    "code_challenge": _check_challenge,
    "code_challenge_method": _check_method,
    "state": _check_state,
}
# Other parameters "MUST" be ignored (RFC 6749, 3.1); oauthlib would give some a meaning.
_COUNTS = frozenset({"client_id", "redirect_uri", "scope", *_CHECKS})
