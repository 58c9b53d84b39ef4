"""Does the connection to a subject work, and what is this machine? Whether it is right is not asked."""

from __future__ import annotations

import json
import os
import platform
import shutil
import tempfile
import time
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from typing import Any, Literal, NamedTuple

import psutil

from whp import contract, registry
from whp.arguments import CannotPack, pack
from whp.contract import to_json
from whp.devices import there_is
from whp.messages import Ask, Exchange, Loaded, Told, Unloadable
from whp.subject import CannotLoad
from whp.supervisor import MEMORY, Dead, Worker
from whp.wire import NOT_OFFERED

TIMES = 20  # a question is asked, to see how long it takes
LITTLE = 2 * 2**30  # bytes of temporary space, below which it is told
GIB = 2**30

# What JSON carries, and what is known to get lost on the way.
ECHOED: dict[str, Any] = {
    "whole numbers": [0, -1, 2**31, -(2**53) + 1, 2**53 - 1],
    "numbers": [0.1, -1e-6, 1e6, 1 / 3, 5e-324, 1.7976931348623157e308],
    "absent values": [None, [None]],
    "empty arrays": [[], [[], []], {}],
    "true and false": [True, False],
    "letters": ["", "ü", "\U0001d11e", 'quote " backslash \\ newline \n tab \t'],
    "nested records": {"a": {"b": [{"c": [1]}]}},
    "a long array": [index / 7 for index in range(100_000)],
}


class Finding(NamedTuple):
    """One thing that was looked at."""

    state: Literal["ok", "note", "wrong"]
    what: str
    told: str


def machine() -> Iterator[Finding]:
    """Look at the machine."""
    yield Finding("ok", "python", f"{platform.python_version()} on {platform.system()} {platform.machine()}")
    steps = sorted(later - now for now, later in ((time.monotonic(), time.monotonic()) for _ in range(1000)))
    grain = steps[len(steps) // 2]
    yield Finding("ok" if grain < 1e-3 else "wrong", "clock", f"tells {max(grain, 1e-9):.2g} s apart")
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    yield Finding("ok", "cores", f"{usable} of {os.cpu_count()}; load {os.getloadavg()[0]:.1f}")
    memory = psutil.virtual_memory()
    free = f"{memory.available / GIB:.1f} of {memory.total / GIB:.1f} GiB are free"
    yield Finding(
        "ok" if memory.available > MEMORY else "note", "memory", f"{free}; a subject may take {MEMORY // GIB}"
    )
    folder = tempfile.gettempdir()
    room = shutil.disk_usage(folder).free
    yield Finding("ok" if room > LITTLE else "note", "temporary", f"{folder}, {room / GIB:.1f} GiB free")
    yield _compile_cache()
    yield Finding("ok", "ledger", _ledger())
    for package, why in {
        "torch": "training",
        "sklearn": "the digits and forests",
        "distributed": "Dask",
    }.items():
        if not find_spec(package):
            yield Finding("note", package, f"is not installed; what needs it ({why}) is not run")
    if not there_is("cuda"):
        yield Finding("note", "device", "no cuda; `--device cuda` is not run")


def _compile_cache() -> Finding:
    folder = Path(os.environ.get("NUMBA_CACHE_DIR") or import_module("whp.reference").__path__[0])
    if os.access(folder, os.W_OK):
        return Finding("ok", "compiled code", f"is kept under {folder}")
    return Finding(
        "note", "compiled code", f"can't be kept under {folder}; NUMBA_CACHE_DIR names another folder"
    )


def _ledger() -> str:
    from whp.ledger import USUAL

    return f"{USUAL} {'is there' if USUAL.exists() else 'will be made'} in {Path.cwd()}"


def questions(system: str) -> dict[str, dict[str, Any]]:
    """Return a small question for each operation, from the fixed inputs of the system's checks."""
    found: dict[str, dict[str, Any]] = {}
    for prop in registry.properties(system):
        for fixed in getattr(prop.test, "hypothesis_explicit_examples", ()):
            for value in fixed.kwargs.values():
                match value:
                    case (str(operation), dict(arguments)) if operation in contract.operations(system):
                        if "device" in contract.operations(system)[operation].parameters:
                            arguments = {**arguments, "device": "cpu"}  # which checks add when they ask
                        known = found.get(operation)
                        if known is None or len(to_json(arguments)) < len(to_json(known)):
                            found[operation] = arguments
    return found


def connection(system: str, spec: str, declared: dict[str, Any], timeout: float) -> Iterator[Finding]:
    """Look at what lies between whp and a subject; raise CannotLoad if there is none."""
    asked = questions(system)
    began = time.monotonic()
    worker = Worker(system, spec, declared, timeout, [])
    try:
        loaded = worker.load()
        seconds = time.monotonic() - began
        if isinstance(loaded, Unloadable):
            raise CannotLoad(loaded.message)
        if isinstance(loaded, Dead) or not isinstance(loaded, Loaded) or loaded.broken:
            fault = loaded.sentence if isinstance(loaded, Dead) else getattr(loaded, "broken", "")
            yield Finding("wrong", "handshake", _with(fault or "", worker.printed))
            return
        named = f"{loaded.name} {loaded.version or ''}".strip()
        yield Finding("ok", "loaded", f"{named} in {seconds:.1f} s; offers {', '.join(loaded.operations)}")
        missing = [name for name in contract.operations(system) if name not in loaded.operations]
        if missing:
            yield Finding("note", "not offered", ", ".join(missing))
        for operation in loaded.operations:
            if operation in asked:
                alive, finding = _asked(worker, operation, asked[operation])
                yield finding
                if not alive:
                    return
        if spec.startswith("cmd:"):
            yield from _exchanges(worker)
        fault = worker.end()
        yield Finding("wrong", "end", fault) if fault else Finding("ok", "end", "it ends when it is to")
    finally:
        worker.kill()


def _with(fault: str, printed: str) -> str:
    return f"{fault}; it had printed, last: {printed}" if printed else fault


def _asked(worker: Worker, operation: str, arguments: dict[str, Any]) -> tuple[bool, Finding]:
    try:
        packed = {name: pack(value) for name, value in arguments.items()}
    except CannotPack:  # what the subject answered before is part of the question
        return True, Finding("note", operation, "is asked in checks alone")
    told = worker.order(Ask(operation, packed, TIMES))
    if isinstance(told, Dead):
        return False, Finding("wrong", operation, _with(told.sentence, worker.printed))
    assert isinstance(told, Told)
    if told.fault:
        return True, Finding("wrong", operation, _with(told.fault, worker.printed))
    return True, Finding(
        "ok", operation, f"{_time(median(told.seconds))} a call, the first {_time(told.seconds[0])}"
    )


def _time(seconds: float) -> str:
    return f"{seconds:.2g} s" if seconds >= 0.1 else f"{1000 * seconds:.2g} ms"


def _exchanges(worker: Worker) -> Iterator[Finding]:
    """Look at what only a process can get wrong: methods that it doesn't know, and values on their way."""
    told = worker.order(Exchange("no_such_operation", {}))
    if not isinstance(told, Told):
        yield Finding("wrong", "no_such_operation", getattr(told, "sentence", ""))
        return
    unknown = f"a method that is not there is to be answered with the error {NOT_OFFERED}"
    right = told.fault == "not offered"
    yield Finding(
        "ok" if right else "wrong",
        "unknown",
        f"{unknown}{'' if right else f', not so: {told.fault or told.answer!r:.80}'}",
    )
    for kind, value in ECHOED.items():
        told = worker.order(Exchange("echo", {"value": value}))
        if not isinstance(told, Told):
            yield Finding("wrong", "echo", getattr(told, "sentence", ""))
            return
        if told.fault == "not offered":
            hint = 'a method `echo` that answers its param "value" would show whether values arrive as sent'
            yield Finding("note", "echo", hint)
            return
        fault = told.fault or _difference(value, told.answer)
        took = f" in {_time(told.seconds[0])}" if kind == "a long array" else ""
        yield (
            Finding("wrong", "echo", f"{kind}: {fault}") if fault else Finding("ok", "echo", f"{kind}{took}")
        )


def _difference(sent: Any, back: Any, path: str = "") -> str | None:
    """Say where two values differ; a number is a number however it is written."""
    if isinstance(sent, dict) and isinstance(back, dict) and sent.keys() == back.keys():
        pairs: list[tuple[Any, Any, str]] = [(sent[key], back[key], f"{path}.{key}") for key in sent]
    elif isinstance(sent, list) and isinstance(back, list) and len(sent) == len(back):
        pairs = [(*both, f"{path}[{index}]") for index, both in enumerate(zip(sent, back, strict=True))]
    else:
        numbers = {type(sent), type(back)} <= {int, float}
        alike = sent == back and (numbers or type(sent) is type(back))
        words = [json.dumps(value)[:60] for value in (sent, back)]
        return None if alike else f"value{path} was {words[0]} and came back as {words[1]}"
    return next((fault for pair in pairs if (fault := _difference(*pair))), None)


def examine(
    system: str | None, spec: str | None, declared: dict[str, Any], timeout: float
) -> Iterator[Finding]:
    """Look at the machine and, if one is named, at the connection to a subject."""
    yield from machine()
    if system and spec:
        yield from connection(system, spec, declared, timeout)
