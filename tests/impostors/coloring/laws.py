"""Impostors of `coloring` whose every run is legal, and whose population of runs is not the paper's."""

from __future__ import annotations

import random

from whp.impostors import rejected_by
from whp.impostors.coloring.right import Process

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
