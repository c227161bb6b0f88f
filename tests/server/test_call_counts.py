"""What the extension costs, without a clock: how many Python functions it adds to a request."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from support.server import count_calls

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]

TESTS = Path(__file__).parents[1]

#: Kind of request → how many calls more than Jupyter Server alone, at most. A grant token is
#: compared with Jupyter Server's own token. Each number is a little above what was measured with
#: Python 3.11 and jupyter_server 2.21. Change it with the date and the reason.
LIMITS = {
    # 2026-11-30: 27, was 32. Core's own provider says by itself who has a token. Before: the router
    # is a matcher; no connection is wrapped
    "no Origin": 32,
    # 2026-11-30: -73, was -69. The same. Headers that are missing are not asked for. Before: no
    # cookie is signed, and origins are remembered
    "other origin": -67,
    "other origin, a folder": -55,  # 2026-11-30: -76 to -60, by how fast the disk answers. The same
    # 2026-11-30: -67, was -60. The same, and a handler's class tells the record of the response.
    # See below
    "grant token": -61 if sys.platform == "linux" else 105,
    "preflight": -290,  # 2026-11-29: -298. No handler is looked for
    "stranger": -130,  # 2026-11-29: -137. Refused from memory
    # 2026-11-30: -6, was -2. The same. Jupyter Server answers with a page, we with JSON. Refusals
    # in a row are counted
    "wrong token": 0,
}
# On Linux, the kernel says that nothing has changed since a grant token was checked. Elsewhere a
# thread asks the registry at each request: some 130 more.


def count(folder: Path, which: str) -> dict[str, int]:
    """Return the calls for each kind of request, with the extension or without it."""
    folder.mkdir()
    kept = {name: text for name, text in os.environ.items() if not name.startswith("JUPYTER")}
    environment = {
        **kept,
        "JUPYTER_NO_CONFIG": "1",
        "JUPYTER_CONFIG_DIR": str(folder / "config"),
        "JUPYTER_DATA_DIR": str(folder / "data"),
        "JUPYTER_RUNTIME_DIR": str(folder / "runtime"),
        "IPYTHONDIR": str(folder / "ipython"),
        "PYTHONPATH": os.pathsep.join(filter(None, (str(TESTS), kept.get("PYTHONPATH")))),
    }
    done = subprocess.run(
        [sys.executable, "-m", count_calls.__name__, which, str(folder)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_calls(tmp_path):
    """Nothing is added by the way. What a number is worth: 100 calls take some 10 to 20 µs."""
    core, extension = (count(tmp_path / which, which) for which in ("without", "with"))
    added = {kind: extension[kind] - core[kind] for kind in LIMITS}
    over = {kind: calls for kind, calls in added.items() if calls > LIMITS[kind]}
    assert not over, added
