"""Which origin is the server's own, where ``public_url`` says it and where it does not."""

from __future__ import annotations

import pytest

from escherpad_ext.policy.own import is_own_origin

PUBLIC = "https://hub.example:8443"


def is_own(origin: str, host: str | None, **more: object) -> bool:
    facts = {"secure": False, "public_origin": PUBLIC, "port": 8888, **more}
    return is_own_origin(origin, host=host, **facts)  # type: ignore[arg-type]


@pytest.mark.parametrize("host", ["hub.example:8443", "hub.example", "127.0.0.1:8888", "x", None])
def test_the_public_origin_is_own(host: str | None) -> None:
    """Whatever a proxy makes of ``Host``."""
    assert is_own(PUBLIC, host)


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("https://hub.example", "hub.example"),
        ("http://hub.example", "hub.example"),
        ("http://hub.example:8443", "hub.example:8443"),
        ("https://hub.example:9443", "hub.example:9443"),
        ("http://evil.test", "evil.test"),
        ("http://evil.test:8888", "evil.test:8888"),
        ("http://192.168.1.5:8888", "192.168.1.5:8888"),
        ("http://localhost.evil.test:8888", "localhost.evil.test:8888"),
        ("http://localhost:9999", "localhost:9999"),
        ("http://localhost", "localhost"),
        ("http://localhost:8888", "hub.example:8443"),
        ("http://localhost:8888", "127.0.0.1:8888"),
    ],
)
def test_no_other_name_or_port_is_own(origin: str, host: str) -> None:
    """Not even where ``Origin`` and ``Host`` agree: whoever owns a name can point it here."""
    assert not is_own(origin, host)


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1", "[::1]", "mine.localhost"])
def test_loopback_with_the_servers_port_is_own(name: str) -> None:
    """The way to reach the server directly, past its proxy."""
    assert is_own(f"http://{name}:8888", f"{name}:8888")
    assert not is_own(f"http://{name}:8888", f"{name}:8888", port=None), "a unix socket"
    assert not is_own(f"http://{name}:8888", f"{name}:8888", secure=True)


def test_a_port_that_is_not_written() -> None:
    """The scheme's own."""
    assert is_own("http://localhost", "localhost", port=80)
    assert not is_own("http://localhost", "localhost", port=443)


def test_without_a_public_url_the_host_counts() -> None:
    """As in Jupyter itself."""
    assert is_own("http://evil.test:8888", "evil.test:8888", public_origin=None, port=None)
