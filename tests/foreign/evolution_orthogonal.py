"""Directions by random orthogonal matrices of released packages, in the complement of the surrogates.

    pip install pymanopt && whp check evolution --subject evolution_orthogonal.py:Pymanopt

The rotation of `Cma` is another one each time where its seed is 0.
"""

import numpy as np
from evolution_scipy import null_space, orth


def short(seed):
    """Make a seed of 32 bits of one that has more."""
    return int(np.random.SeedSequence(seed).generate_state(1)[0])


class Package:
    def directions(self, n, surrogates, count, seed):
        rows = [row / np.abs(row).max() for row in surrogates if row.any()]
        known = np.reshape([row / np.linalg.norm(row) for row in rows], (-1, n))
        basis = orth(known.T, rcond=1e-9) if len(known) else np.empty((n, 0))
        rest = null_space(basis.T) if basis.shape[1] else np.eye(n)
        turned = self.orthogonal(rest.shape[1], seed)[:count] if count else np.empty((0, rest.shape[1]))
        return np.vstack([basis.T, turned @ rest.T])


class Jax(Package):
    def orthogonal(self, size, seed):
        import jax

        jax.config.update("jax_enable_x64", True)
        return np.asarray(jax.random.orthogonal(jax.random.key(seed), size))


class Pymanopt(Package):
    def orthogonal(self, size, seed):
        from pymanopt.manifolds import Stiefel

        np.random.seed(short(seed))  # the package draws there
        return Stiefel(size, size).random_point().T


class Thewalrus(Package):
    def orthogonal(self, size, seed):
        from thewalrus.random import random_interferometer

        np.random.seed(short(seed))
        return random_interferometer(size, real=True)


class Cma(Package):
    def orthogonal(self, size, seed):
        import cma

        return cma.transformations.Rotation(seed=seed and short(seed))(np.eye(size))
