"""Matches the units of layers with lapjv of the module `lap`, which the packages lap and lapx both bring.

whp check alignment --subject alignment_lap.py
"""

import lap
import numpy as np

whp = {"name": "lapjv", "version": lap.__version__, "limits": {"match_layer": {"n": [1, 10_000]}}}


def match_layer(first, second):
    lengths = [np.linalg.norm(columns, axis=0) for columns in (first, second)]
    one, other = (c / np.where(n > 0, n, 1) for c, n in zip((first, second), lengths, strict=True))
    return lap.lapjv(1 - one.T @ other)[1]
