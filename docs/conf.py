"""The documentation's site: Sphinx, MyST and the theme that Jupyter's projects use.

``sphinx-build -W --keep-going -b html docs build/docs`` builds it. Warnings are errors, so a link
to a missing page or heading stops the build. ``-b linkcheck`` with
``ESCHERPAD_EXTERNAL_LINKS=1`` also asks other sites; without it, nothing outside is called.
"""

from __future__ import annotations

import os
import re
from importlib.metadata import metadata

from sphinx.application import Sphinx

_METADATA = metadata("escherpad-ext")
_URLS = dict(entry.split(", ", 1) for entry in _METADATA.get_all("Project-URL") or [])
_SOURCE = _URLS["Source"]

project = "escherpad-ext"
author = _METADATA["Author"]
version = release = _METADATA["Version"]
copyright = author  # noqa: A001  Sphinx reads this name

extensions = ["myst_parser", "sphinx_copybutton"]
myst_enable_extensions = ["deflist"]
myst_heading_anchors = 4
exclude_patterns = ["pictures"]
# Python, JavaScript and HTTP on these pages are excerpts with "…" in them.
suppress_warnings = ["misc.highlighting_failure"]

html_theme = "pydata_sphinx_theme"
html_title = project
html_theme_options = {
    "icon_links": [{"name": "Source", "url": _SOURCE, "icon": "fa-brands fa-github"}],
    "use_edit_page_button": False,
}
html_show_sourcelink = False

linkcheck_ignore = [] if os.environ.get("ESCHERPAD_EXTERNAL_LINKS") else [r"https?://"]
# Addresses on the reader's own machine, or of examples.
linkcheck_ignore += [r"https?://localhost", r"https?://[^/]*\.?example(\.|/|$)", rf"{_SOURCE}"]

_OUTSIDE = re.compile(r"\]\(((?:\.\./)+)(?!docs/)([^)\s#]+)(#[^)\s]*)?\)")
_PAGES = {"CONTRIBUTING.md": "contributing", "CHANGELOG.md": "changelog", "SECURITY.md": "security"}


def _link_to_source(app: Sphinx, name: str, source: list[str]) -> None:
    """Let links out of docs/ lead to the repository, or to the page with the same text."""

    def target(found: re.Match[str]) -> str:
        up, path, anchor = found[1], found[2], found[3] or ""
        if up.count("../") <= name.count("/"):
            return found[0]
        if path in _PAGES:
            return f"]({'../' * name.count('/')}{_PAGES[path]}.md{anchor})"
        return f"]({_SOURCE}/blob/main/{path}{anchor})"

    source[0] = _OUTSIDE.sub(target, source[0])


def setup(app: Sphinx) -> None:
    """Register the hook."""
    app.connect("source-read", _link_to_source)
