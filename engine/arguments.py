"""Inputs of checks as JSON that gives them back exactly, and calls of operations as Python to paste.

In that JSON, what JSON has is itself; of anything else the kind stands with the value, under a name with a $.
"""

from __future__ import annotations

import importlib
import math
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np

from whp import contract
from whp.contract import ContractError, Opaque
from whp.errors import UsageError

ROOMS = ("whp.",)  # records are made of classes from there alone: what is read may have been edited


class CannotPack(Exception):  # noqa: N818
    """There is no JSON that gives this value back."""


def pack(value: Any) -> Any:
    """Return the value as JSON; raise CannotPack for a kind that no check draws."""
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, np.ndarray) and value.dtype.kind in "biuf":
        entries = [pack(entry) for entry in value.ravel().tolist()]
        return {"$array": value.dtype.name, "shape": list(value.shape), "entries": entries}
    if isinstance(value, np.generic) and value.dtype.kind in "biuf":
        return {"$number": value.dtype.name, "value": pack(value.item())}
    if isinstance(value, int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else {"$float": repr(value)}
    if is_dataclass(value) and not isinstance(value, type):
        given = {field.name: pack(getattr(value, field.name)) for field in fields(value) if field.init}
        return {"$record": _place(value), "fields": given}
    if isinstance(value, tuple):
        entries = [pack(entry) for entry in value]
        return {"$tuple": entries} if type(value) is tuple else {"$record": _place(value), "entries": entries}
    if isinstance(value, list):
        return [pack(entry) for entry in value]
    if isinstance(value, Mapping):
        if all(isinstance(key, str) and not key.startswith("$") for key in value):
            return {key: pack(entry) for key, entry in value.items()}
        return {"$mapping": [[pack(key), pack(entry)] for key, entry in value.items()]}
    raise CannotPack(type(value).__name__)


def unpack(packed: Any) -> Any:
    """Return the value that was packed; raise ValueError where there is none any more."""
    match packed:
        case list():
            return [unpack(entry) for entry in packed]
        case {"$array": kind, "shape": shape, "entries": entries}:
            return np.array([unpack(entry) for entry in entries], kind).reshape(shape)
        case {"$number": kind, "value": value}:
            return np.dtype(kind).type(unpack(value))
        case {"$float": text}:
            return float(text)
        case {"$record": place, "fields": given}:
            return _kind(place)(**{name: unpack(entry) for name, entry in given.items()})
        case {"$record": place, "entries": given}:
            return _kind(place)(*map(unpack, given))
        case {"$tuple": given}:
            return tuple(map(unpack, given))
        case {"$mapping": pairs}:
            return {unpack(key): unpack(entry) for key, entry in pairs}
        case dict():
            return {key: unpack(entry) for key, entry in packed.items()}
    return packed


def _place(value: Any) -> str:
    return f"{type(value).__module__}:{type(value).__qualname__}"


def _kind(place: str) -> Callable[..., Any]:
    module, _, name = place.partition(":")
    if not module.startswith(ROOMS):
        raise ValueError(f"{place} is no record of whp")
    kind: Any = importlib.import_module(module)
    for part in name.split("."):
        kind = getattr(kind, part, None)
    if not isinstance(kind, type):
        raise ValueError(f"there is no {place} any more")
    return kind


def literal(value: Any) -> str:
    """Return Python that makes a value of the contract; records go by the names of their classes."""
    if isinstance(value, np.ndarray):
        kind = "" if value.size and value.dtype in (np.float64, np.int64) else f", dtype=np.{value.dtype}"
        return f"np.array({value.tolist()}{kind}){f'.reshape{value.shape}' if not value.size else ''}"
    if is_dataclass(value) and not isinstance(value, type):
        if not value.__dataclass_params__.repr:  # type: ignore[attr-defined] # it says how it is made
            return repr(value)
        given = (f"{field.name}={literal(getattr(value, field.name))}" for field in fields(value))
        return f"{type(value).__name__}({', '.join(given)})"
    if isinstance(value, list):
        return f"[{', '.join(map(literal, value))}]"
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{key!r}: {literal(entry)}' for key, entry in value.items())}}}"
    return repr(value)


def records(value: Any) -> set[type]:
    """Return the classes of the records in a value."""
    if is_dataclass(value) and not isinstance(value, type):
        within = [getattr(value, field.name) for field in fields(value)]
        return {type(value)}.union(*map(records, within))
    if isinstance(value, Mapping):
        return set().union(*map(records, value.values()))
    return set().union(*map(records, value)) if isinstance(value, list) else set()


def typed(system: str, call: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments of a call that is told as JSON, as a Python subject is given them.

    Raises UsageError where the call hands back the subject's own state, which nobody else can write down.
    """
    operation = contract.operations(system)[call["operation"]]
    sizes: contract.Sizes = {}
    try:
        given = {
            name: contract.decode(kind, call["arguments"][name], f"$.{name}", sizes)
            for name, kind in operation.parameters.items()
        }
    except (ContractError, KeyError):
        raise UsageError(f"{operation.name} was asked by another whp; nothing is exported of it") from None
    if any(isinstance(value, Opaque) for value in given.values()):
        raise UsageError(
            f"{operation.name} is asked with what the subject itself answered before, so that the call can't "
            "be written down; --as pytest asks it all anew"
        )
    return given


def calling(operation: str, arguments: Mapping[str, Any]) -> str:
    """Return the call of an operation in Python."""
    return f"{operation}({', '.join(f'{name}={literal(value)}' for name, value in arguments.items())})"


def in_python(system: str, call: Mapping[str, Any]) -> str:
    """Return a call that is told as JSON in Python; raise UsageError where it can't be written down."""
    return calling(call["operation"], typed(system, call))
