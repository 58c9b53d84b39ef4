"""Wrong randomised algorithms, losses and games, each with the mistake that somebody makes."""

from __future__ import annotations

import math
import random
from collections import Counter

import numpy as np

from whp.impostors import rejected_by
from whp.impostors.randomization_training import *  # noqa: F403 # its impostors are impostors of randomization
from whp.reference import randomization
from whp.reference.randomization import players, training


class Player:
    """The whole system in plain Python, right, but for training, which is the reference's."""

    # relaxed_loss: the power mean by logarithms

    def relaxed_loss(self, losses, q):
        rows = losses.tolist()
        means = [self.over_seeds(column) for column in zip(*rows, strict=True)]
        value = self.norm(means, q)
        row = self.slopes(means, value, q)
        return {"value": value, "gradient": [[slope / len(rows) for slope in row] for _ in rows]}

    def over_seeds(self, column):
        return sum(column) / len(column)

    def norm(self, means, q):
        largest = max(means)
        if q is None or largest == 0:
            return largest
        logs = [q * math.log(mean / largest) for mean in means if mean > 0]
        return largest * math.exp(math.log(sum(map(math.exp, logs)) / len(means)) / q)

    def slopes(self, means, value, q):
        n = len(means)
        if value == 0:
            return [1 / n] * n
        if q is None:
            first = means.index(max(means))
            return [float(x == first) for x in range(n)]
        return [(mean / value) ** (q - 1) / n for mean in means]

    # solve_game: cutting planes

    def solve_game(self, losses, q):
        largest = max(losses.max(), 1e-300)
        scaled = losses / largest
        mixture = self.mixture(scaled, q)
        return self.solved(mixture, self.lost(scaled, mixture, q) * largest)

    def solved(self, mixture, value):
        return {"mixture": mixture.tolist(), "value": value}

    def lost(self, losses, mixture, q):
        return self.norm((mixture @ losses).tolist(), q)

    def mixture(self, losses, q):
        if q is None:
            return self.against(losses)
        best, met = None, []
        mixture = np.full(len(losses), 1 / len(losses))
        for _ in range(400):
            mixed = (mixture @ losses).tolist()
            value = self.norm(mixed, q)
            if best is None or value < best[0]:
                best = value, mixture
            met.append(losses @ self.slopes(mixed, value, q))
            columns = np.array(met).T
            mixture = self.against(columns)
            if best[0] - (mixture @ columns).max() < 1e-8:
                break
        return best[1]

    def against(self, losses):
        """Return the best mixture of rows against the worst column, by linear programming."""
        from scipy.optimize import linprog

        m, n = losses.shape
        solved = linprog(
            [0.0] * m + [1.0],
            A_ub=np.column_stack([losses.T, -np.ones(n)]),
            b_ub=np.zeros(n),
            A_eq=[[1.0] * m + [0.0]],
            b_eq=[1.0],
            bounds=[(0, 1)] * m + [(None, None)],
        )
        mixture = np.maximum(solved.x[:m], 0)
        return mixture / mixture.sum()

    # vote

    def vote(self, outputs):
        counts = Counter(outputs.tolist())
        return min(counts, key=lambda output: (-counts[output], output))

    # store, recall, color_cycle, explore

    def random(self, seed, *more):
        return random.Random(seed * 64 + sum(more) if more else seed)

    def flip(self, seed, index):
        return random.Random(f"{seed} {index}").getrandbits(1)

    def store(self, values, seed):
        ones = sum(value ^ self.flip(seed, index) for index, value in enumerate(values.tolist()))
        return int(2 * ones >= len(values))

    def recall(self, memory, query, seed):
        return memory ^ self.flip(seed, query)

    def of_ids(self, n, seed):
        colors = [name % 3 for name in range(n)]
        self.random(seed).shuffle(colors)
        return colors

    def color_cycle(self, order, seed):
        colors = self.of_ids(len(order), seed)
        return [colors[name] for name in order.tolist()]

    def backwards(self, rng):
        return rng.random() < 0.5

    def explore(self, rows, columns, seed):
        return randomization.players.walk(rows, columns, self.backwards(self.random(seed)))


class Trainer:
    """Trains as the reference does, but is asked otherwise."""

    def train(self, task, size, q, seeds, seed):
        return randomization.train(**self.other(task=task, size=size, q=q, seeds=seeds, seed=seed))

    def other(self, **asked):
        return asked


# relaxed_loss


@rejected_by(
    "value_is_a_power_mean_of_means",
    "averaging_over_seeds_comes_first",
    "drawn_seeds_raise_the_value_and_drawn_inputs_lower_it",
    "gradient_is_the_derivative",
)
class PowerBeforeSeeds(Player):
    """Takes the power mean of all losses, seeds and inputs alike."""

    def relaxed_loss(self, losses, q):
        told = super().relaxed_loss(losses.reshape(1, -1), q)
        return {"value": told["value"], "gradient": np.reshape(told["gradient"], losses.shape)}


@rejected_by("averaging_over_seeds_comes_first", "value_is_the_mean_at_1_and_the_largest_at_infinity")
class LargestOverSeeds(Player):
    """Takes the worst seed for each input: an adversary who knows the seed."""

    def over_seeds(self, column):
        return max(column)


@rejected_by("value_is_convex_and_rises_with_every_loss", "value_is_a_power_mean_of_means")
class MedianOverSeeds(Player):
    """Takes the median over seeds, against outliers."""

    def over_seeds(self, column):
        return float(np.median(column))


@rejected_by("value_is_a_power_mean_of_means", "gradient_is_the_derivative")
class InputsFirst(Player):
    """Takes the mean over the wrong axis first."""

    def relaxed_loss(self, losses, q):
        told = super().relaxed_loss(losses.T, q)
        return {"value": told["value"], "gradient": np.transpose(told["gradient"])}


@rejected_by("value_is_the_mean_at_1_and_the_largest_at_infinity", "order_and_repetition_change_nothing")
class SumOverInputs(Player):
    """Takes the q-norm, which has a sum in it and no mean."""

    def norm(self, means, q):
        return super().norm(means, q) * len(means) ** (1 / q if q else 0)


@rejected_by("value_is_a_power_mean_of_means", "value_scales_with_the_losses")
class RootForgotten(Player):
    """Leaves the root out: the mean of powers has the same minimum."""

    def relaxed_loss(self, losses, q):
        told = super().relaxed_loss(losses, q)
        if q is None or told["value"] == 0:
            return told
        return {**told, "value": math.exp(min(q * math.log(told["value"]), 700))}


class Softened(Player):
    """Takes for the worst case at infinity what outliers move less."""

    def norm(self, means, q):
        return super().norm(means, q) if q else self.worst(sorted(means))


@rejected_by("value_is_the_mean_at_1_and_the_largest_at_infinity", "value_is_a_power_mean_of_means")
class Percentile(Softened):
    """Takes the 95th percentile over inputs for the worst case."""

    def worst(self, means):
        return float(np.percentile(means, 95))


@rejected_by("value_is_the_mean_at_1_and_the_largest_at_infinity", "value_is_what_the_mixture_loses")
class WorstTwentieth(Softened):
    """Takes the mean over the worst twentieth of the inputs, and of one at least, for the worst case."""

    def worst(self, means):
        return float(np.mean(means[-math.ceil(len(means) / 20) :]))


@rejected_by("value_scales_with_the_losses", "value_is_a_power_mean_of_means")
class PlainPowers(Player):
    """Takes powers of the losses as they are: a large q leaves nothing of small ones."""

    def norm(self, means, q):
        if q is None or max(means) > 1:
            return super().norm(means, q)
        return (sum(mean**q for mean in means) / len(means)) ** (1 / q)

    def slopes(self, means, value, q):
        return super().slopes(means, super().norm(means, q), q)


@rejected_by("value_is_the_mean_at_1_and_the_largest_at_infinity", "value_scales_with_the_losses")
class SoftmaxWeights(Player):
    """Weighs losses by their softmax at temperature 1 / q in place of the norm."""

    def norm(self, means, q):
        if q is None:
            return max(means)
        weights = [math.exp(q * (mean - max(means))) for mean in means]
        return sum(weight * mean for weight, mean in zip(weights, means, strict=True)) / sum(weights)


@rejected_by("value_rises_with_q_to_the_largest")
class AlwaysTheMean(Player):
    """Ignores q."""

    def norm(self, means, q):
        return super().norm(means, 1.0)


@rejected_by("gradient_is_the_derivative", "gradient_lies_below_the_value")
class ScaledByTheLargest(Player):
    """Divides by the largest loss in the gradient too, where the value belongs."""

    def slopes(self, means, value, q):
        return super().slopes(means, max(means), q)


@rejected_by("gradient_is_the_derivative", "gradient_lies_below_the_value")
class SumOverSeeds(Player):
    """Forgets in the gradient that seeds are averaged."""

    def relaxed_loss(self, losses, q):
        told = super().relaxed_loss(losses, q)
        return {**told, "gradient": np.array(told["gradient"]) * len(losses)}


@rejected_by("gradient_is_the_derivative", "gradient_lies_below_the_value")
class PowerForgotten(Player):
    """Leaves out of the gradient that the power's derivative has one power less."""

    def slopes(self, means, value, q):
        return super().slopes(means, value, q and q + 1)


@rejected_by("gradient_is_the_derivative")
class EveryLargest(Player):
    """Gives each of several largest losses the whole weight."""

    def slopes(self, means, value, q):
        if q is not None:
            return super().slopes(means, value, q)
        return [float(mean == max(means)) for mean in means]


@rejected_by("gradient_is_the_derivative")
class NothingToTheNothing(Player):
    """Takes 0^0 for 0: at q = 1 an input without loss has no slope."""

    def slopes(self, means, value, q):
        row = super().slopes(means, value, q)
        return [slope * (mean > 0) for slope, mean in zip(row, means, strict=True)] if value else row


@rejected_by("value_is_a_power_mean_of_means")
class SinglePrecision(Player):
    """Computes in float32 and doesn't say so."""

    def norm(self, means, q):
        return float(np.float32(super().norm([float(np.float32(mean)) for mean in means], q)))


@rejected_by("arguments_stay_untouched")
class DividesInPlace(Player):
    """Scales the table that it was handed."""

    def relaxed_loss(self, losses, q):
        largest = max(losses.max(), 1e-300)
        losses /= largest
        told = super().relaxed_loss(losses, q)
        return {**told, "value": told["value"] * largest}


@rejected_by("one_question_has_one_answer")
class RunningLargest(Player):
    """Keeps the largest loss so far, and takes it for the worst case."""

    def __init__(self):
        self.largest = 0.0

    def relaxed_loss(self, losses, q):
        told = super().relaxed_loss(losses, q)
        value = max(told["value"], self.largest)
        self.largest = max(self.largest, 2 * told["value"])
        return {**told, "value": value}


# solve_game


@rejected_by("mixing_loses_no_more_than_any_row", "no_mixture_loses_less")
class BestRow(Player):
    """Finds the best single row."""

    def mixture(self, losses, q):
        return np.eye(len(losses))[int(np.argmin([self.norm(row, q) for row in losses.tolist()]))]


@rejected_by("no_mixture_loses_less")
class FictitiousPlay(Player):
    """Stops fictitious play after a thousand rounds."""

    def against(self, losses):
        plays, met = np.zeros(len(losses)), np.zeros(len(losses))
        row = 0
        for _ in range(1000):
            plays[row] += 1
            met += losses[:, int(np.argmax(plays @ losses))]
            row = int(np.argmin(met))
        return plays / plays.sum()


@rejected_by("no_mixture_loses_less")
class AllAlike(Player):
    """Mixes all rows alike."""

    def mixture(self, losses, q):
        return np.full(len(losses), 1 / len(losses))


@rejected_by("mixture_is_a_law")
class NotDivided(Player):
    """Gives the solution of the linear programme without dividing by its sum."""

    def solved(self, mixture, value):
        return super().solved(mixture / (value + 1), value)


@rejected_by("value_is_what_the_mixture_loses", "symmetric_games_have_the_best_average_as_value")
class ShiftKept(Player):
    """Raises all losses by 1 to make the value positive, and forgets to take that back."""

    def solved(self, mixture, value):
        return super().solved(mixture, value + 1)


@rejected_by("no_mixture_loses_less")
class WorstColumnAlone(Player):
    """Ignores q: it always mixes against the worst column."""

    def mixture(self, losses, q):
        return super().mixture(losses, None)


@rejected_by("no_mixture_loses_less", "mixing_loses_no_more_than_any_row")
class Maximises(Player):
    """Takes losses for payoffs, and mixes rows to get much of them."""

    def against(self, losses):
        return super().against(1 - losses)


@rejected_by("no_mixture_loses_less")
class AdversarysMixture(Player):
    """Gives the mixture of the adversary, where the table is square."""

    def against(self, losses):
        m, n = losses.shape
        return super().against(-losses.T if m == n else losses)


@rejected_by("order_and_scale_change_no_value")
class ThreeDigits(Player):
    """Tells the value up to three digits behind the point, whatever the unit."""

    def solved(self, mixture, value):
        return super().solved(mixture, round(value, 3))


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


# seeds


@rejected_by("every_part_of_a_seed_counts")
class LowBitsAlone(Player):
    """Seeds a generator that takes 32 bits."""

    def random(self, seed, *more):
        return random.Random(seed % 2**32)


@rejected_by("every_part_of_a_seed_counts")
class HighBitsAlone(Player):
    """Loses the low bits of a seed on the way through a single-precision number."""

    def random(self, seed, *more):
        return random.Random(seed >> 21)


@rejected_by("one_question_has_one_answer")
class OneGenerator(Player):
    """Draws from one generator for all calls, and ignores the seed."""

    def __init__(self):
        self.rng = random.Random(1)

    def random(self, seed, *more):
        return self.rng


@rejected_by("every_process_answers_alike_and_ends_well")
class SeedsByHash(Player):
    """Seeds with the hash of a string, which every process salts anew."""

    def random(self, seed, *more):
        return random.Random(hash(f"randomization {seed}"))


# train


@rejected_by("training_for_the_worst_case_lowers_it", "training_for_the_worst_case_succeeds_everywhere")
class TrainsForTheMean(Trainer):
    """Ignores q: trains for the mean over inputs."""

    def other(self, **asked):
        return {**asked, "q": 1.0}


@rejected_by("training_for_the_mean_does_not")
class TrainsForTheWorstCase(Trainer):
    """Ignores q: trains with one that it likes."""

    def other(self, **asked):
        return {**asked, "q": 16.0}


@rejected_by("training_for_the_worst_case_lowers_it", "training_for_the_worst_case_succeeds_everywhere")
class OneSeedForEver(Trainer):
    """Draws a seed once and keeps it: random in name only."""

    def other(self, **asked):
        return {**asked, "seeds": "fixed"}


@rejected_by("training_for_the_worst_case_lowers_it")
class OneSeedAnUpdate(Trainer):
    """Draws one seed for each update, where a mean over seeds belongs."""

    def other(self, **asked):
        return {**asked, "seeds": 1}


@rejected_by("a_fixed_seed_is_no_help")
class FixedIsAll(Trainer):
    """Draws seeds also where one is to be kept."""

    def other(self, **asked):
        return {**asked, "seeds": "all"}


@rejected_by("one_seed_an_update_is_not_enough")
class NeverDraws(Trainer):
    """Takes all seeds, however many are asked for."""

    def other(self, **asked):
        return {**asked, "seeds": "all" if asked["seeds"] != "fixed" else "fixed"}


@rejected_by("training_for_the_worst_case_lowers_it")
class SamplesTheOutputs(Trainer):
    """Keeps one seed, and draws each output by its probability: noise that no one has trained."""

    def train(self, task, size, q, seeds, seed):
        made = super().train(task, size, q, "fixed", seed)
        noise = np.random.default_rng(seed).random(made.losses.shape)
        return {"losses": made.losses, "success": (noise < np.exp(-made.losses)).astype(int)}


class OneCycle(training.Coloring):
    """The colouring of cycles, of which one is trained on, and all are judged."""

    def table(self, torch, learned, seeds):
        self.orders = np.array(players.cycles(self.size))[: 1 if torch.is_grad_enabled() else None]
        return super().table(torch, learned, seeds)


@rejected_by("training_for_the_worst_case_lowers_it")
class IdentityCycleAlone(Trainer):
    """Generates the cycle of the ids in turn and no other: there is no adversary."""

    def train(self, task, size, q, seeds, seed):
        if task != "coloring":
            return super().train(task, size, q, seeds, seed)
        losses, success = training.trained(OneCycle(size), [seed], q, seeds)
        return {"losses": losses[0], "success": success[0]}


class Weighs(Trainer):
    """Counts losses of colours otherwise."""

    weight = 1.0

    def train(self, task, size, q, seeds, seed):
        made = super().train(task, size, q, seeds, seed)
        return {**vars(made), "losses": made.losses * (self.weight if task == "coloring" else 1.0)}


@rejected_by("training_for_the_worst_case_lowers_it")
class EdgesTwice(Weighs):
    """Counts each edge of a cycle from both of its ends."""

    weight = 2.0


@rejected_by("training_for_the_mean_does_not", "each_seed_alone_fails_somewhere")
class EdgesAveraged(Weighs):
    """Takes the mean over edges and colours, where the sum over edges bounds what isn't proper."""

    weight = 1 / 15


@rejected_by("each_seed_alone_fails_somewhere")
class WideKeys(Trainer):
    """Gives the memory room for all values: the keys are as wide as there are pairs."""

    def train(self, task, size, q, seeds, seed):
        if task != "recall":
            return super().train(task, size, q, seeds, seed)
        world = training.Recall(size, width=size)
        losses, success = training.trained(world, [seed], q, seeds)
        return {"losses": losses[0], "success": success[0]}
