"""Whatever a subject answers, there is a verdict: never a fault of whp's own, never a wait without end."""

from __future__ import annotations

import itertools
import json
import os
import sys
import warnings
from functools import partial

import numpy as np
import psutil
import pytest

from whp import contract, registry, wire
from whp.checks import VERDICTS, Broken, NotOffered
from whp.doctor import questions
from whp.question import QuestionReader, QuestionWriter
from whp.reference.graph import Graph
from whp.reference.graph_files import read_graph
from whp.subject import Subject, Unwatched
from whp.worker import PropertyRun

# Messages


class Piped(wire.Wire):
    """The end of the wire that whp holds, with bytes for a process."""

    def __init__(self, said):
        self._read, other = os.pipe()
        self._write = os.open(os.devnull, os.O_WRONLY)
        self._buffer, self._id = b"", 6
        os.write(other, said[:60_000])
        os.close(other)

    def _death(self):
        return "ended"

    def close(self):
        os.close(self._read)
        os.close(self._write)


RIGHT = {"jsonrpc": "2.0", "id": 7, "result": {"colors": [0, 1, 2], "steps": 3}}
VALUES = [
    *(None, True, False, 0, -0.0, 7.0, "7", 2**53, 2**63, 2**64, -(2**63) - 1, 1e308, 1e-320, "", "nan"),
    *([], {}, [[]], [RIGHT], {"code": -32601}, {"code": "x", "message": None}, "\x00\ud7ff"),
    {"code": -32602, "message": {"a": []}},
]


def messages(count, rng):
    """Yield malformed messages of all kinds: cut, doubled, deep, huge, binary, with other ids and members."""
    text = json.dumps(RIGHT).encode()
    for number in range(count):
        kind = number % 10
        if kind == 0:
            yield text[: rng.integers(len(text))] + b"\n"
        elif kind == 1:
            yield rng.bytes(rng.integers(200)) + b"\n"
        elif kind == 2:
            flipped = bytearray(text)
            for place in rng.integers(len(text), size=3):
                flipped[place] = rng.integers(256)
            yield bytes(flipped) + b"\n"
        elif kind == 3:
            key = ["jsonrpc", "id", "result", "error", "method"][rng.integers(5)]
            yield json.dumps(RIGHT | {key: VALUES[rng.integers(len(VALUES))]}).encode() + b"\n"
        elif kind == 4:
            yield json.dumps(RIGHT | {"id": int(rng.integers(-9, 99))}).encode() + b"\n"
        elif kind == 5:
            depth = int(rng.integers(1, 3000))
            yield b'{"jsonrpc":"2.0","id":7,"result":' + b"[" * depth + b"]" * depth + b"}\n"
        elif kind == 6:
            yield b'{"jsonrpc":"2.0","id":7,"result":' + b"9" * int(rng.integers(1, 5000)) + b"}\n"
        elif kind == 7:
            yield (text + b"\n") * int(rng.integers(2, 4))
        elif kind == 8:
            yield (
                text.replace(b"1", [b"NaN", b"1e999", b"-", b"1.", b"0x1", b"\xff"][rng.integers(6)]) + b"\n"
            )
        else:
            yield b"\n" * int(rng.integers(1, 5)) + text + b"\n"


def test_ten_thousand_malformed_messages_each_end_in_a_verdict():
    rng = np.random.default_rng(np.random.SeedSequence(2026))
    answered, refused = 0, 0
    for message in messages(10_000, rng):
        piped = Piped(message)
        try:
            piped.call("recolor", {"seed": 0})
            answered += 1
        except (Broken, NotOffered):
            refused += 1
        finally:
            piped.close()
    assert (
        answered > 500
    )  # doubled ones, those whose result alone is odd: the contract's own decoder looks at them
    assert refused > 5000


# Results

LOOP: list = []
LOOP.append(LOOP)
DEEP: list = []
for _ in range(5000):
    DEEP = [DEEP]
HOSTILE = [
    *(LOOP, DEEP),
    *(None, True, "7", "", b"\x00", -1, 0, 2**31, 2**63, 10**400, 0.5, -0.0, 1e308, -1e308, 5e-324),
    *(float("nan"), float("inf"), [], [[]], [[1], [1, 2]], ["1", "2"], [True], [None], {}, {"a": 1}, {1, 2}),
    *((x for x in ()), object(), range(3), np.zeros(0), np.zeros((2, 0)), np.array(["a"])),
    *(np.array([object()]), np.zeros(3, complex), np.float32(3)),
]


def replaced(value, path, other):
    """Return plain data with another value at a path."""
    if not path:
        return other
    if isinstance(value, dict):
        return {
            key: replaced(entry, path[1:], other) if key == path[0] else entry for key, entry in value.items()
        }
    return [
        replaced(entry, path[1:], other) if index == path[0] else entry for index, entry in enumerate(value)
    ]


def paths(value, depth=3):
    """Yield the places in plain data, of long lists the first and the last entry."""
    yield ()
    if depth and isinstance(value, dict):
        for key, entry in value.items():
            yield from ((key, *rest) for rest in paths(entry, depth - 1))
    elif depth and isinstance(value, list) and value:
        for index in {0, len(value) - 1}:
            yield from ((index, *rest) for rest in paths(value[index], depth - 1))


class Odd:
    """The reference, but at one place of what one operation answers stands something else."""

    def __init__(self, system):
        self.system, self.spoilt = system, ("", (), None)
        self.known = {}  # answers, as plain data
        self.subject = Subject(system, None, {}, Unwatched())
        for name, right in self.subject._ask.items():
            self.subject._ask[name] = partial(self.answer, name, right)

    def answer(self, name, right, arguments):
        self.subject.handed = dict(arguments)
        key = contract.to_json((name, arguments)) if not has_state(arguments) else None
        if key is None or key not in self.known:
            self.known[key] = right(arguments)
        operation, path, value = self.spoilt
        if name != operation:
            return self.known[key]
        try:
            return replaced(contract.to_builtins(self.known[key]), path, value)
        except (KeyError, TypeError, AttributeError, IndexError):
            return value


def has_state(arguments):
    return any(isinstance(value, contract.Opaque) for value in arguments.values())


def oddities(system):
    """Return every operation, every place of its answer, every hostile value."""
    subject = Subject(system, None, {}, Unwatched())
    found = []
    for operation, arguments in questions(system).items():
        plain = contract.to_builtins(subject.ask(operation, **arguments))
        found += [(operation, path, value) for path in paths(plain) for value in HOSTILE]
    return found


@pytest.mark.parametrize("system", registry.systems())
def test_every_place_of_every_answer_may_hold_anything(system):
    asked, odd, told = questions(system), Odd(system), []
    for odd.spoilt in oddities(system):
        operation = odd.spoilt[0]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                odd.subject.ask(operation, **asked[operation])
            except Broken as error:
                told.append(str(error))
    assert [line for line in told if "outside the contract: $" not in line] == []
    assert len(told) > len(asked) * len(HOSTILE) / 2


def judged(system, chosen):
    """Judge odd subjects by every property, on its fixed inputs; any verdict will do."""
    odd = Odd(system)
    for prop, odd.spoilt in itertools.product(registry.properties(system), chosen):
        for given in getattr(prop.test, "hypothesis_explicit_examples", ())[:4]:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                try:
                    outcome = PropertyRun(prop, odd.subject, 0, 1).on(given.kwargs)
                except Exception as error:
                    raise AssertionError(f"{prop.id}, where the answer has {odd.spoilt!r:.100}") from error
            assert outcome.verdict in VERDICTS


@pytest.mark.parametrize("system", registry.systems())
def test_no_answer_makes_a_property_fail_by_itself(system):
    every = oddities(system)
    rng = np.random.default_rng(np.random.SeedSequence(7))
    judged(system, [every[index] for index in rng.choice(len(every), 3, replace=False)])


@pytest.mark.slow
@pytest.mark.parametrize("system", registry.systems())
def test_no_answer_of_a_thousand_makes_a_property_fail_by_itself(system):
    every = oddities(system)
    rng = np.random.default_rng(np.random.SeedSequence())
    judged(system, [every[index] for index in rng.permutation(len(every))[:1000]])


# Long runs

SERVER = """
import json, sys
for line in sys.stdin:
    asked = json.loads(line)
    answer = {"protocol": 1, "operations": ["color"]} if asked["method"] == "initialize" else [0, 1, 2]
    print(json.dumps({"jsonrpc": "2.0", "id": asked["id"], "result": answer}), flush=True)
"""


@pytest.mark.slow
def test_memory_and_open_files_stay_flat_over_a_hundred_thousand_calls(tmp_path):
    (tmp_path / "server.py").write_text(SERVER)
    question = tmp_path / "question"
    reader = QuestionReader(question)
    subject = Subject(
        "coloring", f"cmd: {sys.executable} {tmp_path / 'server.py'}", {}, QuestionWriter(question, 10, [])
    )
    graph, me = Graph.of(3, [[0, 1], [1, 2], [0, 2]]), psutil.Process()
    seen = []
    for call in range(100_000):
        subject.calls = []
        subject.color(graph=graph, seed=call)
        if call in (10_000, 99_999):
            seen.append((me.memory_info().rss, me.num_fds()))
    assert reader.overdue() == 0
    assert subject.end() is None
    (before, files), (after, files_after) = seen
    assert after - before < 8 * 2**20
    assert files_after == files


# Files


@pytest.mark.parametrize("ending", [".col", ".txt", ".edges", ".mtx", ".graphml", ".json", ".txt.gz"])
def test_graph_files_of_anything_are_read_or_refused_in_a_line(tmp_path, ending):
    rng, told = np.random.default_rng(np.random.SeedSequence(11)), []
    good = (
        b'p edge 3 2\ne 1 2\ne 2 3\n0 1\n1 2\n{"n": 3, "edges": [[0, 1]]}\n%%MatrixMarket matrix coordinate\n'
    )
    for number in range(150):
        text = bytearray(good * int(rng.integers(1, 3)))
        for place in rng.integers(len(text), size=int(rng.integers(1, 30))):
            text[place] = rng.integers(256)
        file = tmp_path / f"{number}{ending}"
        file.write_bytes(bytes(text) if number % 2 else rng.bytes(rng.integers(300)))
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of doubles
                read_graph(file)
        except (ValueError, OSError) as error:
            told.append((str(file), str(error)))
    assert all(name in line and "\n" not in line for name, line in told), told
    assert len(told) > 75
