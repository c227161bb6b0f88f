"""What nginx does to a healthy server, found out and fixed by the fix as it is written."""

from __future__ import annotations

import pytest
from support.check.grants import SITE
from support.check.server_owner import OWN_TOKEN

ADD_CORS = 'add_header Access-Control-Allow-Origin "*" always;'
NO_PUT = "if ($request_method = PUT) { return 405; }"
INTERCEPT = "if ($request_method = OPTIONS) { return 204; }"

#: code → lines that replace or join the good ones, and beginnings of lines to leave out
BROKEN = {
    "upgrade_dropped": ((), ("proxy_set_header Upgrade", "proxy_set_header Connection")),
    "origin_stripped": (('proxy_set_header Origin "";',), ()),
    "authorization_stripped": (('proxy_set_header Authorization "";',), ()),
    "cors_twice": ((ADD_CORS,), ()),
    "protocol_stripped": (('proxy_set_header Sec-WebSocket-Protocol "";',), ()),
    "response_headers_stripped": (
        (
            "proxy_hide_header Access-Control-Allow-Origin;",
            "proxy_hide_header Access-Control-Allow-Headers;",
        ),
        (),
    ),
    "preflight_intercepted": ((INTERCEPT,), ()),
    "methods_refused": ((NO_PUT,), ()),
    "errors_replaced": (
        ("proxy_intercept_errors on;", "error_page 401 403 404 /sorry.html;"),
        (),
    ),
    "login_in_front": (('auth_basic "Lab";', "auth_basic_user_file /dev/null;"), ()),
    "bad_gateway": (("proxy_pass http://127.0.0.1:9;",), ()),
}


@pytest.mark.parametrize("token", [None, OWN_TOKEN], ids=["no-token", "token"])
def test_a_proxy_as_it_should_be_is_healthy(healthy, diagnosis_of, put_before, token) -> None:
    """Nothing is found where nothing is wrong; with buffering, too, which holds nothing back."""
    nginx = put_before(healthy, "proxy_buffering on;", "proxy_request_buffering on;")
    given = ["--token", token] if token else []
    assert diagnosis_of(healthy).check(SITE, "--server", nginx.url, *given) == (0, [])


@pytest.mark.parametrize("code", BROKEN)
def test_the_same_where_any_origin_is_allowed(anybody, diagnosis_of, put_before, code) -> None:
    """There nobody is refused, so that it is told by other marks."""
    changes, without = BROKEN[code]
    diagnosis = diagnosis_of(anybody)
    diagnosis.nginx = put_before(anybody, *changes, without=without)
    diagnosis.cures(code, SITE, "--server", diagnosis.nginx.url, "--token", OWN_TOKEN)


@pytest.mark.parametrize("code", BROKEN)
def test_the_cause_is_named_and_its_fix_works(healthy, diagnosis_of, put_before, code) -> None:
    """Each thing that a proxy does wrong, with and without a real token at hand."""
    changes, without = BROKEN[code]
    diagnosis = diagnosis_of(healthy)
    diagnosis.nginx = put_before(healthy, *changes, without=without)
    diagnosis.expect(code, SITE, "--server", diagnosis.nginx.url)
    diagnosis.cures(code, SITE, "--server", diagnosis.nginx.url, "--token", OWN_TOKEN)
