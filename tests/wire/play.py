"""Plays scenarios on a server, and returns what it answered."""

from __future__ import annotations

import re
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.cookies import SimpleCookie
from pathlib import Path
from string import Template
from typing import Any

from .grants import make_empty, make_tokens
from .normalise import normalise
from .running import SERVER_TOKEN, running
from .scenarios import SCENARIOS
from .servers import SERVERS
from .steps import FORM, Closing, Header, Request, Scenario
from .wire import Answer, Exchange

Answers = dict[str, dict[str, Any]]
UNTIL_SECONDS = 60


class _Text(Template):
    braceidpattern = r"[a-z_-]+"


class Owner:
    """An owner's folder with all grant tokens, and one with none, to copy for each server."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._homes = {True: folder / "with-grants", False: folder / "without-grants"}
        for home in self._homes.values():
            home.mkdir()
        self.tokens = make_tokens(self._homes[True])
        make_empty(self._homes[False])

    def play(self, server: str) -> dict[str, Answers]:
        """Play all scenarios of a server, and return the answers of each by its name."""
        folder = self.folder / server
        (folder / "root").mkdir(parents=True)
        data = self._homes[SERVERS[server].grants] / "data"
        with running(SERVERS[server], folder, data) as port:
            values = {"host": f"localhost:{port}", "own": f"http://localhost:{port}"}
            known = {**self.tokens, **values, "server": SERVER_TOKEN}
            local = {
                f"localhost:{port}": "<host>",
                f"localhost%3A{port}": "<host>",
                f"127.0.0.1:{port}": "<host>",
                f"-{port}": "-<port>",
                str(folder): "<folder>",
                sys.executable: "<python>",
            }
            return {
                scenario.name: _Player(port, known, local).play(scenario)
                for scenario in SCENARIOS
                if scenario.server == server
            }


@contextmanager
def new_owner() -> Iterator[Owner]:
    """Make an owner, and remove the folder in the end."""
    folder = Path(tempfile.mkdtemp(prefix="wire-")).resolve()
    try:
        yield Owner(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _arrival(answer: Answer) -> str | None:
    """Return where a page of the owner's opens at last, None for all other answers."""
    found = (place for place in answer.values("Location") if "arrival=" in place)
    return next(found, None)


def _followed(step: Request, target: str) -> Request:
    """Return what a browser asks for after a redirect: it submits no form once more."""
    headers = tuple(header for header in step.headers if header not in {FORM, ("Origin", "${own}")})
    return replace(step, target=target, method="GET", headers=headers, body=None, capture={})


class _Player:
    def __init__(self, port: int, values: dict[str, str], local: dict[str, str]) -> None:
        self._port = port
        self._values = dict(values)
        self._places = local
        self._cookies: dict[str, str] = {}
        self._held: dict[str, Exchange] = {}

    def play(self, scenario: Scenario) -> Answers:
        try:
            return {step.name: self._take(step) for step in scenario.steps}
        finally:
            for exchange in self._held.values():
                exchange.close()

    def _take(self, step: Request | Closing) -> dict[str, Any]:
        if isinstance(step, Closing):
            code, reason = self._held[step.socket].wait_for_close()
            return {"close code": code, "close reason": reason}
        answer = self._ask(step)
        arrival = _arrival(answer)
        if arrival is None:
            self._keep(step, answer)
            return normalise(answer, self._places)
        page = self._send(_followed(step, arrival))
        self._keep(step, answer, page)
        first = normalise(answer, self._places)
        return {**normalise(page, self._places), "redirected by": first}

    def _ask(self, request: Request) -> Answer:
        end = time.monotonic() + UNTIL_SECONDS
        while True:
            answer = self._send(request)
            if not request.until or re.search(request.until, answer.text()):
                return answer
            assert time.monotonic() < end, f"{request.until!r} did not come"
            time.sleep(0.1)

    def _send(self, request: Request) -> Answer:
        exchange = Exchange(self._port)
        try:
            answer = exchange.send(
                request.method,
                self._fill(request.target),
                self._headers(request.headers),
                None if request.body is None else self._fill(request.body).encode(),
            )
        except BaseException:
            exchange.close()
            raise
        if request.hold:
            self._held[request.hold] = exchange
        else:
            exchange.close()
        return answer

    def _headers(self, headers: tuple[Header, ...]) -> list[Header]:
        own = [] if any(name == "Host" for name, _ in headers) else [("Host", "${host}")]
        return [(name, self._fill(value)) for name, value in (*own, *headers)]

    def _fill(self, text: str) -> str:
        cookies = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        return _Text(text).substitute(self._values, cookies=cookies)

    def _keep(self, request: Request, *answers: Answer) -> None:
        for header in (header for answer in answers for header in answer.values("Set-Cookie")):
            for name, morsel in SimpleCookie(header).items():
                self._cookies[name] = morsel.value
        text = "\n".join(answer.text() for answer in answers)
        for name, pattern in request.capture.items():
            found = re.search(pattern, text)
            assert found, f"{request.name}: no {name} in {text[:2000]}"
            self._values[name] = found[1]
