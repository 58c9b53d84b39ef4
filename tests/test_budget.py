"""One budget for all claims: how often a right subject has any of them refuted, counted."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import special

from whp import registry
from whp.choices import ALPHA
from whp.seeds import of_replicates
from whp.statistical.decisions.cdfs import Cdfs
from whp.statistical.decisions.coins import Coins
from whp.statistical.decisions.independence import Independents
from whp.statistical.decisions.laws import Laws
from whp.subject import Subject, Unwatched

RUNS, LOOSE = 2000, 0.1
POOL = 4000
SURPRISE = 1e-6  # a count this improbable under the stated rate says that the stated rate is wrong


def sources(claim, plan, subject):
    """Return, for each cell, the values to draw from and their probabilities.

    A law or a coin is drawn from exactly, a continuous one at its quantiles; where a mean or a bound is
    claimed, runs of the reference are.
    """
    if isinstance(plan, Laws):
        chances = [np.append(cell.pmf, max(0.0, 1 - math.fsum(cell.pmf))) for cell in plan.cells]
        return [(np.arange(len(law), dtype=float), law / law.sum()) for law in chances]
    if isinstance(plan, Coins):  # that succeed with the least probability that is right
        return [(np.array([0.0, 1.0]), [1 - walk.p1, walk.p1]) for walk in plan.walks]
    if isinstance(plan, Cdfs):
        grid = np.linspace(0, 1, 100 * POOL)
        middles = (np.arange(POOL) + 0.5) / POOL
        return [(np.interp(middles, law(grid), grid), None) for law in plan.cdfs]
    found = []
    for cell in claim.cells["quick"]:
        seeds = of_replicates(3, claim.id, cell.label, 0, POOL)
        pool = []
        for seed in seeds:
            pool.append(claim.replicate(subject, cell, seed))
            subject.calls.clear()
        values = np.array(pool)
        found.append(unrelated(values, plan.levels) if isinstance(plan, Independents) else (values, None))
    return found


def unrelated(pairs, levels):
    """Return all pairs, with probabilities as if the two numbers of one were independent."""
    first, second = (np.bincount(half.astype(int), minlength=levels) for half in np.divmod(pairs, levels))
    law = np.outer(first, second).ravel()
    return np.arange(levels**2, dtype=float), law / law.sum()


@pytest.mark.slow
def test_in_2000_runs_of_right_subjects_no_more_are_red_than_the_budget_allows():
    claims = [
        claim for system in registry.systems() for claim in registry.claims(system) if "quick" in claim.cells
    ]
    shares = registry.shares()
    loose = [claim.plan("quick", LOOSE * shares[claim.id]) for claim in claims]
    strict = [claim.plan("quick", ALPHA * shares[claim.id]) for claim in claims]
    assert sum(plan.false_alarm for plan in loose) <= LOOSE * (1 + 1e-9)
    subjects = {system: Subject(system, None, {}, Unwatched()) for system in registry.systems()}
    drawn = [sources(claim, plan, subjects[claim.system]) for claim, plan in zip(claims, loose, strict=True)]
    generator = np.random.default_rng(np.random.SeedSequence(31))
    red, very_red = 0, 0
    for _ in range(RUNS):
        verdicts = []
        for plan, strictly, cells in zip(loose, strict, drawn, strict=True):
            evidence = [
                generator.choice(values, cap, p=law)
                for (values, law), cap in zip(cells, plan.cap, strict=True)
            ]
            if plan.decide(evidence).verdict == "refuted":
                verdicts.append(strictly.decide(evidence).verdict)
        red += bool(verdicts)
        very_red += "refuted" in verdicts
    assert special.bdtrc(red - 1, RUNS, LOOSE) >= SURPRISE, f"{red} of {RUNS} runs are red"
    assert red > RUNS * LOOSE / 50, "a budget that is hardly spent is too dear"
    assert very_red == 0
    print(f"{red} of {RUNS} runs are red at {LOOSE}")
