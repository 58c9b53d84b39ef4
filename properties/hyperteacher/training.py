"""What every correct `student_gradient` and `student_train` satisfies: the parity of training."""

from __future__ import annotations

import numpy as np
from hypothesis import example, given

from whp.checks import expect, property_of
from whp.properties import parity
from whp.properties.hyperteacher.expected import PAPER
from whp.properties.hyperteacher.lessons import (
    NEAR,
    Lesson,
    fitting,
    is_clear,
    lessons,
    moved,
    slopes,
    squared_error,
    terms,
    trainings,
)
from whp.reference.hyperteacher.student import Student, student_train
from whp.reference.training import norm
from whp.subject import Subject

TINY = Lesson(1, 1, 1, 1, 1, 1, signs="one")
ONE_TASK = Lesson(2, 3, 4, 2, tasks=1, batch=4, seed=1)
UNEVEN = Lesson(2, 3, 4, 1, tasks=3, batch=2, seed=2)
MIXED = Lesson(3, 4, 2, 3, tasks=2, batch=2, signs="any", seed=0)
POSITIVE = Lesson(3, 2, 4, 2, tasks=4, batch=3, signs="one", seed=4)
LONG = Lesson(2, 1, 2, 1, tasks=1, batch=77, seed=5)  # neither inputs nor tasks fill up blocks
MANY_TASKS = Lesson(2, 1, 2, 1, tasks=37, batch=1, seed=6)

STEP = 8 * 2e-3  # by which finite differences move no entry farther, but with a chance below 1e-14


# student_gradient


@property_of("hyperteacher", source=f"{PAPER}: students are trained on the squared error")
@given(lesson=lessons())
@example(lesson=TINY)
@example(lesson=ONE_TASK)
@example(lesson=UNEVEN)
@example(lesson=MIXED)
@example(lesson=POSITIVE)
@example(lesson=LONG)
@example(lesson=MANY_TASKS)
def losses_of_students_are_mean_squared_errors(subject: Subject, lesson: Lesson) -> None:
    """The loss of `student_gradient` is the mean squared error over tasks, inputs and outputs."""
    asked = fitting(subject, lesson.question())
    got, room = (
        subject.student_gradient(**asked).loss,
        parity.of_terms(subject) * squared_error(*terms(asked)),
    )
    right = squared_error(vars(asked["student"]), asked["inputs"], asked["targets"])
    parity.expect_mean_square(got, right, room, asked["targets"].shape)


@property_of("hyperteacher", source="the gradient of that loss, as a sum over all paths")
@given(lesson=lessons())
@example(lesson=TINY)
@example(lesson=ONE_TASK)
@example(lesson=UNEVEN)
@example(lesson=MIXED)
@example(lesson=POSITIVE)
@example(lesson=LONG)
@example(lesson=MANY_TASKS)
def gradients_of_students_are_those_of_the_loss(subject: Subject, lesson: Lesson) -> None:
    """`student_gradient` gives the gradient at modules, readout and codes."""
    asked = fitting(subject, lesson.question())
    if is_clear(asked, parity.of_terms(subject)):
        got = vars(subject.student_gradient(**asked).student)
        right = slopes(vars(asked["student"]), asked["inputs"], asked["targets"])
        size = norm(slopes(*terms(asked)))
        parity.expect_gradient(got, right, parity.of_terms(subject), "the gradient", size)


@property_of("hyperteacher", source="finite differences of that loss")
@given(lesson=lessons())
@example(lesson=TINY)
@example(lesson=UNEVEN)
@example(lesson=MIXED)
@example(lesson=POSITIVE)
def gradients_of_students_give_the_slope_of_the_loss(subject: Subject, lesson: Lesson) -> None:
    """Along a random direction the gradient of a student is the slope of its loss."""
    asked = fitting(subject, lesson.question())
    if is_clear(asked, parity.of_terms(subject), STEP):
        parity.expect_slope(
            lambda student: squared_error(student, asked["inputs"], asked["targets"]),
            vars(asked["student"]),
            vars(subject.student_gradient(**asked).student),
            parity.of_terms(subject) * norm(slopes(*terms(asked))),
            lesson.seed,
        )


@property_of("hyperteacher", source="the loss is a mean over tasks, and each has a code of its own")
@given(lesson=lessons())
@example(lesson=ONE_TASK)
@example(lesson=UNEVEN)
@example(lesson=MIXED)
@example(lesson=POSITIVE)
def tasks_of_a_batch_count_alike(subject: Subject, lesson: Lesson) -> None:
    """Loss and gradient of a batch are the means of those of its tasks; a code has that of its task alone."""
    asked = fitting(subject, lesson.question())
    if not is_clear(asked, parity.of_terms(subject)):
        return
    batch, student, count = subject.student_gradient(**asked), asked["student"], lesson.tasks
    alone = [
        subject.student_gradient(
            student=Student(student.modules, student.readout, code[None]),
            inputs=x[None],
            targets=y[None],
        )
        for code, x, y in zip(student.codes, asked["inputs"], asked["targets"], strict=True)
    ]
    room, mean = 2 * parity.of_terms(subject), float(np.mean([each.loss for each in alone]))
    expect(
        abs(batch.loss - mean) <= room * squared_error(*terms(asked)),
        lambda: (
            f"the loss of the batch is {batch.loss:.12g}, and those of its tasks alone have the mean "
            f"{mean:.12g}"
        ),
    )
    wanted = {
        "modules": np.mean([each.student.modules for each in alone], axis=0),
        "readout": np.mean([each.student.readout for each in alone], axis=0),
        "codes": np.concatenate([each.student.codes for each in alone]) / count,
    }
    what = "against the mean of those of its tasks alone, the gradient of a batch"
    parity.expect_gradient(vars(batch.student), wanted, room, what, norm(slopes(*terms(asked))))


# student_train


TRAINED = parity.Model("student_train", "student", student_train, moved)


@property_of(
    "hyperteacher",
    source="parity of one gradient: Adam's first step follows a gradient near 1e-8",
    examples=0.3,
)
@given(lesson=trainings("one"))
@example(lesson=Lesson(signs="one"))
@example(lesson=Lesson(signs="one", dtype="float32"))
@example(lesson=Lesson(signs="one", n=1, tasks=1, seed=1))
@example(lesson=Lesson(signs="one", dtype="float32", batch=1, seed=2))
def a_first_update_shows_the_gradient(subject: Subject, lesson: Lesson) -> None:
    """In float64 and in float32, one update shows the gradient of float64 up to rounding: 1e-12, 1e-5.

    No two terms of the gradient cancel, so that rounding can't do more.
    """
    parity.expect_first_update(subject, TRAINED, lesson.training(1))


@property_of(
    "hyperteacher",
    source="parity of the first updates, with a tolerance that other orders of sums give",
    examples=0.1,
)
@given(lesson=trainings("sides"))
@example(lesson=Lesson())
@example(lesson=Lesson(dtype="float32"))
@example(lesson=Lesson(clip=None, seed=1))
@example(lesson=Lesson(clip=NEAR, seed=2))
@example(lesson=Lesson(n=1, clip=None, dtype="float32", seed=2))
@example(lesson=Lesson(tasks=1, batch=2, seed=3))
def first_updates_take_the_course_of_float64(subject: Subject, lesson: Lesson) -> None:
    """Over 20 updates, losses and arrays of a student differ from those of float64 by rounding alone.

    No unit is near the kink of its ReLU, on whose other side the gradient would be another.
    """
    parity.expect_first_updates(subject, TRAINED, lesson.training(parity.UPDATES))


@property_of(
    "hyperteacher",
    source="the gradient of a loss that is 0, and the step that Adam makes of it",
    examples=0.1,
)
@given(lesson=trainings("sides"))
@example(lesson=Lesson())
@example(lesson=Lesson(clip=None, dtype="float32"))
def without_a_gradient_nothing_moves(subject: Subject, lesson: Lesson) -> None:
    """No update moves a student that answers 0, as it is to: a norm of 0 divides nothing."""
    parity.expect_no_update(subject, TRAINED, lesson.training(3))
