"""What a token without code execution is told about language servers, with jupyter-lsp."""

from __future__ import annotations

import json

import pytest
from support.constants import ALLOWED, TOKEN
from support.requirements import require_modules

pytestmark = pytest.mark.filterwarnings("ignore")  # the extension looks for programs

SECRET = "a-key-of-a-service"
SPEC = {
    "argv": ["no-such-program", f"--key={SECRET}"],
    "env": {"KEY": SECRET},
    "workspace_configuration": {"service": {"key": SECRET}},
    "display_name": "Mine",
    "languages": ["python"],
    "mime_types": ["text/x-python"],
    "version": 2,
}


@pytest.fixture
def server_config():
    require_modules({"jupyter_lsp": "jupyter-lsp"}, "language servers")
    return {
        "ServerApp": {"jpserver_extensions": {"escherpad_ext": True, "jupyter_lsp": True}},
        "LanguageServerManager": {"language_servers": {"mine": SPEC}, "autodetect": False},
    }


async def test_which_ones_there_are_and_not_how_they_start(call, give):
    """Nor their settings. The owner sees those, and so does who may run code anyway."""
    texts = {}
    for name in ("view", "edit", "run"):
        answer = await call("GET", "lsp/status", origin=ALLOWED, token=give(name)[1])
        assert answer.code == 200
        texts[name] = answer.body.decode()
        assert json.loads(texts[name])["specs"]["mine"]["display_name"] == "Mine"
    owner = (await call("GET", "lsp/status", token=TOKEN)).body.decode()
    assert [SECRET in text for text in (texts["view"], texts["edit"])] == [False, False]
    assert SECRET in texts["run"]
    assert SECRET in owner
