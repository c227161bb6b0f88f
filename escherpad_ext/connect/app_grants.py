"""The grants of connected apps: issued for a code, listed, and ended."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from itertools import islice
from typing import TYPE_CHECKING

from ..errors import GrantTokensUnavailable, TokenRefused
from ..grants import Grant, GrantRequest, owner_name
from ..policy.folders import expand_in_folder
from ..policy.origin import Origin
from ..policy.scopes import expand
from ..policy.tokens import NO_ORIGIN, is_grant_token
from ..server.grant_service import GrantService
from .device_request import program_id

if TYPE_CHECKING:
    from .authorization_code import AuthorizationCode
    from .authorization_request import AuthorizationRequest
    from .client_ids import Client
    from .device_codes import DeviceApproval

#: How many connected apps the page lists.
MAX_LISTED = 500


class AppGrants:
    """The owner's grants, as the pages and endpoints need them.

    It waits for the registry, so it belongs to the thread of the pages.
    """

    def __init__(
        self,
        grants: GrantService,
        clock: Callable[[], float],
        scopes_of_paths: Collection[str] = (),
    ) -> None:
        """``scopes_of_paths`` are those of the setting ``resource_paths``."""
        self._grants = grants
        self._clock = clock
        self.scopes_of_paths = scopes_of_paths

    def issue(self, code: AuthorizationCode) -> tuple[str, str]:
        """Make the grant that the owner approved; return its id and its token."""
        now = int(self._clock())
        program = code.program
        request = GrantRequest(
            origin=NO_ORIGIN if program else code.client_id.removesuffix("/"),
            scopes=self.expand(code),
            owner=owner_name(),
            created=now,
            expires=now + code.lifetime_seconds,
            name=program.name if program else "",
            via="connect",
            folder=code.folder,
            program=program.id if program else None,
            resource=code.resource,
        )
        grant, token = self._grants.issuer.issue(request, server=self._grants.server)
        return grant.id, token

    def issue_to_program(self, approval: DeviceApproval) -> tuple[str, str]:
        """Make the grant that the owner approved for a program; return its id and its token."""
        now = int(self._clock())
        request = GrantRequest(
            origin=NO_ORIGIN,
            scopes=self.expand(approval),
            owner=owner_name(),
            created=now,
            expires=now + approval.lifetime_seconds,
            name=approval.request.name,
            via="connect",
            folder=approval.folder,
            program=program_id(approval.request.client_id),
            resource=approval.resource,
        )
        grant, token = self._grants.issuer.issue(request, server=self._grants.server)
        return grant.id, token

    def expand(
        self, code: AuthorizationCode | AuthorizationRequest | DeviceApproval
    ) -> frozenset[str]:
        """Return all that the scopes include, in the folder."""
        if code.folder is None:
            return expand(code.scopes, self.scopes_of_paths)
        return expand_in_folder(code.scopes)

    def of_token(self, token: str, origin: str | None, *, fetch_site: str | None = None) -> Grant:
        """Return the grant of a grant token. Takes and raises what ``Issuer.verify`` does."""
        return self._grants.issuer.verify(
            token, origin=origin, now=self._clock(), fetch_site=fetch_site
        )

    def live(self) -> list[Grant]:
        """Return the grants that are live, the newest first. Raises GrantsUnavailable."""
        return list(islice(self._list(), MAX_LISTED))

    def works_here(self, grant: Grant) -> bool:
        """Return whether a grant is valid on this server, and not only on another one."""
        return grant.place in {"", str(self._grants.server)}

    def is_first_time(self, client: Client) -> bool:
        """Return whether the registry has no grant of this site, live or ended.

        A program is always new: another one could call itself the same.
        """
        if not isinstance(client, Origin):
            return True
        return next(self._list(ended=True, origin=str(client)), None) is None

    def to_extend(self, request: AuthorizationRequest) -> Grant | None:
        """Return the grant that a site asks more time for, if it asks for nothing else.

        That is one which the site itself got here by connecting, which is live, and which allows
        all that is asked for now, in the same folder. The id authenticates nobody.
        """
        issuer = self._grants.issuer
        grant = issuer.registry.get(request.extends) if request.extends else None
        if grant is None or grant.state(self._clock()) != "live" or not issuer.owns(grant):
            return None
        is_site_s = grant.via == "connect" and grant.origin == str(request.client)
        return (
            grant if is_site_s and self.works_here(grant) and self._covers(grant, request) else None
        )

    def _covers(self, grant: Grant, request: AuthorizationRequest) -> bool:
        """Return whether a grant allows all that is asked for, in the same place."""
        place = (grant.folder, grant.resource)
        return place == (request.folder, request.resource) and self.expand(request) <= grant.scopes

    def end(self, grant_id: str) -> None:
        """End a grant. One that the registry does not have needs no end."""
        with suppress(TokenRefused):
            self._grants.issuer.registry.revoke(grant_id, self._clock())

    def end_token(self, token: str, origin: str) -> None:
        """End the grant of a token. A token that is not valid needs no end (RFC 7009, 2.2)."""
        if not is_grant_token(token):
            return
        try:
            grant = self.of_token(token, origin)
        except TokenRefused:
            return
        self.end(grant.id)

    def end_token_of_program(self, token: str, program: str) -> None:
        """Do the same for the token of a program."""
        if not is_grant_token(token):
            return
        with suppress(TokenRefused):
            grant = self.of_token(token, None)
            if grant.program == program:
                self.end(grant.id)

    def end_replaced(self, token: str, origin: str) -> None:
        """End the connection that a site had, now that it has a new one.

        A token that is not valid, another site's or the command line's is left alone. So is one
        that cannot be checked or ended now: the owner sees it among the connected apps.
        """
        if not is_grant_token(token):
            return
        with suppress(TokenRefused, GrantTokensUnavailable):
            grant = self.of_token(token, origin)
            if grant.via == "connect":
                self.end(grant.id)

    def end_earlier(self, grant_id: str, origin: str) -> None:
        """End the connection that a site's browser profile had, whose token it no longer has.

        The id authenticates nobody; like `end_replaced`, this ends only what the site itself got
        by connecting to this server.
        """
        with suppress(GrantTokensUnavailable, TokenRefused):
            grant = self._grants.issuer.registry.get(grant_id)
            if grant is None or not self._grants.issuer.owns(grant):
                return
            if grant.via == "connect" and grant.origin == origin and self.works_here(grant):
                self.end(grant.id)

    def disconnect(self, grant_id: str) -> int:
        """End one of the owner's grants, or ``all``; return how many ended."""
        issuer, now = self._grants.issuer, self._clock()
        if grant_id == "all":
            return issuer.registry.revoke_all(now, owner=issuer.owner)
        grant = issuer.registry.get(grant_id)
        if grant is None or not issuer.owns(grant):
            return 0
        with suppress(TokenRefused):  # another process deleted it just now
            return int(issuer.registry.revoke(grant_id, now))
        return 0

    def find(self, grant_id: str) -> Grant | None:
        """Return one of the owner's grants, live or ended. Raises GrantsUnavailable."""
        grant = self._grants.issuer.registry.get(grant_id)
        return grant if grant is not None and self._grants.issuer.owns(grant) else None

    def rename(self, grant_id: str, name: str) -> bool:
        """Give one of the owner's grants another name. Raises GrantError."""
        amendments = self._grants.issuer.registry.amendments
        return self.find(grant_id) is not None and amendments.rename(grant_id, name)

    def shorten(self, grant_id: str, seconds: int) -> bool:
        """End one of the owner's grants in so many seconds, unless it ends before."""
        amendments, end = self._grants.issuer.registry.amendments, int(self._clock()) + seconds
        return self.find(grant_id) is not None and amendments.shorten(grant_id, end)

    def disconnect_site(self, origin: str) -> int:
        """End all grants that the owner gave to a site; return how many ended."""
        return sum(self.disconnect(grant.id) for grant in list(self._list(origin=origin)))

    def block_site(self, origin: str) -> None:
        """Have a site ask no more, and end what it has. One that never had a grant is left alone.

        In this order, because it may be asking now.
        """
        if next(self._list(ended=True, origin=origin), None) is not None:
            self._grants.issuer.registry.blocked.add(owner_name(), origin)
            self.disconnect_site(origin)

    def unblock_site(self, origin: str) -> None:
        """Let a site ask again."""
        self._grants.issuer.registry.blocked.remove(owner_name(), origin)

    def blocked_sites(self) -> list[str]:
        """Return the sites that may not ask. Raises GrantsUnavailable."""
        return self._grants.issuer.registry.blocked.list(owner_name())

    def is_blocked(self, origin: str) -> bool:
        """Return whether a site may not ask. Raises GrantsUnavailable."""
        return self._grants.issuer.registry.blocked.has(owner_name(), origin)

    def _list(self, *, ended: bool = False, origin: str | None = None) -> Iterator[Grant]:
        """Yield the owner's grants, the newest first."""
        issuer = self._grants.issuer
        found = issuer.registry.list(self._clock(), ended=ended, origin=origin)
        return filter(issuer.owns, found)
