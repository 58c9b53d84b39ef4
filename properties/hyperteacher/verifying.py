"""`whp verify hyperteacher`: does the support of somebody's training tasks identify the modules?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from whp.checks import Refuted
from whp.reference.hyperteacher.files import SUPPORT, read_support
from whp.reference.hyperteacher.supports import components, dependent, support

SHOWN = 8  # masks of a component


def verify_command(
    file: Annotated[Path, typer.Argument(metavar="SUPPORT", help=SUPPORT)],
    count: Annotated[
        int | None, typer.Option("--modules", min=1, help="How many modules there are, if not in the file.")
    ] = None,
    continuous: Annotated[
        bool, typer.Option("--continuous", help="A mask stands for all codes on it, not for one.")
    ] = False,
) -> str:
    """Is this support of training tasks compositional and connected, so that modules are identified?

    Shows the components, and what is missing. The exit status is 1 unless the support is both.
    """
    read = read_support(file, count, continuous)
    said = support(read.masks, read.count, read.continuous)
    parts = components(read.masks, read.count, read.continuous)
    kind = "continuous" if read.continuous else "discrete"
    lines = [
        f"{len(read.masks)} {kind} masks of {read.count} modules: rank {said.rank}, "
        f"{'compositional' if said.compositional else 'not compositional'}; {said.components} "
        f"component{'s' * (said.components != 1)}, {'connected' if said.connected else 'not connected'}"
    ]
    for number, part in enumerate(parts, start=1):
        masks = [read.masks[place] for place in part]
        named = ", ".join("+".join(map(str, mask)) for mask in masks[:SHOWN])
        more = f", and {len(masks) - SHOWN} more" if len(masks) > SHOWN else ""
        inside = support(masks, read.count, read.continuous).rank
        lines.append(f"component {number}, rank {inside}: {named}{more}")
    if not said.compositional:
        free = dependent(read.masks, read.count, read.continuous)
        lines.append(f"no code of these masks has a part in the direction {free}")
    if said.compositional and said.connected:
        return "\n".join(["identified: " + lines[0], *lines[1:]])
    raise Refuted("\n".join(["not identified: " + lines[0], *lines[1:]]))
