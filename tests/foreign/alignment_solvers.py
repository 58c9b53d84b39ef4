"""Matches the units of layers with solvers of the assignment problem of released packages, one class each.

    pip install munkres && whp check alignment --subject alignment_solvers.py:Munkres

`FastlapHungarian` takes costs below 1e-9 for 0, `Lap1015` answers with what was in memory, and `Hungarianalg`
compares sums of floats for equality.
"""

from importlib.metadata import version

import numpy as np


class Solver:
    @property
    def whp(self):
        return {"name": self.package, "version": version(self.package)}

    def match_layer(self, first, second):
        lengths = [np.linalg.norm(columns, axis=0) for columns in (first, second)]
        one, other = (c / np.where(n > 0, n, 1) for c, n in zip((first, second), lengths, strict=True))
        costs = 1 - one.T @ other
        return self.solve(costs) if costs.size else []  # not all of them take an empty matrix


class Munkres(Solver):
    package = "munkres"

    def solve(self, costs):
        import munkres

        return [column for _, column in munkres.Munkres().compute(costs.tolist())]


class Lapjv(Solver):
    package = "lapjv"

    def solve(self, costs):
        import lapjv

        return lapjv.lapjv(costs, force_doubles=True)[0]


class Minilsap(Solver):
    package = "minilsap"

    def solve(self, costs):
        import minilsap

        return minilsap.linear_sum_assignment(costs)[1]


class Nanolsap(Solver):
    package = "nanolsap"

    def solve(self, costs):
        import nanolsap

        return nanolsap.linear_sum_assignment(costs)[1]


class Transport(Solver):
    package = "pot"

    def solve(self, costs):
        import ot

        return ot.emd([], [], costs).argmax(axis=1)  # of equal masses, the plan is a permutation


class Fastlap(Solver):
    package, algorithm = "fastlap", "lapjv"

    def solve(self, costs):
        import fastlap

        return fastlap.solve_lap(costs, algorithm=self.algorithm)[1]


class FastlapSinkhorn(Fastlap):
    algorithm = "sinkhorn"


class FastlapScaling(Fastlap):
    algorithm = "cost_scaling"


class FastlapHungarian(Fastlap):
    algorithm = "hungarian"


class Lap1015(Solver):
    package = "py-lap-solver"

    def solve(self, costs):
        from py_lap_solver.solvers import Solvers

        return Solvers.Lap1015.solve_single(costs)


class Hungarianalg(Solver):
    package = "hungarianalg"

    def solve(self, costs):
        from hungarianalg.alg import hungarian

        return [column for _, column in sorted(hungarian(-costs).match)]
