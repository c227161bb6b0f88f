"""How scopes are shown to people: the fewest names, and what each lets an app do. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from .folders import FOLDER_BUNDLES, FOLDER_WORDS
from .scopes import BUNDLES, SCOPES, Bundle, gives_full_control, words_of_path

#: How scopes and bundles that lead to running code are marked, wherever they are shown.
FULL_CONTROL_MARK = "Full control"
#: What to say where it is not known how browsers reach the server.
WHERE_UNCONTAINED = (
    "Changing files is full control on a server that browsers reach by http at another address "
    "than localhost."
)


def bundles_of(folder: str | None) -> Mapping[str, Bundle]:
    """Return the bundles of a grant for one folder, or for all files (None)."""
    return BUNDLES if folder is None else FOLDER_BUNDLES


def words_of(scope: str, folder: str | None) -> str:
    """Return what a scope lets an app do, in one folder or everywhere (None)."""
    table = SCOPES if folder is None else FOLDER_WORDS
    return table[scope] if scope in table else words_of_path(scope)


def _bundles_within(scopes: Collection[str], folder: str | None) -> list[Bundle]:
    return [each for each in bundles_of(folder).values() if each.scopes <= frozenset(scopes)]


def summary(scopes: Collection[str], folder: str | None = None) -> tuple[str, ...]:
    """Return the shortest names for ``scopes``: bundles, then the rest.

    :func:`.scopes.expand` makes ``scopes`` of them again; :func:`.folders.expand_in_folder` where
    they are for one folder.
    """
    whole = _bundles_within(scopes, folder)
    largest = [b for b in whole if not any(b.scopes < other.scopes for other in whole)]
    rest = set(scopes).difference(*(bundle.scopes for bundle in largest))
    order = [*SCOPES, *sorted(rest.difference(SCOPES))]
    return (*(bundle.name for bundle in largest), *(scope for scope in order if scope in rest))


def names(scopes: Collection[str], folder: str | None = None) -> tuple[str, ...]:
    """Return all names of what ``scopes`` cover: every bundle within them, then the rest."""
    whole = _bundles_within(scopes, folder)
    rest = set(scopes).difference(*(bundle.scopes for bundle in whole))
    return (*(bundle.name for bundle in whole), *sorted(rest))


def marked_words(name: str, folder: str | None = None, *, contained: bool = True) -> str:
    """Return what a bundle or a scope lets an app do, after the mark if that is everything.

    ``contained`` as in :func:`.scopes.gives_full_control`.
    """
    bundle = bundles_of(folder).get(name)
    text = bundle.words if bundle else words_of(name, folder)
    powerful = gives_full_control(bundle.scopes if bundle else {name}, contained=contained)
    return f"{FULL_CONTROL_MARK}. {text}" if powerful else text


def words(
    scopes: Collection[str], folder: str | None = None, *, contained: bool = True
) -> tuple[str, ...]:
    """Return what ``scopes`` let an app do, one marked text for each name of :func:`summary`."""
    return tuple(
        marked_words(name, folder, contained=contained) for name in summary(scopes, folder)
    )
