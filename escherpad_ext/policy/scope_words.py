"""How scopes are shown to people: the fewest names, and what each lets an app do. Pure."""

from __future__ import annotations

from collections.abc import Collection

from .scopes import BUNDLES, SCOPES, Bundle, gives_full_control

#: How scopes and bundles that lead to running code are marked, wherever they are shown.
FULL_CONTROL_MARK = "Full control"
#: What to say where it is not known how browsers reach the server.
WHERE_UNCONTAINED = (
    "Changing files is full control on a server that browsers reach by http at another address "
    "than localhost."
)


def _bundles_within(scopes: Collection[str]) -> list[Bundle]:
    return [bundle for bundle in BUNDLES.values() if bundle.scopes <= frozenset(scopes)]


def summary(scopes: Collection[str]) -> tuple[str, ...]:
    """Return the shortest names for ``scopes``: bundles, then the rest.

    :func:`.scopes.expand` makes ``scopes`` of them again.
    """
    whole = _bundles_within(scopes)
    largest = [b for b in whole if not any(b.scopes < other.scopes for other in whole)]
    rest = set(scopes).difference(*(bundle.scopes for bundle in largest))
    order = [*SCOPES, *sorted(rest.difference(SCOPES))]
    return (*(bundle.name for bundle in largest), *(scope for scope in order if scope in rest))


def names(scopes: Collection[str]) -> tuple[str, ...]:
    """Return all names of what ``scopes`` cover: every bundle within them, then the rest."""
    whole = _bundles_within(scopes)
    rest = set(scopes).difference(*(bundle.scopes for bundle in whole))
    return (*(bundle.name for bundle in whole), *sorted(rest))


def marked_words(name: str, *, contained: bool = True) -> str:
    """Return what a bundle or a scope lets an app do, after the mark if that is everything.

    ``contained`` as in :func:`.scopes.gives_full_control`.
    """
    bundle = BUNDLES.get(name)
    scopes = bundle.scopes if bundle else {name}
    text = bundle.words if bundle else SCOPES.get(name, name)
    return (
        f"{FULL_CONTROL_MARK}. {text}" if gives_full_control(scopes, contained=contained) else text
    )


def words(scopes: Collection[str], *, contained: bool = True) -> tuple[str, ...]:
    """Return what ``scopes`` let an app do, one marked text for each name of :func:`summary`."""
    return tuple(marked_words(name, contained=contained) for name in summary(scopes))
