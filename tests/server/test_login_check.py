"""Handlers that check nobody: voila's files, as an example that people install."""

from __future__ import annotations

import pytest
from support.constants import ALLOWED, TOKEN
from support.requirements import require_modules

pytestmark = pytest.mark.filterwarnings("ignore")  # voila warns of its templates


@pytest.fixture
def server_config():
    require_modules({"voila": "voila"}, "whose files nobody guards")
    return {
        "ServerApp": {
            "jpserver_extensions": {"escherpad_ext": True, "voila.server_extension": True}
        }
    }


async def test_no_file_without_a_token(call, give, jp_root_dir):
    """An allowed origin needs the server's token or a grant of ``full``."""
    (jp_root_dir / "plot.png").write_bytes(b"a plot")
    assert (await call("GET", "voila/files/plot.png")).body == b"a plot", "as ever without Origin"
    _, run = give("run")
    _, full = give("full")
    for token, status in ((None, 401), ("wrong", 401), (run, 403), (full, 200), (TOKEN, 200)):
        answer = await call("GET", "voila/files/plot.png", origin=ALLOWED, token=token)
        assert (answer.code, answer.body == b"a plot") == (status, status == 200), token
