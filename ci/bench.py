"""Benchmarks: `python ci/bench.py [SECTION ...]`; those that take long run by name alone.

What is compared is measured in turns within one run, because a figure by itself says more about the machine
than about the code. Nothing here is a test: the exit status is 0 unless a C twin answers otherwise than the
reference.
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
from scipy import linalg, optimize

from whp import contract, registry
from whp.claims import Evidence, Source, drop_all
from whp.ledger import Kept, Ledger, Record
from whp.question import QuestionWriter
from whp.reference import (
    alignment,
    attention,
    coloring,
    disentanglement,
    evolution,
    families,
    hamilton,
    hierarchy,
    hyperteacher,
    mastermind,
    randomization,
)
from whp.reference.alignment.matching import similarity
from whp.reference.alignment.networks import he_normal
from whp.reference.disentanglement.scenes import planted
from whp.reference.graph import Graph
from whp.reference.hamilton import gnp, linear
from whp.reference.hierarchy import passes
from whp.reference.hierarchy.copying import WIDTH, copy_task
from whp.reference.hierarchy.copying import start as begin_network
from whp.reference.hyperteacher import learning
from whp.reference.hyperteacher.trying import normalised
from whp.reference.randomization import games
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


# Twins: a compiled reference once more, in C

TWINS = HERE.parent / "bench"
NUMBER = ctypes.c_int64
SMALL, LARGE, BITS = map(np.ctypeslib.ndpointer, (np.int32, np.int64, np.uint64))


class Differs(Exception):  # noqa: N818
    """A twin and its reference don't do the same, so that their times can't be compared."""


def in_c(name: str) -> ctypes.CDLL:
    """Return a twin, compiled for this machine; its file isn't needed any more once it is loaded."""
    with tempfile.TemporaryDirectory() as folder:
        library, source = f"{folder}/{name}.so", TWINS / f"{name}.c"
        subprocess.run(["cc", "-O3", "-march=native", "-shared", "-fPIC", "-o", library, source], check=True)
        return ctypes.CDLL(library)


def against_c(name: str, rounds: int, reference: Callable[[], object], twin: Callable[[], object]) -> None:
    """Time a compiled reference and its twin in turns, and print both and their ratio."""
    compiled, plain = in_turns(rounds, reference, twin)
    figure(f"{name}: C", 1e3 * statistics.median(plain), "ms")
    figure(f"{name}: compiled", 1e3 * statistics.median(compiled), "ms")
    figure(f"{name}: compiled / C", ratio(compiled, plain), bar=1.7)


# process: the compiled recolouring process against the same in C


class ProcessTwin:
    """The process in C."""

    def __init__(self) -> None:
        """Compile it."""
        twin = in_c("recolor_twin")
        process: list[Any] = [NUMBER, LARGE, SMALL, NUMBER, BITS]
        self._recolor, self._trace = twin.recolor, twin.trace
        self._recolor.argtypes, self._recolor.restype = [*process, LARGE], NUMBER
        self._trace.argtypes, self._trace.restype = [*process, SMALL, LARGE, NUMBER], NUMBER

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


def expect_the_same(graph: Graph, twin: ProcessTwin, seed: int) -> None:
    """Raise Differs if the twin stops elsewhere or later than the reference."""
    known = coloring.recolor(graph, seed)
    colors, steps = twin.recolor(graph, seed)
    if steps != known.steps:
        raise Differs(
            f"n = {graph.n}, seed {seed}: the reference takes {known.steps} steps, the twin {steps}"
        )
    if not np.array_equal(colors, known.colors):
        raise Differs(f"n = {graph.n}, seed {seed}: the reference and its twin stop at different colours")


def expect_the_same_moves(graph: Graph, twin: ProcessTwin, seed: int) -> None:
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
    twin = ProcessTwin()
    for seed in range(20):
        expect_the_same_moves(regular(1000), twin, seed)
    for n, rounds in ((10**5, 21), (10**6, 9)):
        graph = regular(n)
        expect_the_same(graph, twin, seed=1)
        acts = partial(coloring.recolor, graph, 1), partial(twin.recolor, graph, 1)
        against_c(f"process, n = {n:.0e}", rounds, *acts)


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


# descent: directions and estimates in many variables


def descent() -> None:
    """Compare asking and telling, 100 directions of 1e5 variables, with one QR of that size by LAPACK."""
    n, count = 10**5, 100
    random = np.random.default_rng(np.random.SeedSequence(1))
    point, past = random.standard_normal(n), random.standard_normal((1, n))
    columns = random.standard_normal((count, n)).T

    def factor() -> None:
        linalg.qr(columns, mode="economic", check_finite=False)

    def asked(surrogates: np.ndarray, drawn: int) -> None:
        points = evolution.ask(point, surrogates, drawn, 1.0, 1).points
        evolution.tell(point, points, np.arange(float(len(points))), 1.0)

    acts = factor, partial(asked, past[:0], count), partial(asked, past, count - 1)
    factored, plainly, with_past = in_turns(3, *acts)
    figure("descent: QR, 1e5 x 100", min(factored), "s")
    figure("descent: ask and tell / QR", ratio(plainly, factored), bar=2)
    figure("descent: ask and tell with a past direction / QR", ratio(with_past, factored), bar=2)


# attending: long sequences


def attending() -> None:
    """Compare attention over a long sequence with the products of matrices that it consists of."""
    length, d, chunk = 10**5, 64, attention.CHUNK
    inputs = np.random.default_rng(1).standard_normal((length, d))
    query, key, value = np.linalg.qr(np.random.default_rng(2).standard_normal((3, d, d)))[0]

    def products() -> None:
        queries, keys, values = inputs @ query.T, inputs @ key.T, inputs @ value.T
        state = np.zeros((d, d))
        for start in range(0, length, chunk):
            q, k, v = (array[start : start + chunk] for array in (queries, keys, values))
            _ = q @ state, (q @ k.T) @ v, v.T @ k

    ours, bare = in_turns(7, partial(attention.attend, inputs, query, key, value), products)
    figure("attending: T = 1e5, d = 64", min(ours), "s")
    figure("attending: T = 1e5, d = 64 / its products alone", ratio(ours, bare), bar=2)
    with tempfile.TemporaryDirectory() as folder:
        words = "-m", "whp", "check", "attention", "--jobs", "2", "--ledger", f"{folder}/ledger.db"
        (times,) = in_turns(2, partial(python, *words))
    figure("check attention --jobs 2", min(times), "s", bar=25)


# representations: scores against a pass over the matrix, and a quick check


def representations() -> None:
    """Compare the scores of a large matrix with one sum over it, and time a quick check."""
    rows, columns = 10**4, 100
    table = np.random.default_rng(1).random((rows, columns))
    slots, objects = np.arange(rows) // 100, np.arange(columns) // 10
    room = np.empty_like(table)
    summed, logs, grouped, flat = in_turns(
        60,
        table.sum,
        partial(np.log, table, out=room),
        partial(disentanglement.scores, table, slots, objects),
        partial(disentanglement.scores, table, None, None),
    )
    figure("representations, 1e4 x 100: np.sum", 1e3 * statistics.median(summed), "ms")
    figure("representations: np.log / np.sum", ratio(logs, summed))
    figure("representations: scores of 100 x 10 groups / np.sum", ratio(grouped, summed), bar=5)
    figure("representations: flat scores / np.sum", ratio(flat, summed), bar=5)
    figure("representations: flat scores / np.log", ratio(flat, logs))
    made = planted(600, 3, 1)
    (found,) = in_turns(3, partial(disentanglement.align, made.latents, made.factors, 1))
    figure("representations: align, 600 samples of 3 slots", min(found), "s")
    with tempfile.TemporaryDirectory() as folder:
        words = "-m", "whp", "check", "disentanglement", "--jobs", "2", "--ledger", f"{folder}/ledger.db"
        (times,) = in_turns(1, partial(python, *words))
    figure("check disentanglement --jobs 2", min(times), "s", bar=45)


# cycles: random graphs, and Hamilton cycles in them


def cycles() -> None:
    """Compare the drawing of a random graph with igraph's."""
    try:
        import igraph
    except ImportError:
        print("cycles: igraph is not installed; the test extra brings it")
        return
    n = 10**5
    p = 5 * math.log(n) / n
    ours, theirs = in_turns(3, partial(gnp.sample, n, p, 1), partial(igraph.Graph.Erdos_Renyi, n=n, p=p))
    figure("cycles: G(1e5, 5 ln n / n) / igraph's", ratio(ours, theirs), bar=1)


def million() -> None:
    """Find Hamilton cycles in ten graphs of G(1e6, 5 ln n / n), in a process of its own."""
    python(str(HERE), "find_in_a_million", output=None)


def find_in_a_million() -> None:
    """Do it, and print how many were found, how long one took, and the most memory ever held."""
    n, runs = 10**6, 10
    drawing, searching, reads = [], [], []
    for seed in np.random.SeedSequence(n).generate_state(runs).tolist():
        began = time.perf_counter()
        graph = gnp.sample(n, 5 * math.log(n) / n, seed)
        there = time.perf_counter()
        found = hamilton.find_cycle(graph, seed)
        drawing.append(there - began)
        searching.append(time.perf_counter() - there)
        if found.status == "found" and found.reads is not None:
            reads.append(found.reads / n)
    figure("cycles, n = 1e6: found, of ten", len(reads))
    figure("cycles, n = 1e6: the graph", statistics.median(drawing), "s")
    figure("cycles, n = 1e6: its rows, and a cycle", statistics.median(searching), "s")
    figure(
        "cycles, n = 1e6: both, the longest", max(map(sum, zip(drawing, searching, strict=True))), "s", bar=20
    )
    figure("cycles, n = 1e6: reads / n, the fewest", min(reads))
    figure("cycles, n = 1e6: reads / n, the most", max(reads))
    figure("cycles, n = 1e6: peak memory", peak_memory(), "GB", bar=4)


def ten_million() -> None:
    """Find a Hamilton cycle in G(1e7, 5 ln n / n), in a process of its own."""
    python(str(HERE), "find_in_ten_million", output=None)


def find_in_ten_million() -> None:
    """Do it on the rows of the graph alone: its 4e8 edges are let go once the rows are there."""
    n = 10**7
    began = time.perf_counter()
    graph = gnp.sample(n, 5 * math.log(n) / n, 1)
    rows = graph.offsets, graph.adjacency
    graph = Graph(n, graph.edges[:0].copy())
    vars(graph)["_rows"] = rows
    there = time.perf_counter()
    found = linear.search(graph, 1)
    figure("cycles, n = 1e7: the graph and its rows", there - began, "s")
    figure("cycles, n = 1e7: a cycle", time.perf_counter() - there, "s")
    figure("cycles, n = 1e7: found", float(found.cycle is not None))
    figure("cycles, n = 1e7: reads / n", found.reads / n)
    figure("cycles, n = 1e7: peak memory", peak_memory(), "GB", bar=12)


# rivals: what else one would take to find a Hamilton cycle of a random graph

PATIENCE = 10.0  # seconds


def rivals() -> None:
    """Print the largest n of 100, 200, 500, 1000, ... at which each finds a cycle of G(n, 5 ln n / n).

    It has 10 s, from the graph as the package wants it to the cycle; a search that fails at one size is
    not asked for larger ones.
    """
    for search in (by_whp, by_rotations, by_fast_tsp, by_circuit):
        largest, taken = 0, 0.0
        for n in (k * 10**e for e in range(2, 7) for k in (1, 2, 5)):
            graph = gnp.sample(n, 5 * math.log(n) / n, 1)
            try:
                spent = search(graph)
            except ImportError as missing:
                print(f"rivals: {missing}")
                break
            if spent is None or spent > PATIENCE:
                break
            largest, taken = n, spent
        else:
            n = 0
        print(f"{(search.__doc__ or '').partition('.')[0]:56}{largest:>9}      {taken:.1f} s; not {n:g}")


def by_whp(graph: Graph) -> float | None:
    """The linear search of whp."""
    bare = Graph(graph.n, graph.edges)  # without rows
    began = time.perf_counter()
    found = linear.search(bare, 1).cycle is not None
    return time.perf_counter() - began if found else None


def by_rotations(graph: Graph) -> float | None:
    """Rotations of a path, in Python on a networkx graph."""
    import random

    edges = graph.to_networkx()
    began = time.perf_counter()
    while time.perf_counter() < began + PATIENCE:
        unread = {v: random.sample(list(edges[v]), len(edges[v])) for v in edges}
        path, place = [0], {0: 0}
        while (rest := unread[path[-1]]) and time.perf_counter() < began + PATIENCE:
            u = rest.pop()
            if u not in place:
                place[u] = len(path)
                path.append(u)
            elif u == path[0] and len(path) == graph.n:
                return time.perf_counter() - began
            else:
                path[place[u] + 1 :] = path[: place[u] : -1]
                for i in range(place[u] + 1, len(path)):
                    place[path[i]] = i
    return None


def by_fast_tsp(graph: Graph) -> float | None:
    """A shortest tour by fast-tsp, an edge being shorter than none."""
    import fast_tsp

    if graph.n > 20000:  # the distances alone take more than 1.6 GB
        return None
    for patience in (0.1, 0.3, 1.0, 3.0, PATIENCE):
        began = time.perf_counter()
        lengths = np.full((graph.n, graph.n), 2, np.int32)
        u, v = graph.edges.T
        lengths[u, v] = lengths[v, u] = 1
        tour = fast_tsp.find_tour(lengths, duration_seconds=patience)
        if fast_tsp.compute_cost(tour, lengths) == graph.n:
            return min(time.perf_counter() - began, PATIENCE)
    return None


def by_circuit(graph: Graph) -> float | None:
    """A circuit by OR-tools' CP-SAT."""
    from ortools.sat.python import cp_model

    began = time.perf_counter()
    model = cp_model.CpModel()
    model.add_circuit([(u, v, model.new_bool_var("")) for u, v in graph.edges.tolist()]
                      + [(v, u, model.new_bool_var("")) for u, v in graph.edges.tolist()])  # fmt: skip
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = PATIENCE
    found = solver.solve(model) in (cp_model.OPTIMAL, cp_model.FEASIBLE)
    return time.perf_counter() - began if found else None


# search: the compiled search for a Hamilton cycle against the same in C


class SearchTwin:
    """The search in C."""

    def __init__(self) -> None:
        """Compile it."""
        self._search = in_c("hamilton_twin").search
        self._search.argtypes = [NUMBER, LARGE, SMALL, SMALL, BITS, NUMBER, NUMBER, LARGE, LARGE]
        self._search.restype = NUMBER

    def search(self, graph: Graph, seed: int) -> linear.Attempts:
        """Do as `linear.search` does."""
        cycle, reads, limits = (
            np.empty(graph.n, np.int64),
            np.empty(1, np.int64),
            (linear.ATTEMPTS, linear.READS_A_VERTEX),
        )
        rows = graph.offsets, graph.adjacency, graph.adjacency.copy()
        found = self._search(graph.n, *rows, stream(seed + linear.STREAM), *limits, cycle, reads)
        return linear.Attempts(cycle if found else None, int(reads[0]), found or linear.ATTEMPTS)


def expect_the_same_search(graph: Graph, twin: SearchTwin, seed: int) -> None:
    """Raise Differs if the twin finds another cycle than the reference, or none, or by other reads."""
    known, found = linear.search(graph, seed), twin.search(graph, seed)
    where = f"n = {graph.n}, seed {seed}: the reference"
    if (found.cycle is None) != (known.cycle is None):
        raise Differs(f"{where} or its twin finds a cycle, the other doesn't")
    if found.attempts != known.attempts:
        raise Differs(f"{where} makes {known.attempts} attempts, the twin {found.attempts}")
    if found.reads != known.reads:
        raise Differs(f"{where} makes {known.reads} reads, the twin {found.reads}")
    if known.cycle is not None and not np.array_equal(found.cycle, known.cycle):
        raise Differs(f"{where} and its twin find different cycles")


def random_graph(n: int, c: float, seed: int) -> Graph:
    """Return G(n, c ln n / n), its rows made."""
    graph = gnp.sample(n, c * math.log(n) / n, seed)
    assert graph.offsets is not None
    return graph


def search() -> None:
    """Time `linear.search` with rows ready, from the seed to the answer, in both languages."""
    twin = SearchTwin()
    for seed in range(20):
        expect_the_same_search(random_graph(1000, 5, seed), twin, seed)
        expect_the_same_search(random_graph(200, 2.2, seed), twin, seed)  # most of them fail, or start again
    for n, rounds in ((10**4, 51), (10**5, 15), (10**6, 4)):
        graph = random_graph(n, 5, seed=1)
        expect_the_same_search(graph, twin, seed=1)
        against_c(
            f"search, n = {n:.0e}", rounds, partial(linear.search, graph, 1), partial(twin.search, graph, 1)
        )


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


# networks: what going back block by block costs, and what training side by side saves


def networks() -> None:
    """Compare the two ways back, training in NumPy and in torch, and 16 networks side by side and apart."""
    period, blocks, weights = 3, 9, np.array([1.0, 10.0])
    random = np.random.default_rng(np.random.SeedSequence(1))
    first = begin_network(3, period, WIDTH, 48, 4, "gru", random)
    inputs, targets = copy_task(2, 32, period, blocks, random)
    task = passes.Task(targets[0], period, weights.tolist(), "softmax")
    tape, streamed = in_turns(
        7,
        partial(passes.one_shot, first, inputs[0], task, cut=True),
        partial(passes.streamed, first, inputs[0], task),
    )
    figure("networks: block by block / along a tape", ratio(streamed, tape), bar=1.2)
    try:
        import torch

        from whp.reference.hierarchy import batched
    except ImportError:
        print("networks: torch is not installed; the torch extra brings it")
        return
    rest: Any = (period, True, weights, "softmax", 0.01, 1.0, "float32", "cpu")
    asked = first, inputs, targets, *rest
    in_numpy, in_torch = in_turns(5, partial(hierarchy.train, *asked), partial(batched.train, *asked))
    figure("networks: NumPy / torch, a network", ratio(in_numpy, in_torch), bar=1)
    many = {name: torch.from_numpy(np.stack([value] * 16)).float() for name, value in first.items()}
    x = torch.from_numpy(inputs)[:, None].expand(-1, 16, -1, -1, -1).float()
    wanted = torch.from_numpy(targets)[:, None].expand(-1, 16, -1, -1)
    how: Any = (period, True, weights.tolist(), "softmax", 0.01, 1.0)

    def apart() -> None:
        for seed in range(16):
            one = {name: value[seed : seed + 1] for name, value in many.items()}
            batched.train_many(one, x[:, seed : seed + 1], wanted[:, seed : seed + 1], *how)

    alone, together = in_turns(3, apart, partial(batched.train_many, many, x, wanted, *how))
    figure("networks: 16 apart / 16 side by side, on this CPU", ratio(alone, together), "x")


# teaching: what a student costs that interpolates, and what meta-learning side by side saves


def teaching() -> None:
    """Time a student by Levenberg and Marquardt, and 8 meta-learned ones side by side and apart."""
    random = np.random.default_rng(np.random.SeedSequence(3))
    modules, readouts = random.standard_normal((8, 4, 5, 3)), random.standard_normal((8, 3, 3))
    codes = normalised([[0], [1], [2], [3], [0, 1], [1, 2], [2, 3], [0, 3]], 4)
    inputs = random.uniform(-1.7, 1.7, (len(codes), 40, 5))
    targets = np.array(
        [hyperteacher.apply(modules[0], readouts[0], z, x) for z, x in zip(codes, inputs, strict=True)]
    )
    (fitted,) = in_turns(5, partial(hyperteacher.fit, inputs, targets, 3, 4, 0))
    figure("teaching: a student of 8 tasks that interpolates", 1e3 * statistics.median(fitted), "ms")
    try:
        import torch
    except ImportError:
        print("teaching: torch is not installed; the torch extra brings it")
        return
    torch.set_num_threads(1)
    course = learning.Course(steps=5)

    def learned(first: int, last: int) -> None:
        draw = learning.tasks_of_teachers(modules[first:last], readouts[first:last], codes, 8, 8)
        learning.learn(learning.begin("modular", last - first, (5, 3, 3), 4, course, 0), draw, 0)

    def apart() -> None:
        for replicate in range(8):
            learned(replicate, replicate + 1)

    alone, together = in_turns(3, apart, partial(learned, 0, 8))
    figure("teaching: 8 apart / 8 side by side, on this CPU", ratio(alone, together), "x")


# mixing: the relaxed loss of a large table, and a large game


def mixing() -> None:
    """Compare the loss with one pass over its table, and the game with its linear programme by HiGHS."""
    random = np.random.default_rng(np.random.SeedSequence(1))
    table = random.random((1000, 10000))
    ours, bare = in_turns(
        7, partial(randomization.relaxed_loss, table, 16.0), lambda: (table.mean(axis=0), table.max())
    )
    figure("mixing: relaxed loss, 1e3 x 1e4 / its mean and max", ratio(ours, bare), bar=5)
    game = random.random((200, 200))
    m, n = game.shape
    program: dict[str, Any] = {
        "c": np.append(np.zeros(m), 1.0),
        "A_ub": np.column_stack([game.T, -np.ones(n)]),
        "b_ub": np.zeros(n),
        "A_eq": np.append(np.ones(m), 0.0)[None],
        "b_eq": np.ones(1),
        "bounds": [(0, 1)] * m + [(None, None)],
        "method": "highs",
    }
    ours, direct = in_turns(
        7, partial(randomization.solve_game, game, None), partial(optimize.linprog, **program)
    )
    figure("mixing: a game, 200 x 200 / HiGHS", ratio(ours, direct), bar=3)
    figure("mixing: its gap, in 1e-9", games.solve(game, None).gap * 1e9, bar=1)
    for q in (2.0, 16.0):
        taken = seconds(partial(randomization.solve_game, game, q))
        figure(f"mixing: a game for the norm, q = {q:g}", taken, "s")
    words = "-m", "whp", "check", "randomization", "--jobs", "2"
    with tempfile.TemporaryDirectory() as folder:
        taken = seconds(partial(python, *words, "--ledger", f"{folder}/ledger.db"))
    figure("mixing: check randomization --jobs 2", taken, "s", bar=25)


SECTIONS = {
    act.__name__: act
    for act in (
        process,
        wire,
        check,
        start,
        evidence,
        guessing,
        cycles,
        search,
        descent,
        attending,
        representations,
        networks,
        aligning,
        teaching,
        mixing,
        full,
        huge,
        million,
        ten_million,
        rivals,
    )
}
BY_NAME_ALONE = ("full", "huge", "million", "ten_million", "rivals")
CHILDREN = {
    act.__name__: act
    for act in (serve_echo, serve_answers, recolor_huge, find_in_a_million, find_in_ten_million)
}


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
