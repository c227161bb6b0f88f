"""The refusals of tokens that are not accepted: rows of :mod:`.refusal_table`. Pure."""

from __future__ import annotations

from .refusal_row import ALLOW_ORIGIN, Row

_ANOTHER = "Ask for another token."
_LATER = "Tell the person, and try again later."

#: By reason.
INVALID_TOKEN = {
    "unknown_token": Row(
        "Unknown token", "The token is not one that this server accepts.", _ANOTHER
    ),
    "not_given_to_site": Row(
        "Token of someone else",
        "This site may use only the token that it received on the connect page.",
        "Send the token from the connect page.",
        ALLOW_ORIGIN,
    ),
    "malformed_token": Row(
        "Malformed subprotocol",
        "The token subprotocol must be offered once, its token percent-encoded.",
        "Offer the subprotocol once.",
    ),
    "token_not_proven": Row(
        "Token not proven",
        "This server's identity provider did not say that it was the token that identified "
        "the caller.",
        "Use a grant token.",
    ),
    # Of grant tokens: policy/tokens.py lists these reasons.
    "malformed": Row(
        "Damaged token",
        "The token is damaged, or not made by this server's software.",
        _ANOTHER,
    ),
    "wrong_install": Row(
        "Token of another installation",
        "The token was made by another installation.",
        "Ask for another token: this one is from another machine, or the owner started with a "
        "new registry.",
    ),
    "unknown_key": Row(
        "Unknown key", "The key that signed the token is unknown here or was deleted.", _ANOTHER
    ),
    "bad_signature": Row("Bad signature", "The token's signature is wrong.", _ANOTHER),
    "wrong_server": Row(
        "Token for another server",
        "The token is valid only for another server of the same owner.",
        "Ask for a token for this server.",
    ),
    "not_yet_valid": Row(
        "Token not valid yet",
        "The token is not valid yet: its time or this server's clock is wrong.",
        "Wait, or report that a clock is wrong.",
    ),
    "expired": Row("Token expired", "The token has expired. Connect again.", _ANOTHER),
    "unknown_grant": Row(
        "Unknown grant", "The grant behind the token does not exist here.", _ANOTHER
    ),
    "revoked": Row(
        "Token revoked", "The owner has revoked the token.", "Stop, and ask the person."
    ),
    "wrong_origin": Row(
        "Token for another origin",
        "The token is valid only from another origin.",
        "Stop: the token belongs to another application.",
    ),
    "wrong_resource": Row(
        "Token for another path",
        "The token is valid only below another path of this server.",
        "Ask for a token for this path.",
    ),
    "key_unusable": Row(
        "Signing key unusable",
        "This server's signing key is not safe to use; its log says why.",
        _LATER,
    ),
    "registry_unavailable": Row(
        "Grants unavailable", "This server cannot check its grants now; its log says why.", _LATER
    ),
}
