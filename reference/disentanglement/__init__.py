"""Disentanglement of structured representations: arXiv:2101.04041, scores at every level of a hierarchy.

A code is disentangled if each of its latents serves one factor of what it describes, and complete if each
factor lives in one latent. A structured code has levels: an object's slot holds many latents, so one may ask
whether slots keep objects apart, whether dimensions within a slot keep properties apart, or whether every
latent keeps to itself. Each level is a grouping of latents and of factors; importances, how much each latent
counts for predicting each factor, are summed over groups, and scored by their entropies. A slot model returns
its slots in any order, so that slots are aligned with objects before any importance is measured.

The level scores generalise the DCI scores of Eastwood and Williams, which are those of the flat level. What
is written here follows from the paper's definitions in words; its formulas need not be the paper's own. Of
such scores it is proved, and held by the checks: (1 - flat) ln(S d) <= (1 - object) ln S + (1 - property)
ln d for S slots of d dimensions: a code that is perfect on both levels is perfect, and not conversely.

entropies.py has the scores, probes.py the importances, alignment.py the order of slots, segmentation.py the
adjusted Rand index that it is compared with, scenes.py codes of which all is known.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any
from zipfile import BadZipFile

import numpy as np
import typer
from jaxtyping import Float, Int

from whp.reference.disentanglement import alignment, probes
from whp.reference.disentanglement.drawing import heat_map
from whp.reference.disentanglement.entropies import Scores, levels, scores

FEWEST = 16  # samples that a probe is fitted to
MOST_ORDERS = 5040  # of slots, that are looked at: 7 slots and 6 objects


@dataclass(frozen=True)
class Alignment:
    """Which slot holds which object."""

    slots: Annotated[Int[np.ndarray, "N K"], "the slot of each object in each sample, none twice in a sample"]


def importances(
    latents: Float[np.ndarray, "N L"], factors: Float[np.ndarray, "N F"], seed: int
) -> Float[np.ndarray, "L F"]:
    """Return how much each latent counts for predicting each factor, by any probe.

    Not negative; each column sums to 1, or is 0, to within 1e-6; a constant latent has 0. There are at least
    16 samples. The reference takes the importances of a random forest of scikit-learn.
    """
    return probes.forest(latents, factors, seed).importances


def align(latents: Float[np.ndarray, "N S d"], factors: Float[np.ndarray, "N K m"], seed: int) -> Alignment:
    """Return which slot holds which object in each sample, whatever the order of its slots.

    No slot holds two objects: S >= K >= 1, and S! / (S - K)! <= 5040. One relabelling of all objects, the
    same in all samples, changes nothing. How well slots are found is asked of planted scenes alone.
    """
    return Alignment(alignment.aligned(latents, factors, seed))


OPERATIONS = (scores, levels, importances, align)


def faults(operation: str, arguments: Mapping[str, Any], answer: Any = None) -> Iterator[tuple[str, str]]:
    """Yield what annotations can't say about arguments or an answer: where (a path), and what is wrong."""
    if answer is None:
        yield from _FAULTS[operation](**arguments)
    elif operation == "align":
        count = arguments["latents"].shape[1]
        outside = (answer.slots < 0) | (answer.slots >= count)
        if outside.any():
            sample, place = map(int, np.argwhere(outside)[0])
            yield (
                f"slots[{sample}][{place}]",
                f"is {answer.slots[sample, place]}; there are slots 0..{count - 1}",
            )


def _faults_of_scores(
    importances: np.ndarray, latent_groups: np.ndarray | None, factor_groups: np.ndarray | None
) -> Iterator[tuple[str, str]]:
    del importances
    for name, labels in (("latent_groups", latent_groups), ("factor_groups", factor_groups)):
        if labels is not None and len(labels):
            missing = sorted(set(range(int(labels.max()) + 1)) - set(labels.tolist()))
            if labels.min() < 0:
                yield name, f"has the label {labels.min()}; labels are 0, 1, 2, ..."
            elif missing:
                yield name, f"has no label {missing[0]}; all of 0..{labels.max()} must occur"


def _faults_of_levels(importances: np.ndarray, slots: int, objects: int) -> Iterator[tuple[str, str]]:
    for what, name, parts, size in (
        ("rows", "slots", slots, importances.shape[0]),
        ("columns", "objects", objects, importances.shape[1]),
    ):
        if parts < 1 or size < 1 or size % parts:
            yield name, f"is {parts}, but {size} {what} can't be divided into so many equal parts"


def _faults_of_importances(
    latents: np.ndarray, factors: np.ndarray, seed: int = 0
) -> Iterator[tuple[str, str]]:
    del factors, seed
    if len(latents) < FEWEST:
        yield "latents", f"has {len(latents)} samples; a probe is fitted to at least {FEWEST}"


def _faults_of_align(latents: np.ndarray, factors: np.ndarray, seed: int = 0) -> Iterator[tuple[str, str]]:
    del seed
    count, objects = latents.shape[1], factors.shape[1]
    if min(*latents.shape, *factors.shape) < 1:
        yield "latents", "is empty, or the factors are"
    elif count < objects:
        yield "latents", f"has {count} slots a sample, too few for {objects} objects"
    elif math.perm(count, objects) > MOST_ORDERS:
        yield (
            "latents",
            f"has {count} slots a sample, and there are {objects} objects: {math.perm(count, objects)}"
            f" orders; at most {MOST_ORDERS} are looked at",
        )


_FAULTS: Mapping[str, Any] = {
    "scores": _faults_of_scores,
    "levels": _faults_of_levels,
    "importances": _faults_of_importances,
    "align": _faults_of_align,
}


# whp run


def run_command(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="LATENTS.npz",
            help="Arrays `latents` (N x L, or N x S x d: slots) and `factors` (N x F, or N x K x m: "
            "objects); if wanted, `latent_groups` and `factor_groups`, labels 0, 1, ... for one level more.",
        ),
    ],
    probe: Annotated[
        str, typer.Option(metavar="forest|linear", help="What predicts factors from latents.")
    ] = "forest",
    ordered: Annotated[
        bool, typer.Option("--ordered", help="Slot i holds object i in all samples: align nothing.")
    ] = False,
    seed: Annotated[int, typer.Option(min=0)] = 0,
    table: Annotated[
        bool, typer.Option("--table", help="Print a table for people in place of JSON.")
    ] = False,
    svg: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Draw the importances as a heat map.")
    ] = None,
) -> dict[str, Any] | str:
    """Align slots, fit a probe, and print the scores of all levels with the importances they come from."""
    if probe not in ("forest", "linear"):
        raise ValueError(f"--probe {probe}: forest or linear is expected")
    code = read_code(file)
    slots, objects = code.shape
    latents, found = code.latents, None
    if latents.ndim == 3:
        found = None if ordered else align(latents, code.factors, seed).slots
        latents = latents.reshape(len(latents), -1) if found is None else alignment.in_order(latents, found)
        slots = slots if found is None else objects
    factors = code.factors.reshape(len(code.factors), -1)
    seen = probes.forest(latents, factors, seed) if probe == "forest" else probes.linear(latents, factors)
    told = scored(seen.importances, slots, objects, code)
    if svg is not None:
        drawn = heat_map(
            seen.importances, *_names(seen.importances.shape, slots, objects), slots=slots, objects=objects
        )
        svg.write_text(drawn, encoding="utf-8")
    if table:
        return _table(told, seen.informativeness, probe)
    return {
        "probe": probe,
        "slots": slots,
        "objects": objects,
        "levels": {
            name: {"disentanglement": own.disentanglement, "completeness": own.completeness}
            for name, own in told.items()
        },
        "informativeness": seen.informativeness.tolist(),
        "importances": seen.importances.tolist(),
        **{name: labels.tolist() for name, labels in code.groups.items()},
        **({} if found is None else {"slots_of_objects": found.tolist()}),
    }


@dataclass(frozen=True)
class Code:
    """What a file holds."""

    latents: np.ndarray  # N x L or N x S x d
    factors: np.ndarray  # N x F or N x K x m
    groups: dict[str, np.ndarray]

    @property
    def shape(self) -> tuple[int, int]:
        """The numbers of slots and of objects, 1 where there are none."""
        return (
            self.latents.shape[1] if self.latents.ndim == 3 else 1,
            self.factors.shape[1] if self.factors.ndim == 3 else 1,
        )


def scored(importances: np.ndarray, slots: int, objects: int, code: Code) -> dict[str, Scores]:
    """Return the scores of each level that there is, by its name."""
    shown = levels(importances, slots, objects)
    told = {"flat": shown.flat}
    if slots > 1 or objects > 1:
        told |= {"object": shown.object, "property": shown.property}
    if code.groups:
        given = code.groups.get("latent_groups"), code.groups.get("factor_groups")
        told["groups"] = scores(importances, *given)
    return told


def read_code(path: Path) -> Code:
    """Read latents and factors; raise ValueError, with the file and the array, where they are none."""
    try:
        with np.load(path) as file:
            held = {name: file[name] for name in file.files}
    except (OSError, ValueError, BadZipFile, AttributeError, TypeError) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else "no .npz file of arrays"
        raise ValueError(f"{path}: {why}") from None
    for name in ("latents", "factors"):
        if name not in held:
            there = ", ".join(held) or "nothing"
            raise ValueError(f"{path}: there is no array `{name}`; there is {there}")
        array = held[name]
        if array.dtype.kind not in "iufb" or array.ndim not in (2, 3) or not array.size:
            shape = " x ".join(map(str, array.shape))
            raise ValueError(f"{path}: {name} is {array.dtype}, {shape}; numbers of 2 or 3 axes are expected")
        if not np.isfinite(array).all():
            raise ValueError(f"{path}: {name} holds what is no finite number")
        held[name] = array.astype(np.float64)
    latents, factors = held["latents"], held["factors"]
    if len(latents) != len(factors):
        raise ValueError(f"{path}: latents are of {len(latents)} samples, and factors of {len(factors)}")
    if latents.ndim == 3 and factors.ndim == 2:
        raise ValueError(
            f"{path}: latents are slots (3 axes), so factors are those of objects: N x K x m, not N x F"
        )
    groups = {}
    for name, size in (("latent_groups", math.prod(latents.shape[1:])), ("factor_groups", factors[0].size)):
        if name in held:
            labels = held[name]
            if labels.dtype.kind not in "iu" or labels.shape != (size,):
                raise ValueError(f"{path}: {name}: {size} integers are expected, one an index")
            groups[name] = labels.astype(np.int64)
    code = Code(latents, factors, groups)
    asked = {"latents": latents, "factors": factors}
    found = [*faults("importances", asked), *(faults("align", asked) if latents.ndim == 3 else ())]
    if groups:
        found += faults(
            "scores", {"importances": None, "latent_groups": None, "factor_groups": None, **groups}
        )
    for place, fault in found:
        raise ValueError(f"{path}: {place} {fault}")
    return code


def _names(shape: tuple[int, int], slots: int, objects: int) -> tuple[list[str], list[str]]:
    """Return the names of latents and of factors."""
    d, m = shape[0] // slots, shape[1] // objects
    rows = [f"slot {i // d}, dim {i % d}" if slots > 1 else f"latent {i}" for i in range(shape[0])]
    columns = [f"object {i // m}, {i % m}" if objects > 1 else f"factor {i}" for i in range(shape[1])]
    return rows, columns


def _table(told: Mapping[str, Scores], informativeness: np.ndarray, probe: str) -> str:
    """Return the scores in lines for people."""
    lines = ["level      disentanglement  completeness"]
    lines += [
        f"{name:10} {own.disentanglement:15.4f}  {own.completeness:12.4f}" for name, own in told.items()
    ]
    low, high = informativeness.min(), informativeness.max()
    what = "on samples that it was not fitted to" if probe == "forest" else "on the samples it was fitted to"
    lines.append(
        f"informativeness: {informativeness.mean():.4f} ({low:.4f} to {high:.4f} for one factor), "
        f"the share of variance that a {probe} probe explains {what}"
    )
    return "\n".join(lines)
