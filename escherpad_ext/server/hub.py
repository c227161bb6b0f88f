"""JupyterHub, as far as one of its single-user servers knows it.

Nothing of JupyterHub is imported, as most servers have none: what is known is what its identity
provider holds, and the environment in which a Hub starts a server.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

from jupyter_server.auth.identity import IdentityProvider, User

from ..policy.public_url import origin_of_url


class _HubUser(User):
    """A user for the Hub's own authorizer, which reads ``user.hub_user``."""

    hub_user: dict[str, Any]


class Hub(NamedTuple):
    """What the Hub reports about this server.

    ``owner`` is the user who owns the server. It is empty if no user does (a service).
    A user needs one of the ``access_scopes`` to enter the server.
    """

    owner: str
    public_url: str
    access_scopes: frozenset[str]

    @classmethod
    def of(cls, provider: IdentityProvider, settings: Mapping[str, Any]) -> Hub | None:
        """Return the Hub that authenticates users, or None if no Hub does.

        With ``JUPYTERHUB_SINGLEUSER_EXTENSION=0`` (JupyterHub's older way), an object in tornado's
        ``settings`` asks the Hub, and the identity provider does not.
        """
        auth = getattr(provider, "hub_auth", None) or settings.get("hub_auth")
        if auth is None:
            return None
        said = os.environ.get
        return cls(
            owner=said("JUPYTERHUB_USER", ""),
            public_url=said("JUPYTERHUB_PUBLIC_URL", ""),
            access_scopes=frozenset(auth.access_scopes),
        )

    def is_owner(self, user: User) -> bool:
        """Return whether this is the server's owner.

        The Hub admits others, too: admins, services, and users with whom the owner shares it.
        """
        model = getattr(user, "hub_user", {})
        return bool(self.owner) and (model.get("kind"), model.get("name")) == ("user", self.owner)

    def is_logged_in(self, user: User) -> bool:
        """Return whether the user logged in to the Hub, and did not use a token.

        ``JUPYTERHUB_ALLOW_TOKEN_IN_URL`` turns any token of the Hub's into a cookie.
        """
        return bool(getattr(user, "hub_user", {}).get("session_id"))

    def as_hub_user(self, user: User) -> User:
        """Return ``user`` as a user who may enter this server.

        The Hub does not know this user, who has no Hub token. An authorizer that requires its own
        scopes finds none and refuses.
        """
        found = _HubUser(user.username, user.name, user.display_name)
        found.hub_user = {
            "kind": "grant",
            "name": user.username,
            "admin": False,
            "groups": [],
            "roles": [],
            "scopes": sorted(self.access_scopes),
        }
        return found

    def public_url_below(self, base_url: str) -> str:
        """Return the server's address as browsers see it; empty where the Hub did not say it."""
        if origin_of_url(self.public_url) is None:
            return ""
        path = unquote(urlsplit(self.public_url).path).strip("/")
        return self.public_url if path == unquote(base_url).strip("/") else ""
