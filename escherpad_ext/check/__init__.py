"""The doctor: facts are gathered, then judged by pure functions into findings."""

from __future__ import annotations

from .findings import FINDINGS, Finding, find

__all__ = ["FINDINGS", "Finding", "find"]
