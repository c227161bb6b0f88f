"""Every way of writing a pattern wrong, and what is said about it."""

from __future__ import annotations

import pytest

from escherpad_ext.errors import EscherpadError, OriginPatternError, SettingError
from escherpad_ext.policy.origins import OriginPattern

GOOD = [
    "*",
    "https://example.com",
    "https://example.com:8443",
    "https://*.example.com",
    "https://*.example.com:8443",
    "https://*.example.com:*",
    "https://example.com:*",
    "https://xn--bcher-kva.de",
    "https://v--abc.vscode-cdn.net",
    "https://a_b.example",
    "https://localhost",
    "https://intranet",
    "https://192.168.1.5:8000",
    "http://localhost",
    "http://localhost:*",
    "http://*.localhost:3000",
    "http://*.localhost",
    "http://127.0.0.1:8888",
    "http://127.8.8.8",
    "http://[::1]:*",
    "https://[2001:db8::1]",
    "chrome-extension://abcdefghijklmnopabcdefghijklmnop",
    "vscode-webview://0a1b2c",
    "tauri://localhost",
    "app://-",
    "app://.",
    "vscode-webview://12345",
    "safari-web-extension://5A3F0B1D-9A3E",
]

BAD = [
    ("", "empty", None),
    (" ", "empty", None),
    (" https://a.example", "whitespace", "https://a.example"),
    ("https://a.example\n", "whitespace", "https://a.example"),
    ("https://a.example/", "trailing_slash", "https://a.example"),
    ("http://localhost:*/", "trailing_slash", "http://localhost:*"),
    ("chrome-extension://abc/", "trailing_slash", "chrome-extension://abc"),
    ("https://a.example/lab", "path", "https://a.example"),
    ("https://a.example?x", "query", "https://a.example"),
    ("https://a.example#x", "fragment", "https://a.example"),
    ("https://a.example:443", "port_default", "https://a.example"),
    ("http://localhost:80", "port_default", "http://localhost"),
    ("https://*.a.example:443", "port_default", "https://*.a.example"),
    ("https://A.example", "upper_case", "https://a.example"),
    ("HTTPS://a.example", "upper_case", "https://a.example"),
    ("chrome-extension://ABC", "upper_case", "chrome-extension://abc"),
    ("Safari-Web-Extension://A1", "upper_case", "safari-web-extension://A1"),
    ("HTTPS://A.example:443/x", "path", "https://a.example"),
    ("https://bücher.de", "unicode_host", "https://xn--bcher-kva.de"),
    ("https://*.BÜCHER.de:443", "upper_case", "https://*.xn--bcher-kva.de"),
    ("https://faß.de", "unicode_host", "https://xn--fa-hia.de"),
    ("https://\U0001f4a9.la", "unicode_host", None),
    ("null", "null", None),
    ("NULL", "null", None),
    ("file://", "scheme_unusable", None),
    ("file:///home/x.html", "scheme_unusable", None),
    ("data:,x", "scheme_unusable", None),
    ("about:blank", "scheme_unusable", None),
    ("javascript:alert(1)", "scheme_unusable", None),
    ("ftp://a.example", "scheme_unusable", None),
    ("blob:https://a.example/1-2", "scheme_unusable", "https://a.example"),
    ("ws://localhost:8888", "scheme_websocket", "http://localhost:8888"),
    ("wss://a.example", "scheme_websocket", "https://a.example"),
    ("WSS://a.example:443/x", "scheme_websocket", "https://a.example"),
    ("www.escherpad.com", "scheme_missing", "https://www.escherpad.com"),
    ("www.escherpad.com/lab", "scheme_missing", "https://www.escherpad.com"),
    ("//a.example", "scheme_missing", "https://a.example"),
    ("*.a.example", "scheme_missing", "https://*.a.example"),
    ("localhost:3000", "scheme_missing", "http://localhost:3000"),
    ("LOCALHOST:3000", "scheme_missing", "http://localhost:3000"),
    ("localhost", "scheme_missing", "http://localhost"),
    ("127.0.0.1:8888/lab", "scheme_missing", "http://127.0.0.1:8888"),
    ("::1", "scheme_missing", "http://[::1]"),
    ("[::1]:8888", "scheme_missing", "http://[::1]:8888"),
    ("*:*", "scheme_missing", None),
    ("https:/a.example", "slashes", "https://a.example"),
    ("https:a.example", "slashes", "https://a.example"),
    ("https:///a.example", "slashes", "https://a.example"),
    ("https:\\\\a.example", "backslash", "https://a.example"),
    ("1https://a.example", "scheme_malformed", None),
    ("*://a.example", "wildcard_scheme", "https://a.example"),
    ("https://u@a.example", "user_info", "https://a.example"),
    ("https://u:p@a.example", "user_info", "https://a.example"),
    ("https://", "host_missing", None),
    ("https://:8888", "host_missing", None),
    ("https://a.example:0", "port_zero", "https://a.example:*"),
    ("https://a.example:65536", "port_range", None),
    ("https://a.example:080", "port_zeros", "https://a.example:80"),
    ("https://a.example:0443", "port_zeros", "https://a.example"),
    ("https://a.example:x", "port_malformed", None),
    ("https://a.example:8*", "port_malformed", None),
    ("https://a.example:**", "port_malformed", None),
    ("https://a.example:٨", "port_malformed", None),
    ("https://a.example:", "port_empty", "https://a.example"),
    ("app://x:*", "wildcard_port", "app://x"),
    ("http://[0:0:0:0:0:0:0:1]", "ipv6_form", "http://[::1]"),
    ("https://[2001:db8::0:1]:8", "ipv6_form", "https://[2001:db8::1]:8"),
    ("https://[::ffff:1.2.3.4]", "ipv6_form", "https://[::ffff:102:304]"),
    ("http://::1", "ipv6_brackets", "http://[::1]"),
    ("https://2001:db8::1", "ipv6_brackets", "https://[2001:db8::1]"),
    ("https://[fe80::1%eth0]", "ipv6_zone", "https://[fe80::1]"),
    ("https://[::1", "ipv6", None),
    ("https://[x]", "ipv6", None),
    ("http://127.1", "ipv4_form", "http://127.0.0.1"),
    ("http://0x7f.1:8888", "ipv4_form", "http://127.0.0.1:8888"),
    ("http://2130706433", "ipv4_form", "http://127.0.0.1"),
    ("http://0177.0.0.1", "ipv4_form", "http://127.0.0.1"),
    ("https://256.1.1.1", "ipv4_form", None),
    ("https://09.1.1.1", "ipv4_form", None),
    ("https://a.1", "ipv4_form", None),
    ("https://a.*.example", "wildcard_position", None),
    ("https://a.*", "wildcard_position", None),
    ("https://foo*.a.example", "wildcard_partial", None),
    ("https://*foo.a.example", "wildcard_partial", None),
    ("https://*.127.0.0.1", "wildcard_ip", None),
    ("https://*.[::1]", "wildcard_ip", None),
    ("https://*.*.a.example", "wildcard_several", "https://*.a.example"),
    ("https://*.a.*.example", "wildcard_several", None),
    ("https://*", "wildcard_host", None),
    ("https://*:*", "wildcard_host", None),
    ("chrome-extension://*", "wildcard_host", None),
    ("app://*.x", "wildcard_host", None),
    (r"https://.*\.a\.example", "regular_expression", "https://*.a.example"),
    (r"^https://a\.example$", "regular_expression", "https://a.example"),
    (r"http://localhost:\d+", "regular_expression", "http://localhost:*"),
    (r"https?://a\.example", "regular_expression", None),
    (r"https://(a|b)\.example", "regular_expression", None),
    (".*", "regular_expression", None),
    ("https://a..example", "empty_label", None),
    ("https://.a.example", "empty_label", None),
    ("https://*..example", "empty_label", None),
    ("https://a.example.", "trailing_dot", "https://a.example"),
    ("https://*.a.example.", "trailing_dot", "https://*.a.example"),
    ("https://" + "a" * 64 + ".example", "too_long", None),
    ("https://" + "a." * 130 + "example", "too_long", None),
    ("x" * 1_000_000, "too_long", None),
    ("https://a'b.example", "bad_character", None),
    ("https://a~b.example", "bad_character", None),
    ("https://a%41.example", "bad_character", "https://aa.example"),
    ("https://a\x00.example", "bad_character", None),
    ("https://\ud800.example", "bad_character", None),
    ("https://a.example,https://b.example", "several_origins", None),
    ("https://a.example https://b.example", "several_origins", None),
    ("https://a.example;http://[::1]:8", "several_origins", None),
    ('["https://a.example", "https://b.example"]', "several_origins", None),
    ('"https://a.example"', "quotes", "https://a.example"),
    ("<https://a.example>,", "quotes", "https://a.example"),
    ("http://a.example", "insecure", "https://a.example"),
    ("http://a.example:8080", "insecure", "https://a.example:8080"),
    ("http://a.example:443", "insecure", "https://a.example"),
    ("http://a.example/", "trailing_slash", "https://a.example"),
    ("http://192.168.1.5:8000", "insecure", "https://192.168.1.5:8000"),
    ("http://localhost.evil.example", "insecure", "https://localhost.evil.example"),
    ("http://*.a.example", "insecure", "https://*.a.example"),
    ("http://*.github.io", "insecure", None),
    ("https://*.github.io", "public_suffix", None),
    ("https://*.com", "public_suffix", None),
    ("https://*.co.uk:*", "public_suffix", None),
    ("https://*.xn--p1ai", "public_suffix", None),
    ("https://*.amazonaws.com", "public_suffix", None),
    ("https://*.kobe.jp", "public_suffix", None),
    ("https://*.foo.kobe.jp", "public_suffix", None),
    ("https://*.ck", "public_suffix", None),
    (None, "not_text", None),
    (5, "not_text", None),
    (b"https://a.example", "not_text", None),
]


@pytest.mark.parametrize("text", GOOD)
def test_good_pattern(text: str) -> None:
    """What the documentation promises parses, and is written back the same."""
    assert str(OriginPattern.parse(text)) == text


@pytest.mark.parametrize(("text", "code", "suggestion"), BAD)
def test_bad_pattern(text: object, code: str, suggestion: str | None) -> None:
    """Each mistake has its code, one sentence with what to do, and where possible the remedy."""
    with pytest.raises(OriginPatternError) as caught:
        OriginPattern.parse(text)
    mistake = caught.value
    assert (mistake.code, mistake.suggestion) == (code, suggestion)
    assert mistake.pattern == text
    assert len(str(mistake)) < 500
    assert str(mistake).isprintable()
    assert ": " in mistake.what, "the sentence says what to do, behind a colon"
    if suggestion is not None:
        assert str(mistake).endswith(f"Write {suggestion!r} instead.")


@pytest.mark.parametrize("text", ["https://*.city.kobe.jp", "https://*.www.ck", "https://*.lan"])
def test_wildcards_that_stay_within_one_owner(text: str) -> None:
    """Exceptions of the public suffix list, and private networks, may have wildcards."""
    assert OriginPattern.parse(text).subdomains


def test_insecure_names_its_setting() -> None:
    """The refusal of http names the switch, and the switch works."""
    with pytest.raises(SettingError, match="dangerously_allow_insecure_origins"):
        OriginPattern.parse("http://a.example")
    assert OriginPattern.parse("http://a.example", allow_insecure=True).port == 80


def test_public_suffix_names_its_setting() -> None:
    """The refusal of a public suffix names the switch, and the switch works."""
    with pytest.raises(EscherpadError, match="dangerously_allow_public_suffix_wildcards"):
        OriginPattern.parse("https://*.github.io")
    assert OriginPattern.parse("https://*.github.io", allow_public_suffix=True).subdomains


def test_one_switch_does_not_turn_the_other() -> None:
    """Each danger is allowed on its own."""
    with pytest.raises(OriginPatternError) as caught:
        OriginPattern.parse("http://*.github.io", allow_insecure=True)
    assert caught.value.code == "public_suffix"
    with pytest.raises(OriginPatternError) as caught:
        OriginPattern.parse("http://*.github.io", allow_public_suffix=True)
    assert caught.value.code == "insecure"


def test_several_origins_are_shown_as_a_list() -> None:
    """A list within a string is shown as the list that was meant."""
    with pytest.raises(OriginPatternError) as caught:
        OriginPattern.parse("https://a.example, http://[::1]:8")
    assert '["https://a.example", "http://[::1]:8"]' in caught.value.what
