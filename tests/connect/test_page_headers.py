"""The headers that protect the owner's pages."""

from __future__ import annotations

import pytest

from escherpad_ext.connect.page_headers import content_security_policy, page_headers
from escherpad_ext.policy.origin import Origin


def directives(policy: str) -> dict[str, str]:
    return {name: value for name, _, value in (d.partition(" ") for d in policy.split("; "))}


def test_pages_load_and_send_nothing_elsewhere() -> None:
    """No script that is written into a page runs, and no other page may frame it."""
    found = directives(page_headers()["Content-Security-Policy"])
    assert found["default-src"] == found["base-uri"] == found["frame-ancestors"] == "'none'"
    assert found["script-src"] == found["style-src"] == found["form-action"] == "'self'"
    assert found["img-src"] == "'self' data:"


def test_pages_are_not_kept_or_shared() -> None:
    """No cache keeps them; neither an opener nor a frame nor another origin reads them."""
    found = page_headers()
    assert found["Cache-Control"] == "no-store"
    assert found["Cross-Origin-Opener-Policy"] == "noopener-allow-popups"
    assert found["Cross-Origin-Resource-Policy"] == "same-origin"
    assert found["X-Frame-Options"] == "DENY"
    assert found["X-Content-Type-Options"] == "nosniff"


def test_the_forms_origin_is_sent() -> None:
    """With `no-referrer`, browsers would write null."""
    assert page_headers()["Referrer-Policy"] == "same-origin"


@pytest.mark.parametrize(
    ("origin", "target"),
    [
        ("https://site.example", "'self' https://site.example"),
        ("http://localhost:5173", "'self' http://localhost:5173"),
        ("http://[::1]:5173", "'self' http:"),
    ],
)
def test_a_form_may_lead_to_its_site_alone(origin: str, target: str) -> None:
    """A policy cannot name an IPv6 address. Everything else stays as it is."""
    found = directives(content_security_policy(Origin.parse(origin)))
    assert found.pop("form-action") == target
    assert found.items() <= directives(content_security_policy()).items()
