"""Subjects that are known to be wrong, one module a system, with the checks that must reject them.

A system that fills a folder has what is right in right.py, and gathers the impostors of its other modules.
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable
from typing import Any, TypeVar

Class = TypeVar("Class", bound=type)


def rejected_by(*checks: str, verdict: str = "refuted") -> Callable[[Class], Class]:
    """Name the checks of its system that must reject an impostor, and the verdict that they give."""

    def mark(impostor: Class) -> Class:
        marked: Any = impostor
        marked.rejected_by, marked.verdict = checks, verdict
        return impostor

    return mark


def impostors(system: str) -> dict[str, Any]:
    """Return the impostors of a system by name; the spec of one is whp.impostors.SYSTEM:NAME."""
    module = importlib.import_module(f"whp.impostors.{system}")
    return {
        name: value
        for name, value in vars(module).items()
        if inspect.isclass(value) and "rejected_by" in vars(value)
    }
