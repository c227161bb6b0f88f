"""The headers that protect the owner's pages, whatever the settings say."""

from __future__ import annotations

from ..policy.origin import Origin
from .arrivals import PAGE_POLICY

_HEADERS = {
    "Cache-Control": "no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
    # Not `no-referrer`, which makes the form's `Origin` null (https://fetch.spec.whatwg.org/
    # #append-a-request-origin-header).
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


def page_headers() -> dict[str, str]:
    """Return the headers of every page."""
    return {
        **_HEADERS,
        # An opener must not script the page: notebooks run on this very origin.
        "Cross-Origin-Opener-Policy": PAGE_POLICY,
        "Content-Security-Policy": content_security_policy(),
    }


def content_security_policy(form_target: Origin | None = None, *, fetches: bool = False) -> str:
    """Return the pages' policy. Their form may lead on to ``form_target``.

    ``fetches`` is for a page whose script asks this server for what is new.

    Chromium applies it to redirects after a form, too.
    """
    target = ""
    if form_target is not None:
        # A policy cannot name an IPv6 address (CSP3, 2.3.1, host-part).
        target = " http:" if form_target.host.startswith("[") else f" {form_target}"
    own = "connect-src 'self'; " if fetches else ""
    return (
        f"{own}default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        f"base-uri 'none'; frame-ancestors 'none'; form-action 'self'{target}"
    )
