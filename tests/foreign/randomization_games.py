"""Games by solvers of released packages.

    whp check randomization --subject randomization_games.py:Cvxpy
    whp check randomization --subject randomization_games.py:Nashpy

A solver of matrix games alone serves the other norms by cutting planes: each column is the slope of the norm
at the mixture before.
"""

import warnings

import numpy as np


def power_mean(losses, q):
    largest = losses.max()
    return largest * np.mean((losses / largest) ** q) ** (1 / q) if q and largest else largest


class Cutting:
    """A matrix game for q = infinity, and one for each cut of another norm."""

    def solve_game(self, losses, q):
        scaled = losses / (losses.max() or 1.0)
        mixture = self.mixture(scaled) if q is None else self.cut(scaled, q)
        return {"mixture": mixture, "value": power_mean(mixture @ losses, q)}

    def cut(self, losses, q):
        mixture, columns, best = np.full(len(losses), 1 / len(losses)), [], (np.inf, None)
        for _ in range(200):
            mixed = mixture @ losses
            value = power_mean(mixed, q)
            best = min(best, (value, mixture), key=lambda pair: pair[0])
            slopes = (mixed / value) ** (q - 1) / len(mixed) if value else np.zeros(len(mixed))
            columns.append(losses @ slopes)
            mixture = self.mixture(np.array(columns).T)
            if best[0] - (mixture @ np.array(columns).T).max() < 1e-8:
                break
        return best[1]


class Linprog(Cutting):
    """scipy's linear programmes, by HiGHS' interior points: a mixture and its largest loss."""

    def mixture(self, losses):
        from scipy.optimize import linprog

        m, n = losses.shape
        solved = linprog(
            [0.0] * m + [1.0],
            A_ub=np.column_stack([losses.T, -np.ones(n)]),
            b_ub=np.zeros(n),
            A_eq=[[1.0] * m + [0.0]],
            b_eq=[1.0],
            bounds=[(0, 1)] * m + [(None, None)],
            method="highs-ipm",
        )
        mixture = np.maximum(solved.x[:m], 0)
        return mixture / mixture.sum()


class Nashpy(Cutting):
    """nashpy's linear programmes for zero-sum games."""

    def mixture(self, losses):
        import nashpy

        mixture = np.maximum(nashpy.Game(-losses).linear_program()[0], 0)
        return mixture / mixture.sum()


class NashpyPlay(Cutting):
    """nashpy's fictitious play, a thousand rounds of it."""

    def mixture(self, losses):
        import nashpy

        np.random.seed(0)  # the package draws there
        (*_, (plays, _)) = nashpy.Game(-losses).fictitious_play(iterations=1000)
        return plays / plays.sum()


class Quantecon(Cutting):
    """quantecon's simplex method for matrix games."""

    def mixture(self, losses):
        from quantecon.optimize import minmax

        return minmax(-losses)[1]


class Gtlab(Cutting):
    def mixture(self, losses):
        from gtlab.solvers.linprog import solve_zero_sum

        return solve_zero_sum(-losses)["p"]


class OpenSpiel(Cutting):
    def mixture(self, losses):
        import pyspiel
        from open_spiel.python.algorithms.lp_solver import solve_zero_sum_matrix_game

        game = pyspiel.create_matrix_game(-losses, losses)
        mixture = np.maximum(np.ravel(solve_zero_sum_matrix_game(game)[0]), 0)
        return mixture / mixture.sum()


class Cvxpy:
    """The norm itself as the objective of a convex programme."""

    def solve_game(self, losses, q):
        import cvxpy

        scaled = losses / (losses.max() or 1.0)
        p = cvxpy.Variable(len(losses), nonneg=True)
        size = losses.shape[1] ** (-1 / q) if q else 1.0
        norm = cvxpy.norm(p @ scaled, "inf") if q is None else cvxpy.pnorm(p @ scaled, q)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of powers that are no small fractions
            cvxpy.Problem(cvxpy.Minimize(size * norm), [cvxpy.sum(p) == 1]).solve(solver="CLARABEL")
        mixture = np.maximum(p.value, 0)
        mixture /= mixture.sum()
        return {"mixture": mixture, "value": power_mean(mixture @ losses, q)}
