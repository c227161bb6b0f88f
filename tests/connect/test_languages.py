"""The owner's pages speak the reader's language; everything for programs and logs stays English."""

from __future__ import annotations

import asyncio
import json
import logging
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.connect.browser_user import NAVIGATION, Person, Site, answer_of
from support.connect.pseudo_language import NAME, untranslated, write_language

from escherpad_ext.connect import languages
from escherpad_ext.connect.languages import MAX_HEADER_LENGTH, Language, choose, language_of
from escherpad_ext.policy.translatable import Translatable, counted

OFFERED = {"en", "de", "es", "fr", "zh"}


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "en"),
        ("de", "de"),
        ("DE-at", "de"),
        ("zh-Hant-TW,zh;q=0.9", "zh"),
        ("it, pt;q=0.9, fr;q=0.8, de;q=0.7", "fr"),
        ("de;q=0.5, fr;q=0.9", "fr"),
        ("de;q=0.5 , fr ; q=0.5", "de"),
        ("en-US,en;q=0.9,es-419;q=0.8", "en"),
        ("it, en;q=0.9, de;q=0.8", "en"),
        ("de;q=0, fr;q=0.001", "fr"),
        ("de;q=0.000", "en"),
        ("*", "en"),
        ("*;q=0.1, es;q=1.000", "es"),
        # What is no language range counts for nothing (RFC 9110, 12.5.4).
        ("de;q=2", "en"),
        ("de;q=0.1234", "en"),
        ("de_DE", "en"),
        ("../de", "en"),
        ("deutschland", "en"),
        (",,;q=1,de", "de"),
        # Nobody likes so many.
        ("it," * MAX_HEADER_LENGTH + "de", "en"),
    ],
)
def test_the_language_that_the_reader_likes_most(header: str, language: str) -> None:
    """By quality values (RFC 9110, 12.4.2). Who asks for none that there is, gets English."""
    assert choose(header, OFFERED) == language


@given(st.text() | st.from_regex(r"([a-z-]{1,9}(;q=[01]\.?[0-9]?)?,){0,9}"))
def test_no_header_is_more_than_a_choice(header: str) -> None:
    assert choose(header, OFFERED) in OFFERED
    assert language_of(header).tag in OFFERED


async def ask(person: Person, question: str, accept: str) -> Any:
    """Open the consent page as a browser of that language does."""
    headers = {**NAVIGATION, "Accept-Language": accept}
    path = f"escherpad/authorize?{question}"
    while True:
        response = await person.open(path, headers)
        if response.code != 303 or "escherpad/" not in response.headers["Location"]:
            return response
        path = response.headers["Location"].partition("escherpad/")
        path = "".join(path[1:])


@pytest.mark.parametrize(
    ("accept", "language", "heading", "words"),
    [
        (
            "de-AT,de;q=0.9",
            "de",
            "Diese Website möchte deinen Jupyter-Server benutzen",
            "8 Stunden",
        ),
        ("es", "es", "Este sitio quiere usar tu servidor Jupyter", "8 horas"),
        ("fr-CA", "fr", "Ce site veut utiliser votre serveur Jupyter", "8 heures"),
        ("zh-CN", "zh", "此网站想使用您的 Jupyter 服务器", "8 小时"),
        ("en-GB", "en", "This site wants to use your Jupyter server", "8 hours"),
        ("it", "en", "This site wants to use your Jupyter server", "8 hours"),
    ],
)
async def test_the_consent_page_is_in_the_readers_language(
    owner: Person, site: Site, accept: str, language: str, heading: str, words: str
) -> None:
    """All of it, and it says so. No cache gives it to a reader of another language."""
    answer = await ask(owner, site.question(), accept)
    page = answer.body.decode()
    assert f'<html lang="{language}">' in page
    assert f"{heading}</h1>" in page
    assert f">{words}</option>" in page
    assert answer.headers["Cache-Control"] == "no-store"


async def test_readers_at_the_same_time_have_each_their_own(owner: Person, site: Site) -> None:
    """The language belongs to the request, not to the server."""
    accepted = [*sorted(OFFERED), "it"] * 3
    pages = await asyncio.gather(*(ask(owner, site.question(), each) for each in accepted))
    shown = [re.search(r'<html lang="(\w+)"', page.body.decode()) for page in pages]
    assert [found and found[1] for found in shown] == [*sorted(OFFERED), "en"] * 3


HOSTILE = ("../../../etc/passwd", "de/../../x", "\\..\\de", "de%00", "{0}", "%s", "x-y-z;q=1")


async def test_a_hostile_header_does_no_harm(owner: Person, site: Site) -> None:
    """Whatever it says, and however long it is, the page is there, in English."""
    for accept in (*HOSTILE, "it," * 15_000, f"it;q={'0' * 40_000}", "de" * 20_000):
        page = await ask(owner, site.question(), accept)
        assert page.code == 200, accept[:20]
        assert b'<html lang="en">' in page.body


async def test_what_programs_and_logs_get_is_english(
    call: Any, person: Person, owner: Person, site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    """The page alone is translated: whoever helps the owner reads the log."""
    accept = {"Accept-Language": "de"}
    with caplog.at_level(logging.DEBUG):
        page = await ask(owner, site.question("nonsense"), "de")
        token = await call("POST", "escherpad/token", headers=accept, body="grant_type=x")
        refused = await call("GET", "escherpad/grant", headers=accept)
    assert "Die Anfrage dieser Website" in page.body.decode()
    assert "There is no scope" in page.body.decode()  # for the author of the site
    logged = caplog.text
    assert "The scope cannot be used." in logged
    assert "Website" not in logged
    english = await call("POST", "escherpad/token", body="grant_type=x")
    assert json.loads(token.body) == json.loads(english.body)
    assert refused.body == (await call("GET", "escherpad/grant")).body


def test_facts_stay_facts() -> None:
    """What looks like a placeholder or like a text of the catalog stays as it is."""
    say = language_of("fr").say
    text = Translatable("The request is longer than {limit} characters.", limit="{0}")
    assert (text, say(text)) == (
        "The request is longer than {0} characters.",
        "La demande dépasse {0} caractères.",
    )
    assert (say(""), say("no such text")) == ("", "no such text")
    days = "{number} day", "{number} days"
    assert [say(counted(*days, number)) for number in (1, 7)] == ["1 jour", "7 jours"]
    inner = Translatable("Every app may choose this origin.")
    outer = Translatable("The folder cannot be used. {reason}", reason=inner)
    assert say(outer).endswith("Toute application peut choisir cette origine.")


async def test_a_fact_is_no_markup_in_a_translation(owner: Person, site: Site) -> None:
    """The translation may have tags; what is put into it has none."""
    page = await ask(owner, site.question(redirect_uri="https://site.example.evil/<b>"), "fr")
    assert page.code == 400
    assert "pas une page de https://site.example/ " in page.body.decode()
    assert "<b>" not in page.body.decode()


@pytest.fixture
def pseudo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Offer one more language, which shows what is translated."""
    write_language(tmp_path / "locale")
    monkeypatch.setattr(languages, "FOLDER", tmp_path / "locale")
    caches = (languages._catalogs, languages._load)
    for cache in caches:
        cache.cache_clear()
    yield
    for cache in caches:
        cache.cache_clear()


@pytest.mark.usefixtures("pseudo")
async def test_no_text_of_a_page_is_forgotten(owner: Person, person: Person, site: Site) -> None:
    """Whatever a page says to a reader, a catalog can have."""
    before = await ask(Person(site._call, FakeApp(person)), site.question(), NAME)
    assert before.code == 200
    pages = [before]
    for question in (
        site.question("run"),
        site.question("edit", folder="not-there"),
        site.question("contents:read kernels:execute"),
        site.question("view", state="x" * 3000),
        site.question("nonsense"),
    ):
        pages.append(await ask(owner, question, NAME))
    for path in ("escherpad/device", "escherpad/open?address=nowhere"):
        pages.append(await open_in(owner, path, {**NAVIGATION, "Accept-Language": NAME}))
    for page in pages:
        text = page.body.decode()
        assert '<html lang="ar" dir="rtl">' in text
        left = set(untranslated(text))
        assert {each for each in left if not each.endswith(" Jupyter Server")} <= KNOWN, text


@pytest.mark.usefixtures("pseudo")
async def test_no_text_of_the_page_of_connected_apps_is_forgotten(
    owner: Person, site: Site, issuer_of_grants: Any
) -> None:
    """Neither with apps of each kind nor with none, nor where it asks whether to go on."""
    headers = {**NAVIGATION, "Accept-Language": NAME}
    pages = [await open_in(owner, "escherpad/", headers)]
    await work(site, await site.connect(owner, "edit"))
    answer = answer_of(await owner.allow(site.question("edit", folder="not-there")))
    assert (await site.redeem(answer["code"])).code == 200
    for via in ("connect", "command"):
        issuer_of_grants("none", via=via)
    pages.append(await open_in(owner, "escherpad/", headers))
    (first, *_) = re.findall(
        r'href="[^"]*?(escherpad/[^"]*[?]grant=[^"]+)"', pages[-1].body.decode()
    )
    pages.append(await open_in(owner, first, headers))
    asked = await owner.click(pages[1], headers={"Accept-Language": NAME}, disconnect="all")
    pages.append(asked)
    blocked = await owner.click(
        await owner.open_page("escherpad/"), block=site.origin, headers={"Accept-Language": NAME}
    )
    location = blocked.headers["Location"]
    pages.append(await open_in(owner, location[location.index("escherpad/") :], headers))
    for page in pages:
        assert page.code == 200
        left = [text.strip(", ") for text in untranslated(page.body.decode())]
        names = ("Jupyter Server", site.origin)
        assert [text for text in left if not text.endswith(names)] == []


async def work(site: Site, token: str) -> None:
    """Do some things as an app: one that works, one that fails, one that is refused."""
    text = json.dumps({"type": "file", "format": "text", "content": "x"})
    for method, path, body in (
        ("PUT", "api/contents/%7Bpath%7D<b>.txt", text),
        ("POST", "api/contents/%7Bpath%7D<b>.txt/checkpoints", ""),
        ("GET", "api/contents/missing", None),
        ("POST", "api/kernels", "{}"),
    ):
        await site._call(method, path, origin=site.origin, token=token, body=body)


@pytest.mark.parametrize(
    ("language", "did"),
    [
        ("de", "Checkpoint von {} gespeichert"),
        ("es", "guardó un punto de control de {}"),
        ("fr", "a enregistré un point de contrôle de {}"),
        ("zh", "保存了 {} 的检查点"),
        ("en", "saved a checkpoint of {}"),
    ],
)
async def test_what_apps_did_is_in_the_readers_language(
    owner: Person, site: Site, language: str, did: str
) -> None:
    """On both pages that have it; what an app called a file stays what it is."""
    await work(site, await site.connect(owner, "edit"))
    headers = {**NAVIGATION, "Accept-Language": language}
    page = await open_in(owner, "escherpad/", headers)
    (path, *_) = re.findall(r'href="[^"]*?(escherpad/[^"]*[?]grant=[^"]+)"', page.body.decode())
    for each in (page, await open_in(owner, path, headers)):
        assert did.format("/api/contents/{path}&lt;b&gt;.txt") in each.body.decode()


async def open_in(person: Person, path: str, headers: dict[str, str]) -> Any:
    """Open a page, the redirect to itself followed."""
    page = await person.open(path, headers)
    while page.code == 303:
        location = page.headers["Location"]
        page = await person.open(location[location.index("escherpad/") :], headers)
    return page


#: Names of scopes, and what is for the author of a site.
KNOWN = {"kernels:execute", "contents:read"}


class FakeApp:
    """Where a stranger's browser goes."""

    def __init__(self, person: Person) -> None:
        self.port = person.origin.rpartition(":")[2]


def test_facts_do_not_turn_a_text_around() -> None:
    """In a page from right to left, a fact is isolated (UAX #9); elsewhere where it would turn."""
    english, arabic = language_of(""), Language(NAME, languages.NullTranslations())
    plain = Translatable("by {user} now", user="ana")
    hebrew = Translatable("by {user} now", user="\u05d3\u05d5\u05d3")
    assert english.say(plain) == "by ana now"
    assert english.say(hebrew) == "by \u2068\u05d3\u05d5\u05d3\u2069 now"
    assert arabic.say(plain) == "by \u2068ana\u2069 now"
