"""`whp verify hierarchy`: is a gradient that somebody has computed the right one?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from whp import contract
from whp.checks import expect
from whp.properties.hierarchy.nets import gradient_at
from whp.properties.parity import TOLERANCE, distance, expect_gradient, terms
from whp.properties.rounding import Format, apart
from whp.reference import hierarchy
from whp.reference.training import norm


def verify_command(
    question: Annotated[
        Path, typer.Argument(metavar="QUESTION", help="JSON, as `whp run hierarchy --question` writes it.")
    ],
    answer: Annotated[
        Path, typer.Argument(metavar="ANSWER", help='JSON: {"loss": ..., "parameters": {...}, "inputs": ...}')
    ],
    precision: Annotated[Format, typer.Option(help="Of the arithmetic.")] = "float64",
) -> str:
    """Is this the gradient that was asked for? Compares it with the reference's, which is in float64."""
    operation = contract.operations("hierarchy")["gradient"]
    asked = read_question(question)
    try:
        got = operation.decode(asked, contract.read_json(answer))
    except contract.ContractError as error:
        raise ValueError(f"{answer}: {error}") from None
    right, allowed = hierarchy.gradient(**asked), TOLERANCE[precision]
    expect(
        abs(got.loss - right.loss) <= allowed * max(1.0, abs(right.loss)),
        "the loss is {}, expected is {}".format(*apart(got.loss, right.loss)),
    )
    told, known = all_of(got), all_of(right)
    _, size = terms(lambda move: all_of(gradient_at(asked, move)))
    expect_gradient(told, known, allowed, "the gradient", size)
    off, size = distance(told, known)[0], norm(known)
    return (
        f"right: the gradient has a relative error of {off / size if size else off:.2g}, where {allowed:g} "
        f"is allowed in {precision}"
    )


def all_of(made: hierarchy.Gradient) -> dict[str, Any]:
    """Return a gradient at the parameters and at the inputs as one."""
    return {**made.parameters, "inputs": made.inputs}


def read_question(path: Path) -> dict[str, Any]:
    """Read the arguments of `gradient`; raise ValueError, with the path in the file, where they are none."""
    operation, value = contract.operations("hierarchy")["gradient"], contract.read_json(path)
    sizes: contract.Sizes = {}
    if not isinstance(value, dict):
        raise ValueError(f"{path}: an object with the arguments of `gradient` is expected")
    try:
        asked = {
            name: contract.decode(kind, value.get(name), f"$.{name}", sizes)
            for name, kind in operation.parameters.items()
        }
    except contract.ContractError as error:
        raise ValueError(f"{path}: {error}") from None
    for where, fault in hierarchy.faults("gradient", asked):
        raise ValueError(f"{path}: $.{where} {fault}")
    return asked
