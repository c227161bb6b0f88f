"""``check`` and ``diagnose`` on each set-up: the same first finding, and the fix heals.

Where a page cannot see the cause, it says so by a finding whose fix is to run the command.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from support.browser.browsers import Browser, drive
from support.browser.page_server import PageServer
from support.check.run_check import Diagnosis, diagnosis_of  # noqa: F401 - a fixture
from support.check.server_owner import OWN_TOKEN, Owner
from support.nginx import GOOD, Nginx
from support.server_starter import shared_starter
from support.setups import SETUPS, Setup

pytestmark = pytest.mark.timeout(400)

#: All of them with ESCHERPAD_FULL=1, else one of each kind.
ALL = os.environ.get("ESCHERPAD_FULL") == "1"
SOME = (
    *("nothing in between", "a warning for browsers", "Origin of this site rewritten"),
    *("CORS headers twice", "Host rewritten", "public_url of another address"),
    *("a setting with a mistake", "old settings that are lost", "jupyter/notebook#2920"),
    *("jupyter/notebook#1311", "a page's address", "jupyter/notebook#6154"),
)
CHOSEN = {name: setup for name, setup in SETUPS.items() if ALL or name in SOME}


@dataclass
class Running:
    """A set-up that runs."""

    setup: Setup
    owner: Owner
    nginx: Nginx | None
    page: str
    token: str

    @property
    def address(self) -> str:
        return (self.owner.url if self.nginx is None else self.nginx.url) + self.setup.path

    @property
    def words(self) -> tuple[str, ...]:
        return (self.page, "--server", self.address, "--token", self.token)


@pytest.fixture
def page(script: Callable[[str], bytes]) -> Iterator[str]:
    with PageServer(script("diagnose.js"), "localhost") as server:
        yield server.origin


@pytest.fixture
def running(page: str, tmp_path: Path) -> Iterator[dict[str, Running]]:
    """Return all set-ups; one server is for those that change nothing about it."""
    if not hasattr(os, "fork"):
        pytest.skip("Needs os.fork, which this system does not have.")
    with ExitStack() as stack:
        starter = shared_starter()

        def start(folder: str, setup: Setup) -> Owner:
            owner = Owner(tmp_path / folder, starter, **setup.settings_for(page))
            owner.write(*(line.format(page=page) for line in setup.config))
            stack.callback(owner.stop)
            return owner.start()

        shared = start("shared", Setup(None))
        found: dict[str, Running] = {}
        for number, (name, setup) in enumerate(CHOSEN.items()):
            owner = start(f"{number}", setup) if setup.has_own_server else shared
            nginx = put_before(owner, tmp_path / f"nginx{number}", setup, page)
            if nginx is not None:
                stack.callback(nginx.stop)
            found[name] = Running(setup, owner, nginx, page, setup.token or OWN_TOKEN)
        yield found


def put_before(owner: Owner, folder: Path, setup: Setup, page: str) -> Nginx | None:
    if setup.lines is None and not setup.without:
        return None
    nginx = Nginx(folder, [line.format(port=owner.port) for line in GOOD])
    for each in setup.without:
        nginx.take_out(each)
    for line in setup.lines or ():
        text = line.replace("{port}", f"{owner.port}").replace("{page}", page)
        nginx.lines = (
            [*nginx.lines, text]
            if text.startswith(("if", "set", "proxy_hide", "add_header"))
            else nginx.lines
        )
        if text not in nginx.lines:
            nginx.set(text)
    return nginx.start()


Asks = Callable[[dict[str, Running]], dict[str, list[dict[str, str]]]]


@pytest.fixture
def diagnosed(node: str, chrome: Browser, tmp_path: Path) -> Asks:
    """Return a function: what one page finds out about all set-ups."""

    def ask(running: dict[str, Running]) -> dict[str, list[dict[str, str]]]:
        acts = [
            {
                "name": name,
                "page": each.page,
                "server": each.address,
                "options": {"token": each.token},
            }
            for name, each in running.items()
        ]
        profile = tmp_path / f"profile{time.monotonic_ns()}"
        profile.mkdir()
        run = drive(node, chrome, profile, acts, program="diagnose.mjs")
        return {step.name: json.loads(step.detail) for step in run.steps}

    return ask


def first(findings: list[dict[str, str]]) -> str | None:
    return findings[0]["code"] if findings else None


def test_both_tools_name_the_cause_and_its_fix_heals(
    running: dict[str, Running],
    diagnosed: Asks,
    diagnosis_of: Callable[[Owner], Diagnosis],  # noqa: F811
) -> None:
    """With one voice, wherever both can see it."""
    on_page = diagnosed(running)
    wrong: dict[str, Any] = {}
    healed: dict[str, Running] = {}
    for name, each in running.items():
        diagnosis = diagnosis_of(each.owner)
        diagnosis.nginx = each.nginx
        _, findings = diagnosis.check(*each.words)
        said = first(findings), first(on_page[name])
        if said != (each.setup.code, each.setup.code_on_page):
            wrong[name] = said, findings[:1], on_page[name][:1]
        elif each.setup.page is not None:
            command = f"jupyter escherpad check {each.page} --server "
            first_found = on_page[name][0]
            if first_found["code"] == "cors_twice" and "cannot see which" not in first_found["why"]:
                wrong[name] = "names a cause that it cannot see", first_found
            if command not in first_found["fix"]:
                wrong[name] = "does not lead to the command", on_page[name][0]
        if findings and name not in wrong and each.setup.heals:
            diagnosis.apply(findings[0]["fix"])
            again = diagnosis.check(*diagnosis.words)
            if first(again[1]) == "unknown_token":  # the server has another one now
                diagnosis.apply(again[1][0]["fix"])
                again = diagnosis.check(*diagnosis.words)
            if again != (0, []):
                wrong[name] = "not healed", findings[0]["fix"], again
            healed[name] = replace(each, token=diagnosis.words[-1])
    assert wrong == {}, json.dumps(wrong, indent=1)
    later = diagnosed({n: e for n, e in healed.items() if not (e.setup.path or e.setup.token)})
    assert {name: found for name, found in later.items() if found} == {}
