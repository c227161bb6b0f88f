"""The decision about every kind of request, against an oracle written as the design says it."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest

from escherpad_ext.policy.decision import (
    EMBEDDED_RESOURCE,
    SAME_ORIGIN,
    Admitted,
    Decision,
    EmbeddedResource,
    Preflight,
    Public,
    Refused,
    RequestFacts,
    RequestPolicy,
    SameOrigin,
    refusal_of_handler,
)
from escherpad_ext.policy.origins import OriginPolicy
from escherpad_ext.policy.refusals import Refusal, refuse
from escherpad_ext.policy.settings import Settings

LISTED = "https://listed.example"
APPROVED = "https://approved.example"
STRANGER = "https://stranger.example"
INSECURE = "http://insecure.example"
HOST = "jupyter.example:8888"
LOCAL = "localhost:8888"
BEHIND_PROXY = "https://public.example"
PUBLIC_PATHS = frozenset({"/escherpad/token"})

ORIGINS = (
    None,
    LISTED,
    APPROVED,
    STRANGER,
    INSECURE,
    "null",
    "",
    "nonsense",
    f"http://{HOST}",
    f"https://{HOST}",
    f"http://{LOCAL}",
    "http://localhost:9999",
    BEHIND_PROXY,
)
SETTINGS = {
    f"connect={connect}, public_url={public_url}": Settings(
        OriginPolicy.compile([LISTED]),
        connect=connect,
        public_url=public_url,
        allow_credentials=connect == "listed",
    )
    for connect in ("ask", "listed", "off")
    for public_url in ("", f"{BEHIND_PROXY}/user/ana")
} | {"broken": Settings.denying()}
METHODS = ("GET", "HEAD", "POST", "DELETE", "OPTIONS")


def port() -> int:
    return 8888


def every_request():
    """Yield facts in every combination that may matter, and some that may not."""
    for (method, requested), path, origin, (host, secure), site, mode, token in itertools.product(
        (("GET", None), ("POST", "PUT"), ("OPTIONS", None), ("OPTIONS", "PUT")),
        ("/api/status", *PUBLIC_PATHS),
        ORIGINS,
        ((HOST, False), (HOST, True), (LOCAL, False), (LOCAL, True), (None, False)),
        (None, "same-origin", "same-site", "cross-site"),
        (None, "navigate", "no-cors"),
        (False, True),
    ):
        yield RequestFacts(
            method,
            path,
            origin,
            host,
            secure,
            site,
            mode,
            requested,
            (lambda token=token: token),
            port,
        )


def own_origins(facts: RequestFacts, settings: Settings) -> set[str]:
    """Return every origin that is the server's own."""
    own = {f"https://{facts.host}"} if facts.host else set()
    if facts.host and not facts.secure:
        own.add(f"http://{facts.host}")
    if not settings.public_url:
        return own
    return {BEHIND_PROXY} | (own if facts.host == LOCAL else set())


def why_refused(origin: str, settings: Settings) -> str | None:
    if settings.broken:
        return "settings_invalid"
    if origin == LISTED or (origin == APPROVED and settings.connect == "ask"):
        return None
    return {
        "null": "null_origin",
        "": "malformed_origin",
        "nonsense": "malformed_origin",
        INSECURE: "insecure_origin",
        f"http://{HOST}": "insecure_origin",
    }.get(origin, "origin_not_listed")


def expected(facts: RequestFacts, settings: Settings) -> Decision:
    """Return the decision as the design's rule has it, with no regard to speed."""
    origin = facts.origin
    own = own_origins(facts, settings)
    if origin == "null" and facts.fetch_site == "same-origin":  # a form of its own page
        origin = next((page for page in own if facts.host and facts.host in page), origin)
        origin = origin if settings.public_url else None
    if origin is None or origin in own:
        if facts.fetch_site in {"same-site", "cross-site"} and facts.fetch_mode == "no-cors":
            return EMBEDDED_RESOURCE
        return Admitted(None) if facts.has_limited_token() else SAME_ORIGIN
    preflight = facts.method == "OPTIONS" and facts.requested_method is not None
    if facts.path in PUBLIC_PATHS and not settings.broken:
        return Preflight("*", allow_credentials=False) if preflight else Public(origin)
    reason = why_refused(origin, settings)
    if reason is not None:
        return Refused(origin, refusal(reason), preflight)
    if preflight:
        return Preflight(origin, settings.allow_credentials)
    return Admitted(origin, approved_by_grant=origin == APPROVED)


def refusal(reason: str) -> Refusal:
    return refuse("origin_refused", reason)


@pytest.mark.parametrize("settings", SETTINGS.values(), ids=SETTINGS)
def test_every_combination_of_facts(settings):
    policy = RequestPolicy(settings, lambda origin: origin == APPROVED, PUBLIC_PATHS)
    for facts in every_request():
        found, wanted = policy.decide(facts), expected(facts, settings)
        assert (type(found), found) == (type(wanted), wanted), facts


FACTS = RequestFacts("GET", "/api", STRANGER, HOST, False, None, None, None, lambda: False, port)


def test_the_table_has_every_decision():
    """No kind of decision is left out because no combination led to it."""
    found = {
        type(expected(facts, settings))
        for settings in SETTINGS.values()
        for facts in itertools.islice(every_request(), None, None, 7)
    }
    assert found == {SameOrigin, EmbeddedResource, Public, Refused, Preflight, Admitted}


@pytest.mark.parametrize("origin", [LISTED, "null", "nonsense", INSECURE, None, f"http://{HOST}"])
def test_grants_are_asked_only_about_origins_that_a_grant_may_approve(origin):
    """What the settings decide alone costs no look at the registry of grants."""
    asked = []
    policy = RequestPolicy(SETTINGS[next(iter(SETTINGS))], asked.append)
    policy.decide(FACTS._replace(origin=origin))
    assert asked == []
    policy.decide(FACTS)
    assert asked == [STRANGER]


@pytest.mark.parametrize("connect", ["listed", "off"])
def test_a_grant_approves_no_origin_unless_any_site_may_ask(connect):
    asked = []
    policy = RequestPolicy(replace(Settings(OriginPolicy.nobody()), connect=connect), asked.append)
    assert isinstance(policy.decide(FACTS), Refused)
    assert asked == []


@pytest.mark.parametrize("site", [None, "none", "cross-site", "same-site"])
def test_only_the_servers_own_pages_may_hide_their_origin(site):
    """Browsers say who sent a form; a sandboxed frame of the server is cross-site to them."""
    policy = RequestPolicy(Settings(OriginPolicy.compile(["*"])), lambda _: True)
    hidden = FACTS._replace(method="POST", origin="null", fetch_site=site)
    assert isinstance(policy.decide(hidden), Refused)
    assert isinstance(policy.decide(hidden._replace(fetch_site="same-origin")), SameOrigin)


def test_nobody_looks_for_tokens_of_another_origin():
    def never() -> bool:
        raise AssertionError

    policy = RequestPolicy(Settings(OriginPolicy.compile([LISTED])), lambda _: False)
    for origin in (LISTED, STRANGER):
        policy.decide(FACTS._replace(origin=origin, has_limited_token=never))


@pytest.mark.parametrize("method", [*METHODS, "PUT", "PATCH", "BREW"])
@pytest.mark.parametrize("websocket", [False, True])
@pytest.mark.parametrize("checks_login", [False, True])
def test_a_handler_that_checks_nobody_may_only_be_read(method, websocket, checks_login):
    found = refusal_of_handler(method, websocket=websocket, checks_login=checks_login)
    allowed = checks_login or (method in {"GET", "HEAD", "OPTIONS"} and not websocket)
    assert (found is None) == allowed
    assert found is None or (found.error, found.reason) == ("not_across_origins", "no_login_check")
