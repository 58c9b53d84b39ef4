"""Benchmarks: `python ci/bench.py [SECTION ...]`; those that take long run by name alone.

What is compared is measured in turns within one run, because a figure by itself says more about the machine
than about the code. Nothing here is a test: the exit status is 0 unless a C twin answers otherwise than the
reference.
"""

from __future__ import annotations

import argparse
import sys

from bench import (
    alignment,
    attention,
    coloring,
    commands,
    disentanglement,
    evidence,
    evolution,
    hamilton,
    hierarchy,
    hyperteacher,
    mastermind,
    randomization,
    rivals,
    wire,
)
from bench.twins import Differs

SECTIONS = {
    act.__name__: act
    for act in (
        coloring.process,
        wire.wire,
        commands.check,
        commands.start,
        evidence.evidence,
        mastermind.guessing,
        hamilton.cycles,
        hamilton.search,
        evolution.descent,
        attention.attending,
        disentanglement.representations,
        hierarchy.networks,
        alignment.aligning,
        hyperteacher.teaching,
        randomization.mixing,
        commands.full,
        coloring.huge,
        hamilton.million,
        hamilton.ten_million,
        rivals.rivals,
    )
}
BY_NAME_ALONE = ("full", "huge", "million", "ten_million", "rivals")
CHILDREN = {
    act.__name__: act
    for act in (
        wire.serve_echo,
        wire.serve_answers,
        coloring.recolor_huge,
        hamilton.find_in_a_million,
        hamilton.find_in_ten_million,
    )
}


def main() -> int:
    """Run the sections named on the command line."""
    if len(sys.argv) == 2 and sys.argv[1] in CHILDREN:
        CHILDREN[sys.argv[1]]()
        return 0
    parser = argparse.ArgumentParser(description="Measure, and print each figure with its bar.")
    parser.add_argument("sections", nargs="*", metavar="SECTION", help=f"{', '.join(SECTIONS)}")
    sections = parser.parse_args().sections or [name for name in SECTIONS if name not in BY_NAME_ALONE]
    for name in sections:
        if name not in SECTIONS:
            parser.error(f"there is no section {name!r}; there are {', '.join(SECTIONS)}")
    try:
        for name in sections:
            SECTIONS[name]()
    except Differs as difference:
        print(difference)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
