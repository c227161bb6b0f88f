"""The addresses of the server, as sites and browsers see them."""

from __future__ import annotations

import pytest
from support.http_request import http_request
from tornado.web import HTTPError

from escherpad_ext.connect.urls import ServerUrls, other_loopback_name
from escherpad_ext.policy.origin import Origin

PUBLIC = "https://hub.example.edu/user/ana"


@pytest.mark.parametrize(
    ("base_url", "paths"),
    [
        ("/", ("/.well-known/x",)),
        ("/user/ana/", ("/user/ana/.well-known/x", "/.well-known/x/user/ana")),
    ],
)
def test_where_a_discovery_document_is(base_url: str, paths: tuple[str, ...]) -> None:
    """Below the base URL, and where RFC 8414 puts it. One place is named once."""
    assert ServerUrls(base_url).well_known(".well-known/x") == paths


@pytest.mark.parametrize(
    ("base_url", "host", "issuer"),
    [
        ("/", "localhost:8888", "http://localhost:8888"),
        ("/user/ana/", "Lab.Example", "http://lab.example/user/ana"),
        ("/", "lab.example:80", "http://lab.example"),
        ("/", "lab.example:443", "http://lab.example:443"),
        ("/", "[::1]:8888", "http://[::1]:8888"),
    ],
)
def test_the_issuer_is_the_address_that_was_asked(base_url: str, host: str, issuer: str) -> None:
    """In lower case, without the default port, and without a slash at its end."""
    assert ServerUrls(base_url).issuer(http_request({"Host": host})) == issuer


def test_a_public_address_is_the_issuer() -> None:
    """Whatever Host arrives."""
    found = ServerUrls("/", PUBLIC).issuer(http_request({"Host": "internal:8888"}))
    assert found == PUBLIC


@pytest.mark.parametrize("host", ["", "lab.example:99999", "0x7f.1", "%6cab.example"])
def test_a_host_that_is_none_is_refused(host: str) -> None:
    """It would become part of every address in the answer."""
    with pytest.raises(HTTPError) as raised:
        ServerUrls("/").issuer(http_request({"Host": host}))
    assert raised.value.status_code == 400


@pytest.mark.parametrize(
    ("client", "public_url", "own"),
    [
        ("http://lab.example", "", True),
        ("https://lab.example", "", True),
        ("https://hub.example.edu", PUBLIC, True),
        ("http://lab.example", PUBLIC, True),
        ("https://hub.example", PUBLIC, False),
        ("https://other.example", "", False),
        ("http://lab.example:8888", "", False),
    ],
)
def test_the_server_is_no_client_of_itself(client: str, public_url: str, own: bool) -> None:
    """By the address that was asked, or by the public one."""
    urls = ServerUrls("/", public_url)
    assert urls.is_own(Origin.parse(client), http_request()) is own


def test_names_of_files_are_encoded() -> None:
    assert ServerUrls("/user/ana/").static("a b?.js") == "/user/ana/escherpad/static/a%20b%3F.js"


@pytest.mark.parametrize(
    ("url", "other"),
    [
        ("http://localhost:8888/user/ana", "http://127.0.0.1:8888/user/ana"),
        ("http://127.0.0.1:8888", "http://localhost:8888"),
        ("http://[::1]", "http://localhost"),
        ("https://lab.example:8888", ""),
        ("http://localhost.example", ""),
    ],
)
def test_this_machine_has_two_names(url: str, other: str) -> None:
    """Browsers keep a login for one of them."""
    assert other_loopback_name(url) == other
