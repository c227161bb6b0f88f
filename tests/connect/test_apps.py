"""The connected apps as JSON: for the owner, on the server's own pages, and for nobody else."""

from __future__ import annotations

import json
from typing import Any

import pytest
from support.connect.browser_user import Person, Site
from support.constants import TOKEN

PATH = "escherpad/apps"
#: What a browser says of a page of the server's own.
AT_HOME = {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty"}


async def apps(owner: Person) -> list[dict[str, Any]]:
    """Return the apps as a page of the server's own is told of them."""
    answer = await owner.open(PATH, AT_HOME)
    assert answer.code == 200, answer.body
    assert answer.headers["Content-Type"].startswith("application/json")
    assert answer.headers["Cache-Control"] == "no-store"
    return list(json.loads(answer.body)["apps"])


async def disconnect(owner: Person, call: Any, grant_id: str) -> int:
    """Disconnect an app as JupyterLab does; return the status."""
    await owner.open("lab", AT_HOME)  # the page sets the cookie against forged requests
    headers = {**AT_HOME, "X-XSRFToken": owner._cookies.get("_xsrf", ""), "Origin": owner.origin}
    return int((await owner.send("DELETE", f"{PATH}/{grant_id}", headers)).code)


async def test_the_owner_sees_who_is_connected(owner: Person, site: Site) -> None:
    """With what they may do, and whether that is everything; and nothing secret."""
    assert await apps(owner) == []
    token = await site.connect(owner, "run")
    (app,) = await apps(owner)
    assert app.pop("expires") > 1_700_000_000
    assert len(app.pop("id")) == 32
    assert app == {
        "kind": "site",
        "origin": site.origin,
        "name": "",
        "access": ["Run code"],
        "full_control": True,
        "folder": None,
        "kernels": [],
        "terminals": [],
        "sockets": 0,
        "uses": [],
    }
    await site.connect(owner, "view")
    answer = await owner.open(PATH, AT_HOME)
    assert [each["full_control"] for each in json.loads(answer.body)["apps"]].count(True) == 1
    assert token not in answer.body.decode()


async def test_a_grant_for_another_server_is_not_listed(
    owner: Person, issuer_of_grants: Any, tmp_path: Any
) -> None:
    """It cannot use this one."""
    issuer_of_grants("https://site.example", root=tmp_path / "elsewhere")
    assert await apps(owner) == []
    issuer_of_grants("https://site.example", root=None)
    assert len(await apps(owner)) == 1


async def test_the_servers_token_counts(call: Any, owner: Person, site: Site) -> None:
    """JupyterLab sends it, if it was opened with it."""
    await site.connect(owner)
    answer = await call("GET", PATH, token=TOKEN, headers=AT_HOME)
    assert len(json.loads(answer.body)["apps"]) == 1


async def test_disconnect(call: Any, owner: Person, site: Site) -> None:
    """Its next request is refused. An app that is not connected needs no end."""
    token = await site.connect(owner)
    (app,) = await apps(owner)
    assert await disconnect(owner, call, app["id"]) == 204
    assert (await call("GET", "api/contents", origin=site.origin, token=token)).code == 403
    assert await apps(owner) == []
    assert await disconnect(owner, call, app["id"]) == 204


async def test_no_token_of_an_app_reaches_it(call: Any, owner: Person, site: Site) -> None:
    """Not even one with everything, from its site or as if from the server's own page."""
    token = await site.connect(owner, "full")
    (app,) = await apps(owner)
    for method, path in (("GET", PATH), ("DELETE", f"{PATH}/{app['id']}")):
        for origin in (site.origin, None, owner.origin):
            answer = await call(method, path, origin=origin, token=token, headers=AT_HOME)
            assert answer.code in {401, 403}
            assert b'"apps"' not in answer.body
    assert await apps(owner) == [app]


@pytest.mark.parametrize("value", ["cross-site", "same-site", "none"])
async def test_only_the_servers_own_pages_read_it(owner: Person, site: Site, value: str) -> None:
    """Another port of this machine has the cookie, too; nor does a link show it."""
    await site.connect(owner)
    for origin in ({}, {"Origin": site.origin}):
        answer = await owner.open(PATH, {**AT_HOME, "Sec-Fetch-Site": value, **origin})
        assert answer.code in {401, 403}
        assert b'"apps"' not in answer.body


async def test_strangers_are_refused(call: Any, owner: Person, site: Site) -> None:
    """There is no login page for them: a program asks."""
    await site.connect(owner)
    (app,) = await apps(owner)
    for method, path in (("GET", PATH), ("DELETE", f"{PATH}/{app['id']}")):
        assert (await call(method, path, headers=AT_HOME)).code == 403
    assert await apps(owner) == [app]


async def test_a_forged_request_disconnects_nothing(owner: Person, site: Site) -> None:
    """The owner's cookie alone is not enough."""
    await site.connect(owner)
    (app,) = await apps(owner)
    answer = await owner.send("DELETE", f"{PATH}/{app['id']}", AT_HOME)
    assert answer.code == 403
    assert await apps(owner) == [app]


class TestWithAnAllowedOrigin:
    """A site that has the server's token is trusted with all of the server but this."""

    @pytest.fixture
    def escherpad_config(self) -> dict[str, Any]:
        return {"allowed_origins": ["https://trusted.example"]}

    async def test_it_reads_and_ends_nothing(self, call: Any, owner: Person, site: Site) -> None:
        await site.connect(owner)
        (app,) = await apps(owner)
        for method, path in (("GET", PATH), ("DELETE", f"{PATH}/{app['id']}")):
            answer = await call(method, path, origin="https://trusted.example", token=TOKEN)
            assert answer.code == 403
            assert json.loads(answer.body)["error"] == "owner_only"
        assert await apps(owner) == [app]
