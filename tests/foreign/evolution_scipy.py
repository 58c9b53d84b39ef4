"""Directions by scipy: orth and null_space for the surrogates, ortho_group for the uniform ones.

whp check evolution --subject evolution_scipy.py
"""

import numpy as np
import scipy
from scipy.linalg import null_space, orth
from scipy.stats import ortho_group

whp = {"name": "scipy ortho_group", "version": scipy.__version__}


def directions(n, surrogates, count, seed):
    rows = [row / np.abs(row).max() for row in surrogates if row.any()]
    known = np.reshape([row / np.linalg.norm(row) for row in rows], (-1, n))
    basis = orth(known.T, rcond=1e-9) if len(known) else np.empty((n, 0))
    rest = null_space(basis.T) if basis.shape[1] else np.eye(n)
    if not count:
        return basis.T
    turned = ortho_group.rvs(rest.shape[1], random_state=np.random.default_rng(seed))
    return np.vstack([basis.T, turned[:count] @ rest.T])
