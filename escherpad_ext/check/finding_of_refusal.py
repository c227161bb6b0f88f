"""Which finding follows from a refusal, so that the answer, the log and the finding agree. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from ..policy.tokens import REASONS
from .findings import FINDINGS


def _code_of(reason: str) -> str:
    """Return the finding for a refused token: the same code, or the general one."""
    if reason == "key_unusable":
        return "registry_unavailable"
    return reason if reason in FINDINGS else "unknown_token"


#: The finding for each refusal, by its error and reason. None if a client asked for what no grant
#: token may reach: nothing is wrong with the set-up then.
OF_REFUSAL: Mapping[tuple[str, str], str | None] = MappingProxyType(
    {
        ("origin_refused", "origin_not_listed"): "origin_not_listed",
        ("origin_refused", "null_origin"): "null_origin",
        ("origin_refused", "malformed_origin"): "malformed_origin",
        ("origin_refused", "insecure_origin"): "insecure_origin",
        ("origin_refused", "settings_invalid"): "settings_invalid",
        ("missing_token", "no_token"): "no_token",
        ("missing_token", "cookie_ignored"): "no_token",
        ("missing_token", "unknown_scheme"): "no_token",
        ("missing_token", "authentication_off"): "authentication_off",
        ("token_in_url", "url_tokens"): "url_tokens",
        ("token_in_url", "by_browser"): "no_token",
        ("token_in_url", "token_in_body"): "no_token",
        ("invalid_token", "unknown_token"): "unknown_token",
        ("invalid_token", "not_given_to_site"): "unknown_token",
        ("invalid_token", "malformed_token"): "unknown_token",
        ("invalid_token", "token_not_proven"): "unknown_token",
        ("invalid_token", "wrong_resource"): "unknown_token",
        **{("invalid_token", reason): _code_of(reason) for reason in REASONS},
        ("insufficient_scope", "scope_missing"): "scope_missing",
        ("insufficient_scope", "folder_holds_secrets"): "scope_missing",
        ("insufficient_scope", "hidden_or_secret"): None,
        ("insufficient_scope", "outside_folder"): None,
        ("insufficient_scope", "out_of_reach"): None,
        ("too_many_requests", "refused_often"): "unknown_token",
        ("not_across_origins", "no_login_check"): None,
        ("owner_only", "token_used"): None,
        ("owner_only", "not_navigated"): None,
    }
)
