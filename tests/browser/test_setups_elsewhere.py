"""``check`` and ``diagnose`` where no nginx makes the set-up: gateways, two servers, a Hub.

As in test_setups.py: the first finding of both, and its fix as it is written. They start more than
the others, and so run only with ``ESCHERPAD_FULL=1``.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest
from support import gateways
from support.browser.browsers import Browser, drive
from support.browser.page_server import PageServer
from support.check.run_check import Diagnosis, diagnosis_of  # noqa: F401 - a fixture
from support.check.server_owner import OWN_TOKEN, Owner, Starter
from support.hub.hub_process import HubProcess
from support.hub.hub_user import Visitor

from escherpad_ext.cli import main

pytest_plugins = ["support.hub.fixtures"]
FULL = os.environ.get("ESCHERPAD_FULL") == "1"
pytestmark = [
    pytest.mark.skipif(not FULL, reason="ESCHERPAD_FULL=1 starts a Hub and gateways."),
    pytest.mark.timeout(600),
]


@pytest.fixture
def page(script: Callable[[str], bytes]) -> Iterator[str]:
    with PageServer(script("diagnose.js"), "localhost") as server:
        yield server.origin


@pytest.fixture
def diagnosed(node: str, chrome: Browser, page: str, tmp_path: Path) -> Callable[..., Any]:
    """Return a function: what the page finds out about an address."""

    def ask(address: str, token: str | None = None) -> list[dict[str, str]]:
        act = {"name": "page", "page": page, "server": address, "options": {"token": token}}
        profile = Path(mkdtemp(dir=tmp_path))
        (step,) = drive(node, chrome, profile, [act], program="diagnose.mjs").steps
        return list(json.loads(step.detail))

    return ask


@pytest.fixture
def make_owner(tmp_path: Path) -> Iterator[Callable[..., Owner]]:
    with ExitStack() as stack:
        starter = Starter()
        stack.callback(starter.close)

        def make(name: str, **settings: Any) -> Owner:
            owner = Owner(tmp_path / name, starter, **settings)
            stack.callback(owner.stop)
            return owner

        yield make


def leads_to_the_command(finding: dict[str, str], page: str) -> bool:
    return f"jupyter escherpad check {page} --server " in finding["fix"]


@pytest.mark.parametrize("name", gateways.CHOSEN)
@pytest.mark.parametrize("readable", [False, True], ids=["", "readable"])
def test_a_gateway(
    name: str,
    readable: bool,
    page: str,
    diagnosed: Callable[..., Any],
    make_owner: Callable[..., Owner],
    diagnosis_of: Callable[[Owner], Diagnosis],  # noqa: F811
    tmp_path: Path,
) -> None:
    """A page sees that it is one only where the gateway lets it read."""
    if readable and name == "enterprise":
        pytest.skip("It has no answers for pages of other origins.")
    allows = {"allow_origin": page} if readable else {}
    python = gateways.python_for(name, tmp_path)
    with gateways.gateway(name, python, tmp_path / "gateway", **allows) as address:
        owner = make_owner("owner", allowed_origins=[page])
        diagnosis = diagnosis_of(owner)
        fix = diagnosis.expect("gateway_itself", page, "--server", address)["fix"]
        (on_page,) = diagnosed(address)
        assert on_page["code"] == ("gateway_itself" if readable else "not_jupyter")
        assert readable or leads_to_the_command(on_page, page)
        (line,) = (each for each in fix.split("\n") if each.startswith("jupyter lab "))
        owner.arguments = line.removeprefix("jupyter lab ").split()
        owner.start()
        assert diagnosis.check(page, "--server", owner.url, "--token", OWN_TOKEN) == (0, [])
        assert diagnosed(owner.url, OWN_TOKEN) == []


def test_two_servers(
    page: str,
    diagnosed: Callable[..., Any],
    make_owner: Callable[..., Owner],
    diagnosis_of: Callable[[Owner], Diagnosis],  # noqa: F811
) -> None:
    """The owner allowed the page, and restarted only one of them."""
    first, second = make_owner("first", connect="off"), make_owner("second")
    for kind in ("config", "runtime"):
        (second.folder / kind).rename(second.folder / f"{kind}-of-its-own")
        (second.folder / kind).symlink_to(first.folder / kind)
    second.start()
    diagnosis = diagnosis_of(second)
    assert main(["allow", page]) == 0
    first.start()
    found = diagnosis.expect("restart_needed", page)
    assert len(diagnosis.report["servers"]) == 2
    on_page = diagnosed(second.url, OWN_TOKEN)[0]
    assert (on_page["code"], diagnosed(first.url, OWN_TOKEN)) == ("origin_not_listed", [])
    diagnosis.apply(found["fix"])
    assert diagnosis.check(page) == (0, [])
    assert diagnosed(second.url, OWN_TOKEN) == []


def test_a_hub(
    hub: HubProcess,
    page: str,
    diagnosed: Callable[..., Any],
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Its own address, and that of a server which does not run."""
    hub.start(("ana", ""))
    ana = f"{hub.origin}/user/ana/"
    found = first_of_both(hub.origin, page, diagnosed, capsys)
    (address,) = re.findall(r"http://\S+/user/NAME/", found["hub_address"])
    assert address.replace("NAME", "ana") == ana
    assert errors_of_both(ana, page, diagnosed, capsys) == []
    found = first_of_both(f"{ana}third", page, diagnosed, capsys)
    (address,) = re.findall(r"http://\S+/hub/spawn/\S+", found["server_not_running"])
    Visitor(hub, "ana").log_in().open(address)
    hub.start(("ana", "third"))
    assert errors_of_both(f"{ana}third/", page, diagnosed, capsys) == []


def checked(address: str, page: str, capsys: pytest.CaptureFixture[str]) -> list[dict[str, str]]:
    capsys.readouterr()
    main(["check", page, "--server", address, "--json"])
    (server,) = json.loads(capsys.readouterr().out)["servers"]
    return list(server["findings"])


def first_of_both(
    address: str, page: str, diagnosed: Callable[..., Any], capsys: pytest.CaptureFixture[str]
) -> dict[str, str]:
    """Return the one code and the fix; raises AssertionError where the two tools disagree."""
    on_page, by_command = diagnosed(address)[0], checked(address, page, capsys)[0]
    assert on_page["code"] == by_command["code"], (on_page, by_command)
    return {on_page["code"]: on_page["fix"]}


def errors_of_both(
    address: str, page: str, diagnosed: Callable[..., Any], capsys: pytest.CaptureFixture[str]
) -> list[dict[str, str]]:
    """Return what is wrong; that the page may still ask is a warning."""
    found = [*diagnosed(address), *checked(address, page, capsys)]
    return [each for each in found if each["severity"] == "error"]
