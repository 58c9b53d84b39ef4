"""An implementation under test: found by its spec, asked through the contract, trusted in nothing."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import json
import os
import sys
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, Protocol

import numpy as np

from whp import contract
from whp.checks import Broken, NotOffered, NotRun
from whp.choices import Device
from whp.contract import ContractError, Operation
from whp.devices import there_is
from whp.errors import UsageError
from whp.wire import CannotStart, Lost, Wire

DECLARATIONS = ("name", "version", "deterministic", "limits", "precision", "design", "method")
PRECISIONS = ("float64", "float32", "bfloat16", "float16")


class CannotLoad(UsageError):  # noqa: N818
    """There is no subject behind the spec, or it doesn't take the contract; the message says what to do."""


class OutsideLimits(Exception):  # noqa: N818
    """The subject declares that it doesn't serve inputs of this size."""


class Watch(Protocol):
    """Who notes each question before it is asked."""

    def begin(self, operation: str, arguments: Mapping[str, Any]) -> None: ...  # noqa: D102

    def end(self) -> None: ...  # noqa: D102


class Unwatched:
    """Nobody: of a subject that is asked in the caller's own process."""

    def begin(self, operation: str, arguments: Mapping[str, Any]) -> None:  # noqa: D102
        pass

    def end(self) -> None:  # noqa: D102
        pass


@dataclass
class Call:
    """One question and its answer, None until there is one."""

    operation: str
    arguments: dict[str, Any]
    answer: Any = None


class Subject:
    """What a property is given: `subject.recolor(graph=..., seed=...)` asks, `subject.offers(...)` looks."""

    def __init__(
        self,
        system: str,
        spec: str | None,
        declared: Mapping[str, Any],
        watch: Watch,
        device: Device = "cpu",
    ) -> None:
        """Find and load the subject; raise CannotLoad, or Broken for a process that shakes hands wrongly."""
        self.contract = contract.operations(system)
        self._watch, self._device = watch, device
        self._wire: Wire | None = None
        self._connect: Callable[[], Wire]
        self.calls: list[Call] = []
        self.handed: dict[str, Any] = {}  # the copies of the last arguments, as the subject left them
        if spec is not None and spec.startswith("cmd:"):
            said = self._start(spec.removeprefix("cmd:").strip(), system)
        else:
            said = self._import(spec or f"whp.reference.{system}", spec)
        self.declared = _declarations({**said, **declared})
        self.name = in_words(self.declared.get("name") or spec or "reference")

    def _start(self, command: str, system: str) -> Mapping[str, Any]:
        self._connect = lambda: Wire(command, system)
        try:
            self._watch.begin("initialize", {})
            self._wire = self._connect()
        except CannotStart as error:
            raise CannotLoad(str(error)) from None
        finally:
            self._watch.end()
        said = self._wire.handshake
        offered = [name for name in self.contract if name in said["operations"]]
        if not offered:
            raise CannotLoad(_nothing_offered(f"cmd: {command}", self.contract))
        self._ask = {name: (lambda arguments, name=name: self._exchange(name, arguments)) for name in offered}
        return {name: said[name] for name in DECLARATIONS if name in said}

    def _exchange(self, operation: str, arguments: dict[str, Any]) -> Any:
        """Ask the process, or a new one after one that was lost: its next words would answer no question."""
        self._wire = self._wire or self._connect()
        try:
            return self._wire.call(operation, contract.opened(arguments))
        except Lost:
            self._wire.drop()
            self._wire = None
            raise

    def exchange(self, method: str, params: dict[str, Any]) -> Any:
        """Send a process a message as it is; return the result as it comes."""
        self._watch.begin(method, {})
        try:
            return self._exchange(method, params)
        finally:
            self._watch.end()

    def _import(self, place: str, spec: str | None) -> Mapping[str, Any]:
        target = find(place)
        offered = _functions(target, place, self.contract)
        for name, function in offered.items():
            _takes_the_contract(place, function, self.contract[name])
        self._ask = {
            name: (lambda arguments, f=function: self._call(f, arguments))
            for name, function in offered.items()
        }
        declared = getattr(target, "whp", {})
        if isinstance(declared, ModuleType):  # it imports whp, and declares nothing
            return {}
        if not isinstance(declared, Mapping):
            raise CannotLoad(
                f"{spec}: `whp` is {contract.told(declared)}; a mapping of declarations is expected"
            )
        return declared

    def _call(self, function: Callable[..., Any], arguments: Mapping[str, Any]) -> Any:
        self.handed = {name: copied(value) for name, value in arguments.items()}
        return function(**contract.opened(self.handed))

    @property
    def operations(self) -> list[str]:
        """The operations that the subject offers."""
        return list(self._ask)

    def offers(self, operation: str) -> bool:
        """Say whether the subject offers an operation."""
        return operation in self._ask

    @property
    def device(self) -> Device:
        """The device that the run is about, for operations that are told one; raises NotRun without it."""
        if not there_is(self._device):
            raise NotRun(f"no device: there is no {self._device} here")
        return self._device

    def declares(self, name: str, default: Any) -> Any:
        """Return what the subject declares under a name."""
        return self.declared.get(name, default)

    def ask(self, operation: str = "ask", /, **arguments: Any) -> Any:
        """Ask one question and return the answer as the reference's type.

        Without the name of an operation, that is the operation `ask`, which a system may have.
        Raises Broken where there is no answer or none that the contract allows, NotOffered, OutsideLimits.
        """
        if operation not in self._ask:
            raise NotOffered(f"`{operation}`")
        rule = self.contract[operation]
        sizes = rule.sizes(arguments)
        for name, (low, high) in self.declared.get("limits", {}).get(operation, {}).items():
            if not low <= sizes.get(name, low) <= high:
                raise OutsideLimits(operation)
        call = Call(operation, arguments)
        self.calls.append(call)
        self._watch.begin(operation, arguments)
        try:
            answer = self._ask[operation](arguments)
            call.answer = rule.decode(arguments, answer, sizes)
        except ContractError as error:
            call.answer = answer
            raise Broken(f"{operation} answered outside the contract: {in_words(error)}") from None
        except Broken as broken:
            raise Broken(f"{operation}: the process {broken}") from None
        except NotOffered:
            raise
        except BaseException as error:  # a subject may raise anything, SystemExit too
            raise Broken(f"{operation} refuses a legal input: {_raised(error)}") from None
        finally:
            self._watch.end()
        return call.answer

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        if operation not in self.__dict__.get("contract", {}):
            raise AttributeError(operation)
        return lambda **arguments: self.ask(operation, **arguments)

    def end(self) -> str | None:
        """Let a process end; return what is wrong with how it did, if anything."""
        return self._wire.end() if self._wire else None


def copied(value: Any) -> Any:
    """Return a copy that a subject may write to without a trace: arrays, records, lists and mappings.

    What only the subject understands is not copied.
    """
    if isinstance(value, np.ndarray):
        return value.copy(order="C")
    if is_dataclass(value) and not isinstance(value, type):
        return type(value)(**{field.name: copied(getattr(value, field.name)) for field in fields(value)})
    if type(value) is list:
        return [copied(entry) for entry in value]
    if type(value) is dict:
        return {key: copied(entry) for key, entry in value.items()}
    return value


# Finding it


def find(place: str) -> Any:
    """Import what `package.module`, `path/to/file.py` or either with `:name` names."""
    where, _, name = place.rpartition(":") if _names_a_part(place) else (place, "", "")
    try:
        if where.endswith(".py"):
            target: Any = _import_file(Path(where))
        else:
            if os.getcwd() not in sys.path:
                sys.path.insert(0, os.getcwd())
            target = importlib.import_module(where)
        for part in name.split(".") if name else []:
            if not hasattr(target, part):
                raise CannotLoad(f"{where} has no {name!r}")
            target = getattr(target, part)
    except CannotLoad:
        raise
    except BaseException as error:  # importing runs the subject's own code
        raise CannotLoad(_import_failed(where, error)) from None
    if inspect.isclass(target):
        try:
            target = target()
        except Exception as error:
            raise CannotLoad(
                f"{place} is a class that can't be made without arguments: {_raised(error)}"
            ) from None
    return target


def _names_a_part(place: str) -> bool:
    return ":" in place and not place.endswith(".py") and os.sep not in place.rpartition(":")[2]


def _import_file(path: Path) -> ModuleType:
    if not path.is_file():
        raise CannotLoad(f"{path}: there is no such file")
    sys.path.insert(0, str(path.resolve().parent))
    name = path.stem if path.stem not in sys.modules else f"subject_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def _import_failed(where: str, error: BaseException) -> str:
    if isinstance(error, ModuleNotFoundError) and error.name and (where + ".").startswith(error.name + "."):
        return (
            f"there is no module {error.name!r}, neither installed nor in this folder; "
            "a file is named with its ending: path/to/file.py"
        )
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if "importlib" not in frame.filename and frame.filename != __file__
    ]
    shortened = "".join(traceback.format_list(frames[-3:]))
    hint = (
        "; a module of a package is named with dots: package.module"
        if "relative import" in in_words(error)
        else ""
    )
    return f"{where} can't be imported: {type(error).__name__}: {in_words(error)}{hint}\n{shortened}".rstrip()


def _raised(error: BaseException) -> str:
    """Say what was raised and where, leaving out whp's own frames."""
    frames = traceback.extract_tb(error.__traceback__)
    outside = [frame for frame in frames if frame.filename != __file__]
    where = f" ({outside[-1].filename}:{outside[-1].lineno})" if outside else ""
    text = in_words(error).partition("\n")[0]
    return f"{type(error).__name__}{': ' * bool(text)}{text:.300}{where}"


def in_words(value: object) -> str:
    """Return what an object says of itself, whatever it does when asked, in letters that can be sent."""
    try:
        text = str(value)
    except Exception as error:
        text = f"({type(value).__name__}, which fails to say what it is: {type(error).__name__})"
    return text.encode(errors="backslashreplace").decode()


def _functions(target: Any, place: str, known: Mapping[str, Operation]) -> dict[str, Callable[..., Any]]:
    try:
        offered = {name: getattr(target, name) for name in known if callable(getattr(target, name, None))}
    except Exception as error:  # looking at a subject runs its code
        raise CannotLoad(f"{place}: looking for its operations raised {_raised(error)}") from None
    if not offered and callable(target):
        named = place.rpartition(":")[2]
        name = named if named in known else getattr(target, "__name__", None)
        if name not in known:
            raise CannotLoad(
                f"{place} is a function called {name!r}; "
                f"call it by the operation that it is, one of: {', '.join(known)}"
            )
        return {str(name): target}
    if not offered:
        raise CannotLoad(_nothing_offered(place, known))
    return offered


def _nothing_offered(place: str, known: Mapping[str, Operation]) -> str:
    could = "".join(f"\n    {rule.signature}" for rule in known.values())
    return f"{place} offers no operation of this system; it could offer any of:{could}"


def _takes_the_contract(place: str, function: Callable[..., Any], rule: Operation) -> None:
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        return  # compiled code may not say; it will be asked all the same
    try:
        signature.bind(**dict.fromkeys(rule.parameters))
    except TypeError as error:
        raise CannotLoad(
            f"{place}: {rule.name}{signature} can't be called as the contract does ({error}); expected is\n"
            f"    {rule.signature}"
        ) from None


# What it declares


def parse_declaration(text: str) -> tuple[str, Any]:
    """Parse NAME=VALUE; the value is JSON where it can be read as that, else a string."""
    name, equals, value = text.partition("=")
    if not equals or name not in DECLARATIONS:
        raise CannotLoad(f"--declare {text}: write NAME=VALUE with a NAME out of {', '.join(DECLARATIONS)}")
    try:
        return name, json.loads(value)
    except json.JSONDecodeError:
        return name, value


def _declarations(said: Mapping[str, Any]) -> dict[str, Any]:
    unknown = [name for name in said if name not in DECLARATIONS]
    if unknown:
        raise CannotLoad(
            f"the subject declares {unknown[0]!r}; what can be declared is {', '.join(DECLARATIONS)}"
        )
    if not isinstance(said.get("deterministic", True), bool):
        raise CannotLoad(
            f"`deterministic` is declared as {said['deterministic']!r}; true or false is expected"
        )
    if said.get("precision", "float64") not in PRECISIONS:
        raise CannotLoad(
            f"`precision` is declared as {said['precision']!r}; one of {', '.join(PRECISIONS)} is expected"
        )
    limits = said.get("limits", {})
    try:
        pairs = [pair for sizes in limits.values() for pair in sizes.values()]
        good = all(
            isinstance(pair, list | tuple)
            and [type(end) for end in pair] == [int, int]
            and pair[0] <= pair[1]
            for pair in pairs
        )
    except AttributeError:
        good = False
    if not good:
        shape = '{"find_cycle": {"n": [3, 100000]}}'
        raise CannotLoad(f"`limits` is declared as {limits!r:.80}; expected is such as {shape}")
    return dict(said)
