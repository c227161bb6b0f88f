"""Client ID Metadata Documents: what an id may be, what a document may say, and how it is kept."""

from __future__ import annotations

import asyncio
import json
import os
import threading
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.connect.browser_user import Person
from support.connect.hostile_requests import service_of
from support.connect.programs import AskingProgram

from escherpad_ext.connect.client_documents import (
    DEFAULT_AGE,
    MAX_AGE,
    NETWORK,
    DocumentError,
    Fetched,
    read_document,
    read_document_url,
    seconds_to_keep,
)
from escherpad_ext.connect.introduction import NEAR
from escherpad_ext.connect.known_documents import (
    MAX_KEPT,
    MAX_RUNNING,
    PAUSE_SECONDS,
    KnownDocuments,
)
from escherpad_ext.connect.problems import ConnectError
from escherpad_ext.connect.public_addresses import is_public

URL = "https://agent.example/oauth/client.json"
LOOPBACK, SITE = "http://localhost:1/callback", "https://agent.example/back"
SECONDS = 40


def document(**changed: Any) -> bytes:
    found = {"client_id": URL, "client_name": "An agent", "redirect_uris": [LOOPBACK], **changed}
    return json.dumps(found).encode()


@pytest.mark.parametrize("url", [URL, "https://a.example/x", "https://a.example/x?y=1"])
def test_an_address_of_a_document(url: str) -> None:
    found = read_document_url(url)
    assert found is not None
    assert (found.id, found.redirects) == (url, None)


@pytest.mark.parametrize(
    "url",
    [
        "https://agent.example",
        "https://agent.example/",
        "http://agent.example/client.json",
        "https://agent.example:8443/client.json",
        "https://agent.example:443/client.json",
        "https://AGENT.example/client.json",
        "https://127.0.0.1/client.json",
        "https://[::1]/client.json",
        "https://localhost/client.json",
        "https://a.localhost/client.json",
        "https://2130706433/client.json",
        "https://user@agent.example/client.json",
        "https://agent.example/client.json#x",
        "https://agent.example/../client.json",
        "https://agent.example/%2e%2e/client.json",
        "https://agent.example/./client.json",
        "https://agent.example//",
        "https://agent.example//client.json",
        "https://agent.example/?client.json",
        "https://agent.example/client json",
        "https://agent.example/client\\json",
        "https://agent.example/" + "x" * 300,
        "cursor://agent.example/client.json",
        "",
    ],
)
def test_no_address_of_a_document(url: str) -> None:
    assert read_document_url(url) is None


def test_what_it_says() -> None:
    """Its redirects to this computer and to https sites, and its name."""
    offered = [LOOPBACK, SITE, "cursor://x", "http://agent.example/", "https://127.0.0.1/x", 7]
    program = read_document(URL, document(redirect_uris=offered, logo_uri="https://evil.example"))
    assert program.redirects == (LOOPBACK, SITE)
    assert program.name == "An agent"
    assert program.may_redirect_to("http://localhost:50000/callback")
    assert program.may_redirect_to(SITE)
    for uri in (f"{SITE}/x", "https://evil.example/back", "https://agent.example:8443/back"):
        assert not program.may_redirect_to(uri)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"\xff",
        b"[" * 4000,
        document(client_id="https://other.example/oauth/client.json"),
        document(client_id=URL + "/"),
        document(client_id=None),
        document(redirect_uris=[]),
        document(redirect_uris=LOOPBACK),
        document(redirect_uris=["cursor://x", "https://a@agent.example/"]),
    ],
)
def test_a_document_that_cannot_be_used(body: bytes) -> None:
    with pytest.raises(DocumentError):
        read_document(URL, body)


@given(
    body=st.binary(max_size=200) | st.recursive(st.text(), st.lists).map(json.dumps).map(str.encode)
)
@settings(max_examples=500 if os.environ.get("ESCHERPAD_FULL") else 50)
def test_whatever_it_says(body: bytes) -> None:
    """It is refused in words."""
    with pytest.raises(DocumentError):
        read_document(URL, body)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("", DEFAULT_AGE),
        ("max-age=60", 60),
        ("public, Max-Age=60", 60),
        ("max-age=999999999", MAX_AGE),
        ("max-age=0", 0),
        ("no-store", 0),
        ("max-age=60, no-cache", 0),
        ("max-age=x", DEFAULT_AGE),
    ],
)
def test_how_long_it_is_kept(header: str, seconds: int) -> None:
    """As the answer says, and for a day at most."""
    assert seconds_to_keep(header) == seconds


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "127.9.9.9", "0.0.0.0", "10.0.0.1", "172.16.0.1", "172.31.255.255"),
        *("192.168.1.1", "169.254.169.254", "100.64.0.1", "192.0.0.8", "198.18.0.1", "224.0.0.1"),
        *("240.0.0.1", "255.255.255.255", "192.88.99.1", "203.0.113.9"),
        *("::1", "::", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::127.0.0.1", "64:ff9b::7f00:1"),
        *("64:ff9b::808:808", "64:ff9b:1::1", "fe80::1", "fe80::1%eth0", "fec0::1", "fc00::1"),
        *("fd12:3456::1", "ff02::1", "2002:7f00:1::1", "2001:0:1::1", "2001:db8::1", "3fff::1"),
        *("2a00:1450:4001:800:0:5efe:127.0.0.1", "2a00::200:5efe:a00:1", "100::1", "5f00::1"),
        *("localhost", "", "2130706433", "0x7f.1", "8.8.8.8%eth0", "2a00:1450::1%1"),
    ],
)
def test_an_address_that_is_not_public(address: str) -> None:
    """In any form that leads to this machine, its network, or a cloud's secrets."""
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "93.184.216.34", "2a00:1450:4001:800::200e"])
def test_a_public_address(address: str) -> None:
    assert is_public(address)


@given(
    address=st.ip_addresses(v=4, network="10.0.0.0/8") | st.ip_addresses(v=6, network="fc00::/7")
)
def test_no_private_address_is_public(address: Any) -> None:
    assert not is_public(str(address))


class Internet:
    """Stands for the internet: documents by their addresses, and how often each was fetched."""

    def __init__(self) -> None:
        self.documents = {URL: document()}
        self.seconds = 60
        self.fetched: list[str] = []
        self.threads: set[int] = set()
        self.may_answer = threading.Event()
        self.may_answer.set()

    def __call__(self, url: str) -> Fetched:
        self.fetched.append(url)
        self.threads.add(threading.get_ident())
        self.may_answer.wait(SECONDS)
        if url not in self.documents:
            raise DocumentError("Its host is not known.", code=NETWORK)
        return Fetched(self.documents[url], self.seconds)


@pytest.fixture
def internet() -> Internet:
    return Internet()


@pytest.fixture
def now() -> list[float]:
    return [1000.0]


@pytest.fixture
def known(internet: Internet, now: list[float]) -> KnownDocuments:
    return KnownDocuments(internet, lambda: now[0])


async def test_it_is_fetched_once(
    known: KnownDocuments, internet: Internet, now: list[float]
) -> None:
    """And again when it has expired. Never in the thread of the event loop."""
    for _ in range(3):
        assert (await known.find(URL)).name == "An agent"
    assert internet.fetched == [URL]
    now[0] += 61
    internet.documents[URL] = document(client_name="Another")
    assert (await known.find(URL)).name == "Another"
    assert threading.get_ident() not in internet.threads


async def test_what_must_not_be_kept_is_not(known: KnownDocuments, internet: Internet) -> None:
    internet.seconds = 0
    await known.find(URL)
    await known.find(URL)
    assert len(internet.fetched) == 2


async def test_many_leave_little(known: KnownDocuments, internet: Internet) -> None:
    for number in range(2 * MAX_KEPT):
        url = f"https://agent.example/{number}"
        internet.documents[url] = document(client_id=url)
        await known.find(url)
    assert len(known._kept) == MAX_KEPT


async def test_slow_hosts_hold_up_a_few(known: KnownDocuments, internet: Internet) -> None:
    """Those who ask for the same share one thread; beyond a few, the others are refused."""
    internet.may_answer.clear()
    urls = [f"https://agent.example/{number}" for number in range(MAX_RUNNING)]
    for url in urls:
        internet.documents[url] = document(client_id=url)
    waiting = [asyncio.ensure_future(known.find(url)) for url in [*urls, *urls]]
    await asyncio.sleep(0)
    with pytest.raises(ConnectError, match="Too many"):
        await known.find(URL)
    internet.may_answer.set()
    found = await asyncio.wait_for(asyncio.gather(*waiting), SECONDS)
    assert [program.id for program in found] == [*urls, *urls]
    assert sorted(internet.fetched) == urls
    assert (await known.find(URL)).id == URL


async def test_after_a_failure_programs_register(
    known: KnownDocuments, internet: Internet, now: list[float]
) -> None:
    """A server that is offline does not offer documents for a while. A bad document is no such."""
    internet.documents[URL] = b"[]"
    with pytest.raises(ConnectError):
        await known.find(URL)
    assert known.are_offered
    del internet.documents[URL]
    with pytest.raises(ConnectError):
        await known.find(URL)
    assert not known.are_offered
    now[0] += PAUSE_SECONDS
    assert known.are_offered


@pytest.fixture
def program(call: Any, jp_serverapp: Any, internet: Internet, now: list[float]) -> AskingProgram:
    """Return a program that is described by a document."""
    service_of(jp_serverapp).documents = KnownDocuments(internet, lambda: now[0])
    return AskingProgram(call, jp_serverapp, URL)


async def metadata(call: Any) -> dict[str, Any]:
    answer = await call("GET", ".well-known/oauth-authorization-server")
    found: dict[str, Any] = json.loads(answer.body)
    return found


async def test_it_connects(owner: Person, program: AskingProgram, call: Any) -> None:
    """The grant has the address of its document; a program on this computer could name it, too."""
    assert (await metadata(call))["client_id_metadata_document_supported"] is True
    text = (await owner.ask(program.question())).body.decode()
    assert f'<p id="client" class="origin place">{NEAR}</p>' in text
    assert f'<dt>Described at</dt><dd class="address">{URL}</dd>' in text
    assert "Nobody checked this name" in text
    token = await program.connect(owner)
    grant = json.loads((await call("GET", "escherpad/grant", token=token)).body)
    assert grant["client_id"] == URL


async def test_a_site_gets_the_answer(
    owner: Person, program: AskingProgram, internet: Internet
) -> None:
    """It stands out on the page."""
    internet.documents[URL] = document(redirect_uris=[SITE])
    program.redirect_uri = SITE
    text = (await owner.ask(program.question())).body.decode()
    assert (
        '<p id="client" class="origin" dir="ltr" translate="no">https://agent.example</p>' in text
    )
    assert await program.connect(owner)


@pytest.mark.parametrize("uri", ["https://evil.example/back", "http://localhost/other"])
async def test_the_document_says_where_to(owner: Person, program: AskingProgram, uri: str) -> None:
    page = await owner.ask(program.question(redirect_uri=uri))
    assert (page.code, "Location" in page.headers) == (400, False)
    assert b"none that the program registered" in page.body


async def test_strangers_have_nothing_fetched(
    person: Person, program: AskingProgram, internet: Internet
) -> None:
    """Only the owner, who is logged in, makes the server look."""
    assert (await person.ask(program.question())).code == 200
    assert internet.fetched == []


async def test_a_failure_is_said(
    owner: Person, program: AskingProgram, internet: Internet, call: Any
) -> None:
    """Then programs are told to register."""
    internet.documents.clear()
    page = await owner.ask(program.question())
    assert (page.code, b"Its host is not known." in page.body) == (400, True)
    assert "client_id_metadata_document_supported" not in await metadata(call)


@pytest.mark.parametrize("escherpad_config", [{"programs": "registered"}])
async def test_the_owner_switches_documents_off(
    owner: Person, program: AskingProgram, internet: Internet, call: Any
) -> None:
    """Programs that register connect as ever."""
    assert (await owner.ask(program.question())).code == 403
    assert internet.fetched == []
    assert "client_id_metadata_document_supported" not in await metadata(call)
    program.client_id = ""
    assert await program.connect(owner)


@pytest.mark.parametrize("escherpad_config", [{"connect": "listed"}])
async def test_a_site_that_may_not_connect_gets_no_answer(
    owner: Person, program: AskingProgram, internet: Internet
) -> None:
    """Also not for a program."""
    internet.documents[URL] = document(redirect_uris=[SITE, LOOPBACK])
    assert (await owner.ask(program.question(redirect_uri=SITE))).code == 403
    assert await program.connect(owner)
