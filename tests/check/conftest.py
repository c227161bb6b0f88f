"""Owners, their servers, proxies, and ``check``."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import trustme
from support.check.grants import SITE
from support.check.run_check import diagnosis_of  # noqa: F401 - a fixture
from support.check.server_owner import Owner
from support.nginx import GOOD, Nginx
from support.server_starter import Starter, shared_starter


@pytest.fixture(scope="package")
def starter() -> Starter:
    """Return what starts servers."""
    if not hasattr(os, "fork"):
        pytest.skip("Needs os.fork, which this system does not have.")
    return shared_starter()


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
