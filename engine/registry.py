"""Which systems there are: a system is a module name that stands in `reference` and in `properties`."""

from __future__ import annotations

import importlib
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from whp.errors import UsageError

if TYPE_CHECKING:
    from whp.checks import Claim, Property


class UnknownError(UsageError):
    """There is no system or check of that name; the message lists those there are."""


def _modules(wing: str) -> dict[str, Path]:
    """Return the modules of a wing and their files, importing none of them."""
    package = importlib.import_module(f"whp.{wing}")
    found: dict[str, Path] = {}
    for folder in map(Path, package.__path__):
        for file in sorted([*folder.glob("*.py"), *folder.glob("*/__init__.py")]):
            name = file.parent.name if file.name == "__init__.py" else file.stem
            found[name] = file
    found.pop("__init__", None)
    return found


@cache
def systems() -> dict[str, str]:
    """Return the name of every system with its title, the first line of its reference."""
    with_properties = _modules("properties")
    titles = {}
    for name, file in sorted(_modules("reference").items()):
        if name in with_properties:
            with file.open(encoding="utf-8") as text:
                titles[name] = text.readline().strip().strip('"').rstrip(".")
    return titles


def module(wing: str, system: str) -> ModuleType:
    """Import a system's module of a wing."""
    if system not in systems():
        raise UnknownError(f"unknown system {system!r}; there are: {', '.join(systems())}")
    return importlib.import_module(f"whp.{wing}.{system}")


def claims(system: str) -> list[Claim]:
    """Return the claims of a system, in the order in which its module states them."""
    from whp.checks import Claim

    if system not in _modules("statistical"):
        return []
    return [value for value in vars(module("statistical", system)).values() if isinstance(value, Claim)]


def shares() -> dict[str, float]:
    """Return the share that each claim of the release has of a run's probability of a false alarm."""
    weights = {claim.id: claim.weight for system in systems() for claim in claims(system)}
    return {name: weight / sum(weights.values()) for name, weight in weights.items()}


def checks(system: str) -> list[Property | Claim]:
    """Return the properties and the claims of a system."""
    return [*properties(system), *claims(system)]


def properties(system: str) -> list[Property]:
    """Return the properties of a system, in the order in which its module states them."""
    from whp.checks import Property

    return [value for value in vars(module("properties", system)).values() if isinstance(value, Property)]
