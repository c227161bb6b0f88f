"""The origins and the token of most tests."""

from __future__ import annotations

ALLOWED = "https://app.example.com"
REFUSED = "https://evil.example"
TOKEN = "a-token-that-is-nobody-elses"
