from __future__ import annotations

import random

from whp.seeds import BLOCK, of_check, of_replicates


def test_a_seed_depends_on_run_claim_cell_and_index_and_not_on_what_is_asked_with_it():
    whole = of_replicates(3, "coloring/a", "K3", 0, 5 * BLOCK)
    assert len(set(whole)) == 5 * BLOCK
    assert all(0 <= seed < 2**53 for seed in whole)
    drawn = random.Random(1)  # which slices are looked at
    for _ in range(200):
        first = drawn.randrange(5 * BLOCK)
        count = drawn.randrange(5 * BLOCK - first + 1)
        assert of_replicates(3, "coloring/a", "K3", first, count) == whole[first : first + count]
    for other in ((4, "coloring/a", "K3"), (3, "coloring/b", "K3"), (3, "coloring/a", "K4")):
        assert not set(of_replicates(*other, 0, 5 * BLOCK)) & set(whole)


def test_every_check_of_every_run_has_a_seed_of_its_own():
    seeds = {of_check(seed, check) for seed in range(50) for check in ("coloring/a", "coloring/b")}
    assert len(seeds) == 100
