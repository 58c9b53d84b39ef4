"""Impostors of `randomization` that get `vote`, `store` and `recall`, `color_cycle` or `explore` wrong."""

from __future__ import annotations

import random
from collections import Counter
from typing import ClassVar

import numpy as np

from whp.impostors import rejected_by
from whp.impostors.randomization.right import Player

# vote


@rejected_by(
    "vote_is_the_most_frequent_output",
    "order_names_and_repetition_change_no_vote",
)
class FirstOfSeveral(Player):
    """Lets a tie go to the output that came first, as Counter does."""

    def vote(self, outputs):
        return Counter(outputs.tolist()).most_common(1)[0][0]


@rejected_by("vote_is_the_most_frequent_output", "votes_win_as_often_as_counted")
class LargestOfSeveral(Player):
    """Lets a tie go to the largest output."""

    def vote(self, outputs):
        counts = Counter(outputs.tolist())
        return max(counts, key=lambda output: (counts[output], output))


@rejected_by("vote_is_the_most_frequent_output", "votes_win_as_often_as_counted")
class Median(Player):
    """Takes the median of the outputs."""

    def vote(self, outputs):
        return sorted(outputs.tolist())[(len(outputs) - 1) // 2]


@rejected_by("order_names_and_repetition_change_no_vote", "votes_win_as_often_as_counted")
class RoundedMean(Player):
    """Takes the mean of the outputs, rounded."""

    def vote(self, outputs):
        return round(sum(outputs.tolist()) / len(outputs))


@rejected_by("vote_is_the_most_frequent_output", "votes_win_as_often_as_counted")
class MajorityOnly(Player):
    """Finds what more than half agree on, by Boyer and Moore's method, which is sure of nothing else."""

    def vote(self, outputs):
        held, count = 0, 0
        for output in outputs.tolist():
            if count == 0:
                held = output
            count += 1 if output == held else -1
        return held


@rejected_by("vote_is_the_most_frequent_output")
class CountsInBytes(Player):
    """Counts up to 255, and then from 0 again."""

    def vote(self, outputs):
        counts = Counter(outputs.tolist())
        return min(counts, key=lambda output: (-(counts[output] % 256), output))


@rejected_by("vote_is_the_most_frequent_output")
class BitByBit(Player):
    """Takes a majority for each bit of the outputs: of three that are all right, what none of them is."""

    def vote(self, outputs):
        words = [output % 2**64 for output in outputs.tolist()]
        won = sum((2 * sum(word >> bit & 1 for word in words) > len(words)) << bit for bit in range(64))
        return won - (won >> 63 << 64)


@rejected_by("vote_is_the_most_frequent_output")
class CoinForATie(Player):
    """Throws a coin where several outputs are as frequent."""

    def vote(self, outputs):
        counts = Counter(outputs.tolist())
        coin = random.Random(sum(counts.elements()))
        return coin.choice([output for output in counts if counts[output] == max(counts.values())])


@rejected_by("vote_is_the_most_frequent_output")
class AsFloats(Player):
    """Counts outputs as single-precision numbers."""

    def vote(self, outputs):
        return super().vote(outputs.astype(np.float32))


# store and recall


@rejected_by("every_seed_recalls_as_much_as_a_bit_can", "a_bit_recalls_as_often_as_it_can")
class StoresOne(Player):
    """Keeps one value that the seed chooses, and guesses the others."""

    def chosen(self, seed, count):
        return self.random(seed).randrange(count)

    def store(self, values, seed):
        return int(values[self.chosen(seed, 3) % len(values)])

    def recall(self, memory, query, seed):
        return memory if query == self.chosen(seed, 3) else self.flip(seed, query)


@rejected_by("a_bit_recalls_as_often_as_it_can")
class NeverFlips(Player):
    """Keeps the majority of the values as they are: good on average, and bad for a known minority."""

    def flip(self, seed, index):
        return 0


@rejected_by("a_bit_recalls_as_often_as_it_can")
class FlipsAgain(Player):
    """Flips values by 16 bits of the seed, over and over."""

    def flip(self, seed, index):
        return super().flip(seed, index % 16)


@rejected_by("every_seed_recalls_as_much_as_a_bit_can", "a_bit_recalls_as_often_as_it_can")
class OtherSeedAtTheQuery(Player):
    """Draws the flips of the query anew: writer and reader don't share the seed."""

    def recall(self, memory, query, seed):
        return super().recall(memory, query, seed + 1)


@rejected_by("recall_knows_the_stored_bit_alone", "one_question_has_one_answer")
class RemembersAll(Player):
    """Remembers the values themselves beside the bit."""

    def __init__(self):
        self.values = []

    def store(self, values, seed):
        self.values = values.tolist()
        return super().store(values, seed)

    def recall(self, memory, query, seed):
        return self.values[query] if query < len(self.values) else super().recall(memory, query, seed)


# color_cycle


@rejected_by("cycles_are_proper_as_often_as_they_can_be")
class NoSeed(Player):
    """Colours the ids in turn, whatever the seed: random in name only."""

    def of_ids(self, n, seed):
        return [name % 3 for name in range(n)]


@rejected_by("every_seed_colors_as_many_cycles_as_can_be", "cycles_are_proper_as_often_as_they_can_be")
class EachForItself(Player):
    """Lets each id draw its colour independently."""

    def of_ids(self, n, seed):
        rng = self.random(seed)
        return [rng.randrange(3) for _ in range(n)]


@rejected_by("color_depends_on_the_id_alone")
class ByPlace(Player):
    """Colours places around the cycle, not ids."""

    def color_cycle(self, order, seed):
        return self.of_ids(len(order), seed)


@rejected_by("color_depends_on_the_id_alone", "no_seed_colors_every_cycle")
class SeesTheCycle(Player):
    """Goes around the cycle and takes a colour that its neighbours don't have."""

    def color_cycle(self, order, seed):
        colors = [0]
        for _ in order[1:-1]:
            colors.append(1 if colors[-1] != 1 else 0)
        return [*colors, 2]


# explore


@rejected_by("treasures_are_found_as_soon_as_can_be")
class OneWayAlways(Player):
    """Always walks the same way around."""

    def backwards(self, rng):
        return False


@rejected_by("treasures_are_found_as_soon_as_can_be")
class WayKeptForLargeGrids(Player):
    """Keeps the way round a grid of 30 cells or more, and so goes the way of the first seed ever after."""

    ways: ClassVar[dict[tuple[int, int], np.ndarray]] = {}

    def explore(self, rows, columns, seed):
        if rows * columns < 30:
            return super().explore(rows, columns, seed)
        return self.ways.setdefault((rows, columns), super().explore(rows, columns, seed))


@rejected_by("treasures_are_found_as_soon_as_can_be")
class OneWayMostly(Player):
    """Walks one way around nine times of ten."""

    def backwards(self, rng):
        return rng.random() < 0.1


@rejected_by("no_walk_wastes_a_step", "treasures_are_found_as_soon_as_can_be")
class Drunkard(Player):
    """Walks at random until every cell was met."""

    def explore(self, rows, columns, seed):
        rng, walk = self.random(seed), [(0, 0)]
        while len(set(walk)) < rows * columns:
            i, j = walk[-1]
            beside = [(i - 1, j), (i + 1, j), (i, j - 1), (i, j + 1)]
            walk.append(rng.choice([(a, b) for a, b in beside if 0 <= a < rows and 0 <= b < columns]))
        return walk


@rejected_by("no_walk_wastes_a_step")
class DepthFirst(Player):
    """Searches depth first, in a random order, and walks back."""

    def explore(self, rows, columns, seed):
        rng, walk, met = self.random(seed), [], set()

        def visit(i, j):
            met.add((i, j))
            walk.append((i, j))
            beside = [(i - 1, j), (i + 1, j), (i, j - 1), (i, j + 1)]
            rng.shuffle(beside)
            for a, b in beside:
                if 0 <= a < rows and 0 <= b < columns and (a, b) not in met:
                    visit(a, b)
                    walk.append((i, j))

        visit(0, 0)
        return walk


@rejected_by("walk_goes_from_neighbor_to_neighbor_over_every_cell")
class RowByRow(Player):
    """Reads the grid row by row, and jumps back to each row's start."""

    def explore(self, rows, columns, seed):
        return [(i, j) for i in range(rows) for j in range(columns)]


@rejected_by("walk_goes_from_neighbor_to_neighbor_over_every_cell")
class StopsOneShort(Player):
    """Leaves out the last cell."""

    def explore(self, rows, columns, seed):
        walk = super().explore(rows, columns, seed)
        return walk[: max(len(walk) - 1, 1)]


@rejected_by("walk_goes_from_neighbor_to_neighbor_over_every_cell")
class StartsAfterTheFirstStep(Player):
    """Doesn't count where it starts: the first step is time 0."""

    def explore(self, rows, columns, seed):
        walk = super().explore(rows, columns, seed)
        return walk[1:] or walk


@rejected_by("walk_goes_from_neighbor_to_neighbor_over_every_cell")
class ColumnsForRows(Player):
    """Takes rows for columns."""

    def explore(self, rows, columns, seed):
        return super().explore(columns, rows, seed)
