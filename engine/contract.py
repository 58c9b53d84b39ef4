"""The contract of a system's operations, read from the annotated signatures of its reference.

From that one place come the decoding of answers, the JSON Schema, the encoding for other processes and the
agreement of named sizes. What annotations can't say, the reference's own `faults` says.
"""

from __future__ import annotations

import inspect
import math
import types
import typing
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, fields, is_dataclass
from functools import cache, cached_property
from numbers import Integral, Real
from pathlib import Path
from typing import Any, Literal, TypeAlias

import msgspec
import numpy as np
from jaxtyping import AbstractArray, Bool, Float, Int

from whp import registry

Sizes: TypeAlias = dict[str, int]


class ContractError(Exception):
    """A value is not what the contract says; `path` says where, as in $.colors[3]."""

    def __init__(self, path: str, fault: str) -> None:
        super().__init__(f"{path} {fault}")
        self.path, self.fault = path, fault


class Opaque:
    """What only the subject understands, such as its state: handed back as it was, and never looked into."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Opaque)  # what a subject keeps there is its own affair

    __hash__ = None  # type: ignore[assignment]


def opened(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments as the subject is handed them."""
    return {name: value.value if isinstance(value, Opaque) else value for name, value in arguments.items()}


@dataclass(frozen=True)
class Operation:
    """One operation of a system: what it takes, what it returns, and where that is written."""

    system: str
    name: str
    parameters: dict[str, Any]
    result: Any
    definition: types.FunctionType

    @property
    def statement(self) -> str:
        """The first line of the reference's docstring."""
        return (inspect.getdoc(self.definition) or "").partition("\n")[0]

    @property
    def signature(self) -> str:
        """The `def` line that a Python subject writes."""
        return f"def {self.name}({', '.join(self.parameters)}):"

    def sizes(self, arguments: Mapping[str, Any]) -> Sizes:
        """Return the named sizes that the arguments fix, such as n."""
        sizes: Sizes = {}
        _note_sizes(self.parameters, arguments, sizes)
        return sizes

    @cached_property
    def faults(self) -> Callable[..., Iterable[tuple[str, str]]]:
        """The reference's function that says what annotations can't."""
        given = vars(registry.module("reference", self.system)).get("faults")
        return given or (lambda *_: ())

    def decode(self, arguments: Mapping[str, Any], answer: Any, sizes: Sizes | None = None) -> Any:
        """Return the answer as the reference's type; raise ContractError where it is not one.

        `sizes` are those of the arguments, if they are known already; they are added to.
        """
        try:
            decoded = decode(self.result, answer, "$", self.sizes(arguments) if sizes is None else sizes)
        except RecursionError:
            raise ContractError("$", "is nested too deep, or holds itself") from None
        for path, fault in self.faults(self.name, arguments, decoded):
            raise ContractError(f"$.{path}" if path and path[0] != "[" else f"${path}", fault)
        return decoded


@cache
def operations(system: str) -> dict[str, Operation]:
    """Return the operations of a system by name."""
    found = {}
    for definition in registry.module("reference", system).OPERATIONS:
        hints = typing.get_type_hints(definition, include_extras=True)
        result = hints.pop("return")
        found[definition.__name__] = Operation(system, definition.__name__, hints, result, definition)
    return found


def read_json(path: Path) -> Any:
    """Read a JSON file; raise ValueError, with its name, where it can't be read or is none."""
    try:
        return msgspec.json.decode(path.read_bytes())
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ValueError(f"{path}: no JSON: {error}") from None
    except OSError as error:
        raise ValueError(f"{path}: {error.strerror}") from None


# Decoding


def decode(annotation: Any, value: Any, path: str, sizes: Sizes) -> Any:
    """Return `value` as the annotated type, or raise ContractError with the path of what is wrong.

    `sizes` holds the named dimensions met so far and is added to: an integer called n, or an axis of that
    name, fixes n for all that follows.
    """
    annotation = bare(annotation)
    origin = typing.get_origin(annotation)
    if origin in (typing.Union, types.UnionType):
        if value is None and type(None) in typing.get_args(annotation):
            return None
        (annotation,) = (kind for kind in typing.get_args(annotation) if kind is not type(None))
        return decode(annotation, value, path, sizes)
    if annotation is Any:
        return Opaque(value)
    if is_dataclass(annotation):
        return _record(annotation, value, path, sizes)
    if inspect.isclass(annotation) and issubclass(annotation, AbstractArray):
        return _array(annotation, value, path, sizes)
    if origin is list:
        if isinstance(value, str | Mapping | Set) or not isinstance(value, Iterable):
            raise ContractError(path, f"is {told(value)}; a list is wanted")
        (kind,) = typing.get_args(annotation)
        return [decode(kind, entry, f"{path}[{index}]", sizes) for index, entry in enumerate(value)]
    if origin is dict:
        if not isinstance(value, Mapping):
            raise ContractError(path, f"is {told(value)}; a mapping is wanted")
        kind = typing.get_args(annotation)[1]
        return {str(key): decode(kind, entry, f"{path}.{key}", sizes) for key, entry in value.items()}
    return _scalar(annotation, value, path)


def bare(annotation: Any) -> Any:
    """Return the annotation without what `Annotated` says about it."""
    return annotation.__origin__ if typing.get_origin(annotation) is typing.Annotated else annotation


def told(value: Any) -> str:
    """Say what a value is, in a few words."""
    if value is None:
        return "absent (None)"
    if isinstance(value, bool | int | float | str | np.generic):
        try:
            return f"{value!r:.60}"
        except ValueError:  # Python refuses to write very long integers
            return "an integer of very many digits"
    kind = type(value).__name__
    return f"{'an' if kind[0] in 'aeiou' else 'a'} {kind}"


@cache
def _hints(kind: Any) -> dict[str, Any]:
    """Return the fields of a record with their annotations."""
    hints = typing.get_type_hints(kind, include_extras=True)
    return {field.name: hints[field.name] for field in fields(kind)}


def _record(kind: Any, value: Any, path: str, sizes: Sizes) -> Any:
    hints = _hints(kind)
    names = list(hints)
    if hasattr(kind, "as_record"):  # it has other forms too, which its own module knows
        value = kind.as_record(value)
    if isinstance(value, Mapping):
        entries = dict(value)
    else:
        entries = {name: getattr(value, name) for name in names if hasattr(value, name)}
        if not entries and len(names) == 1:
            entries = {names[0]: value}
    missing = [name for name in names if name not in entries]
    if missing:
        wanted = ", ".join(f"`{name}`" for name in names)
        raise ContractError(
            path,
            f"is {told(value)} without `{missing[0]}`; a record of {wanted} is wanted "
            "(a mapping, a dataclass, a named tuple or any object with these attributes)",
        )
    decoded = {}
    for name in names:
        decoded[name] = decode(hints[name], entries[name], f"{path}.{name}", sizes)
        if isinstance(decoded[name], int):
            sizes.setdefault(name, decoded[name])
    return kind(**decoded)


def _scalar(kind: Any, value: Any, path: str) -> Any:
    if hasattr(value, "item") and getattr(value, "shape", None) == ():
        value = value.item()
    if typing.get_origin(kind) is Literal:
        if not isinstance(value, str) or value not in typing.get_args(kind):
            words = " or ".join(repr(word) for word in typing.get_args(kind))
            raise ContractError(path, f"is {told(value)}; {words} is wanted")
        return value
    if kind is bool and isinstance(value, bool):
        return value
    if kind is str and isinstance(value, str):
        return value
    if kind in (int, float) and not isinstance(value, bool) and isinstance(value, Real):
        number: Any = value
        if isinstance(value, Integral):
            try:
                return kind(number)
            except OverflowError:
                raise ContractError(path, "is a whole number that doesn't fit 64 bits") from None
        if not math.isfinite(number):
            raise ContractError(path, f"is {value}; a finite number is wanted")
        if kind is float or number == int(number):
            return kind(number)
    wanted = {int: "an integer", float: "a number", bool: "true or false", str: "a string"}[kind]
    raise ContractError(path, f"is {told(value)}; {wanted} is wanted")


def _array(kind: Any, value: Any, path: str, sizes: Sizes) -> np.ndarray:
    array = _plain_array(kind.dtype, value, path)
    wanted = _axes(kind)
    if wanted == ("...",):  # of any shape; the reference's `faults` knows which
        return array
    if array.size == 0 and array.ndim < len(wanted):  # [] is 0 x 2 where 2 is known
        array = array.reshape(array.shape + tuple(_size(name, sizes) or 0 for name in wanted[array.ndim :]))
    shape = " x ".join(map(str, array.shape))
    if array.ndim != len(wanted):
        are = "is" if len(wanted) == 1 else "are"
        raise ContractError(
            path, f"has {array.ndim} axes ({shape}); {len(wanted)} {are} wanted: {' x '.join(wanted)}"
        )
    for name, size in zip(wanted, array.shape, strict=True):
        known = _size(name, sizes)
        if known is None and name.isidentifier() and name != "_":
            sizes[name] = size
        elif known is not None and known != size:
            is_known = f"{name} is {known}" if name != str(known) else f"{known} is wanted"
            length = f"has length {size}" if array.ndim == 1 else f"is {shape}"
            raise ContractError(path, f"{length}, but {is_known}")
    return array


def _size(name: str, sizes: Sizes) -> int | None:
    """Return the value of a dimension such as 2, n or v*k+k; None where it isn't known; _ never is."""
    if name.isidentifier():
        return sizes.get(name)
    if name.isdigit():
        return int(name)
    try:
        return int(eval(name, {"__builtins__": {}}, dict(sizes)))  # from a reference's own annotation
    except NameError:
        return None


def _note_sizes(kinds: Mapping[str, Any], values: Mapping[str, Any], sizes: Sizes) -> None:
    """Add the sizes that values known to be right fix: integers by their name, arrays by their axes."""
    for name, value in values.items():
        if isinstance(value, int):
            sizes.setdefault(name, value)
        elif isinstance(value, np.ndarray):
            for axis, size in zip(_axes(kinds[name]), value.shape, strict=True):
                sizes.setdefault(axis, size)
        elif is_dataclass(value) and not isinstance(value, type):
            hints = _hints(type(value))
            _note_sizes(hints, {field: getattr(value, field) for field in hints}, sizes)


@cache
def _axes(annotation: Any) -> tuple[str, ...]:
    """Return the names of an array's dimensions, also of one that may be absent or stands in `Annotated`."""
    annotation = bare(annotation)
    (array,) = (kind for kind in typing.get_args(annotation) or (annotation,) if kind is not type(None))
    return tuple(array.dim_str.split())


def _plain_array(kind: Any, value: Any, path: str) -> np.ndarray:
    """Return a new int64, float64 or bool array with the entries of any sequence or array."""
    if isinstance(value, str | bytes | Mapping | Set) or not (
        isinstance(value, Sequence) or hasattr(value, "__array__") or hasattr(value, "__len__")
    ):
        raise ContractError(path, f"is {told(value)}; an array is wanted")
    try:
        array = np.asarray(value)
    except (ValueError, TypeError, RuntimeError, OverflowError) as error:
        if isinstance(value, list | tuple):
            _find_fault(kind, value, path, None)
        raise ContractError(path, f"is {told(value)} that makes no array: {error}") from None
    if array.dtype == object and isinstance(value, np.ndarray):
        return _plain_array(kind, value.tolist(), path)  # whatever the entries are, they are looked at
    kinds = {Int: "iuf", Float: "iuf", Bool: "b"}[kind]
    if array.size and (array.dtype.kind not in kinds or (kind is not Bool and _has_bool(value))):
        _find_fault(kind, value, path, array.ndim)
        try:  # no fault was found: there are whole numbers, written without a point, beyond 64 bits
            array = np.array(value, np.float64 if kind is Float else np.int64)
        except OverflowError:
            raise ContractError(path, "holds a number that doesn't fit 64 bits") from None
    if array.dtype.kind == "f":
        good = np.isfinite(array) if kind is Float else np.isfinite(array) & (array == np.trunc(array))
        if not good.all():
            index = tuple(int(i) for i in np.argwhere(~good)[0])
            raise ContractError(
                path + "".join(f"[{i}]" for i in index), f"is {array[index]}; {_ENTRY[kind]} is wanted"
            )
    if (
        kind is Int
        and array.dtype.kind != "i"
        and array.size
        and not -(2.0**63) <= array.min() <= array.max() < 2**63
    ):
        raise ContractError(path, "holds a number that doesn't fit 64 bits")
    return np.array(array, {Int: np.int64, Float: np.float64, Bool: np.bool_}[kind], order="C")


_ENTRY: dict[Any, str] = {Int: "an integer", Float: "a finite number", Bool: "true or false"}


def _has_bool(value: Any) -> bool:
    """Say whether nested lists hold a boolean, of which NumPy would make a number without a word."""
    if not isinstance(value, list | tuple):
        return False
    kinds = set(map(type, value))
    return bool(kinds & {bool, np.bool_}) or (bool(kinds & {list, tuple}) and any(map(_has_bool, value)))


def _length(entry: Any) -> int | None:
    return len(entry) if isinstance(entry, list | tuple) else None


def _find_fault(kind: Any, value: Any, path: str, rank: int | None) -> None:
    """Raise ContractError for the first entry of nested sequences that is no entry, or ragged."""
    if isinstance(value, list | tuple) or (isinstance(value, np.ndarray) and value.ndim):
        for index, entry in enumerate(value):
            if rank is None and _length(entry) != _length(value[0]):
                raise ContractError(
                    f"{path}[{index}]", f"is {told(entry)}, unlike the entries before it: rows differ"
                )
            _find_fault(kind, entry, f"{path}[{index}]", rank)
    else:
        _scalar({Int: int, Float: float, Bool: bool}[kind], value, path)


# Encoding


def _encode_other(value: Any) -> Any:
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    if isinstance(value, Opaque):
        return "(the subject's own)"
    raise TypeError(f"no JSON for {type(value).__name__}")


_encoder = msgspec.json.Encoder(enc_hook=_encode_other)
to_json = _encoder.encode


def to_builtins(value: Any) -> Any:
    """Return the value as JSON would carry it: mappings, lists, numbers, strings, None."""
    return msgspec.to_builtins(value, enc_hook=_encode_other)


# JSON Schema


def _array_schema(kind: Any) -> dict[str, Any]:
    if not (inspect.isclass(kind) and issubclass(kind, AbstractArray)):
        raise NotImplementedError(f"no schema for {kind}")
    names: dict[Any, str] = {Int: "integer", Float: "number", Bool: "boolean"}
    entry: dict[str, Any] = {"type": names[kind.dtype]}
    if kind.dim_str == "...":
        return {"type": "array", "$comment": f"{kind.dtype.__name__.lower()}[...]"}
    for name in reversed(kind.dim_str.split()):
        entry = {"type": "array", "items": entry}
        if name.isdigit():
            entry |= {"minItems": int(name), "maxItems": int(name)}
    return entry | {"$comment": f"{kind.dtype.__name__.lower()}[{', '.join(kind.dim_str.split())}]"}


def schema(system: str) -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of every operation's params and result."""
    calls = operations(system)
    kinds = {
        name: [msgspec.defstruct(f"{name}_params", list(call.parameters.items())), call.result]
        for name, call in calls.items()
    }
    flat = [kind for pair in kinds.values() for kind in pair]
    schemas, definitions = msgspec.json.schema_components(flat, schema_hook=_array_schema)
    for kind in flat:
        _describe(kind, definitions)
    for name, call in calls.items():
        definitions[f"{name}_params"]["description"] = call.statement
    wanted = iter(schemas)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"{system}: {registry.systems()[system]}",
        "type": "object",
        "properties": {
            name: {"type": "object", "properties": {"params": next(wanted), "result": next(wanted)}}
            for name in calls
        },
        "$defs": definitions,
    }


def _describe(kind: Any, definitions: dict[str, Any]) -> None:
    """Put what `Annotated` says about the fields of a record into its definition."""
    if kind.__name__ not in definitions:
        return
    record: Any = is_dataclass(kind)
    hints = _hints(kind) if record else typing.get_type_hints(kind, include_extras=True)
    for name, hint in hints.items():
        said = [word for word in getattr(hint, "__metadata__", ()) if isinstance(word, str)]
        if said:
            definitions[kind.__name__]["properties"][name]["description"] = said[0]
        if is_dataclass(bare(hint)):
            _describe(bare(hint), definitions)
