"""Record the wire contract again: ``python -m tests.wire.record``, in the checkout.

A recording that differs from the one before is a change of what clients and owners rely on.
"""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from . import recording
from .commands import record_commands
from .normalise import claims
from .play import Owner, new_owner
from .servers import SERVERS


def record() -> dict[str, Any]:
    """Play everything, and return what is recorded of it."""
    with new_owner() as owner, ThreadPoolExecutor(2) as pool:
        answers = pool.map(owner.play, SERVERS)
        commands = pool.submit(commands_of, owner)
        return {
            "answers": dict(zip(SERVERS, answers, strict=True)),
            "commands": commands.result(),
            "tokens": tokens_of(owner),
        }


def commands_of(owner: Owner) -> dict[str, Any]:
    """Return what the commands say to an owner who has nothing yet."""
    folder = owner.folder / "commands"
    folder.mkdir()
    return record_commands(folder)


def tokens_of(owner: Owner) -> dict[str, Any]:
    """Return what each grant token says of itself."""
    return {name: claims(token) for name, token in owner.tokens.items() if name != "forged"}


def main() -> None:
    """Write the recording; the one argument that there may be is another place for it."""
    (place,) = sys.argv[1:] or [recording.FILE]
    Path(place).write_text(recording.as_text(record()), encoding="utf-8")


if __name__ == "__main__":
    main()
