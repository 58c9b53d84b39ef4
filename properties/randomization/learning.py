"""What every correct `learner_gradient` and `learner_train` satisfies: the parity of training."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from whp.checks import expect, property_of
from whp.properties import parity
from whp.properties.randomization.inputs import PAPER
from whp.properties.randomization.lessons import (
    NEAR,
    Lesson,
    lessons,
    moved,
    relaxed,
    slopes,
    terms,
    trainings,
)
from whp.reference import randomization
from whp.reference.training import norm
from whp.subject import Subject

TINY = Lesson(1, 1, 1, 1, 1, 1)
PLAIN = Lesson(q=1.0, seed=1)
UNEVEN = Lesson(2, 3, 4, 1, 3, 4, q=8.0, seed=2)
POSITIVE = Lesson(4, 1, 3, 3, 2, 2, q=2.0, signs="one", seed=3)
MANY_SEEDS = Lesson(2, 1, 2, 6, seeds=37, batch=3, seed=4)  # neither seeds nor inputs fill up blocks
MANY_INPUTS = Lesson(3, 1, 2, 2, seeds=2, batch=37, seed=5)


def allowed(subject: Subject) -> float:
    """Return what may be off, as a share of what a rounding of each term can do, times 1 / u."""
    parity.arithmetic(subject, "float64")  # or it isn't offered
    return parity.tolerance(subject)


@property_of("randomization", source=f"{PAPER}: the relaxed loss of a linear attention that recalls")
@given(lesson=lessons())
@example(lesson=TINY)
@example(lesson=PLAIN)
@example(lesson=UNEVEN)
@example(lesson=POSITIVE)
@example(lesson=Lesson())
@example(lesson=MANY_SEEDS)
@example(lesson=MANY_INPUTS)
def losses_of_learners_are_power_means_of_means(subject: Subject, lesson: Lesson) -> None:
    """The loss of `learner_gradient` is the power mean over inputs of mean losses over seeds."""
    room, asked = allowed(subject), lesson.question()
    told = {**asked, "learner": vars(asked["learner"])}
    got, right = subject.learner_gradient(**asked).loss, relaxed(**told)
    room *= terms(**told)[0]
    others = {
        "with q = 1": relaxed(**{**told, "q": 1.0}),
        "with every seed 0": relaxed(**{**told, "seeds": 0 * asked["seeds"]}),
    }
    alike = [word for word, value in others.items() if abs(got - value) <= room]
    expect(
        abs(got - right) <= room,
        lambda: (
            f"the loss is {got:.12g}, where {right:.12g} is expected, of {len(asked['seeds'])} seeds, "
            f"{asked['values'].size} inputs and q = {lesson.q:g} (off by {abs(got - right):.3g}; rounding "
            f"allows {room:.3g}){''.join(f'; it is the loss {word}' for word in alike)}"
        ),
    )


@property_of("randomization", source="the gradient of that loss, as a sum over seeds, inputs and tokens")
@given(lesson=lessons())
@example(lesson=TINY)
@example(lesson=PLAIN)
@example(lesson=UNEVEN)
@example(lesson=POSITIVE)
@example(lesson=Lesson())
@example(lesson=MANY_SEEDS)
@example(lesson=MANY_INPUTS)
def gradients_of_learners_are_those_of_the_loss(subject: Subject, lesson: Lesson) -> None:
    """`learner_gradient` gives the gradient at all arrays of both networks."""
    room, asked = allowed(subject), lesson.question()
    told = {**asked, "learner": vars(asked["learner"])}
    got = vars(subject.learner_gradient(**asked).learner)
    parity.expect_gradient(got, slopes(**told), room, "the gradient", norm(terms(**told)[1]))


@property_of("randomization", source="finite differences of that loss")
@given(lesson=lessons())
@example(lesson=TINY)
@example(lesson=UNEVEN)
@example(lesson=POSITIVE)
@example(lesson=Lesson())
def gradients_of_learners_give_the_slope_of_the_loss(subject: Subject, lesson: Lesson) -> None:
    """Along a random direction the gradient of a learner is the slope of its loss."""
    room, asked = allowed(subject), lesson.question()
    told = {**asked, "learner": vars(asked["learner"])}
    parity.expect_slope(
        lambda learner: relaxed(**{**told, "learner": learner}),
        told["learner"],
        vars(subject.learner_gradient(**asked).learner),
        room * norm(terms(**told)[1]),
        lesson.seed,
    )


@property_of("randomization", source="no token has a position: ids, seeds and values are sets")
@given(lesson=lessons(), data=st.data())
@example(lesson=UNEVEN, data=None)
@example(lesson=POSITIVE, data=None)
@example(lesson=Lesson(), data=None)
def names_and_order_mean_nothing_to_learners(
    subject: Subject, lesson: Lesson, data: st.DataObject | None
) -> None:
    """With ids renamed, and seeds and values in another order, the loss is the same, and the gradient too."""
    room, asked = allowed(subject), lesson.question()
    arrays, ids = vars(asked["learner"]), lesson.ids
    names, seeds, rows = (
        data.draw(st.permutations(range(count))) if data else [*range(1, count), 0]
        for count in (ids, lesson.seeds, lesson.batch)
    )
    first = [*names, *range(ids, ids + lesson.bits)]
    other = {
        **asked,
        "learner": randomization.Learner(**{**arrays, "first": arrays["first"][:, first]}),
        "seeds": asked["seeds"][seeds],
        "values": asked["values"][rows][:, names],
    }
    plain, moved = (subject.learner_gradient(**each) for each in (asked, other))
    of_loss, of_slopes = terms(**{**asked, "learner": arrays})
    told = f"with ids in the order {list(names)}, seeds in {list(seeds)} and rows of values in {list(rows)}"
    expect(
        abs(moved.loss - plain.loss) <= 2 * room * of_loss,
        lambda: (
            f"the loss is {plain.loss:.12g}, but {told} it is {moved.loss:.12g} (rounding allows "
            f"{2 * room * of_loss:.3g}): an id is known by its rows of the first layer, and by nothing else"
        ),
    )
    wanted = {**vars(plain.learner), "first": plain.learner.first[:, first]}
    parity.expect_gradient(vars(moved.learner), wanted, 2 * room, f"{told}, the gradient", norm(of_slopes))


TRAINED = parity.Model("learner_train", "learner", randomization.learner_train, moved)


@property_of(
    "randomization",
    source="parity of one gradient: Adam's first step follows a gradient near 1e-8",
    examples=0.3,
)
@given(lesson=trainings("one"))
@example(lesson=Lesson(signs="one"))
@example(lesson=Lesson(signs="one", dtype="float32"))
@example(lesson=Lesson(width=3, signs="one", batch=1, q=1.0, seed=1))
@example(lesson=Lesson(width=1, signs="one", dtype="float32", ids=4, seed=2))
def a_first_update_shows_the_gradient(subject: Subject, lesson: Lesson) -> None:
    """In float64 and in float32, one update shows the gradient of float64 up to rounding: 1e-12, 1e-5.

    No two terms of the gradient cancel, so that rounding can't do more.
    """
    parity.expect_first_update(subject, TRAINED, lesson.training(1))


@property_of(
    "randomization",
    source="parity of the first updates, with a tolerance that other orders of sums give",
    examples=0.1,
)
@given(lesson=trainings("any"))
@example(lesson=Lesson())
@example(lesson=Lesson(dtype="float32"))
@example(lesson=Lesson(clip=None, seed=1))
@example(lesson=Lesson(clip=NEAR))
@example(lesson=Lesson(width=1, clip=None, dtype="float32", seed=2))
@example(lesson=Lesson(width=3, batch=2, q=8.0, seed=3))
def first_updates_take_the_course_of_float64(subject: Subject, lesson: Lesson) -> None:
    """Over 20 updates, losses and arrays of a learner differ from those of float64 by rounding alone."""
    parity.expect_first_updates(subject, TRAINED, lesson.training(parity.UPDATES))
