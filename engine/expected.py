"""Lists of checks in files of the user's repository: what is known to fail, and what must have run."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterator, Sequence
from pathlib import Path

from whp import registry
from whp.errors import UsageError
from whp.results import Check


def entries(file: Path) -> Iterator[tuple[int, str, str]]:
    """Yield number, check (or glob) and the rest of each line; # begins a comment."""
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{file} can't be read: {error}") from None
    for number, line in enumerate(lines, 1):
        name, *rest = line.split(maxsplit=1) or ["#"]
        if not name.startswith("#"):
            yield number, name, "".join(rest).rstrip()


def reasons(file: Path, checks: Sequence[Check]) -> dict[str, str]:
    """Return why checks are known to fail, by id: lines of a check (or glob) and a reason, the first counts.

    Raises UsageError for a line without a reason, and for one that matches no check that whp has: one file
    may serve several runs, so that not all that it names needs to be among these.
    """
    known: dict[str, str] = {}
    for number, glob, reason in entries(file):
        if not reason:
            raise UsageError(f"{file}:{number}: a check and a reason are expected")
        matched = [check.id for check in checks if fnmatch.fnmatchcase(check.id, glob)]
        if not matched:
            _known(file, number, glob)
        known = dict.fromkeys(matched, reason) | known
    return known


def required(file: Path) -> list[str]:
    """Return the ids in a file whose lines begin with them, such as `whp list SYSTEM` prints."""
    names = list(dict.fromkeys(name for _, name, _ in entries(file)))
    if not names:
        raise UsageError(f"{file} names no check; `whp list SYSTEM` prints lines for it")
    return names


def _known(file: Path, number: int, glob: str) -> None:
    every = (check.id for system in registry.systems() for check in registry.checks(system))
    if not any(fnmatch.fnmatchcase(check, glob) for check in every):
        raise UsageError(f"{file}:{number}: {glob} matches no check; `whp list` names them all")
