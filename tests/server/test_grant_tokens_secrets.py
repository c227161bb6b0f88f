"""No token, key or hash of one in a log, a page, a setting, a traceback, or an argument."""

from __future__ import annotations

import base64
import hashlib
import logging
import re

import psutil
import pytest
from jupyter_server import version_info
from jupyter_server.base.handlers import JupyterHandler
from support.constants import ALLOWED, REFUSED, TOKEN
from support.server import other_extension
from support.server_process import Server, extension_config
from support.wire import ask, shake_hands
from tornado.web import HTTPError, authenticated

from escherpad_ext.grants import GrantRequest, Issuer
from escherpad_ext.policy import scopes

PROTOCOL = "v1.token.websocket.jupyter.org"
STATUSES = (200, 302, 304, 400, 403, 404, 405, 409, 500, 503)


# Before this version core logs the ``Referer`` with the token in it (GHSA-c3mw-737p-c7g2).
logs_no_referer = pytest.mark.skipif(
    version_info < (2, 21), reason="Install jupyter_server 2.21: older ones log the Referer."
)


def spellings(secret: bytes) -> set[str]:
    """Return how a secret, or a digest of it, might be written."""
    found = {secret}
    for digest in (hashlib.sha256, hashlib.sha1, hashlib.md5, hashlib.blake2b):
        found.add(digest(secret).digest())
    texts = {part.hex() for part in found}
    texts |= {base64.b64encode(part).decode().rstrip("=") for part in found}
    texts |= {base64.urlsafe_b64encode(part).decode().rstrip("=") for part in found}
    return texts | {repr(secret)[2:-1]}


def secrets_of(token: str, issuer: Issuer) -> set[str]:
    """Return what may be read nowhere: the token, its parts, its key, and digests of them."""
    (key_file,) = issuer.keys._folder.glob("*.key")
    key = issuer.keys.find(key_file.stem).reveal()
    stored = key_file.read_text().strip()
    found = spellings(token.encode()) | spellings(key) | {stored, token}
    return found | set(token.split(".")[1:])


def held(text: str, secrets: set[str]) -> list[str]:
    return [secret[:12] for secret in secrets if secret in text]


class StatusOfFiles(JupyterHandler):
    """Answers with any status, and declares a resource that every bundle but one may read."""

    auth_resource = "contents"

    @authenticated
    async def get(self, status: str) -> None:
        if status == "500":
            raise RuntimeError("a mistake")
        if int(status) >= 400:
            raise HTTPError(int(status))
        self.set_status(int(status))


@pytest.fixture
def others(jp_serverapp, http_server):
    other_extension.mount(jp_serverapp)
    base = jp_serverapp.base_url
    jp_serverapp.web_app.add_handlers(".*$", [(base + r"of-files/(\d+)", StatusOfFiles)])


@pytest.fixture
def everything_logged(caplog):
    for name in ("", "ServerApp", "tornado", "asyncio", "EscherpadExt"):
        caplog.set_level(logging.DEBUG, name)
    return caplog


async def test_no_page_and_no_log_tells_a_secret(
    others, give, issuer, call, jp_http_port, jp_base_url, everything_logged, jp_serverapp
):
    """Every status, every bundle: pages, refusals, logs at whatever level, settings."""
    secrets, answered = set(), set()
    for bundle in [*scopes.BUNDLES, "outputs:read"]:
        _, token = give(bundle)
        secrets |= secrets_of(token, issuer)
        paths = [f"of-files/{status}" for status in STATUSES]
        paths += [f"other/status/{status}" for status in STATUSES]
        paths += [
            "other/failing",
            "nowhere",
            "",
            "files/x",
            "view/x",
            "nbconvert/html/x",
            "login",
            "lab",
            "tree",
            "metrics",
        ]
        for path in paths:
            for method in ("GET", "POST"):
                answer = await call(method, path, origin=ALLOWED, token=token)
                text = answer.body.decode("latin-1") + str(answer.headers)
                answered.add((method, answer.code, "of-files" in path))
                assert not held(text, secrets | {TOKEN}), (bundle, method, path)
    assert {(("GET", status, True)) for status in STATUSES} <= answered
    assert not held(everything_logged.text, secrets)
    assert not any(held(str(record.__dict__), secrets) for record in everything_logged.records)
    assert len(everything_logged.records) > 100
    assert not held(str(jp_serverapp.web_app.settings), secrets)
    assert not held(str(vars(jp_serverapp)), secrets)


PLACES = ["header", "url", "encoded url", "subprotocol", "body", "referer", "cookie", "twice"]


def place(token: str, where: str) -> tuple[list[tuple[str, str]], str, bytes | None]:
    """Return headers, query and body that have a token somewhere."""
    header = ("Authorization", f"Bearer {token}")
    return {
        "header": ([header], "", None),
        "url": ([], f"?token={token}", None),
        "encoded url": ([], f"?a=1&tok%65n={token}&b=2", None),
        "subprotocol": ([("Sec-WebSocket-Protocol", f"{PROTOCOL}, {PROTOCOL}.{token}")], "", None),
        "body": ([], "", f"token={token}".encode()),
        "referer": ([header, ("Referer", f"{ALLOWED}/?token={token}")], "", None),
        "cookie": ([("Cookie", f"token={token}")], "", None),
        "twice": ([header, header], f"?token={token}", None),
    }[where]


@logs_no_referer
async def test_no_log_tells_a_token_wherever_it_was_sent(
    others, give, issuer, jp_http_port, jp_base_url, everything_logged
):
    """In every place, right, wrong or damaged, from whatever origin, also where a handler fails."""
    _, good = give("full")
    tokens = (good, good[:-4], good.replace(".", "..", 1))
    secrets = {part for token in tokens for part in (token, *token.split(".")) if len(part) > 20}
    for origin in (ALLOWED, REFUSED, None, f"http://localhost:{jp_http_port}"):
        for token in tokens:
            for where in PLACES:
                headers, query, body = place(token, where)
                headers += [("Origin", origin)] if origin else []
                for path in (
                    "api/contents",
                    "other/failing",
                    "nowhere",
                    "other/jupyter-socket",
                    "other/failing-socket",
                ):
                    target = f"{jp_base_url}{path}{query}"
                    if "socket" in path:
                        answer = await shake_hands(jp_http_port, target, headers)
                    else:
                        answer = await ask(
                            jp_http_port, "POST" if body else "GET", target, headers, body
                        )
                    assert not held(str(answer.headers) + answer.body.decode("latin-1"), secrets), (
                        origin,
                        where,
                        path,
                    )
    # The header part of a token is the same for all of one key, and tells nothing.
    kind = good.split(".")[0]
    assert not held(everything_logged.text, secrets - {kind})
    assert not any(
        held(str(record.__dict__), secrets - {kind}) for record in everything_logged.records
    )


async def test_a_mistake_of_ours_tells_no_secret(
    give, issuer, call, jp_serverapp, everything_logged, monkeypatch
):
    """When authentication itself fails: an empty 500, and nobody is authenticated."""
    _, token = give("full")
    assert (await call("GET", "api/contents", origin=ALLOWED, token=token)).code == 200
    (extension,) = jp_serverapp.extension_manager.extension_apps["escherpad_ext"]
    registry = extension._grants._checker.registry

    def break_down(*_args):
        raise RuntimeError("a mistake")

    monkeypatch.setattr(registry, "get", break_down)
    secrets = secrets_of(token, issuer)
    for path in ("api/contents", "nowhere", "files/x", ""):
        answer = await call("GET", path, origin=ALLOWED, token=token)
        assert answer.code == 500, path
        assert not held(answer.body.decode() + str(answer.headers), secrets | {TOKEN}), path
    assert "a mistake" in everything_logged.text
    assert not held(everything_logged.text, secrets)


@logs_no_referer
async def test_a_real_server_with_debug_tells_no_secret(tmp_path):
    """Its whole log from start to stop, its arguments and its children's."""
    folder = tmp_path / "server"
    issuer = Issuer(folder / "data" / "escherpad_ext")
    with Server(folder, extension_config(allowed_origins=[ALLOWED])) as server:
        secrets: set[str] = set()
        for bundle in scopes.BUNDLES:
            request = GrantRequest(ALLOWED, scopes.expand([bundle]), "ana", 1, 2**33)
            _, token = issuer.issue(request)
            secrets |= secrets_of(token, issuer)
            for path in ("api/contents", "failing/crash", "failing/forbid", "nowhere", "files/x"):
                for where in ("header", "url", "twice", "referer"):
                    headers, query, _ = place(token, where)
                    headers += [("Origin", ALLOWED)]
                    answer = await ask(server.port, "GET", f"/{path}{query}", headers)
                    text = answer.body.decode("latin-1") + str(answer.headers)
                    assert not held(text, secrets | {server.token}), (bundle, path, where)
            headers, query, _ = place(token, "subprotocol")
            await shake_hands(server.port, "/api/events/subscribe", [*headers, ("Origin", ALLOWED)])
        process = psutil.Process(server._process.pid)
        for each in [process, *process.children(recursive=True)]:
            assert not held(" ".join(each.cmdline()) + str(each.environ()), secrets)
        stored = b"".join(
            p.read_bytes() for p in issuer.registry._database.path.parent.glob("grants*")
        )
        issuer.close()
    log = server.whole_log()
    assert re.search(r"\b500\b", log)
    assert not held(log, secrets)
    assert not held(stored.decode("latin-1"), secrets), "the registry lets nobody make a token"
