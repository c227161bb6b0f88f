"""The configurations for which ``allow`` edits a file."""

from __future__ import annotations

from ..config.configuration import Configuration
from ..config.reader import read_configuration


def configurations() -> list[tuple[str, Configuration]]:
    """Return the configuration of the next start from this shell, and of each running server.

    Each comes with the server's address, which is empty for the next start. A server that was
    started with ``--config FILE`` reads that file instead of ``jupyter_server_config``.
    """
    from ..check.run import Reader, configuration_of  # noqa: PLC0415 - 130 ms
    from ..check.servers import running_servers  # noqa: PLC0415

    running = configuration_of(running_servers()[0], Reader())
    return [("", read_configuration()), *((str(address), found) for address, found in running)]
