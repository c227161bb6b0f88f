"""Commands as an account without root's powers runs them."""

from __future__ import annotations

import os
import shutil

import pytest


def without_roots_power() -> list[str]:
    """Return what to put before a command so that modes hold for root as well."""
    if os.geteuid() != 0:
        return []
    if shutil.which("setpriv") is None:
        pytest.skip("root, and no setpriv")
    return ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]
