"""Impostors of `coloring` that use their seed, their arguments or their process wrongly."""

from __future__ import annotations

import atexit
import itertools
import os
import random
import threading

import numpy as np

from whp.impostors import rejected_by
from whp.impostors.coloring.right import Process


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
