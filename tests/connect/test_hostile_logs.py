"""Nothing that opens anything is in a log, at whatever level, or goes on in a Referer header."""

from __future__ import annotations

import json
import logging
import re

import pytest
from support.connect.browser_user import NAVIGATION, Person, answer_of, place_of, preset_fields
from support.connect.hostile_requests import submit, yes
from support.constants import TOKEN


@pytest.fixture
def said(jp_serverapp):
    """Return a list of all that is logged from now on, by any logger, also those of oauthlib."""
    lines = []

    class Everything(logging.Handler):
        def emit(self, record):
            lines.append(f"{record.name} {self.format(record)} {vars(record)}")

    handler, changed = Everything(), []
    names = [*logging.root.manager.loggerDict, *(f"oauthlib.oauth2.rfc6749.{n}" for n in PARTS)]
    for logger in (logging.root, *map(logging.getLogger, names)):
        changed.append((logger, logger.level, logger.propagate))
        logger.setLevel(logging.DEBUG)
        logger.propagate = True
    logging.root.addHandler(handler)
    yield lines
    logging.root.removeHandler(handler)
    for logger, level, propagate in changed:
        logger.setLevel(level)
        logger.propagate = propagate


PARTS = [
    "endpoints.authorization",
    "endpoints.base",
    "endpoints.revocation",
    "endpoints.token",
    "grant_types.authorization_code",
    "grant_types.base",
]


async def test_no_secret_in_any_log(call, owner, site, said, jp_serverapp):
    """Code, token, verifier, state, nonce, cookies, request id: when it works and when it fails."""
    secrets = {"verifier": site.verifier, "state": site.state, "server": TOKEN}
    secrets |= {name: value for name, value in owner._cookies.items() if len(value) > 8}
    # oauthlib makes its own settings when it is imported: import it first.
    from escherpad_ext.connect import authorization_server

    assert authorization_server
    logging.getLogger("oauthlib").setLevel(logging.DEBUG)
    ask = f"escherpad/authorize?{site.question()}"
    parked = place_of(await owner.open(ask))
    await Person(call, jp_serverapp).open(parked)  # leads to the login page
    page = await owner.open(parked)
    form = yes(page)
    secrets |= {"id": parked.partition("=")[2], "nonce": form["nonce"], "xsrf": form["_xsrf"]}
    # The click, wrongly and rightly; the code, wrongly and rightly.
    await submit(owner, "escherpad/authorize", form, Sec_Fetch_Site="cross-site")
    await submit(owner, f"escherpad/authorize?nonce={form['nonce']}", {})
    back = await submit(owner, "escherpad/authorize", form)
    await submit(owner, "escherpad/authorize", form)
    secrets["code"] = code = answer_of(back)["code"]
    await site.post(f"escherpad/token?code={code}", code=code, code_verifier=site.verifier)
    given = await site.redeem(code)
    secrets["token"] = token = json.loads(given.body)["access_token"]
    secrets["signature"] = token.rpartition(".")[2]
    await call("GET", "api/contents", origin=site.origin, token=token)
    await call("GET", "escherpad/grant", origin=site.origin, token=token)
    await call("GET", f"escherpad/grant?token={token}", origin=site.origin)
    await call("GET", f"escherpad/authorize?token={token}", origin=site.origin)
    await call("GET", f"{ask}&token={token}", headers=NAVIGATION)
    await call("GET", ask, origin="https://evil.example")
    await owner.open(ask, {})
    await owner.open(ask, {**NAVIGATION, "Sec-Fetch-Dest": "iframe"})
    await owner.open(f"{ask}&state=again")
    await owner.open(f"escherpad/authorize/?{site.question()}")
    await owner.send("DELETE", ask, NAVIGATION)
    await owner.open(ask, {**NAVIGATION, "Host": "evil.example"})
    await owner.open(ask, {**NAVIGATION, "Referer": f"{owner.origin}/{ask}"})
    connections = await owner.open_page("escherpad/")
    secrets["other nonce"] = preset_fields(connections)["nonce"]
    await site.redeem(code)  # again, which revokes
    await site.post("escherpad/revoke", token=token, client_id=f"{site.origin}/")
    await site.post(f"escherpad/revoke?token={token}", token=token)
    await call("GET", "api/contents", origin=site.origin, token=token)
    text = "\n".join(said)
    assert "oauthlib.oauth2.rfc6749" in text
    assert re.search("303 POST [^ ]*escherpad/authorize", text)
    for name, secret in secrets.items():
        assert len(secret) >= 8, name
        assert secret not in text, (name, [line for line in said if secret in line])


async def test_the_site_learns_nothing_by_referer(owner, site):
    """The address of no page of ours goes to another origin, and the page is nowhere kept."""
    for path in (f"escherpad/authorize?{site.question()}", "escherpad/", "escherpad/authorize"):
        answer = await owner.open(path)
        assert answer.headers["Referrer-Policy"] == "same-origin"
    page = await owner.ask(site.question())
    back = await submit(owner, "escherpad/authorize", yes(page))
    assert back.headers["Referrer-Policy"] == "same-origin"
    assert back.headers["Cache-Control"] == "no-store"
    assert re.fullmatch(r"[A-Za-z0-9]{30,}", answer_of(back)["code"])
