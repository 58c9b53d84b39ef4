from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import Phase

from conftest import judged
from whp import registry
from whp.arguments import unpack
from whp.checks import Claim
from whp.impostors import impostors
from whp.results import Options
from whp.run import run
from whp.subject import Subject, Unwatched
from whp.worker import PropertyRun


def check_of(system, name):
    return next(check for check in registry.checks(system) if check.name == name)


CASES = [
    (system, name, check)
    for system in registry.systems()
    for name, impostor in impostors(system).items()
    for check in impostor.rejected_by
]


def asked(system, name, check):
    subject = Subject(system, f"whp.impostors.{system}:{name}", {}, Unwatched())
    return PropertyRun(check_of(system, check), subject, seed=0, examples=1)


def how(case):
    """Say what shows that a case is rejected: an answer, a population of answers, or the whole process."""
    system, name, check = case
    stated = check_of(system, check)
    if impostors(system)[name].verdict != "refuted" or getattr(stated, "processes", 1) > 1:
        return "process"
    if isinstance(stated, Claim):
        return "law" if "quick" in stated.cells else "long law"
    return "answer"


LONG = (
    "steps_grow_linearly_in_n",
    "steps_grow_as_log_delta",
    "local_losses_learn_as_well_as_the_full_gradient",
    "the_cut_alone_does_not",
)


def alone(case):
    """Say whether a case stands for its check: that of the impostor which the fewest checks reject."""
    system, name, check = case
    if check in LONG:  # even one takes 10 seconds and more
        return False
    able = [other for s, other, stated in CASES if (s, stated) == (system, check)]
    return name == min(able, key=lambda other: len(impostors(system)[other].rejected_by))


def cases(shown_by):
    """Parametrise a test; of populations, which take long, one for each claim is in the lane of each time."""
    chosen = [case for case in CASES if how(case) == shown_by]
    marked = [
        pytest.param(*c, marks=() if shown_by != "law" or alone(c) else pytest.mark.slow) for c in chosen
    ]
    return pytest.mark.parametrize(("system", "name", "check"), marked)


def judged_by(system, name, check, seed):
    subject = Subject(system, f"whp.impostors.{system}:{name}", {}, Unwatched())
    return judged(check_of(system, check), subject, seed)[2]


@cases("answer")
def test_an_impostor_is_refuted_by_the_properties_it_names(system, name, check):
    failure = asked(system, name, check).search(Phase.explicit)  # fixed inputs alone: with certainty
    assert failure is not None
    assert failure.outcome.verdict == "refuted"
    kept = json.loads(json.dumps(failure.outcome.arguments))
    if check != "one_question_has_one_answer":  # what a subject remembers of earlier inputs is in none
        assert asked(system, name, check).on(unpack(kept)).verdict == "refuted"


@cases("law")
def test_an_impostor_is_refuted_by_the_claims_it_names(system, name, check):
    assert judged_by(system, name, check, 0).verdict == "refuted"


@pytest.mark.slow
@cases("long law")
def test_an_impostor_is_refuted_by_the_claims_of_full_effort_it_names(system, name, check):
    assert judged_by(system, name, check, 0).verdict == "refuted"


@pytest.mark.slow
@cases("law")
def test_an_impostor_is_refuted_by_the_claims_it_names_over_20_fresh_seeds(system, name, check):
    entropy = np.random.SeedSequence().entropy
    for seed in np.random.SeedSequence(entropy).generate_state(20, np.uint64):
        decided = judged_by(system, name, check, int(seed))
        assert decided.verdict == "refuted", (entropy, decided)


@cases("process")
def test_an_impostor_is_rejected_by_how_it_ends_or_by_another_process(system, name, check):
    verdict = impostors(system)[name].verdict
    timeout = 0.5 if verdict == "broken" else 10  # what never answers is waited for in vain
    options = Options(subject=f"whp.impostors.{system}:{name}", timeout=timeout)
    (result,) = run([check_of(system, check)], options).ordered
    assert result.verdict == verdict


def test_every_check_rejects_an_impostor():
    able = {(system, check) for system, _, check in CASES}
    stated = {(system, check.name) for system in registry.systems() for check in registry.checks(system)}
    assert stated == able


def test_every_impostor_says_its_mistake():
    for system in registry.systems():
        for name, impostor in impostors(system).items():
            assert impostor.__doc__, name


@pytest.mark.slow
def test_sensitivity_tells_which_checks_reject_an_impostor(whp):
    told = whp("sensitivity", "coloring", "--impostor", "SeedsInPairs", "--impostor", "BothEndsAtOnce")
    assert told.returncode == 0
    lines = told.stdout.splitlines()
    assert "BothEndsAtOnce: " in lines[1]
    assert "refuted    color_is_proper" in told.stdout
    assert "refuted    neighboring_seeds_are_independent" in told.stdout
    assert lines[-1] == "2 impostors; 0 rejections that they name are missing"
    unknown = whp("sensitivity", "coloring", "--impostor", "SeedsInPairs", "--impostor", "Nobody")
    assert unknown.returncode == 2
    assert "no impostor of coloring is called Nobody; there are: BothEndsAtOnce" in unknown.stderr


def test_sensitivity_tells_what_is_missing(tmp_path):
    program = (
        "import sys\n"
        "from whp.impostors import coloring\n"
        "coloring.EdgeFirst.rejected_by = ('color_is_proper',)\n"
        "from whp import cli\n"
        "sys.argv = ['whp', 'sensitivity', 'coloring', '--impostor', 'EdgeFirst']\n"
        "cli.main()\n"
    )
    command = [sys.executable, "-c", program]
    told = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert told.returncode == 1
    assert "NOT refuted by coloring/color_is_proper, which it names: holds" in told.stdout
