"""``python -m escherpad_ext.cli``, for systems without ``jupyter`` on the path."""

from __future__ import annotations

import sys

from . import main

sys.exit(main())
