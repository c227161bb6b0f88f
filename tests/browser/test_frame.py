"""JupyterLab in another site's frame, as docs/app-shells.md has it: a person logs in there."""

from __future__ import annotations

import json
import os
import ssl
from pathlib import Path

import pytest
from support.browser.bad_proxies import Listener, forward, unchanged
from support.browser.browsers import Browser, drive
from support.browser.sites import VISIT, Site, visit
from support.doc_pages import ROOT
from support.jupyter_process import JupyterProcess
from traitlets.config import Config

FULL = os.environ.get("ESCHERPAD_FULL") == "1"
pytestmark = [
    pytest.mark.skipif(not FULL, reason="ESCHERPAD_FULL=1 opens JupyterLab in frames."),
    pytest.mark.timeout(240),
]
PAGE = (ROOT / "docs" / "app-shells.md").read_text(encoding="utf-8")
ORIGIN = "https://app.example.com"
#: Chromium blocks third-party cookies by default, and then nobody can log in there.
COOKIES_ALLOWED = {"profile": {"cookie_controls_mode": 0, "block_third_party_cookies": False}}


def written_settings(origin: str) -> Config:
    """Return what the page says to write into ``jupyter_server_config.py``."""
    snippet = PAGE.partition("```python\n")[2].partition("```")[0]
    assert ORIGIN in snippet
    config = Config()
    exec(snippet.replace(ORIGIN, origin), {"c": config})
    return config


def test_a_person_logs_in_within_the_frame(
    node: str, browser: Browser, tls: ssl.SSLContext, tmp_path: Path
) -> None:
    """From a site on https, at a server on https, with the lines of the page."""
    with Site(tmp_path / "site", tls=tls) as site:
        config = json.loads(json.dumps(written_settings(site.origin)))
        config["EscherpadExt"] = {}
        server = JupyterProcess(tmp_path / "jupyter", config)
        with Listener(forward(server.port, unchanged), tls) as tunnel:
            # What adds https in this test is before the server, which has to know its address.
            config["EscherpadExt"]["public_url"] = tunnel.url.rstrip("/")
            with server:
                frame = f'<!doctype html><iframe src="{tunnel.url}tree" height="600"></iframe>'
                site.put("index.html", frame)
                log_in = visit(
                    "frame",
                    f"{site.origin}/index.html",
                    {"frame": "iframe", "type": "#password_input", "text": server.token},
                    {"frame": "iframe", "click": "#login_submit"},
                    {"frame": "iframe", "gone": "#login_submit"},
                    {"frame": "iframe", "until": "fetch('/api/contents').then((got) => got.ok)"},
                )
                profile = tmp_path / "profile"
                (profile / "Default").mkdir(parents=True)
                (profile / "Default" / "Preferences").write_text(json.dumps(COOKIES_ALLOWED))
                drive(node, browser, profile, [log_in], program=VISIT).check()
