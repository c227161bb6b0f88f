"""Facts about a server, as a check would have gathered them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from escherpad_ext.check.address import Address
from escherpad_ext.check.facts import Answer, Facts
from escherpad_ext.check.findings import Finding
from escherpad_ext.config.configuration import Configuration
from escherpad_ext.policy.settings import SETTINGS, Settings

SITE = "https://app.example.com"
STRANGER = "https://stranger.example"
SERVER = "https://lab.example.edu/"


def address(text: str = SERVER) -> Address:
    return Address.parse(text)[0]


def answer(status: int = 200, body: object = None, **headers: str) -> Answer:
    """Return an answer with JSON. The names of headers have ``_`` instead of ``-``."""
    named = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return Answer(status, named, b"" if body is None else json.dumps(body).encode())


def refusal(error: str, reason: str, status: int = 403, **headers: str) -> Answer:
    """Return a refusal of the extension."""
    return answer(status, {"error": error, "reason": reason, "message": "…"}, **headers)


def facts(outcomes: dict[str, Any], server: str = SERVER, **more: Any) -> Facts:
    return Facts(SITE, address(server), outcomes, STRANGER, **more)


def configuration(*, set_in: str = "", **written: Any) -> Configuration:
    """Return the configuration that a file has, ``set_in``, with these settings."""
    values = {name: kind.default for name, kind in SETTINGS.items()} | written
    sources = dict.fromkeys(written, (set_in,)) if set_in else {}
    return Configuration(values, sources, settings=Settings.parse(values))


def codes(findings: Iterable[Finding]) -> list[str]:
    return [finding.code for finding in findings]
