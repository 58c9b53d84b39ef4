"""No right implementation is refuted: the reference and others, over fresh seeds."""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import shutil
import subprocess

import numpy as np
import pytest
from hypothesis import Phase

from conftest import HERE
from whp import registry
from whp.checks import NotOffered
from whp.seeds import of_check
from whp.subject import Subject, Unwatched
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
    pytest.param(None, marks=pytest.mark.slow),  # every lane runs it in other ways
    pytest.param("whp.impostors.coloring:Process", marks=pytest.mark.slow),  # rescans, in plain Python
    "compiled",
    str(HERE / "foreign" / "networkx_greedy.py"),
]

OTHERS = [
    ("evolution", None),
    ("evolution", "whp.impostors.evolution:Strategy"),  # Gram and Schmidt's way, row by row
    ("evolution", str(HERE / "foreign" / "evolution_float32.py")),
    ("attention", None),
    ("attention", "whp.impostors.attention:Player"),  # pair by pair, in plain Python
    *(
        ("attention", f"{HERE / 'foreign' / 'attention_torch.py'}:{kind}")
        for kind in ("double", "single", "brain", "half")
    ),
    ("disentanglement", None),
    ("disentanglement", "whp.impostors.disentanglement:Scorer"),
    ("disentanglement", str(HERE / "foreign" / "disentanglement_torch.py")),  # in single precision
    ("hyperteacher", None),
    ("hyperteacher", "whp.impostors.hyperteacher:Modular"),  # in plain Python, with rationals
    ("hyperteacher", str(HERE / "foreign" / "hyperteacher_scipy.py")),
    *(
        ("hyperteacher", f"{HERE / 'foreign' / 'hyperteacher_torch.py'}:{kind}")
        for kind in ("double", "single", "brain")
    ),
    ("alignment", None),
    ("alignment", "whp.impostors.alignment:Aligner"),  # with an assignment of its own
    *(("alignment", f"{HERE / 'foreign' / 'alignment_torch.py'}:{kind}") for kind in ("double", "single")),
    ("alignment", str(HERE / "foreign" / "alignment_correlation.py")),  # another algorithm
    ("randomization", None),
    ("randomization", "whp.impostors.randomization:Player"),  # logarithms, cutting planes, other walks' coins
    *(
        ("randomization", f"{HERE / 'foreign' / 'randomization_means.py'}:{kind}")
        for kind in ("Logarithms", "Single")
    ),
]


def rejections(system, subject, seeds, declared=None, names=None):
    """Run properties, by default all, under fresh seeds; return whatever does not hold."""
    entropy = np.random.SeedSequence().entropy
    found = []
    asked = Subject(system, subject, declared or {}, Unwatched())
    drawn = np.random.SeedSequence(entropy).generate_state(seeds, np.uint64) >> np.uint64(11)
    for prop in registry.properties(system):
        if names and prop.name not in names:
            continue
        runs = [PropertyRun(prop, asked, of_check(int(seed), prop.id), prop.drawn(100)) for seed in drawn]
        with contextlib.suppress(NotOffered):  # the fixed inputs are the same for all seeds
            failures = [runs[0].search(Phase.explicit), *(run.search(Phase.generate) for run in runs)]
            found += [(prop.id, str(failure.error), failure.drawn) for failure in failures if failure]
    asked.end()
    return found and (entropy, found)


@pytest.mark.parametrize("name", SUBJECTS)
def test_a_right_subject_is_not_rejected_in_2_fresh_seeds(name, request):
    assert rejections("coloring", spec(name, request), 2) == []


# Trained networks: on a tape; with sums in other orders, with longer sums, and in float32 that is declared;
# in torch, written by hand and with its own layers.
NETWORKS = [
    ("hierarchy", "whp.impostors.hierarchy:Network", {}),
    ("hierarchy", "whp.impostors.hierarchy:SumsBackwards", {}),
    ("hierarchy", "whp.impostors.hierarchy:LongSums", {}),
    ("hierarchy", "whp.impostors.hierarchy:Single", {"precision": "float32"}),
    ("hierarchy", "whp.reference.hierarchy.batched", {}),
    ("hierarchy", str(HERE / "foreign" / "hierarchy_torch.py"), {}),
    ("attention", "whp.impostors.attention:Learner", {}),
    ("attention", "whp.impostors.attention:LearnerBackwards", {}),
    ("attention", "whp.impostors.attention:LearnerLongSums", {}),
    ("attention", "whp.impostors.attention:LearnerReversed", {}),
    ("attention", "whp.impostors.attention:LearnerInParts", {}),
    ("attention", "whp.impostors.attention:LearnerSingle", {"precision": "float32"}),
    ("attention", "whp.reference.attention.batched", {}),
    ("attention", str(HERE / "foreign" / "attention_module.py"), {}),
    ("hyperteacher", "whp.impostors.hyperteacher:Learner", {}),
    ("hyperteacher", "whp.impostors.hyperteacher:LearnerBackwards", {}),
    ("hyperteacher", "whp.impostors.hyperteacher:LearnerLongSums", {}),
    ("hyperteacher", "whp.impostors.hyperteacher:LearnerReversed", {}),
    ("hyperteacher", "whp.impostors.hyperteacher:LearnerBeforehand", {}),
    ("hyperteacher", "whp.impostors.hyperteacher:LearnerSingle", {"precision": "float32"}),
    ("hyperteacher", "whp.reference.hyperteacher.batched", {}),
    ("randomization", "whp.impostors.randomization:Learner", {}),
    ("randomization", "whp.impostors.randomization:LearnerBackwards", {}),
    ("randomization", "whp.impostors.randomization:LearnerLongSums", {}),
    ("randomization", "whp.impostors.randomization:LearnerReversed", {}),
    ("randomization", "whp.impostors.randomization:LearnerSingle", {"precision": "float32"}),
    ("randomization", "whp.reference.randomization.batched", {}),
]
PARITY = ("a_first_update_shows_the_gradient", "first_updates_take_the_course_of_float64")


@pytest.mark.parametrize(
    ("system", "name", "declared"),
    [
        ("hierarchy", "Single", {"precision": "float32"}),
        ("attention", "LearnerSingle", {"precision": "float32"}),
        ("hyperteacher", "LearnerSingle", {"precision": "float32"}),
        ("randomization", "LearnerSingle", {"precision": "float32"}),
    ],
)
def test_a_right_network_is_not_rejected(system, name, declared):
    assert rejections(system, f"whp.impostors.{system}:{name}", 1, declared) == []


@pytest.mark.slow
@pytest.mark.parametrize(("system", "name", "declared"), NETWORKS)
@pytest.mark.parametrize(("names", "seeds"), [(None, 1), (PARITY, 20)])
def test_a_right_network_is_not_rejected_in_more_fresh_seeds(system, name, declared, names, seeds):
    if name.endswith(("batched", ".py")) and importlib.util.find_spec("torch") is None:
        pytest.skip("torch is not installed")
    assert rejections(system, name, seeds, declared, names) == []


@pytest.mark.slow
@pytest.mark.skipif(importlib.util.find_spec("torch") is None, reason="torch is not installed")
@pytest.mark.filterwarnings("ignore")  # the compiler's own
@pytest.mark.parametrize(
    ("system", "part"), [("hierarchy", "tick"), ("attention", "loss_of"), ("hyperteacher", "loss_of")]
)
def test_compiled_training_is_not_rejected(monkeypatch, system, part):
    import torch

    batched = importlib.import_module(f"whp.reference.{system}.batched")
    monkeypatch.setattr(batched, part, torch.compile(getattr(batched, part), dynamic=True))
    assert rejections(system, f"whp.reference.{system}.batched", 1, {}, PARITY) == []


@pytest.mark.slow
@pytest.mark.skipif(importlib.util.find_spec("torch") is None, reason="torch is not installed")
@pytest.mark.parametrize("system", ["hierarchy", "attention", "hyperteacher", "randomization"])
@pytest.mark.parametrize("threads", [1, 2])
def test_training_on_several_threads_is_not_rejected(system, threads):
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        assert rejections(system, f"whp.reference.{system}.batched", 2, {}, PARITY) == []
    finally:
        torch.set_num_threads(before)


@pytest.mark.slow
@pytest.mark.parametrize("name", SUBJECTS)
def test_a_right_subject_is_not_rejected_in_200_fresh_seeds(name, request):
    assert rejections("coloring", spec(name, request), 200) == []


@pytest.mark.slow
@pytest.mark.parametrize(("system", "name"), OTHERS)
def test_a_right_subject_of_another_system_is_not_rejected_in_20_fresh_seeds(system, name):
    if name and "torch" in name:
        pytest.importorskip("torch")
    assert rejections(system, name, 20) == []
