"""Supports of training tasks in files."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SUPPORT = 'JSON: [[0], [1], [0, 1]], or {"masks": [[0], ...], "modules": 2, "continuous": false}'


@dataclass(frozen=True)
class Read:
    """Masks, how many modules there are, and whether a mask stands for all codes on it."""

    masks: list[list[int]]
    count: int
    continuous: bool


def read_support(path: Path, count: int | None, continuous: bool) -> Read:
    """Read masks; there are as many modules as the caller or the file says, else those up to the largest.

    Raises ValueError, with the file and the mask, where they are none.
    """
    value = _json(path)
    if not isinstance(value, dict):
        value = {"masks": value}
    unknown = sorted(set(value) - {"masks", "modules", "continuous"})
    if unknown or "masks" not in value:
        what = f"there is {unknown[0]!r}" if unknown else "there are no `masks`"
        raise ValueError(f"{path}: {what}; expected are `masks` and, if you like, `modules`, `continuous`")
    masks, said = value["masks"], value.get("modules")
    if not isinstance(masks, list) or not masks:
        raise ValueError(f"{path}: `masks` must be a list of masks, at least one")
    if said is not None and (type(said) is not int or said < 1):
        raise ValueError(f"{path}: `modules` is {said!r}; a whole number from 1 is expected")
    if not isinstance(value.get("continuous", False), bool):
        raise ValueError(f"{path}: `continuous` is {value['continuous']!r}; true or false is expected")
    for place, mask in enumerate(masks):
        if not isinstance(mask, list) or not mask or any(type(m) is not int or m < 0 for m in mask):
            raise ValueError(
                f"{path}: mask {place} is {mask!r:.60}; a list of modules is expected, such as [0, 2]"
            )
    largest = max(m for mask in masks for m in mask)
    if said is not None and count is not None and said != count:
        raise ValueError(f"{path}: there are {said} modules, but --modules says {count}")
    known = count if count is not None else said
    if known is not None and largest >= known:
        where = next(place for place, mask in enumerate(masks) if largest in mask)
        raise ValueError(f"{path}: mask {where} has the module {largest}, but there are 0..{known - 1}")
    return Read(masks, largest + 1 if known is None else known, continuous or value.get("continuous", False))


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError, RecursionError) as fault:
        raise ValueError(f"{path}: no JSON: {fault}") from None
    except OSError as fault:
        raise ValueError(f"{path}: {fault.strerror}") from None
