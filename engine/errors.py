"""What a user is told instead of a traceback."""

from __future__ import annotations


class UsageError(Exception):
    """What was asked for can't be done; the message says why, and what can, in one line."""
