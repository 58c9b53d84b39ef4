"""Matrices and networks from JSON files."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path

import numpy as np

from whp.reference.attention.network import Network

NAMES = ("query", "key", "value", "inputs", *(field.name for field in fields(Network)))


def read_arrays(file: Path) -> dict[str, np.ndarray]:
    """Read what a JSON object holds under the names of matrices; raise ValueError where that is no array.

    The object may also stand under the name `network`. Other names are left alone.
    """
    try:
        held = json.loads(file.read_bytes())
    except (json.JSONDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ValueError(f"{file}: no JSON: {error}") from None
    except OSError as error:
        raise ValueError(f"{file}: {error.strerror}") from None
    if isinstance(held, dict) and isinstance(held.get("network"), dict):
        held = held | held["network"]
    if not isinstance(held, dict) or not set(NAMES) & set(held):
        raise ValueError(f"{file}: an object with matrices is expected, under some of {', '.join(NAMES)}")
    arrays = {}
    for name in NAMES:
        if name in held:
            try:
                arrays[name] = np.array(held[name], np.float64)
            except (ValueError, TypeError):
                raise ValueError(f"{file}: `{name}` is no array of numbers") from None
            if not np.isfinite(arrays[name]).all():
                raise ValueError(f"{file}: `{name}` has an entry that is no finite number")
    return arrays


def read_weights(file: Path, given: Mapping[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return query, key and value; raise ValueError where one is missing or their shapes don't agree."""
    query, key, value = _shaped(file, given, {"query": ("k", "d"), "key": ("k", "d"), "value": ("v", "d")})
    return query, key, value


def read_network(file: Path, given: Mapping[str, np.ndarray]) -> Network:
    """Return a network; raise ValueError where something is missing or shapes don't agree."""
    axes = {"decay": ("h",), "input_a": ("h", "d + 1"), "input_b": ("h", "d + 1")}
    axes |= {"gate_a": ("w", "h"), "gate_b": ("w", "h"), "readout": ("v", "w")}
    return Network(*_shaped(file, given, axes))


def _shaped(
    file: Path, given: Mapping[str, np.ndarray], axes: Mapping[str, tuple[str, ...]]
) -> list[np.ndarray]:
    sizes: dict[str, int] = {}
    for name, wanted in axes.items():
        if name not in given:
            raise ValueError(f"{file}: `{name}` is missing; {', '.join(axes)} are expected")
        shape = given[name].shape
        told = " x ".join(str(sizes.get(axis, axis)) for axis in wanted)
        if (
            len(shape) != len(wanted)
            or 0 in shape
            or any(sizes.setdefault(axis, size) != size for axis, size in zip(wanted, shape, strict=True))
        ):
            raise ValueError(f"{file}: `{name}` is {' x '.join(map(str, shape))}; {told} is expected")
    return [given[name] for name in axes]
