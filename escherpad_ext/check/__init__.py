"""The check: facts are gathered, then pure functions turn them into findings."""

from __future__ import annotations

from .findings import FINDINGS, Finding, make_finding

__all__ = ["FINDINGS", "Finding", "make_finding"]
