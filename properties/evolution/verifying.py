"""`whp verify evolution`: does somebody's estimate follow from the values?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from jaxtyping import Float

from whp import contract
from whp.properties.evolution.estimates import SUM
from whp.properties.evolution.reading import (
    BLURRED,
    Rounding,
    expect_near,
    expect_orthonormal,
    expect_spanned,
    read,
)
from whp.properties.rounding import PRECISIONS, Format
from whp.reference import evolution


def verify_command(
    record: Annotated[
        Path,
        typer.Argument(
            metavar="RECORD",
            help='JSON: {"point": [...], "points": [[...], ...], "values": [...], "sigma": 0.1,'
            ' "gradient": [...], "surrogates": [[...], ...]}; the last may be left out',
        ),
    ],
    precision: Annotated[Format, typer.Option(help="In which it was computed.")] = "float64",
) -> str:
    """Is this estimate right? Checks points, values and gradient of one step of anybody's implementation.

    The points lie in opposite pairs, sigma away in orthonormal directions that hold the surrogates, and along
    each direction the gradient's slope is the difference of the two values over 2 sigma.
    """
    kept = read_record(record)
    point, points, values, sigma = (kept[name] for name in ("point", "points", "values", "sigma"))
    rounding = Rounding(PRECISIONS[precision].unit)
    blur = rounding.reading(point, sigma)
    if blur > BLURRED:
        raise ValueError(
            f"{record}: sigma = {sigma:g} is too small beside the point, of length"
            f" {np.linalg.norm(point):.3g}, for directions to be read off points in {precision}"
        )
    shown = read(points, point, sigma, rounding)
    known = kept["surrogates"]
    within = rounding.system(len(point), len(known)) + blur
    expect_orthonormal(shown.directions, within, f"in steps of sigma = {sigma:g} from the centre, ")
    expect_spanned(shown.directions, known, within, "the span of the points")
    slopes = (values[shown.first] - values[shown.second]) / (2 * sigma)
    right = slopes @ shown.directions
    error = rounding.telling(point, values, sigma)
    expect_near(kept["gradient"], right, error, _mistake(kept["gradient"], right, sigma, len(slopes)))
    return (
        f"right: along each of {len(slopes)} orthonormal directions, in whose span {_surrogates(len(known))},"
        f" the gradient has the slope that the values say; its length is {np.linalg.norm(right):.6g}"
    )


def _surrogates(count: int) -> str:
    return f"the surrogate{'s' * (count > 1)} lie{'s' * (count == 1)}" if count else "no surrogate has to lie"


def _mistake(found: np.ndarray, right: np.ndarray, sigma: float, pairs: int) -> str:
    """Name the mistake that makes such an estimate of the right one, if there is one."""
    mistakes = [  # the likelier first, where two come to the same
        (-1.0, "the sign is wrong: f(x - sigma e) - f(x + sigma e)"),
        (2.0, "it was divided by sigma, not by 2 sigma"),
        (1 / pairs, "the mean over pairs was taken, not the sum"),
        (2 / pairs, "the mean over pairs was taken, and divided by sigma, not by 2 sigma"),
        (0.5 / pairs, "the mean over points was taken, not the sum over pairs"),
        (1 / sigma, "it was divided by sigma twice, as one does with normal steps"),
        (2 / sigma, "it was divided by sigma twice, as one does with normal steps, and not by 2"),
        (1 / sigma / pairs, "it was divided by sigma twice, and the mean over pairs was taken"),
        (2 * sigma, "it was not divided by 2 sigma"),
    ]
    for factor, mistake in mistakes:
        if np.linalg.norm(found - factor * right) <= 1e-6 * np.linalg.norm(factor * right):
            return mistake
    if right.any() and found @ right > 0:
        product, square = float(found @ right), float(found @ found)
        if abs(square - 1) < 1e-6 and abs(product - np.linalg.norm(right)) <= 1e-6 * product:
            return "it was scaled to length 1"
    return SUM


def read_record(path: Path) -> dict[str, Any]:
    """Read a step that somebody kept; raise ValueError, with the path in the file, where it is none."""
    value = contract.read_json(path)
    if not isinstance(value, dict):
        raise ValueError(f"{path}: an object with point, points, values, sigma and gradient is expected")
    kinds = contract.operations("evolution")["tell"].parameters | {"gradient": Float[np.ndarray, "n"]}
    kinds["surrogates"] = Float[np.ndarray, "m n"]
    kept, sizes = {}, {}  # type: ignore[var-annotated]
    for name, kind in kinds.items():
        if name not in value and name != "surrogates":
            raise ValueError(f"{path}: there is no {name!r}")
        try:
            kept[name] = contract.decode(kind, value.get(name, []), f"$.{name}", sizes)
        except contract.ContractError as error:
            raise ValueError(f"{path}: {error}") from None
    for where, fault in evolution.faults("tell", kept):
        raise ValueError(f"{path}: $.{where} {fault}")
    if not len(kept["points"]):
        raise ValueError(f"{path}: $.points is empty; a pair at least is expected")
    return kept
