"""What is at the address, if not a Jupyter server that answers."""

from __future__ import annotations

from typing import Any, get_args

import pytest
from support.check.facts import SERVER, address, answer, facts, refusal

from escherpad_ext.check.facts import Kind, NoResponse
from escherpad_ext.check.findings import Finding
from escherpad_ext.check.rules.reach import check_reach

JUPYTER = answer(200, {"version": "2.21.1"})
FORBIDDEN = answer(403, {"message": "Forbidden", "reason": None})
NO_RESPONSE = {
    "refused": "nothing_listens",
    "unknown_host": "nothing_listens",
    "untrusted": "certificate_untrusted",
    "not_http": "not_http",
    "tls": "not_http",
    "timeout": "no_answer",
    "endless": "no_answer",
    "closed": "no_answer",
    "socket": "no_answer",
}


def found(plain: Any, server: str = SERVER, *, local: Any = None, **more: Any) -> Finding | None:
    """Return the finding for an answer to `GET api`, None where there is none."""
    outcomes = {"plain": plain} if local is None else {"plain": plain, "plain_local": local}
    return next(check_reach(facts(outcomes, server, **more)), None)


def code(*args: Any, **more: Any) -> str | None:
    finding = found(*args, **more)
    return finding and finding.code


@pytest.mark.parametrize("kind", get_args(Kind))
def test_no_answer(kind: Kind) -> None:
    """Each cause has a finding of its own kind."""
    assert code(NoResponse(kind)) == NO_RESPONSE[kind]


@pytest.mark.parametrize(
    ("plain", "elsewhere", "expected"),
    [
        (NoResponse("not_http"), "http://lab.example.edu:443/", "wrong_scheme"),
        (NoResponse("refused"), "https://[2001:db8::1]/", "ipv6_only"),
        (answer(400), "http://lab.example.edu:443/", "wrong_scheme"),
        (answer(404), "https://lab.example.edu/hub/", "wrong_base_url"),
    ],
)
def test_a_server_that_answers_nearby(plain: Any, elsewhere: str, expected: str) -> None:
    """With another scheme, IP address or path. The fix checks that address."""
    other = address(elsewhere)
    finding = found(plain, elsewhere=(other,))
    assert finding is not None
    assert finding.code == expected
    assert finding.fix.endswith(f"--server {other}")


@pytest.mark.parametrize(
    ("plain", "expected"),
    [
        (JUPYTER, None),
        (answer(200, {"version": "1.24.0"}), "old_jupyter_server"),
        (answer(200, {"version": 2}), "not_jupyter"),
        (answer(200, {}), "not_jupyter"),
        (answer(404), "not_jupyter"),
        (answer(502), "bad_gateway"),
        (answer(503), "bad_gateway"),
        (answer(504), "bad_gateway"),
        (answer(500), "not_jupyter"),
        (answer(401, WWW_Authenticate="Basic"), "login_in_front"),
        (refusal("missing_token", "no_token", 401), "not_jupyter"),
        (answer(302, Location="/login"), "redirected"),
        (answer(304), "not_jupyter"),
        (FORBIDDEN, "host_refused"),
        (answer(403), "not_jupyter"),
    ],
)
def test_what_answers(plain: Any, expected: str | None) -> None:
    assert code(plain) == expected


def test_a_running_server_is_suggested() -> None:
    """Rather than that one is started; and never the address that was checked."""
    running = (address(), address("http://localhost:8889/"))
    finding = found(NoResponse("refused"), running=running)
    assert finding is not None
    assert finding.fix.endswith("--server http://localhost:8889/")
    finding = found(NoResponse("refused"), running=running[:1])
    assert finding is not None
    assert finding.fix.endswith("jupyter server")


@pytest.mark.parametrize(
    ("server", "location", "target"),
    [
        (
            "http://lab.example.edu/x/",
            "https://lab.example.edu/x/api",
            "https://lab.example.edu/x/",
        ),
        ("http://lab.example.edu/", "https://lab.example.edu:444/", "https://lab.example.edu:444/"),
        ("http://lab.example.edu/", "https://login.example.edu/", None),
        ("https://lab.example.edu/", "https://lab.example.edu/login", None),
    ],
)
def test_redirects(server: str, location: str, target: str | None) -> None:
    """To https on the same host, the address was wrong. Anything else is a login."""
    finding = found(answer(302, Location=location), server)
    assert finding is not None
    command = f"jupyter escherpad check https://app.example.com --server {target}"
    assert (finding.fix == command) is (target is not None)
    assert ("ask for no login" in finding.fix) is (target is None)


@pytest.mark.parametrize(
    ("server", "local", "line"),
    [
        (SERVER, JUPYTER, 'c.ServerApp.local_hostnames = ["localhost", "lab.example.edu"]'),
        (SERVER, None, "c.ServerApp.allow_remote_access = True"),
        (SERVER, FORBIDDEN, "c.ServerApp.allow_remote_access = True"),
        ("http://localhost:8888/", JUPYTER, "c.ServerApp.allow_remote_access = True"),
    ],
)
def test_a_host_that_jupyter_refuses(server: str, local: Any, line: str) -> None:
    """The name is added where it is the cause. Else a proxy sends a name that nobody knows."""
    finding = found(FORBIDDEN, server, local=local)
    assert finding is not None
    assert finding.fix.endswith(line)


@pytest.mark.parametrize(
    ("issuer", "is_named"),
    [
        ("http://jupyter-internal:8888", True),
        ("http://lab.example.edu", False),
        ("http://localhost:8888", False),
        ("http://a$(id)", False),
    ],
)
def test_the_name_that_a_proxy_sends_is_added(issuer: str, is_named: bool) -> None:
    """The server repeats it in its discovery document. Beside it, the server's own address."""
    found_all = {"plain": FORBIDDEN, "discovery": answer(200, {"issuer": issuer})}
    (finding,) = check_reach(facts(found_all))
    expected = (
        'c.ServerApp.local_hostnames = ["localhost", "jupyter-internal"]\n'
        'c.EscherpadExt.public_url = "https://lab.example.edu"'
    )
    assert finding.fix.endswith(expected) is is_named


def test_a_host_is_refused_where_localhost_is_not() -> None:
    """Also where a proxy replaces the page of the refusal."""
    assert code(answer(403), local=JUPYTER) == "host_refused"
