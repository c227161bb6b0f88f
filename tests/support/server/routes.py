"""Every route that a server registers, each with an address that it answers to."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from tornado.routing import PathMatches, RuleRouter
from tornado.web import Application, RequestHandler
from tornado.websocket import WebSocketHandler

from escherpad_ext.connect.mount import OwnPaths

try:
    from re import _parser  # type: ignore[attr-defined]
except ImportError:  # Python 3.10
    import sre_parse as _parser


@dataclass(frozen=True)
class Route:
    """A handler and an example of its paths."""

    path: str
    handler: type[RequestHandler]

    @property
    def is_websocket(self) -> bool:
        """Return whether a WebSocket can be asked for here."""
        return issubclass(self.handler, WebSocketHandler)

    def __str__(self) -> str:
        return f"{self.handler.__name__} {self.path}"


def routes_of(application: Application) -> list[Route]:
    """Return all routes, in the order in which they are tried."""
    found: dict[str, Route] = {}
    for pattern, handler in _rules(application.default_router):
        for path in _paths(pattern):
            # An earlier route may answer to this address: then it is that one's.
            found.setdefault(path, Route(path, handler))
    return list(found.values())


def _rules(router: RuleRouter) -> Iterator[tuple[re.Pattern[str], type[RequestHandler]]]:
    for rule in router.rules:
        if isinstance(rule.matcher, OwnPaths):
            rule.matcher.make_routes()
        if isinstance(rule.target, RuleRouter):
            yield from _rules(rule.target)
        elif isinstance(rule.matcher, PathMatches):
            assert issubclass(rule.target, RequestHandler), rule
            yield rule.matcher.regex, rule.target


def _paths(pattern: re.Pattern[str]) -> set[str]:
    """Return the shortest path and one with everything optional in it."""
    tree = _parser.parse(pattern.pattern)
    paths = {example(tree, full=False), example(tree, full=True)}
    for path in paths:
        assert pattern.fullmatch(path), (pattern, path)
    return {path if path.startswith("/") else "/" + path for path in paths}


def example(tree: Any, *, full: bool) -> str:
    """Return a text that a parsed regular expression matches; ``x`` where anything goes."""
    return "".join(_example(str(op), argument, full) for op, argument in tree)


def _example(op: str, argument: Any, full: bool) -> str:
    if op in _EXAMPLES:
        return _EXAMPLES[op](argument)
    if op == "IN":
        return _member(argument, full)
    if op in {"MAX_REPEAT", "MIN_REPEAT"}:
        least, most, tree = argument
        return example(tree, full=full) * (min(max(least, 1), most) if full else least)
    assert op in {"SUBPATTERN", "BRANCH"}, f"Teach this function the regular expressions' {op}."
    tree = argument[-1] if op == "SUBPATTERN" else argument[1][-1 if full else 0]
    return example(tree, full=full)


_EXAMPLES: dict[str, Callable[[Any], str]] = {
    "LITERAL": chr,
    "ANY": lambda _: "x",
    "NOT_LITERAL": lambda _: "x",
    "CATEGORY": lambda _: "x",
    "AT": lambda _: "",
}


def _member(choices: list[tuple[Any, Any]], full: bool) -> str:
    operator, argument = choices[0]
    if str(argument) == "CATEGORY_DIGIT":
        return "1"
    if str(operator) in {"NEGATE", "CATEGORY"}:
        return "x"
    return chr(argument[0]) if str(operator) == "RANGE" else _example(str(operator), argument, full)
