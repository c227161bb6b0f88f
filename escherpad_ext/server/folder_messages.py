"""Messages of errors without paths of the file system, which say what is around a folder."""

from __future__ import annotations

import os
import re

_ABSOLUTE = re.compile(r"""(?:^|[^\w.])(?:[A-Za-z]:)?[/\\]""")


def without_places(message: str, root: str) -> str:
    """Return a message with paths below ``root`` as the contents API has them.

    It is empty if it names another place.
    """
    roots = {root, os.path.realpath(root)}
    forms = {form for each in roots for form in (each, repr(each)[1:-1])}
    for text in sorted(forms, key=len, reverse=True):
        if os.path.dirname(text) != text:  # noqa: PTH120 - not "/" itself
            message = message.replace(text + os.sep, "").replace(text, "")
    return "" if _ABSOLUTE.search(message) else message
