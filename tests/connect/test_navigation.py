"""Which requests can come from a person who opened one of the owner's pages."""

from __future__ import annotations

import pytest
from support.http_request import http_request as request
from tornado.httputil import HTTPServerRequest

from escherpad_ext.connect.navigation import refusal_of
from escherpad_ext.policy.credentials import NO_OFFER, Presented
from escherpad_ext.server.context import RequestContext, attach

OPENED = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
CLICKED = {**OPENED, "Sec-Fetch-Site": "same-origin", "Origin": "https://lab.example"}
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
SAFARI = "Mozilla/5.0 (Macintosh) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18 Safari/605"
CHROME = "Mozilla/5.0 (X11) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"


def reason(found: HTTPServerRequest, *, token_authenticated: bool = False) -> str | None:
    """Return the reason of the refusal, None where there is none."""
    refusal = refusal_of(found, token_authenticated=token_authenticated)
    return None if refusal is None else refusal.reason


def test_a_page_that_was_opened() -> None:
    """In a tab of its own; from another site, too: a link leads here."""
    assert reason(request(OPENED)) is None
    assert reason(request({**OPENED, "Sec-Fetch-Site": "cross-site"})) is None


def test_a_browser_that_does_not_say_how() -> None:
    """On plain http, browsers say nothing."""
    assert reason(request({})) is None
    assert reason(request({}, method="POST")) is None


@pytest.mark.parametrize(
    "headers",
    [
        {**OPENED, "Sec-Fetch-Dest": "iframe"},
        {**OPENED, "Sec-Fetch-Dest": "embed"},
        {**OPENED, "Sec-Fetch-Mode": "cors"},
        {"Sec-Fetch-Mode": "navigate"},
        {**OPENED, "Service-Worker-Navigation-Preload": "true"},
    ],
    ids=["frame", "embedded", "fetch", "no destination", "service worker"],
)
def test_a_page_that_was_not_opened(headers: dict[str, str]) -> None:
    """A frame, a fetch, or a service worker, which could show anything instead."""
    assert reason(request(headers)) == "not_navigated"


def test_a_service_worker_is_found_without_fetch_metadata() -> None:
    assert reason(request({"Service-Worker-Navigation-Preload": "true"})) == "not_navigated"


def test_a_request_across_origins_is_no_visit() -> None:
    """The router has said so."""
    found = request(OPENED)
    attach(found, RequestContext("https://site.example", Presented(), NO_OFFER))
    assert reason(found) == "not_navigated"


@pytest.mark.parametrize(
    ("agent", "user", "expected"),
    [
        (FIREFOX, True, None),
        (FIREFOX, False, "not_navigated"),
        (CHROME, False, "not_navigated"),
        (SAFARI, False, None),
        ("", False, "not_navigated"),
    ],
)
def test_a_form_needs_a_click(agent: str, user: bool, expected: str | None) -> None:
    """Scripts can submit forms. Safari does not say whether a person clicked."""
    headers = CLICKED | {"User-Agent": agent} | ({"Sec-Fetch-User": "?1"} if user else {})
    assert reason(request(headers, method="POST")) == expected


@pytest.mark.parametrize(
    "changed",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": None},
    ],
)
def test_a_form_is_sent_by_this_servers_page(changed: dict[str, str | None]) -> None:
    headers = CLICKED | {"Sec-Fetch-User": "?1"} | changed
    sent = {name: value for name, value in headers.items() if value is not None}
    assert reason(request(sent, method="POST")) == "not_navigated"


@pytest.mark.parametrize("scheme", ["token", "Bearer"])
def test_no_token_opens_the_owners_pages(scheme: str) -> None:
    """Not even the server's: a program that has it is not a person."""
    assert reason(request({**OPENED, "Authorization": f"{scheme} x"})) == "token_used"
    assert reason(request(OPENED, uri="/escherpad/?token=x")) == "token_used"
    assert reason(request(OPENED), token_authenticated=True) == "token_used"


def test_a_proxys_login_is_no_token() -> None:
    """Browsers add it by themselves."""
    assert reason(request({**OPENED, "Authorization": "Basic YTpi"})) is None
