"""Impostors of `coloring` of which a single run shows that they are wrong."""

from __future__ import annotations

import random

import numpy as np

from whp.impostors import rejected_by
from whp.impostors.coloring.right import Process

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
