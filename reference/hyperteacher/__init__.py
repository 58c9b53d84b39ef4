"""Modules that a student identifies and recombines: arXiv:2312.15001, tasks in unseen combinations.

A teacher has M modules Theta_m and a readout V. A task is a code z, and what it asks for is

    f(x; z) = relu(x W(z) / sqrt(n)) V,      W(z) = sum over m of z_m Theta_m.

A student of the same form sees some tasks: inputs and outputs, never their codes, which it has to infer. When
does it solve all others too, of which there are exponentially many combinations?

Theorem. If the support of the training tasks is *compositional* (their codes span R^M) and *connected* (they
can't be parted in two whose spans meet in 0 alone), then for a generic teacher, a student of its size that
solves the training tasks has its modules, up to an invertible map F of the codes and the order and positive
scales c of the hidden units:

    Theta^_m[:, pi(k)] = sum over l of F_lm Theta_l[:, k] / c_k,      V^[pi(k)] = c_k V[k],      z^ = F^-1 z.

So it solves every task. M + 1 tasks may be enough. Without the first condition a direction of the codes is
free. Without the second, each part of the tasks may have its own assignment of units, or its own copy of the
hidden layer: `recovery.counterexample` builds it. With more than one output, readouts alone tell the units of
a student of the teacher's width apart; so there a disconnected support is identified all the same.

network.py is the model, supports.py decides the two conditions, tasks.py draws codes and splits tasks,
recovery.py compares student and teacher, fitting.py trains to the rounding of floats; learning.py learns as
the paper does, an inner loop for the code within an outer one for the modules; goals.py and preferences.py
are the paper's two grid worlds, and imitation.py learns one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from whp.reference.hyperteacher.fitting import adapt, fit
from whp.reference.hyperteacher.network import apply, generate
from whp.reference.hyperteacher.recovery import identification
from whp.reference.hyperteacher.supports import support
from whp.reference.hyperteacher.tasks import sample_codes

OPERATIONS = (generate, apply, support, sample_codes, identification, fit, adapt)


def faults(operation: str, arguments: Mapping[str, Any], answer: Any = None) -> Iterator[tuple[str, str]]:
    """Yield what annotations can't say about arguments or an answer: where (a path), and what is wrong."""
    if answer is not None:
        return
    if "masks" in arguments:
        size = "modules" if operation == "sample_codes" else "count"
        yield from faults_of_masks(arguments["masks"], arguments[size])
        if operation == "sample_codes" and not arguments["masks"]:
            yield "masks", "is empty; at least one mask is expected"
    for name, axes in {"modules": "M n h", "student_modules": "N n", "inputs": "T B n"}.items():
        array = arguments.get(name)
        if isinstance(array, np.ndarray):
            named = axes.split()[-array.ndim :] if name == "inputs" else axes.split()
            seen = dict(zip(named, array.shape, strict=False))
            allowed = {"generate": "h", "apply": "B"}.get(operation)
            for axis, length in seen.items():
                if length == 0 and axis != allowed:
                    yield name, f"has {axis} = 0; at least 1 is expected"


def faults_of_masks(masks: list[list[int]], count: int) -> Iterator[tuple[str, str]]:
    """Yield which masks are empty, or name a module that there isn't."""
    for place, mask in enumerate(masks):
        if not mask:
            yield f"masks[{place}]", "is empty; a mask has at least one module"
        for m in mask:
            if not 0 <= m < count:
                yield f"masks[{place}]", f"has the module {m}; there are 0..{count - 1}"
