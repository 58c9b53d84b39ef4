"""The recolouring process in plain Python, which looks for conflicts anew before each step: right."""

from __future__ import annotations

import random


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
