"""The servers that the scenarios are played on: what their owners configured."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .steps import LISTED, LISTED_TOO

ORIGINS = [LISTED, LISTED_TOO, "https://*.lab.example.edu", "http://localhost:*"]
PUBLIC_URL = "https://jupyter.example.edu/user/ana"


@dataclass(frozen=True)
class ServerSpec:
    """``settings`` are those of EscherpadExt, ``more`` is all other configuration.

    Without ``grants`` nobody has a token at first.
    """

    settings: dict[str, Any]
    more: dict[str, dict[str, Any]]
    grants: bool = True


def _spec(
    *, grants: bool = True, more: dict[str, dict[str, Any]] | None = None, **settings: Any
) -> ServerSpec:
    return ServerSpec(settings, more or {}, grants)


SERVERS = {
    "listed": _spec(allowed_origins=ORIGINS),
    "plain": _spec(grants=False),
    "generous": _spec(
        allowed_origins=ORIGINS,
        allow_credentials=True,
        url_tokens="always",
        preflight_max_age_seconds=600,
    ),
    "strict": _spec(
        allowed_origins=ORIGINS,
        connect="listed",
        url_tokens="never",
        grant_lifetime_max_seconds=7200,
    ),
    "public": _spec(
        allowed_origins=ORIGINS,
        public_url=PUBLIC_URL,
        more={"ServerApp": {"base_url": "/user/ana/"}},
    ),
    "broken": _spec(
        allowed_origins=[LISTED, "https://app.example.com/lab"], url_tokens="sometimes"
    ),
    "legacy": _spec(more={"ServerApp": {"allow_origin": LISTED}}),
    "legacy-pattern": _spec(
        more={
            "ServerApp": {
                "allow_origin_pat": r"https://.*\.example\.com",
                "allow_credentials": True,
            }
        }
    ),
    "any-but-no-connect": _spec(allowed_origins=["*"], connect="off"),
    "no-login": _spec(allowed_origins=ORIGINS, more={"IdentityProvider": {"token": ""}}),
}
