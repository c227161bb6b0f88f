"""The connect routes are made when one of them is requested, and only then."""

from __future__ import annotations

from typing import Any

import pytest
from support.http_request import http_request
from tornado.web import Application, RequestHandler

from escherpad_ext.connect.mount import BrokenHandler, OwnPaths, Route, drop_empty_rules, mount
from escherpad_ext.connect.urls import ServerUrls

BASE = "/user/ana/"
OWN = (
    "/user/ana/escherpad/connect",
    "/user/ana/.well-known/oauth-authorization-server",
    "/.well-known/oauth-authorization-server/user/ana",
)
OTHERS = ("/user/ana/api/status", "/user/ana/", "/escherpad/connect", "/user/ana/lab/escherpad")


class Other(RequestHandler):
    """Answers everything that nobody else does."""


class Own(RequestHandler):
    """Answers below our paths."""


class Maker:
    """Makes the routes, and counts how often. Fails as long as it should."""

    def __init__(self) -> None:
        self.made = 0
        self.fails = False

    def __call__(self) -> list[Route]:
        self.made += 1
        if self.fails:
            raise RuntimeError("out of memory")
        return [(path, Own, {}) for path in OWN]


@pytest.fixture
def make() -> Maker:
    return Maker()


@pytest.fixture
def application(make: Maker) -> Application:
    found = Application([(".*", Other)])
    mount(found, ServerUrls(BASE), make)
    return found


def handler_of(application: Application, path: str) -> Any:
    """Return the class that answers."""
    delegate = application.find_handler(http_request(uri=path))
    return getattr(delegate, "handler_class", None)


@pytest.mark.parametrize("path", OTHERS)
def test_other_paths_make_nothing(application: Application, make: Maker, path: str) -> None:
    """A start would take longer, and each request would be compared with a dozen patterns."""
    assert handler_of(application, path) is Other
    assert make.made == 0


@pytest.mark.parametrize("path", OWN)
def test_the_first_request_makes_them(application: Application, make: Maker, path: str) -> None:
    """The one that asks first is answered, too. All others find what was made."""
    assert [handler_of(application, each) for each in (path, *OWN)] == [Own] * 4
    assert make.made == 1
    (router,) = [
        rule.target
        for rule in application.default_router.rules
        if isinstance(rule.matcher, OwnPaths)
    ]
    assert len(router.rules) == len(OWN)


def test_what_fails_is_tried_again(application: Application, make: Maker) -> None:
    """A route that is missing for good would be a page that nobody finds."""
    make.fails = True
    assert [handler_of(application, OWN[0]) for _ in range(2)] == [BrokenHandler] * 2
    make.fails = False
    assert handler_of(application, OWN[0]) is Own
    assert make.made == 3


def test_only_empty_rules_are_dropped(application: Application) -> None:
    """Those of others stay, and so does ours, which is empty until the first request."""
    application.add_handlers("other.example", [("/other", Other)])
    before = list(application.default_router.rules)
    application.add_handlers(".*$", [])  # as Jupyter does for an extension without handlers
    assert len(application.default_router.rules) == len(before) + 1
    drop_empty_rules(application)
    assert application.default_router.rules == before
    assert handler_of(application, OWN[0]) is Own
