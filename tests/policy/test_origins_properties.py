"""Properties of origins, patterns and policies, against an oracle that shares no code with them."""

from __future__ import annotations

import ipaddress
import re
import string

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from escherpad_ext.errors import InvalidOrigin, OriginPatternError, SettingsInvalid
from escherpad_ext.policy.origins import Origin, OriginPattern, OriginPolicy

# The wall clock says nothing here: the first wildcard loads the public suffix list, and machines
# are shared.
unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

LDH = string.ascii_lowercase + string.digits + "-_"
# Written out by hand from https://url.spec.whatwg.org/#forbidden-domain-code-point.
FORBIDDEN = "\x00\t\n\r #/:<>?@[\\]^|%\x7f" + "".join(map(chr, range(32))) + string.ascii_uppercase
ODD = "".join(c for c in map(chr, range(128)) if c not in FORBIDDEN and c != ".")
DEFAULTS = {"http": 80, "https": 443}


def _numeric(label: str) -> bool:
    return label.isdigit() or re.fullmatch("0x[0-9a-f]*", label) is not None


def _serialise_ipv6(value: int) -> str:
    """Compress by trying every run: slow, obvious, and not the way the package does it."""
    pieces = [f"{(value >> (112 - 16 * i)) & 0xFFFF:x}" for i in range(8)]
    for length in range(8, 1, -1):
        for start in range(9 - length):
            if pieces[start : start + length] == ["0"] * length:
                return f"[{':'.join(pieces[:start])}::{':'.join(pieces[start + length :])}]"
    return f"[{':'.join(pieces)}]"


label = st.text(LDH, min_size=1, max_size=6)
odd_label = st.text(ODD, max_size=6)
name = st.one_of(
    st.lists(label, min_size=1, max_size=4),
    st.lists(odd_label, min_size=1, max_size=4),
).map(".".join)
domain = name.filter(lambda h: h and not _numeric(h.removesuffix(".").split(".")[-1]))
ipv4 = st.integers(0, 2**32 - 1).map(lambda n: str(ipaddress.IPv4Address(n)))
ipv6 = st.one_of(
    st.integers(0, 2**128 - 1),
    st.lists(st.sampled_from([0, 0, 0, 1, 0xABC]), min_size=8, max_size=8).map(
        lambda pieces: sum(p << (16 * i) for i, p in enumerate(pieces))
    ),
).map(_serialise_ipv6)
parents = st.sampled_from(["a.example", "b.a.example", "example.org", "localhost"])
near = st.builds(lambda x, p: f"{x}.{p}", st.sampled_from(["x", "x.y", "b", "", "x."]), parents)
hosts = st.one_of(parents, near, domain, ipv4, ipv6, st.sampled_from(["127.0.0.1", "[::1]"]))
http_schemes = st.sampled_from(["http", "https"])
ports = st.one_of(st.none(), st.sampled_from([1, 80, 443, 8888]), st.integers(0, 65535))


def serialise(scheme: str, host: str, port: int | None) -> str:
    return f"{scheme}://{host}" + ("" if port in {None, DEFAULTS[scheme]} else f":{port}")


web_origins = st.builds(serialise, http_schemes, hosts, ports)
extensions = st.builds(
    lambda scheme, host: f"{scheme}://{host}",
    st.sampled_from(["chrome-extension", "moz-extension", "vscode-webview", "tauri", "app"]),
    st.one_of(st.uuids().map(str), st.just("localhost"), st.text("abcdefghijklmnop", min_size=1)),
)
origins = st.one_of(web_origins, web_origins, extensions)

wildcards = st.builds(
    lambda scheme, below, host, port: f"{scheme}://{below}{host}{port}",
    st.just("https"),
    st.sampled_from(["", "*."]),
    parents,
    st.sampled_from(["", ":*", ":8888"]),
)
local = st.sampled_from(
    ["http://localhost:*", "http://*.localhost", "http://127.0.0.1", "http://[::1]:*"]
)
patterns = st.one_of(wildcards, local, st.just("tauri://localhost"))


def oracle(pattern: str, origin: str) -> bool:
    """Turn the pattern into a regular expression; ports are made explicit on both sides."""
    if pattern == "*":
        return True
    regex = re.escape(_explicit(pattern))
    regex = regex.replace(r"://\*\.", r"://(?:[^.:]+\.)+", 1)
    regex = re.sub(r":\\\*$", ":[0-9]+", regex)
    return re.fullmatch(regex, _explicit(origin)) is not None


def _explicit(text: str) -> str:
    scheme = text.partition("://")[0]
    if scheme not in DEFAULTS or re.search(
        r":([0-9]+|\*)$", text.partition("://")[2].split("]")[-1]
    ):
        return text
    return f"{text}:{DEFAULTS[scheme]}"


@unhurried
@given(origins)
def test_every_serialised_origin_parses_to_itself(text: str) -> None:
    """What a browser can write is an origin, and its text is kept."""
    assert str(Origin.parse(text)) == text


@unhurried
@given(st.lists(st.one_of(patterns, patterns, st.just("*")), max_size=4), origins)
@example(["https://*.a.example"], "https://.a.example")
@example(["https://*.a.example:*"], "https://x.a.example")
def test_policy_agrees_with_the_oracle(listed: list[str], origin: str) -> None:
    """A policy allows what one of its patterns says, and nothing else."""
    policy = OriginPolicy.compile(listed)
    expected = any(oracle(each, origin) for each in listed)
    assert policy.allows(origin) is expected
    assert (policy.refusal(origin) is None) is expected
    covered = [OriginPattern.parse(each).covers(Origin.parse(origin)) for each in listed]
    assert any(covered) is expected


GRAMMAR = re.compile(
    r"[a-z][a-z0-9+.-]*://(?:\[[0-9a-f:]+\]|[^\x00-\x20#/:<>?@\[\\\]^|%\x7fA-Z\x80-\U0010ffff]+)"
    r"(?::(?:0|[1-9][0-9]*))?"
)


@unhurried
@given(st.one_of(st.text(), st.text("htps:/.ae[]*10@ \x00é\ud800", max_size=20)))
def test_arbitrary_text_is_never_allowed_unless_it_is_an_origin(text: str) -> None:
    """Not even ``*`` allows what no browser can write, and nothing raises."""
    policy = OriginPolicy.compile(["*"])
    if policy.allows(text):
        assert GRAMMAR.fullmatch(text)
        assert str(Origin.parse(text)) == text
    else:
        assert policy.refusal(text) in {"null_origin", "malformed_origin"}
        assert policy.advice(text) is None


UNSERIALISED = st.sampled_from(
    [
        lambda o: o + "/",
        lambda o: o + "/lab",
        lambda o: o + "?x",
        lambda o: o + "#",
        lambda o: o + ":",
        lambda o: o + "\n",
        lambda o: " " + o,
        lambda o: o + " " + o,
        lambda o: o + "," + o + "/",
        lambda o: o.upper(),
        lambda o: o.replace("://", "://u@"),
        lambda o: o.replace("://", "://u:p@"),
        lambda o: o.replace("://", ":/"),
        lambda o: o.replace("://", ":\\\\"),
        lambda o: o.replace("://", "://é"),
        lambda o: o.replace("://", "://%61"),
        lambda o: re.sub(r":([0-9]+)$", r":0\1", o) + "/",
        lambda o: "blob:" + o,
        lambda o: o.partition("://")[2],
        lambda o: "ws" + o[o.index("://") :],
        lambda o: "file" + o[o.index("://") :],
    ]
)


@unhurried
@given(origins, UNSERIALISED)
def test_what_no_browser_writes_is_never_allowed(origin: str, mutate) -> None:  # type: ignore[no-untyped-def]
    """Whatever is not exactly a serialised origin is refused, even by ``*`` and its own entry."""
    text = mutate(origin)
    assert not OriginPolicy.compile(["*"]).allows(text)
    with pytest.raises(InvalidOrigin):
        Origin.parse(text)


@unhurried
@given(http_schemes, hosts)
def test_default_port_is_never_spelt_out(scheme: str, host: str) -> None:
    """``:80`` and ``:443`` are left out by browsers, so an origin that has them is none."""
    assert not OriginPolicy.compile(["*"]).allows(f"{scheme}://{host}:{DEFAULTS[scheme]}")


@unhurried
@given(http_schemes, hosts, st.one_of(st.integers(65536), st.integers(max_value=-1)))
def test_port_out_of_range(scheme: str, host: str, port: int) -> None:
    """Ports end at 65535."""
    assert not OriginPolicy.compile(["*"]).allows(f"{scheme}://{host}:{port}")


@unhurried
@given(http_schemes, ipv4.flatmap(lambda h: st.sampled_from(_ipv4_spellings(h))))
def test_ipv4_spelt_otherwise_is_no_origin(scheme: str, host: str) -> None:
    """One address has one spelling."""
    assert not OriginPolicy.compile(["*"]).allows(f"{scheme}://{host}")


def _ipv4_spellings(host: str) -> list[str]:
    value = int(ipaddress.IPv4Address(host))
    first, rest = host.split(".", 1)
    return [str(value), hex(value), f"{host}.", f"0{host}", f"0x{int(first):x}.{rest}", f"{host}.0"]


@unhurried
@given(st.integers(0, 2**128 - 1).map(ipaddress.IPv6Address))
def test_ipv6_spelt_otherwise_is_no_origin(address: ipaddress.IPv6Address) -> None:
    """Long, upper case and bare forms are no origins."""
    short = _serialise_ipv6(int(address))
    for host in (f"[{address.exploded}]", short.upper(), short[1:-1]):
        assert host == short or not OriginPolicy.compile(["*"]).allows(f"https://{host}")


plain_hosts = st.lists(
    st.text(string.ascii_lowercase, min_size=2, max_size=5), min_size=2, max_size=3
)


@unhurried
@given(plain_hosts, st.sampled_from([None, 8443]))
def test_neighbours_of_an_allowed_origin(labels: list[str], port: int | None) -> None:
    """Nothing that only resembles an allowed origin is allowed."""
    assume(not _numeric(labels[-1]))
    host = ".".join(labels)
    colon = "" if port is None else f":{port}"
    allowed = f"https://{host}{colon}"
    policy = OriginPolicy.compile([allowed])
    assert policy.allows(allowed)
    for neighbour in _neighbours(host, colon):
        assert not policy.allows(neighbour), neighbour


def _neighbours(host: str, colon: str) -> list[str]:
    cyrillic = host.translate(
        str.maketrans("aeopcxy", "\u0430\u0435\u043e\u0440\u0441\u0445\u0443")
    )
    look_alike = f"https://xn--{host.partition('.')[0]}-9za.{host.partition('.')[2]}{colon}"
    return [
        f"https://{host}.evil.example{colon}",
        f"https://{host}x{colon}",
        f"https://x{host}{colon}",
        f"https://x.{host}{colon}",
        f"https://{host[1:]}{colon}",
        f"https://{host.partition('.')[2]}{colon}",
        f"https://{host}{colon}1",
        f"https://{host}:1",
        f"https://{host}:443",
        f"https://{host}" + ("" if colon else ":8443"),
        f"http://{host}{colon}",
        f"http://{host}:443",
        f"httpsx://{host}{colon}",
        f"https://u@{host}{colon}",
        f"https://{host}@evil.example{colon}",
        f"https://evil.example#{host}{colon}",
        f"https://{host}.{colon}",
        f"https://.{host}{colon}",
        f"https://{host.upper()}{colon}",
        f"HTTPS://{host}{colon}",
        f"https://{host}{colon}/",
        f"https://{host}{colon}/x",
        f"https://{host}{colon}\x00",
        f"https://{host}{colon} ",
        f"https://{host}`.evil.example{colon}",
        f"https://{host},.evil.example{colon}",
        look_alike,
        "null",
        "",
    ] + ([f"https://{cyrillic}{colon}"] if cyrillic != host else [])


PIECES = ["", "*.", ":*", ":443", ":0", "http://", "wss://", "blob:", "\\.", ".*", "::1", "0x7f"]
MUTATIONS = st.sampled_from([*PIECES, *'/*@[]é ,%^$(|.A#?"', "\ud800"])


def mistake_of(text: str | None, **switches: bool) -> OriginPatternError | None:
    """Return the mistake in a pattern, None where there is none."""
    try:
        OriginPattern.parse(text, **switches)
    except OriginPatternError as mistake:
        return mistake
    return None


@st.composite
def mutated(draw: st.DrawFn) -> str:
    text = draw(st.one_of(origins, patterns))
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(text)))
        text = text[:at] + draw(MUTATIONS) + text[at + draw(st.integers(0, 1)) :]
    return text


@unhurried
@given(
    st.one_of(st.text(), st.text("htps:/.ae[]*10@ \\é", max_size=20), mutated()),
    st.booleans(),
    st.booleans(),
)
def test_suggestions_always_parse(text: str, insecure: bool, suffix: bool) -> None:
    """Whatever was written, what is suggested instead is right under default settings."""
    mistake = mistake_of(text, allow_insecure=insecure, allow_public_suffix=suffix)
    assume(mistake is not None)
    assert mistake is not None
    assert str(mistake).isprintable()
    assert mistake.suggestion is None or mistake_of(mistake.suggestion) is None


@unhurried
@given(st.one_of(patterns, mutated()))
def test_pattern_round_trip(text: str) -> None:
    """A pattern is kept as it was written."""
    if mistake_of(text, allow_insecure=True, allow_public_suffix=True) is None:
        pattern = OriginPattern.parse(text, allow_insecure=True, allow_public_suffix=True)
        assert str(pattern) == text


@unhurried
@given(st.text())
def test_string_instead_of_list_suggests_what_parses(text: str) -> None:
    """The suggestion for a string where a list belongs is right, too."""
    with pytest.raises(SettingsInvalid) as caught:
        OriginPolicy.compile(text)
    suggestion = caught.value.mistakes[0].suggestion
    assert suggestion is None or OriginPolicy.compile(suggestion)


@unhurried
@given(st.one_of(origins, mutated()))
def test_exact_patterns_and_origins_agree(text: str) -> None:
    """An exact pattern is an origin, and allows itself."""
    try:
        pattern = OriginPattern.parse(text, allow_insecure=True)
    except OriginPatternError:
        return
    if not (pattern.subdomains or pattern.any_port):
        assert OriginPolicy.compile([text], allow_insecure=True).allows(text)


@unhurried
@given(st.lists(st.one_of(patterns, mutated(), st.none()), max_size=6))
def test_compile_reports_every_mistake(entries: list[str | None]) -> None:
    """As many mistakes as bad entries, in their order."""
    expected = [str(mistake) for mistake in map(mistake_of, entries) if mistake is not None]
    found: tuple[object, ...] = ()
    try:
        OriginPolicy.compile(entries)
    except SettingsInvalid as error:
        found = error.mistakes
    assert list(map(str, found)) == expected


@unhurried
@given(origins)
def test_advice_allows_exactly_the_origin(origin: str) -> None:
    """The line for the log, once written, allows the origin."""
    line = OriginPolicy.nobody().advice(origin)
    if line is None:
        return
    entry = line.split('"')[1]
    assert entry == origin
    insecure = "dangerously_allow_insecure_origins = True" in line
    assert OriginPolicy.compile([entry], allow_insecure=insecure).allows(origin)
