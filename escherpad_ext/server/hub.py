"""JupyterHub, as far as one of its single-user servers knows it.

Nothing of JupyterHub is imported, as most servers have none: what is known is what its identity
provider holds, and the environment in which a Hub starts a server.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

from jupyter_server.auth.identity import IdentityProvider, User

from ..policy.settings import origin_of_url


class _HubUser(User):
    """Somebody whom the Hub's own authorizer can judge: it reads ``user.hub_user``."""

    hub_user: dict[str, Any]


@dataclass(frozen=True)
class Hub:
    """What the Hub said of this server.

    ``owner`` is the one user whose server it is, empty for a server that is nobody's (a service);
    ``access_scopes`` are those of which one is needed to enter the server at all.
    """

    owner: str
    public_url: str
    access_scopes: frozenset[str]

    @classmethod
    def of(cls, provider: IdentityProvider, settings: Mapping[str, Any]) -> Hub | None:
        """Return the Hub that says who somebody is, None where none does.

        In the older way of JupyterHub (``JUPYTERHUB_SINGLEUSER_EXTENSION=0``) it is not the
        identity provider who asks the Hub, but what tornado's ``settings`` hold.
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

        The Hub lets others in, too: admins, services, and those whom the owner shares it with.
        """
        model = getattr(user, "hub_user", {})
        return bool(self.owner) and (model.get("kind"), model.get("name")) == ("user", self.owner)

    def is_logged_in(self, user: User) -> bool:
        """Return whether somebody logged in to the Hub for this, and did not come with a token.

        ``JUPYTERHUB_ALLOW_TOKEN_IN_URL`` turns any token of the Hub's into a cookie.
        """
        return bool(getattr(user, "hub_user", {}).get("session_id"))

    def as_hub_user(self, user: User) -> User:
        """Return ``user`` as somebody who may enter this server.

        The Hub never sees them: they have no token of its. An authorizer that goes by scopes of its
        own finds none of them, and says no.
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
