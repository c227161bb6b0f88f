"""Sockets that are opened, grants that are revoked while they are open, and who notices."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from functools import partial

from escherpad_ext.grants import GrantRequest, Issuer
from escherpad_ext.policy import scopes

from .crowd import App, Ending, Person, Revoked
from .loaded_server import KERNELS, MOST_KERNEL_SOCKETS, ORIGINS, Held, LoadedServer
from .processes import ask_all, remote
from .servers import AUTHORIZATION, TOKEN

PEOPLE = 2
#: Sockets have grants at random: some grants have several, and some have none.
_GRANTS_PER_SOCKET = 0.6
_ROUNDS = 4
_LONGEST_PAUSE_SECONDS = 0.1
_GIVE_UP_SECONDS = 30.0
_BY_REVOCATION = (4401, "revoked")
_OWNERS_SOCKETS = 2 * KERNELS
#: How often the owner lists a folder.
_LISTED = 50


@dataclass
class Cycle:
    """What was seen while sockets were opened, their grants revoked, and the rest closed."""

    #: From the moment when it was asked for until the close frame had come, in milliseconds.
    delays: list[float] = field(default_factory=list)
    #: Sockets that ended, or did not answer, though nobody had revoked their grants.
    lost: list[str] = field(default_factory=list)
    loaded: Held | None = None
    left: Held | None = None


@dataclass
class _Given:
    """A grant, and the names of the sockets that its token opens."""

    id: str
    origin: str
    token: str
    sockets: list[str] = field(default_factory=list)


class Unrest(ExitStack):
    """A server, apps of each origin, the owner's own script, and people who revoke."""

    def __init__(self, server: LoadedServer, seed: int) -> None:
        super().__init__()
        self._server = server
        self._chance = random.Random(seed)
        self._data = server.folder / "data"
        apps = [partial(App, server.port, origin) for origin in (*ORIGINS, None)]
        *self._apps, self._owner = self.enter_context(remote(apps))
        self._people = self.enter_context(remote([partial(Person, str(self._data))] * PEOPLE))
        own = server.sockets("owner", [TOKEN] * _OWNERS_SOCKETS, KERNELS)
        self._owner.ask("open", own)

    def cycle(self, sockets: int) -> Cycle:
        """Open sockets, revoke grants one by one, then those of an origin; close what is left."""
        cycle = Cycle()
        given = self._give_away(int(sockets * _GRANTS_PER_SOCKET))
        self._open(sockets, given)
        cycle.loaded = self._server.held()
        doomed = self._half_of(given)
        for number in range(_ROUNDS):
            self._revoke(doomed[number::_ROUNDS], cycle)
        self._check(cycle)
        self._revoke_origin(cycle)
        self._check(cycle)
        ask_all(self._apps, "close")
        cycle.left = self._server.settled(_OWNERS_SOCKETS)
        return cycle

    def lost_messages(self, sockets: int) -> tuple[int, int]:
        """Open sockets; return how many messages they missed, and how many there were.

        Each socket of a kernel has it display something, which all sockets of that kernel hear.
        All other sockets hear of each folder that the owner lists.
        """
        self._open(sockets, self._give_away(int(sockets * _GRANTS_PER_SOCKET)))
        everybody = [*self._apps, self._owner]
        kernels: dict[str, str] = ask_all(everybody, "kernels")
        shared = Counter(kernels.values())
        names = [name for each in everybody for name in each.ask("names")]
        expected = {n: shared[kernels[n]] if n in kernels else _LISTED for n in names}
        for each in everybody:
            each.order("execute")
        for _ in range(_LISTED):
            self._server.connect().ask("GET", "/api/contents", AUTHORIZATION)
        for each in everybody:
            each.result()
        missing = ask_all(everybody, "missing", expected, _GIVE_UP_SECONDS)
        return sum(map(abs, missing.values())), sum(expected.values())

    def _give_away(self, grants: int) -> list[_Given]:
        now = int(time.time())
        given = []
        with closing(Issuer(self._data / "escherpad_ext")) as issuer:
            for number in range(grants):
                origin = ORIGINS[number % len(ORIGINS)]
                request = GrantRequest(origin, scopes.expand(["run"]), "ana", now, now + 86400)
                grant, token = issuer.issue(request)
                given.append(_Given(grant.id, origin, token))
        return given

    def _open(self, sockets: int, given: Sequence[_Given]) -> None:
        """Open sockets, each with the token of a random grant."""
        for number, (origin, app) in enumerate(zip(ORIGINS, self._apps, strict=True)):
            share = len(range(number, sockets, len(ORIGINS)))
            holders = self._chance.choices([g for g in given if g.origin == origin], k=share)
            tokens = [holder.token for holder in holders]
            most = MOST_KERNEL_SOCKETS // len(ORIGINS)
            wanted = self._server.sockets(f"app-{number}", tokens, most)
            for holder, each in zip(holders, wanted, strict=True):
                holder.sockets.append(each.name)
            app.order("open", wanted)
        for app in self._apps:
            app.result()

    def _half_of(self, given: Sequence[_Given]) -> list[_Given]:
        """Return half of the grants of each origin, in random order."""
        doomed = []
        for origin in ORIGINS:
            its = [each for each in given if each.origin == origin]
            doomed += self._chance.sample(its, len(its) // 2)
        self._chance.shuffle(doomed)
        return doomed

    def _revoke(self, grants: Sequence[_Given], cycle: Cycle) -> None:
        """Revoke these at random moments, and wait for their sockets' ends."""
        pauses = [(each.id, self._chance.uniform(0, _LONGEST_PAUSE_SECONDS)) for each in grants]
        for number, person in enumerate(self._people):
            person.order("revoke", pauses[number::PEOPLE])
        revoked: list[Revoked] = [each for person in self._people for each in person.result()]
        asked = {each.grant_id: each.asked for each in revoked}
        self._await({name: asked[each.id] for each in grants for name in each.sockets}, cycle)

    def _revoke_origin(self, cycle: Cycle) -> None:
        """Revoke all that is left of the first origin, in one go."""
        names = self._apps[0].ask("names")
        revoked: Revoked = self._people[0].ask("revoke_origin", ORIGINS[0])
        self._await(dict.fromkeys(names, revoked.asked), cycle)

    def _await(self, asked: Mapping[str, float], cycle: Cycle) -> None:
        """Wait for the ends of sockets; one that does not come counts with all that was waited."""
        endings = ask_all(self._apps, "endings", list(asked), _GIVE_UP_SECONDS)
        for name, at in asked.items():
            ending: Ending | None = endings.pop(name, None)
            well = ending is not None and ending[:2] == _BY_REVOCATION
            seconds = ending.at - at if ending and well else _GIVE_UP_SECONDS
            cycle.delays.append(seconds * 1000)
        cycle.lost += endings

    def _check(self, cycle: Cycle) -> None:
        """Ask every socket that should still be there."""
        for app in (*self._apps, self._owner):
            cycle.lost += app.ask("silent")
        cycle.lost += ask_all([*self._apps, self._owner], "endings", [], 0.0)
