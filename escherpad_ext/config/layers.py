"""Configuration from one or several places, with the place of each setting."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from traitlets.config import Config
from traitlets.config.loader import LazyConfigValue


@dataclass(frozen=True)
class Layer:
    """A configuration and the places that set it.

    ``places`` lists by ``Section.name`` the places that set it; the last one counts.
    ``added`` has those that only add to a list (``.append``), as ``(name, place)``.
    """

    config: Any
    places: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    added: frozenset[tuple[str, str]] = frozenset()

    @classmethod
    def of(cls, place: str, config: Any) -> Layer:
        """Return the layer of one place."""
        values = {
            f"{section}.{name}": value
            for section, content in config.items()
            if isinstance(content, dict)
            for name, value in content.items()
        }
        adds = (name for name, value in values.items() if isinstance(value, LazyConfigValue))
        return cls(config, dict.fromkeys(values, (place,)), frozenset((n, place) for n in adds))

    @classmethod
    def merged(cls, layers: Iterable[Layer]) -> Layer:
        """Return one layer made of several; each wins over those before it."""
        config = Config()
        places: dict[str, tuple[str, ...]] = {}
        added = frozenset[tuple[str, str]]()
        for layer in layers:
            added |= layer.added
            config.merge(deepcopy(layer.config))
            for name, found in layer.places.items():
                before = (place for place in places.get(name, ()) if place not in found)
                places[name] = (*before, *found)
        return cls(config, places, added)

    def moved(self, section: str, to: str) -> Layer:
        """Return a layer with the settings of one section moved to another, where they win."""
        moved = self.config.get(section, {})
        if not moved:
            return self
        layer = Layer(
            type(self.config)({to: deepcopy(dict(moved))}),
            {f"{to}.{name}": self.places.get(f"{section}.{name}", ()) for name in moved},
        )
        rest = {name: found for name, found in self.config.items() if name != section}
        kept = {
            name: found for name, found in self.places.items() if not name.startswith(f"{section}.")
        }
        return Layer.merged([Layer(type(self.config)(rest), kept, self.added), layer])

    def source(self, name: str) -> str | None:
        """Return the place that decides a setting, None if it is not set."""
        places = self.places.get(name, ())
        return places[-1] if places else None
