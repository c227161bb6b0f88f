"""Table tests of origins: one row per case that surprised someone."""

from __future__ import annotations

import pytest

from escherpad_ext.errors import EscherpadError, InvalidOrigin
from escherpad_ext.policy.origins import Origin

# Each of these is what a browser's ``new URL(x).origin`` gives for some x.
SERIALISED = {
    "https://example.com": ("https", "example.com", 443),
    "http://example.com": ("http", "example.com", 80),
    "http://example.com:443": ("http", "example.com", 443),
    "https://example.com:80": ("https", "example.com", 80),
    "https://example.com:0": ("https", "example.com", 0),
    "https://example.com:65535": ("https", "example.com", 65535),
    "https://example.com.": ("https", "example.com.", 443),
    "https://.": ("https", ".", 443),
    "https://a..b": ("https", "a..b", 443),
    "https://.a": ("https", ".a", 443),
    "https://-": ("https", "-", 443),
    "https://v--abc.vscode-cdn.net": ("https", "v--abc.vscode-cdn.net", 443),
    "https://a_b.example": ("https", "a_b.example", 443),
    "https://*.example.com": ("https", "*.example.com", 443),
    "https://a\"'`;,(){}!$&+=~b.test": ("https", "a\"'`;,(){}!$&+=~b.test", 443),
    "https://xn--bcher-kva.de": ("https", "xn--bcher-kva.de", 443),
    "https://xn--ls8h.la": ("https", "xn--ls8h.la", 443),
    "https://1e3": ("https", "1e3", 443),
    "https://a.0xg": ("https", "a.0xg", 443),
    "https://1.2.3.4..": ("https", "1.2.3.4..", 443),
    "https://0.0.0.0": ("https", "0.0.0.0", 443),
    "http://127.0.0.1:8888": ("http", "127.0.0.1", 8888),
    "http://[::1]:8888": ("http", "[::1]", 8888),
    "http://[::]": ("http", "[::]", 80),
    "https://[::ffff:102:304]": ("https", "[::ffff:102:304]", 443),
    "https://[1:0:2:3:4:5:6:7]": ("https", "[1:0:2:3:4:5:6:7]", 443),
    "https://[1:2:3:4:5:6:7:0]": ("https", "[1:2:3:4:5:6:7:0]", 443),
    "https://[1:0:0:2::3]": ("https", "[1:0:0:2::3]", 443),
    "https://[1::2:0:0:3:4]": ("https", "[1::2:0:0:3:4]", 443),
    "https://" + "a" * 64 + ".com": ("https", "a" * 64 + ".com", 443),
    "chrome-extension://abcdefghijklmnopabcdefghijklmnop": (
        "chrome-extension",
        "abcdefghijklmnopabcdefghijklmnop",
        None,
    ),
    "moz-extension://0b1d9a3e-7a1c-4a3e-9a77-2b8d3a4f5e6c": (
        "moz-extension",
        "0b1d9a3e-7a1c-4a3e-9a77-2b8d3a4f5e6c",
        None,
    ),
    "vscode-webview://0a1b2c3d": ("vscode-webview", "0a1b2c3d", None),
    "tauri://localhost": ("tauri", "localhost", None),
    "app://-": ("app", "-", None),
    "app://.": ("app", ".", None),
    "vscode-webview://12345": ("vscode-webview", "12345", None),
    "safari-web-extension://5A3F0B1D-9A3E": ("safari-web-extension", "5A3F0B1D-9A3E", None),
    "app://local:80": ("app", "local", 80),
}

NOT_SERIALISED = [
    ("null", "null"),
    ("", "shape"),
    ("*", "shape"),
    ("example.com", "shape"),
    ("https://", "shape"),
    ("https:example.com", "shape"),
    ("https:/example.com", "shape"),
    ("HTTPS://example.com", "shape"),
    ("https://Example.com", "host"),
    ("https://example.com/", "host"),
    ("https://example.com?x", "host"),
    ("https://example.com#x", "host"),
    ("https://u@example.com", "host"),
    ("https://u:p@example.com", "shape"),
    ("https://example.com:443", "port"),
    ("http://example.com:80", "port"),
    ("https://example.com:", "shape"),
    ("https://example.com:080", "shape"),
    ("https://example.com:00", "shape"),
    ("https://example.com:65536", "port"),
    ("https://example.com:99999", "port"),
    ("https://example.com:100000", "shape"),
    ("https://example.com:8_0", "shape"),
    ("https://example.com:+80", "shape"),
    ("https://example.com:٨", "shape"),
    ("https://example.com\n", "host"),
    ("https://example.com:8888\n", "shape"),
    (" https://example.com", "shape"),
    ("https://exa mple.com", "host"),
    ("https://example.com https://example.com", "shape"),
    ("https://bücher.de", "host"),
    ("https://a%41.b", "host"),
    ("https://a\\b", "host"),
    ("https://a|b", "host"),
    ("https://a^b", "host"),
    ("https://127.1", "host"),
    ("https://0x7f.0.0.1", "host"),
    ("https://127.0.0.01", "host"),
    ("https://256.1.1.1", "host"),
    ("https://1.2.3.4.", "host"),
    ("https://1.2.3.4.5", "host"),
    ("https://foo.1", "host"),
    ("https://foo.09", "host"),
    ("https://foo.0x", "host"),
    ("https://foo.0x.", "host"),
    ("https://0", "host"),
    ("https://::1", "shape"),
    ("https://[0:0:0:0:0:0:0:1]", "host"),
    ("https://[::0001]", "host"),
    ("https://[::A]", "host"),
    ("https://[::1.2.3.4]", "host"),
    ("https://[::ffff:1.2.3.4]", "host"),
    ("https://[1::3:4:5:6:7:8]", "host"),
    ("https://[1:2:3:4:5:6:7::]", "host"),
    ("https://[0::0:1]", "host"),
    ("https://[fe80::1%eth0]", "host"),
    ("https://[]", "host"),
    ("https://[::1", "shape"),
    ("https://[::1]x", "shape"),
    ("https://[1.2.3.4]", "host"),
    ("file://", "shape"),
    ("file://host", "scheme"),
    ("data://x", "scheme"),
    ("blob://x", "scheme"),
    ("about://blank", "scheme"),
    ("javascript://x", "scheme"),
    ("ws://example.com", "scheme"),
    ("wss://example.com", "scheme"),
    ("ftp://example.com", "scheme"),
    ("https://" + "a" * 293, "too_long"),
]


@pytest.mark.parametrize(("text", "parts"), SERIALISED.items())
def test_origin_as_a_browser_writes_it(text: str, parts: tuple[str, str, int | None]) -> None:
    """What a browser serialises is read as it is, and written back the same."""
    origin = Origin.parse(text)
    assert (origin.scheme, origin.host, origin.port) == parts
    assert str(origin) == text


@pytest.mark.parametrize(("text", "code"), NOT_SERIALISED)
def test_no_browser_writes_this(text: str, code: str) -> None:
    """What no browser serialises is no origin, and the reason is named."""
    with pytest.raises(InvalidOrigin) as caught:
        Origin.parse(text)
    assert caught.value.code == code
    assert isinstance(caught.value, EscherpadError)


@pytest.mark.parametrize("value", [None, 5, b"https://example.com", ["https://example.com"]])
def test_not_a_text(value: object) -> None:
    """A value that is not a string is no origin."""
    with pytest.raises(InvalidOrigin, match="text"):
        Origin.parse(value)


@pytest.mark.parametrize(
    ("text", "loopback"),
    [
        ("http://localhost", True),
        ("http://localhost.", True),
        ("http://a.localhost:3", True),
        ("http://127.0.0.1", True),
        ("http://127.255.255.254:9", True),
        ("http://[::1]", True),
        ("http://notlocalhost", False),
        ("http://localhost.evil.com", False),
        ("http://127.0.0.1.evil.com", False),
        ("http://127.evil.com", False),
        ("http://128.0.0.1", False),
        ("http://0.0.0.0", False),
        ("http://[::ffff:7f00:1]", False),
    ],
)
def test_loopback(text: str, loopback: bool) -> None:
    """Only names and addresses that never leave the machine are loopback."""
    assert Origin.parse(text).is_loopback is loopback
    assert Origin.parse(text).is_insecure is not loopback


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("https://a-b_c.example:80", True),
        ("http://[::1]:8", True),
        ("https://a;b", False),
        ("https://a'b", False),
        ("https://*.a", False),
    ],
)
def test_plain(text: str, plain: bool) -> None:
    """Hosts that could break out of a CSP or a shell line can be told."""
    assert Origin.parse(text).is_plain is plain
