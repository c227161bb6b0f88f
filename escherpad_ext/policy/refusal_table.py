"""Every refusal that the server answers, as one table. Pure.

Code names a refusal by its error and reason, as in ``refuse("missing_token", "no_token")``. The
answer, the log, ``check`` and docs/wire.md read the rest here.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from .refusal_row import ALLOW_ORIGIN, Row
from .refused_tokens import INVALID_TOKEN

_HEADER = "Send the token in the Authorization header."

_ORIGIN_REFUSED = {
    "origin_not_listed": Row(
        "Origin not allowed",
        "This Jupyter server does not allow this origin.",
        "The owner adds the origin to allowed_origins.",
        ALLOW_ORIGIN,
    ),
    "null_origin": Row(
        "Null origin",
        'The origin "null" (a file, a sandboxed frame, a data: URL) can never be allowed. '
        "Serve the page over https or from localhost.",
        "Serve the page over https or from localhost.",
    ),
    "malformed_origin": Row(
        "Malformed origin",
        "The Origin header is not one that a browser sends.",
        "Send the Origin header as browsers do.",
    ),
    "insecure_origin": Row(
        "Insecure origin",
        "This Jupyter server does not allow insecure (http) origins other than localhost. "
        "Serve the page over https.",
        "Serve the page over https.",
        ALLOW_ORIGIN,
    ),
    "settings_invalid": Row(
        "Wrong setting",
        "This Jupyter server refuses all other origins until a mistake in its settings is "
        "fixed; its log names it.",
        "The owner corrects the setting. The server's log says what to write instead.",
    ),
}
_MISSING_TOKEN = {
    "no_token": Row(
        "No token",
        "Send the token in the header: Authorization: Bearer <token> "
        "(on a WebSocket, as the subprotocol v1.token.websocket.jupyter.org.<token>).",
        _HEADER,
    ),
    "cookie_ignored": Row(
        "Cookie ignored",
        "Cookies do not count across origins. Send the token in the header: "
        "Authorization: Bearer <token>.",
        _HEADER,
        'c.EscherpadExt.public_url = "{origin}", if that is this server itself, behind a proxy',
    ),
    "unknown_scheme": Row(
        "Unknown scheme",
        "The Authorization header must read Bearer <token> or token <token>.",
        "Send Authorization: Bearer <token>.",
    ),
    "authentication_off": Row(
        "Authentication switched off",
        "Authentication is switched off on this server, so no token can be right. Other "
        "origins need one: the owner has to set IdentityProvider.token.",
        "The owner sets IdentityProvider.token.",
        'c.IdentityProvider.token = "<a secret of your own>"',
    ),
}
_TOKEN_IN_URL = {
    "url_tokens": Row(
        "Token in the URL",
        "A token in the URL does not count here. Send it in the header: "
        "Authorization: Bearer <token> (on a WebSocket, as the subprotocol "
        "v1.token.websocket.jupyter.org.<token>).",
        _HEADER,
        'c.EscherpadExt.url_tokens = "always"',
    ),
    "by_browser": Row(
        "Token in a browser's address",
        "A grant token in the URL does not count where a browser opens it, because an app could "
        "have sent the browser there. Send it in the header: Authorization: Bearer <token>.",
        _HEADER,
    ),
    "token_in_body": Row(
        "Token in the body",
        "A token in the body does not count. Send it in the header: Authorization: Bearer <token>.",
        _HEADER,
    ),
}
_INSUFFICIENT_SCOPE = {
    "scope_missing": Row(
        "Scope missing",
        "The token was given for less than this request needs; scope says what is missing.",
        "Ask for a token with that scope.",
    ),
    "folder_holds_secrets": Row(
        "Folder with secrets",
        "This server's folder holds Jupyter's own secrets, so that files are only for tokens "
        "that may run code anyway.",
        "The owner starts the server in another folder.",
    ),
    "hidden_or_secret": Row(
        "Hidden or secret file",
        "Hidden files, files outside the server's folder and Jupyter's own secrets are only "
        "for tokens that may run code anyway.",
        "Ask for a scope that may run code, such as kernels:execute.",
    ),
    "outside_folder": Row(
        "Outside the folder",
        "The token is for one folder, and this request is not known to stay in it.",
        "Ask for a token without a folder.",
    ),
    "out_of_reach": Row(
        "Out of reach",
        "No grant token reaches this, whatever its scopes.",
        "Leave this to the owner.",
    ),
}
_TOO_MANY_REQUESTS = {
    "refused_often": Row(
        "Refused too often",
        "This server refused the token many times in a row, and looks at it again when the "
        "seconds in Retry-After have passed.",
        "Wait that long, or send another token.",
    ),
}
_NOT_ACROSS_ORIGINS = {
    "no_login_check": Row(
        "No login check",
        "This address does not check who calls it, so it cannot be changed from another origin.",
        "Call it from the server's own pages.",
    ),
}
_OWNER_ONLY = {
    "token_used": Row(
        "Owner only",
        "This page is for the server's owner, logged in with a browser. No token counts here.",
        "The owner opens the page in a browser and logs in.",
    ),
    "not_navigated": Row(
        "Not opened in a tab",
        "Open this page directly in a tab; it can't be fetched, framed or submitted from "
        "elsewhere.",
        "Open the page in a tab.",
    ),
}

# By error: the HTTP status, and the rows by reason. 401 is where a (better) token would help.
_ERRORS = {
    "origin_refused": (403, _ORIGIN_REFUSED),
    "missing_token": (401, _MISSING_TOKEN),
    "token_in_url": (401, _TOKEN_IN_URL),
    "invalid_token": (401, INVALID_TOKEN),
    "insufficient_scope": (403, _INSUFFICIENT_SCOPE),
    "too_many_requests": (429, _TOO_MANY_REQUESTS),
    "not_across_origins": (403, _NOT_ACROSS_ORIGINS),
    "owner_only": (403, _OWNER_ONLY),
}

#: The HTTP status of each error.
STATUS: Mapping[str, int] = MappingProxyType(
    {error: status for error, (status, _) in _ERRORS.items()}
)
#: Every (error, reason) that can be answered.
REFUSALS: Mapping[tuple[str, str], Row] = MappingProxyType(
    {(error, reason): row for error, (_, rows) in _ERRORS.items() for reason, row in rows.items()}
)
