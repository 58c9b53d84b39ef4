"""Training of students of `hyperteacher`, whose parity is checked: in NumPy and in torch."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from whp.properties import parity
from whp.properties.hyperteacher.lessons import Lesson, moved, squared_error
from whp.reference import hyperteacher
from whp.reference.hyperteacher.student import Student
from whp.reference.training import norm

LESSONS = [
    Lesson(),
    Lesson(1, 1, 1, 1, 1, 1, signs="one"),
    Lesson(3, 2, 4, 1, 2, 4, signs="any", seed=1),
]


def test_a_unit_that_is_on_and_one_that_is_off_by_hand():
    """x = 2 and z = 3 make 2 * 3 / sqrt(4) = 3 and -3 of the units, 3 of the output; 1 is wanted."""
    module = np.zeros((1, 4, 2))
    module[0, 0] = 1, -1
    student = Student(module, np.array([[1.0], [5.0]]), np.array([[3.0]]))
    told = hyperteacher.student_gradient(student, np.array([[[2.0, 0, 0, 0]]]), np.array([[[1.0]]]))
    assert told.loss == 4
    assert told.student.readout.tolist() == [[4 * 3], [0]]
    assert told.student.codes.tolist() == [[4 * 1 * 2 / 2]]
    assert told.student.modules.tolist() == [[[4 * 3 * 2 / 2, 0], [0, 0], [0, 0], [0, 0]]]


@pytest.mark.parametrize("lesson", LESSONS)
def test_every_entry_of_the_gradient_is_a_finite_difference(lesson):
    asked = lesson.question()
    told, arrays = vars(hyperteacher.student_gradient(**asked).student), vars(asked["student"])

    def loss(name, place, by):
        there = arrays[name].copy()
        there[place] += by
        return squared_error({**arrays, name: there}, asked["inputs"], asked["targets"])

    size = norm(told)
    for name, slope in told.items():
        for place in np.ndindex(slope.shape):
            rise = (loss(name, place, 1e-5) - loss(name, place, -1e-5)) / 2e-5
            assert slope[place] == pytest.approx(rise, abs=1e-7 * size), (name, place)


@pytest.mark.parametrize("lesson", LESSONS)
def test_arrays_of_a_student_have_gradients_in_proportion(lesson):
    """The outputs are of degree 1 in modules, in codes and in the readout."""
    asked = lesson.question()
    told, student = vars(hyperteacher.student_gradient(**asked).student), vars(asked["student"])
    along = [float((slope * student[name]).sum()) for name, slope in told.items()]
    assert along == pytest.approx([along[0]] * 3, abs=1e-13 * norm(told) * norm(student))


def test_no_unit_changes_side_in_the_updates_that_are_compared():
    for seed in range(20):
        for signs in ("sides", "one"):
            lesson = Lesson(signs=signs, clip=None, seed=seed)
            asked = lesson.training(parity.UPDATES)
            first, last = asked["student"], hyperteacher.student_train(**asked, device="cpu").student
            assert np.abs(last.modules - first.modules).max() < 0.4
            assert np.abs(last.codes - first.codes).max() < 0.4  # and all are 0.5 or longer at first


def test_modules_and_units_may_change_places():
    lesson = Lesson()
    back = moved(moved(lesson.student(), 2), -2)
    assert all(np.array_equal(array, vars(lesson.student())[name]) for name, array in vars(back).items())
    straight, turned = (
        hyperteacher.student_train(**{**lesson.training(4), "student": student}, device="cpu").losses
        for student in (lesson.student(), moved(lesson.student(), 1))
    )
    assert turned == pytest.approx(straight, rel=1e-12)


def test_a_student_without_modules_is_refused():
    student = Student(np.zeros((0, 3, 2)), np.zeros((2, 1)), np.zeros((2, 0)))
    batch = {"inputs": np.zeros((2, 4, 3)), "targets": np.zeros((2, 4, 1))}
    assert list(hyperteacher.faults("student_gradient", {"student": student, **batch})) == [
        ("student.modules", "is 0 x 3 x 2; sizes of at least 1 are expected"),
        ("student.codes", "is 2 x 0; sizes of at least 1 are expected"),
    ]
    none = {"inputs": np.zeros((0, 2, 4, 3)), "targets": np.zeros((0, 2, 4, 1))}  # no update
    asked = {"student": Lesson(tasks=2).student(), **none}
    assert list(hyperteacher.faults("student_train", asked)) == []


def test_torch_trains_seeds_side_by_side_as_alone():
    torch = pytest.importorskip("torch")
    from whp.reference.hyperteacher import batched

    asked = [replace(Lesson(), seed=seed).training(6) for seed in range(3)]
    first = {
        name: torch.from_numpy(np.stack([vars(each["student"])[name] for each in asked]))
        for name in vars(asked[0]["student"])
    }
    inputs, targets = (
        torch.from_numpy(np.stack([each[name] for each in asked], axis=1)) for name in ("inputs", "targets")
    )
    losses, last = batched.train_many(first, inputs, targets, 0.01, 0.1)
    for seed, each in enumerate(asked):
        alone = hyperteacher.student_train(**each, device="cpu")
        assert losses[:, seed].numpy() == pytest.approx(alone.losses, rel=1e-12)
        for name, array in vars(alone.student).items():
            assert last[name][seed].detach().numpy() == pytest.approx(array, abs=1e-12)
