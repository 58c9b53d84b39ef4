"""Votes by packages: ties go to the smallest, with Python's own to the first, with polars to any.

whp check randomization --subject randomization_votes.py:Scipy
"""

import collections
import statistics

from scipy import stats


class Scipy:
    def vote(self, outputs):
        return stats.mode(outputs).mode


class Pandas:
    def vote(self, outputs):
        import pandas

        return int(pandas.Series(outputs).mode()[0])


class Torch:
    def vote(self, outputs):
        import torch

        return torch.mode(torch.tensor(outputs)).values.item()


class Jax:
    def vote(self, outputs):
        import jax

        jax.config.update("jax_enable_x64", True)
        return int(jax.scipy.stats.mode(jax.numpy.asarray(outputs)).mode)


class Polars:
    """The first of its modes, which come in no order."""

    def vote(self, outputs):
        import polars

        return polars.Series(outputs).mode()[0]


class Statistics:
    def vote(self, outputs):
        return statistics.mode(outputs.tolist())


class Counter:
    def vote(self, outputs):
        return collections.Counter(outputs.tolist()).most_common(1)[0][0]
