"""What a grant token may reach: the one table of scopes, bundles and their wording.

A scope is ``<resource>:<action>`` in the words of Jupyter's authorizers: the handler's
``auth_resource``, and ``read``, ``write`` or ``execute``
(https://jupyter-server.readthedocs.io/en/latest/operators/security.html#authorization-in-a-server).
The docs, ``--help``, the connect page and error messages read these tables. Pure.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from types import MappingProxyType
from typing import NamedTuple

from ..errors import UnknownScope
from .translatable import Translatable

#: Covers whatever is not out of reach, also what declares no resource. Scope and bundle in one.
FULL = "full"
#: What a request needs that no token reaches (:mod:`.required_scopes`). Nobody can ask for it.
NEVER = "never"
#: The resource that the connect and connections pages declare.
CONNECT_RESOURCE = "escherpad-connect"

_EVERYTHING = "full control of your account on this machine"

#: Every scope, and what it lets an app do, for a person to read.
SCOPES = MappingProxyType(
    {
        "api:read": "See that your server runs, since when, and how busy it is",
        "identity:read": "See the user name that your server gives it",
        "contents:read": "List and read the files in your server's folder",
        "contents:write": (
            "Create, change, rename and delete files in your server's folder, also notebooks and "
            "programs. What you have open from there, or open or run later, can do anything that "
            "you can"
        ),
        "outputs:read": "Read the outputs of notebooks that are kept apart from their files",
        "outputs:write": "Clear the outputs of notebooks that are kept apart from their files",
        "kernelspecs:read": "See which kernels are installed",
        "kernels:read": "See which kernels run",
        # A kernel runs the `ipykernel_launcher.py` of the folder that it is started in.
        "kernels:write": (
            "Start, interrupt, restart and stop kernels. A kernel may run what is in the folder "
            f"where it starts: {_EVERYTHING}"
        ),
        "kernels:execute": f"Run code in kernels: {_EVERYTHING}",
        "executions:write": f"Run notebook cells: {_EVERYTHING}",
        "sessions:read": "See which notebooks have a kernel",
        "sessions:write": (
            "Open and close notebook sessions, which starts and stops kernels. A kernel may run "
            f"what is in the folder where it starts: {_EVERYTHING}"
        ),
        "terminals:read": "See which terminals are open",
        "terminals:write": (
            f"Open and close terminals, and choose the program that runs in one: {_EVERYTHING}"
        ),
        "terminals:execute": f"Type into terminals: {_EVERYTHING}",
        "events:execute": "Listen to what happens on your server, also to what other apps do",
        "events:write": "Report events in your server's name",
        "lsp:read": "See which language servers are installed and running",
        "lsp:execute": (
            "Start language servers and talk to them. They can be told to run other programs: "
            f"{_EVERYTHING}"
        ),
        "nbconvert:read": (
            "Convert notebooks to other formats. This may start programs (LaTeX), which read what "
            f"the notebooks name: {_EVERYTHING}"
        ),
        "nbconvert:write": (
            "Convert notebooks of its own. This may start programs (LaTeX), which can read "
            f"whatever you can: {_EVERYTHING}"
        ),
        "config:read": "Read the settings that Jupyter's pages keep on your server",
        FULL: (
            "Everything that you can do on this server, also what other extensions add to it: "
            f"{_EVERYTHING}. But not change its settings, shut it down or connect further apps"
        ),
    }
)


class Bundle(NamedTuple):
    """Scopes that a person decides on together. ``words`` say plainly what they give."""

    name: str
    title: str
    words: str
    scopes: frozenset[str]


# Reading only: nothing here starts, changes or runs anything. `nbconvert:read` is missing since
# a GET may start LaTeX, Inkscape or a browser on the owner's machine.
_VIEW = frozenset(
    {
        "api:read",
        "contents:read",
        "identity:read",
        "kernels:read",
        "kernelspecs:read",
        "lsp:read",
        "outputs:read",
        "sessions:read",
        "terminals:read",
    }
)
_EDIT = _VIEW | {"contents:write", "outputs:write"}
# A session is a kernel (POST /api/sessions starts one); a language server is a program.
_PROGRAMS = frozenset(
    {
        "executions:write",
        "kernels:execute",
        "kernels:write",
        "lsp:execute",
        "nbconvert:read",
        "nbconvert:write",
        "sessions:write",
    }
)
_COMMANDS = frozenset({"terminals:write", "terminals:execute"})
_RUN = _EDIT | _PROGRAMS | {"config:read", "events:execute", "events:write"}
_TERMINAL = _COMMANDS | {"identity:read", "terminals:read"}

#: Each of these alone leads to running code, and so to the whole account.
FULL_CONTROL = _PROGRAMS | _COMMANDS | {FULL}

#: What agents' endpoints are for, if a server has such paths (``resource_paths``).
MCP = "mcp:execute"
PATHS_WORDS = MappingProxyType(
    {
        MCP: (
            "Use the tools that your server offers to agents (MCP). They can run code and change "
            f"files: {_EVERYTHING}"
        )
    }
)
_OF_EXTENSION = (
    "Use what an extension of your server offers as {resource}. It can do whatever that extension "
    f"does, which may be anything: {_EVERYTHING}"
)

#: Bundles by name, from the smallest to the largest.
BUNDLES = MappingProxyType(
    {
        bundle.name: bundle
        for bundle in (
            Bundle(
                "view",
                "See files and what is running",
                "See and read your files, and see which kernels, sessions and terminals are "
                "running. Changes nothing, starts nothing.",
                _VIEW,
            ),
            Bundle(
                "edit",
                "Change files",
                "See and read your files and see what is running. Create, change and delete your "
                "files, also notebooks and programs. It runs nothing itself, but what you have "
                "open from there, or open or run later, can do anything that you can.",
                _EDIT,
            ),
            Bundle(
                "run",
                "Run code",
                f"See and change your files, start kernels and run code: {_EVERYTHING}.",
                _RUN,
            ),
            Bundle(
                "terminal",
                "Use terminals",
                f"Open terminals and type commands: {_EVERYTHING}.",
                _TERMINAL,
            ),
            Bundle(FULL, "Everything", SCOPES[FULL] + ".", frozenset({FULL})),
        )
    }
)


def covers(granted: Collection[str], needed: str) -> bool:
    """Return whether ``granted`` reaches what needs ``needed`` (:mod:`.required_scopes`).

    ``granted`` holds expanded scopes. An empty one covers nothing.
    """
    return needed != NEVER and (needed in granted or FULL in granted)


def words_of_path(scope: str) -> str:
    """Return what a scope of ``resource_paths`` lets an app do. Nobody knows how far that goes."""
    resource = scope.partition(":")[0]
    return PATHS_WORDS.get(scope) or Translatable(_OF_EXTENSION, resource=resource)


def expand(names: Iterable[str] | str, of_paths: Collection[str] = ()) -> frozenset[str]:
    """Return the scopes behind names of bundles and scopes (or a text with spaces between them).

    ``of_paths`` are the scopes of this server's ``resource_paths``.
    Never empty. Raises UnknownScope, which names all that are unknown at once.
    """
    wanted = names.split() if isinstance(names, str) else list(names)
    known = {*BUNDLES, *SCOPES, *of_paths}
    unknown = [name for name in wanted if name not in known]
    if unknown or not wanted:
        raise _unknown_scope(unknown, sorted(of_paths))
    scopes = frozenset().union(
        *(BUNDLES[name].scopes if name in BUNDLES else {name} for name in wanted)
    )
    return frozenset({FULL}) if FULL in scopes else scopes


def _unknown_scope(unknown: list[str], of_paths: list[str]) -> UnknownScope:
    if not unknown:
        return UnknownScope(
            f"No scope is named. Name at least one of: {', '.join(BUNDLES)}.",
            code="no_scope",
            unknown=(),
        )
    close = list(dict.fromkeys(match for name in unknown for match in _close(name, of_paths)))
    listed = ", ".join(repr(name[:80]) for name in unknown[:5])
    return UnknownScope(
        f"There is no scope {listed}. "
        + (f"Close to it: {', '.join(close)}. " if close else "")
        + f"Bundles: {', '.join(BUNDLES)}. Scopes: "
        + f"{', '.join(s for s in (*SCOPES, *of_paths) if s != FULL)}.",
        code="unknown_scope",
        unknown=tuple(unknown),
        close=tuple(close),
    )


def _close(name: str, of_paths: list[str]) -> list[str]:
    import difflib  # noqa: PLC0415 - 1 % of the extension's import, for a name that is mistyped

    known = [*BUNDLES, *SCOPES, *of_paths]
    return difflib.get_close_matches(name[:80].strip().lower(), known, n=3)


def gives_full_control(scopes: Collection[str], *, contained: bool = True) -> bool:
    """Return whether ``scopes`` lead to running code.

    ``contained`` says whether written files wait for the owner (``interstitial.is_contained``).
    What a scope leads to that is not in the table is not known, so it may be anything.
    """
    writes = not contained and "contents:write" in scopes
    return writes or not FULL_CONTROL.isdisjoint(scopes) or not SCOPES.keys() >= set(scopes)
