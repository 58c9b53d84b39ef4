"""With high probability: a correctness oracle for randomised algorithms and for learned ones."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from whp.pytest_plugin import conformance as conformance

__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    """Import `conformance`, and pytest with it, where it is used."""
    if name != "conformance":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from whp.pytest_plugin import conformance

    return conformance
