"""The relaxed loss by power means and norms of released packages, and by logarithms.

    whp check randomization --subject randomization_means.py:Logarithms
    whp check randomization --subject randomization_means.py:Pmean

Those of scipy, numpy and torch take powers of the losses as they are, which are too large or too small for a
float at the q that the paper trains with. `Logarithms` is right, and so is `Single`, in single precision.
"""

import numpy as np
import scipy
from scipy.special import logsumexp


class Means:
    """The mean over seeds first, then what a package has for the mean over inputs."""

    def __init__(self, package):
        self.whp = {"name": f"{package.__name__} {type(self).__name__}", "version": package.__version__}

    def relaxed_loss(self, losses, q):
        means = losses.mean(axis=0)
        with np.errstate(all="ignore"):
            value = self.value(means, np.inf if q is None else q)
            slopes = (means / value) ** (q - 1) / len(means) if q else self.first(means)
        row = np.nan_to_num(slopes / len(losses))
        return {"value": float(value), "gradient": np.tile(row, (len(losses), 1))}

    def first(self, means):
        return np.eye(len(means))[means.argmax()]


class Pmean(Means):
    def __init__(self):
        super().__init__(scipy)

    def value(self, means, q):
        return (
            scipy.stats.pmean(means, q) if means.all() and q < np.inf else means.max() * self.share(means, q)
        )

    def share(self, means, q):
        """Return what the package doesn't serve: zeros, of which it warns, and infinity."""
        return scipy.stats.pmean(np.maximum(means / (means.max() or 1), 1e-300), q) if q < np.inf else 1.0


class NumpyNorm(Means):
    def __init__(self):
        super().__init__(np)

    def value(self, means, q):
        return np.linalg.norm(means, q) / len(means) ** (1 / q)


class TorchNorm:
    """torch's norm, with the gradient that torch makes of it."""

    def __init__(self):
        import torch

        torch.set_num_threads(1)
        self.torch, self.whp = torch, {"name": "torch.linalg.vector_norm", "version": torch.__version__}

    def relaxed_loss(self, losses, q):
        table = self.torch.tensor(losses, requires_grad=True)
        means = table.mean(dim=0)
        order = self.torch.inf if q is None else q
        value = self.torch.linalg.vector_norm(means, order) / len(means) ** (1 / order)
        value.backward()
        return {"value": value.item(), "gradient": self.torch.nan_to_num(table.grad).numpy()}


class Logarithms(Means):
    def __init__(self):
        super().__init__(scipy)

    def value(self, means, q):
        if q == np.inf or not means.any():
            return means.max()
        return np.exp((logsumexp(q * np.log(means)) - np.log(len(means))) / q)


class Single(Means):
    """In single precision, which it declares."""

    def __init__(self):
        super().__init__(np)
        self.whp["precision"] = "float32"

    def relaxed_loss(self, losses, q):
        return super().relaxed_loss(losses.astype(np.float32), q and np.float32(q))

    def value(self, means, q):
        largest = means.max()
        if q == np.inf or largest == 0:
            return largest
        return largest * np.mean((means / largest) ** q) ** (1 / q)
