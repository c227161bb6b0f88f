"""Asks a server as a page's browser would, and returns the facts.

It ends in time whatever the other side does: each request has a limit, all together have one, and
what was not answered by then is a fact as well.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from http import HTTPStatus

from . import wire
from .address import Address, AddressError, UrlParts
from .facts import Answer, Facts, NoResponse, Outcome
from .questions import PLAIN, Caller, Question, near_origins, questions
from .rules.settings import has_extension

#: For all servers together.
TOTAL_SECONDS = 5.5
_LOOPBACK = ("127.0.0.1", "::1")
_MAX_ELSEWHERE = 6


@dataclass
class _Visit:
    """What is known so far."""

    facts: Facts
    asker: Caller
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    elsewhere: list[Address] = field(default_factory=list)
    near: list[str] = field(default_factory=list)

    def result(self) -> Facts:
        return replace(
            self.facts,
            outcomes=dict(self.outcomes),
            elsewhere=tuple(self.elsewhere),
            near=tuple(self.near),
        )


def probe(targets: Iterable[tuple[Facts, Caller]], seconds: float = TOTAL_SECONDS) -> list[Facts]:
    """Ask each server, all at the same time; return the facts with what came back in time."""
    return asyncio.run(_probe_all(list(targets), seconds))


async def _probe_all(targets: list[tuple[Facts, Caller]], seconds: float) -> list[Facts]:
    visits = [_Visit(facts, asker) for facts, asker in targets]
    with contextlib.suppress(asyncio.TimeoutError):
        await asyncio.wait_for(asyncio.gather(*map(_visit, visits)), seconds)
    return [visit.result() for visit in visits]


async def _visit(visit: _Visit) -> None:
    visit.outcomes[PLAIN.name] = NoResponse("timeout")
    place = await _find_place(visit)
    if place is None:
        return
    plain = await _put(visit, place, PLAIN)
    if isinstance(plain, NoResponse) and plain.kind == "untrusted":
        return  # a browser goes no further either
    if not isinstance(plain, Answer) or plain.status == HTTPStatus.BAD_REQUEST:
        await _try_other_scheme(visit, place)
    elif plain.status == HTTPStatus.FORBIDDEN:
        local = replace(PLAIN, name="plain_local", headers=(("Host", "localhost"),))
        await _put(visit, place, local)
    elif version_of(plain) is None:
        await _try_other_paths(visit, place, plain)
    else:
        await _ask_all(visit, place)
        await _try_near_origins(visit, place)


async def _ask_all(visit: _Visit, place: wire.Place) -> None:
    """Ask everything; what has a token only where the extension shows without one.

    Another program may have taken the port of a server that ended.
    """
    asker = visit.asker
    if asker.ip is not None and place.ip != asker.ip:
        asker = replace(asker, token=None)
    asked = list(questions(asker, visit.facts.address.origin))
    visit.outcomes.update((question.name, NoResponse("timeout")) for question in asked)
    await asyncio.gather(*(_put(visit, place, each) for each in asked if not each.has_token))
    with_token = [question for question in asked if question.has_token]
    if has_extension(visit.result()):
        await asyncio.gather(*(_put(visit, place, question) for question in with_token))
    else:
        for question in with_token:
            del visit.outcomes[question.name]


def version_of(outcome: Outcome | None) -> str | None:
    """Return the version that a Jupyter server says it has, None where it is none."""
    found = outcome.json().get("version") if isinstance(outcome, Answer) else None
    return found if isinstance(found, str) else None


async def _put(visit: _Visit, place: wire.Place, question: Question) -> Outcome:
    address = visit.facts.address
    path = address.path + question.path
    outcome = await wire.ask(place, address, question.method, path, question.headers)
    visit.outcomes[question.name] = outcome
    return outcome


async def _find_place(visit: _Visit) -> wire.Place | None:
    """Return where to connect to: the first IP address that takes connections."""
    address = visit.facts.address
    found = await wire.resolve(address.host, address.port)
    if isinstance(found, NoResponse):
        visit.outcomes[PLAIN.name] = found
        return None
    found.sort(key=lambda ip: ip != visit.asker.ip)
    heard = await asyncio.gather(*(wire.listens(ip, address.port) for ip in found))
    for ip, silence in zip(found, heard, strict=True):
        if silence is None:
            return _place(ip, address)
    visit.outcomes[PLAIN.name] = next(filter(None, heard))
    if address.is_loopback:
        await asyncio.gather(*(_try_ip(visit, ip) for ip in _LOOPBACK if ip not in found))
    return None


def _place(ip: str, address: Address) -> wire.Place:
    tls = ssl.create_default_context() if address.scheme == "https" else None
    return wire.Place(ip, address.port, tls, address.host)


async def _try_ip(visit: _Visit, ip: str) -> None:
    address = replace(visit.facts.address, host=ip)
    outcome = await _ask_plain(_place(ip, address), address)
    if isinstance(outcome, Answer) and version_of(outcome) is not None:
        visit.elsewhere.append(address)


async def _ask_plain(place: wire.Place, address: Address) -> Outcome:
    return await wire.ask(place, address, PLAIN.method, address.path + PLAIN.path)


async def _try_other_scheme(visit: _Visit, place: wire.Place) -> None:
    address = visit.facts.address
    other = replace(address, scheme="http" if address.scheme == "https" else "https")
    outcome = await _ask_plain(_place(place.ip, other), other)
    untrusted = isinstance(outcome, NoResponse) and outcome.kind == "untrusted"
    if untrusted or isinstance(outcome, Answer):
        visit.elsewhere.append(other)


async def _try_other_paths(visit: _Visit, place: wire.Place, plain: Answer) -> None:
    """Look for the server at the paths that something names: the address itself, a redirect."""
    address = visit.facts.address
    root = await wire.ask(place, address, "GET", "/")
    named = [_location(answer, address) for answer in (plain, root) if isinstance(answer, Answer)]
    running = [each.path for each in visit.facts.running if each.port == address.port]
    paths = [*running, *_ancestors(address.path), *_ancestors_of_all(named)]
    tried = [address.at(path) for path in dict.fromkeys(paths) if path != address.path]

    async def look(other: Address) -> None:
        if version_of(await _ask_plain(place, other)) is not None:
            visit.elsewhere.append(other)

    await asyncio.gather(*map(look, tried[:_MAX_ELSEWHERE]))
    visit.elsewhere.sort(key=tried.index)


def _ancestors_of_all(paths: Iterable[str | None]) -> Iterator[str]:
    for path in paths:
        if path is not None:
            yield path
            yield from _ancestors(path)


def _ancestors(path: str) -> Iterator[str]:
    parts = path.strip("/").split("/")
    for length in range(len(parts) - 1, -1, -1):
        yield "/" + "/".join(parts[:length]) + ("/" if length else "")


def _location(answer: Answer, address: Address) -> str | None:
    """Return the path that a redirect leads to on the same server, None where it does not."""
    told = UrlParts.parse(answer.get("Location"))
    if not told.may_be_printed or told.host not in {"", address.host}:
        return None
    try:
        return Address.parse(address.origin + told.path)[0].path
    except AddressError:
        return None


async def _try_near_origins(visit: _Visit, place: wire.Place) -> None:
    if visit.result().reason("simple") not in {"origin_not_listed", "insecure_origin"}:
        return
    address = visit.facts.address

    async def look(origin: str) -> None:
        path = address.path + PLAIN.path
        answer = await wire.ask(place, address, "GET", path, [("Origin", origin)])
        if isinstance(answer, Answer) and answer.all("Access-Control-Allow-Origin") == [origin]:
            visit.near.append(origin)

    await asyncio.gather(*map(look, near_origins(visit.asker.origin)))
    visit.near.sort()
