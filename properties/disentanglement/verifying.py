"""`whp verify disentanglement`: are reported scores those of the importances?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from jaxtyping import Float, Int

from whp import contract
from whp.checks import Refuted
from whp.properties.disentanglement.definition import NAMES, Groups, Level, defined, mistaken
from whp.properties.disentanglement.inputs import Coded, groups_of
from whp.reference import disentanglement

ROUNDED = 1e-6


def verify_command(
    answer: Annotated[
        Path,
        typer.Argument(
            metavar="ANSWER",
            help='JSON as `whp run` prints it: {"importances": [[...], ...], "slots": 2, "objects": 2, '
            '"levels": {"object": {"disentanglement": 0.5}, ...}}. Levels are flat, object, property, and '
            'groups, with "latent_groups" and "factor_groups"; a score beside "importances" is of the level '
            "of the groups, flat if there are none.",
        ),
    ],
    within: Annotated[
        float, typer.Option(min=0.0, help="By how much a score may be off, which was rounded, say.")
    ] = ROUNDED,
) -> str:
    """Are these the scores of these importances? Says of a wrong one what it is, where a mistake gives it."""
    told = contract.read_json(answer)
    if not isinstance(told, dict):
        raise ValueError(f"{answer}: a record with `importances` is expected")
    try:
        code, own = _code(told)
        reported = list(_reported(told, own))
    except contract.ContractError as error:
        raise ValueError(f"{answer}: {error}") from None
    if not reported:
        raise ValueError(f"{answer}: $.levels is absent or empty; no score is reported")
    levels = groups_of(code) | {"groups": own}
    for level, name, value in reported:
        asked = Level(code.importances, *levels[level])
        right = getattr(defined(*asked), name)
        if not abs(value - right) <= within:
            mistake = mistaken(name, value, max(within, ROUNDED), asked)
            raise Refuted(
                f"wrong: {name} at the level {level} is reported as {value:.10g}, but these importances have"
                f" {right:.10g}{mistake}"
            )
    rows, columns = code.importances.shape
    names = ", ".join(dict.fromkeys(level for level, _, _ in reported))
    return f"right: {len(reported)} scores ({names}) are those of the {rows} x {columns} importances"


def _code(told: Mapping[str, Any]) -> tuple[Coded, tuple[Groups, Groups]]:
    """Return the importances with their slots and objects, and the groupings that are given."""
    sizes: dict[str, int] = {}
    if "importances" not in told:
        raise contract.ContractError("$", "has no `importances`")
    table = contract.decode(Float[np.ndarray, "L F"], told["importances"], "$.importances", sizes)
    counts = [contract.decode(int, told.get(name, 1), f"$.{name}", {}) for name in ("slots", "objects")]
    labels = [
        contract.decode(Int[np.ndarray, axis] | None, told.get(name), f"$.{name}", sizes)
        for name, axis in (("latent_groups", "L"), ("factor_groups", "F"))
    ]
    code = Coded(table, *counts)
    for path, fault in (
        *disentanglement.faults("levels", code.asked),
        *disentanglement.faults(
            "scores", {"importances": table, "latent_groups": labels[0], "factor_groups": labels[1]}
        ),
    ):
        raise contract.ContractError(f"$.{path}", fault)
    return code, (labels[0], labels[1])


def _reported(told: Mapping[str, Any], own: tuple[Groups, Groups]) -> Iterator[tuple[str, str, float]]:
    """Yield level, name and value of each score that is reported."""
    levels = told.get("levels", {})
    if not isinstance(levels, Mapping):
        raise contract.ContractError("$.levels", f"is {contract.told(levels)}; a record is expected")
    beside = "flat" if own == (None, None) else "groups"
    for level, path, scores in (
        *((level, f"$.levels.{level}", scores) for level, scores in levels.items()),
        (beside, "$", {name: told[name] for name in NAMES if name in told}),
    ):
        if level not in ("flat", "object", "property", "groups"):
            raise contract.ContractError(path, "is no level; there are flat, object, property and groups")
        if not isinstance(scores, Mapping) or set(scores) - set(NAMES):
            raise contract.ContractError(path, f"is no record of {' and '.join(NAMES)}")
        for name, value in scores.items():
            yield level, name, contract.decode(float, value, f"{path}.{name}", {})
