"""What a user is told instead of a traceback, and how it is made harmless."""

from __future__ import annotations


class UsageError(Exception):
    """What was asked for can't be done; the message says why, and what can, in one line."""


def printable(text: str) -> str:
    """Return the text with what would steer a terminal, which a subject may say, as question marks."""
    return "".join(letter if letter.isprintable() or letter == "\n" else "?" for letter in text)
