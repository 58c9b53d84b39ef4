from __future__ import annotations

import pytest
from hypothesis import Phase

from conftest import Unwatched
from whp import registry
from whp.impostors import impostors
from whp.results import Options
from whp.run import run
from whp.subject import Subject
from whp.worker import PropertyRun


def check_of(system, name):
    return next(check for check in registry.checks(system) if check.name == name)


CASES = [
    (system, name, check)
    for system in registry.systems()
    for name, impostor in impostors(system).items()
    for check in impostor.rejected_by
]


def rejected(system, name, check):
    """Return how a check's fixed inputs alone reject an impostor, so that it is rejected with certainty."""
    subject = Subject(system, f"whp.impostors.{system}:{name}", {}, Unwatched())
    return PropertyRun(check_of(system, check), subject, seed=0, examples=1).search(Phase.explicit)


def alone(case):
    """Say whether a case wants no process of its own: the fault is in the answers of one process."""
    system, name, check = case
    stated = check_of(system, check)
    return impostors(system)[name].verdict == "refuted" and getattr(stated, "processes", 2) == 1


@pytest.mark.parametrize(("system", "name", "check"), [case for case in CASES if alone(case)])
def test_an_impostor_is_refuted_by_the_checks_it_names(system, name, check):
    failure = rejected(system, name, check)
    assert failure is not None
    assert type(failure.error).__name__ == "Refuted"


@pytest.mark.parametrize(("system", "name", "check"), [case for case in CASES if not alone(case)])
def test_an_impostor_is_rejected_by_how_it_ends_by_another_process_or_by_its_law(system, name, check):
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
