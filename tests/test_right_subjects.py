"""No right implementation is refuted: the reference and others, over fresh seeds."""

from __future__ import annotations

import contextlib
import shutil
import subprocess

import numpy as np
import pytest
from hypothesis import Phase

from conftest import HERE, Unwatched
from whp import registry
from whp.checks import NotOffered
from whp.seeds import of_check
from whp.subject import Subject
from whp.worker import PropertyRun


@pytest.fixture(scope="session")
def compiled(tmp_path_factory):
    program = tmp_path_factory.mktemp("c") / "recolor"
    subprocess.run(["cc", "-O2", "-o", program, HERE / "foreign" / "recolor.c", "-lm"], check=True)
    return f"cmd: {program}"


def spec(name, request):
    if name == "compiled":
        if not shutil.which("cc"):
            pytest.skip("no C compiler (cc) on this machine")
        return request.getfixturevalue("compiled")
    return name


SUBJECTS = [
    None,
    "whp.impostors.coloring:Process",  # rescans before each step, in plain Python
    "compiled",
    str(HERE / "foreign" / "networkx_greedy.py"),
]


def rejections(system, subject, seeds):
    """Run all properties under fresh seeds; return whatever does not hold."""
    entropy = np.random.SeedSequence().entropy
    found = []
    asked = Subject(system, subject, {}, Unwatched())
    drawn = np.random.SeedSequence(entropy).generate_state(seeds, np.uint64) >> np.uint64(11)
    for prop in registry.properties(system):
        runs = [PropertyRun(prop, asked, of_check(int(seed), prop.id), prop.drawn(100)) for seed in drawn]
        with contextlib.suppress(NotOffered):  # the fixed inputs are the same for all seeds
            failures = [runs[0].search(Phase.explicit), *(run.search(Phase.generate) for run in runs)]
            found += [(prop.id, str(failure.error), failure.drawn) for failure in failures if failure]
    asked.end()
    return found and (entropy, found)


@pytest.mark.parametrize("name", SUBJECTS)
def test_a_right_subject_is_not_rejected_in_20_fresh_seeds(name, request):
    assert rejections("coloring", spec(name, request), 20) == []


@pytest.mark.slow
@pytest.mark.parametrize("name", SUBJECTS)
def test_a_right_subject_is_not_rejected_in_200_fresh_seeds(name, request):
    assert rejections("coloring", spec(name, request), 200) == []


ALIGNMENT = [
    None,
    "whp.impostors.alignment:Aligner",  # with an assignment of its own
    *(f"{HERE / 'foreign' / 'alignment_torch.py'}:{kind}" for kind in ("double", "single")),
]


@pytest.mark.slow
@pytest.mark.parametrize("name", ALIGNMENT)
def test_a_right_alignment_is_not_rejected_in_20_fresh_seeds(name):
    if name and "torch" in name:
        pytest.importorskip("torch")
    assert rejections("alignment", name, 20) == []
