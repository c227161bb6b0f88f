"""How many entries the record of what an app did may have. Pure."""

from __future__ import annotations

DEFAULT_ROWS = 10_000
#: With fewer, a busy app would displace what it did a minute ago.
LEAST_ROWS = 100
#: With more, the file would fill disks.
MOST_ROWS = 1_000_000
