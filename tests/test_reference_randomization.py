"""The reference of randomised algorithms: closed forms, linear programmes, enumeration, commands."""

from __future__ import annotations

import json
import math
from fractions import Fraction
from itertools import combinations, pairwise, permutations, product

import numpy as np
import pytest

from whp.reference import randomization
from whp.reference.randomization import games, players
from whp.reference.randomization.losses import dual_norm, norm, weights
from whp.reference.randomization.players import cycles
from whp.reference.randomization.values import colored, colored_by_sizes, found, proper_by_sizes, recalled
from whp.statistical.exact.votes import against_alike, enough_runs, wins
from whp.statistical.randomization import worst

QS = (1.0, 1.5, 2.0, 4.0, 16.0, 100.0, 1000.0, None)


def stream(*key):
    return np.random.default_rng(np.random.SeedSequence([2408, 10818, *key]))


def some_tables(count, *key):
    """Return tables of several kinds: of one scale, of small whole numbers, of 12 scales, with zeros."""
    random = stream(*key)
    for kind in range(count):
        m, n = random.integers(1, 7, 2)
        spread = 10.0 ** random.uniform(-6, 6, (m, n))
        yield (
            random.random((m, n)),
            random.integers(0, 3, (m, n)).astype(float),
            spread,
            spread * random.integers(0, 2, (m, n)),
        )[kind % 4]


# The relaxed loss


def test_values_by_hand():
    table = np.array([[0.0, 1.0], [1.0, 0.0]])
    assert [randomization.relaxed_loss(table, q).value for q in QS] == pytest.approx([0.5] * 8)
    means = np.array([3.0, 4.0])
    assert norm(means, 2.0) == pytest.approx(math.sqrt(12.5))
    assert weights(means, 2.0) == pytest.approx(means / 2 / math.sqrt(12.5))
    assert norm(np.array([2000.0, 1.0, 3.0]), 100.0) == pytest.approx(2000 * 3**-0.01)
    assert norm(np.array([1e-200, 2e-200]), 100.0) == pytest.approx(2e-200 * 2**-0.01)


@pytest.mark.parametrize(("n", "q", "part"), [(512, 100, 0.9395), (512, 16, 0.677), (256, 10, 0.574)])
def test_one_bad_input_of_many_counts_for_so_much(n, q, part):
    assert norm(np.eye(n)[0], float(q)) == pytest.approx(part, abs=5e-4)


def test_the_gradient_is_the_slope():
    for place, table in enumerate(some_tables(80, 1)):
        q = (1.5, 2.0, 4.0, 16.0)[place // 4 % 4]
        made, largest = randomization.relaxed_loss(table, q), table.max()
        if largest == 0 or (table.mean(axis=0) < 1e-3 * largest).any():
            continue  # where it bends too much for a difference
        for place_, slope in np.ndenumerate(made.gradient):
            step = np.zeros(table.shape)
            step[place_] = 1e-6 * largest
            ahead, behind = (randomization.relaxed_loss(table + by * step, q).value for by in (1, -1))
            assert (ahead - behind) / 2e-6 / largest == pytest.approx(slope, rel=1e-5, abs=1e-8)


def test_the_dual_norm_is_that_of_hoelder():
    random = stream(2)
    for q in QS:
        for n in (1, 2, 5):
            y = random.random(n) - 0.2
            losses = random.random((2000, n)) ** 4
            reached = max(losses @ y / [norm(row, q) for row in losses])
            assert reached <= dual_norm(y, q) * (1 + 1e-12)
            point = random.random(n)
            assert dual_norm(weights(point, q), q) == pytest.approx(1)
            assert weights(point, q) @ point == pytest.approx(norm(point, q))


# Games


@pytest.mark.parametrize("q", QS)
def test_gaps_close(q):
    for table in some_tables(60, 3):
        solved = games.solve(table, q)
        assert solved.mixture.min() >= 0
        assert solved.mixture.sum() == pytest.approx(1, abs=1e-12)
        assert dual_norm(solved.adversary, q) <= 1 + 1e-12
        assert solved.value == pytest.approx(norm(solved.mixture @ table, q), rel=1e-12)
        assert -1e-12 * table.max() <= solved.gap <= 3e-7 * table.max()


def value(table, q=None):
    solved = games.solve(np.asarray(table, float), q)
    assert solved.gap <= 1e-8 * np.max(table)
    return solved.value


def best_row(table):
    return float(np.max(table, axis=1).min())


def test_best_rows_lose_less_mixed_alike_unless_one_input_is_the_worst_of_all():
    random, helped = stream(6), set()
    for _ in range(300):
        table = random.integers(1, 4, random.integers(2, 5, 2)).astype(float)
        best = table[table.max(axis=1) == best_row(table)]
        shared = (best == best_row(table)).all(axis=0).any()
        assert (best.mean(axis=0).max() < best_row(table)) == (not shared)
        if not shared:
            assert value(table) < best_row(table) - 0.1  # all losses are whole
        helped.add(bool(shared))
    assert helped == {True, False}


def test_games_that_everybody_knows():
    rock = [[0.5, 1, 0], [0, 0.5, 1], [1, 0, 0.5]]
    assert (value(rock), best_row(rock)) == (pytest.approx(0.5), 1)
    assert value(np.eye(5)) == pytest.approx(1 / 5)
    assert value(1 - np.eye(5)) == pytest.approx(4 / 5)
    assert value([[1.0, 2.0]]) == 2
    assert value(np.zeros((2, 2))) == 0


@pytest.mark.parametrize(("n", "m"), [(3, 1), (4, 2), (5, 3), (6, 1)])
def test_storing_m_of_n_fails_on_the_rest(n, m):
    kept = [[float(x not in chosen) for x in range(n)] for chosen in combinations(range(n), m)]
    assert best_row(kept) == 1
    for q in (1.0, 4.0, None):
        assert value(kept, q) == pytest.approx(1 - m / n)


def one_bit_games(n):
    """Return which (values, query) each reader and its best writers answer wrongly, and all other writers."""
    values = list(product((0, 1), repeat=n))
    readers = list(product(product((0, 1), repeat=n), repeat=2))  # what is told for 0 and for 1
    for reader in readers:
        for writer in product((0, 1), repeat=len(values)):
            yield [
                float(reader[bit][x] != word[x])
                for bit, word in zip(writer, values, strict=True)
                for x in range(n)
            ]


@pytest.mark.parametrize("n", [1, 2, 3])
def test_one_bit_recalls_as_the_closed_form_says(n):
    table = np.unique(np.array(list(one_bit_games(n))), axis=0)
    assert value(table) == pytest.approx(1 - float(recalled(n)))
    assert best_row(table) == (n > 1)  # without a seed something is forgotten for sure


def test_flips_make_every_value_and_query_alike():
    told = [
        Fraction(3, 4),
        Fraction(3, 4),
        Fraction(11, 16),
        Fraction(11, 16),
        Fraction(21, 32),
        Fraction(21, 32),
    ]
    assert [recalled(n) for n in range(1, 8)] == [1, *told]
    for n in (2, 3, 4):
        for values in product((0, 1), repeat=n):
            right = np.zeros(n)
            for flips in product((0, 1), repeat=n):
                kept = int(2 * sum(v ^ f for v, f in zip(values, flips, strict=True)) > n)
                right += [kept ^ f == v for v, f in zip(values, flips, strict=True)]
            assert (right == float(recalled(n)) * 2**n).all()


# Cycles


@pytest.mark.parametrize("n", [3, 4, 5, 6, 7])
def test_each_labelled_cycle_is_listed_once(n):
    """So that no input is drawn: every order of the ids is one of them, turned, and turned round."""
    listed = cycles(n)
    assert listed == sorted(listed)
    assert len(listed) == math.factorial(n - 1) // 2
    edges = {frozenset(frozenset(pair) for pair in pairwise((*order, order[0]))) for order in listed}
    assert len(edges) == len(listed)
    for order in permutations(range(n)):
        assert frozenset(frozenset(pair) for pair in pairwise((*order, order[0]))) in edges


def test_the_worst_case_is_that_of_one_input():
    """Neither a percentile nor a mean of the worst: of 40 inputs a single one decides."""
    losses = np.zeros((16, 40))
    losses[4, 33], losses[:, 7] = 48.0, 1.0
    table = randomization.Trained(losses, np.zeros((16, 40), int))
    assert worst(table) == 3.0


def test_proper_colourings_are_counted():
    for n in range(3, 9):
        brute = {}
        for colors in product(range(3), repeat=n):
            if players.proper(np.array(colors)):
                sizes = tuple(colors.count(color) for color in range(3))
                brute[sizes] = brute.get(sizes, 0) + 1
        assert {sizes: ways for sizes, ways in proper_by_sizes(n).items() if ways} == brute
    for n in range(3, 13):
        assert sum(proper_by_sizes(n).values()) == 2**n + 2 * (-1) ** n
    words = "1 1/3 1/3 4/15 2/15 1/10 11/140 3/70 16/525 134/5775"
    assert [colored(n) for n in range(3, 13)] == [Fraction(word) for word in words.split()]
    for n in range(3, 13):  # equal classes are among the best
        assert colored_by_sizes(n)[tuple(sorted((n + i) // 3 for i in range(3)))] == colored(n)


@pytest.mark.parametrize(("n", "worst", "mixed"), [(4, 1, 2 / 3), (5, 2, 1), (6, 3, 6 / 5)])
def test_colours_by_ids_are_worth_the_closed_forms(n, worst, mixed):
    orders = cycles(n)
    assert len(orders) == players.labelled_cycles(n)
    edges = np.array(
        [
            [sum(colors[a] == colors[b] for a, b in pairwise((*order, order[0]))) for order in orders]
            for colors in product(range(3), repeat=n)
            if colors[0] == 0
        ],
        float,
    )
    improper = np.unique(edges > 0, axis=0).astype(float)
    edges = np.unique(edges, axis=0)
    assert best_row(improper) == 1
    assert value(improper) == pytest.approx(1 - float(colored(n)))
    assert best_row(edges) == worst
    assert value(edges) == pytest.approx(mixed)
    assert value(edges, 4.0) == pytest.approx(mixed)


def three_colorable(edges, n):
    """Say whether a graph has a proper 3-colouring, most constrained vertex first."""
    beside = [set() for _ in range(n)]
    for a, b in edges:
        beside[a].add(b)
        beside[b].add(a)

    def go(colors):
        free = [v for v in range(n) if v not in colors]
        if not free:
            return True
        taken = {v: {colors[w] for w in beside[v] if w in colors} for v in free}
        v = max(free, key=lambda v: (len(taken[v]), len(beside[v])))
        return any(
            go({**colors, v: color})
            for color in range(min(3, len(set(colors.values())) + 1))
            if color not in taken[v]
        )

    return go({})


@pytest.mark.parametrize(("n", "views", "can"), [(4, 12, True), (5, 30, True), (6, 60, False)])
def test_one_round_suffices_without_a_seed_up_to_five(n, views, can):
    seen = {}
    edges = set()
    for order in cycles(n):
        around = [
            seen.setdefault((order[i], frozenset((order[i - 1], order[(i + 1) % n]))), len(seen))
            for i in range(n)
        ]
        edges |= {tuple(sorted(pair)) for pair in pairwise((*around, around[0]))}
    assert len(seen) == views
    assert three_colorable(edges, len(seen)) == can


def test_colours_are_alike_on_all_cycles():
    """All orders of the classes are equally probable, so that each cycle is proper with one probability."""
    n = 5
    for order in cycles(n)[:4]:
        share = np.mean([players.proper(np.array(w)[list(order)]) for w in permutations([0, 1, 2, 0, 1])])
        assert share == pytest.approx(float(colored(n)))


# Grids


def hamilton_paths(rows, columns):
    """Return the times of the first visit of each cell on every Hamilton path from the corner."""
    paths, times = [], {(0, 0): 0}

    def go(i, j):
        if len(times) == rows * columns:
            paths.append([times[a, b] for a in range(rows) for b in range(columns) if a + b])
        for a, b in ((i + 1, j), (i - 1, j), (i, j + 1), (i, j - 1)):
            if 0 <= a < rows and 0 <= b < columns and (a, b) not in times:
                times[a, b] = len(times)
                go(a, b)
                del times[a, b]

    go(0, 0)
    return np.array(paths, float)


GRIDS = [  # and the best time until the treasure was met twice, without a seed and with one
    (2, 2, 2, 4, 4),
    (2, 3, 3, 6, 6),
    (3, 3, 8, 10, 8),
    (3, 4, 17, 12, 10),
    (4, 4, 52, 16, 12.4),
    (4, 5, 160, 20, 14.7357),
    (5, 5, 824, 26, 17.8526),
]


@pytest.mark.parametrize(("rows", "columns", "count", "twice", "twice_mixed"), GRIDS)
def test_hamilton_paths_are_worth_the_closed_form(rows, columns, count, twice, twice_mixed):
    paths = hamilton_paths(rows, columns)
    assert len(paths) == count
    assert best_row(paths) == rows * columns - 1
    assert value(paths) == pytest.approx(float(found(rows, columns)))
    again = paths + [a + b for a in range(rows) for b in range(columns) if a + b]
    assert best_row(again) == twice
    assert value(again) == pytest.approx(twice_mixed, abs=1e-4)


@pytest.mark.parametrize("rows", range(1, 10))
def test_both_walks_meet_every_cell_in_the_best_mean_time(rows):
    for columns in range(1, 10):
        times = []
        for backwards in (False, True):
            walk = np.array(players.walk(rows, columns, backwards))
            assert (walk[0] == 0).all()
            assert (np.abs(np.diff(walk, axis=0)).sum(axis=1) == 1).all()
            first = {}
            for time, cell in enumerate(map(tuple, walk.tolist())):
                first.setdefault(cell, time)
            assert len(first) == rows * columns
            assert all(time >= sum(cell) and (time - sum(cell)) % 2 == 0 for cell, time in first.items())
            times.append([first[i, j] for i in range(rows) for j in range(columns)])
        assert np.mean(times, axis=0).max() <= found(rows, columns)


def walks(rows, columns, steps):
    """Return every walk of so many steps from the corner."""
    made = [[(0, 0)]]
    for _ in range(steps):
        made = [
            [*walk, (i, j)]
            for walk in made
            for i, j in (np.array(walk[-1]) + np.array([(1, 0), (-1, 0), (0, 1), (0, -1)])).tolist()
            if 0 <= i < rows and 0 <= j < columns
        ]
    return made


def test_an_episode_earns_by_when_the_treasure_is_met():
    """1 - 0.1 (t - 1) at time t, which is of the distance's parity and not below it; -2.5 after 25 steps."""
    for walk in walks(3, 3, 7):
        for cell in product(range(3), repeat=2):
            if cell == (0, 0):
                continue
            time, far = walk.index(cell) if cell in walk else None, sum(cell)
            earned = sum(players.rewards(walk, cell))
            assert earned <= 1 - 0.1 * (far - 1) + 1e-12  # as much as if it were known where it is
            if time is None:
                assert earned == pytest.approx(-0.7)  # of 7 steps
            else:
                assert earned == pytest.approx(1 - 0.1 * (time - 1))
                assert time >= far
                assert (time - far) % 2 == 0
    late = [(0, 0), *[(0, 1), (0, 0)] * 12, (1, 0), (2, 0)]
    assert sum(players.rewards(late, (1, 0))) == pytest.approx(-1.4)  # with the 25th step
    assert sum(players.rewards(late, (2, 0))) == pytest.approx(-2.5)
    assert players.rewards(late, (2, 0), 26)[-1] == 1


def test_what_walks_on_the_papers_grid_earn_at_worst():
    """By the times of the first visit: 13 at best with a seed, 24 without; 26 in two episodes without."""
    told = randomization.run_command("grid")
    assert told["best_mean_time"] == 13
    assert told["worst_return"] == pytest.approx(1 - 0.1 * 12)
    paths = hamilton_paths(5, 5)
    cells = [(i, j) for i, j in product(range(5), repeat=2) if i + j]
    distances = np.array([sum(cell) for cell in cells])
    returns, again = 1 - 0.1 * (paths - 1), 1 - 0.1 * (distances - 1)
    assert returns.min(axis=1).max() == pytest.approx(-1.3)
    assert (returns + again).min(axis=1).max() == pytest.approx(2.2 - 0.1 * 26)
    assert told["worst_of_one_walk"] <= -1.3 + 1e-9
    assert told["worst_of_two_episodes_of_one_walk"] <= -0.4 + 1e-9
    walks_ = [players.walk(5, 5, backwards) for backwards in (False, True)]
    twice = max(sum(walk.index(cell) for walk in walks_) / 2 + sum(cell) for cell in cells)
    assert told["worst_of_two_episodes"] == pytest.approx(2.2 - 0.1 * twice)
    assert twice >= 17.8526 - 1e-4  # the value of that game
    assert randomization.run_command("grid", size=4)["worst_return"] == pytest.approx(1 - 0.1 * 7)


# Votes


def test_wins_are_counted_as_all_ballots_are():
    law = (Fraction(1, 2), Fraction(1, 3), Fraction(1, 6))
    for runs in (1, 2, 3, 5):
        for which in range(3):
            brute = sum(
                math.prod(law[output] for output in ballot)
                for ballot in product(range(3), repeat=runs)
                if randomization.vote(np.array(ballot)) == which
            )
            assert wins(runs, law, which) == brute


@pytest.mark.parametrize(
    ("runs", "right", "outputs", "unique"),
    [(3, "0.6", 2, 0.648), (11, "0.6", 2, 0.753498), (5, "0.4", 4, 0.39424), (11, "0.4", 4, 0.568959),
     (5, "0.3", 32, 0.442548), (15, "0.3", 32, 0.845864)],
)  # fmt: skip
def test_majorities_win_as_the_formula_says(runs, right, outputs, unique):
    """If the right output is the largest, every tie is lost, and it wins only where it is the one mode."""
    assert float(
        wins(runs, against_alike(outputs, Fraction(right), outputs - 1), outputs - 1)
    ) == pytest.approx(unique, abs=1e-6)


def test_enough_runs_are_enough_and_votes_may_hurt():
    assert (enough_runs(0.2, 3, 0.05), enough_runs(0.2, 1, 0.01)) == (205, 231)
    assert wins(231, against_alike(2, Fraction("0.6"), 1), 1) > 0.99
    hurt = [wins(runs, against_alike(2, Fraction("0.4"), 1), 1) for runs in (1, 3, 11, 31)]
    assert all(more < less for less, more in pairwise(hurt))


# Bad input, and commands


def test_what_is_no_question_is_told():
    def first(operation, **arguments):
        return next(iter(randomization.faults(operation, arguments)))

    assert first("relaxed_loss", losses=np.zeros((0, 2)), q=1.0)[1].startswith("is empty")
    assert first("relaxed_loss", losses=np.array([[-1.0]]), q=1.0) == ("losses", "has an entry below 0")
    assert first("solve_game", losses=np.ones((1, 1)), q=0.5)[0] == "q"
    assert first("vote", outputs=np.array([], int))[0] == "outputs"
    assert first("store", values=np.array([2]), seed=0)[0] == "values"
    assert first("recall", memory=2, query=0, seed=0)[0] == "memory"
    assert first("recall", memory=1, query=-1, seed=0)[0] == "query"
    assert first("color_cycle", order=np.array([0, 1, 3]), seed=0)[0] == "order"
    assert first("explore", rows=0, columns=1, seed=0)[0] == "rows"


def test_what_is_no_answer_is_told():
    def told(operation, arguments, answer):
        return [fault for fault, _ in randomization.faults(operation, arguments, answer)]

    assert told("store", {}, 2) == [""]
    assert told("color_cycle", {}, np.array([0, 3])) == ["[1]"]
    asked = {"task": "ring", "size": 4}
    wrong = randomization.Trained(np.zeros((16, 2)), np.full((16, 2), 2))
    assert told("train", asked, wrong) == ["success", "losses"]
    assert [randomization.inputs(task, 5) for task in ("recall", "coloring", "ring")] == [160, 12, 4]


def test_a_game_of_gains_and_losses_with_names(whp, tmp_path):
    text = ",rock,paper,scissors\nrock,0,1,-1\npaper,-1,0,1\nscissors,1,-1,0\n"
    (tmp_path / "game.csv").write_text(text)
    done = whp("run", "randomization", "game", "game.csv")
    told = json.loads(done.stdout)
    assert told["rows"] == ["rock", "paper", "scissors"]
    assert told["mixture"] == pytest.approx([1 / 3] * 3, abs=1e-9)
    assert (told["value"], told["best_row"]) == (pytest.approx(0.0, abs=1e-9), 1.0)
    (tmp_path / "mixture.json").write_text(done.stdout)
    verified = whp("verify", "randomization", "game.csv", "mixture.json")
    assert verified.returncode == 0
    assert verified.stdout.endswith("the best single row loses 1\n")
    (tmp_path / "pure.json").write_text("[0, 1, 0]")
    refuted = whp("verify", "randomization", "game.csv", "pure.json")
    assert refuted.returncode == 1
    assert "it loses 1, but [0.333333, 0.333333, 0.333333] loses" in refuted.stderr


def test_a_game_in_a_file_is_solved_and_verified(whp, tmp_path):
    (tmp_path / "game.csv").write_text("2, 0, 3\n0, 3, 1\n\n4, 1, 0\n")
    done = whp("run", "randomization", "game", "game.csv")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["value"] == pytest.approx(told["bound"], abs=1e-9)
    assert told["best_row"] == 3
    (tmp_path / "mixture.json").write_text(done.stdout)
    verified = whp("verify", "randomization", "game.csv", "mixture.json")
    assert verified.returncode == 0, verified.stdout + verified.stderr
    assert "no mixture loses less than" in verified.stdout
    (tmp_path / "half.json").write_text("[0.5, 0.5, 0]")
    refuted = whp("verify", "randomization", "game.csv", "half.json")
    assert refuted.returncode == 1
    assert "it loses 2, but [" in refuted.stdout + refuted.stderr
    (tmp_path / "said.json").write_text('{"mixture": [0, 1, 0], "value": 2}')
    assert whp("verify", "randomization", "game.csv", "said.json").returncode == 1


BAD = [
    ("run randomization game", "a TABLE of losses is expected"),
    ("run randomization chess", "one of game, recall, coloring, ring and grid is expected"),
    ("run randomization game bad.csv", "bad.csv: line 2 has 'x'; a loss is a number"),
    (
        "run randomization game minus.csv --q 2",
        "minus.csv: line 1 has -1.0; a loss is a number from 0 on, for",
    ),
    ("run randomization game none.csv", "none.csv: No such file or directory"),
    ("run randomization game ragged.csv", "ragged.csv: line 2 has 1 losses, and the first has 2"),
    ("run randomization game table.csv --q 0.5", "--q 0.5: at least 1 is expected"),
    ("run randomization ring table.csv", "ring reads no table"),
    ("run randomization ring --seeds some", "--seeds some: all, fixed or a number from 1 on is expected"),
    ("verify randomization table.csv short.json", "short.json: $.mixture has length 1, but m is 2"),
    ("verify randomization table.csv much.json", "much.json: $.mixture sums to 1.5; probabilities sum to 1"),
    ("verify randomization table.csv minus.json", "minus.json: $.mixture[1] is -0.5"),
]


def test_bad_input_is_told_in_a_line(whp, tmp_path):
    (tmp_path / "table.csv").write_text("0,1\n1,0\n")
    (tmp_path / "bad.csv").write_text("0,1\n1,x\n")
    (tmp_path / "minus.csv").write_text("-1,1\n1,0\n")
    (tmp_path / "ragged.csv").write_text("0,1\n1\n")
    (tmp_path / "short.json").write_text("[1]")
    (tmp_path / "much.json").write_text("[0.5, 1]")
    (tmp_path / "minus.json").write_text("[1.5, -0.5]")
    for command, line in BAD:
        done = whp(*command.split())
        assert done.returncode == 2, command
        assert line in " ".join(done.stderr.split()), done.stderr


def test_a_search_is_trained_by_command(whp):
    done = whp("run", "randomization", "ring", "--size", "4", "--seed", "3")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["inputs"], len(told["losses"])) == (3, 16)
    assert told["best_seed_worst_loss"] >= 3
