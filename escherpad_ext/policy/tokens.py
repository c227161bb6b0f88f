"""Grant tokens: JSON Web Tokens (RFC 7519) in the profile of RFC 9068.

Pure: keys and the time are passed in. A valid signature is not enough: the registry must have the
grant, too.

``iss`` is the *install*: the owner's data directory, whose registry of grants holds a random id.
``aud`` says for which servers of that install the token is valid. A server is identified by its
root folder and base URL: only these stay the same after a restart and are known without a running
server. Ports and addresses change. ``aud`` is one of these:

- ``<iss>``, for any server of this owner with this data directory. This is the default of
  ``jupyter escherpad token create``.
- ``<iss>/<server>``, with a digest of the two facts, salted with the install.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from ..errors import TokenRefused
from .refusal_table import REFUSALS
from .secret import Secret
from .token_encoding import read_leniently, read_strictly

#: RFC 9068, section 2.1.
TYPE = "at+jwt"
#: The prefixes that mark a grant token.
ISSUER_PREFIX = "escherpad-ext:"
KEY_ID_PREFIX = "escherpad-"
#: ``client_id`` of tokens for scripts and programs, which are bound to no origin.
NO_ORIGIN = "none"

#: Every reason why a grant token is refused. Their texts are in :mod:`.refusal_table`.
REASONS = (
    "malformed",
    "wrong_install",
    "unknown_key",
    "bad_signature",
    "wrong_server",
    "not_yet_valid",
    "expired",
    "unknown_grant",
    "revoked",
    "wrong_origin",
    "key_unusable",
    "registry_unavailable",
)

_CLAIMS = frozenset({"iss", "aud", "sub", "client_id", "scope", "iat", "exp", "jti"})
# A folder that is no text must not become "all files".
_OPTIONAL = frozenset({"nbf", "folder", "program", "resource"})
_HEADER = {"alg": "HS256", "typ": TYPE}
# How the tokens that :func:`mint` makes begin, as far as whole characters say it.
_BEGIN = base64.b64encode(f'{{"alg":"HS256","kid":"{KEY_ID_PREFIX}'.encode())[:42].decode()
_GRANT_ID = re.compile(r"[0-9a-f]{32}")
_KEY_ID = re.compile(re.escape(KEY_ID_PREFIX) + r"[0-9a-f-]{1,64}")

Timestamp = float
Keys = Callable[[str], Secret]


class Claims(NamedTuple):
    """A token's claims. Times are whole seconds since 1970 (UTC).

    ``folder`` is the only folder that the token reaches; without it, it reaches all files.
    ``program`` is the program that the token was made for, None where it was made for none.
    ``resource`` is the path below the base URL at which alone the token is good, None for all.
    """

    issuer: str
    audience: str
    owner: str
    client: str
    scopes: frozenset[str]
    issued: int
    expires: int
    grant_id: str
    folder: str | None = None
    program: str | None = None
    resource: str | None = None


def issuer_of(install: str) -> str:
    """Return the ``iss`` of an install."""
    return ISSUER_PREFIX + install


def audience_of(install: str, server: str | None) -> str:
    """Return the ``aud`` for one server (of :func:`server_id`), or for any (None)."""
    return issuer_of(install) if server is None else f"{issuer_of(install)}/{server}"


def server_id(install: str, root_dir: str, base_url: str) -> str:
    """Return what identifies one of the owner's servers, also after a restart.

    A digest, because a token's holder can read it, and paths are private.
    """
    facts = json.dumps([install, root_dir, base_url.strip("/")])
    return hashlib.sha256(facts.encode()).hexdigest()[:32]


def mint(claims: Claims, key_id: str, key: Secret) -> str:
    """Return the signed token."""
    import jwt  # noqa: PLC0415 - takes a while, and most servers never see a token

    payload = {
        "iss": claims.issuer,
        "aud": claims.audience,
        "sub": claims.owner,
        "client_id": claims.client,
        "scope": " ".join(sorted(claims.scopes)),
        "iat": claims.issued,
        "exp": claims.expires,
        "jti": claims.grant_id,
        **({} if claims.folder is None else {"folder": claims.folder}),
        **({} if claims.program is None else {"program": claims.program}),
        **({} if claims.resource is None else {"resource": claims.resource}),
    }
    headers = {"kid": key_id, "typ": TYPE}
    return jwt.encode(payload, key.reveal(), algorithm="HS256", headers=headers)


def is_grant_token(text: str) -> bool:
    """Return whether a text looks like a grant token, valid or not. Nothing is verified.

    One mark is enough, so that a manipulated token never reaches another authenticator.
    Forging a mark gains nothing: a token that is not verified is refused.
    """
    if text.startswith(_BEGIN):  # so that most need not be decoded
        return True
    marks = (("kid", KEY_ID_PREFIX), ("iss", ISSUER_PREFIX))
    return any(
        name == mark and isinstance(value, str) and value.startswith(prefix)
        for name, value in read_leniently(text)
        for mark, prefix in marks
    )


def verify(
    text: str, *, keys: Keys, install: str | None, server: str | None, now: Timestamp
) -> Claims:
    """Return the claims of a token that this install signed for this server.

    ``keys`` returns the key of a ``kid``, or raises TokenRefused or KeyUnusable; ``install`` is
    None where there is none yet, ``server`` is the :func:`server_id` of this server.
    Raises TokenRefused with one reason. There is no leeway: one clock signs and verifies.
    """
    try:
        header, payload = read_strictly(text)
    except ValueError:
        raise refused("malformed") from None
    key_id = _key_id(header)
    if install is None or payload.get("iss") != issuer_of(install):
        raise refused("wrong_install")
    _check_signature(text, keys(key_id))
    claims = _claims(payload)
    if claims.audience not in {audience_of(install, None), audience_of(install, server)}:
        raise refused("wrong_server")
    _check_not_before(payload.get("nbf", claims.issued), now)
    check_times(claims, now)
    return claims


def check_times(claims: Claims, now: Timestamp) -> None:
    """Raise TokenRefused before ``iat``, and from the very second of ``exp`` (RFC 7519, 4.1.4)."""
    _check_not_before(claims.issued, now)
    if now >= claims.expires:
        raise refused("expired")


def refused(reason: str) -> TokenRefused:
    """Return the error for a reason of :data:`REASONS`."""
    return TokenRefused(REFUSALS["invalid_token", reason].sentence, code=reason)


def _key_id(header: Mapping[str, Any]) -> str:
    """Return the ``kid``; raises TokenRefused for a header that is not exactly ours.

    This shuts out ``alg: none``, other algorithms, ``crit``, and keys that travel with the
    token: ``jwk``, ``jku``, ``x5u`` (RFC 8725, sections 2.1 and 3.1).
    """
    key_id = header.get("kid")
    if {**header, "kid": ""} != {**_HEADER, "kid": ""} or not isinstance(key_id, str):
        raise refused("malformed")
    if not _KEY_ID.fullmatch(key_id):
        raise refused("malformed")
    return key_id


def _check_signature(text: str, key: Secret) -> None:
    import jwt  # noqa: PLC0415

    try:
        jwt.PyJWS().decode(text, key.reveal(), algorithms=["HS256"])
    except jwt.InvalidSignatureError:
        reason = "bad_signature"
    except jwt.PyJWTError:
        reason = "malformed"
    else:
        return
    raise refused(reason)


def _claims(payload: Mapping[str, Any]) -> Claims:
    """Return the claims; raises TokenRefused unless all are there, and of their type."""
    texts = [payload.get(name) for name in ("iss", "aud", "sub", "client_id", "scope", "jti")]
    texts += [payload[name] for name in ("folder", "program", "resource") if name in payload]
    times = [payload.get(name) for name in ("iat", "exp")]
    if set(payload) - _OPTIONAL != _CLAIMS or not all(isinstance(t, str) and t for t in texts):
        raise refused("malformed")
    # Not isinstance: True is an int, and 1e3 is not.
    if any(type(time) is not int for time in times) or not _GRANT_ID.fullmatch(payload["jti"]):
        raise refused("malformed")
    return Claims(
        issuer=payload["iss"],
        audience=payload["aud"],
        owner=payload["sub"],
        client=payload["client_id"],
        scopes=frozenset(payload["scope"].split(" ")),
        issued=payload["iat"],
        expires=payload["exp"],
        grant_id=payload["jti"],
        folder=payload.get("folder"),
        program=payload.get("program"),
        resource=payload.get("resource"),
    )


def _check_not_before(time: object, now: Timestamp) -> None:
    if type(time) is not int:
        raise refused("malformed")
    if now < time:
        raise refused("not_yet_valid")
