"""Who asks, and where the answer goes: no text is taken for a site that it does not lead to."""

from __future__ import annotations

import re
from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from escherpad_ext.connect.clients import check_redirect_uri, client_origin
from escherpad_ext.connect.problems import ConnectError
from escherpad_ext.policy.origin import Origin

SITE = Origin.parse("https://site.example")

NO_CLIENTS = [
    "",
    "/",
    "null",
    "null/",
    "none/",
    "site.example/",
    "//site.example/",
    "https://site.example",  # no slash
    "https://site.example//",
    "https://site.example/app",
    "https://site.example/?",
    "https://site.example/#",
    "https:/site.example/",
    "https:site.example/",
    "https:\\\\site.example/",
    "HTTPS://site.example/",
    "https://Site.example/",
    "https://site.example:443/",
    "http://site.example:80/",
    "https://site.example:/",
    "https://site.example:065/",
    "https://site.example:65536/",
    "https://site.example:-1/",
    "https://site.example:٤٤٣/",
    "https://ana@site.example/",
    "https://ana:secret@site.example/",
    "https://@site.example/",
    "https://s%69te.example/",
    "https://münchen.example/",
    "https://site。example/",
    "https://*.site.example/",
    "https://*/",
    "*",
    "https://site.example\t/",
    "https://site.example\n/",
    "https://site.example/\n",
    " https://site.example/",
    "https://site.example /",
    "https://site.example\x00/",
    "https://site.example;evil.io/",
    "https://site.example,evil.io/",
    "https://site.example' evil.io/",
    "https://127.1/",
    "https://0x7f.0.0.1/",
    "https://127.0.0.1./",
    "https://[::0001]/",
    "https://[0:0:0:0:0:0:0:1]/",
    "https://[::1%25eth0]/",
    "https://[::ffff:127.0.0.1]/",
    "https://::1/",
    "file:///",
    "file://site.example/",
    "ftp://site.example/",
    "data:text/html,x/",
    "blob:https://site.example/",
    "javascript://site.example/",
    "ws://site.example/",
    "wss://site.example/",
    "chrome-extension://abcdefghijklmnop",
    "chrome-extension://abcdefghijklmnop/x",
    "app://a'b/",
    f"https://{'a.' * 200}example/",
]

CLIENTS = [
    "https://site.example/",
    "https://site.example./",  # to browsers it is another site than the one without the dot
    "https://site.example:8443/",
    "https://xn--mnchen-3ya.example/",
    "http://localhost:5173/",
    "http://127.0.0.1:5173/",
    "http://[::1]:5173/",
    "https://localhost/",
]

NO_REDIRECT_URIS = [
    "",
    "/back",
    "back",
    "//site.example/back",
    "https://site.example",
    "https://site.example?x=1",
    "https://site.example#x",
    "http://site.example/",
    "HTTPS://site.example/",
    "https://SITE.example/",
    "https://site.example:443/",
    "https://site.example:8443/",
    "https://site.example.evil.io/",
    "https://site.examplevil.io/",
    "https://site.example@evil.io/",
    "https://site.example:x@evil.io/",
    "https://ana@site.example/",
    "https://evil.io/https://site.example/",
    "https://evil.io\\@site.example/",
    "https://site.example\\@evil.io/",
    "https://site.example\\.evil.io/",
    "https://site.example/\\evil.io",
    "https://site.example/back#",
    "https://site.example/back#code",
    "https://site.example/%",
    "https://site.example/%0",
    "https://site.example/%zz",
    "https://site.example%2f@evil.io/",
    "https://site.example%00/",
    "https://site.example/\t",
    "https://site.exa\tmple/",
    "https://site.example/\n",
    "https://site.example/\r\nSet-Cookie: a=b",
    "https://site.example/ back",
    "https://site.example/bäck",
    "https://site.example\u3002evil.io/",
    "https://site.example\u2044evil.io/",
    "https://site.example/<script>",
    "https://site.example/[::1]",
    "https://site.example/?a[]=1",
    'https://site.example/"',
    "\thttps://site.example/",
    " https://site.example/",
    "https:\\\\site.example/",
    "https:site.example/",
    "javascript:alert(1)//https://site.example/",
    "data:text/html,https://site.example/",
    "https://site.example/" + "a" * 2000,
    "https://xn--site-9za.example/",
    "https://sité.example/",
]

REDIRECT_URIS = [
    "https://site.example/",
    "https://site.example//evil.io/",
    "https://site.example/@evil.io",
    "https://site.example/../..//evil.io",
    "https://site.example/%2e%2e/%5Cevil.io",
    "https://site.example/;evil.io",
    "https://site.example/?next=https://evil.io/&x",
    "https://site.example/:80@evil.io/",
]


@pytest.mark.parametrize("client_id", NO_CLIENTS)
def test_not_the_origin_of_a_site(client_id):
    """A client's id is exactly a canonical http(s) origin and a slash; nothing is fixed."""
    with pytest.raises(ConnectError):
        client_origin(client_id)


@pytest.mark.parametrize(
    ("origin", "sharing"),
    [
        ("tauri://localhost", "Every Tauri app"),
        ("capacitor://localhost", "Every Capacitor app"),
        ("app://.", "Every app"),
        ("chrome-extension://abcdefghijklmnop", "Only this extension"),
        ("safari-web-extension://5A3F", "Only this extension"),
        ("vscode-webview://12345", "which changes"),
    ],
)
def test_an_app_is_told_why_it_cannot_ask(origin, sharing):
    """It is an origin, but no answer can go there; who else has it, and what to run, is said."""
    with pytest.raises(ConnectError) as raised:
        client_origin(f"{origin}/")
    assert raised.value.code == "app_shell"
    assert origin in raised.value.sentence
    assert sharing in raised.value.sentence
    assert raised.value.suggestion == f"jupyter escherpad token create --origin {origin}"


@pytest.mark.parametrize("client_id", CLIENTS)
def test_the_origin_of_a_site(client_id):
    assert f"{client_origin(client_id)}/" == client_id


@pytest.mark.parametrize("uri", NO_REDIRECT_URIS)
def test_no_page_of_the_site(uri):
    """The client's origin and its slash come first, literally; then path and query, no fragment."""
    with pytest.raises(ConnectError):
        check_redirect_uri(uri, SITE)


@pytest.mark.parametrize("uri", REDIRECT_URIS)
def test_a_page_of_the_site(uri):
    check_redirect_uri(uri, SITE)
    assert origin_in_a_browser(uri) == str(SITE)


@pytest.mark.parametrize("name", ["code", "state", "iss", "error", "error_uri", "i%73s", "%63ode"])
def test_a_redirect_uri_cannot_answer_already(name):
    """RFC 9207: a malicious server could else have itself named as the issuer of our code.

    It would send its victim here with ``redirect_uri=…?iss=<itself>``; the client finds two, and
    ``URLSearchParams.get`` returns the first.
    """
    for query in (f"{name}=x", f"a=b&{name}=x", f"{name}", f"a&{name}=&b"):
        with pytest.raises(ConnectError):
            check_redirect_uri(f"https://site.example/back?{query}", SITE)
    check_redirect_uri(f"https://site.example/{name}?my_{name}=x&x{name}", SITE)


def origin_in_a_browser(text: str) -> str | None:
    """Return the origin that a browser finds in a URL: the parts of WHATWG's parser that matter.

    https://url.spec.whatwg.org/#concept-basic-url-parser, for special schemes.
    """
    text = re.sub(r"[\t\n\r]", "", text.strip("".join(map(chr, range(0x21)))))
    scheme = re.match(r"(https?):", text, re.IGNORECASE)
    if scheme is None:
        return None
    rest = text[scheme.end() :].replace("\\", "/").lstrip("/")
    authority = re.split(r"[/?#]", rest, maxsplit=1)[0]
    host, _, port = authority.rpartition("@")[2].partition(":")
    try:
        host = unquote(host, errors="strict").lower()
        host = host if host.isascii() else host.encode("idna").decode()
        number = f":{int(port)}" if port else ""
    except ValueError:
        return None
    default = {"http": ":80", "https": ":443"}[scheme[1].lower()]
    return f"{scheme[1].lower()}://{host}{'' if number == default else number}"


WORDS = (
    "https:// http:// site.example evil.io :443 :8443 %2e %2f %5c %09 %00 code=x state iss= [::1]"
)
PARTS = st.sampled_from([*WORDS.split(" "), *"/\\@:.?#%&=;[]'\"<>\t\n\r\0ä。\uff41"])
TAILS = st.lists(PARTS | st.text(max_size=3), max_size=8).map("".join)


@given(tail=TAILS)
@example(tail="/\t/evil.io")
@example(tail="\\@evil.io/")
def test_wherever_it_leads_it_is_the_site(tail):
    """Whatever redirect_uri is taken, a browser finds exactly the client's origin in it."""
    for uri in (f"https://site.example{tail}", f"https://site.example/{tail}", tail):
        try:
            check_redirect_uri(uri, SITE)
        except ConnectError:
            continue
        assert origin_in_a_browser(uri) == str(SITE)
        assert "#" not in uri
        assert urlsplit(uri).netloc == "site.example"


@given(text=TAILS)
@example(text="https://site.example/")
def test_whoever_asks_is_who_they_say(text):
    """Whatever client_id is taken, a browser finds that origin in it and nothing else."""
    for client_id in (text, f"https://{text}/", f"https://site.example{text}/"):
        try:
            origin = client_origin(client_id)
        except ConnectError:
            continue
        if "[" not in client_id:
            assert origin_in_a_browser(client_id) == str(origin)
        assert client_id == f"{origin}/"
