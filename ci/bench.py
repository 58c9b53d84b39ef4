"""Benchmarks: `python ci/bench.py [SECTION ...]`; those that take long run by name alone.

What is compared is measured in turns within one run, because a figure by itself says more about the machine
than about the code. Nothing here is a test: the exit status is 0 unless the C twin of the process answers
otherwise than the reference.
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import math
import os
import resource
import shlex
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from whp import contract, registry
from whp.claims import Evidence, Source, drop_all
from whp.ledger import Kept, Ledger, Record
from whp.question import QuestionWriter
from whp.reference import alignment, coloring, families, hamilton, mastermind
from whp.reference.alignment.matching import similarity
from whp.reference.alignment.networks import he_normal
from whp.reference.graph import Graph
from whp.reference.hamilton import gnp, linear
from whp.reference.stream import stream
from whp.results import Options, Run
from whp.subject import Subject
from whp.wire import CHUNK, PROTOCOL, Wire

HERE = Path(__file__)
DEGREE = 8


# Measuring and printing


def figure(name: str, value: float, unit: str = "", bar: float | None = None) -> None:
    """Print one figure; `bar` is the largest value that is good enough, None where nothing is asked."""
    limit = "" if bar is None else f"<= {bar:g}"
    verdict = "" if bar is None else "ok" if value <= bar else "over"
    print(f"{name:56}{value:>9.2f} {unit:4}{limit:8}{verdict}".rstrip(), flush=True)


def seconds(act: Callable[[], object]) -> float:
    """Return how long a call takes."""
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def in_turns(rounds: int, *acts: Callable[[], object], block: int = 1) -> list[list[float]]:
    """Return the times of each act, `block` calls of each a round; a first round is not counted."""
    times: list[list[float]] = [[] for _ in acts]
    for turn in range(rounds + 1):
        for act, kept in zip(acts, times, strict=True):
            taken = [seconds(act) for _ in range(block)]
            if turn > 0:
                kept.extend(taken)
    return times


def ratio(over: list[float], under: list[float]) -> float:
    """Return the median of the ratios of times that were measured next to each other."""
    return statistics.median(a / b for a, b in zip(over, under, strict=True))


def regular_edges(n: int, seed: int) -> np.ndarray:
    """Return the edges of random permutations without their loops: nearly all vertices have degree DEGREE."""
    random = np.random.default_rng(seed)
    pairs = np.empty((DEGREE // 2, n, 2), np.int64)
    for permutation in pairs:
        permutation[:, 0] = np.arange(n)
        permutation[:, 1] = random.permutation(n)
    edges = pairs.reshape(-1, 2)
    proper: np.ndarray = edges[edges[:, 0] != edges[:, 1]]
    return proper


def regular(n: int) -> Graph:
    """Return the graph of these edges, its rows made."""
    graph = Graph.of(n, regular_edges(n, seed=n))
    assert graph.offsets is not None
    return graph


# process: the compiled reference against the same process in C


class Differs(Exception):  # noqa: N818
    """The twin and the reference don't do the same, so that their times can't be compared."""


class Twin:
    """The process in C, compiled for this machine."""

    def __init__(self, folder: str) -> None:
        """Compile it into a folder."""
        library = f"{folder}/recolor_twin.so"
        source = HERE.parent / "bench" / "recolor_twin.c"
        subprocess.run(["cc", "-O3", "-march=native", "-shared", "-fPIC", "-o", library, source], check=True)
        twin = ctypes.CDLL(library)
        number = ctypes.c_int64
        small, large, bits = map(np.ctypeslib.ndpointer, (np.int32, np.int64, np.uint64))
        process: list[Any] = [number, large, small, number, bits]
        self._recolor, self._trace = twin.recolor, twin.trace
        self._recolor.argtypes, self._recolor.restype = [*process, large], number
        self._trace.argtypes, self._trace.restype = [*process, small, large, number], number

    def recolor(self, graph: Graph, seed: int) -> tuple[np.ndarray, int]:
        """Do as `coloring.recolor` does."""
        colors = np.empty(graph.n, np.int64)
        palette = graph.max_degree + 1
        steps = self._recolor(graph.n, graph.offsets, graph.adjacency, palette, stream(seed), colors)
        return colors, steps

    def trace(self, graph: Graph, palette: int, start: np.ndarray, seed: int, room: int) -> np.ndarray:
        """Return the moves that `coloring.trace` shows, but no more than `room`."""
        moves = np.empty((room, 2), np.int64)
        rows = graph.offsets, graph.adjacency
        steps = self._trace(graph.n, *rows, palette, stream(seed), start.astype(np.int32), moves, room)
        return moves[:steps]


def expect_the_same(graph: Graph, twin: Twin, seed: int) -> None:
    """Raise Differs if the twin stops elsewhere or later than the reference."""
    known = coloring.recolor(graph, seed)
    colors, steps = twin.recolor(graph, seed)
    if steps != known.steps:
        raise Differs(
            f"n = {graph.n}, seed {seed}: the reference takes {known.steps} steps, the twin {steps}"
        )
    if not np.array_equal(colors, known.colors):
        raise Differs(f"n = {graph.n}, seed {seed}: the reference and its twin stop at different colours")


def expect_the_same_moves(graph: Graph, twin: Twin, seed: int) -> None:
    """Raise Differs at the first move that the twin makes otherwise than the reference."""
    palette = graph.max_degree + 1
    start = np.random.default_rng(seed).integers(palette, size=graph.n)
    known = coloring.trace(graph, palette, start, seed).moves
    moves = twin.trace(graph, palette, start, seed, room=len(known) + 1)
    shared = min(len(known), len(moves))
    differing = (known[:shared] != moves[:shared]).any(axis=1)
    if differing.any() or len(known) != len(moves):
        first = int(differing.argmax()) if differing.any() else shared
        raise Differs(f"n = {graph.n}, seed {seed}: move {first} of the reference and of its twin differ")


def process() -> None:
    """Time `recolor` with rows ready, from the seed to the answer, in both languages."""
    with tempfile.TemporaryDirectory() as folder:
        twin = Twin(folder)
    for seed in range(20):
        expect_the_same_moves(regular(1000), twin, seed)
    for n, rounds in ((10**5, 21), (10**6, 9)):
        graph = regular(n)
        expect_the_same(graph, twin, seed=1)
        compiled, in_c = in_turns(
            rounds, partial(coloring.recolor, graph, 1), partial(twin.recolor, graph, 1)
        )
        figure(f"process, n = {n:.0e}: C", 1e3 * statistics.median(in_c), "ms")
        figure(f"process, n = {n:.0e}: compiled", 1e3 * statistics.median(compiled), "ms")
        figure(f"process, n = {n:.0e}: compiled / C", ratio(compiled, in_c), bar=1.7)


# wire: one call of a process against an echo of the same line


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
    answering = shlex.join([sys.executable, str(HERE), "serve_answers"])
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        line = subprocess.Popen(
            [sys.executable, HERE, "serve_echo"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0
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


# check and start: whole processes


def python(*arguments: str, output: int | None = subprocess.DEVNULL) -> None:
    """Run Python with these arguments; a failure is told, not raised."""
    done = subprocess.run([sys.executable, *arguments], stdout=output, check=False)
    if done.returncode:
        print(f"python {shlex.join(arguments)} ended with exit status {done.returncode}")


def check() -> None:
    """Time all properties on the reference, as a whole command; the first round fills the compile cache."""
    jobs = (1, 2)
    words = "-m", "whp", "check", "coloring", "--only", "properties", "--jobs"
    runs = [partial(python, *words, str(n)) for n in jobs]
    for n, times in zip(jobs, in_turns(2, *runs), strict=True):
        figure(f"check coloring --only properties --jobs {n}", min(times), "s", bar=15)
    with tempfile.TemporaryDirectory() as folder:
        ledger = "--ledger", f"{folder}/ledger.db"
        (times,) = in_turns(2, partial(python, "-m", "whp", "check", "coloring", "--jobs", "2", *ledger))
    figure("check coloring --jobs 2", min(times), "s", bar=45)


def full() -> None:
    """Time the whole of it with ten times the inputs and replicates."""
    words = "-m", "whp", "check", "coloring", "--effort", "full", "--jobs", "2"
    with tempfile.TemporaryDirectory() as folder:
        taken = seconds(partial(python, *words, "--ledger", f"{folder}/ledger.db"))
    figure("check coloring --effort full --jobs 2", taken, "s", bar=300)


def start() -> None:
    """Time `whp list` and a Python that does nothing."""
    bare, listed = in_turns(15, partial(python, "-c", "pass"), partial(python, "-m", "whp", "list"))
    figure("start: python -c pass", statistics.median(bare), "s")
    figure("start: whp list", statistics.median(listed), "s", bar=0.3)
    figure("start: whp list / python -c pass", ratio(listed, bare))


# evidence: the ledger, and what runs replicates


SPINNING = """
import time
from whp.reference import coloring

def recolor(graph, seed):
    until = time.perf_counter() + 0.001
    answer = coloring.recolor(graph, seed)
    while time.perf_counter() < until:
        pass
    return answer
"""
MILLISECONDS = 4000  # replicates of a millisecond each


def evidence() -> None:
    """Time the writing and reading of evidence, and the gathering of replicates that take a millisecond."""
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        for chunk in (100, 4096):
            figure(
                f"ledger: writing a replicate, {chunk} a task", written(f"{chunk}.db", chunk), "us", bar=10
            )
        Path("spinning.py").write_text(SPINNING)
        serial, kept, two = [], [], []
        for turn in range(3):
            serial.append(gathered(1, Record()))
            kept.append(
                gathered(1, Kept(Ledger(Path(f"{turn}.db"), create=True), Options(), [], resume=False))
            )
            two.append(
                gathered(2, Kept(Ledger(Path(f"{turn}.db"), create=True), Options(), [], resume=False))
            )
        figure("evidence: time of 1 ms replicates / 1 ms", min(serial) * 1000 / MILLISECONDS, bar=1.05)
        figure("evidence: the same with a ledger", min(kept) * 1000 / MILLISECONDS, bar=1.05)
        figure("evidence: 2 x time on 2 cores / time on 1", 2 * min(two) / min(serial), bar=1 / 0.9)


def record(file: str) -> Kept:
    """Begin a run in a ledger."""
    return Kept(Ledger(Path(file), create=True), Options(), [], resume=False)


def written(file: str, chunk: int) -> float:
    """Return the microseconds that a replicate takes on its way into a ledger, the last commit included."""
    many = 2_000_000
    kept = record(file)
    values = np.random.default_rng(1).random(chunk).tolist()

    def write() -> None:
        for first in range(0, many, chunk):
            kept.add("claim", 0, first, values)
        kept.close(None)

    taken = seconds(write)
    assert len(Ledger(Path(file), create=False).evidence(1, "claim", 1)[0]) >= many
    return taken / many * 1e6


def gathered(jobs: int, kept: Record) -> float:
    """Return how long replicates of a millisecond take, with the worker processes there already."""
    (claim,) = (one for one in registry.claims("coloring") if one.name == "mean_steps_are_at_most_the_edges")
    source = Source("bench", os.getcwd(), "coloring", "spinning.py", (), 10.0, "quick", 0)
    with ThreadPoolExecutor(jobs) as pool:
        ready = Evidence(Run(Options(), []), claim, source, pool, jobs)
        ready.gather([400, 0, 0])  # starts the workers, and finds how many replicates make a task
        measured = Evidence(Run(Options(), []), claim, source, pool, jobs, kept)
        measured.chunk = ready.chunk
        taken = seconds(partial(measured.gather, [MILLISECONDS, 0, 0]))
    drop_all("bench")
    return taken


# mastermind: the decoder, and the exact check of small sets


def guessing() -> None:
    """Time the decoding of a codeword of length 1000, and the looking at all codewords of length 6."""
    n = 1000
    m = math.ceil(4 * n * math.log(n))
    drawn = mastermind.design(n, m + 1, 1)
    queries, word = drawn[:-1], drawn[-1]
    told = mastermind.answers(queries, word)
    few = mastermind.design(6, 13, 2)
    decoded, resolved = in_turns(
        3, partial(mastermind.decode, queries, told), partial(mastermind.resolves, few)
    )
    figure("mastermind: decode, n = 1000, m = 4 n ln n", min(decoded), "s", bar=1)
    figure("mastermind: resolves, n = 6, m = 13", min(resolved) * 1000, "ms", bar=50)


# cycles: random graphs, and Hamilton cycles in them


def cycles() -> None:
    """Compare the drawing of a random graph with igraph's, and time the search for a cycle in it."""
    try:
        import igraph
    except ImportError:
        print("cycles: igraph is not installed; the test extra brings it")
        return
    n = 10**5
    p = 5 * math.log(n) / n
    ours, theirs = in_turns(3, partial(gnp.sample, n, p, 1), partial(igraph.Graph.Erdos_Renyi, n=n, p=p))
    figure("cycles: G(1e5, 5 ln n / n) / igraph's", ratio(ours, theirs), bar=1)
    graph = gnp.sample(n, p, 1)
    assert graph.offsets is not None
    (searched,) = in_turns(3, partial(linear.search, graph, 1))
    figure("cycles: search, n = 1e5", min(searched), "s")


def million() -> None:
    """Find a Hamilton cycle in G(1e6, 5 ln n / n), in a process of its own."""
    python(str(HERE), "find_in_a_million", output=None)


def find_in_a_million() -> None:
    """Do it, and print how long it took and the most memory that this process ever held."""
    n = 10**6
    began = time.perf_counter()
    graph = gnp.sample(n, 5 * math.log(n) / n, 1)
    there = time.perf_counter()
    found = hamilton.find_cycle(graph, 1)
    assert found.reads is not None
    figure("cycles, n = 1e6: the graph", there - began, "s")
    figure("cycles, n = 1e6: its rows, and a cycle", time.perf_counter() - there, "s")
    figure("cycles, n = 1e6: both", time.perf_counter() - began, "s", bar=20)
    figure("cycles, n = 1e6: reads / n", found.reads / n)
    figure("cycles, n = 1e6: peak memory", peak_memory(), "GB", bar=4)


# aligning: the matching of two networks against the least that it takes


def aligning() -> None:
    """Compare the matching of 1024 units on 10^4 inputs with one matrix product and scipy's assignment."""
    from scipy.optimize import linear_sum_assignment

    random = np.random.default_rng(np.random.SeedSequence(7))
    first, second = (he_normal([64, 1024, 10], random) for _ in range(2))
    inputs = random.normal(size=(10**4, 64))
    one, other = (alignment.forward(network, inputs).hidden[0] for network in (first, second))
    similar = similarity(one, other)

    def least() -> None:
        one.T @ other
        linear_sum_assignment(similar, maximize=True)

    matched, needed = in_turns(5, partial(alignment.match, first, second, inputs), least)
    figure("aligning: match, width 1024, 1e4 inputs", 1e3 * statistics.median(matched), "ms")
    figure("aligning: match / (product + assignment)", ratio(matched, needed), bar=1.3)


# huge: what a large graph takes in time and memory


def huge() -> None:
    """Recolour a graph of 4e7 edges in a process of its own."""
    python(str(HERE), "recolor_huge", output=None)


def recolor_huge() -> None:
    """Do it, and print how long it took and the most memory that this process ever held."""
    n = 10**7
    edges = regular_edges(n, seed=1)
    made = time.perf_counter()
    graph = Graph.of(n, edges)
    del edges
    ready = time.perf_counter()
    figure("huge, 4e7 edges: Graph.of", ready - made, "s")
    figure("huge, 4e7 edges: peak memory so far", peak_memory(), "GB", bar=8)
    answer = coloring.recolor(graph, seed=1)
    figure("huge, 4e7 edges: recolor, with the making of rows", time.perf_counter() - ready, "s")
    figure("huge, 4e7 edges: steps / n", answer.steps / n)
    figure("huge, 4e7 edges: peak memory", peak_memory(), "GB", bar=8)


def peak_memory() -> float:
    """Return the largest resident size of this process, in GB."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e9


SECTIONS = {
    act.__name__: act
    for act in (process, wire, check, start, evidence, guessing, cycles, aligning, full, huge, million)
}
BY_NAME_ALONE = ("full", "huge", "million")
CHILDREN = {act.__name__: act for act in (serve_echo, serve_answers, recolor_huge, find_in_a_million)}


def main() -> int:
    """Run the sections named on the command line."""
    if len(sys.argv) == 2 and sys.argv[1] in CHILDREN:
        CHILDREN[sys.argv[1]]()
        return 0
    parser = argparse.ArgumentParser(description="Measure, and print each figure with its bar.")
    parser.add_argument("sections", nargs="*", metavar="SECTION", help=f"{', '.join(SECTIONS)}")
    sections = parser.parse_args().sections or [name for name in SECTIONS if name not in BY_NAME_ALONE]
    for name in sections:
        if name not in SECTIONS:
            parser.error(f"there is no section {name!r}; there are {', '.join(SECTIONS)}")
    try:
        for name in sections:
            SECTIONS[name]()
    except Differs as difference:
        print(difference)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
