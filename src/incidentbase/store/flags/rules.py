"""Pure decisions about flags: why one may be raised, and what may come of it."""

from __future__ import annotations

# Pages say them in words.
CODES = ("wrong", "no-ai", "duplicate", "unreadable", "privacy", "harmful", "other")
OUTCOMES = ("corrected", "unfounded", "withdrawn")
LONGEST_WORDS = 2_000
