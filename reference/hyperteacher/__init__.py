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
are the paper's two grid worlds, and imitation.py learns one. The gradient of a student, and its training on
given batches, are operations of their own: student.py.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from whp.reference.hyperteacher.drawing import curves
from whp.reference.hyperteacher.files import SUPPORT, Read, read_support
from whp.reference.hyperteacher.fitting import adapt, fit
from whp.reference.hyperteacher.network import apply, generate
from whp.reference.hyperteacher.recovery import identification
from whp.reference.hyperteacher.student import student_gradient, student_train
from whp.reference.hyperteacher.supports import support
from whp.reference.hyperteacher.tasks import sample_codes
from whp.reference.hyperteacher.trying import STUDENTS, try_out

OPERATIONS = (
    generate,
    apply,
    support,
    sample_codes,
    identification,
    fit,
    adapt,
    student_gradient,
    student_train,
)


RING = Read([[0], [1], [2], [3], [0, 1], [1, 2], [2, 3], [0, 3]], 4, False)


def run_command(
    file: Annotated[
        Path | None,
        typer.Argument(
            metavar="SUPPORT",
            help=f"{SUPPORT}; four modules and a ring of pairs if there is none",
            show_default=False,
        ),
    ] = None,
    student: Annotated[
        str,
        typer.Option(
            metavar="KIND",
            help="exact: by Levenberg and Marquardt; modular, monolithic: meta-learned, which takes torch.",
        ),
    ] = "exact",
    width: Annotated[int, typer.Option(min=1, help="Hidden units of the teacher.")] = 3,
    student_width: Annotated[
        int | None,
        typer.Option(
            min=1, help="Hidden units of the student; as many unless told otherwise.", show_default=False
        ),
    ] = None,
    outputs: Annotated[int, typer.Option(min=1, help="Outputs of both.")] = 3,
    steps: Annotated[int, typer.Option(min=1, help="Of meta-learning.")] = 300,
    svg: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Draw the loss on seen and on unseen combinations.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0)] = 0,
) -> dict[str, Any]:
    """Train a small student on the tasks of a support; show its loss on these, and on unseen combinations.

    The teacher is random, with 5 inputs. Unseen are single modules, pairs, and all modules at once, as far
    as they are in no task. Losses are relative, and the largest of all tasks; codes are normalised masks.
    """
    if student not in STUDENTS:
        raise ValueError(f"--student {student}: one of {', '.join(STUDENTS)} is expected")
    read = RING if file is None else read_support(file, None, False)
    if read.continuous:
        raise ValueError(f"{file}: a task has one code here; leave `continuous` out")
    try:
        steps_taken, losses, score = try_out(
            read, student, width, student_width or width, outputs, steps, seed
        )
    except ModuleNotFoundError as missing:
        raise ValueError(str(missing)) from None
    if svg is not None:
        try:
            svg.write_text(curves(steps_taken, losses), encoding="utf-8")
        except OSError as fault:
            raise ValueError(f"{svg}: {fault.strerror}") from None
    said = support(read.masks, read.count, read.continuous)
    return {
        "tasks": len(read.masks),
        "modules": read.count,
        "compositional": said.compositional,
        "connected": said.connected,
        "student": student,
        "steps": steps_taken,
        **losses,
        "identification": score,
    }


def faults(operation: str, arguments: Mapping[str, Any], answer: Any = None) -> Iterator[tuple[str, str]]:
    """Yield what annotations can't say about arguments or an answer: where (a path), and what is wrong."""
    if answer is not None:
        return
    if "student" in arguments:
        arrays = {f"student.{name}": array for name, array in vars(arguments["student"]).items()}
        for name, array in {**arrays, "inputs": arguments["inputs"]}.items():
            if 0 in array.shape[-3:]:
                yield name, f"is {' x '.join(map(str, array.shape))}; sizes of at least 1 are expected"
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
