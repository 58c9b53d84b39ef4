"""The reference of static Permutation Mastermind: against brute force, the lemma, and exact tables."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from fractions import Fraction
from itertools import combinations, pairwise, permutations

import numpy as np
import pytest
from scipy import special

from whp.properties.mastermind import SMALLEST, agreeing, rows
from whp.reference import mastermind
from whp.reference.mastermind import (
    answers,
    confused,
    decode,
    design,
    enough,
    entropy_bound,
    paper_size,
    peel,
    queries,
    resolves,
    satisfies_lemma,
)
from whp.statistical.exact.permutations import (
    all_occur,
    fixed_points,
    naive_shuffle,
    resolving,
    resolving_subsets,
)

SURPRISE = 1e-6  # a count this improbable under the stated rate says that the rate is wrong
RULES = [
    {},
    {"exclusion": True},
    {"exclusion": True, "columns": True},
    {"exclusion": True, "columns": True, "saturation": True},
]


def seeds(*key, count):
    return [int(seed) for seed in np.random.SeedSequence([2103, *key]).generate_state(count, np.uint32)]


def words(n):
    return [np.array(word) for word in permutations(range(n))]


# Sizes


def test_sizes_are_those_of_the_paper_and_of_the_tables():
    assert [paper_size(n) for n in (1, 2, 10, 1000)] == [0, 39, 645, 193418]
    table = {
        2: 1,
        3: 2,
        4: 3,
        5: 4,
        6: 6,
        7: 7,
        8: 9,
        9: 10,
        10: 12,
        12: 16,
        16: 24,
        32: 63,
        64: 158,
        100: 279,
    }
    table |= {128: 381, 256: 895, 512: 2059, 1000: 4531}
    assert {n: entropy_bound(n) for n in table} == table
    assert all(entropy_bound(n) <= enough(n) <= paper_size(n) for n in range(1, 200))


def test_smallest_sets_resolve_and_no_smaller_one_does():
    for word in SMALLEST.values():
        assert resolves(rows(*word))
    for n in (2, 3, 4):
        size = len(SMALLEST[n]) - 1
        others = words(n)[1:]  # a set can be renamed so that it has the identity
        for chosen in combinations(others, max(size - 1, 0)):
            assert size == 0 or not resolves(np.array([np.arange(n), *chosen]))


def test_fewer_queries_than_the_entropy_bound_never_resolve():
    for n in range(2, 9):
        for seed in seeds(1, n, count=4):
            asked = design(n, entropy_bound(n) - 1, seed)
            if len(asked):
                one, other = confused(asked)
                assert not np.array_equal(one, other)
                assert np.array_equal(answers(asked, one), answers(asked, other))


# Decoding


@pytest.mark.parametrize("n", [2, 3, 4])
def test_peeling_finds_every_codeword_just_if_the_lemma_holds(n):
    seen = set()
    for seed in seeds(2, n, count=60):
        m = 1 + seed % (3, 12, 30)[n - 2]
        asked = design(n, m, seed)
        found = all((peel(asked, answers(asked, word))[0] >= 0).all() for word in words(n))
        assert found == satisfies_lemma(asked)
        seen.add(found)
    assert seen == {True, False}


@pytest.mark.parametrize("n", [1, 2, 3, 4, 5, 6])
def test_truthful_answers_give_the_codeword_or_nothing(n):
    for seed in seeds(3, n, count=3):
        asked = design(n, 1 + seed % (4 * n), seed)
        for word in words(n):
            for rules in RULES:
                found, sound = peel(asked, answers(asked, word), **rules)
                assert sound
                assert ((found == word) | (found < 0)).all()
            shown = decode(asked, answers(asked, word))
            assert shown.status in ("decoded", "stuck")
            assert shown.codeword is None or np.array_equal(shown.codeword, word)


@pytest.mark.parametrize("n", [2, 3, 4, 5])
def test_any_answers_are_decoded_only_to_the_one_word_that_agrees(n):
    generator = np.random.default_rng(np.random.SeedSequence([2103, 4, n]))
    for _ in range(150):
        asked = design(n, int(generator.integers(1, 8)), int(generator.integers(2**32)))
        told = generator.integers(0, n + 1, len(asked))
        shown, agree = decode(asked, told), agreeing(asked, told)
        assert shown.status != "decoded" or agree == [tuple(shown.codeword.tolist())]
        assert shown.status != "inconsistent" or not agree


def test_stronger_rules_find_more_and_more_queries_take_nothing_away():
    for n in (6, 12, 20):
        for seed in seeds(5, n, count=20):
            asked = design(n, math.ceil(2.5 * n * math.log(n)) + 1, seed)
            asked, word = asked[:-1], asked[-1]
            told = answers(asked, word)
            fixed = [set(np.flatnonzero(peel(asked, told, **rules)[0] >= 0)) for rules in RULES]
            assert all(less <= more for less, more in pairwise(fixed))
            half = len(asked) // 2
            for rules, known in zip(RULES, fixed, strict=True):
                assert set(np.flatnonzero(peel(asked[:half], told[:half], **rules)[0] >= 0)) <= known


@pytest.mark.parametrize("rules", RULES)
def test_order_and_names_change_nothing(rules):
    generator = np.random.default_rng(np.random.SeedSequence([2103, 6]))
    for seed in seeds(6, count=20):
        n = 10
        asked = design(n, 50, seed)
        asked, word = asked[:-1], asked[-1]
        told = answers(asked, word)
        found, _ = peel(asked, told, **rules)
        order = generator.permutation(len(asked))
        assert np.array_equal(peel(asked[order], told[order], **rules)[0], found)
        colors, positions = generator.permutation(n), generator.permutation(n)
        renamed, _ = peel(colors[asked][:, positions], told, **rules)
        assert np.array_equal(renamed, np.where(found < 0, -1, colors[found])[positions])


# The share of codewords that are found by each set of rules, from m = c n ln n queries: (n, c, shares).
THRESHOLDS = [
    (16, 2.5, (0.79, 0.96, 0.99, 1.0)),
    (64, 2.2, (0.62, 0.94, 1.0, 1.0)),
    (64, 1.8, (0.0, 0.06, 0.29, 0.95)),
    (128, 2.0, (0.06, 0.28, 0.84, 1.0)),
]


@pytest.mark.parametrize(("n", "c", "shares"), THRESHOLDS)
def test_codewords_are_found_as_often_as_was_measured(n, c, shares):
    runs, found = 100, np.zeros(4, int)
    for seed in seeds(7, n, int(10 * c), count=runs):
        asked = design(n, math.ceil(c * n * math.log(n)) + 1, seed)
        told = answers(asked[:-1], asked[-1])
        found += [bool((peel(asked[:-1], told, **rules)[0] >= 0).all()) for rules in RULES]
    for count, share in zip(found.tolist(), shares, strict=True):
        # The table rests on 100 to 400 runs: its own error is allowed for.
        low, high = max(share - 0.15, 1e-3), min(share + 0.15, 1 - 1e-3)
        assert special.bdtr(count, runs, low) >= SURPRISE
        assert special.bdtrc(count - 1, runs, high) >= SURPRISE


@pytest.mark.parametrize("n", [64, 256])
def test_the_threshold_of_peeling_stays_while_queries_a_position_grow(n):
    runs, found = 60, {1.8: 0, 2.5: 0}
    for c in found:
        for seed in seeds(8, n, int(10 * c), count=runs):
            asked = design(n, math.ceil(c * n * math.log(n)) + 1, seed)
            found[c] += bool((peel(asked[:-1], answers(asked[:-1], asked[-1]))[0] >= 0).all())
    assert special.bdtr(found[2.5], runs, 0.5) >= 1 - SURPRISE  # more than half of them
    assert special.bdtrc(found[1.8] - 1, runs, 0.5) >= 1 - SURPRISE  # less than half


@pytest.mark.slow
def test_the_threshold_of_peeling_at_a_thousand():
    for c, low, high in ((1.8, 0, 2), (2.8, 6, 8)):
        found = 0
        for seed in seeds(9, int(10 * c), count=8):
            asked = design(1000, math.ceil(c * 1000 * math.log(1000)) + 1, seed)
            found += bool((peel(asked[:-1], answers(asked[:-1], asked[-1]))[0] >= 0).all())
        assert low <= found <= high


def test_compiled_and_uncompiled_answers_are_the_same():
    program = (
        "import json; from whp.reference import mastermind as m\n"
        "q = m.design(12, 80, 5); w = m.design(12, 1, 6)[0]; d = m.decode(q, m.answers(q, w))\n"
        "f, s = m.peel(q[:20], m.answers(q[:20], w))\n"
        "print(json.dumps([q.tolist(), d.status, d.codeword.tolist(), f.tolist(), s]))"
    )
    told = [
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "NUMBA_DISABLE_JIT": off},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for off in ("0", "1")
    ]
    assert told[0] == told[1]
    assert json.loads(told[0])[1] == "decoded"


def test_queries_are_static_and_their_seed_is_all():
    assert np.array_equal(queries(20, 7), queries(20, 7))
    assert not np.array_equal(queries(20, 7), queries(20, 8))
    assert queries(1, 0).shape == (0, 1)


# Exact laws


def test_laws_are_those_of_the_tables():
    assert [int(p * math.factorial(6)) for p in fixed_points(6)] == [265, 264, 135, 40, 15, 0, 1]
    assert [int(p * math.factorial(8)) for p in fixed_points(8)] == [
        14833,
        14832,
        7420,
        2464,
        630,
        112,
        28,
        0,
        1,
    ]
    assert [resolving_subsets(3, size) for size in range(1, 7)] == [0, 0, 0, 9, 6, 1]
    assert [resolving_subsets(4, size) for size in range(4, 9)] == [2304, 19968, 90496, 282240, 667152]
    assert float(resolving(3, 8)) == pytest.approx(0.782878944, abs=1e-9)
    assert float(resolving(4, 8)) == pytest.approx(0.787379973, abs=1e-9)
    assert float(resolving(4, 6)) == pytest.approx(355 / 648)
    assert float(all_occur(6, 14)) == pytest.approx(0.582845349, abs=1e-9)
    shuffled = naive_shuffle(3)
    assert sorted(set(shuffled.values())) == [Fraction(4, 27), Fraction(5, 27)]


def test_resolving_sets_are_counted_as_brute_force_does():
    for size in (3, 4, 5):
        sets = combinations(words(3), size)
        assert sum(resolves(np.array(chosen)) for chosen in sets) == resolving_subsets(3, size)


# Bad input


def test_what_is_no_query_is_refused():
    def faults(operation, **arguments):
        return list(mastermind.faults(operation, arguments))

    assert faults("resolves", queries=np.zeros((0, 3), int)) == [
        ("queries", "is empty; at least one query, of at least one position, is expected")
    ]
    assert faults("resolves", queries=np.array([[0, 1], [1, 1]])) == [
        ("queries[1]", "is no permutation of 0..1")
    ]
    assert faults("answers", queries=np.array([[0, 1]]), codeword=np.array([0, 0]))[0][0] == "codeword"
    assert faults("decode", queries=np.array([[0, 1]]), answers=np.array([3]))[0][0] == "answers"
    assert faults("queries", n=0, seed=0)[0][0] == "n"
    with pytest.raises(ValueError, match="n <= 9"):
        resolves(design(10, 3, 0))


def test_run_and_verify_on_the_command_line(whp, tmp_path):
    made = whp("run", "mastermind", "--n", 8, "--seed", 3)
    assert made.returncode == 0
    told = json.loads(made.stdout)
    assert told["m"] == len(told["queries"]) == enough(8)
    (tmp_path / "q.json").write_text(made.stdout)
    assert (
        "resolved: the answers to 117 queries tell all 40320 codewords"
        in whp("verify", "mastermind", "q.json").stdout
    )
    (tmp_path / "few.json").write_text("[[0, 1, 2, 3], [1, 0, 3, 2]]")
    few = whp("verify", "mastermind", "few.json")
    assert few.returncode == 1
    assert "have the same answers to all 2 queries" in few.stderr
    (tmp_path / "large.json").write_text(whp("run", "mastermind", "--n", 32).stdout)
    assert (
        "peeling finds 100 of 100 random codewords from 444"
        in whp("verify", "mastermind", "large.json").stdout
    )
    for text, sentence in (
        ("[[0, 0]]", "$[0] is no permutation of 0..1"),
        ("[[0, 1], [0]]", "q2.json: $"),
        ("{", "no JSON"),
        ("7", "a list of permutations is expected"),
    ):
        (tmp_path / "q2.json").write_text(text)
        wrong = whp("verify", "mastermind", "q2.json")
        assert wrong.returncode == 2
        assert sentence in wrong.stderr
        assert len(wrong.stderr.splitlines()) == 1
    assert whp("run", "mastermind", "--n", 8, "--m", 3, "--paper").returncode == 2
