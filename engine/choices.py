"""The words that options take, and what holds where nothing is said: all commands know them, at no cost."""

from __future__ import annotations

from typing import Literal

Effort = Literal["quick", "full"]  # how much is tried
Only = Literal["properties", "claims"]  # which kind of check
Device = Literal["cpu", "cuda"]  # where a subject computes that can be told so
Form = Literal["python", "jsonl", "pytest"]  # what a failure is written as

EXAMPLES: dict[Effort, int] = {"quick": 100, "full": 1000}
ALPHA, SEED, TIMEOUT = 1e-6, 0, 10.0
