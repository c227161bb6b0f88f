"""What a proxy changes, seen in the answers."""

from __future__ import annotations

from typing import Any

import pytest
from support.check.facts import SERVER, SITE, STRANGER, answer, codes, facts, refusal

from escherpad_ext.check.facts import NoResponse
from escherpad_ext.check.rules import proxy, rewritten
from escherpad_ext.policy import cors

ALLOWED = {"Access_Control_Allow_Origin": SITE}
REFUSED = refusal("origin_refused", "origin_not_listed")
PREFLIGHT = {
    **ALLOWED,
    "Access_Control_Allow_Methods": cors.METHODS,
    "Access_Control_Allow_Headers": "authorization",
}


@pytest.mark.parametrize("name", ["simple", "error", "stranger"])
def test_a_refusal_that_arrives_clears_the_proxy(name: str) -> None:
    """So does a request that was not answered: nothing can be said then."""
    outcomes: dict[str, Any] = dict.fromkeys(("simple", "error", "stranger"), answer(200))
    assert codes(proxy.check_requests(facts(outcomes))) == ["origin_stripped"]
    assert codes(proxy.check_requests(facts({**outcomes, name: REFUSED}))) == []
    assert codes(proxy.check_requests(facts({**outcomes, name: NoResponse("closed")}))) == []


@pytest.mark.parametrize(
    "changed",
    [{"simple": answer(200, **ALLOWED)}, {"stranger": answer(403)}, {"stranger": answer(401)}],
)
def test_a_refusal_without_its_json_is_replaced(changed: dict[str, Any]) -> None:
    """The status still says that the origin arrived."""
    outcomes = dict.fromkeys(("simple", "error", "stranger"), answer(200)) | changed
    assert codes(proxy.check_requests(facts(outcomes))) == ["errors_replaced"]


@pytest.mark.parametrize(
    ("location", "expected"),
    [
        ("/user/ana/escherpad/", []),
        ("/escherpad/", ["prefix_stripped"]),
        ("/other/escherpad/", ["prefix_stripped"]),
        ("/login", []),
    ],
)
def test_a_path_that_a_proxy_takes_off(location: str, expected: list[str]) -> None:
    """The server's redirect shows the path that it knows."""
    outcomes = {"home": answer(302, Location=location)}
    found = list(proxy.check_place(facts(outcomes, f"{SERVER}user/ana/")))
    assert codes(found) == expected
    assert all('c.ServerApp.base_url = "/user/ana/"' in each.fix for each in found)


@pytest.mark.parametrize(
    ("issuer", "expected"),
    [
        ("https://lab.example.edu", []),
        ("http://lab.example.edu", ["public_url_missing"]),
        ("https://old.example.edu", ["public_url_wrong"]),
        ("https://lab.example.edu:444", ["public_url_wrong"]),
        (None, []),
    ],
)
def test_an_address_that_the_server_does_not_know(issuer: Any, expected: list[str]) -> None:
    """Only the scheme is wrong where a proxy ends TLS. The fix names the address."""
    outcomes = {"discovery": answer(200, {"issuer": issuer})}
    found = list(proxy.check_place(facts(outcomes)))
    assert codes(found) == expected
    assert all('public_url = "https://lab.example.edu"' in each.fix for each in found)
    assert codes(proxy.check_place(facts(outcomes, direct=True))) == []


@pytest.mark.parametrize(
    ("issuer", "expected"),
    [
        ("http://127.0.0.1:8888", "public_url_missing"),
        ("https://internal:8443", "public_url_missing"),
        ("https://old.example.edu", "public_url_wrong"),
    ],
)
def test_a_server_that_refuses_its_own_pages(issuer: str, expected: str) -> None:
    """A rewritten Host is usually an internal name with a port; an owner states none."""
    outcomes = {"own": REFUSED, "discovery": answer(200, {"issuer": issuer})}
    assert codes(proxy.check_place(facts(outcomes))) == [expected]


@pytest.mark.parametrize(
    ("outcomes", "expected"),
    [
        ({"preflight": REFUSED, "stranger": REFUSED, "stranger_preflight": answer(204)}, False),
        ({"preflight": answer(204), "stranger": REFUSED, "stranger_preflight": REFUSED}, False),
        ({"preflight": answer(204), "stranger": REFUSED, "stranger_preflight": answer(204)}, True),
        ({"preflight": answer(204), "stranger": REFUSED}, False),
        ({"preflight": answer(204), "stranger": answer(200)}, True),
        ({"preflight": answer(204, **PREFLIGHT), "stranger": answer(200)}, False),
        (
            {"preflight": answer(204, Vary=cors.PREFLIGHT_VARY), "stranger": answer(200)},
            False,
        ),
        ({}, False),
    ],
)
def test_a_proxy_that_answers_preflights(outcomes: dict[str, Any], expected: bool) -> None:
    """A made-up origin shows it; where any origin may call, what the server writes."""
    assert bool(list(proxy.check_preflight(facts(outcomes)))) is expected


@pytest.mark.parametrize("name", ["simple", "error", "preflight"])
@pytest.mark.parametrize("value", [f"{SITE}, {SITE}", f"{SITE}, *"])
def test_a_header_that_comes_twice(name: str, value: str) -> None:
    """Browsers ignore both."""
    outcomes = {name: answer(200, Access_Control_Allow_Origin=value)}
    assert codes(proxy.check_answers(facts(outcomes))) == ["cors_twice"]


def test_headers_that_do_not_arrive() -> None:
    """The finding names each once."""
    outcomes = {"simple": answer(200), "error": answer(403), "preflight": answer(204, **ALLOWED)}
    (found,) = proxy.check_answers(facts(outcomes))
    assert found.code == "response_headers_stripped"
    names = "Access-Control-Allow-Origin, Access-Control-Allow-Methods, Access-Control-Allow-Head"
    assert f"without {names}ers." in found.why


@pytest.mark.parametrize(
    "outcomes",
    [
        {"simple": answer(200, **ALLOWED), "preflight": answer(204, **PREFLIGHT)},
        {"preflight": answer(200)},
        {"simple": REFUSED, "error": REFUSED},
        {"error": answer(403, **ALLOWED)},
    ],
    ids=["all there", "a proxy's own answer", "the origin is refused", "nothing to expose"],
)
def test_headers_that_are_not_missed(outcomes: dict[str, Any]) -> None:
    assert codes(proxy.check_answers(facts(outcomes))) == []


def test_a_challenge_must_be_readable() -> None:
    """Pages read why they are refused in `WWW-Authenticate`."""
    error = answer(401, **ALLOWED, WWW_Authenticate="Bearer")
    (found,) = proxy.check_answers(facts({"error": error}))
    assert found.why.endswith("without Access-Control-Expose-Headers.")


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        ("no_token", ["authorization_stripped"]),
        ("cookie_ignored", ["authorization_stripped"]),
        ("unknown_scheme", ["authorization_stripped"]),
        ("unknown_token", []),
    ],
)
def test_a_token_that_does_not_arrive(reason: str, expected: list[str]) -> None:
    outcomes = {"header": refusal("missing_token", reason, 401)}
    assert codes(proxy.check_authorization(facts(outcomes))) == expected


def test_what_was_not_answered() -> None:
    """WebSockets have findings of their own."""
    silent = NoResponse("timeout")
    outcomes = dict.fromkeys(("simple", "socket", "socket_url", "upgrade"), silent)
    assert proxy.timed_out(facts({**outcomes, "own": answer(200), STRANGER: silent})) == [
        "simple",
        STRANGER,
    ]


@pytest.mark.parametrize("methods", ["*", "GET, PUT, PATCH, DELETE"])
def test_a_proxy_whose_answer_to_preflights_is_enough(methods: str) -> None:
    """Browsers go on; it is only a warning. They do not where a method or a header is missing."""
    headers = {**PREFLIGHT, "Access_Control_Allow_Headers": "Authorization, Content-Type"}
    severities = []
    for more in (
        {"Access_Control_Allow_Methods": methods},
        {"Access_Control_Allow_Methods": "GET"},
    ):
        preflight = answer(200, **{**headers, **more})
        asked = {"preflight": preflight, "stranger": REFUSED, "stranger_preflight": preflight}
        severities += [each.severity for each in proxy.check_preflight(facts(asked))]
    assert severities == ["warning", "error"]


def test_preflights_that_get_no_answer() -> None:
    """Where other requests do."""
    silent = NoResponse("closed")
    outcomes: dict[str, Any] = {"preflight": silent, "simple": answer(200)}
    assert codes(proxy.check_preflight(facts(outcomes))) == ["preflight_intercepted"]
    assert codes(proxy.check_preflight(facts({**outcomes, "simple": silent}))) == []


@pytest.mark.parametrize("value", ["https://other.example", "null"])
def test_a_header_with_another_origin(value: str) -> None:
    """It is as bad as none."""
    simple = answer(200, Access_Control_Allow_Origin=value)
    (found,) = proxy.check_answers(facts({"simple": simple}))
    assert found.code == "response_headers_stripped"
    assert f"arrives with {value} in" in found.why


def test_a_challenge_that_pages_cannot_read_is_a_warning() -> None:
    """The body says the same."""
    error = answer(401, **ALLOWED, WWW_Authenticate="Bearer")
    assert [each.severity for each in proxy.check_answers(facts({"error": error}))] == ["warning"]


@pytest.mark.parametrize(
    ("change", "expected"),
    [(answer(405), ["methods_refused"]), (refusal("invalid_token", "unknown_token", 401), [])],
)
def test_methods_that_do_not_arrive(change: Any, expected: list[str]) -> None:
    outcomes = {"change": change, "header": refusal("invalid_token", "unknown_token", 401)}
    assert codes(proxy.check_methods(facts(outcomes))) == expected
    assert codes(proxy.check_methods(facts({"change": change}))) == []


def test_a_token_that_the_proxy_adds() -> None:
    """A request without one is refused because of it."""
    outcomes = {"error": refusal("invalid_token", "unknown_token", 401)}
    assert codes(proxy.check_authorization(facts(outcomes))) == ["authorization_stripped"]


def test_own_pages_that_are_refused_at_the_right_address() -> None:
    """Then Host arrives, and Origin is another one."""
    outcomes = {"own": REFUSED, "discovery": answer(200, {"issuer": SERVER.rstrip("/")})}
    assert codes(rewritten.check_origin_header(facts(outcomes))) == ["origin_rewritten"]
    other = outcomes | {"discovery": answer(200, {"issuer": "http://internal:8888"})}
    assert codes(rewritten.check_origin_header(facts(other))) == []


def test_an_origin_that_arrives_as_another_allowed_one() -> None:
    """The stranger's, too. With a header that is only replaced, the stranger is refused."""
    other = answer(200, {"version": "2.21"}, Access_Control_Allow_Origin="https://b.example")
    outcomes: dict[str, Any] = {"simple": other, "stranger": other}
    assert codes(rewritten.check_origin_header(facts(outcomes))) == ["origin_rewritten"]
    assert codes(rewritten.check_origin_header(facts({**outcomes, "stranger": REFUSED}))) == []
