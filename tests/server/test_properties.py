"""The pure rules against hostile texts: what goes into a header again, and what is believed."""

from __future__ import annotations

import re
import string
from urllib.parse import quote

from hypothesis import assume, given
from hypothesis import strategies as st
from support.constants import TOKEN

from escherpad_ext.policy import cors
from escherpad_ext.policy.credentials import TOKEN_PROTOCOL, URL_TOKENS, Offer, present
from escherpad_ext.policy.own import is_foreign_subresource, is_own_origin
from escherpad_ext.policy.refusal_table import REFUSALS

#: What a server may have for a token: anything that a header can carry (spaces within it).
TOKENS = st.text(
    string.ascii_letters + string.digits + string.punctuation + " \xa1\xe9\xff", min_size=1
).filter(lambda token: token == token.strip())
#: What arrives in a header: bytes of latin-1, line ends too in case somebody lets them pass.
HEADERS = st.text(st.characters(max_codepoint=255))
#: Near misses are found by mixing the words of the format with anything.
NEARLY = st.lists(
    st.sampled_from([TOKEN_PROTOCOL, f"{TOKEN_PROTOCOL}.", ",", " ", "token", "Bearer", "%0d%0a"])
    | HEADERS
).map("".join)
HEADER_LINE = re.compile(r"[^\r\n\0]*")


def shown(**given_) -> object:
    """Present nothing but what is given."""
    nothing = {"authorization": None, "in_url": [], "websocket": False, "cookie": False}
    return present(**{**nothing, "offer": Offer(), "url_tokens": "websocket", **given_})


@given(token=TOKENS, others=st.lists(st.sampled_from(["a", "b.c", "v1.kernel"])))
def test_any_token_comes_through_as_a_subprotocol(token, others):
    """Percent-encoded, as JavaScript's encodeURIComponent does it."""
    encoded = quote(token, safe="!'()*-._~")
    offer = Offer.parse(", ".join([*others, TOKEN_PROTOCOL, f"{TOKEN_PROTOCOL}.{encoded}"]))
    assert shown(offer=offer, websocket=True).token == token
    assert offer.protocols == tuple(others)
    assert offer.bare


@given(token=TOKENS, scheme=st.sampled_from(["token", "Token", "bearer", "BEARER"]))
def test_any_token_comes_through_in_the_header(token, scheme):
    """In both schemes, in any case of them (RFC 9110, section 11.1)."""
    assert shown(authorization=f"{scheme} {token}").token == token


@given(header=NEARLY | HEADERS)
def test_offers_never_hand_a_token_on(header):
    """What a handler gets to see of the protocols has no token in it, nor a line end."""
    offer = Offer.parse(header)
    assert not any(protocol.startswith(f"{TOKEN_PROTOCOL}.") for protocol in offer.protocols)
    assert not any("," in protocol for protocol in offer.protocols)


@given(
    authorization=st.none() | NEARLY | HEADERS,
    header=NEARLY | HEADERS,
    in_url=st.lists(st.binary() | HEADERS.map(str.encode), max_size=3),
    websocket=st.booleans(),
    url_tokens=st.sampled_from(URL_TOKENS),
    cookie=st.booleans(),
)
def test_every_request_is_a_token_or_a_problem(
    authorization, header, in_url, websocket, url_tokens, cookie
):
    """Nothing raises; a problem is one of the table; a token never brings a line of its own."""
    assume(authorization is None or HEADER_LINE.fullmatch(authorization))
    found = present(
        authorization=authorization,
        offer=Offer.parse(header),
        in_url=in_url,
        websocket=websocket,
        url_tokens=url_tokens,
        cookie=cookie,
    )
    if found.token is None:
        assert found.problem in REFUSALS
    else:
        assert found.token
        assert HEADER_LINE.fullmatch(found.token)


@given(token=TOKENS, url_tokens=st.sampled_from(URL_TOKENS), websocket=st.booleans())
def test_tokens_in_urls_count_where_they_may(token, url_tokens, websocket):
    """And nowhere else."""
    found = shown(in_url=[token.encode()], url_tokens=url_tokens, websocket=websocket).token
    may = {"websocket": websocket, "never": False, "always": True}[url_tokens]
    assert found == (token if may else None)


@given(offer=st.lists(TOKENS, min_size=1, max_size=3), websocket=st.booleans())
def test_subprotocols_count_on_sockets_once(offer, websocket):
    """Two of them are none; a fetch with that header has none."""
    header = ", ".join(f"{TOKEN_PROTOCOL}.{quote(token, safe='')}" for token in offer)
    found = shown(offer=Offer.parse(header), websocket=websocket).token
    assert found == (offer[0] if websocket and len(offer) == 1 else None)


def test_no_credentials_are_no_token():
    """The empty request is anonymous; a cookie changes only the reason."""
    assert shown().problem == ("missing_token", "no_token")
    assert shown(cookie=True).problem == ("missing_token", "cookie_ignored")
    assert TOKEN not in repr(shown(authorization=f"token {TOKEN}"))


@given(text=HEADERS | NEARLY)
def test_repeated_header_names_are_harmless(text):
    """What the preflight says back is names and commas of bounded length, or nothing.

    After what was asked, there are at most two names that every client sends.
    """
    answer = cors.preflight_headers(
        "https://a.example",
        requested_headers=text,
        private_network=False,
        allow_credentials=False,
        max_age_seconds=1,
    )
    said = answer.get("Access-Control-Allow-Headers", "")
    usual = ("Authorization", "Content-Type")
    ends = ["", *(f", {name}" for name in usual), f", {', '.join(usual)}"]
    assert said == "" or said in {text + end for end in ends}
    assert re.fullmatch(r"[\x21-\x7e \t]*", said)
    assert len(said) <= cors.MAX_REQUESTED_HEADERS_LENGTH + len(ends[-1])


NAMES = st.lists(st.text(string.ascii_letters + "-", min_size=1, max_size=8), max_size=6)


@given(vary=NAMES, more=NAMES)
def test_vary_only_grows(vary, more):
    """Every name is there in the end, once, whatever its case; adding again changes nothing."""
    result = cors.add_vary(", ".join(vary), ", ".join(more))
    listed = [name.lower() for name in result.split(", ") if name]
    assert set(listed) == {name.lower() for name in (*vary, *more)}
    assert cors.add_vary(result, ", ".join(more)) == result
    assert cors.add_vary("*", ", ".join(more)) == "*"


@given(names=NAMES)
def test_exposed_names_are_never_secrets(names):
    """Whatever the response has: no cookie, nothing of CORS itself, each once."""
    hidden = ["Set-Cookie", "set-cookie2", "Access-Control-Allow-Origin", "VARY"]
    listed = cors.sort_headers((*names, *hidden)).exposed.split(", ")
    assert not {name.lower() for name in listed} & {name.lower() for name in hidden}
    assert len(listed) == len(set(listed))


HOSTS = st.sampled_from(["localhost", "127.0.0.1", "[::1]", "jupyter.example.edu", "a.b"])
PORTS = st.sampled_from(["", ":80", ":443", ":8888", ":8889"])
SCHEMES = st.sampled_from(["http", "https"])


@given(host=HOSTS, port=PORTS, scheme=SCHEMES, asked=HOSTS, at=PORTS, secure=st.booleans())
def test_own_origin_is_the_host_that_was_asked(host, port, scheme, asked, at, secure):
    """Against a naive oracle; https may have been added by a proxy, but never taken away."""
    default = {"http": ":80", "https": ":443"}[scheme]
    expected = host == asked and (port or default) == (at or default)
    found = is_own_origin(
        f"{scheme}://{host}{port}", host=asked + at, secure=secure, public_origin=None
    )
    assert found == (expected and not (secure and scheme == "http"))


@given(
    origin=HEADERS | st.sampled_from(["null", "", "http://", "http://localhost:8888/"]),
    secure=st.booleans(),
)
def test_nothing_else_is_the_own_origin(origin, secure):
    """What is no origin is not ours, whatever it looks like."""
    plain = re.fullmatch(r"https?://(localhost)(:8888)", origin)
    found = is_own_origin(origin, host="localhost:8888", secure=secure, public_origin=None)
    assert not found or plain
    assert not is_own_origin(origin, host=None, secure=secure, public_origin=None)


NEIGHBOURS = st.sampled_from(
    [
        "http://localhost:8888.evil.io",
        "http://evil.io/localhost:8888",
        "http://evil.io#localhost:8888",
        "http://evil.io?localhost:8888",
        "http://evil.io\\@localhost:8888",
        "http://user@localhost:8888",
        "http://localhost:88880",
        "http://localhost:8888:8888",
        "http://notlocalhost:8888",
        "http://localhost.:8888",
        "ws://localhost:8888",
        "ftp://localhost:8888",
        "//localhost:8888",
        "localhost:8888",
    ]
)


@given(origin=NEIGHBOURS, host=st.sampled_from(["localhost:8888", "LOCALHOST:8888"]))
def test_neighbours_are_not_the_own_origin(origin, host):
    """Prefixes, suffixes, other schemes, user information."""
    assert not is_own_origin(origin, host=host, secure=False, public_origin=None)


@given(host=st.none() | HEADERS)
def test_public_origin_is_the_own_one_whatever_the_host(host):
    """Behind a proxy that rewrites ``Host``; only that one, to the letter."""
    public = "https://jupyter.example.edu"
    assert is_own_origin(public, host=host, secure=False, public_origin=public)
    assume(host is None or "jupyter" not in host)
    for other in ("http://jupyter.example.edu", f"{public}.evil.io", f"{public}:8443"):
        assert not is_own_origin(other, host=host, secure=False, public_origin=public)


@given(site=st.none() | st.text(), mode=st.none() | st.text())
def test_only_what_browsers_say_of_foreign_pages(site, mode):
    """Anything else is left alone: scripts send whatever they like, and are nobody's page."""
    foreign = site in {"cross-site", "same-site"} and mode == "no-cors"
    assert is_foreign_subresource(site, mode) == foreign
