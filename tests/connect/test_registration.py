"""Dynamic registration (RFC 7591): nothing is stored, and an id is good for as long as its key."""

from __future__ import annotations

import gc
import json
import os
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.connect.programs import AskingProgram

from escherpad_ext.connect.registrar import FOLDER, Registrar
from escherpad_ext.connect.registration import (
    MAX_REDIRECTS,
    RegistrationError,
    metadata_to_register,
    read_registered,
)
from escherpad_ext.errors import KeyUnusable
from escherpad_ext.grants import Issuer, data_folder
from escherpad_ext.policy.token_encoding import MAX_LENGTH

FULL = bool(os.environ.get("ESCHERPAD_FULL"))
REDIRECT = "http://localhost:4000/callback"

pytestmark = pytest.mark.timeout(600 if FULL else 120)


@pytest.fixture
def now() -> list[float]:
    return [1_800_000_000.0]


@pytest.fixture
def registrar(tmp_path: Path, now: list[float]) -> Registrar:
    found = Registrar(tmp_path, lambda: now[0])
    found.prepare()
    return found


def test_an_id_is_good_for_years(registrar: Registrar, tmp_path: Path, now: list[float]) -> None:
    """Also after a restart, when the keys of tokens have long changed."""
    client_id = registrar.register({"redirect_uris": [REDIRECT]})["client_id"]
    now[0] += 3 * 365 * 86400
    again = Registrar(tmp_path, lambda: now[0])
    again.prepare()
    assert again.is_registered(client_id)
    assert again.register({"redirect_uris": [REDIRECT]})["client_id"] == client_id
    assert len(list((tmp_path / FOLDER).iterdir())) == 1


def test_of_two_keys_both_count(registrar: Registrar, tmp_path: Path, now: list[float]) -> None:
    """Two servers may have made one at the same time."""
    client_id = registrar.register({"redirect_uris": [REDIRECT]})["client_id"]
    now[0] -= 5
    registrar._keys.rotate(now[0])
    registrar.prepare()
    other = registrar.register({"redirect_uris": [REDIRECT]})["client_id"]
    assert other != client_id
    assert registrar.is_registered(other)
    assert registrar.is_registered(client_id)


def test_without_its_key_an_id_is_nothing(registrar: Registrar, tmp_path: Path) -> None:
    client_id = registrar.register({"redirect_uris": [REDIRECT]})["client_id"]
    (key,) = (tmp_path / FOLDER).iterdir()
    key.unlink()
    assert not registrar.is_registered(client_id)


def test_a_key_of_tokens_signs_no_program(registrar: Registrar, tmp_path: Path) -> None:
    """And no key of programs signs a token: they are in different folders."""
    with_tokens = Registrar(tmp_path, lambda: 1.0)
    with_tokens._keys._folder = tmp_path / "keys"
    with_tokens._keys._prefix = str(tmp_path / "keys") + os.sep
    with_tokens.prepare()
    client_id = with_tokens.register({"redirect_uris": [REDIRECT]})["client_id"]
    assert not registrar.is_registered(client_id)


@pytest.mark.skipif(os.name != "posix", reason="File modes are a matter of POSIX.")
def test_a_key_that_others_read_is_not_used(tmp_path: Path, registrar: Registrar) -> None:
    (key,) = (tmp_path / FOLDER).iterdir()
    key.chmod(0o644)
    with pytest.raises(KeyUnusable):
        Registrar(tmp_path, lambda: 1.0).prepare()


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ([], "invalid_client_metadata"),
        (None, "invalid_client_metadata"),
        ({}, "invalid_redirect_uri"),
        ({"redirect_uris": REDIRECT}, "invalid_redirect_uri"),
        ({"redirect_uris": ["cursor://callback", "https://a.example/"]}, "invalid_redirect_uri"),
        ({"redirect_uris": ["http://localhost/" + "x" * 2000]}, "invalid_redirect_uri"),
        (
            {"redirect_uris": [REDIRECT], "token_endpoint_auth_method": "private_key_jwt"},
            "invalid_client_metadata",
        ),
    ],
)
def test_what_cannot_be_registered(asked: object, code: str) -> None:
    with pytest.raises(RegistrationError) as raised:
        metadata_to_register(asked)
    assert raised.value.code == code


def test_what_is_kept(registrar: Registrar) -> None:
    """Of many redirects some, and no member that means nothing here."""
    offered = [f"http://localhost/{number}" for number in range(100)]
    answer = registrar.register(
        {
            "redirect_uris": ["cursor://x", *offered],
            "grant_types": ["authorization_code", "refresh_token"],
            "token_endpoint_auth_method": "client_secret_post",
            "logo_uri": "https://evil.example/logo.png",
            "client_uri": "https://evil.example",
            "scope": "full",
        }
    )
    assert answer["redirect_uris"] == offered[:MAX_REDIRECTS]
    assert answer.keys() == {
        "client_id",
        "redirect_uris",
        "grant_types",
        "response_types",
        "token_endpoint_auth_method",
    }


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20) | st.just(REDIRECT),
    lambda inner: st.lists(inner, max_size=8) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=20,
)


@given(redirects=JSON, name=JSON, more=JSON)
@settings(max_examples=1000 if FULL else 100, deadline=None)
def test_whatever_is_sent(
    registrar_for_all: Registrar, redirects: object, name: object, more: object
) -> None:
    """It is refused in words, or its id can be used, is verified, and says the same."""
    asked = {"redirect_uris": redirects, "client_name": name, "contacts": more}
    try:
        answer = registrar_for_all.register(asked)
    except RegistrationError:
        return
    assert len(answer["client_id"]) <= MAX_LENGTH
    assert registrar_for_all.is_registered(answer["client_id"])
    program = read_registered(answer["client_id"])
    assert program is not None
    assert list(program.redirects) == answer["redirect_uris"]
    assert all(map(program.may_redirect_to, program.redirects))


@pytest.fixture(scope="module")
def registrar_for_all(tmp_path_factory: pytest.TempPathFactory) -> Registrar:
    found = Registrar(tmp_path_factory.mktemp("install"), lambda: 1_800_000_000.0)
    found.prepare()
    return found


@pytest.mark.parametrize("kid", ["", "../keys/x", "escherpad-", "escherpad-../../x", 7, None])
def test_an_id_that_names_another_file(registrar: Registrar, kid: object) -> None:
    """Its key is looked for by name, which must be one."""
    import jwt

    headers: Any = {"kid": kid, "typ": "client+jwt"} if kid is not None else {"typ": "client+jwt"}
    try:
        client_id = jwt.encode({"redirect_uris": [REDIRECT]}, "k" * 32, "HS256", headers)
    except jwt.PyJWTError:  # not even PyJWT makes such a one
        return
    assert not registrar.is_registered(client_id)


def test_many_leave_nothing(registrar: Registrar, tmp_path: Path) -> None:
    """Memory stays flat, and so does the disk."""
    few, many = 200, 50_000 if FULL else 2_000

    def register(count: int) -> int:
        for number in range(count):
            registrar.register({"redirect_uris": [f"http://localhost/{number}"]})
        gc.collect()
        return tracemalloc.get_traced_memory()[0]

    register(few)
    tracemalloc.start()
    try:
        before = register(few)
        after = register(many)
    finally:
        tracemalloc.stop()
    assert after - before < 100_000
    assert len(list(tmp_path.rglob("*.key"))) == 1


@pytest.fixture
def program(call: Any, jp_serverapp: Any) -> AskingProgram:
    return AskingProgram(call, jp_serverapp)


@pytest.mark.parametrize(
    ("body", "code", "status"),
    [
        ("", "invalid_client_metadata", 400),
        ("{", "invalid_client_metadata", 400),
        (b"\xff", "invalid_client_metadata", 400),
        ("[" * 10_000, "invalid_client_metadata", 400),
        ('{"redirect_uris": []}', "invalid_redirect_uri", 400),
        ('{"x": "' + "x" * 20_000 + '"}', "invalid_request", 413),
    ],
)
async def test_wrong_bodies(
    program: AskingProgram, body: str | bytes, code: str, status: int
) -> None:
    """Nothing is read that is large, and every answer is one of OAuth."""
    answer = await program.send_registration(body)
    assert (answer.code, json.loads(answer.body)["error"]) == (status, code)
    assert answer.headers["Cache-Control"] == "no-store"


async def test_other_origins_register_nothing(program: AskingProgram, call: Any) -> None:
    """A page is a site, which has its origin for an id."""
    body = json.dumps({"redirect_uris": [REDIRECT]})
    headers = {"Content-Type": "application/json"}
    for origin in ("https://evil.example", "null"):
        answer = await call("POST", "escherpad/register", origin=origin, headers=headers, body=body)
        assert answer.code == 403
    answer = await program.send_registration(body, **{"Content-Type": "text/plain"})
    assert answer.code == 400


async def test_what_strangers_leave(program: AskingProgram, jp_data_dir: Path) -> None:
    """One key on the disk, and no registry."""
    for number in range(20):
        answer = await program.register(redirect_uris=[f"http://localhost/{number}"])
        assert answer.code == 201
    folder = data_folder(str(jp_data_dir))
    assert [path.name for path in folder.iterdir()] == [FOLDER]
    assert Issuer(folder).registry.install() is None


async def test_a_broken_key_is_said(program: AskingProgram, jp_data_dir: Path) -> None:
    """Nobody is registered with a key that others may know."""
    folder = data_folder(str(jp_data_dir)) / FOLDER
    folder.mkdir(parents=True)
    (folder / "escherpad-0000000001-00.key").write_text("damaged")
    answer = await program.register()
    assert (answer.code, json.loads(answer.body)["error"]) == (503, "temporarily_unavailable")
