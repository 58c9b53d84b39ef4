"""Tables of losses and mixtures in files."""

from __future__ import annotations

import csv
import json
import math
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np


class Table(NamedTuple):
    """Losses float[m,n], one strategy a row, and the names of the strategies, if the file has any."""

    losses: np.ndarray
    names: list[str] | None


def read_table(path: Path, q: float | None) -> Table:
    """Read losses, JSON or CSV; CSV may have names, in a line of their own first, and first in each line.

    Losses are numbers; where a norm of finite exponent q is taken of them, from 0 on. Raises ValueError with
    file, line and value.
    """
    rows, names = _rows(path)
    if not rows or not rows[0][1]:
        raise ValueError(f"{path}: there is no loss in it")
    wide = len(rows[0][1])
    least, wanted = (-math.inf, "") if q is None else (0, " from 0 on, for --q takes powers of it")
    for where, row in rows:
        if len(row) != wide:
            raise ValueError(f"{path}: {where} has {len(row)} losses, and the first has {wide}")
        for loss in row:
            number = isinstance(loss, int | float) and not isinstance(loss, bool)
            if not number or not math.isfinite(loss) or loss < least:
                raise ValueError(f"{path}: {where} has {loss!r}; a loss is a number{wanted}")
    return Table(np.array([row for _, row in rows], np.float64), names)


def _rows(path: Path) -> tuple[list[tuple[str, list[Any]]], list[str] | None]:
    """Return the rows of a file, with where each of them is, and their names."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise ValueError(f"{path}: it is no text in UTF-8") from None
    except OSError as error:
        raise ValueError(f"{path}: {error.strerror}") from None
    if path.suffix == ".json":
        try:
            listed = json.loads(text)
        except json.JSONDecodeError as error:
            raise ValueError(f"{path}: no JSON: {error}") from None
        if not isinstance(listed, list) or not all(isinstance(row, list) for row in listed):
            raise ValueError(f"{path}: a list of rows is expected, such as [[0, 1], [1, 0]]")
        return [(f"row {index}", row) for index, row in enumerate(listed)], None
    lines = [(number, row) for number, row in enumerate(csv.reader(text.splitlines()), 1) if any(row)]
    rows = [(f"line {number}", [_number(word) for word in row]) for number, row in lines]
    if len(rows) > 1 and all(isinstance(word, str) for word in rows[0][1]):
        rows = rows[1:]  # the names of the columns
    if rows and all(isinstance(row[0], str) and len(row) > 1 for _, row in rows):
        return [(where, row[1:]) for where, row in rows], [str(row[0]) for _, row in rows]
    return rows, None


def _number(word: str) -> float | str:
    """Return what a word of CSV says, or the word."""
    try:
        return float(word)
    except ValueError:
        return word.strip()
