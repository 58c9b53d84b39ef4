"""What every correct `generate` and `apply` satisfies."""

from __future__ import annotations

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from whp.checks import property_of
from whp.properties.hyperteacher.expected import (
    OUTPUT,
    PAPER,
    WEIGHT,
    Arrays,
    absolute,
    allowed,
    fitted,
    linear,
    look_alike,
    outputs,
    room_for,
    size,
    weights,
)
from whp.properties.hyperteacher.inputs import (
    LARGE,
    LONG,
    NO_INPUTS,
    NO_OUTPUTS,
    NUMBERS,
    OFF,
    SCALED,
    SMALL,
    SQUARE,
    WIDE,
    drawn,
    questions_of_apply,
)
from whp.properties.rounding import must_be
from whp.subject import Subject

MODEL = f"{PAPER}, section 2: the task-conditioned teacher"
MORE = drawn(3, 5, 4, 2)


# generate


@property_of("hyperteacher", source=f"{MODEL}: W(z)")
@given(asked=questions_of_apply())
@example(asked=NUMBERS)
@example(asked=SCALED)
@example(asked=SQUARE)
@example(asked=MORE)
@example(asked=LARGE)
@example(asked=SMALL)
@example(asked=OFF)
@example(asked={**MORE, "modules": np.zeros((3, 2, 0))})
def weights_are_the_sum_of_modules(subject: Subject, asked: Arrays) -> None:
    """`generate` returns the sum over m of z_m modules[m]."""
    asked = fitted(subject, asked)
    modules, code = asked["modules"], asked["code"]
    got, right = subject.generate(modules=modules, code=code), weights(modules, code)
    room = allowed(subject, weights(np.abs(modules), np.abs(code)), len(code))
    must_be(subject, WEIGHT, got, right, room, f"the modules' entries there, weighted by {code.tolist()}")


@property_of("hyperteacher", source=f"{MODEL}: W(z) is linear in z")
@given(asked=questions_of_apply(), other=questions_of_apply(), a=st.integers(-3, 3), b=st.integers(-3, 3))
@example(asked=NUMBERS, other=SQUARE, a=2, b=0)
@example(asked=SQUARE, other=MORE, a=-1, b=3)
@example(asked=MORE, other=SCALED, a=1, b=1)
def weights_are_linear_in_the_code(subject: Subject, asked: Arrays, other: Arrays, a: int, b: int) -> None:
    """W(a z + b z') = a W(z) + b W(z')."""
    asked, other = fitted(subject, asked), fitted(subject, other)
    modules, one = asked["modules"], asked["code"]
    two = np.resize(other["code"], one.shape)
    first, second, both = (subject.generate(modules=modules, code=z) for z in (one, two, a * one + b * two))
    terms = abs(a) * np.abs(one) + abs(b) * np.abs(two)
    room = allowed(subject, weights(np.abs(modules), terms), 2 * len(one), 4)
    because = f"{a} times that of the code {one.tolist()} and {b} times that of {two.tolist()}"
    must_be(subject, WEIGHT, both, a * first + b * second, room, because)


# apply


@property_of("hyperteacher", source=MODEL)
@given(asked=questions_of_apply())
@example(asked=NUMBERS)
@example(asked=SCALED)
@example(asked=SQUARE)
@example(asked=NO_INPUTS)
@example(asked=NO_OUTPUTS)
@example(asked=OFF)
@example(asked=LARGE)
@example(asked=SMALL)
@example(asked=MORE)
@example(asked=WIDE)
@example(asked=LONG)
def outputs_are_those_of_the_teacher(subject: Subject, asked: Arrays) -> None:
    """`apply` returns relu(x W(z) / sqrt(n)) readout for each input x."""
    asked = fitted(subject, asked)
    got, right, room = subject.apply(**asked), outputs(**asked), room_for(subject, asked, size(asked))
    because = "relu(x W(z) / sqrt(n)) readout"
    if (np.abs(got - right) > room).any():
        because += look_alike(got, asked)
    must_be(subject, OUTPUT, got, right, room, because)


FACTORS = st.sampled_from([0.0, 0.5, 2.0, 3.0, 8.0])


@property_of("hyperteacher", source=f"{MODEL}: no biases")
@given(asked=questions_of_apply(), factor=FACTORS)
@example(asked=SQUARE, factor=0.0)
@example(asked=SQUARE, factor=2.0)
@example(asked=MORE, factor=3.0)
@example(asked=SCALED, factor=0.5)
def outputs_scale_with_code_and_inputs(subject: Subject, asked: Arrays, factor: float) -> None:
    """f(x; a z) = f(a x; z) = a f(x; z) for a >= 0; the output is 0 where the code or the input is."""
    asked = fitted(subject, asked)
    plain, room = subject.apply(**asked), 2 * factor * room_for(subject, asked, size(asked))
    for name, what in (("code", "the code"), ("inputs", "the input")):
        scaled = subject.apply(**{**asked, name: factor * asked[name]})
        because = f"{factor:g} times the output, when {what} is {factor:g} times what it was"
        must_be(subject, OUTPUT, scaled, factor * plain, room, because)


@property_of("hyperteacher", source=f"{MODEL}; relu(u) - relu(-u) = u")
@given(asked=questions_of_apply())
@example(asked=NUMBERS)
@example(asked=SQUARE)
@example(asked=MORE)
def opposite_inputs_differ_by_a_linear_map(subject: Subject, asked: Arrays) -> None:
    """f(x; z) - f(-x; z) = x W(z) readout / sqrt(n)."""
    asked = fitted(subject, asked)
    there, back = subject.apply(**asked), subject.apply(**{**asked, "inputs": -asked["inputs"]})
    right = linear(asked)
    room = 3 * room_for(subject, asked, size(asked))
    must_be(subject, OUTPUT, there - back, right, room, "x W(z) readout / sqrt(n), as the difference to -x")


@property_of("hyperteacher", source=f"{MODEL}; relu(u) + relu(-u) = |u|: not linear")
@given(asked=questions_of_apply())
@example(asked=NUMBERS)
@example(asked=SQUARE)
@example(asked=MORE)
def opposites_add_up_to_absolute_values(subject: Subject, asked: Arrays) -> None:
    """f(x; z) + f(-x; z) = f(x; z) + f(x; -z) = |x W(z)| readout / sqrt(n)."""
    asked = fitted(subject, asked)
    there, right = subject.apply(**asked), absolute(asked)
    room = 3 * room_for(subject, asked, size(asked))
    for name, what in (("inputs", "-x"), ("code", "-z")):
        back = subject.apply(**{**asked, name: -asked[name]})
        because = f"|x W(z)| readout / sqrt(n), as the sum with the output for {what}"
        must_be(subject, OUTPUT, there + back, right, room, because)


@property_of("hyperteacher", source=f"{PAPER}, section 2: what no data can tell apart")
@given(asked=questions_of_apply(), turn=st.integers(0, 3), scales=st.lists(st.integers(-3, 3), min_size=3))
@example(asked=SQUARE, turn=1, scales=[0, 0, 0])
@example(asked=SQUARE, turn=0, scales=[1, -2, 0])
@example(asked=MORE, turn=2, scales=[3, 0, -1, 2])
def hidden_units_have_no_names(subject: Subject, asked: Arrays, turn: int, scales: list[int]) -> None:
    """Moved, scaled by c > 0 and 1 / c, split in two, or joined by a dead one, units keep the outputs."""
    asked = fitted(subject, asked)
    modules, readout = asked["modules"], asked["readout"]
    c = 2.0 ** np.resize(scales, modules.shape[2])
    h = modules.shape[2]
    moved = np.roll(np.arange(h), turn)
    split = np.concatenate([readout, readout[:1] / 4])
    split[0] *= 0.75
    forms = {
        "in another order": (modules[:, :, moved], readout[moved]),
        f"scaled by {c.tolist()}, and readouts by one over that": (modules * c, readout / c[:, None]),
        "split, the first in two": (np.concatenate([modules, modules[:, :, :1]], axis=2), split),
        "joined by a dead one": (
            np.pad(modules, ((0, 0), (0, 0), (0, 1))),
            np.vstack([readout, readout[:1]]),
        ),
    }
    plain, room = subject.apply(**asked), 3 * room_for(subject, asked, size(asked))
    for what, (theirs, reads) in forms.items():
        again = subject.apply(**{**asked, "modules": theirs, "readout": reads})
        must_be(subject, OUTPUT, again, plain, room, f"what it is before hidden units are {what}")


@property_of("hyperteacher", source=f"{PAPER}, section 2: identified up to an invertible map of the codes")
@given(asked=questions_of_apply(), a=st.integers(0, 2), b=st.integers(0, 2), times=st.integers(-3, 3))
@example(asked=SQUARE, a=0, b=1, times=2)
@example(asked=SQUARE, a=1, b=0, times=0)
@example(asked=MORE, a=2, b=0, times=-1)
def modules_may_be_mixed(subject: Subject, asked: Arrays, a: int, b: int, times: int) -> None:
    """With modules in another order, or mixed, and codes accordingly, the outputs are the same."""
    asked = fitted(subject, asked)
    modules, code, count = asked["modules"], asked["code"], len(asked["code"])
    plain, sizes = subject.apply(**asked), size(asked)
    turned = {**asked, "modules": modules[::-1].copy(), "code": code[::-1].copy()}
    because = "what it is before modules and code are turned round"
    must_be(subject, OUTPUT, subject.apply(**turned), plain, 2 * room_for(subject, asked, sizes), because)
    a, b = a % count, b % count
    if a == b:
        return
    mixed, codes = modules.copy(), code.copy()
    mixed[a] += times * modules[b]
    codes[b] -= times * code[a]
    widest, longest = np.abs(modules), np.abs(code)
    widest[a] += abs(times) * np.abs(modules[b])
    longest[b] += abs(times) * np.abs(code[a])
    terms = size({**asked, "modules": widest, "code": longest})
    again = subject.apply(**{**asked, "modules": mixed, "code": codes})
    because = f"what it is before {times} times module {b} is added to module {a}, and z_{b} is corrected"
    must_be(subject, OUTPUT, again, plain, 3 * room_for(subject, asked, terms), because)


@property_of("hyperteacher", source=MODEL)
@given(asked=questions_of_apply())
@example(asked=SQUARE)
@example(asked=MORE)
def inputs_are_answered_apart(subject: Subject, asked: Arrays) -> None:
    """Each input of a batch has the output that it has alone."""
    asked = fitted(subject, asked)
    together, room = subject.apply(**asked), 2 * room_for(subject, asked, size(asked))
    for row in range(len(asked["inputs"])):
        alone = subject.apply(**{**asked, "inputs": asked["inputs"][row : row + 1]})
        where = f"output {{1}} of input {row}, in a batch of {len(together)},"
        one = slice(row, row + 1)
        must_be(subject, where, together[one], alone, room[one], "what it is alone")
