"""The exact law of the decentralised (Delta+1)-recolouring (arXiv:2002.05121, section 1) on small graphs.

R, the number of steps, is the absorption time of a Markov chain on colourings. Where all vertices have one
palette, the chain treats colours alike, so it is followed on colourings up to a renaming of the colours: set
partitions of the vertices into at most k blocks. `Rule` names the process of the paper and wrong ones near
it. Everything is a Fraction, except one function on cliques, which says so.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from itertools import product
from typing import Literal

import numpy as np

from whp.reference.graph import Graph


@dataclass(frozen=True)
class Rule:
    """A process that recolours until no vertex is in conflict; its defaults are the paper's.

    `schedule`, whose turn it is: `uniform`, one of the vertices in conflict; `edge`, one end of a uniform
    edge in conflict; `index`, the one in conflict of smallest index; `degree`, one in conflict of highest
    degree; `persistent`, a uniform one, again and again until it is at peace; `clock`, one of all vertices,
    and a turn of one at peace counts as a step and does nothing.

    `draw`, the new colour: `any` of the palette; any `other` than the old one; any `free` one, which no
    neighbour has (any, if none is free). To count as steps only those that change a colour is to draw
    `other`: the laws are the same.

    `palette`: a number of colours, or how it follows from the largest degree, or from each vertex's own.

    `start`: `uniform`, `constant` (one colour everywhere), or the colours themselves.
    """

    schedule: Literal["uniform", "edge", "index", "degree", "persistent", "clock"] = "uniform"
    draw: Literal["any", "other", "free"] = "any"
    palette: int | Literal["delta", "delta+1", "delta+2", "degree+1"] = "delta+1"
    start: Literal["uniform", "constant"] | tuple[int, ...] = "uniform"


PAPER = Rule()


# The law of the number of steps


def mean_steps(graph: Graph, rule: Rule = PAPER) -> Fraction:
    """Return E[R]. Raises ValueError if the process may come where it never ends."""
    return _moments(_rows(graph), rule)[0]


def variance_steps(graph: Graph, rule: Rule = PAPER) -> Fraction:
    """Return Var[R]. Raises ValueError if the process may come where it never ends."""
    return _moments(_rows(graph), rule)[1]


def law_of_steps(graph: Graph, count: int, rule: Rule = PAPER) -> list[Fraction]:
    """Return P(R = 0), ..., P(R = count - 1)."""
    chain = _chain(_rows(graph), rule)
    scale = math.lcm(*(chance.denominator for row in chain.moves for chance in row.values()))
    moves = [[(to, int(chance * scale)) for to, chance in row.items()] for row in chain.moves]
    whole = math.lcm(*(chance.denominator for chance in chain.start.values()))
    here, ended, law = [int(chain.start.get(at, 0) * whole) for at in range(len(moves))], Fraction(0), []
    for _ in range(count):
        law.append(1 - ended - Fraction(sum(here), whole))
        ended += law[-1]
        after, whole = [0] * len(here), whole * scale
        for mass, row in zip(here, moves, strict=True):
            for to, chance in row:
                after[to] += mass * chance
        here = after
    return law


def slowest_mean_steps(graph: Graph) -> Fraction:
    """Return the largest E[R] of a schedule that sees all colours but not the coming draws."""
    return _extreme_mean(_rows(graph), 1)


def fastest_mean_steps(graph: Graph) -> Fraction:
    """Return the smallest E[R] of such a schedule."""
    return _extreme_mean(_rows(graph), -1)


def sum_of(laws: Iterable[Sequence[Fraction]]) -> list[Fraction]:
    """Return the law of a sum of independent numbers, as that of R is over components with one palette.

    A law [P(0), P(1), ...] that does not add up to 1 is the beginning of one; the sum's ends where it does.
    """
    total, known = [Fraction(1)], math.inf
    for law in laws:
        if sum(law) != 1:
            known = min(known, len(law))
        a, b = (math.lcm(*(chance.denominator for chance in part)) for part in (total, law))
        left, right = [int(chance * a) for chance in total], [int(chance * b) for chance in law]
        both = [0] * int(min(known, max(len(left) + len(right) - 1, 0)))
        for i, mass in enumerate(left):
            for j, chance in enumerate(right[: max(len(both) - i, 0)]):
                both[i + j] += mass * chance
        total = [Fraction(mass, a * b) for mass in both]
    return total


# The start


@dataclass(frozen=True)
class StartLaw:
    """How much conflict there is at the start: each list holds P(0), P(1), ..."""

    edges: list[Fraction]
    vertices: list[Fraction]

    @property
    def mean_edges(self) -> Fraction:
        """The expected number of edges in conflict: (number of edges) / k from a uniform start."""
        return sum((j * chance for j, chance in enumerate(self.edges)), Fraction(0))

    @property
    def mean_vertices(self) -> Fraction:
        """The expected number of vertices in conflict: the sum of 1 - (1 - 1/k)^degree over them."""
        return sum((j * chance for j, chance in enumerate(self.vertices)), Fraction(0))


def law_of_start(graph: Graph, rule: Rule = PAPER) -> StartLaw:
    """Return the laws of the numbers of edges and of vertices in conflict before the first step."""
    near = _rows(graph)
    edges, vertices = [Fraction(0)] * (len(graph.edges) + 1), [Fraction(0)] * (graph.n + 1)
    for (_, colors), chance in _starts(near, rule):
        same = conflicts(near, colors)
        edges[sum(same) // 2] += chance
        vertices[sum(1 for count in same if count)] += chance
    return StartLaw(edges, vertices)


# Cliques. A vertex of K_k in conflict shares its colour, so no colour is ever lost, whatever the schedule,
# and a step adds one with probability (k - d)/k when d are there. As the start draws k times, R + k is the
# number of draws that collect k coupons: a sum of geometric numbers with parameters 1, (k - 1)/k, ..., 1/k.


def coupon_collector_mean(k: int) -> Fraction:
    """Return E[R] on K_k, k (H_k - 1)."""
    return k * (sum(Fraction(1, i) for i in range(1, k + 1)) - Fraction(1))


def coupon_collector_variance(k: int) -> Fraction:
    """Return Var[R] on K_k, k^2 (1 + 1/4 + ... + 1/k^2) - k H_k."""
    return sum((Fraction(k, i) ** 2 - Fraction(k, i) for i in range(1, k + 1)), Fraction(0))


def coupon_law(k: int, count: int) -> list[Fraction]:
    """Return P(R = 0), ..., P(R = count - 1) on K_k."""
    ways = [1] + [0] * k  # ways[d]: sequences of draws so far that hold d different coupons
    law, complete, draws = list[Fraction](), Fraction(0), 0
    while len(law) < count:
        if draws >= k:
            law.append(Fraction(ways[k], k**draws) - complete)
            complete += law[-1]
        ways = [0] + [d * ways[d] + (k - d + 1) * ways[d - 1] for d in range(1, k + 1)]
        draws += 1
    return law


def coupon_log_mgf(k: int, s: float) -> float:
    """Return ln E[e^(s R)] on K_k, in floating point; infinite from s = -ln(1 - 1/k) on.

    For Chernoff bounds: P(R >= x) <= exp(coupon_log_mgf(k, s) - s x) for s > 0, P(R <= x) for s < 0.
    """
    # With p = i / k, the sum of ln(p / (1 - (1 - p) e^s)), in a form that is exact to the last digits near 0.
    odds = [(k - i) / i * math.expm1(min(s, 700.0)) for i in range(1, k + 1)]
    return math.inf if max(odds) >= 1 else -math.fsum(math.log1p(-odd) for odd in odds)


# One step

Rows = tuple[tuple[int, ...], ...]  # the neighbours of each vertex
State = tuple[int, tuple[int, ...]]  # the vertex that a persistent schedule is at, or NOBODY; the colours
NOBODY = -1


def one_step(graph: Graph, colors: Sequence[int], rule: Rule = PAPER) -> dict[tuple[int, ...], Fraction]:
    """Return the law of the colours after one step, up to their names where all have one palette."""
    near, law = _rows(graph), defaultdict[tuple[int, ...], Fraction](Fraction)
    for (_, after), chance in _step(near, rule, (NOBODY, tuple(colors))).items():
        law[after] += chance
    return dict(law)


def conflicts(near: Rows, colors: Sequence[int]) -> list[int]:
    """Return for each vertex the number of neighbours of its colour; with one or more it is in conflict."""
    return [sum(colors[u] == colors[v] for u in row) for v, row in enumerate(near)]


def _step(near: Rows, rule: Rule, state: State) -> dict[State, Fraction]:
    """Return the law of the next state."""
    law = defaultdict[State, Fraction](Fraction)
    for v, turn in _turns(near, rule, state).items():
        for after, chance in _redraw(near, rule, state, v).items():
            law[after] += turn * chance
    return law


def _turns(near: Rows, rule: Rule, state: State) -> dict[int, Fraction]:
    """Return with which probability it is whose turn."""
    active, colors = state
    same = conflicts(near, colors)
    weights = {v: 1 for v, count in enumerate(same) if count}
    match rule.schedule:
        case "persistent" if active != NOBODY:
            weights = {active: 1}
        case "edge":
            weights = {v: same[v] for v in weights}
        case "index":
            weights = {min(weights): 1}
        case "degree":
            highest = max(len(near[v]) for v in weights)
            weights = {v: 1 for v in weights if len(near[v]) == highest}
        case "clock":
            weights = dict.fromkeys(range(len(near)), 1)
    whole = sum(weights.values())
    return {v: Fraction(weight, whole) for v, weight in weights.items()}


def _redraw(near: Rows, rule: Rule, state: State, v: int) -> dict[State, Fraction]:
    """Return the law of the next state when it is the turn of v."""
    _, colors = state
    taken = {colors[u] for u in near[v]}
    if colors[v] not in taken:
        return {state: Fraction(1)}
    offered = list(range(_palettes(near, rule)[v]))
    if rule.draw == "other":
        offered.remove(colors[v])
    if rule.draw == "free":
        offered = [color for color in offered if color not in taken] or offered
    law = defaultdict[State, Fraction](Fraction)
    for color in offered:
        after = _named(near, rule, (*colors[:v], color, *colors[v + 1 :]))
        goes_on = rule.schedule == "persistent" and color in taken
        law[v if goes_on else NOBODY, after] += Fraction(1, len(offered))
    return law


@cache
def _palettes(near: Rows, rule: Rule) -> tuple[int, ...]:
    """Return each vertex's number of colours."""
    delta = max(map(len, near), default=0)
    match rule.palette:
        case "degree+1":
            return tuple(len(row) + 1 for row in near)
        case "delta":
            return (delta,) * len(near)
        case "delta+1":
            return (delta + 1,) * len(near)
        case "delta+2":
            return (delta + 2,) * len(near)
        case colors:
            return (colors,) * len(near)


def _named(near: Rows, rule: Rule, colors: Iterable[int]) -> tuple[int, ...]:
    """Rename the colours 0, 1, ... in order of appearance, if all vertices have one palette."""
    if len(set(_palettes(near, rule))) > 1:
        return tuple(colors)
    names: dict[int, int] = {}
    return tuple(names.setdefault(color, len(names)) for color in colors)


# The chain


@dataclass(frozen=True)
class _Chain:
    """The states with conflict: with which chance one starts there, and moves from one to which others."""

    states: list[State]
    start: dict[int, Fraction]
    moves: list[dict[int, Fraction]]


@cache
def _chain(near: Rows, rule: Rule) -> _Chain:
    """Follow the process from its starts through all states that it can come to."""
    number: dict[State, int] = {}
    start = defaultdict[int, Fraction](Fraction)
    for state, chance in _starts(near, rule):
        if any(conflicts(near, state[1])):
            start[number.setdefault(state, len(number))] += chance
    states, moves = list(number), []
    for state in states:  # grows
        row = {}
        for after, chance in _step(near, rule, state).items():
            if any(conflicts(near, after[1])):
                if after not in number:
                    number[after] = len(number)
                    states.append(after)
                row[number[after]] = chance
        moves.append(row)
    return _Chain(states, dict(start), moves)


def _starts(near: Rows, rule: Rule) -> Iterator[tuple[State, Fraction]]:
    """Yield starts and their probabilities, which add up to 1."""
    n, palettes = len(near), _palettes(near, rule)
    if rule.start != "uniform":
        colors = (0,) * n if rule.start == "constant" else rule.start
        if len(colors) != n or not all(0 <= c < k for c, k in zip(colors, palettes, strict=True)):
            raise ValueError(f"{colors} do not colour the vertices from palettes of {palettes} colours")
        yield (NOBODY, _named(near, rule, colors)), Fraction(1)
    elif len(set(palettes)) > 1:
        for colors in product(*map(range, palettes)):
            yield (NOBODY, colors), Fraction(1, math.prod(palettes))
    else:
        for colors in _partitions(n, max(palettes, default=0)):
            ways = math.perm(max(palettes, default=0), len(set(colors)))
            yield (NOBODY, colors), Fraction(ways, math.prod(palettes))


def _partitions(n: int, most: int) -> Iterator[tuple[int, ...]]:
    """Yield the partitions of n vertices into at most `most` blocks, numbered in order of appearance."""
    if n == 0:
        yield ()
    else:
        for blocks in _partitions(n - 1, most):
            for block in range(min(max(blocks, default=-1) + 2, most)):
                yield (*blocks, block)


@cache
def _moments(near: Rows, rule: Rule) -> tuple[Fraction, Fraction]:
    """Return E[R] and Var[R]: with N = (I - P)^-1, E[R | state] = N 1 and E[R^2 | state] = (2 N - I) N 1."""
    chain = _chain(near, rule)
    first = _time_until_end(chain.moves, [Fraction(1)] * len(chain.moves))
    second = [2 * x - y for x, y in zip(_time_until_end(chain.moves, first), first, strict=True)]
    mean, square = (
        sum((chance * moment[at] for at, chance in chain.start.items()), Fraction(0))
        for moment in (first, second)
    )
    return mean, square - mean**2


@cache
def _extreme_mean(near: Rows, sign: int) -> Fraction:
    """Return the largest (sign 1) or smallest (-1) E[R] over schedules: Howard's policy iteration, exact."""
    chain = _chain(near, PAPER)
    number = {state: index for index, state in enumerate(chain.states)}
    options = [
        [
            {number[to]: p for to, p in _redraw(near, PAPER, state, v).items() if to in number}
            for v in _turns(near, PAPER, state)
        ]
        for state in chain.states
    ]
    policy = [0] * len(options)
    while True:
        moves = [option[turn] for option, turn in zip(options, policy, strict=True)]
        times = _time_until_end(moves, [Fraction(1)] * len(moves))
        better = []
        for option, turn in zip(options, policy, strict=True):
            goals = [sign * sum((p * times[to] for to, p in row.items()), Fraction(0)) for row in option]
            better.append(turn if goals[turn] == max(goals) else goals.index(max(goals)))
        if better == policy:
            return sum((chance * times[at] for at, chance in chain.start.items()), Fraction(0))
        policy = better


def _time_until_end(moves: Sequence[Mapping[int, Fraction]], cost: Sequence[Fraction]) -> list[Fraction]:
    """Return, for each state, the expected sum of the costs of the states on the way: x = cost + P x."""
    ends = [index for index, row in enumerate(moves) if sum(row.values()) < 1]
    reached, sources = set(ends), defaultdict[int, list[int]](list)
    for index, row in enumerate(moves):
        for to in row:
            sources[to].append(index)
    while ends:
        fresh = set(sources[ends.pop()]) - reached
        reached |= fresh
        ends += fresh
    if len(reached) < len(moves):
        raise ValueError("the process can come to a state from which it never ends")
    matrix, right = np.zeros((len(moves), len(moves)), np.int64), []
    for index, row in enumerate(moves):
        scale = math.lcm(*(p.denominator for p in row.values()))
        matrix[index, index] = scale
        for to, p in row.items():
            matrix[index, to] -= int(p * scale)
        right.append(scale * cost[index])
    return solve(matrix, right)


# Linear equations


PRIMES = 67108859, 67108837, 67108819  # below 2^26: sums of 2^11 products of residues fit into 63 bits


def solve(matrix: np.ndarray, right: Sequence[Fraction]) -> list[Fraction]:
    """Solve a regular system with small integers as coefficients, exactly.

    Digit by digit in base p (Dixon, Numerische Mathematik 40, 1982), until fractions with these digits
    satisfy the equations, which is checked with integers of any length.
    """
    if len(matrix) == 0:
        return []
    if len(matrix) >= 2**11:
        raise ValueError(f"{len(matrix)} states are too many")
    p, inverse = _inverse(matrix)
    whole = math.lcm(*(value.denominator for value in right))
    goal = np.array([int(value * whole) for value in right], object)
    rest, digits, base, exact = goal, np.zeros(len(goal), object), 1, matrix.astype(object)
    for place in range(1, 2**16):
        digit = inverse @ (rest % p).astype(np.int64) % p
        rest = (rest - matrix @ digit) // p
        digits, base = digits + digit.astype(object) * base, base * p
        if place & (place - 1) == 0:
            above, below = _fractions(digits.tolist(), base)
            if (exact @ np.array(above, object) == goal * below).all():
                return [Fraction(value, below * whole) for value in above]
    raise ArithmeticError("no solution with fewer than 2^16 digits")


def _inverse(matrix: np.ndarray) -> tuple[int, np.ndarray]:
    """Return a prime and the inverse of the matrix modulo it, by Gauss and Jordan in place."""
    for p in PRIMES:
        rows, swaps = matrix % p, []
        for i in range(len(rows)):
            pivots = np.flatnonzero(rows[i:, i])
            if len(pivots) == 0:
                break
            swaps.append(i + int(pivots[0]))
            rows[[i, swaps[i]]] = rows[[swaps[i], i]]
            unit = pow(int(rows[i, i]), -1, p)
            rows[i, i] = 1
            rows[i] = rows[i] * unit % p
            column = rows[:, i].copy()
            column[i] = 0
            rows[:, i] *= np.arange(len(rows)) == i
            rows = (rows - np.outer(column, rows[i])) % p
        else:
            for i, swap in reversed(list(enumerate(swaps))):
                rows[:, [i, swap]] = rows[:, [swap, i]]
            return p, rows
    raise ArithmeticError("the matrix is singular modulo each of the primes")


def _fractions(residues: Iterable[int], base: int) -> tuple[list[int], int]:
    """Return small numerators over one denominator that are congruent to the residues modulo `base`.

    By Euclid's algorithm, stopped half-way (Wang, SYMSAC 1981). They are the solution's if base is large.
    """
    bound, below, above = math.isqrt(base // 2), 1, list[int]()
    for residue in residues:
        high, low, old, new = base, residue * below % base, 0, 1
        while low > bound:
            quotient = high // low
            high, low, old, new = low, high - quotient * low, new, old - quotient * new
        above = [value * abs(new) for value in above]
        above.append(low if new > 0 else -low)
        below *= abs(new)
    return above, below


def _rows(graph: Graph) -> Rows:
    """Return the neighbours of each vertex, in a form that can be remembered by."""
    return tuple(tuple(graph.neighbors(v).tolist()) for v in range(graph.n))
