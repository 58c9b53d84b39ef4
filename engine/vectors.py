"""Questions with their answers as a file for programs that don't have whp, and what each of them finds.

Where the contract fixes an answer, a vector has it, and how far a number may be off. Where it does not, a
vector has an answer that somebody gave, and says whether it is right, and if not, why: a checker of answers
can be tried on it. Which impostors a vector finds is measured, not thought of.
"""

from __future__ import annotations

import gc
import json
import signal
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, is_dataclass, replace
from typing import Any

import numpy as np
from hypothesis import Phase

from whp import __version__, contract, registry, seeds
from whp.arguments import typed
from whp.checks import Broken, NotOffered, NotRun, Property, Refuted
from whp.contract import to_builtins, to_json
from whp.sensitivity import impostors, mistake_of
from whp.subject import OutsideLimits, Subject, Unwatched
from whp.worker import PropertyRun

VERSION = 1
DRAWN = 40  # inputs of each property, besides the fixed ones
LONGEST = 6000  # characters of a question and its answer
WITHIN = 1e-6  # times the largest number of an answer
CHANGE, ROOM = 1e-10, 1e-8  # a question is settled if what changes it by the one moves it by the other
LEAST = 120
PATIENCE = 2.0  # seconds for a call to an impostor: some never end
# What every system has: these are about calls, not about answers.
OF_CALLS = (
    "one_question_has_one_answer",
    "arguments_stay_untouched",
    "every_process_answers_alike_and_ends_well",
)
AGAIN = 3  # vectors that find the same impostor


class Limited(Unwatched):
    """Ends a call that takes too long, as if the operation were not offered; Ctrl-C comes after a call."""

    STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

    def begin(self, operation: str, arguments: Mapping[str, Any]) -> None:  # noqa: ARG002
        """Start the clock."""

        def ends(*_: Any) -> None:
            raise NotOffered(f"`{operation}` in time")

        signal.pthread_sigmask(signal.SIG_BLOCK, self.STOPS)
        gc.disable()  # what is raised in a collector's callback is lost
        signal.signal(signal.SIGALRM, ends)
        signal.setitimer(signal.ITIMER_REAL, PATIENCE)

    def end(self) -> None:
        """Stop the clock."""
        signal.setitimer(signal.ITIMER_REAL, 0)
        gc.enable()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, self.STOPS)


@dataclass
class Vector:
    """One question, with the answer that is right, or with one that is judged."""

    operation: str
    arguments: dict[str, Any]
    purpose: str
    check: str
    result: Any
    within: float | None = None  # None: whatever is not a number is to be equal, and so is a whole number
    valid: bool | None = None  # None: the contract fixes the answer
    why: str = ""
    finds: list[str] = field(default_factory=list)

    @property
    def size(self) -> int:
        """The length of its question and its answer."""
        return len(to_json((self.arguments, self.result)))

    def as_json(self, number: int, mistakes: Mapping[str, str]) -> dict[str, Any]:
        """Return it as it is written."""
        told: dict[str, Any] = {
            "id": number,
            "operation": self.operation,
            "purpose": self.purpose,
            "check": self.check,
            "params": to_builtins(self.arguments),
            "result": self.result,
        }
        told |= {"within": self.within} if self.within is not None else {}
        told |= {} if self.valid is None else {"valid": self.valid}
        told |= {"why": self.why} if self.why else {}
        return told | {"finds": [{"impostor": name, "mistake": mistakes[name]} for name in self.finds]}


def fixed_operations(system: str) -> tuple[str, ...]:
    """Return the operations whose answers the contract fixes, as the properties' module lists them."""
    return tuple(vars(registry.module("properties", system)).get("FIXED", ()))


def questions(system: str) -> Iterator[tuple[Property, str, dict[str, Any], Any]]:
    """Yield what each property asks of the reference, with the answer."""
    subject = Subject(system, None, {}, Unwatched())
    asked: list[tuple[str, dict[str, Any], Any]] = []
    ask = subject.ask

    def noted(operation: str = "ask", /, **arguments: Any) -> Any:
        answer = ask(operation, **arguments)
        asked.append((operation, arguments, answer))
        return answer

    subject.ask = noted  # type: ignore[method-assign]
    for prop in registry.properties(system):
        if prop.name in OF_CALLS:
            continue
        asked.clear()
        try:
            PropertyRun(prop, subject, seeds.of_check(0, prop.id), DRAWN).search(
                Phase.explicit, Phase.generate
            )
        except (NotOffered, NotRun):
            continue
        for operation, arguments, answer in asked:
            yield prop, operation, arguments, answer


def vectors(system: str) -> list[Vector]:
    """Return the vectors of a system: those that find most, and those that are short."""
    known = impostors(system, [])
    wrong = [name for name, it in known.items() if it.verdict == "refuted"]  # others crash, hang, answer none

    def afresh(name: str) -> Subject:
        """Return an impostor that has been asked nothing: a vector is to find it alone."""
        return Subject(system, f"whp.impostors.{system}:{name}", {}, Limited())

    found: dict[bytes, Vector] = {}
    for prop, operation, arguments, answer in questions(system):
        key = to_json((operation, arguments))
        if key in found or len(key) > LONGEST:
            continue
        if operation not in fixed_operations(system):
            found[key] = Vector(
                operation, arguments, prop.statement, prop.id, to_builtins(answer), valid=True
            )
        elif made := _fixed(system, prop, operation, arguments, answer):
            made.finds = [name for name in wrong if _differs(made, afresh(name))]
            found[key] = made
    judged = [
        vector
        for name in wrong
        for prop in registry.properties(system)
        if prop.name in known[name].rejected_by
        for vector in _judged(system, prop, name, afresh(name))
    ]
    return _chosen(system, [vector for vector in (*found.values(), *judged) if vector.size <= LONGEST])


def _fixed(
    system: str, prop: Property, operation: str, arguments: dict[str, Any], answer: Any
) -> Vector | None:
    """Return a vector, if numbers that are a little off don't change the answer much."""
    result = to_builtins(answer)
    numbers = [abs(x) for x in _numbers(result) if isinstance(x, float)]
    vector = Vector(operation, arguments, prop.statement, prop.id, result)
    if not numbers:
        return vector
    vector.within = WITHIN * max(numbers) or WITHIN
    subject = Subject(system, None, {}, Unwatched())
    rng = np.random.default_rng(np.random.SeedSequence(list(to_json((operation, arguments)))))
    for _ in range(3):
        try:
            other = to_builtins(subject.ask(operation, **_changed(arguments, rng)))
        except Exception:  # numbers that are a little off are no question any more
            return None
        if not alike(result, other, ROOM * max(numbers)):
            return None
    return vector


def _changed(value: Any, rng: np.random.Generator) -> Any:
    """Return arguments with each number that is not whole a little off."""
    if isinstance(value, np.ndarray):
        if value.dtype.kind != "f":
            return value
        return value * (1 + CHANGE * rng.choice([-1.0, 1.0], value.shape) * (value != np.rint(value)))
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{name: _changed(entry, rng) for name, entry in vars(value).items()})
    if isinstance(value, dict):
        return {name: _changed(entry, rng) for name, entry in value.items()}
    return [_changed(entry, rng) for entry in value] if isinstance(value, list) else value


def _numbers(value: Any) -> Iterator[float]:
    if isinstance(value, dict | list):
        for entry in value.values() if isinstance(value, dict) else value:
            yield from _numbers(entry)
    elif isinstance(value, float | int) and not isinstance(value, bool):
        yield value


def alike(right: Any, other: Any, within: float) -> bool:
    """Say whether two answers are equal, numbers that are not counts up to `within`."""
    if isinstance(right, dict) and isinstance(other, dict):
        return right.keys() == other.keys() and all(alike(right[key], other[key], within) for key in right)
    if isinstance(right, list) and isinstance(other, list):
        return len(right) == len(other) and all(map(alike, right, other, [within] * len(right)))
    if isinstance(right, float) and isinstance(other, float | int):
        return abs(right - other) <= within
    return bool(right == other)


def _differs(vector: Vector, subject: Subject) -> bool:
    try:
        answer = subject.ask(vector.operation, **vector.arguments)
    except (NotOffered, NotRun, OutsideLimits):
        return False
    except (Broken, Refuted):
        return True
    return not alike(vector.result, to_builtins(answer), vector.within or 0.0)


def _judged(system: str, prop: Property, name: str, subject: Subject) -> Iterator[Vector]:
    """Yield answers of an impostor that the property refutes by themselves, each with one that is right."""
    run = PropertyRun(prop, subject, seeds.of_check(0, prop.id), DRAWN)
    try:
        smallest = run.search(Phase.explicit, Phase.generate, Phase.shrink)
    except NotOffered:
        smallest = None
    failures = [smallest.outcome] if smallest else []
    failures += [run.on(fixed.kwargs) for fixed in getattr(prop.test, "hypothesis_explicit_examples", ())]
    right = Subject(system, None, {}, Unwatched())
    for failure in failures:
        calls = (failure.counterexample or {}).get("calls", [])
        if (
            failure.verdict != "refuted"
            or len(calls) != 1
            or calls[0]["operation"] in fixed_operations(system)
        ):
            continue
        operation, arguments = calls[0]["operation"], typed(system, calls[0])
        about = (operation, arguments, prop.statement, prop.id)
        why = failure.detail.partition("\n")[0]
        try:
            answer = to_builtins(right.ask(operation, **arguments))
        except Broken:  # an array without entries may lose its shape when it is written down
            continue
        yield Vector(*about, calls[0]["answer"], valid=False, why=why, finds=[name])
        yield Vector(*about, answer, valid=True)


def _chosen(system: str, found: list[Vector]) -> list[Vector]:
    """Return the shortest that find each impostor AGAIN times, and more, of each check, up to LEAST."""
    found = sorted(found, key=lambda vector: vector.size)
    chosen: dict[bytes, Vector] = {}
    times: dict[str, int] = {}

    def take(vector: Vector) -> None:
        key = to_json((vector.operation, vector.arguments, vector.result))
        if key in chosen:
            chosen[key].finds = sorted({*chosen[key].finds, *vector.finds})
            return
        chosen[key] = vector
        for name in vector.finds:
            times[name] = times.get(name, 0) + 1

    for vector in sorted(found, key=lambda vector: -len(vector.finds)):
        if any(times.get(name, 0) < AGAIN for name in vector.finds):
            take(vector)
    by_check: dict[tuple[str, bool | None], list[Vector]] = {}
    for vector in found:
        by_check.setdefault((vector.check, vector.valid), []).append(vector)
    while len(chosen) < LEAST and any(by_check.values()):
        for waiting in by_check.values():
            if waiting:
                take(waiting.pop(0))
    order = list(contract.operations(system))
    return sorted(chosen.values(), key=lambda vector: (order.index(vector.operation), vector.size))


def file(system: str) -> dict[str, Any]:
    """Return the file of a system's vectors, as the schema describes it."""
    known = impostors(system, [])
    mistakes = {name: mistake_of(impostor) for name, impostor in known.items()}
    made = vectors(system)
    found = {name for vector in made for name in vector.finds}
    return {
        "format": "whp-vectors",
        "version": VERSION,
        "whp": __version__,
        "system": system,
        "title": registry.systems()[system],
        "sensitivity": {"impostors": len(known), "found": len(found), "missed": sorted({*known} - found)},
        "vectors": [vector.as_json(number, mistakes) for number, vector in enumerate(made, 1)],
    }


SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "Test vectors of whp",
    "description": (
        "Each vector is a question that an implementation is asked. Where `valid` is missing, `result` is "
        "the answer: numbers written with a point may be off by `within`, all else is equal. Where `valid` "
        "is there, several answers are right, and `result` is one that is, or one that is not, and `why`."
    ),
    "type": "object",
    "required": ["format", "version", "whp", "system", "title", "sensitivity", "vectors"],
    "additionalProperties": False,
    "properties": {
        "format": {"const": "whp-vectors"},
        "version": {"const": VERSION},
        "whp": {"type": "string"},
        "system": {"type": "string"},
        "title": {"type": "string"},
        "sensitivity": {
            "type": "object",
            "required": ["impostors", "found", "missed"],
            "additionalProperties": False,
            "properties": {
                "impostors": {"type": "integer"},
                "found": {"type": "integer"},
                "missed": {"type": "array", "items": {"type": "string"}},
            },
        },
        "vectors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["id", "operation", "purpose", "check", "params", "result", "finds"],
                "additionalProperties": False,
                "properties": {
                    "id": {"type": "integer"},
                    "operation": {"type": "string"},
                    "purpose": {"type": "string", "description": "what every right implementation does"},
                    "check": {"type": "string", "description": "the check of whp that asks it"},
                    "params": {"type": "object"},
                    "result": {},
                    "within": {"type": "number", "minimum": 0},
                    "valid": {"type": "boolean"},
                    "why": {"type": "string"},
                    "finds": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "required": ["impostor", "mistake"],
                            "additionalProperties": False,
                            "properties": {"impostor": {"type": "string"}, "mistake": {"type": "string"}},
                        },
                    },
                },
            },
        },
    },
}


def written(system: str, say: Callable[[str], None]) -> str:
    """Return the text of the file, and say how sensitive it is."""
    told = file(system)
    seen = told["sensitivity"]
    say(f"{len(told['vectors'])} vectors of {system} find {seen['found']} of {seen['impostors']} impostors")
    lines = ",\n".join(json.dumps(vector, separators=(",", ":")) for vector in told.pop("vectors"))
    head = json.dumps(told, indent=1).removesuffix("\n}")
    return f'{head},\n "vectors": [\n{lines}\n ]\n}}\n'
