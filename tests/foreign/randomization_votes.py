"""Votes by scipy, which lets ties go to the smallest, and by Python's own, which let them go to the first.

whp check randomization --subject randomization_votes.py:Scipy
"""

import collections
import statistics

from scipy import stats


class Scipy:
    def vote(self, outputs):
        return stats.mode(outputs).mode


class Statistics:
    def vote(self, outputs):
        return statistics.mode(outputs.tolist())


class Counter:
    def vote(self, outputs):
        return collections.Counter(outputs.tolist()).most_common(1)[0][0]
