"""Send the requests of a page's browser to a server, and return the facts.

This ends in time whatever the other side does. Each request has a time limit, and so have all
together. A request without an answer by then is a fact as well.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from http import HTTPStatus

from . import http_client
from .address import Address, AddressError, UrlParts
from .facts import Answer, Facts, NoResponse, Outcome
from .probe_requests import (
    MALFORMED,
    PLAIN,
    Caller,
    ProbeRequest,
    as_browser,
    discovery,
    near_origins,
    probe_requests,
)
from .program_requests import program_requests
from .rules.settings import has_extension

#: For all servers together.
TOTAL_SECONDS = 5.5
_LOOPBACK = ("127.0.0.1", "::1")
_MAX_ELSEWHERE = 6


@dataclass
class _Probe:
    """What is known about one server so far."""

    facts: Facts
    caller: Caller
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
    """Probe all servers at the same time; return the facts with the answers that came in time."""
    return asyncio.run(_probe_all(list(targets), seconds))


async def _probe_all(targets: list[tuple[Facts, Caller]], seconds: float) -> list[Facts]:
    all_probed = [_Probe(facts, caller) for facts, caller in targets]
    with contextlib.suppress(asyncio.TimeoutError):
        await asyncio.wait_for(asyncio.gather(*map(_probe_one, all_probed)), seconds)
    return [probed.result() for probed in all_probed]


async def _probe_one(probed: _Probe) -> None:
    probed.outcomes[PLAIN.name] = NoResponse("timeout")
    endpoint = await _find_endpoint(probed)
    if endpoint is None:
        return
    plain = await _send(probed, endpoint, PLAIN)
    if isinstance(plain, NoResponse) and plain.kind == "untrusted":
        return  # browsers stop here, too
    if not isinstance(plain, Answer) or plain.status == HTTPStatus.BAD_REQUEST:
        await _try_other_scheme(probed, endpoint)
    elif plain.status == HTTPStatus.FORBIDDEN:
        local = replace(PLAIN, name="plain_local", headers=(("Host", "localhost"),))
        asked = (local, MALFORMED, discovery(probed.caller))
        await asyncio.gather(*(_send(probed, endpoint, each) for each in asked))
    elif version_of(plain) is None:
        await _try_other_paths(probed, endpoint, plain)
    else:
        await _ask_all(probed, endpoint)
        await _ask_as_program(probed, endpoint)
        await _try_near_origins(probed, endpoint)


async def _ask_all(probed: _Probe, endpoint: http_client.Endpoint) -> None:
    """Send all requests; those with a token, or of PUT, only if the extension answers the others.

    Another program may have taken the port of a stopped server.
    """
    caller = probed.caller
    if caller.ip is not None and endpoint.ip != caller.ip:
        caller = replace(caller, token=None)
    asked = list(probe_requests(caller, probed.facts.address.origin))
    asked += [] if probed.facts.direct else [MALFORMED]
    probed.outcomes.update((request.name, NoResponse("timeout")) for request in asked)
    await asyncio.gather(*(_send(probed, endpoint, each) for each in asked if not each.is_late))
    late = [request for request in asked if request.is_late]
    if has_extension(probed.result()):
        await asyncio.gather(*(_send(probed, endpoint, request) for request in late))
    else:
        for request in late:
            del probed.outcomes[request.name]


async def _ask_as_program(probed: _Probe, endpoint: http_client.Endpoint) -> None:
    facts = probed.result()
    if has_extension(facts):
        await asyncio.gather(
            *(_send(probed, endpoint, request) for request in program_requests(facts))
        )


def version_of(outcome: Outcome | None) -> str | None:
    """Return the version of a Jupyter server, None if the answer is not from one."""
    found = outcome.json().get("version") if isinstance(outcome, Answer) else None
    return found if isinstance(found, str) else None


async def _send(probed: _Probe, endpoint: http_client.Endpoint, request: ProbeRequest) -> Outcome:
    address = probed.facts.address
    path = address.path + request.path
    outcome = await http_client.send(endpoint, address, request.method, path, request.headers)
    probed.outcomes[request.name] = outcome
    return outcome


async def _find_endpoint(probed: _Probe) -> http_client.Endpoint | None:
    """Return the first IP address that accepts connections."""
    address = probed.facts.address
    found = await http_client.resolve(address.host, address.port)
    if isinstance(found, NoResponse):
        probed.outcomes[PLAIN.name] = found
        return None
    found.sort(key=lambda ip: ip != probed.caller.ip)
    heard = await asyncio.gather(*(http_client.listens(ip, address.port) for ip in found))
    for ip, silence in zip(found, heard, strict=True):
        if silence is None:
            return _endpoint(ip, address)
    probed.outcomes[PLAIN.name] = next(filter(None, heard))
    if address.is_loopback:
        await asyncio.gather(*(_try_ip(probed, ip) for ip in _LOOPBACK if ip not in found))
    return None


def _endpoint(ip: str, address: Address) -> http_client.Endpoint:
    tls = ssl.create_default_context() if address.scheme == "https" else None
    return http_client.Endpoint(ip, address.port, tls, address.host)


async def _try_ip(probed: _Probe, ip: str) -> None:
    address = replace(probed.facts.address, host=ip)
    outcome = await _ask_plain(_endpoint(ip, address), address)
    if isinstance(outcome, Answer) and version_of(outcome) is not None:
        probed.elsewhere.append(address)


async def _ask_plain(endpoint: http_client.Endpoint, address: Address) -> Outcome:
    return await http_client.send(endpoint, address, PLAIN.method, address.path + PLAIN.path)


async def _try_other_scheme(probed: _Probe, endpoint: http_client.Endpoint) -> None:
    address = probed.facts.address
    other = replace(address, scheme="http" if address.scheme == "https" else "https")
    outcome = await _ask_plain(_endpoint(endpoint.ip, other), other)
    untrusted = isinstance(outcome, NoResponse) and outcome.kind == "untrusted"
    if untrusted or isinstance(outcome, Answer):
        probed.elsewhere.append(other)


async def _try_other_paths(probed: _Probe, endpoint: http_client.Endpoint, plain: Answer) -> None:
    """Look for the server at paths that the address, a redirect or a running server suggests."""
    address = probed.facts.address
    root = await http_client.send(endpoint, address, "GET", "/")
    named = [_location(answer, address) for answer in (plain, root) if isinstance(answer, Answer)]
    running = [each.path for each in probed.facts.running if each.port == address.port]
    paths = [*running, *_ancestors(address.path), *_ancestors_of_all(named)]
    tried = [address.at(path) for path in dict.fromkeys(paths) if path != address.path]

    async def look(other: Address) -> None:
        if version_of(await _ask_plain(endpoint, other)) is not None:
            probed.elsewhere.append(other)

    await asyncio.gather(*map(look, tried[:_MAX_ELSEWHERE]))
    probed.elsewhere.sort(key=tried.index)


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
    """Return the path of a redirect on the same server, None for any other answer."""
    told = UrlParts.parse(answer.get("Location"))
    if not told.may_be_printed or told.host not in {"", address.host}:
        return None
    try:
        return Address.parse(address.origin + told.path)[0].path
    except AddressError:
        return None


async def _try_near_origins(probed: _Probe, endpoint: http_client.Endpoint) -> None:
    if probed.result().reason("simple") not in {"origin_not_listed", "insecure_origin"}:
        return
    address = probed.facts.address

    async def look(origin: str) -> None:
        path = address.path + PLAIN.path
        answer = await http_client.send(endpoint, address, "GET", path, as_browser(origin))
        if isinstance(answer, Answer) and answer.all("Access-Control-Allow-Origin") == [origin]:
            probed.near.append(origin)

    await asyncio.gather(*map(look, near_origins(probed.caller.origin)))
    probed.near.sort()
