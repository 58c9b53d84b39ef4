"""scikit-learn's handwritten digits, on which small networks are trained."""

from __future__ import annotations

from functools import cache

import numpy as np
from jaxtyping import Float, Int


@cache
def digits() -> tuple[Float[np.ndarray, "1797 64"], Int[np.ndarray, "1797"]]:
    """Return images of 8 x 8 grey values from 0 to 1, row by row, and their labels.

    Raises ValueError where scikit-learn is missing.
    """
    try:
        from sklearn.datasets import load_digits
    except ImportError:
        raise ValueError(
            "the digits come from scikit-learn, which is missing: pip install 'whp[learn]'"
        ) from None
    pixels, labels = load_digits(return_X_y=True)
    return np.asarray(pixels) / 16, np.asarray(labels, np.int64)
