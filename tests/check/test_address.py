"""Addresses as people paste them."""

from __future__ import annotations

import pytest

from escherpad_ext.check.address import Address, AddressError, UrlParts


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("http://localhost:8888", "http://localhost:8888/"),
        ("localhost:8888", "http://localhost:8888/"),
        ("http://LOCALHOST:8888/lab", "http://localhost:8888/lab/"),
        ("https://jupyter.example.edu:443/user/ana", "https://jupyter.example.edu/user/ana/"),
        ("http://[::1]:8888/", "http://[::1]:8888/"),
        ("http://127.0.0.1:80/a%40b/", "http://127.0.0.1/a%40b/"),
        ("http://localhost:8888/?token=abc#x", "http://localhost:8888/"),
        (" <http://localhost:8888/> ", "http://localhost:8888/"),
        ("8888", "http://localhost:8888/"),
        (":8888", "http://localhost:8888/"),
        ("lab:8888/x", "http://lab:8888/x/"),
        ("192.168.1.7:8888", "http://192.168.1.7:8888/"),
        ("[::1]:8888", "http://[::1]:8888/"),
        ("nas.local", "http://nas.local/"),
        ("lab.example.edu/user/ana", "https://lab.example.edu/user/ana/"),
        ("https://jüpyter.example/", "https://xn--jpyter-3ya.example/"),
        ("http://0.0.0.0:8888/", "http://localhost:8888/"),
    ],
)
def test_what_is_meant(text, meant) -> None:
    """Default ports go, a slash comes at the end, the token is taken out."""
    assert str(Address.parse(text)[0]) == meant


def test_the_token_is_taken_out() -> None:
    assert Address.parse("http://localhost:8888/lab?x=1&token=a%2Bb")[1] == "a+b"
    assert Address.parse("http://localhost:8888/lab")[1] is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ftp://localhost/",
        "http:/lab.example.edu",
        "https:/x",
        "http//localhost:8888",
        "http:\\\\localhost",
        "unix:/run/jupyter.sock",
        "http://",
        "http://localhost:0/",
        "http://localhost:99999/",
        "http://localhost:x/",
        "http://user:secret@localhost/",
        "http://local host/",
        "http://localhost/a\r\nX: y",
        "http://localhost/ä",
        "http://127.1/",
        "http://[::1/",
        "http://[fe80::1%25eth0]/",
        "file:///etc/passwd",
        "http://localhost/x;touch$IFS/tmp/y;/",
        "http://localhost/a&calc",
        "http://localhost/(id)",
        "http://localhost/'",
        "http://localhost/a:b",
        "http://a`id`.example/",
        "http://a&calc.example/",
        "http://a;b.example/",
    ],
)
def test_what_is_none(text) -> None:
    """Nothing gets into a request or a command by an address, and nothing of it is repeated."""
    with pytest.raises(AddressError) as caught:
        Address.parse(text)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("url", ["http://[::1:x/", "http://a:99999/", "\x00", "//", ""])
def test_what_servers_tell_is_read_or_left(url) -> None:
    """Never raises."""
    assert isinstance(UrlParts.parse(url), UrlParts)
