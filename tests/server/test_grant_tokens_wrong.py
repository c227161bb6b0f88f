"""A grant token, presented in every wrong way: 401 with the reason, and nobody else.

The owner's cookies come along with each request, and authenticators that know everybody are on the
server: none of them may be asked once a grant token was shown.
"""

from __future__ import annotations

import base64
import hmac
import json
import time
from urllib.parse import quote

import pytest
from jupyter_server.auth import Authorizer
from support.constants import ALLOWED, REFUSED, TOKEN
from support.server import identity_providers
from support.wire import ask, shake_hands

from escherpad_ext.grants import GrantRequest, Issuer, Server

OTHER = "https://other.example.com"
PROTOCOL = "v1.token.websocket.jupyter.org"


@pytest.fixture
def escherpad_config():
    return {"allowed_origins": [ALLOWED, OTHER]}


def encode(found: object) -> str:
    text = found if isinstance(found, bytes) else json.dumps(found).encode()
    return base64.urlsafe_b64encode(text).rstrip(b"=").decode()


def parts(token: str) -> tuple[dict, dict, str]:
    header, payload, signature = token.split(".")
    decoded = [json.loads(base64.urlsafe_b64decode(part + "==")) for part in (header, payload)]
    return decoded[0], decoded[1], signature


def sign(header: dict, payload: dict, key: bytes, digest: str = "sha256") -> str:
    text = f"{encode(header)}.{encode(payload)}"
    return f"{text}.{encode(hmac.new(key, text.encode(), digest).digest())}"


def key_of(issuer: Issuer, token: str) -> bytes:
    return issuer.keys.find(parts(token)[0]["kid"]).reveal()


def flip(text: str, at: int) -> str:
    return text[:at] + ("A" if text[at] != "A" else "B") + text[at + 1 :]


def forgeries(token: str, issuer: Issuer) -> dict[str, tuple[str, set[str]]]:
    """Return tokens that somebody made of a good one, and the reasons that may be told."""
    header, payload, signature = parts(token)
    head, body, _ = token.split(".")
    key = key_of(issuer, token)
    malformed, wrong = {"malformed"}, {"bad_signature"}
    more = {**payload, "scope": "full"}
    kid = header["kid"]
    asymmetric = {**header, "alg": "RS256"}
    none = {**header, "alg": "none"}
    twice = json.dumps(payload)[:-1].encode() + b', "scope": "full"}'
    return {
        "header": (f"{flip(head, 6)}.{body}.{signature}", malformed | wrong | {"unknown_key"}),
        "payload": (f"{head}.{flip(body, 12)}.{signature}", malformed | wrong),
        "signature": (f"{head}.{body}.{flip(signature, 3)}", wrong),
        "no signature": (f"{head}.{body}.", malformed),
        "two parts": (f"{head}.{body}", malformed),
        "four parts": (f"{token}.{signature}", malformed),
        "more scopes": (f"{head}.{encode(more)}.{signature}", wrong),
        "alg none": (f"{encode(none)}.{encode(more)}.", malformed),
        "alg none, signed": (f"{encode(none)}.{encode(more)}.{signature}", malformed),
        "alg None": (f"{encode({**header, 'alg': 'nOnE'})}.{encode(more)}.", malformed),
        "other key": (sign(header, payload, b"k" * 32), wrong),
        "empty key": (sign(header, payload, b""), wrong),
        "the name of the key as key": (sign(header, payload, kid.encode()), wrong),
        "the server's token as key": (sign(header, payload, TOKEN.encode()), wrong),
        "HS512": (sign({**header, "alg": "HS512"}, payload, key, "sha512"), malformed),
        "RS256, signed as HS256": (sign(asymmetric, payload, key), malformed),
        "kid of a path": (sign({**header, "kid": "../../keys/x"}, payload, key), malformed),
        "kid of a path of ours": (
            sign({**header, "kid": f"escherpad-/../{kid}"}, payload, key),
            malformed,
        ),
        "kid of nothing": (
            sign({**header, "kid": "escherpad-00-00"}, payload, key),
            {"unknown_key"},
        ),
        "kid of SQL": (sign({**header, "kid": "escherpad-' OR 1=1"}, payload, key), malformed),
        "kid of /dev/null": (sign({**header, "kid": "/dev/null"}, payload, b""), malformed),
        "no kid": (sign({"alg": "HS256", "typ": "at+jwt"}, payload, key), malformed),
        "own key along": (
            sign({**header, "jwk": {"kty": "oct", "k": "a2s"}}, payload, b"kk"),
            malformed,
        ),
        "key by address": (sign({**header, "jku": f"{REFUSED}/jwks"}, payload, b"kk"), malformed),
        "crit": (sign({**header, "crit": ["x"]}, payload, key), malformed),
        "other type": (sign({**header, "typ": "JWT"}, payload, key), malformed),
        "other grant": (sign(header, {**payload, "jti": "0" * 32}, key), {"unknown_grant"}),
        "other scopes, right key": (sign(header, more, key), {"unknown_grant"}),
        "other origin, right key": (
            sign(header, {**payload, "client_id": OTHER}, key),
            {"unknown_grant"},
        ),
        "no origin, right key": (
            sign(header, {**payload, "client_id": "none"}, key),
            {"unknown_grant"},
        ),
        "later end, right key": (
            sign(header, {**payload, "exp": payload["exp"] + 9}, key),
            {"unknown_grant"},
        ),
        "no end": (sign(header, {k: v for k, v in payload.items() if k != "exp"}, key), malformed),
        "end of text": (sign(header, {**payload, "exp": "9999999999"}, key), malformed),
        "endless": (sign(header, {**payload, "exp": 1e999}, key), malformed),
        "before its time": (
            sign(header, {**payload, "iat": payload["iat"] + 600}, key),
            {"not_yet_valid"},
        ),
        "not before": (
            sign(header, {**payload, "nbf": payload["iat"] + 600}, key),
            {"not_yet_valid"},
        ),
        "other install": (
            sign(header, {**payload, "iss": "escherpad-ext:" + "0" * 32}, key),
            {"wrong_install"},
        ),
        "other server": (
            sign(header, {**payload, "aud": payload["iss"] + "/" + "0" * 32}, key),
            {"wrong_server"},
        ),
        "audience of two": (
            sign(header, {**payload, "aud": [payload["aud"], "x"]}, key),
            malformed,
        ),
        "oversized": (sign(header, {**payload, "pad": "x" * 9000}, key), malformed),
        "twice": (f"{token},{token}", malformed),
        "another beside it": (f"{token}, Bearer {TOKEN}", malformed),
        "another before it": (f"{TOKEN}, Bearer {token}", malformed),
        "spaces": (f"{head}. {body}.{signature}", malformed),
        "padded": (f"{head}=.{body}=.{signature}=", malformed),
        "in quotes": (f'"{token}"', malformed),
        "name twice": (f"{head}.{encode(twice)}.{signature}", malformed | wrong),
    }


@pytest.fixture
def cookies(jp_serverapp, http_server, jp_http_port, jp_base_url):
    """Return a function: the headers of the owner's own browser, which is logged in."""

    async def log_in():
        header = [("Authorization", f"token {jp_serverapp.identity_provider.token}")]
        answer = await ask(jp_http_port, "GET", f"{jp_base_url}api/me", header)
        found = "; ".join(value.partition(";")[0] for value in answer.all("Set-Cookie"))
        return [("Cookie", found)] if found else []

    return log_in


@pytest.fixture
def present(jp_http_port, jp_base_url, cookies):
    """Return a function that shows a token in the header, with the owner's cookies beside it."""

    async def send(token, *, origin=ALLOWED, method="GET", path="api/contents", scheme="Bearer"):
        headers = [("Origin", origin)] if origin else []
        headers += [*(await cookies()), ("Authorization", f"{scheme} {token}")]
        return await ask(jp_http_port, method, jp_base_url + path, headers)

    return send


def check_refused(answer, reasons, what=""):
    """Fail unless this is the 401 of a grant token that is wrong for one of these reasons."""
    refusal = answer.refusal()
    assert (answer.status, refusal and refusal[0]) == (401, "invalid_token"), (what, answer)
    assert refusal[1] in reasons, (what, refusal)
    assert answer.get("WWW-Authenticate").startswith('Bearer error="invalid_token"')
    assert not answer.all("Set-Cookie")


async def check_all(present, give, issuer):
    """Present all forgeries from the right origin and without one; then the good one."""
    for origin, grant_origin in [(ALLOWED, ALLOWED), (None, "none")]:
        _, token = give("view", origin=grant_origin)
        for what, (forged, reasons) in forgeries(token, issuer).items():
            if what.endswith("right key") and parts(forged)[1] == parts(token)[1]:
                continue  # it says the same
            answer = await present(forged, origin=origin)
            check_refused(answer, reasons, (what, origin))
        assert (await present(token, origin=origin)).status == 200


PROVIDERS = [
    {},
    {"allow_unauthenticated_access": False},
    {"identity_provider_class": identity_providers.Everybody},
    {"identity_provider_class": identity_providers.RemoteUserOrToken},
    {"identity_provider_class": identity_providers.Liar},
]


@pytest.mark.filterwarnings("ignore:Extension endpoints without @allow_unauthenticated")
@pytest.mark.parametrize("server_config", [{"ServerApp": found} for found in PROVIDERS])
async def test_forged_tokens(present, give, issuer, http_server):
    """Tampered, unsigned, signed otherwise: the reason is told, and no cookie helps.

    Nor does an identity provider that would let everybody in: it never sees a grant token.
    """
    await check_all(present, give, issuer)


OFF = {"IdentityProvider": {"token": ""}, "ServerApp": {"token": ""}}


@pytest.mark.parametrize("server_config", [OFF])
async def test_authentication_switched_off(present, give, issuer, jp_serverapp, http_server):
    """A server without login still refuses a grant token that is wrong, or given for less."""
    assert not jp_serverapp.identity_provider.auth_enabled
    await check_all(present, give, issuer)
    _, token = give("view", origin="none")
    answer = await present(token, origin=None, method="POST", path="api/kernels")
    assert answer.refusal() == ("insufficient_scope", "scope_missing")


async def test_origins(present, give, http_server, jp_http_port):
    """Good from its origin only: not from another that is allowed, not from none, not from home."""
    own = f"http://localhost:{jp_http_port}"
    _, bound = give("full")
    _, script = give("full", origin="none")
    for origin in (OTHER, None, own):
        check_refused(await present(bound, origin=origin), {"wrong_origin"}, origin)
    for origin in (ALLOWED, OTHER):
        check_refused(await present(script, origin=origin), {"wrong_origin"}, origin)
    for origin in (None, own):
        assert (await present(script, origin=origin)).status == 200


SPELLINGS = [
    f"{ALLOWED}:443",
    f"{ALLOWED}/",
    f"{ALLOWED}.",
    ALLOWED.upper(),
    ALLOWED.replace("https", "http"),
    ALLOWED.replace("https", "HTTPS"),
    ALLOWED.replace("app", "APP"),
    ALLOWED.replace("app", "%61pp"),
    ALLOWED.replace("app", "app\u00ad"),
    ALLOWED.replace("://", "://user@"),
    f"{ALLOWED}#x",
    f"{ALLOWED} {ALLOWED}",
    f"{ALLOWED},{ALLOWED}",
    f"{ALLOWED}\t",
    f"{ALLOWED}:8443",
    "none",
    "null",
    "None",
    "",
]


@pytest.mark.parametrize(
    "escherpad_config", [{"allowed_origins": [ALLOWED]}, {"allowed_origins": ["*"]}]
)
async def test_spellings_of_the_origin(present, give, http_server, escherpad_config):
    """Byte by byte the one it was given to, also on a server that lets any origin call."""
    anybody = escherpad_config["allowed_origins"] == ["*"]
    for grant_origin in (ALLOWED, "none"):
        _, token = give("full", origin=grant_origin)
        for origin in SPELLINGS:
            if origin.strip() in {ALLOWED}:
                continue  # white space around a header's value is no part of it
            answer = await present(token, origin=origin or "\x20")
            error = (answer.refusal() or ("", ""))[0]
            assert error in {"origin_refused", "invalid_token"}, (origin, anybody, answer)


async def test_two_origins(give, http_server, jp_http_port, jp_base_url):
    """Two lines are no origin, and the old name counts only where the new one is missing."""
    _, token = give("full")
    header = ("Authorization", f"Bearer {token}")
    for first, second in [(ALLOWED, OTHER), (OTHER, ALLOWED), (ALLOWED, ALLOWED)]:
        headers = [("Origin", first), ("Origin", second), header]
        answer = await ask(jp_http_port, "GET", f"{jp_base_url}api/contents", headers)
        assert answer.refusal()[0] == "origin_refused"
    headers = [("Origin", OTHER), ("Sec-WebSocket-Origin", ALLOWED), header]
    answer = await ask(jp_http_port, "GET", f"{jp_base_url}api/contents", headers)
    assert answer.refusal() == ("invalid_token", "wrong_origin")


async def test_times(present, give, issuer, http_server):
    """Over from its last second on, and not good before its first."""
    now = time.time()
    for lifetime, made in [(3600, now - 3600), (3600, now - 3601), (1, now - 1)]:
        _, token = give("view", lifetime=lifetime, now=made)
        check_refused(await present(token), {"expired"})
    _, token = give("view", now=now + 60)
    check_refused(await present(token), {"not_yet_valid"})
    _, token = give("view", lifetime=30, now=now - 1)
    assert (await present(token)).status == 200


async def test_revoked(present, give, issuer, http_server):
    """At the very next request, though the token was proven a moment ago."""
    grant, token = give("view")
    assert (await present(token)).status == 200
    issuer.registry.revoke(grant.id, time.time())
    check_refused(await present(token), {"revoked"})


async def test_other_servers_and_installs(
    present, give, http_server, tmp_path, jp_serverapp, jp_root_dir
):
    """Made for another folder, another base URL, by another install: not good here."""
    base = jp_serverapp.base_url
    here = Server.at(str(jp_root_dir), base)
    assert (await present(give("view", server=here)[1])).status == 200
    for other in (Server.at(str(tmp_path), base), Server.at(str(jp_root_dir), "/other/")):
        check_refused(await present(give("view", server=other)[1]), {"wrong_server"})
    elsewhere = Issuer(tmp_path / "another install")
    try:
        give("view")  # there is an install here, too
        now = int(time.time())
        made = GrantRequest(ALLOWED, frozenset({"full"}), "ana", now, now + 99)
        _, token = elsewhere.issue(made)
    finally:
        elsewhere.close()
    check_refused(await present(token), {"wrong_install"})


# ServerUrls


async def test_places_where_no_token_counts(give, http_server, jp_http_port, jp_base_url, cookies):
    """In the URL, the body, a cookie, HTTP's own subprotocol: never served, cookies or not."""
    _, bound = give("full")
    _, script = give("full", origin="none")
    form = ("Content-Type", "application/x-www-form-urlencoded")
    for origin, token in [(ALLOWED, bound), (None, script)]:
        start = [("Origin", origin)] if origin else []
        headers = [*start, *(await cookies())]
        path = f"{jp_base_url}api/contents"
        for query in (f"token={token}", f"a=b&tok%65n={token}", f"token={token}&token={TOKEN}x"):
            browser = [] if origin else [("Sec-Fetch-Site", "none"), ("Sec-Fetch-Mode", "navigate")]
            answer = await ask(jp_http_port, "GET", f"{path}?{query}", [*headers, *browser])
            reason = "url_tokens" if origin else "by_browser"
            assert answer.refusal() == ("token_in_url", reason), (origin, query, answer)
        answer = await ask(jp_http_port, "POST", path, [*start, form], f"token={token}".encode())
        assert answer.status in {401, 403}
        if origin:
            assert answer.refusal() == ("token_in_url", "token_in_body")
        for name in ("token", "access_token", "Authorization", "username-localhost"):
            answer = await ask(jp_http_port, "GET", path, [*start, ("Cookie", f"{name}={token}")])
            assert answer.status in {401, 403}, (origin, name, answer)
        offered = ("Sec-WebSocket-Protocol", f"{PROTOCOL}, {PROTOCOL}.{token}")
        answer = await ask(jp_http_port, "GET", path, [*start, offered])
        assert answer.status in {401, 403}, (origin, answer)


async def test_a_token_in_the_body_does_not_count_as_the_cookie(
    give, http_server, jp_http_port, jp_base_url, cookies, jp_root_dir
):
    """Shown in the body, on the server's own origin, beside the owner's cookies: still a token."""
    _, script = give("view", origin="none")
    mine = await cookies()
    page = [("Authorization", f"token {TOKEN}")]
    xsrf = await ask(jp_http_port, "GET", f"{jp_base_url}nowhere", page)
    fields = [
        value.partition(";")[0] for value in xsrf.all("Set-Cookie") if value.startswith("_xsrf=")
    ]
    value = fields[0].removeprefix("_xsrf=")
    headers = [("Cookie", f"{mine[0][1]}; _xsrf={value}"), ("X-XSRFToken", value)]
    headers.append(("Content-Type", "application/x-www-form-urlencoded"))
    path = f"{jp_base_url}api/contents/x/checkpoints"
    control = await ask(jp_http_port, "POST", path, headers, b"a=b")
    assert control.status not in {401, 403}, "the control: the cookies are good"
    answer = await ask(jp_http_port, "POST", path, headers, f"token={script}".encode())
    assert answer.status in {401, 403}, answer


SOCKET = "api/events/subscribe"


async def test_subprotocols(give, http_server, jp_http_port, jp_base_url, cookies):
    """On a WebSocket it counts as the header does: from its origin, once, or else not at all."""
    _, bound = give("run")
    _, script = give("run", origin="none")
    path, mine = f"{jp_base_url}{SOCKET}", await cookies()

    def offer(*tokens):
        text = ", ".join([PROTOCOL, *(f"{PROTOCOL}.{quote(token, safe='')}" for token in tokens)])
        return ("Sec-WebSocket-Protocol", text)

    async def shake(origin, *headers):
        start = [("Origin", origin)] if origin else []
        return await shake_hands(jp_http_port, path, [*start, *mine, *headers])

    assert (await shake(ALLOWED, offer(bound))).status == 101
    for origin, token in [(OTHER, bound), (ALLOWED, script)]:
        check_refused(await shake(origin, offer(token)), {"wrong_origin"})
    for tokens in [(bound, bound), (bound, TOKEN), (TOKEN, bound)]:
        check_refused(await shake(ALLOWED, offer(*tokens)), {"malformed_token"})
    header = ("Authorization", f"Bearer {bound}")
    assert (await shake(ALLOWED, header, offer("x.y.z"))).status == 101  # the header goes first
    wrong = ("Authorization", f"Bearer {flip(bound, 40)}")
    check_refused(await shake(ALLOWED, wrong, offer(bound)), {"malformed", "bad_signature"})
    check_refused(await shake(ALLOWED, wrong, offer(TOKEN)), {"malformed", "bad_signature"})


async def test_a_subprotocol_at_home_does_not_count_as_the_cookie(
    give, http_server, jp_http_port, jp_base_url, cookies
):
    """Without an origin, or from the own one: wrong is wrong, whatever comes along."""
    own = f"http://localhost:{jp_http_port}"
    grant_less, mine = give("view", origin="none")[1], await cookies()
    for token in (give("run")[1], grant_less, flip(grant_less, 40)):
        offered = ("Sec-WebSocket-Protocol", f"{PROTOCOL}, {PROTOCOL}.{token}")
        for start in ([], [("Origin", own)]):
            headers = [*start, *mine, offered]
            answer = await shake_hands(jp_http_port, f"{jp_base_url}{SOCKET}", headers)
            assert answer.status in {401, 403}, (start, answer)


@pytest.mark.parametrize(
    "escherpad_config", [{"allowed_origins": [ALLOWED], "url_tokens": "always"}]
)
async def test_a_script_s_token_is_of_no_use_to_a_page(
    give, http_server, jp_http_port, jp_base_url, jp_root_dir
):
    """A page that has got hold of it puts it into the address of an image: nobody's either."""
    (jp_root_dir / "x.svg").write_text("<svg/>")
    _, script = give("full", origin="none")
    image = [
        ("Sec-Fetch-Site", "cross-site"),
        ("Sec-Fetch-Mode", "no-cors"),
        ("Sec-Fetch-Dest", "image"),
    ]
    path = f"{jp_base_url}files/x.svg?token={script}"
    answer = await ask(jp_http_port, "GET", path, image)
    assert answer.status in {302, 401, 403}
    assert b"<svg" not in answer.body


# The server's own authorizer


class Says(Authorizer):
    """Says what the test wants, and remembers who was judged."""

    says: object = True

    def is_authorized(self, handler, user, action, resource):
        self.judged = (user.username, action, resource)
        if isinstance(self.says, Exception):
            raise self.says
        return self.says


@pytest.mark.parametrize("server_config", [{"ServerApp": {"authorizer_class": Says}}])
@pytest.mark.parametrize(("says", "status"), [(True, 201), (False, 403), (RuntimeError("x"), 500)])
async def test_the_server_s_own_authorizer_has_the_last_word(
    present, give, jp_serverapp, http_server, jp_root_dir, says, status
):
    """It is asked after the scopes, knows the grant by its user, and its no is a no."""
    authorizer = jp_serverapp.authorizer
    authorizer.says = says
    grant, token = give("edit")
    path = "api/contents?type=directory"
    answer = await present(token, method="POST", path=path)
    assert answer.status == status
    assert authorizer.judged == (f"grant-{grant.id}", "write", "contents")
    assert len([p for p in jp_root_dir.iterdir() if "ntitled" in p.name]) == (status == 201)
