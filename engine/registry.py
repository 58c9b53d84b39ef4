"""Which systems there are: a system is a module name that stands in `reference` and in `properties`."""

from __future__ import annotations

import ast
import importlib
from collections.abc import Iterator
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
        way_out = f"; select a check by --select {system!r}" if "/" in system else ""
        raise UnknownError(f"unknown system {system!r}; there are: {', '.join(systems())}{way_out}")
    return importlib.import_module(f"whp.{wing}.{system}")


def claims(system: str) -> list[Claim]:
    """Return the claims of a system, in the order in which its module states them."""
    from whp.checks import Claim

    if system not in _modules("statistical"):
        return []
    return [value for value in vars(module("statistical", system)).values() if isinstance(value, Claim)]


@cache
def shares() -> dict[str, float]:
    """Return the share that each claim of the release has of a run's probability of a false alarm.

    That takes the names and weights of the claims of all systems. They are read off the source: to import the
    modules of all systems would take longer than most runs.
    """
    weights = {
        f"{system}/{name}": weight
        for system, file in _modules("statistical").items()
        if system in systems()
        for name, weight in _weights(file)
    }
    return {name: weight / sum(weights.values()) for name, weight in weights.items()}


def _weights(file: Path) -> Iterator[tuple[str, float]]:
    """Yield name and weight of each claim that a module states."""
    for node in ast.parse(file.read_bytes()).body:
        for made in getattr(node, "decorator_list", ()):
            if isinstance(made, ast.Call) and ast.unparse(made.func) == "claim_of":
                given = [word.value for word in made.keywords if word.arg == "weight"]
                assert isinstance(node, ast.FunctionDef)
                yield node.name, float(ast.literal_eval(given[0])) if given else 1.0


def checks(system: str) -> list[Property | Claim]:
    """Return the properties and the claims of a system."""
    return [*properties(system), *claims(system)]


def properties(system: str) -> list[Property]:
    """Return the properties of a system, in the order in which its module states them."""
    from whp.checks import Property

    return [value for value in vars(module("properties", system)).values() if isinstance(value, Property)]
