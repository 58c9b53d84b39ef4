"""Wrong searches for Hamilton cycles and wrong random graphs, each with the mistake that somebody makes."""

from __future__ import annotations

import atexit
import os
import random
import time
from itertools import combinations
from typing import ClassVar

import numpy as np

from whp.impostors import rejected_by
from whp.reference.graph import Graph
from whp.reference.hamilton import exact, linear


class Searcher:
    """The whole system, right: the reference's searches and a plain random graph."""

    # find_cycle

    def find_cycle(self, graph, seed):
        if graph.n < 3 or exact.obstacle(graph):
            return self.none(graph)
        reads = 0
        if graph.n > 14:
            done = self.search(graph, seed)
            reads = done.reads
            if done.cycle is not None:
                return self.found(graph, done.cycle.tolist(), reads)
        cycle, certain = self.solve(graph)
        if cycle is not None:
            return self.found(graph, cycle.tolist(), reads + len(graph.adjacency))
        return self.none(graph) if certain else self.gave_up(reads)

    def search(self, graph, seed):
        return linear.search(graph, seed)

    def solve(self, graph):
        return exact.solve(graph, 10**6 // max(graph.n, 1))

    def found(self, graph, cycle, reads):
        return {"status": "found", "cycle": cycle, "reads": reads}

    def none(self, graph):
        return {"status": "none", "cycle": None, "reads": None}

    def gave_up(self, reads):
        return {"status": "gave up", "cycle": None, "reads": reads}

    # is_hamiltonian

    def is_hamiltonian(self, graph):
        return exact.solve(graph)[0] is not None

    # random_graph

    def random(self, seed):
        return random.Random(seed)

    def random_graph(self, n, p, seed):
        rng = self.random(seed)
        return {"n": n, "edges": [pair for pair in self.pairs(n) if rng.random() < self.chance(p, n)]}

    def pairs(self, n):
        return combinations(range(n), 2)

    def chance(self, p, n):
        return p


# find_cycle


@rejected_by("found_cycles_are_hamilton_cycles")
class RotatesAtThePivot(Searcher):
    """Reverses the path from the pivot on, not from behind it."""

    def found(self, graph, cycle, reads):
        return super().found(
            graph, [*cycle[:1], *cycle[-2:0:-1], cycle[-1]] if len(cycle) > 4 else cycle, reads
        )


@rejected_by("found_cycles_are_hamilton_cycles")
class NeverCloses(Searcher):
    """Is content with a path through all vertices."""

    def none(self, graph):
        if 2 < graph.n < 40:
            joined = [*graph.edges.tolist(), *((v, graph.n) for v in range(graph.n))]
            cycle, _ = exact.solve(Graph.of(graph.n + 1, joined), 10**4)
            if cycle is not None:
                order = cycle.tolist()
                at = order.index(graph.n)
                return self.found(graph, order[at + 1 :] + order[:at], None)
        return super().none(graph)


@rejected_by("found_cycles_are_hamilton_cycles")
class ThereAndBack(Searcher):
    """Takes an edge there and back for a cycle."""

    def none(self, graph):
        if graph.n == 2 and len(graph.edges):
            return self.found(graph, [0, 1], 2)
        return super().none(graph)


@rejected_by("found_cycles_are_hamilton_cycles")
class LeavesOneOut(Searcher):
    """Visits one vertex twice and another never."""

    def found(self, graph, cycle, reads):
        return super().found(graph, [*cycle[:-1], cycle[0]], reads)


@rejected_by("found_cycles_are_hamilton_cycles")
class ForgetsTheBridge(Searcher):
    """Joins the cycles of two blocks, as if they shared an edge."""

    def none(self, graph):
        degrees = graph.degrees
        if graph.n > 4 and degrees.min() >= 2 and len(graph.edges) > 2 * graph.n:
            return self.found(graph, list(range(graph.n)), None)
        return super().none(graph)


@rejected_by("none_is_said_of_no_hamiltonian_graph")
class NoneAfterOneTry(Searcher):
    """Says none when its search has failed."""

    def solve(self, graph):
        return super().solve(graph) if graph.n < 15 else (None, True)


@rejected_by("none_is_said_of_no_hamiltonian_graph")
class NoneByDirac(Searcher):
    """Takes Dirac's condition, which is sufficient, for necessary."""

    def find_cycle(self, graph, seed):
        if 2 * graph.degrees.min(initial=0) < graph.n:
            return self.none(graph)
        return super().find_cycle(graph, seed)


@rejected_by("none_is_said_of_no_hamiltonian_graph")
class NoneOfBipartite(Searcher):
    """Says none of every bipartite graph, not only of those with unequal parts."""

    def find_cycle(self, graph, seed):
        if exact.first_part(graph.offsets, graph.adjacency) >= 0:
            return self.none(graph)
        return super().find_cycle(graph, seed)


@rejected_by("found_cycles_are_hamilton_cycles", verdict="broken")
class SearchesForever(Searcher):
    """Goes on until it has found a cycle."""

    def none(self, graph):
        while True:
            time.sleep(1)


@rejected_by("cycles_are_found_with_high_probability")
class GivesUpAtOnce(Searcher):
    """Has no patience with more than a hundred vertices."""

    def find_cycle(self, graph, seed):
        return super().find_cycle(graph, seed) if graph.n < 100 else self.gave_up(0)


@rejected_by("cycles_are_found_in_large_graphs_too")
class FixedBudget(Searcher):
    """Allows twenty thousand reads, however many vertices there are."""

    def search(self, graph, seed):
        return linear.search(graph, seed, attempts=1, budget=20_000 // graph.n)

    def solve(self, graph):
        return super().solve(graph) if graph.n <= 1000 else (None, False)


@rejected_by("cycles_are_found_with_high_probability")
class GivesUpInTheMiddle(Searcher):
    """Fails one time in five."""

    def find_cycle(self, graph, seed):
        return (
            self.gave_up(7)
            if graph.n > 100 and random.Random(seed).random() < 0.2
            else super().find_cycle(graph, seed)
        )


@rejected_by("reads_grow_linearly")
class WithoutTrees(Searcher):
    """Walks at random until a free vertex is met: as many steps as the coupon collector's."""

    def search(self, graph, seed):
        return linear.search(graph, seed, trees=False)


@rejected_by("reads_grow_linearly")
class ReadsEverything(Searcher):
    """Reads all rows first."""

    def found(self, graph, cycle, reads):
        return super().found(graph, cycle, reads and reads + len(graph.adjacency))


@rejected_by("reads_are_at_least_one_a_vertex")
class CountsOnlyRotations(Searcher):
    """Counts reads where it rotates, and no others."""

    def found(self, graph, cycle, reads):
        return super().found(graph, cycle, reads and reads // 20)


# is_hamiltonian


@rejected_by("is_hamiltonian_is_exact", "is_hamiltonian_knows_the_families")
class DegreesSuffice(Searcher):
    """Says yes where every vertex has two neighbours, as is nearly right for random graphs."""

    def is_hamiltonian(self, graph):
        return graph.n > 2 and bool(graph.degrees.min() >= 2)


@rejected_by("is_hamiltonian_is_exact", "is_hamiltonian_knows_the_families")
class NoObstacleSuffices(Searcher):
    """Says yes where no simple reason is against it."""

    def is_hamiltonian(self, graph):
        return exact.obstacle(graph) is None


@rejected_by("is_hamiltonian_is_exact")
class PathsSuffice(Searcher):
    """Looks for a path through all vertices."""

    def is_hamiltonian(self, graph):
        if graph.n < 3:
            return False
        joined = [*graph.edges.tolist(), *((v, graph.n) for v in range(graph.n))]
        return exact.solve(Graph.of(graph.n + 1, joined))[0] is not None


@rejected_by("is_hamiltonian_is_exact")
class OneEdgeIsACycle(Searcher):
    """Says yes of two vertices with an edge."""

    def is_hamiltonian(self, graph):
        return (graph.n == 2 and len(graph.edges) == 1) or super().is_hamiltonian(graph)


@rejected_by("is_hamiltonian_knows_the_families")
class SaysNoWhenItIsHard(Searcher):
    """Says no when its search doesn't find a cycle soon."""

    def is_hamiltonian(self, graph):
        return super().is_hamiltonian(graph) if graph.n < 15 else linear.search(graph, 0).cycle is not None


@rejected_by("is_hamiltonian_knows_the_families")
class SixteenAtMost(Searcher):
    """Keeps sets of vertices in 16 bits."""

    def is_hamiltonian(self, graph):
        few = graph.edges[(graph.edges < 16).all(axis=1)]
        return super().is_hamiltonian(Graph.of(min(graph.n, 16), few))


@rejected_by("is_hamiltonian_knows_the_families")
class RemembersByDegrees(Searcher):
    """Remembers its answers by the degrees and a short checksum of the edges."""

    answers: ClassVar[dict[tuple[bytes, int], bool]] = {}

    def is_hamiltonian(self, graph):
        key = graph.degrees.tobytes(), int(graph.edges.prod(axis=1).sum()) % 64
        if key not in self.answers:
            self.answers[key] = super().is_hamiltonian(graph)
        return self.answers[key]


# random_graph


@rejected_by("edges_are_binomial", "degrees_are_binomial", "small_graphs_are_hamiltonian_as_often_as_counted")
class HalfOfThem(Searcher):
    """Divides p by two, as if each pair were tried from both ends."""

    def chance(self, p, n):
        return p / 2 if p < 1 else p


@rejected_by("edges_are_binomial", "degrees_are_binomial")
class TriesEachPairTwice(Searcher):
    """Tries each pair from both ends and keeps what comes up once or twice."""

    def random_graph(self, n, p, seed):
        rng = self.random(seed)
        edges = {(min(u, v), max(u, v)) for u in range(n) for v in range(n) if u != v and rng.random() < p}
        return {"n": n, "edges": sorted(edges)}


@rejected_by("random_graphs_are_simple")
class WithLoops(Searcher):
    """Tries the pairs (v, v) too."""

    def pairs(self, n):
        return [(u, v) for u in range(n) for v in range(u, n)]


@rejected_by("random_graphs_are_simple")
class BothDirections(Searcher):
    """Lists each edge in both directions."""

    def random_graph(self, n, p, seed):
        drawn = super().random_graph(n, p, seed)
        return {"n": n, "edges": drawn["edges"] + [(v, u) for u, v in drawn["edges"]]}


@rejected_by("random_graphs_are_simple", "degrees_are_binomial")
class LastVertexAlone(Searcher):
    """Stops one short."""

    def pairs(self, n):
        return combinations(range(n - 1), 2)


@rejected_by("random_graphs_are_simple")
class SkipsOneTooMany(Searcher):
    """Jumps geometric distances, and counts each from behind the next pair."""

    def random_graph(self, n, p, seed):
        rng, pairs, at, edges = self.random(seed), list(self.pairs(n)), 0, []
        while p and at < len(pairs):
            while p < 1 and rng.random() >= p:
                at += 1
            if at < len(pairs):
                edges.append(pairs[at])
            at += 2
        return {"n": n, "edges": edges}


@rejected_by("random_graphs_are_simple")
class ProbabilityOf16Bits(Searcher):
    """Compares 16 random bits with p, so that a small p is none."""

    def random_graph(self, n, p, seed):
        bits, bound = self.random(seed).getrandbits, int(p * 65536)
        return {"n": n, "edges": [pair for pair in self.pairs(n) if bits(16) < bound]}


@rejected_by("random_graphs_are_simple")
class PairsInTwoBytes(Searcher):
    """Gives the pair (u, v) the random number of 256 u + v, which others have where n is larger."""

    def random_graph(self, n, p, seed):
        rng, numbers = self.random(seed), {}
        drawn = [(numbers.setdefault(256 * u + v, rng.random()), (u, v)) for u, v in self.pairs(n)]
        return {"n": n, "edges": [pair for number, pair in drawn if number < p]}


@rejected_by("edges_are_binomial")
class WholeBlocksAlone(Searcher):
    """Goes through the pairs in blocks of 1024, and forgets those behind the last whole one."""

    def random_graph(self, n, p, seed):
        drawn, pairs = super().random_graph(n, p, seed), list(self.pairs(n))
        last = pairs[: len(pairs) // 1024 * 1024 or len(pairs)][-1:]
        return {"n": n, "edges": [pair for pair in drawn["edges"] if p == 1 or [pair] <= last]}


@rejected_by("edges_are_binomial")
class CountIsNormal(Searcher):
    """Draws the number of edges first, as a rounded normal one, and then so many pairs."""

    def random_graph(self, n, p, seed):
        rng, pairs = self.random(seed), list(self.pairs(n))
        count = round(rng.gauss(p * len(pairs), (p * (1 - p) * len(pairs)) ** 0.5))
        return {"n": n, "edges": rng.sample(pairs, min(max(count, 0), len(pairs)))}


@rejected_by("edges_are_binomial")
class AlwaysTheMean(Searcher):
    """Draws the expected number of edges, as in G(n, m)."""

    def random_graph(self, n, p, seed):
        pairs = list(self.pairs(n))
        return {"n": n, "edges": self.random(seed).sample(pairs, round(p * len(pairs)))}


@rejected_by("edges_are_independent", "edges_are_binomial", "degrees_are_binomial")
class OneCoinARow(Searcher):
    """Throws one coin for all later neighbours of a vertex."""

    def random_graph(self, n, p, seed):
        rng = self.random(seed)
        rows = [rng.random() < p for _ in range(n)]
        return {"n": n, "edges": [(u, v) for u, v in self.pairs(n) if rows[u]]}


@rejected_by("triangles_follow_their_exact_law", "small_graphs_are_hamiltonian_as_often_as_counted")
class ParityOfLabels(Searcher):
    """Joins what has different random bits where p is 1/2: two edges are independent, three are not."""

    def random_graph(self, n, p, seed):
        if p != 0.5:
            return super().random_graph(n, p, seed)
        rng = self.random(seed)
        bits = [rng.randrange(2) for _ in range(n)]
        return {"n": n, "edges": [(u, v) for u, v in self.pairs(n) if bits[u] != bits[v]]}


@rejected_by("random_graph_uses_the_whole_seed")
class LowBitsAlone(Searcher):
    """Keeps 32 bits of the seed."""

    def random(self, seed):
        return random.Random(seed % 2**32)


# All operations


@rejected_by("one_question_has_one_answer")
class GoesOnWithTheGenerator(Searcher):
    """Keeps one generator for all graphs."""

    rng = random.Random(1)

    def random(self, seed):
        return self.rng


@rejected_by("arguments_stay_untouched")
class TakesEdgesOut(Searcher):
    """Marks edges as used in the caller's own array."""

    def find_cycle(self, graph, seed):
        shown = super().find_cycle(graph, seed)
        edges = graph.edges
        edges[:] = np.sort(edges, axis=0)[::-1]
        return shown


@rejected_by("every_process_answers_alike_and_ends_well", verdict="broken")
class DiesAtTheEnd(Searcher):
    """Answers rightly, and aborts when the process ends."""

    def random_graph(self, n, p, seed):
        if n == 12:
            atexit.register(os.abort)
        return super().random_graph(n, p, seed)
