"""Calls every tool of jupyter-mcp-server with the official Python SDK.

Its argument is JSON: {url, token} for an extension, {command, env} for a program. It prints the
names of the tools as a line of JSON. After a line of its input, it calls one more, and prints
whether that was refused.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
from mcp.client import Client
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp.client.streamable_http import streamable_http_client

NOTES = {"notebook_name": "notes", "notebook_path": "notes.ipynb"}
NAME = {"notebook_name": "notes"}
#: A tool, what it is given, and what its answer has. Code is run again if it gets no answer: after
#: a restart of the kernel that happens, whatever the token.
TRIES = {"execute_code": 4}
CALLS: list[tuple[str, dict[str, Any], str]] = [
    ("list_files", {"max_depth": 2}, "notes.ipynb"),
    ("use_notebook", {"notebook_name": "new", "notebook_path": "new.ipynb", "mode": "create"}, ""),
    ("use_notebook", NOTES, "# Title"),
    ("list_notebooks", {}, "new.ipynb"),
    ("insert_cell", {"cell_index": 0, "cell_type": "code", "cell_source": "y = 1"}, "3 cells"),
    ("overwrite_cell_source", {"cell_index": 0, "cell_source": "y = 2 + 2\ny"}, "+y = 2 + 2"),
    ("edit_cell_source", {"cell_index": 0, "old_string": "2 + 2", "new_string": "3 + 3"}, "3 + 3"),
    ("execute_cell", {"cell_index": 0}, "6"),
    ("read_cell", {"cell_index": 0}, "y = 3 + 3"),
    ("insert_execute_code_cell", {"cell_index": 1, "cell_source": "print(y * 7)"}, "42"),
    ("move_cell", {"source_index": 0, "target_index": 1}, "from index 0 to 1"),
    ("clear_cell_output", {"cell_index": 0}, "cleared"),
    ("execute_code", {"code": "y + 100"}, "106"),
    ("delete_cell", {"cell_indices": [0]}, "print(y * 7)"),
    ("read_notebook", NAME, "3 cells"),
    ("list_kernels", {}, "python3"),
    ("restart_notebook", NAME, "restarted"),
    ("execute_code", {"code": "'y' in dir()"}, "False"),
]
LAST = [("unuse_notebook", NAME, "unused")]


@asynccontextmanager
async def connected(plan: dict[str, Any]) -> AsyncIterator[Client]:
    if "url" in plan:
        headers = {"Authorization": f"Bearer {plan['token']}"}
        async with (
            httpx2.AsyncClient(headers=headers, timeout=100) as http,
            Client(streamable_http_client(plan["url"], http_client=http)) as client,
        ):
            yield client
        return
    program = StdioServerParameters(command=plan["command"], env={**os.environ, **plan["env"]})
    async with Client(stdio_client(program)) as client:
        yield client


async def call(client: Client, name: str, given: dict[str, Any], expected: str) -> None:
    for _ in range(TRIES.get(name, 1)):
        answer = await client.call_tool(name, given)
        text = "\n".join(getattr(part, "text", "") for part in answer.content)
        if not answer.is_error and expected in text:
            return
    raise AssertionError((name, given, text))


async def read_the_rest(client: Client) -> None:
    """Use its prompt and its resources."""
    (prompt,) = (await client.list_prompts()).prompts
    given = {"prompt": "Explain this", "cell_indices": "0", **NAME}
    assert "y = 3 + 3" in str(await client.get_prompt(prompt.name, given))
    (resource,) = (await client.list_resources()).resources
    assert (await client.read_resource(str(resource.uri))).contents
    assert (await client.list_resource_templates()).resource_templates
    assert "y = 3 + 3" in str(await client.read_resource("notebook://notes"))


async def main(plan: dict[str, Any]) -> None:
    calls = [*CALLS]
    if "command" in plan:
        at = {"jupyter_url": plan["env"]["JUPYTER_URL"]}
        given = {**at, "jupyter_token": plan["env"]["JUPYTER_TOKEN"]}
        calls.insert(0, ("connect_to_jupyter", given, ""))
    async with connected(plan) as client:
        for each in calls:
            await call(client, *each)
        await read_the_rest(client)
        for each in LAST:
            await call(client, *each)
        listed = {tool.name for tool in (await client.list_tools()).tools}
        untried = sorted(listed - {name for name, *_ in (*calls, *LAST)})
        print(json.dumps({"untried": untried, "number": len(listed)}), flush=True)
        await asyncio.to_thread(sys.stdin.readline)
        print(json.dumps({"refused": await is_refused(client)}), flush=True)


async def is_refused(client: Client) -> bool:
    try:
        return bool((await client.call_tool("list_kernels", {})).is_error)
    except Exception as error:  # as the transport has it
        print(repr(error), file=sys.stderr)
        return True


asyncio.run(asyncio.wait_for(main(json.loads(sys.argv[1])), 250))
