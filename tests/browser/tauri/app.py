"""A Tauri app: one window with a page of its own. ``python app.py FOLDER``."""

import sys
from pathlib import Path

from anyio.from_thread import start_blocking_portal
from pytauri import Commands
from pytauri_wheel.lib import builder_factory, context_factory

with start_blocking_portal("asyncio") as portal:
    app = builder_factory().build(
        context=context_factory(Path(sys.argv[1]).resolve() / "src-tauri"),
        invoke_handler=Commands().generate_handler(portal),
    )
    sys.exit(app.run_return())
