"""``python -m escherpad_ext.cli``, where ``jupyter`` is not on the path."""

from __future__ import annotations

import sys

from . import main

sys.exit(main())
