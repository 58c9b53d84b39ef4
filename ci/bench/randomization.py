"""The relaxed loss of a large table, a large game, and a quick check."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
from scipy import optimize

from bench.measuring import figure, in_turns, quick_check, ratio, seconds
from whp.reference import randomization
from whp.reference.randomization import games


def mixing() -> None:
    """Compare the loss with one pass over its table, and the game with its linear programme by HiGHS."""
    random = np.random.default_rng(np.random.SeedSequence(1))
    table = random.random((1000, 10000))
    ours, bare = in_turns(
        7, partial(randomization.relaxed_loss, table, 16.0), lambda: (table.mean(axis=0), table.max())
    )
    figure("mixing: relaxed loss, 1e3 x 1e4 / its mean and max", ratio(ours, bare), bar=5)
    game = random.random((200, 200))
    m, n = game.shape
    program: dict[str, Any] = {
        "c": np.append(np.zeros(m), 1.0),
        "A_ub": np.column_stack([game.T, -np.ones(n)]),
        "b_ub": np.zeros(n),
        "A_eq": np.append(np.ones(m), 0.0)[None],
        "b_eq": np.ones(1),
        "bounds": [(0, 1)] * m + [(None, None)],
        "method": "highs",
    }
    ours, direct = in_turns(
        7, partial(randomization.solve_game, game, None), partial(optimize.linprog, **program)
    )
    figure("mixing: a game, 200 x 200 / HiGHS", ratio(ours, direct), bar=3)
    figure("mixing: its gap, in 1e-9", games.solve(game, None).gap * 1e9, bar=1)
    for q in (2.0, 16.0):
        taken = seconds(partial(randomization.solve_game, game, q))
        figure(f"mixing: a game for the norm, q = {q:g}", taken, "s")
    quick_check("randomization", rounds=1, bar=25)
