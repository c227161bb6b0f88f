"""Addresses as people have them; the same ones as the library for sites reads."""

from __future__ import annotations

import pytest

from escherpad_ext.check.address import AddressError
from escherpad_ext.cli.server_address import ServerAddress


@pytest.mark.parametrize(
    ("text", "urls"),
    [
        ("http://localhost:8888", ["http://localhost:8888"]),
        ("localhost:8888", ["http://localhost:8888"]),
        ("8888", ["http://localhost:8888"]),
        (":8888", ["http://localhost:8888"]),
        (" <http://localhost:8888/> ", ["http://localhost:8888"]),
        (
            "http://127.0.0.1:8888/lab?token=abc",
            ["http://127.0.0.1:8888", "http://127.0.0.1:8888/lab"],
        ),
        ("localhost:8888/lab/tree/My%20notes%20(2).ipynb", ["http://localhost:8888"]),
        ("localhost:8888/?token=abc#x", ["http://localhost:8888"]),
        ("[::1]:8888/tree", ["http://[::1]:8888", "http://[::1]:8888/tree"]),
        ("lab.example.edu", ["https://lab.example.edu"]),
        ("192.168.1.5:8888", ["http://192.168.1.5:8888"]),
        ("node17:8888", ["http://node17:8888"]),
        (
            "https://hub.example.edu/user/lab/lab/workspaces/x",
            [
                "https://hub.example.edu/user/lab",
                "https://hub.example.edu/user/lab/lab/workspaces/x",
            ],
        ),
        ("https://example.edu/jupyter/", ["https://example.edu/jupyter"]),
    ],
)
def test_addresses_that_people_have(text: str, urls: list[str]) -> None:
    """The likeliest first."""
    assert list(ServerAddress.parse(text).urls) == urls


@pytest.mark.parametrize(
    ("text", "had"),
    [("8888", False), ("localhost/?token=", False), ("localhost/?a=b&token=x", True)],
)
def test_a_token_is_noticed(text: str, had: bool) -> None:
    assert ServerAddress.parse(text).had_token is had


@pytest.mark.parametrize(
    ("text", "near", "secure"),
    [
        ("localhost:8888", True, True),
        ("https://a.example", False, True),
        ("http://a.example", False, False),
        ("10.0.0.1:8888", False, False),
    ],
)
def test_who_can_listen(text: str, near: bool, secure: bool) -> None:
    address = ServerAddress.parse(text)
    assert (address.is_loopback, address.is_secure) == (near, secure)


@pytest.mark.parametrize(
    "text",
    ["", "ftp://localhost", "http://", "http://a b/", "http://[::1", "http://x:99999"],
)
def test_what_is_no_address(text: str) -> None:
    with pytest.raises(AddressError):
        ServerAddress.parse(text)
