"""Networks and data in files: what users of NumPy and of torch have."""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from whp.reference.alignment.networks import Network

KINDS = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "BF16": "<u2"}  # of safetensors
INPUTS, LABELS = ("inputs", "x", "X"), ("labels", "y", "Y")
WEIGHT = re.compile(r"weights?|(?<![a-z])w(?![a-z])", re.IGNORECASE)
BIAS = re.compile(r"bias(?:es)?|(?<![a-z])b(?![a-z])", re.IGNORECASE)


def read_network(path: Path) -> Network:
    """Read a plain multilayer perceptron: NumPy's .npz, torch's state dict (.pt, .pth) or .safetensors.

    Weights have a row for each unit, as in torch. A weight and its bias have names that differ in that word
    alone, such as 0.weight and 0.bias, or W1 and b1. Layers stand in the order of the file; in .safetensors,
    which sorts them by letters, and where they don't fit, in that of their names with the numbers in them.
    Raises ValueError, with the file and the name, for anything else.
    """
    arrays = _arrays(path)
    misfits = []
    orders = [list(arrays)] * (path.suffix != ".safetensors") + [sorted(arrays, key=_natural)]
    for order in orders:
        network = _layers(path, {name: arrays[name] for name in order})
        rows, columns = [len(w) for w in network.weights], [w.shape[1] for w in network.weights]
        if rows[:-1] == columns[1:]:
            return network
        misfits += [pair for pair in zip(rows, columns[1:], strict=False) if pair[0] != pair[1]]
    raise ValueError(
        f"{path}: a weight with {misfits[0][1]} columns follows one with {misfits[0][0]} rows; layers are "
        "expected in order, and weights with a row for each unit"
    )


def _arrays(path: Path) -> dict[str, np.ndarray]:
    read = {".npz": _numpy, ".safetensors": _safetensors, ".pt": _torch, ".pth": _torch}.get(path.suffix)
    if read is None:
        raise ValueError(f"{path}: a file .npz, .pt, .pth or .safetensors is expected")
    arrays = read(path)
    for name, values in arrays.items():
        if values.dtype.kind not in "fiu" or not np.isfinite(values).all():
            raise ValueError(f"{path}: {name} holds what is no finite number")
    return arrays


def _layers(path: Path, arrays: Mapping[str, np.ndarray]) -> Network:
    """Return the network of these arrays in their order; one layer alone without a bias gets zeros."""
    weights = {_without(WEIGHT, name): w.astype(float) for name, w in arrays.items() if w.ndim == 2}
    named = {name: values for name, values in arrays.items() if values.ndim == 1 and BIAS.search(name)}
    shifts = {_without(BIAS, name): values.astype(float) for name, values in named.items()}
    for name, values in arrays.items():
        if values.ndim != 2 and not (
            values.ndim == 1 and _without(BIAS, name) in weights and BIAS.search(name)
        ):
            raise ValueError(
                f"{path}: {name} has {values.ndim} axes and is no bias of a weight; plain multilayer "
                "perceptrons are read, with weights of two axes and biases of one"
            )
    if not weights:
        raise ValueError(f"{path}: there is no weight in it, which is an array of two axes")
    for stem, weight in weights.items():
        if 0 in weight.shape or shifts.get(stem, weight[:, 0]).shape != weight.shape[:1]:
            raise ValueError(f"{path}: weight and bias {stem!r} don't fit, or are empty")
    biases = [shifts.get(stem, np.zeros(len(weight))) for stem, weight in weights.items()]
    return Network(list(weights.values()), biases if shifts else None)


def _without(word: re.Pattern[str], name: str) -> str:
    return word.sub("", name).strip("._")


def _natural(name: str) -> list[tuple[int, str]]:
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", name)]


def _numpy(path: Path) -> dict[str, np.ndarray]:
    try:
        with np.load(path, allow_pickle=False) as file:
            return {name: file[name] for name in file.files}
    except (ValueError, zipfile.BadZipFile, EOFError, AttributeError) as error:
        raise ValueError(f"{path}: no .npz of plain arrays: {error}") from None


def _torch(path: Path) -> dict[str, np.ndarray]:
    try:
        import torch
    except ImportError:
        raise ValueError(
            f"{path}: reading it takes torch, which is missing: pip install 'whp[torch]'"
        ) from None
    try:
        held: Any = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # whatever a broken or foreign file makes of its reader
        raise ValueError(f"{path}: no state dict of torch: {str(error).partition('.')[0]:.200}") from None
    for key in ("state_dict", "model_state_dict", "model"):
        held = held.get(key, held) if isinstance(held, Mapping) else held
    if not isinstance(held, Mapping) or not all(isinstance(value, torch.Tensor) for value in held.values()):
        raise ValueError(f"{path}: a state dict is expected, which has tensors by name")
    return {str(name): value.detach().to(torch.float64).numpy() for name, value in held.items()}


def _safetensors(path: Path) -> dict[str, np.ndarray]:
    data = path.read_bytes()
    try:
        end = 8 + int.from_bytes(data[:8], "little")
        header = json.loads(data[8:end])
        header.pop("__metadata__", None)
        arrays = {}
        for name, entry in header.items():
            first, last = entry["data_offsets"]
            values = np.frombuffer(data[end + first : end + last], KINDS[entry["dtype"]])
            if entry["dtype"] == "BF16":  # the upper half of a float32
                values = (values.astype(np.uint32) << 16).view(np.float32)
            arrays[name] = values.reshape(entry["shape"])
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{path}: no .safetensors of floats: {type(error).__name__}: {error}") from None
    return arrays


def read_data(path: Path) -> tuple[np.ndarray, np.ndarray | None]:
    """Read inputs, a row each, and their labels, if there are any, from a .npz; raise ValueError."""
    arrays = _numpy(path)
    inputs = next((arrays[name] for name in INPUTS if name in arrays), None)
    labels = next((arrays[name] for name in LABELS if name in arrays), None)
    if inputs is None or inputs.ndim < 2 or inputs.dtype.kind not in "fiu" or not np.isfinite(inputs).all():
        raise ValueError(f"{path}: `inputs` (or x) is expected, finite numbers with a row for each input")
    if not len(inputs):
        raise ValueError(f"{path}: there are no inputs in it")
    if labels is not None and (labels.shape != (len(inputs),) or labels.dtype.kind not in "iu"):
        raise ValueError(f"{path}: `labels` (or y) must be {len(inputs)} whole numbers, one for each input")
    return inputs.reshape(len(inputs), -1).astype(np.float64), labels
