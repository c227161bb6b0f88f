"""Which origins a policy allows, why not, and what the owner is told to write."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest

from escherpad_ext.errors import SettingsInvalid
from escherpad_ext.policy.legacy import LegacyOriginPolicy
from escherpad_ext.policy.origins import Origin, OriginPattern, OriginPolicy

SETTING = "c.EscherpadExt.allowed_origins"
INSECURE = "c.EscherpadExt.dangerously_allow_insecure_origins = True"


ALLOWED = [
    (["https://example.com"], "https://example.com", True),
    (["https://example.com"], "https://www.example.com", False),
    (["https://*.example.com"], "https://www.example.com", True),
    (["https://*.example.com"], "https://a.b.c.example.com", True),
    (["https://*.example.com"], "https://example.com", False),
    (["https://*.example.com"], "https://.example.com", False),
    (["https://*.example.com"], "https://a..example.com", False),
    (["https://*.example.com"], "https://evilexample.com", False),
    (["https://*.example.com"], "https://a.example.com.", False),
    (["https://*.example.com"], "https://a.example.com:8443", False),
    (["https://*.example.com"], "http://a.example.com", False),
    (["https://*.example.com"], "http://a.example.com:443", False),
    (["https://*.example.com:8443"], "https://a.example.com:8443", True),
    (["https://*.example.com:8443"], "https://a.example.com", False),
    (["https://*.example.com:*"], "https://a.example.com", True),
    (["https://*.example.com:*"], "https://a.example.com:1", True),
    (["https://*.example.com:*"], "https://example.com:1", False),
    (["http://localhost:*"], "http://localhost", True),
    (["http://localhost:*"], "http://localhost:8888", True),
    (["http://localhost:*"], "https://localhost:8888", False),
    (["http://localhost:*"], "http://a.localhost:8888", False),
    (["http://*.localhost:3000"], "http://a.localhost:3000", True),
    (["http://[::1]:*"], "http://[::1]:4", True),
    (["https://*.a.example.com", "https://*.example.com:*"], "https://b.example.com:4", True),
    (["vscode-webview://abc"], "vscode-webview://abc", True),
    (["vscode-webview://abc"], "vscode-webview://abcd", False),
    (["*"], "http://example.com", True),
    (["*"], "https://a;b", True),
    (["*"], "null", False),
    (["*"], "https://example.com/", False),
    (["*", "https://example.com"], "https://example.org", True),
    (["https://example.com"] * 3, "https://example.com", True),
    ([], "https://example.com", False),
]


@pytest.mark.parametrize(("patterns", "origin", "allowed"), ALLOWED)
def test_policy(patterns: list[str], origin: str, allowed: bool) -> None:
    """Each kind of pattern covers what it says and not an inch more."""
    policy = OriginPolicy.compile(patterns)
    assert policy.allows(origin) is allowed
    assert (policy.refusal(origin) is None) is allowed


def test_nobody() -> None:
    """Empty means nobody, by either name."""
    assert OriginPolicy.nobody() == OriginPolicy.compile([]) == OriginPolicy.compile(())
    assert OriginPolicy.nobody().is_empty
    assert not OriginPolicy.nobody().allows_any
    assert OriginPolicy.compile(["*"]).allows_any
    assert not OriginPolicy.compile(["*"]).is_empty


def test_compile_reports_all_mistakes_at_once_in_order() -> None:
    """A setting with many mistakes is reported whole, each as a typed value."""
    with pytest.raises(SettingsInvalid) as caught:
        OriginPolicy.compile(
            ["https://a.example/", "https://ok.example", 5, "*", "http://b.example", "null"],
            allow_credentials=True,
        )
    assert [mistake.code for mistake in caught.value.mistakes] == [
        "trailing_slash",
        "not_text",
        "any_origin_with_credentials",
        "insecure",
        "null",
    ]
    assert all(str(mistake) in str(caught.value) for mistake in caught.value.mistakes)


@pytest.mark.parametrize(
    "value", [None, 5, b"x", {"https://a.example": 1}, "", "https://a.example"]
)
def test_not_a_list(value: object) -> None:
    """What is not a list is one mistake; a string is not read as a list of letters."""
    with pytest.raises(SettingsInvalid) as caught:
        OriginPolicy.compile(value)
    (mistake,) = caught.value.mistakes
    assert mistake.code == "not_a_list"
    assert mistake.setting == "allowed_origins"


def test_string_instead_of_list_says_what_to_write() -> None:
    """A string that would be a pattern is suggested in brackets, fixed."""
    with pytest.raises(SettingsInvalid, match=r'\["https://a.example"\]') as caught:
        OriginPolicy.compile("https://a.example/")
    assert caught.value.mistakes[0].suggestion == ["https://a.example"]


def test_any_origin_without_credentials_is_fine() -> None:
    """``*`` is refused only together with credentials."""
    assert OriginPolicy.compile(["*"], allow_credentials=False).allows_any
    assert OriginPolicy.compile(["https://a.example"], allow_credentials=True)


@pytest.mark.parametrize(
    ("origin", "reason"),
    [
        ("null", "null_origin"),
        ("file://", "null_origin"),
        ("NULL", "malformed_origin"),
        ("", "malformed_origin"),
        (None, "malformed_origin"),
        ("https://a.example/", "malformed_origin"),
        ("http://a.example", "insecure_origin"),
        ("http://localhost", "origin_not_listed"),
        ("https://b.example", "origin_not_listed"),
        ("https://a.example", None),
    ],
)
def test_refusal(origin: object, reason: str | None) -> None:
    """Every refusal has a stable code."""
    assert OriginPolicy.compile(["https://a.example"]).refusal(origin) == reason


def test_refusal_of_http_where_http_may_be_listed() -> None:
    """With insecure origins switched on, an http origin is only not listed."""
    policy = OriginPolicy.compile(["http://b.example"], allow_insecure=True)
    assert policy.refusal("http://a.example") == "origin_not_listed"
    assert policy.allows("http://b.example")


@pytest.mark.parametrize(
    ("origin", "line"),
    [
        ("https://b.example", f'{SETTING} = ["https://b.example"]'),
        (
            "http://b.example",
            f'{SETTING} = ["http://b.example"]; {INSECURE}',
        ),
        ("null", None),
        ("https://b.example/", None),
        ("*", None),
        ("http://localhost:*", None),
        ("https://*.b.example", None),
        ('https://a"];import(os);["b', None),
        ("https://b.example.", None),
        (None, None),
    ],
)
def test_advice(origin: object, line: str | None) -> None:
    """The log names the line that allows exactly this origin, or none where none can."""
    assert OriginPolicy.nobody().advice(origin) == line


def test_advice_keeps_what_is_allowed() -> None:
    """Where others are allowed already, the line adds; an allowed origin needs no line."""
    policy = OriginPolicy.compile(["https://a.example"])
    assert policy.advice("https://b.example") == f'{SETTING}.append("https://b.example")'
    assert policy.advice("https://a.example") is None
    insecure = OriginPolicy.compile([], allow_insecure=True)
    assert insecure.advice("http://b.example") == f'{SETTING} = ["http://b.example"]'


def test_policy_cannot_be_changed() -> None:
    """A compiled policy is a value."""
    policy = OriginPolicy.compile(["https://a.example"])
    with pytest.raises(AttributeError):
        policy.allows_any = True  # type: ignore[misc]
    assert hash(policy) == hash(OriginPolicy.compile(["https://a.example"] * 2))


class _Counted(frozenset):  # type: ignore[type-arg]
    """A set that counts how often it is asked, and that nobody may walk through."""

    asked = 0

    def __contains__(self, key: object) -> bool:
        type(self).asked += 1
        return super().__contains__(key)

    def __iter__(self) -> object:  # type: ignore[override]
        raise AssertionError("a look-up walked through all entries")


def test_look_up_does_not_depend_on_the_number_of_entries() -> None:
    """A look-up asks each set once per label of the widest pattern, and walks through none."""
    many = [f"https://*.n{i}.example:*" for i in range(50)] + ["https://*.example.org"]
    policy = OriginPolicy.compile(many)
    for name in ("_exact", "_any_port", "_below", "_below_any_port"):
        object.__setattr__(policy, name, _Counted(getattr(policy, name)))
    _Counted.asked = 0
    assert not policy.allows("https://a.b.c.example.com")
    assert _Counted.asked == 2 + 2 * 2


@pytest.mark.parametrize(
    "text",
    [
        "https://" + "a." * 500_000,
        "a" * 1_000_000,
        "https://[" + ":" * 1_000_000,
        "https://a:" + "9" * 1_000_000,
        "\ud800" * 1000,
        "https://\udfff.example",
        "https://a\x00.example",
        "https://a\r\nSet-Cookie:x.example",
    ],
)
def test_hostile_texts_are_refused_quickly(text: str) -> None:
    """Size and odd characters cost nothing and never raise."""
    policies = [
        OriginPolicy.compile(["https://a.example", "https://*.a.example"]),
        OriginPolicy.compile(["*"]),
        LegacyOriginPolicy.compile("*"),
        LegacyOriginPolicy.compile("", r"(.*a)*b"),
    ]
    start = time.process_time()
    for policy in policies:
        assert policy.allows(text) is False
        assert policy.refusal(text) == "malformed_origin"
        assert policy.advice(text) is None
    assert time.process_time() - start < 0.1


def test_heavy_imports_wait_for_a_wildcard() -> None:
    """The public suffix list is loaded only for wildcards, IDNA tables only for what needs them."""
    code = (
        "import sys\n"
        "from escherpad_ext.policy.origins import OriginPolicy\n"
        "OriginPolicy.compile(['https://a.example', 'http://localhost:*', '*']).allows('x')\n"
        "assert not {'publicsuffixlist', 'idna', 'tornado'} & set(sys.modules)\n"
        "OriginPolicy.compile(['https://*.a.example'])\n"
        "assert not {'idna', 'requests'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True, timeout=60)


def test_any_collection_of_patterns() -> None:
    """Tuples and sets are lists of patterns, too."""
    for patterns in (
        ("https://a.example",),
        {"https://a.example"},
        frozenset({"https://a.example"}),
    ):
        assert OriginPolicy.compile(patterns) == OriginPolicy.compile(["https://a.example"])


def test_covers_agrees_with_text() -> None:
    """A single pattern can be asked, too."""
    pattern = OriginPattern.parse("https://*.a.example")
    assert pattern.covers(Origin.parse("https://b.a.example"))
    assert not pattern.covers(Origin.parse("https://a.example"))
    assert str(pattern) == "https://*.a.example"
