"""Estimates by evotorch: the gradient of the mean of its symmetric Gaussian (PGPE), at a given step.

Its gradient of an expectation is sigma^2 times the sum over pairs of slopes; pairs must stand together there.

whp check evolution --subject evolution_evotorch.py
"""

import evotorch
import numpy as np
import torch
from evotorch.distributions import SymmetricSeparableGaussian

whp = {"name": "evotorch SymmetricSeparableGaussian", "version": evotorch.__version__}


def tell(point, points, values, sigma):
    center = torch.tensor(point)
    shaped = SymmetricSeparableGaussian({"mu": center, "sigma": torch.full_like(center, sigma)})
    left, order = list(range(len(points))), []
    while left:
        one = left.pop(0)
        partner = min(left, key=lambda other: np.abs(points[one] + points[other] - 2 * point).max())
        left.remove(partner)
        order += [one, partner]
    found = shaped.compute_gradients(
        torch.tensor(points[order]),
        torch.tensor(values[order]),
        objective_sense="max",
        ranking_method="raw",
    )
    return found["mu"].numpy() / sigma**2
