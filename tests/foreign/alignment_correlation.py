"""Matches units by the correlation of their activations: right, and another algorithm than the paper's.

whp check alignment --subject alignment_correlation.py
"""

import numpy as np
from scipy.optimize import linear_sum_assignment

from whp.reference.alignment import forward

whp = {"name": "matching by correlation"}


def standardised(activations):
    if not len(activations):
        return activations
    centred = activations - activations.mean(axis=0)
    size = np.linalg.norm(centred, axis=0)
    return centred / np.where(size > 0, size, 1)


def match(first, second, inputs):
    layers = zip(forward(first, inputs).hidden, forward(second, inputs).hidden, strict=True)
    return [linear_sum_assignment(-standardised(one).T @ standardised(other))[1] for one, other in layers]
