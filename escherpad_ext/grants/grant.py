"""One grant: which origin or program may use which scopes, and when. A row of the registry."""

from __future__ import annotations

from typing import Literal, NamedTuple

from ..errors import FolderError, GrantError, InvalidOrigin
from ..policy.folders import check_can_be_kept, parse_folder
from ..policy.origin import Origin
from ..policy.resource_paths import is_path
from ..policy.tokens import NO_ORIGIN, refused

MAX_NAME_LENGTH = 100
MAX_OWNER_LENGTH = 256
MAX_PLACE_LENGTH = 1000
MAX_PROGRAM_LENGTH = 300
#: The program of a grant that the owner made with the command.
BY_COMMAND = "command"
# What a browser says of requests that no page of another origin sent (W3C Fetch Metadata, 2.3).
_OWN_SITES = frozenset({None, "none", "same-origin"})

#: What browsers send as ``Sec-Fetch-Site``, and no ``Origin``, on the GETs of an extension that has
#: permission for the server's host. No page can send ``none``, and only the server's own pages
#: ``same-origin``.
_SITES_OF_EXTENSIONS = {
    "chrome-extension": ("none",),
    "moz-extension": ("none", "same-origin"),
    "safari-web-extension": ("none",),
}

#: How the owner approved: by the command, or on the connect page.
Via = Literal["command", "connect"]
State = Literal["live", "revoked", "expired"]
ForWhom = Literal["site", "script", "program"]


class GrantRequest(NamedTuple):
    """A grant to be made. Times are whole seconds since 1970 (UTC).

    ``origin`` is an exact origin, or ``none`` for scripts and programs. ``server`` is a
    :func:`~escherpad_ext.policy.tokens.server_id` and ``place`` the same for people to read;
    None is any server of the owner. ``folder`` is the only folder that it reaches, a path below the
    server's root; None is all files. ``program`` is the id of the program, None where the grant is
    for a site or a script. ``resource`` is the path below the base URL at which alone it is good,
    one of ``resource_paths`` or below it; None is everywhere.
    """

    origin: str
    scopes: frozenset[str]
    owner: str
    created: int
    expires: int
    name: str = ""
    server: str | None = None
    place: str = ""
    via: Via = "command"
    folder: str | None = None
    program: str | None = None
    resource: str | None = None

    def check(self) -> None:
        """Raise GrantError for an invalid request. No empty value means "everything"."""
        if self.origin != NO_ORIGIN:
            _check_origin(self.origin)
        if not self.scopes:
            raise GrantError("A grant needs at least one scope.", code="no_scope")
        if not self.created < self.expires:
            raise GrantError("A grant must end after it begins.", code="lifetime")
        if self.folder is not None:
            self._check_folder(self.folder)
        if self.program is not None:
            self._check_program(self.program)
        if self.resource is not None and not is_path(self.resource):
            raise GrantError(f"{self.resource[:100]!r} is not a path.", code="resource")
        check_name(self.name)
        _check_text("owner", self.owner, MAX_OWNER_LENGTH)
        _check_text("server", self.place, MAX_PLACE_LENGTH)

    def _check_folder(self, folder: str) -> None:
        if parse_folder(folder) != folder:
            raise FolderError("Leave out the slashes around the folder's path.", code="folder")
        check_can_be_kept(sorted(self.scopes))

    def _check_program(self, program: str) -> None:
        if self.origin != NO_ORIGIN:
            raise GrantError("A grant is for an origin or for a program, not both.", code="program")
        if not program:
            raise GrantError("The program's id is empty.", code="program")
        _check_text("program", program, MAX_PROGRAM_LENGTH)


class Grant(NamedTuple):
    """A row of the registry. It does not suffice to make a token."""

    id: str
    origin: str
    scopes: frozenset[str]
    owner: str
    server: str | None
    place: str
    name: str
    via: Via
    key_id: str
    created: int
    expires: int
    last_used: int | None
    revoked: int | None
    folder: str | None = None
    program: str | None = None
    resource: str | None = None
    #: The end that its token says, where the owner set an earlier one.
    signed_until: int | None = None

    @property
    def signed_expires(self) -> int:
        """When its token says that it ends. ``expires`` may be earlier, and counts."""
        return self.expires if self.signed_until is None else self.signed_until

    @property
    def end(self) -> int:
        """When it ends, or has ended: it expires, or the owner ends it."""
        return self.expires if self.revoked is None else self.revoked

    @property
    def terms(self) -> tuple[object, ...]:
        """What its token was signed for; it never changes."""
        return (
            self.id,
            self.origin,
            self.scopes,
            self.owner,
            self.server,
            self.key_id,
            self.created,
            self.signed_expires,
            self.folder,
            self.program,
            self.resource,
        )

    @property
    def for_whom(self) -> ForWhom:
        """Return what kind of client it is for."""
        if self.program is not None:
            return "program"
        return "script" if self.origin == NO_ORIGIN else "site"

    def state(self, now: float) -> State:
        """Return whether it is live, revoked or expired."""
        return state_of(self.expires, self.revoked, now)

    def checked(self, now: float) -> Grant:
        """Return itself; raises TokenRefused (``revoked``, ``expired``) if it is over."""
        state = self.state(now)
        if state != "live":
            raise refused(state)
        return self

    def usable_from(self, origin: str | None, *, fetch_site: str | None = None) -> bool:
        """Return whether a request from ``origin`` may use it.

        None is a request without ``Origin``, or from the server's own (WebSocket libraries send
        that). Grants for scripts and programs are valid only there, so a page cannot use one.

        ``fetch_site`` is ``Sec-Fetch-Site``, None where it is missing or ``Origin`` says the same.
        What a browser calls another site's is no program's.
        """
        if self.program is not None and fetch_site not in _OWN_SITES:
            return False
        if self.origin == NO_ORIGIN:
            return origin is None  # and not whoever sends `Origin: none`
        if origin is None and fetch_site is not None:
            return fetch_site in _SITES_OF_EXTENSIONS.get(self.origin.partition("://")[0], ())
        return origin == self.origin


def state_of(expires: int, revoked: int | None, now: float) -> State:
    """Return whether a grant with these times is live, revoked or expired."""
    if revoked is not None:
        return "revoked"
    return "live" if now < expires else "expired"


def _check_origin(text: str) -> None:
    try:
        origin = Origin.parse(text)
    except InvalidOrigin as error:
        what = f"{text[:100]!r} is not an origin. {error.what}"
        raise GrantError(what, code="origin") from None
    if not origin.is_plain:
        raise GrantError(f"{text[:100]!r} is not the origin of a website.", code="origin")


def check_name(text: str) -> None:
    """Raise GrantError for a name that a list cannot show on one line."""
    _check_text("name", text, MAX_NAME_LENGTH)


def _check_text(what: str, text: str, longest: int) -> None:
    """Control characters (bidi marks, too) could fake lines in a log or a table."""
    if len(text) > longest:
        raise GrantError(f"The {what} is longer than {longest} characters.", code=what)
    if not text.isprintable():
        raise GrantError(f"The {what} has characters that cannot be printed.", code=what)
