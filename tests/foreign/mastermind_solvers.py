"""Decodes with solvers of released packages: a codeword that agrees, then another one, or none.

pip install z3-solver && whp check mastermind --subject mastermind_solvers.py:Z3
"""


def answer(words):
    """Tell what follows from at most two codewords that agree."""
    if len(words) == 1:
        return {"status": "decoded", "codeword": words[0]}
    return {"status": "stuck" if words else "inconsistent", "codeword": None}


class Solver:
    @property
    def whp(self):
        return {"limits": {"decode": {"n": [1, self.largest]}}}


class Z3(Solver):
    largest = 8

    def decode(self, queries, answers):
        import z3

        word = [z3.Int(f"colour {i}") for i in range(queries.shape[1])]
        solver, words = z3.Solver(), []
        solver.add(z3.Distinct(word), *(z3.And(each >= 0, each < len(word)) for each in word))
        for query, agreeing in zip(queries.tolist(), answers.tolist(), strict=True):
            solver.add(z3.Sum([z3.If(word[i] == j, 1, 0) for i, j in enumerate(query)]) == agreeing)
        while len(words) < 2 and solver.check() == z3.sat:
            model = solver.model()
            words.append([model.eval(each, model_completion=True).as_long() for each in word])
            solver.add(z3.Or([each != j for each, j in zip(word, words[-1], strict=True)]))
        return answer(words)


class Constraint(Solver):
    """All solutions of python-constraint2."""

    largest = 7

    def decode(self, queries, answers):
        from constraint import AllDifferentConstraint, Problem

        places = list(range(queries.shape[1]))
        problem = Problem()
        problem.addVariables(places, places)
        problem.addConstraint(AllDifferentConstraint())
        for query, agreeing in zip(queries.tolist(), answers.tolist(), strict=True):

            def agrees(*word, query=query, agreeing=agreeing):
                return sum(i == j for i, j in zip(word, query, strict=True)) == agreeing

            problem.addConstraint(agrees, places)
        return answer([[found[i] for i in places] for found in problem.getSolutions()])


class Highs(Solver):
    largest = 24

    def decode(self, queries, answers):
        import highspy

        n = queries.shape[1]
        model, words = highspy.Highs(), []
        model.silent()
        has = [[model.addBinary() for _ in range(n)] for _ in range(n)]
        for i in range(n):
            model.addConstr(sum(has[i]) == 1)
            model.addConstr(sum(has[j][i] for j in range(n)) == 1)
        for query, agreeing in zip(queries.tolist(), answers.tolist(), strict=True):
            model.addConstr(sum(has[i][j] for i, j in enumerate(query)) == agreeing)
        while len(words) < 2:
            model.solve()
            if model.getModelStatus() != highspy.HighsModelStatus.kOptimal:
                break
            words.append([next(j for j in range(n) if model.val(has[i][j]) > 0.5) for i in range(n)])
            model.addConstr(sum(has[i][j] for i, j in enumerate(words[-1])) <= n - 1)
        return answer(words)
