"""The files that apps without code execution wrote, as the owner's pages show them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING

from ..errors import GrantsUnavailable
from .problems import ConnectError

if TYPE_CHECKING:
    from ..grants.written_files import WrittenFile
    from .service import ConnectService


def by_app(written: Iterable[WrittenFile]) -> list[tuple[str, Sequence[WrittenFile]]]:
    """Return the files of each app. ``written`` is sorted by app."""
    return [(app, list(files)) for app, files in groupby(written, attrgetter("app"))]


def ids_of(written: Iterable[WrittenFile]) -> frozenset[str]:
    """Return what to forget once the owner trusts these files."""
    return frozenset(file.id for file in written)


async def trust(service: ConnectService, shown: Iterable[str]) -> None:
    """Ask no more about the files that the owner was shown. Raises ConnectError."""
    try:
        await service.forget(shown)
    except GrantsUnavailable as error:
        raise ConnectError("not_trusted", reason=error.what) from error
