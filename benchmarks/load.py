"""One server, 500 sockets of three origins, and grants that are revoked at random."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from statistics import linear_regression, quantiles

from .crowd import App
from .figures import Counts, Figure
from .loaded_server import KERNELS, MOST_KERNEL_SOCKETS, ORIGINS, Held, LoadedServer
from .processes import Remote, ask_all, remote
from .servers import TOKEN
from .unrest import Cycle, Unrest

SEED = 6
PROMISED_MS = 2000.0
#: A cycle may leave that much behind: two KiB, or a fifth of an object, for each of 500 sockets.
LIMIT_KIB = 1024.0
LIMIT_OBJECTS = 100.0
_CORE_CYCLES = 2


def measure(counts: Counts) -> Iterator[Figure]:
    # The first cycle warms up what is then kept.
    with LoadedServer() as server, Unrest(server, SEED) as unrest:
        cycles = [unrest.cycle(counts.sockets) for _ in range(1 + counts.load_cycles)]
    yield from _closing(cycles, counts.sockets)
    left = [cycle.left for cycle in cycles if cycle.left]
    yield from _left(left)
    yield from _taken(cycles, counts)
    for activity in ("on", "off"):
        with LoadedServer(activity=activity) as server, Unrest(server, SEED) as unrest:
            lost, sent = unrest.lost_messages(counts.sockets)
        name = f"load: messages that were lost, record {activity}"
        yield Figure(name, "", (float(lost),), 0.0, f"of {sent:,}")


def _closing(cycles: Sequence[Cycle], sockets: int) -> Iterator[Figure]:
    revoked = sum(len(cycle.delays) for cycle in cycles)
    slowest = max(max(cycle.delays) for cycle in cycles)
    most = tuple(quantiles(cycle.delays, n=100)[-1] for cycle in cycles)
    note = f"{sockets} sockets, {len(cycles)} cycles, {revoked:,} revoked, seed {SEED}"
    yield Figure("load: the slowest socket to close", "ms", (slowest,), PROMISED_MS, note)
    yield Figure("load: 99 of a hundred sockets", "ms", most, PROMISED_MS)
    lost = [name for cycle in cycles for name in cycle.lost]
    names = ", ".join(lost[:5])
    yield Figure("load: sockets of others that were lost", "", (float(len(lost)),), 0.0, names)


def _left(left: Sequence[Held]) -> Iterator[Figure]:
    """Yield what grows from one cycle to the next."""
    first, *later = left
    sockets = float(max(each.sockets for each in left) - 2 * KERNELS)
    yield Figure("load: sockets left in memory", "", (sockets,), 0.0, "besides the owner's")
    tasks = tuple(float(each.tasks - first.tasks) for each in later)
    yield Figure("load: tasks left", "", tasks, 2.0, "each cycle, to the first")
    opened = tuple(
        float(each.descriptors - first.descriptors)
        for each in later
        if each.descriptors is not None and first.descriptors is not None
    )
    yield Figure("load: files left open", "", opened, 2.0, "each cycle, to the first")
    yield _growth("objects", "", [each.objects for each in left], LIMIT_OBJECTS)
    yield _growth("memory", "KiB", [each.kib for each in left if each.kib is not None], LIMIT_KIB)


def _growth(what: str, unit: str, values: Sequence[float], limit: float) -> Figure:
    name = f"load: {what}, more each cycle"
    if len(values) < 2:
        return Figure(name, unit, (), limit, "not measured on this system")
    slope = linear_regression(range(len(values)), values).slope
    seen = " ".join(f"{value:,.0f}" for value in values)
    return Figure(name, unit, (slope,), limit, f"slope of {seen}")


def _taken(cycles: Sequence[Cycle], counts: Counts) -> Iterator[Figure]:
    """Yield what open sockets take, and what they take without the extension."""
    own = [(cycle.loaded, cycle.left) for cycle in cycles if cycle.loaded and cycle.left]
    core = _core_cycles(counts.sockets, 1 + min(_CORE_CYCLES, counts.load_cycles))
    taken, cores = (
        tuple(
            loaded.kib - left.kib
            for loaded, left in pairs[1:]
            if loaded.kib is not None and left.kib is not None
        )
        for pairs in (own, core)
    )
    note = f"{counts.sockets} of them"
    yield Figure("load: memory of open sockets", "KiB", taken, None, note)
    yield Figure("load: the same without the extension", "KiB", cores, None, note)


def _core_cycles(sockets: int, how_many: int) -> list[tuple[Held, Held]]:
    """Open the same sockets with the server's own token, and close them."""
    with (
        LoadedServer(extension=False) as server,
        remote([partial(App, server.port, None)] * (1 + len(ORIGINS))) as (owner, *apps),
    ):
        owner.ask("open", server.sockets("owner", [TOKEN] * 2 * KERNELS, KERNELS))
        return [_core_cycle(server, apps, sockets) for _ in range(how_many)]


def _core_cycle(server: LoadedServer, apps: Sequence[Remote], sockets: int) -> tuple[Held, Held]:
    for number, app in enumerate(apps):
        share = len(range(number, sockets, len(apps)))
        most = MOST_KERNEL_SOCKETS // len(apps)
        app.order("open", server.sockets(f"app-{number}", [TOKEN] * share, most))
    for app in apps:
        app.result()
    loaded = server.held()
    ask_all(apps, "close")
    return loaded, server.settled(2 * KERNELS)
