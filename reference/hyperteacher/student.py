"""A student with the codes of its tasks: its gradient, and its training on given batches.

Everything of it is learned at once, the codes too, as by the theory's student; `fit` finds one that
interpolates. descent.py has the way back, batched.py the same in torch, many students at a time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np
from jaxtyping import Float

from whp.reference.hyperteacher.descent import slopes
from whp.reference.training import descend


@dataclass(frozen=True, eq=False)
class Student:
    """A student of T tasks: of input x of task t it makes relu(x W(codes[t]) / sqrt(n)) readout."""

    modules: Float[np.ndarray, "N n g"]
    readout: Float[np.ndarray, "g o"]
    codes: Annotated[Float[np.ndarray, "T N"], "one row a task"]


@dataclass(frozen=True)
class StudentGradient:
    """A loss, and its gradient at each array of a student."""

    loss: float
    student: Student


@dataclass(frozen=True)
class StudentTraining:
    """What comes of training."""

    losses: Annotated[Float[np.ndarray, "U"], "before each update"]
    student: Annotated[Student, "after the last update"]


def student_gradient(
    student: Student, inputs: Float[np.ndarray, "T B n"], targets: Float[np.ndarray, "T B o"]
) -> StudentGradient:
    """Return the loss of a student on a batch of each task, and its gradient, shaped as the student.

    The loss is the mean, over tasks, inputs and outputs, of the squared difference from the targets. All
    sizes are at least 1. Where a unit is at the kink of its ReLU nothing is asked. The error of the gradient,
    as the norm of all arrays together, is at most 1e-12 in float64, 1e-5 in float32, and 64 u in coarser
    precision, of the norm that the same formula has on absolute values.
    """
    loss, found = slopes(vars(student), inputs, targets)
    return StudentGradient(loss, Student(**found))


def student_train(
    student: Student,
    inputs: Float[np.ndarray, "U T B n"],
    targets: Float[np.ndarray, "U T B o"],
    rate: float,
    clip: float | None,
    dtype: Literal["float32", "float64"],
    device: Literal["cpu", "cuda"],
) -> StudentTraining:
    """Make one update by Adam for each batch; the losses are those before each update.

    The gradient g of all arrays becomes g min(1, clip / norm g), or, with clip null, stays as it is; and Adam
    has its usual 0.9, 0.999 and 1e-8. All arithmetic is in `dtype`: NumPy's on the CPU, torch's elsewhere.
    """
    if device != "cpu":
        from whp.reference.hyperteacher import batched

        done = batched.student_train(student, inputs, targets, rate, clip, dtype, device)
        return StudentTraining(done["losses"], Student(**done["student"]))
    losses, last = descend(slopes, student, (inputs, targets), rate, clip, dtype)
    return StudentTraining(losses, Student(**last))
