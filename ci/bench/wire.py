"""A call of a process, against an echo of the same line."""

from __future__ import annotations

import os
import shlex
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import msgspec

from bench.coloring import regular
from bench.measuring import BENCH, figure, in_turns
from whp import contract
from whp.question import QuestionWriter
from whp.reference import families
from whp.reference.graph import Graph
from whp.subject import Subject
from whp.wire import CHUNK, PROTOCOL, Wire


class _Graph(msgspec.Struct):
    n: int
    edges: list[tuple[int, int]]


class _Params(msgspec.Struct):
    graph: _Graph
    seed: int


class _Request(msgspec.Struct):
    id: int
    method: str
    params: msgspec.Raw


def send(file: int, data: bytes) -> None:
    """Write all of it."""
    while data:
        data = data[os.write(file, data) :]


def receive(file: int) -> bytes:
    """Read to the end of a line, of which there is one at a time; b"" when there are no more."""
    line = os.read(file, CHUNK)
    if line.endswith(b"\n"):
        return line
    parts = [line]
    while parts[-1] and not parts[-1].endswith(b"\n"):
        parts.append(os.read(file, CHUNK))
    return b"".join(parts)


def serve_echo() -> None:
    """Return each line as it is."""
    while line := receive(0):
        send(1, line)


def serve_answers() -> None:
    """Read each question in full and answer at once: all colours are 0, wrong but of the right shape."""
    request_of, params_of = msgspec.json.Decoder(_Request).decode, msgspec.json.Decoder(_Params).decode
    handshake = b'{"protocol":%d,"operations":["recolor"]}' % PROTOCOL
    results: dict[int, bytes] = {}
    while line := receive(0):
        request = request_of(line)
        result = handshake
        if request.method == "recolor":
            n = params_of(request.params).graph.n
            if n not in results:
                results[n] = msgspec.json.encode({"colors": [0] * n, "steps": 0})
            result = results[n]
        send(1, b'{"jsonrpc":"2.0","id":%d,"result":%b}\n' % (request.id, result))


def wire() -> None:
    """Time small and large calls of a process that needs no time of its own."""
    rule = contract.operations("coloring")["recolor"]
    answering = shlex.join([sys.executable, str(BENCH), "serve_answers"])
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        line = subprocess.Popen(
            [sys.executable, BENCH, "serve_echo"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0
        )
        stack.enter_context(line)
        assert line.stdin is not None
        assert line.stdout is not None
        to_echo, from_echo = line.stdin.fileno(), line.stdout.fileno()
        question = folder / "question"
        question.touch()
        subject = Subject("coloring", f"cmd: {answering}", {}, QuestionWriter(question, 10.0, []))
        stack.callback(subject.end)
        bare = Wire(answering, "coloring")
        stack.callback(bare.end)

        def acts(graph: Graph) -> list[Callable[[], object]]:
            arguments = {"graph": graph, "seed": 1}
            request = contract.to_json({"jsonrpc": "2.0", "id": 1, "method": "recolor", "params": arguments})

            def echo() -> None:
                send(to_echo, request + b"\n")
                receive(from_echo)

            def decoded_call() -> None:
                rule.decode(arguments, bare.call("recolor", arguments))

            def ask() -> None:
                subject.calls = []
                subject.ask("recolor", **arguments)

            return [echo, decoded_call, ask]

        in_blocks = in_turns(30, *acts(families.complete(4)), block=100)
        small = [1e6 * statistics.median(times) for times in in_blocks]
        figure("wire, 6 edges: echo", small[0], "us")
        figure("wire, 6 edges: call, decoded", small[1], "us", bar=60)
        figure("wire, 6 edges: call, decoded / echo", small[1] / small[0], bar=5)
        figure("wire, 6 edges: asked by a check", small[2], "us")
        figure("wire, 6 edges: asked by a check / echo", small[2] / small[0])
        large = [1e3 * statistics.median(times) for times in in_turns(9, *acts(regular(25000)))]
        figure("wire, 1e5 edges: echo", large[0], "ms")
        figure("wire, 1e5 edges: call, decoded", large[1], "ms", bar=200)
        figure("wire, 1e5 edges: asked by a check", large[2], "ms")
