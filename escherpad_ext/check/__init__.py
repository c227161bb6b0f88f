"""The doctor: facts are gathered, then judged by pure functions into findings."""

from __future__ import annotations

from .findings import FINDINGS, Finding, make_finding

__all__ = ["FINDINGS", "Finding", "make_finding"]
