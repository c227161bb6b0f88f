"""Addresses of servers as people have them, as the library for sites reads them."""

from __future__ import annotations

import json
import subprocess

import pytest
from support.doc_pages import ROOT

MODULE = ROOT / "js" / "src" / "address.js"
PROGRAM = """\
const { readAddress } = await import(process.argv[1]);
console.log(JSON.stringify(JSON.parse(process.argv[2]).map(readAddress)));
"""
HERE = "http://localhost:8888"
HUB = "https://hub.example.org/user/ana"
#: What a person enters, and where the server is.
ADDRESSES = {
    HERE: HERE,
    f" {HERE}/ ": HERE,
    "localhost:8888": HERE,
    "LOCALHOST:8888/": HERE,
    "8888": HERE,
    ":8888": HERE,
    "localhost:8888/lab": HERE,
    "localhost:8888/lab/tree/work/a.ipynb": HERE,
    "localhost:8888/tree#top": HERE,
    "localhost:8888/notebooks/tree/a.ipynb": HERE,
    "localhost:8888/login?next=%2Flab": HERE,
    "127.0.0.1:8888/tree": "http://127.0.0.1:8888",
    "[::1]:8888": "http://[::1]:8888",
    "192.168.1.7:8888/lab": "http://192.168.1.7:8888",
    "mybox:8888": "http://mybox:8888",
    "jupyter.example.org": "https://jupyter.example.org",
    "jupyter.example.org/base/lab": "https://jupyter.example.org/base",
    f"{HUB}/": HUB,
    f"{HUB}/lab/tree/a.ipynb": HUB,
    f"{HUB}/second/lab": f"{HUB}/second",
    "https://hub.example.org/user/lab/lab": "https://hub.example.org/user/lab",
    "https://hub.example.org/jupyter/user/tree/": "https://hub.example.org/jupyter/user/tree",
    "http://ana:word@localhost:8888/lab": HERE,
    "8888/lab": HERE,
    "0.0.0.0:8888/lab": HERE,
    "http://[::]:8888": HERE,
    "https://10.0.0.0.0.example.org": "https://10.0.0.0.0.example.org",
    f'"{HERE}/lab"': HERE,
    f"<{HERE}>": HERE,
    f"{HERE}/ :: /home/ana": HERE,
    f"{HERE}/nbconvert/html/a.ipynb": HERE,
    f"{HERE}/a b/lab": f"{HERE}/a%20b",
}
#: With tokens, which are dropped.
WITH_TOKEN = {
    f"{HERE}/lab?token=a-secret": HERE,
    "localhost:8888/?token=a-secret": HERE,
    "127.0.0.1:8888/tree?a=1&token=a-secret": "http://127.0.0.1:8888",
    f"{HUB}/lab?token=a-secret#token=a-secret": HUB,
    f"{HERE}/lab&token=a-secret": HERE,
    f"{HERE}/lab%3Ftoken%3Da-secret": HERE,
    f"{HERE}/login?next=%2Flab%3Ftoken%3Da-secret": HERE,
    f"{HERE}/?Token=a-secret :: /home/ana": HERE,
    "     or http://127.0.0.1:8888/lab?token=a-secret": "http://127.0.0.1:8888",
    f"{HERE}/lab?token=a-secret\n        http://127.0.0.1:8888/lab?token=a-secret": HERE,
    f"[I 2026-11-29 10:00:00.000 ServerApp] {HERE}/lab?token=a-secret": HERE,
}
NONE = [
    *("", " ", "a b", "http://", "ftp://localhost/?token=a-secret", "javascript:alert(1)"),
    *("http:/lab.example.edu", "http//localhost:8888", "http:\\localhost", "unix:/run/x.sock"),
    *("mailto:ana", "file:///home/ana/a.ipynb", "http://[x]/?token=a-secret"),
]


@pytest.fixture(scope="module")
def read(node: str) -> dict[str, dict[str, object] | None]:
    texts = [*ADDRESSES, *WITH_TOKEN, *NONE]
    command = [node, "--input-type=module", "--eval", PROGRAM, MODULE.as_uri(), json.dumps(texts)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    return dict(zip(texts, json.loads(done.stdout), strict=True))


def test_addresses_that_people_have(read: dict[str, dict[str, object] | None]) -> None:
    found = {text: (read[text] or {}).get("server") for text in [*ADDRESSES, *WITH_TOKEN]}
    assert found == {**ADDRESSES, **WITH_TOKEN}


def test_no_address(read: dict[str, dict[str, object] | None]) -> None:
    assert [text for text in NONE if read[text] is not None] == []


def test_a_token_in_it_is_dropped_and_said(read: dict[str, dict[str, object] | None]) -> None:
    """It is in nothing that the library goes on with."""
    said = {text for text, address in read.items() if address and address["hadToken"]}
    assert said == set(WITH_TOKEN)
    assert "a-secret" not in json.dumps(list(read.values()))


def test_the_address_as_it_was_typed_is_tried_too(
    read: dict[str, dict[str, object] | None],
) -> None:
    """A base URL may be named as a page is."""
    address = read["jupyter.example.org/base/lab"] or {}
    assert address["others"] == ["https://jupyter.example.org/base/lab"]
    assert (read[HERE] or {})["others"] == []
