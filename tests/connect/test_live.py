"""The connected apps as they are now, for the page's own script, and for nobody else."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Awaitable, Callable
from contextlib import closing
from dataclasses import fields, replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from support.connect.browser_user import NAVIGATION, Person, Site
from support.constants import TOKEN

from escherpad_ext.connect.app_grants import AppGrants
from escherpad_ext.connect.connected import Connected
from escherpad_ext.errors import GrantsUnavailable
from escherpad_ext.grants import Issuer, data_folder
from escherpad_ext.server.running import AppNow

from .test_apps import AT_HOME

PATH = "escherpad/live"
HEADERS = {"Content-Type": "application/json"}
TEXT = json.dumps({"type": "file", "format": "text", "content": "x"})


def mark_of(page: Any) -> str:
    """Return what a page knows of the apps, as its script sends it."""
    found = re.search(r'data-seen="([0-9a-f]+)"', page.body.decode())
    assert found
    return found[1]


async def ask(owner: Person, mark: str) -> Any:
    """Ask as the script of a page does."""
    return await owner.open(f"{PATH}?seen={mark}", AT_HOME)


async def settled(owner: Person) -> str:
    """Return the mark of a page once all that was done is written."""
    mark = mark_of(await owner.open_page("escherpad/"))
    while (answer := await ask(owner, mark)).code == 200:
        mark = mark_of(answer)
    return mark


async def test_it_shows_what_is_connected(owner: Person, site: Site) -> None:
    """Its form is good for nothing."""
    await site.connect(owner)
    answer = await owner.open(PATH, AT_HOME)
    assert answer.code == 200
    assert site.origin in answer.body.decode()
    assert b'name="nonce" value=""' in answer.body
    assert answer.headers["Cache-Control"] == "no-store"
    await owner.click(answer, disconnect="all", sure="yes")
    assert site.origin in (await owner.open(PATH, AT_HOME)).body.decode()


async def test_nothing_new_costs_nothing(
    owner: Person, site: Site, call: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An open page has no page made, and no record read, until something happens."""
    token = await site.connect(owner)
    await call("GET", "api/contents", origin=site.origin, token=token)
    mark = await settled(owner)

    def fail(*_: Any, **__: Any) -> None:
        raise AssertionError

    for name in ("latest", "by_app"):
        monkeypatch.setattr(f"escherpad_ext.connect.handlers.connected_apps.{name}", fail)
    monkeypatch.setattr("escherpad_ext.connect.handlers.page.render", fail)
    for _ in range(3):
        answer = await ask(owner, mark)
        assert (answer.code, answer.body) == (204, b"")


class App:
    """An app that is connected, and what can happen to it."""

    def __init__(self, owner: Person, site: Site, call: Any, app: Any, open_socket: Any) -> None:
        self.owner, self.site, self.app, self._call = owner, site, app, call
        self.open_socket = open_socket
        self.open: Any = None
        self.token = ""
        self.service = app.connect_service
        self.registry = app._grants.issuer.registry

    async def call(self, method: str, path: str, body: str | None = None) -> Any:
        answer = await self._call(
            method, path, origin=self.site.origin, token=self.token, body=body, headers=HEADERS
        )
        assert answer.code < 400, answer.body
        return json.loads(answer.body) if answer.body else None

    async def press(self, **button: str) -> None:
        answer = await self.owner.click(await self.owner.open_page("escherpad/"), **button)
        assert answer.code == 303

    async def grant(self) -> Any:
        return (await self.service.ask(self.service.app_grants.live))[0]


async def writes(app: App) -> None:
    await app.call("PUT", "api/contents/a.txt", TEXT)


async def is_refused(app: App) -> None:
    await app._call("GET", "api/terminals", origin=app.site.origin, token=app.token)


async def starts_a_kernel(app: App) -> None:
    await app.call("POST", "api/kernels")


async def opens_a_socket(app: App) -> None:
    protocols = ["v1.token.websocket.jupyter.org", f"v1.token.websocket.jupyter.org.{app.token}"]
    app.open = await app.open_socket(
        "api/events/subscribe", origin=app.site.origin, protocols=protocols
    )


async def ends_its_kernel(app: App) -> None:
    kernels = app.app.serverapp.kernel_manager
    await kernels.shutdown_kernel(kernels.list_kernel_ids()[0])


async def is_renamed_by_another_program(app: App) -> None:
    grant = await app.grant()
    with closing(Issuer(data_folder())) as issuer:
        issuer.registry.amendments.rename(grant.id, "Ours")


async def is_revoked_by_another_program(app: App) -> None:
    grant = await app.grant()
    with closing(Issuer(data_folder())) as issuer:
        issuer.registry.revoke(grant.id, time.time())


async def is_renamed_here(app: App) -> None:
    work = partial(app.service.app_grants.rename, (await app.grant()).id, "Ours")
    assert await app.service.ask(work)


async def ends_by_the_clock(app: App) -> None:
    end = (await app.grant()).expires
    app.app.clock = lambda: end + 1.0


async def is_used(app: App) -> None:
    app.registry.touch(await app.grant(), time.time() + 120)
    await app.service.ask(partial(app.registry.flush, time.time(), at_once=True))


async def is_joined_by_another(app: App) -> None:
    await Site(app._call, app.app.serverapp, "https://other.example").connect(app.owner)


async def is_blocked(app: App) -> None:
    await app.press(block=app.site.origin)


async def is_unblocked(app: App) -> None:
    await app.press(unblock=app.site.origin)


#: What has to happen before.
BEFORE = {ends_its_kernel: starts_a_kernel, is_unblocked: is_blocked}
HAPPENS = [
    writes,
    is_refused,
    starts_a_kernel,
    opens_a_socket,
    ends_its_kernel,
    is_renamed_by_another_program,
    is_revoked_by_another_program,
    is_renamed_here,
    ends_by_the_clock,
    is_used,
    is_joined_by_another,
    is_blocked,
    is_unblocked,
]


@pytest.mark.parametrize("happens", HAPPENS, ids=lambda happens: happens.__name__)
async def test_whatever_happens_is_new(
    happens: Callable[[App], Awaitable[None]],
    owner: Person,
    site: Site,
    call: Any,
    jp_serverapp: Any,
    open_socket: Any,
) -> None:
    """The next answer has it, and the one after that is empty again."""
    (extension,) = jp_serverapp.extension_manager.extension_apps["escherpad_ext"]
    app = App(owner, site, call, extension, open_socket)
    app.token = await site.connect(owner, "edit" if happens is is_refused else "run")
    if happens in BEFORE:
        await BEFORE[happens](app)
    mark = await settled(owner)
    await happens(app)
    answer = await ask(owner, mark)
    assert answer.code == 200
    assert mark_of(answer) != mark


@pytest.mark.parametrize("field", [each.name for each in fields(Connected)])
def test_everything_that_is_shown_counts(field: str) -> None:
    """Also trouble with the record, which changes no file."""
    first = Connected([], [], "", frozenset(), {}, None, "")
    other = {"grants": [1], "blocked": ["x"], "missing": frozenset("x"), "now": {"x": AppNow()}}
    assert replace(first, **{field: other.get(field, "x")}).mark != first.mark  # type: ignore[arg-type]
    assert replace(first).mark == first.mark


async def test_a_folder_that_is_gone_is_new(owner: Person, site: Site, jp_root_dir: Path) -> None:
    """Nobody told the server."""
    (jp_root_dir / "data").mkdir()
    await site.connect(owner, "view", files="folder", folder="data")
    mark = await settled(owner)
    (jp_root_dir / "data").rmdir()
    answer = await ask(owner, mark)
    assert b"There is no such folder on this server now" in answer.body


async def test_only_the_page_of_connected_apps_may_ask(owner: Person) -> None:
    """The other pages of the owner fetch nothing at all."""
    page = await owner.open_page("escherpad/")
    assert "connect-src 'self'" in page.headers["Content-Security-Policy"]
    for path in ("escherpad/device", "escherpad/open?address=x"):
        other = await owner.open_page(path)
        assert "connect-src" not in other.headers["Content-Security-Policy"]


@pytest.mark.parametrize("value", ["cross-site", "same-site", "none"])
async def test_other_pages_cannot_read_it(owner: Person, site: Site, value: str) -> None:
    """No link shows it, and no other port of this machine reads it."""
    await site.connect(owner)
    for headers in (AT_HOME, NAVIGATION):
        answer = await owner.open(PATH, {**headers, "Sec-Fetch-Site": value})
        assert answer.code in {401, 403}
        assert site.origin not in answer.body.decode()


async def test_no_app_reads_it(call: Any, owner: Person, site: Site) -> None:
    """Not even one with everything; nor a stranger."""
    token = await site.connect(owner, "full")
    for origin in (site.origin, None, owner.origin):
        answer = await call("GET", PATH, origin=origin, token=token, headers=AT_HOME)
        assert answer.code in {401, 403}
    answer = await call("GET", PATH, headers=AT_HOME)
    assert (answer.code, b"https://" in answer.body) == (403, False)
    assert (await call("GET", PATH, token=TOKEN, headers=AT_HOME)).code == 200


async def test_it_takes_no_form(owner: Person) -> None:
    """Nothing can be changed by it."""
    page = await owner.open_page("escherpad/")
    body = page.body.decode().replace('escherpad/"', 'escherpad/live"').encode()

    class Copy:
        pass

    copy = Copy()
    copy.body = body  # type: ignore[attr-defined]
    assert (await owner.click(copy, disconnect="all", sure="yes")).code in {403, 405}


async def test_what_it_cannot_read_is_not_nothing(
    owner: Person, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page keeps what it shows."""

    def fail(_: AppGrants) -> None:
        raise GrantsUnavailable("The disk is gone.")

    await site.connect(owner)
    monkeypatch.setattr(AppGrants, "live", fail)
    assert (await owner.open(PATH, AT_HOME)).code == 503
