"""What the connect page offers: permissions to tick, and how long they last. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from ..policy.lifetimes import spoken
from ..policy.scope_words import bundles_of, summary, words_of
from ..policy.scopes import BUNDLES, FULL, SCOPES, Bundle, expand, gives_full_control
from .problems import ConnectError

_LIFETIMES = (3600, 8 * 3600, 86400, 7 * 86400)


@dataclass(frozen=True)
class Choice:
    """One box to tick: a bundle, or a single scope. ``includes`` are the boxes within it."""

    name: str
    title: str
    words: str
    powerful: bool
    includes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Lifetime:
    """One of the lifetimes that the page offers."""

    seconds: int
    words: str
    selected: bool


def choices_for(requested: Collection[str], *, contained: bool = True) -> tuple[Choice, ...]:
    """Return the boxes for a request: its bundles and those within them, then single scopes.

    ``contained`` as in :func:`..policy.scopes.gives_full_control`.
    """
    bundles = [bundle for bundle in BUNDLES.values() if _is_requested(bundle, requested)]
    within = frozenset[str]().union(*(bundle.scopes for bundle in bundles))
    scopes = expand(requested, of_paths=requested) - within  # all of them are known
    singles = [*(scope for scope in SCOPES if scope in scopes), *sorted(scopes - SCOPES.keys())]
    return (
        *(_bundle_choice(b, [i for i in bundles if i != b], contained=contained) for b in bundles),
        *(_scope_choice(scope, contained=contained) for scope in singles),
    )


def choices_of(
    granted: Collection[str], folder: str | None = None, *, contained: bool = True
) -> tuple[Choice, ...]:
    """Return what a grant allows, in the same words; in one folder, those for a folder."""
    bundles = bundles_of(folder)
    return tuple(
        _bundle_choice(bundles[name], contained=contained)
        if name in bundles
        else _scope_choice(name, folder, contained=contained)
        for name in summary(granted, folder)
    )


def lifetimes(default: int, longest: int, chosen: int | None = None) -> tuple[Lifetime, ...]:
    """Return the lifetimes on offer: none longer than ``longest`` seconds, one selected."""
    selected = default if chosen is None else min(chosen, longest)
    offered = {seconds for seconds in (*_LIFETIMES, default, longest) if seconds <= longest}
    return tuple(Lifetime(s, spoken(s), s == selected) for s in sorted(offered))


def ticked(names: Iterable[str], offered: Iterable[Choice]) -> tuple[str, ...]:
    """Return what the owner ticked. Raises ConnectError for nothing, and for what was no choice."""
    chosen = tuple(dict.fromkeys(names))
    if not chosen:
        raise ConnectError("nothing_ticked")
    if not {choice.name for choice in offered}.issuperset(chosen):
        raise ConnectError("not_offered")
    return chosen


def chosen_seconds(text: str, offered: Iterable[Lifetime]) -> int:
    """Return for how long. Raises ConnectError for what was no choice."""
    seconds = {str(lifetime.seconds): lifetime.seconds for lifetime in offered}
    if text not in seconds:
        raise ConnectError("not_offered")
    return seconds[text]


def _is_requested(bundle: Bundle, requested: Collection[str]) -> bool:
    """Return whether a bundle was requested, or is within one that was."""
    bundles = (BUNDLES[name] for name in requested if name in BUNDLES)
    return any(bundle == outer or _is_within(bundle, outer) for outer in bundles)


def _is_within(inner: Bundle, outer: Bundle) -> bool:
    return inner.scopes < outer.scopes or (FULL in outer.scopes and inner != outer)


def _bundle_choice(bundle: Bundle, others: Iterable[Bundle] = (), *, contained: bool) -> Choice:
    """Return the box of a bundle, which has some of ``others`` within it."""
    return Choice(
        bundle.name,
        bundle.title,
        bundle.words,
        powerful=gives_full_control(bundle.scopes, contained=contained),
        includes=tuple(inner.name for inner in others if _is_within(inner, bundle)),
    )


def _scope_choice(scope: str, folder: str | None = None, *, contained: bool) -> Choice:
    powerful = gives_full_control({scope}, contained=contained)
    return Choice(scope, scope, words_of(scope, folder), powerful)
