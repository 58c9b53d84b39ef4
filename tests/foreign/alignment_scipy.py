"""Matches the units of layers by scikit-learn's cosines and scipy's assignment.

whp check alignment --subject alignment_scipy.py
"""

import numpy as np
import scipy
from scipy.optimize import linear_sum_assignment
from sklearn.metrics.pairwise import cosine_similarity

whp = {"name": "scipy linear_sum_assignment", "version": scipy.__version__}


def match_layer(first, second):
    if not first.size:
        return np.arange(first.shape[1])
    return linear_sum_assignment(-cosine_similarity(first.T, second.T))[1]
