"""What every correct `network_gradient` and `network_train` satisfies: the parity of training."""

from __future__ import annotations

import numpy as np
from hypothesis import example, given

from whp.checks import expect, property_of
from whp.properties import parity
from whp.properties.attention.expected import PAPER, Arrays, has_room
from whp.properties.attention.lessons import (
    NEAR,
    Lesson,
    lessons,
    moved,
    slopes,
    squared_error,
    terms,
    trainings,
)
from whp.properties.rounding import apart
from whp.reference import attention
from whp.reference.training import norm
from whp.subject import Subject

TINY = Lesson(1, 1, 1, 1, 1, 1)
ONE_TOKEN = Lesson(2, 3, 2, 2, length=1, batch=4, seed=1)
UNEVEN = Lesson(3, 4, 2, 1, length=6, batch=2, seed=2)
POSITIVE = Lesson(2, 4, 3, 2, signs="one", seed=3)
LONGER = Lesson(1, 3, 4, 3, length=8, batch=1, signs="one", seed=4)
SETTLED = Lesson(1, 3, 2, 1, length=5, batch=2, signs="one", settled=True, seed=10)
LONG = Lesson(1, 3, 2, 1, length=139, batch=1, signs="one", settled=True, seed=6)
CROWD = Lesson(1, 2, 2, 1, length=2, batch=131, seed=6)  # no number of tiles of any size


def room(subject: Subject, lesson: Lesson) -> float:
    """Return what a gradient may be off by, as a share of its terms."""
    return parity.of_terms(subject, lesson.roundings())


def enough(subject: Subject, lesson: Lesson, sizes: Arrays) -> bool:
    """Say whether sums over the batch, with these means, can be held."""
    return has_room(subject, *(lesson.batch * each for each in sizes.values()))


# network_gradient


@property_of("attention", source=f"{PAPER}: gated networks are trained on the squared error")
@given(lesson=lessons())
@example(lesson=TINY)
@example(lesson=ONE_TOKEN)
@example(lesson=UNEVEN)
@example(lesson=POSITIVE)
@example(lesson=LONGER)
@example(lesson=SETTLED)
@example(lesson=LONG)
@example(lesson=CROWD)
def losses_of_networks_are_mean_squared_errors(subject: Subject, lesson: Lesson) -> None:
    """The loss of `network_gradient` is the mean squared error over batch, tokens and outputs."""
    asked = lesson.question()
    sizes = terms(asked)
    if not enough(subject, lesson, slopes(*sizes)):
        return
    got, allowed = subject.network_gradient(**asked).loss, room(subject, lesson) * squared_error(*sizes)
    right = squared_error(vars(asked["network"]), asked["inputs"], asked["targets"])
    parity.expect_mean_square(got, right, allowed, asked["targets"].shape)


@property_of("attention", source="the gradient of that loss, as a sum over pairs of tokens")
@given(lesson=lessons())
@example(lesson=TINY)
@example(lesson=ONE_TOKEN)
@example(lesson=UNEVEN)
@example(lesson=POSITIVE)
@example(lesson=LONGER)
@example(lesson=SETTLED)
@example(lesson=LONG)
@example(lesson=CROWD)
def gradients_of_networks_are_those_of_the_loss(subject: Subject, lesson: Lesson) -> None:
    """`network_gradient` gives the gradient at all arrays of the network, the decay too."""
    asked = lesson.question()
    size = slopes(*terms(asked))
    if enough(subject, lesson, size):
        got = vars(subject.network_gradient(**asked).network)
        right = slopes(vars(asked["network"]), asked["inputs"], asked["targets"])
        what = f"the gradient (a batch of {lesson.batch}, {lesson.length} tokens each)"
        parity.expect_gradient(got, right, room(subject, lesson), what, norm(size))


@property_of("attention", source="finite differences of that loss")
@given(lesson=lessons())
@example(lesson=TINY)
@example(lesson=UNEVEN)
@example(lesson=POSITIVE)
def gradients_of_networks_give_the_slope_of_the_loss(subject: Subject, lesson: Lesson) -> None:
    """Along a random direction the gradient of a network is the slope of its loss."""
    asked = lesson.question()
    size = slopes(*terms(asked))
    if enough(subject, lesson, size):
        parity.expect_slope(
            lambda network: squared_error(network, asked["inputs"], asked["targets"]),
            vars(asked["network"]),
            vars(subject.network_gradient(**asked).network),
            room(subject, lesson) * norm(size),
            lesson.seed,
        )


@property_of("attention", source="the loss is a mean over the sequences of a batch")
@given(lesson=lessons())
@example(lesson=ONE_TOKEN)
@example(lesson=UNEVEN)
@example(lesson=POSITIVE)
def sequences_of_a_batch_count_alike(subject: Subject, lesson: Lesson) -> None:
    """Loss and gradient of a batch are the means of those of its sequences, each run from a state of zero."""
    asked = lesson.question()
    sizes = terms(asked)
    size = slopes(*sizes)
    if not enough(subject, lesson, size):
        return
    batch = subject.network_gradient(**asked)
    alone = [
        subject.network_gradient(network=asked["network"], inputs=x[None], targets=y[None])
        for x, y in zip(asked["inputs"], asked["targets"], strict=True)
    ]
    allowed, mean = 2 * room(subject, lesson), float(np.mean([each.loss for each in alone]))
    expect(
        abs(batch.loss - mean) <= allowed * squared_error(*sizes),
        lambda: "the loss of the batch is {}, and those of its sequences alone have the mean {}".format(
            *apart(batch.loss, mean)
        ),
    )
    wanted = {
        name: np.mean([vars(each.network)[name] for each in alone], axis=0) for name in vars(batch.network)
    }
    what = "against the mean of those of its sequences alone, the gradient of a batch"
    parity.expect_gradient(vars(batch.network), wanted, allowed, what, norm(size))


# network_train


TRAINED = parity.Model("network_train", "network", attention.network_train, moved)
SINGLE = Lesson(dtype="float32")


@property_of(
    "attention",
    source="parity of one gradient: Adam's first step follows a gradient near 1e-8",
    examples=0.3,
)
@given(lesson=trainings("one"))
@example(lesson=Lesson(signs="one"))
@example(lesson=Lesson(signs="one", dtype="float32"))
@example(lesson=Lesson(3, signs="one", batch=1, seed=1))
@example(lesson=Lesson(1, signs="one", dtype="float32", length=7, seed=2))
def a_first_update_shows_the_gradient(subject: Subject, lesson: Lesson) -> None:
    """In float64 and in float32, one update shows the gradient of float64 up to rounding: 1e-12, 1e-5.

    No two terms of the gradient cancel, so that rounding can't do more.
    """
    parity.expect_first_update(subject, TRAINED, lesson.training(1))


@property_of(
    "attention",
    source="parity of the first updates, with a tolerance that other orders of sums give",
    examples=0.1,
)
@given(lesson=trainings("any"))
@example(lesson=Lesson())
@example(lesson=SINGLE)
@example(lesson=Lesson(clip=None, seed=1))
@example(lesson=Lesson(clip=NEAR))
@example(lesson=Lesson(1, clip=None, dtype="float32", seed=2))
@example(lesson=Lesson(3, v=1, batch=2, seed=3))
@example(lesson=Lesson(length=3, batch=2, clip=None, seed=4, rate=0.001, updates=60))
def first_updates_take_the_course_of_float64(subject: Subject, lesson: Lesson) -> None:
    """Over 20 updates, or 60 small ones, losses and arrays differ from those of float64 by rounding alone."""
    parity.expect_first_updates(subject, TRAINED, lesson.training(lesson.updates))


@property_of(
    "attention", source="the gradient of a loss that is 0, and the step that Adam makes of it", examples=0.1
)
@given(lesson=trainings("any"))
@example(lesson=Lesson())
@example(lesson=Lesson(clip=None, dtype="float32"))
def without_a_gradient_nothing_moves(subject: Subject, lesson: Lesson) -> None:
    """No update moves a network that answers 0, as it is to: a norm of 0 divides nothing."""
    parity.expect_no_update(subject, TRAINED, lesson.training(3))
