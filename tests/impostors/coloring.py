"""Wrong implementations of the recolouring process, each with one fault that people do make.

`Process` is right: plain Python that looks for conflicts anew before each step. An impostor replaces one
part of it; its docstring says which mistake that is.
"""

from __future__ import annotations

import atexit
import itertools
import os
import random
import threading

import numpy as np

from whp.impostors import rejected_by


class Process:
    """The process by rescanning: slow, plain, and right."""

    def random(self, seed):
        return random.Random(seed)

    def palette(self, graph):
        return graph.max_degree + 1

    def first_color(self, v, palette, rng):
        return rng.randrange(palette)

    def next_color(self, old, palette, taken, rng):
        return rng.randrange(palette)

    def conflicted(self, neighbors, colors):
        return [v for v, near in enumerate(neighbors) if any(colors[u] == colors[v] for u in near)]

    def choose(self, conflicted, colors, rng):
        return rng.choice(conflicted)

    def neighbors(self, graph):
        near = [[] for _ in range(graph.n)]
        for u, v in graph.edges.tolist():
            near[u].append(v)
            near[v].append(u)
        return near

    def goes_on(self, conflicted, moves):
        return bool(conflicted)

    def process(self, graph, palette, start, seed):
        rng = self.random(seed)
        neighbors = self.neighbors(graph)
        if start is None:
            start = [self.first_color(v, palette, rng) for v in range(graph.n)]
        colors, moves = [int(color) for color in start], []
        while self.goes_on(conflicted := self.conflicted(neighbors, colors), moves):
            v = self.choose(conflicted, colors, rng)
            colors[v] = self.next_color(colors[v], palette, {colors[u] for u in neighbors[v]}, rng)
            moves.append((v, colors[v]))
        return {"start": list(start), "moves": moves, "colors": colors, "steps": len(moves)}

    def color(self, graph, seed):
        return self.recolor(graph, seed)["colors"]

    def recolor(self, graph, seed):
        shown = self.process(graph, self.palette(graph), None, seed)
        return {"colors": shown["colors"], "steps": shown["steps"]}

    def trace(self, graph, palette, start, seed):
        return self.process(graph, palette, start, seed)


# The answer is no proper colouring in 0..Delta.


@rejected_by("color_is_proper")
class BothEndsAtOnce:
    """Recolours all conflicted vertices at once, as a data race does, and looks once too few."""

    def color(self, graph, seed):
        rng = random.Random(seed)
        colors = np.zeros(graph.n, np.int64)
        taken = [set() for _ in range(graph.n)]
        for _, v in graph.edges.tolist():
            taken[v].add(0)
        for v in range(graph.n):
            if taken[v]:
                colors[v] = rng.randrange(1, graph.max_degree + 1)
        return colors


@rejected_by("color_is_proper")
class OnePassOverTheEdges:
    """Mends every edge once, in one pass, so that a later mend undoes an earlier one."""

    def color(self, graph, seed):
        colors = [0] * graph.n
        for u, v in graph.edges.tolist():
            if colors[u] == colors[v]:
                colors[v] = (colors[v] + 1) % (graph.max_degree + 1)
        return colors


@rejected_by("color_is_proper")
class LastRowMissing(Process):
    """Reads the rows of neighbours one short: the last vertex looks isolated, and so do edges to it."""

    def neighbors(self, graph):
        near = super().neighbors(graph)
        return [[u for u in row if u != graph.n - 1] for row in near[:-1]] + [[]] * bool(near)


@rejected_by("color_is_proper")
class MaskOf64Bits:
    """Gives each vertex the first free colour, with those taken in a mask of 64 bits."""

    def color(self, graph, seed):
        colors = [0] * graph.n
        for v in range(graph.n):
            taken = 0
            for u in graph.neighbors(v).tolist():
                taken |= (u < v) << colors[u] % 64
            colors[v] = next((color for color in range(64) if not taken >> color & 1), 64)
        return colors


@rejected_by("color_needs_no_more_than_delta_plus_one")
class AColorForEach:
    """Gives every vertex a colour of its own."""

    def color(self, graph, seed):
        return np.arange(graph.n)


@rejected_by("color_needs_no_more_than_delta_plus_one", "recolor_stays_in_the_palette")
class ColorsFromOne(Process):
    """Counts colours from 1."""

    def color(self, graph, seed):
        return [color + 1 for color in super().color(graph, seed)]

    def recolor(self, graph, seed):
        shown = super().recolor(graph, seed)
        return {**shown, "colors": [color + 1 for color in shown["colors"]]}


@rejected_by("recolor_stays_in_the_palette", "color_needs_no_more_than_delta_plus_one")
class OneColorTooMany(Process):
    """Takes Delta + 2 colours."""

    def palette(self, graph):
        return graph.max_degree + 2


@rejected_by("trace_stays_in_the_palette")
class PaletteOffByOne(Process):
    """Draws new colours from 0..palette, its end included."""

    def next_color(self, old, palette, taken, rng):
        return rng.randint(0, palette)


@rejected_by("trace_stays_in_the_palette")
class StartsFromOne(Process):
    """Starts from colours 1..palette."""

    def first_color(self, v, palette, rng):
        return rng.randint(1, palette)


# It stops where it should not, or does not stop.


@rejected_by("stops_at_a_proper_coloring", "trace_stops_at_a_proper_coloring")
class StopsAfterTenSteps(Process):
    """Gives up after ten steps and answers all the same."""

    def goes_on(self, conflicted, moves):
        return bool(conflicted) and len(moves) < 10


@rejected_by("stops_at_a_proper_coloring", "trace_stops_at_a_proper_coloring")
class ForgetsWhoEnters(Process):
    """Takes a vertex off the list when it has moved, and never adds one that a move brings into conflict."""

    def process(self, graph, palette, start, seed):
        self.listed = None
        return super().process(graph, palette, start, seed)

    def conflicted(self, neighbors, colors):
        now = super().conflicted(neighbors, colors)
        self.listed = now if self.listed is None else [v for v in self.listed if v in now]
        return self.listed

    def choose(self, conflicted, colors, rng):
        return conflicted.pop(rng.randrange(len(conflicted)))


@rejected_by("trace_recolors_only_vertices_in_conflict")
class ForgetsWhoLeaves(Process):
    """Keeps a neighbour on the list that a move has freed from conflict, until it is drawn."""

    def process(self, graph, palette, start, seed):
        self.stale = set()
        return super().process(graph, palette, start, seed)

    def conflicted(self, neighbors, colors):
        now = super().conflicted(neighbors, colors)
        self.stale |= set(now)
        return sorted(self.stale)

    def choose(self, conflicted, colors, rng):
        v = super().choose(conflicted, colors, rng)
        self.stale.discard(v)
        return v


@rejected_by("trace_recolors_only_vertices_in_conflict")
class WakesAnybody(Process):
    """Activates any vertex while there is a conflict, and counts that as a step."""

    def choose(self, conflicted, colors, rng):
        return rng.randrange(len(colors))


@rejected_by("proper_start_needs_no_step", "no_edge_no_step")
class MovesBeforeItLooks(Process):
    """Recolours a vertex before the first look (do-while for while)."""

    def conflicted(self, neighbors, colors):
        self.now = super().conflicted(neighbors, colors)
        return self.now

    def goes_on(self, conflicted, moves):
        return bool(self.conflicted_or_first(moves))

    def conflicted_or_first(self, moves):
        return self.now or (not moves and self.n)

    def choose(self, conflicted, colors, rng):
        return rng.choice(conflicted or range(len(colors)))

    def process(self, graph, palette, start, seed):
        self.n = graph.n
        return super().process(graph, palette, start, seed)


@rejected_by("stops_at_a_proper_coloring", "trace_stops_at_a_proper_coloring", verdict="broken")
class DeltaColors(Process):
    """Takes Delta colours, with which a clique never comes to rest."""

    def next_color(self, old, palette, taken, rng):
        return rng.randrange(max(palette - 1, 1))


# It counts or logs wrongly.


@rejected_by("no_edge_no_step", "trace_counts_its_moves")
class CountsTheLastLook(Process):
    """Counts the look that finds no conflict as a step."""

    def process(self, graph, palette, start, seed):
        shown = super().process(graph, palette, start, seed)
        return {**shown, "steps": shown["steps"] + 1}


@rejected_by("trace_counts_its_moves")
class CountsChangesAlone(Process):
    """Does not count a step that draws the old colour, though it is one."""

    def process(self, graph, palette, start, seed):
        shown = super().process(graph, palette, start, seed)
        colors, changes = list(shown["start"]), 0
        for v, new in shown["moves"]:
            changes += colors[v] != new
            colors[v] = new
        return {**shown, "steps": changes}


@rejected_by("trace_ends_where_its_moves_lead")
class LogsTheOldColor(Process):
    """Notes a move after it was made, and takes the wrong one of the two colours."""

    def process(self, graph, palette, start, seed):
        shown = super().process(graph, palette, start, seed)
        colors, moves = list(shown["start"]), []
        for v, new in shown["moves"]:
            moves.append((v, colors[v]))
            colors[v] = new
        return {**shown, "moves": moves}


@rejected_by("trace_ends_where_its_moves_lead")
class LosesTheLastMove(Process):
    """Notes a move when the next one begins, so that the last one is missing, in the count too."""

    def process(self, graph, palette, start, seed):
        shown = super().process(graph, palette, start, seed)
        moves = shown["moves"][:-1]
        return {**shown, "moves": moves, "steps": len(moves)}


@rejected_by("trace_starts_from_the_given_start", "trace_recolors_only_vertices_in_conflict")
class StartIsTheEnd(Process):
    """Hands back one array as `start` and as `colors`: the start was not copied."""

    def process(self, graph, palette, start, seed):
        shown = super().process(graph, palette, start, seed)
        return {**shown, "start": shown["colors"]}


@rejected_by("trace_starts_from_the_given_start", "proper_start_needs_no_step")
class IgnoresTheStart(Process):
    """Always starts at random."""

    def trace(self, graph, palette, start, seed):
        return self.process(graph, palette, None, seed)


# It uses its seed, its arguments or its process wrongly.


@rejected_by("recolor_uses_the_whole_seed", "trace_uses_the_whole_seed")
class SeedOf32Bits(Process):
    """Keeps the low 32 bits of the seed."""

    def random(self, seed):
        return random.Random(seed & 0xFFFFFFFF)


@rejected_by("recolor_uses_the_whole_seed", "trace_uses_the_whole_seed")
class SeedAsSinglePrecision(Process):
    """Carries the seed through a float of 24 significant bits."""

    def random(self, seed):
        return random.Random(int(np.float32(seed)))


@rejected_by("recolor_uses_the_whole_seed", "trace_uses_the_whole_seed")
class SeedOfOneByte(Process):
    """Mixes all bits of the seed, into one byte."""

    def random(self, seed):
        return random.Random(random.Random(seed).getrandbits(8))


@rejected_by("trace_uses_the_whole_seed")
class StartsAllAlike(Process):
    """Starts with colour 0 everywhere, where the paper's process starts at random."""

    def first_color(self, v, palette, rng):
        return 0


@rejected_by("one_question_has_one_answer")
class GlobalRandomness(Process):
    """Goes on with one generator from call to call."""

    rng = random.Random(0)

    def random(self, seed):
        return self.rng


@rejected_by("one_question_has_one_answer")
class CallsCount(Process):
    """Mixes the number of calls into the seed."""

    calls = itertools.count()

    def random(self, seed):
        return random.Random(seed * 1000 + next(self.calls))


@rejected_by("every_process_answers_alike_and_ends_well")
class SeedByHash(Process):
    """Mixes the seed with Python's hash of a string, which is another one in each process."""

    def random(self, seed):
        return random.Random(hash(f"coloring {seed}"))


@rejected_by("trace_uses_the_whole_seed")
class SeedForTheStartAlone(Process):
    """Uses the seed for the start; where that is given, every run is the same."""

    def trace(self, graph, palette, start, seed):
        return self.process(graph, palette, start, seed if start is None else 0)


@rejected_by("trace_uses_the_whole_seed")
class SeedPlusVertex(Process):
    """Gives every vertex a stream of its own, seeded with seed + v: the runs of s and s + 1 are shifted."""

    def process(self, graph, palette, start, seed):
        if start is None:
            start = [random.Random(seed + v).randrange(palette) for v in range(graph.n)]
        return super().process(graph, palette, start, seed)


@rejected_by("arguments_stay_untouched")
class WorksInTheStart(Process):
    """Recolours in the caller's own array."""

    def trace(self, graph, palette, start, seed):
        shown = super().trace(graph, palette, start, seed)
        if start is not None:
            start[:] = shown["colors"]
        return shown


@rejected_by("arguments_stay_untouched")
class RelabelsTheEdges(Process):
    """Counts vertices from 1 inside, and shifts the caller's edges for that."""

    def recolor(self, graph, seed):
        shown = super().recolor(graph, seed)
        edges = graph.edges
        edges += 1
        return shown


@rejected_by("every_process_answers_alike_and_ends_well", verdict="broken")
class DiesAtTheEnd(Process):
    """Answers rightly, and aborts when the process ends, as after a write past the end of an array."""

    def recolor(self, graph, seed):
        if not graph.n:
            atexit.register(os.abort)
        return super().recolor(graph, seed)


@rejected_by("every_process_answers_alike_and_ends_well", verdict="broken")
class LeavesAThread(Process):
    """Answers rightly, and leaves a thread behind that never ends."""

    def recolor(self, graph, seed):
        threading.Thread(target=threading.Event().wait).start()
        return super().recolor(graph, seed)


# Every run of it is legal; the population of runs is not the paper's.


BOTH_LAWS = ("recolor_steps_follow_their_exact_law", "trace_steps_follow_their_exact_law")


@rejected_by(
    *BOTH_LAWS,
    "new_colors_are_uniform_on_the_palette",
    "components_add",
    "steps_on_a_clique_are_a_coupon_collectors",
)
class OwnColorNever(Process):
    """Draws the new colour out of the others, which looks like the better algorithm."""

    def next_color(self, old, palette, taken, rng):
        return (old + rng.randrange(1, palette)) % palette if palette > 1 else old


@rejected_by(
    *BOTH_LAWS,
    "new_colors_are_uniform_on_the_palette",
    "components_add",
    "changes_of_color_follow_their_law",
)
class FreeColorsAlone(Process):
    """Draws out of the colours that no neighbour has."""

    def next_color(self, old, palette, taken, rng):
        return rng.choice([color for color in range(palette) if color not in taken])


@rejected_by(*BOTH_LAWS, "who_moves_is_uniform_on_those_in_conflict")
class EdgeFirst(Process):
    """Draws an edge in conflict, then one of its ends: vertices with many conflicts move more often."""

    def process(self, graph, palette, start, seed):
        self.near = super().neighbors(graph)
        return super().process(graph, palette, start, seed)

    def choose(self, conflicted, colors, rng):
        return rng.choice([v for v in conflicted for u in self.near[v] if colors[u] == colors[v]])


@rejected_by(*BOTH_LAWS, "who_moves_is_uniform_on_those_in_conflict")
class SmallestFirst(Process):
    """Takes the first vertex in conflict that it finds."""

    def choose(self, conflicted, colors, rng):
        return conflicted[0]


@rejected_by("who_moves_is_uniform_on_those_in_conflict")
class FirstInFirstOut(Process):
    """Keeps those in conflict in a queue, and takes the one that has waited longest."""

    def process(self, graph, palette, start, seed):
        self.queue = []
        return super().process(graph, palette, start, seed)

    def choose(self, conflicted, colors, rng):
        self.queue = [v for v in self.queue if v in conflicted]
        self.queue += [v for v in conflicted if v not in self.queue]
        return self.queue.pop(0)


@rejected_by(*BOTH_LAWS, "numbering_changes_no_law")
class LastInFirstOut(FirstInFirstOut):
    """Keeps those in conflict in a stack, and takes the one that came last."""

    def choose(self, conflicted, colors, rng):
        super().choose(conflicted, colors, rng)
        return self.queue.pop() if self.queue else conflicted[0]


@rejected_by("who_moves_is_uniform_on_those_in_conflict")
class InRounds(Process):
    """Goes through those in conflict in random order, round by round: nobody moves twice in a round."""

    def process(self, graph, palette, start, seed):
        self.waiting = []
        return super().process(graph, palette, start, seed)

    def choose(self, conflicted, colors, rng):
        self.waiting = [v for v in self.waiting if v in conflicted]
        if not self.waiting:
            self.waiting = rng.sample(conflicted, len(conflicted))
        return self.waiting.pop()


@rejected_by("who_moves_is_uniform_on_those_in_conflict")
class TriesThirtyTwoTimes(Process):
    """Tries vertices at random, and after 32 in vain takes the next one in conflict."""

    def choose(self, conflicted, colors, rng):
        tried = [rng.randrange(len(colors)) for _ in range(32)]
        able = [v for v in tried if v in conflicted]
        return able[0] if able else next((v for v in conflicted if v > tried[-1]), conflicted[0])


@rejected_by(*BOTH_LAWS, "numbering_changes_no_law")
class HighestDegreeFirst(Process):
    """Takes the vertex in conflict with the most neighbours."""

    def process(self, graph, palette, start, seed):
        self.degrees = graph.degrees
        return super().process(graph, palette, start, seed)

    def choose(self, conflicted, colors, rng):
        most = max(self.degrees[v] for v in conflicted)
        return rng.choice([v for v in conflicted if self.degrees[v] == most])


@rejected_by(*BOTH_LAWS)
class StaysUntilAtPeace(Process):
    """Recolours the vertex that it has chosen again and again, until that is at peace."""

    def process(self, graph, palette, start, seed):
        self.at = None
        return super().process(graph, palette, start, seed)

    def choose(self, conflicted, colors, rng):
        self.at = self.at if self.at in conflicted else rng.choice(conflicted)
        return self.at


@rejected_by("recolor_steps_follow_their_exact_law", "numbering_changes_no_law")
class CountsIdleTurns(Process):
    """Lets any vertex have a turn, and counts those of vertices at peace."""

    def recolor(self, graph, seed):
        shown = super().recolor(graph, seed)
        rng = random.Random(seed + 1)
        idle = sum(rng.randrange(2) for _ in range(shown["steps"]))
        return {**shown, "steps": shown["steps"] + idle}


@rejected_by(*BOTH_LAWS)
class PaletteOfTheDegree(Process):
    """Gives every vertex a palette of its own degree + 1, as the lists of list colouring are."""

    def first_color(self, v, palette, rng):
        return rng.randrange(min(palette, self.degrees[v] + 1))

    def next_color(self, old, palette, taken, rng):
        return rng.randrange(min(palette, self.degree + 1))

    def process(self, graph, palette, start, seed):
        self.degrees = graph.degrees.tolist()
        return super().process(graph, palette, start, seed)

    def choose(self, conflicted, colors, rng):
        v = super().choose(conflicted, colors, rng)
        self.degree = self.degrees[v]
        return v


@rejected_by("new_colors_are_uniform_on_the_palette")
class StartsFromDeltaPlusOne(Process):
    """Starts with Delta + 1 colours, also where a larger palette is asked for."""

    def process(self, graph, palette, start, seed):
        self.few = self.palette(graph)
        return super().process(graph, palette, start, seed)

    def first_color(self, v, palette, rng):
        return rng.randrange(self.few)


@rejected_by("new_colors_are_uniform_on_the_palette", "recolor_uses_the_whole_seed")
class SinglesStartAtZero(Process):
    """Gives colour 0 to vertices without neighbours, which never move."""

    def process(self, graph, palette, start, seed):
        self.degrees = graph.degrees.tolist()
        return super().process(graph, palette, start, seed)

    def first_color(self, v, palette, rng):
        return rng.randrange(palette) if self.degrees[v] else 0


@rejected_by("new_colors_are_uniform_on_the_palette")
class ColorsInOneByte(Process):
    """Keeps a colour that it draws in one byte."""

    def first_color(self, v, palette, rng):
        return rng.randrange(palette) % 256

    def next_color(self, old, palette, taken, rng):
        return rng.randrange(palette) % 256


@rejected_by("new_colors_are_uniform_on_the_palette")
class RemainderOfAByte(Process):
    """Takes the remainder of a random byte where the palette is no larger."""

    def next_color(self, old, palette, taken, rng):
        return rng.getrandbits(8) % palette if palette <= 256 else rng.randrange(palette)


@rejected_by("starts_are_uniform", "recolor_steps_follow_their_exact_law")
class StartsBalanced(Process):
    """Deals the starting colours like cards, as many of each."""

    def process(self, graph, palette, start, seed):
        if start is None:
            start = [v % palette for v in range(graph.n)]
            random.Random(seed + 1).shuffle(start)
        return super().process(graph, palette, start, seed)


@rejected_by("neighboring_seeds_are_independent")
class SeedsInPairs(Process):
    """Drops the last bit of the seed, as a generator does that wants an odd one."""

    def random(self, seed):
        return random.Random(seed | 1)


@rejected_by("mean_steps_are_at_most_the_edges", "steps_grow_linearly_in_n")
class CountsLooks(Process):
    """Counts a look at every vertex, after each step, in place of steps."""

    def recolor(self, graph, seed):
        shown = super().recolor(graph, seed)
        return {**shown, "steps": shown["steps"] * graph.n}


@rejected_by("steps_grow_as_log_delta")
class CountsNeighbors(Process):
    """Counts the neighbours that a step looks at in place of steps: n Delta log Delta of them."""

    def recolor(self, graph, seed):
        shown = super().recolor(graph, seed)
        return {**shown, "steps": shown["steps"] * graph.max_degree}
