"""Nothing is trusted that a grant without code execution wrote, on every way in."""

from __future__ import annotations

import base64
import json

import nbformat
import pytest
from jupyter_server.utils import ensure_async
from support.constants import ALLOWED, TOKEN

# A server may still have one of these.
pytestmark = pytest.mark.filterwarnings("ignore:The synchronous:DeprecationWarning")

HTML = {"data": {"text/html": "<script>1</script>"}, "metadata": {}, "output_type": "display_data"}
#: What looks harmless to Jupyter, and what JupyterLab shows all the same.
ODD = {**HTML, "output_type": "update_display_data"}


def notebook(*outputs, trusted=True):
    cell = {
        "cell_type": "code",
        "id": "a",
        "execution_count": None,
        "metadata": {"trusted": True} if trusted else {},
        "outputs": list(outputs),
        "source": "",
    }
    return {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}


@pytest.fixture(params=["sync", "async"])
def server_config(request):
    """Return both kinds of contents managers."""
    module = "jupyter_server.services.contents.largefilemanager"
    name = "LargeFileManager" if request.param == "sync" else "AsyncLargeFileManager"
    return {"ServerApp": {"contents_manager_class": f"{module}.{name}"}}


@pytest.fixture
def trusts(jp_serverapp):
    """Return a coroutine: whether the host trusts the first cell of a notebook."""

    async def look(path):
        model = await ensure_async(jp_serverapp.contents_manager.get(path))
        return bool(model["content"]["cells"][0]["metadata"].get("trusted"))

    return look


@pytest.mark.parametrize("output", [HTML, ODD], ids=["html", "odd"])
async def test_a_notebook_that_is_put(ask, trusts, output):
    """Saved as new, and saved again."""
    model = {"type": "notebook", "content": notebook(output)}
    for _ in range(2):
        assert (await ask("PUT", "api/contents/a.ipynb", model)).code in {200, 201}
        assert not await trusts("a.ipynb")


async def test_a_file_with_a_notebook_s_name(ask, trusts, jp_root_dir):
    """As text, in base64, in chunks; and then renamed, copied, restored from a checkpoint."""
    text = json.dumps(notebook(HTML))
    encoded = base64.b64encode(text.encode()).decode()
    middle = len(text) // 2
    for name, models in {
        "text.ipynb": [{"format": "text", "content": text}],
        "base64.ipynb": [{"format": "base64", "content": encoded}],
        "chunks.ipynb": [
            {"format": "text", "content": text[:middle], "chunk": 1},
            {"format": "text", "content": text[middle:], "chunk": -1},
        ],
    }.items():
        for model in models:
            answer = await ask("PUT", f"api/contents/{name}", {"type": "file", **model})
            assert answer.code in {200, 201}
        assert not await trusts(name)
    answer = await ask("POST", "api/contents", {"copy_from": "text.ipynb"})
    assert answer.code == 201
    assert not await trusts(json.loads(answer.body)["path"])
    assert (await ask("PATCH", "api/contents/text.ipynb", {"path": "new.ipynb"})).code == 200
    assert not await trusts("new.ipynb")
    made = await ask("POST", "api/contents/new.ipynb/checkpoints")
    (jp_root_dir / "new.ipynb").write_text(json.dumps(notebook()))
    restored = f"api/contents/new.ipynb/checkpoints/{json.loads(made.body)['id']}"
    assert (await ask("POST", restored)).code == 204
    assert nbformat.read(jp_root_dir / "new.ipynb", 4).cells[0].outputs
    assert not await trusts("new.ipynb")


async def test_trust_is_not_given_by_itself(ask):
    """Signing a notebook is for who may run code."""
    await ask("PUT", "api/contents/a.ipynb", {"type": "notebook", "content": notebook(HTML)})
    assert (await ask("POST", "api/contents/a.ipynb/trust")).code == 403


async def test_what_the_owner_s_page_saves_of_it(ask, call, trusts):
    """The page saves an odd output that an app wrote, untrusted as it was read."""
    await ask("PUT", "api/contents/a.ipynb", {"type": "notebook", "content": notebook(ODD)})
    body = json.dumps({"type": "notebook", "content": notebook(ODD, trusted=False)})
    assert (await call("PUT", "api/contents/a.ipynb", token=TOKEN, body=body)).code == 200
    assert not await trusts("a.ipynb")


@pytest.mark.parametrize("who", ["owner", "run"])
async def test_who_runs_code_is_trusted_as_before(call, give, trusts, who):
    """The owner's own pages, and an app with code execution."""
    token = TOKEN if who == "owner" else give("run")[1]
    origin = None if who == "owner" else ALLOWED
    body = json.dumps({"type": "notebook", "content": notebook(HTML)})
    answer = await call("PUT", "api/contents/a.ipynb", token=token, origin=origin, body=body)
    assert answer.code == 201
    assert await trusts("a.ipynb")
