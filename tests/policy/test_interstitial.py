"""Which navigations meet the page that asks first: the table, compared with a plain oracle."""

from __future__ import annotations

import itertools

import pytest

from escherpad_ext.connect.choices import choices_for, choices_of
from escherpad_ext.policy.interstitial import (
    Navigation,
    Source,
    is_contained,
    is_unconcerned,
    opens_directly,
    source_of,
)
from escherpad_ext.policy.scope_words import FULL_CONTROL_MARK, marked_words
from escherpad_ext.policy.scopes import expand, gives_full_control

LOGIN = ("/login", "/hub/")
METHODS = ("GET", "HEAD", "POST", "PUT", "")
SITES = (None, "none", "same-origin", "same-site", "cross-site", "odd")
MODES = (None, "navigate", "cors", "no-cors", "websocket", "odd")
ACCEPTS = ("", "*/*", "text/html,application/xhtml+xml;q=0.9")
REFERRERS = (None, "/lab", "/", "/login", "/login?next=x", "/hub/login", "/hubs")


def oracle(method, site, mode, accept, referrer, has_token, on_hub):
    """Say the same in the words of the rule."""
    if method not in ("GET", "HEAD") or has_token:
        return "no navigation"
    if mode == "no-cors":
        return "a picture, a script or the like of a page"
    if mode is not None and mode != "navigate":
        return "no navigation"
    if mode is None and "text/html" not in accept:
        return "no navigation"
    led_on = referrer is not None and referrer.startswith(("/login", "/hub/"))
    if mode is None:
        own = referrer is not None and not led_on
    else:
        own = site == "same-origin" and not led_on and not (on_hub and referrer is None)
    return "one of the server's own pages" if own else "anything else"


def test_every_request() -> None:
    """All combinations of what a request can say."""
    combinations = itertools.product(METHODS, SITES, MODES, ACCEPTS, REFERRERS, (False, True))
    for facts, on_hub in itertools.product(combinations, (False, True)):
        found = source_of(Navigation(*facts), LOGIN, needs_referrer=on_hub)
        assert found.value == oracle(*facts, on_hub), (facts, on_hub)


def test_a_typed_address_is_no_proof_of_a_person() -> None:
    """A site that was typed may redirect here, and browsers still say ``none``."""
    assert source_of(Navigation("GET", "none", "navigate"), LOGIN) is Source.ELSEWHERE


@pytest.mark.parametrize("path", ["", "/", "lab", "/lab/", "tree", "nbclassic/tree", "doc"])
def test_start_pages_open_directly(path: str) -> None:
    """Without a query, or with the server's token."""
    starts = frozenset({"doc"})
    assert opens_directly(path, "", starts, has_server_token=False)
    assert opens_directly(path, "token=x", starts, has_server_token=True)
    assert not opens_directly(path, "token=x", starts, has_server_token=False)
    assert not opens_directly(path, "reset", starts, has_server_token=False)


@pytest.mark.parametrize(
    "path",
    ["lab/tree", "lab/tree/a", "lab/workspaces/x", "notebooks/a.ipynb", "tree/d", "files/a.html",
     "view/a", "voila/render/a.ipynb", "voila/files/a.svg", "edit/a", "doc/a", "Lab", "lab//",
     "lab%2Ftree", "api/contents/a", "proxy/80/"],
)  # fmt: skip
def test_everything_below_costs_a_click(path: str) -> None:
    """Whatever extension serves it."""
    assert not opens_directly(path, "", frozenset({"doc"}), has_server_token=False)


def test_only_known_handlers_are_unconcerned() -> None:
    """The login, the owner's pages and packages' files; not what merely needs no login."""
    assert is_unconcerned(["a.B", "jupyter_server.base.handlers.FileFindHandler"])
    assert not is_unconcerned(["tornado.web.StaticFileHandler", "a.B"])


@pytest.mark.parametrize(
    ("address", "contained"),
    [
        ("https://hub.example/user/ana", True),
        ("http://localhost:8888", True),
        ("http://127.0.0.1:8888/", True),
        ("http://[::1]:8888", True),
        ("", True),  # nothing is configured: as Jupyter starts, on loopback
        ("http://192.168.0.5:8888", False),
        ("http://lab.example", False),
        ("http://[fe80::1]:8888", False),
    ],
)
def test_where_browsers_say_who_navigates(address: str, contained: bool) -> None:
    """On https and on loopback. Elsewhere, changing files is marked as full control."""
    assert is_contained(address) is contained
    scopes = expand("edit")
    assert gives_full_control(scopes, contained=is_contained(address)) is not contained
    assert not gives_full_control(expand("view"), contained=False)
    for name in ("edit", "contents:write"):
        marked = marked_words(name, contained=contained).startswith(FULL_CONTROL_MARK)
        assert marked is not contained
    mark = {choice.name: choice.powerful for choice in choices_for({"edit"}, contained=contained)}
    assert mark == {"edit": not contained, "view": False}
    (choice,) = choices_of(scopes, contained=contained)
    assert choice.powerful is not contained
