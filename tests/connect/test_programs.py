"""What a program may say of itself: where its answer goes, and its name."""

from __future__ import annotations

import os
import unicodedata
from urllib.parse import urlsplit

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from escherpad_ext.connect.programs import (
    MAX_MARKS,
    MAX_NAME_LENGTH,
    Program,
    is_answerable,
    origin_of_redirect,
    redirects_to_keep,
    shown_name,
    without_port,
)

EXAMPLES = 1000 if os.environ.get("ESCHERPAD_FULL") else 100
LOOPBACK = ("127.0.0.1", "[::1]", "localhost")


@pytest.mark.parametrize("host", LOOPBACK)
@pytest.mark.parametrize("port", ["", ":1", ":80", ":33418", ":65535"])
@pytest.mark.parametrize("path", ["", "/", "/callback", "/a/b?x=1&y=%20"])
def test_a_loopback_redirect_on_any_port(host: str, port: str, path: str) -> None:
    """RFC 8252, 7.3: a program takes the port that is free."""
    program = Program("id", "id", redirects=(f"http://{host}:4000{path}",))
    uri = f"http://{host}{port}{path}"
    assert program.may_redirect_to(uri)
    assert origin_of_redirect(uri).is_loopback


@pytest.mark.parametrize(
    "uri",
    [
        "http://localhost/other",
        "http://localhost/callback/",
        "http://localhost/callback?x=1",
        "http://localhost/Callback",
        "http://127.0.0.1/callback",
        "http://[::1]/callback",
        "http://localhost:0/callback",
        "http://localhost:65536/callback",
        "http://localhost:080/callback",
        "http://localhost:/callback",
        "http://localhost:80:80/callback",
        "http://localhost.evil.example/callback",
        "http://localhost@evil.example/callback",
        "http://evil.example@localhost/callback",
        "http://localhost:80@evil.example/callback",
        "http://localhost\\@evil.example/callback",
        "http:/localhost/callback",
        "http:localhost/callback",
        "http:///localhost/callback",
        "HTTP://localhost/callback",
        "http://LOCALHOST/callback",
        "https://localhost/callback",
        "cursor://localhost/callback",
        "http://localhost/callback#x",
        "http://localhost/callback\n",
        " http://localhost/callback",
        "http://localhost/callback?code=x",
        "http://localhost/callback?i%73s=x",
        "http://2130706433/callback",
        "http://0.0.0.0/callback",
        "http://127.1/callback",
        "http://[::ffff:127.0.0.1]/callback",
        "http://[0:0:0:0:0:0:0:1]/callback",
        "javascript:alert(1)",
        "",
    ],
)
def test_no_other_redirect(uri: str) -> None:
    """Only the port may differ from what was registered."""
    assert not Program("id", "id", redirects=("http://localhost:4000/callback",)).may_redirect_to(
        uri
    )


def test_what_is_kept_of_an_offer() -> None:
    """Real programs offer schemes of their own, https and loopback together."""
    offered = [
        "cursor://anysphere.cursor-mcp/oauth/callback",
        "https://vscode.dev/redirect",
        "http://127.0.0.1:33418/",
        "http://127.0.0.1/",
        "http://localhost:1/callback",
        None,
        {"uri": "http://localhost/"},
        "http://localhost/callback?state=x",
        "http://192.168.0.1/callback",
    ]
    assert redirects_to_keep(offered) == ("http://127.0.0.1:33418/", "http://localhost:1/callback")


PIECES = st.sampled_from(
    [
        *LOOPBACK,
        "http://",
        "https://",
        ":80",
        ":4000",
        "/",
        "\\",
        "@",
        "#",
        "?",
        "%2f",
        "evil.example",
    ]
)


@given(uri=st.lists(PIECES | st.text(max_size=3), max_size=8).map("".join))
@example(uri="http://localhost\\.evil.example/")
@settings(max_examples=EXAMPLES)
def test_whatever_is_taken_is_this_machine(uri: str) -> None:
    """No text that passes leads to another host, whoever reads it."""
    for text in (uri, f"http://localhost{uri}", f"http://[::1]{uri}"):
        if is_answerable(text) and without_port(text) is not None:
            parts = urlsplit(text)
            assert parts.scheme == "http"
            assert parts.hostname in {"127.0.0.1", "::1", "localhost"}
            assert "@" not in parts.netloc
            assert "#" not in text
            assert origin_of_redirect(text).is_loopback


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Claude Code", "Claude Code"),
        ("  MCP\tInspector\n 0.17 ", "MCP Inspector 0.17"),
        ("\u202eedoC\u202c Code", "edoC Code"),
        ("\u2066x\u2069\u200b\u00ady\x00z", "x y z"),
        ("\uff26ull\u3000width", "Full width"),
        ("हिन्दी नोटबुक", "हिन्दी नोटबुक"),
        ("עוזר", "עוזר"),
        ("a" + "\u0301" * 50, "á\u0301\u0301"),
        ("x" * 500, "x" * MAX_NAME_LENGTH),
        ("<b>bold</b>", "<b>bold</b>"),
        ("Агент 1.2.3", "Агент 1.2.3"),
        ("Πράκτορας", "Πράκτορας"),
        ("Jupyter agent: serves", "Jupyter agent: serves"),
        ("Jupyter MCP Server", "Jupyter MCP Server"),
        ("heart \u2764\ufe0f", "heart \u2764"),
    ],
)
def test_a_name_that_can_be_shown(name: str, shown: str) -> None:
    assert shown_name(name) == shown


@pytest.mark.parametrize(
    "name",
    [
        "https://www.escherpad.com",
        "www.escherpad.com",
        "www\uff0eescherpad\uff0ecom",
        "Log in at bank.example now",
        "localhost:8888",
        "LOCALHOST",
        "Jupyter Server",
        "jupyter-server",
        "Jupyter\u202e Server",
        "Jupyter \u2013 Server",
        "Jupyter_Server",
        "Jupyter's server",
        "Jupyter\u2019s Server",
        "Serveur Jupyter",
        "Tu servidor de Jupyter",
        "Jupyter \u670d\u52a1\u5668",
        "Jup\u0443ter Server",
        "J\u00fapyter S\u00ebrver",
        "l\u043ecalhost",
        "local\u034fhost",
        "local\ufe0fhost",
        "www.\ufe0fescherpad.\u034fcom",
        "www\u3002escherpad\u3002com",
        "www\uff61escherpad\uff61com",
        "escherpad.\u0441om",
        "escherpad.\u0301com",
        "127.0.0.1:8888",
        "[::1]:8888",
        "\u3164\u2800",
        "",
        "\u202e\u2066",
        None,
        7,
        ["Claude"],
    ],
)
def test_a_name_that_imitates_is_not_shown(name: object) -> None:
    """An address, or this server itself."""
    assert shown_name(name) == ""


@given(name=st.text(max_size=200))
@settings(max_examples=EXAMPLES)
def test_every_name_is_one_quiet_line(name: str) -> None:
    """It can be printed, moves no text, and is the same when it is read again."""
    shown = shown_name(name)
    assert len(shown) <= MAX_NAME_LENGTH
    assert shown.isprintable()
    assert not {unicodedata.category(c) for c in shown} & {"Cf", "Cc", "Co", "Cs", "Zl", "Zp"}
    marks = "".join("m" if unicodedata.category(c) in {"Mn", "Me"} else " " for c in shown)
    assert "m" * (MAX_MARKS + 1) not in marks
    assert "://" not in shown
