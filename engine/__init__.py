"""With high probability: a correctness oracle for randomised algorithms and for learned ones."""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from whp.failures import replay as replay
    from whp.pytest_plugin import conformance as conformance

__version__ = "0.1.0"

PUBLIC = {"conformance": "whp.pytest_plugin", "replay": "whp.failures"}


def __getattr__(name: str) -> Any:
    """Import what is public, and much with it, where it is used."""
    if name not in PUBLIC:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(PUBLIC[name]), name)
