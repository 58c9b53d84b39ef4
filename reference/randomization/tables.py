"""Tables of losses and mixtures in files."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np


def read_table(path: Path) -> np.ndarray:
    """Read losses >= 0, JSON or CSV, one strategy a row; raise ValueError with file, line and value."""
    rows = _rows(path)
    if not rows or not rows[0][1]:
        raise ValueError(f"{path}: there is no loss in it")
    wide = len(rows[0][1])
    for where, row in rows:
        if len(row) != wide:
            raise ValueError(f"{path}: {where} has {len(row)} losses, and the first has {wide}")
        for loss in row:
            if isinstance(loss, bool) or not isinstance(loss, int | float) or not 0 <= loss < math.inf:
                raise ValueError(f"{path}: {where} has {loss!r}; a loss is a number from 0 on")
    return np.array([row for _, row in rows], np.float64)


def _rows(path: Path) -> list[tuple[str, list[Any]]]:
    """Return the rows of a file and where each of them is."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise ValueError(f"{path}: it is no text in UTF-8") from None
    if path.suffix == ".json":
        try:
            listed = json.loads(text)
        except json.JSONDecodeError as error:
            raise ValueError(f"{path}: no JSON: {error}") from None
        if not isinstance(listed, list) or not all(isinstance(row, list) for row in listed):
            raise ValueError(f"{path}: a list of rows is expected, such as [[0, 1], [1, 0]]")
        return [(f"row {index}", row) for index, row in enumerate(listed)]
    lines = [(f"line {number}", line) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    return [(where, [_number(word) for word in line.split(",")]) for where, line in lines]


def _number(word: str) -> float | str:
    """Return what a word of CSV says, or the word."""
    try:
        return float(word)
    except ValueError:
        return word.strip()
