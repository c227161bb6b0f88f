"""Owners, their servers, proxies, and the doctor."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import trustme

from escherpad_ext.grants import GrantRequest, Issuer
from escherpad_ext.policy import scopes

from .nginx import GOOD, Nginx
from .owner import Owner, Starter
from .remedies import doctor_of  # noqa: F401 - a fixture

SITE = "https://app.example.com"


@pytest.fixture(scope="package")
def starter() -> Iterator[Starter]:
    """Return what starts servers."""
    if not hasattr(os, "fork"):
        pytest.skip("Needs os.fork, which this system does not have.")
    found = Starter()
    yield found
    found.close()


@pytest.fixture(scope="package")
def healthy(starter: Starter, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Owner]:
    """Return an owner whose server lets the site in, for tests that change nothing about it."""
    owner = Owner(tmp_path_factory.mktemp("healthy") / "owner", starter, allowed_origins=[SITE])
    yield owner.start()
    owner.stop()


@pytest.fixture(scope="package")
def anybody(starter: Starter, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Owner]:
    """Return an owner whose server lets any site in."""
    owner = Owner(tmp_path_factory.mktemp("anybody") / "owner", starter, allowed_origins=["*"])
    yield owner.start()
    owner.stop()


@pytest.fixture
def make_owner(starter: Starter, tmp_path: Path) -> Iterator[Callable[..., Owner]]:
    """Return a function that makes an owner, whose server is stopped in the end."""
    with ExitStack() as stack:

        def make(**settings: Any) -> Owner:
            owner = Owner(tmp_path / "owner", starter, **settings)
            stack.callback(owner.stop)
            return owner

        yield make


@pytest.fixture
def put_before(tmp_path: Path) -> Iterator[Callable[..., Nginx]]:
    """Return a function that puts nginx before an owner's server, with some lines changed."""
    with ExitStack() as stack:

        def put(
            owner: Owner,
            *changes: str,
            without: tuple[str, ...] = (),
            **options: Any,
        ) -> Nginx:
            nginx = Nginx(
                tmp_path / "nginx", [line.format(port=owner.port) for line in GOOD], **options
            )
            for each in without:
                nginx.take_out(each)
            for change in changes:
                nginx.set(change)
            stack.callback(nginx.stop)
            return nginx.start()

        yield put


@pytest.fixture(scope="package")
def authority() -> trustme.CA:
    """Return an authority for certificates."""
    return trustme.CA()


def give(
    owner: Owner,
    *names: str,
    origin: str = SITE,
    now: float | None = None,
    via: Any = "command",
    **more: Any,
) -> Any:
    """Give away a token of the owner for five minutes; return the grant and the token."""
    created = int(time.time() if now is None else now)
    issuer = Issuer(owner.folder / "data" / "escherpad_ext")
    try:
        return issuer.issue(
            GrantRequest(
                origin=origin,
                scopes=scopes.expand(names),
                owner="ana",
                created=created,
                expires=created + 300,
                name="An app",
                via=via,
            ),
            **more,
        )
    finally:
        issuer.close()


def revoke(owner: Owner, grant: Any) -> None:
    """Take a token back."""
    issuer = Issuer(owner.folder / "data" / "escherpad_ext")
    assert issuer.registry.revoke(grant.id, time.time())
    issuer.close()
