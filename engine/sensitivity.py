"""Which impostors the checks reject: a check that rejects none is worth nothing."""

from __future__ import annotations

import fnmatch
import importlib
import inspect
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from whp import registry
from whp.checks import FAILURES, Claim
from whp.choices import Effort
from whp.registry import UnknownError
from whp.results import Options, Result
from whp.run import run

PATIENCE = 1.0  # seconds for a call to an impostor that is known not to answer
MISSED = 1e-3  # with a larger probability an impostor counts as left to another effort


@dataclass(frozen=True)
class Trial:
    """An impostor, and what the checks that were asked said of it."""

    system: str
    name: str
    mistake: str
    named: tuple[str, ...]
    verdict: str
    results: tuple[Result, ...]

    @property
    def rejections(self) -> list[Result]:
        """The results that reject it."""
        return [result for result in self.results if result.verdict in FAILURES]

    @property
    def missed(self) -> list[Result]:
        """The results of checks that it names and that don't reject it as it says."""
        return [
            result for result in self.results if result.name in self.named and result.verdict != self.verdict
        ]


def impostors(system: str, globs: list[str]) -> dict[str, Any]:
    """Return the impostors of a system whose names match a glob (none: all).

    Raises UnknownError for a glob that matches none.
    """
    known: dict[str, Any] = importlib.import_module("whp.impostors").impostors(system)
    for glob in globs:
        if not any(fnmatch.fnmatchcase(name, glob) for name in known):
            raise UnknownError(f"no impostor of {system} is called {glob}; there are: {', '.join(known)}")
    return {
        name: impostor
        for name, impostor in known.items()
        if not globs or any(fnmatch.fnmatchcase(name, glob) for glob in globs)
    }


def mistake_of(impostor: Any) -> str:
    """Return what an impostor gets wrong: the first line of its docstring."""
    return (inspect.getdoc(impostor) or "").partition("\n")[0]


def trials(
    system: str, globs: list[str], effort: Effort, seed: int, jobs: int, *, every: bool
) -> Iterator[Trial]:
    """Try each impostor on the checks that it names, or on every check."""
    checks = registry.checks(system)
    for name, impostor in impostors(system, globs).items():
        asked = [check for check in checks if every or check.name in impostor.rejected_by]
        options = Options(
            systems=(system,),
            subject=f"whp.impostors.{system}:{name}",
            effort=effort,
            seed=seed,
            jobs=jobs,
            timeout=PATIENCE if impostor.verdict == "broken" else Options.timeout,
        )
        done = run(asked, options)
        if done.interrupted:
            raise KeyboardInterrupt
        yield Trial(
            system, name, mistake_of(impostor), impostor.rejected_by, impostor.verdict, tuple(done.ordered)
        )


def left_to_full(system: str, alpha: float) -> list[tuple[str, str, float]]:
    """Return (impostor, claim, miss) for those that `quick` misses with a probability that matters."""
    shares = registry.shares()
    return [
        (name, check.name, miss)
        for check in registry.checks(system)
        if isinstance(check, Claim) and "quick" in check.cells
        for name, miss in check.misses("quick", check.plan("quick", alpha * shares[check.id])).items()
        if miss > MISSED
    ]
