"""What every correct `attend` and `vjp` satisfies."""

from __future__ import annotations

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from whp.checks import expect, property_of
from whp.properties.attention.expected import (
    FACTOR,
    LAST,
    MATRICES,
    PAPER,
    Arrays,
    answers_alike,
    attention,
    fitted,
    gradients,
    has_room,
    look_alike,
    look_alike_gradient,
    roundings,
    size,
)
from whp.properties.attention.inputs import (
    CHUNKED,
    COUNTED,
    EMPTY,
    LARGE,
    LONG,
    SMALL,
    SQUARE,
    TURNED,
    UNEVEN,
    WIDE,
    drawn,
    matrices,
    normal,
    questions_of_attend,
    questions_of_vjp,
    rows,
    small,
)
from whp.properties.rounding import must_be, precision_of
from whp.subject import Subject

DEFINITION = f"{PAPER}, section 2: causal linear self-attention"


# attend


@property_of("attention", source=DEFINITION)
@given(asked=questions_of_attend())
@example(asked=EMPTY)
@example(asked={"inputs": rows([2]), "query": rows([3]), "key": rows([-1]), "value": rows([5])})
@example(asked=COUNTED)
@example(asked=SQUARE)
@example(asked=TURNED)
@example(asked=UNEVEN)
@example(asked=LARGE)
@example(asked=SMALL)
@example(asked=WIDE)
@example(asked=CHUNKED)
@example(asked=LONG)
def outputs_are_linear_attention(subject: Subject, asked: Arrays) -> None:
    """Output t of `attend` is the sum over s <= t of value x_s <key x_s, query x_t>, the token t included."""
    asked = fitted(subject, asked)
    if has_room(subject, sizes := size(asked)):
        got, right = subject.attend(**asked), attention(**asked)
        because = "the sum over s <= t of value x_s <key x_s, query x_t>"
        if (np.abs(got - right) > 1e-6 * sizes).any():
            because += look_alike(got, asked)
        answers_alike(subject, got, right, sizes, asked["inputs"], because)


@property_of("attention", source=f"{DEFINITION}: causal")
@given(asked=questions_of_attend(shortest=2), other=questions_of_attend(), keep=st.integers(1, 5))
@example(asked=SQUARE, other=COUNTED, keep=1)
@example(asked=TURNED, other=COUNTED, keep=2)
@example(asked=drawn(7, 4, 3, 5), other=COUNTED, keep=3)
def outputs_see_the_past_alone(subject: Subject, asked: Arrays, other: Arrays, keep: int) -> None:
    """The outputs up to a token don't depend on the tokens after it, nor on whether there are any."""
    asked = fitted(subject, asked)
    inputs, matrices_ = asked["inputs"], {name: asked[name] for name in MATRICES}
    keep = min(keep, len(inputs) - 1)
    changed = inputs.copy()
    changed[keep:] = np.resize(fitted(subject, other)["inputs"] + 1, changed[keep:].shape)
    sizes = size(asked)[:keep]
    if not has_room(subject, size({**asked, "inputs": changed}), size(asked)):
        return
    first = subject.attend(**asked)[:keep]
    later = subject.attend(inputs=changed, **matrices_)[:keep]
    alone = subject.attend(inputs=inputs[:keep], **matrices_)
    because = f"what it is when the tokens from {keep} on are others"
    answers_alike(subject, first, later, 2 * sizes, inputs, because)
    because = f"what it is when there are no tokens from {keep} on"
    answers_alike(subject, first, alone, 2 * sizes, inputs, because)


@property_of("attention", source=f"{DEFINITION}: S_t is a sum")
@given(asked=questions_of_attend(shortest=3), order=st.permutations(range(5)))
@example(asked=COUNTED, order=[1, 0, 2, 3, 4])
@example(asked=drawn(6, 2, 2, 2), order=[4, 0, 3, 1, 2])
@example(asked=LONG, order=[4, 3, 2, 1, 0])
def the_order_of_the_past_is_nothing(subject: Subject, asked: Arrays, order: list[int]) -> None:
    """Permuting the tokens before the last doesn't change the last output."""
    asked = fitted(subject, asked)
    inputs = asked["inputs"]
    moved = inputs.copy()
    past = len(inputs) - 1
    # A permutation of so many tokens: blocks of them, in the order that was drawn.
    place = np.concatenate([np.arange(past)[block::5] for block in order])
    moved[:past] = inputs[place]
    sizes = size(asked)[-1:]
    if has_room(subject, sizes):
        first, again = subject.attend(**asked)[-1:], subject.attend(**{**asked, "inputs": moved})[-1:]
        first_of_them = f"{str(place.tolist()[:12])[:-1]}, ...]" if past > 12 else place.tolist()
        because = f"what the last output is when the {past} tokens before come in the order {first_of_them}"
        answers_alike(subject, again, first, 2 * sizes, inputs, because, LAST)


@property_of("attention", source=f"{DEFINITION}: S_t is a sum")
@given(asked=questions_of_attend(shortest=3), cut=st.integers(1, 4))
@example(asked=COUNTED, cut=1)
@example(asked=TURNED, cut=2)
@example(asked=drawn(6, 2, 2, 2), cut=2)
def pasts_add_up(subject: Subject, asked: Arrays, cut: int) -> None:
    """y([A, B, x]) = y([A, x]) + y([B, x]) - y([x]) for the output of the last token x, whatever A and B."""
    asked = fitted(subject, asked)
    inputs, matrices_ = asked["inputs"], {name: asked[name] for name in MATRICES}
    cut = min(cut, len(inputs) - 2)
    sizes = size(asked)[-1:]
    if not has_room(subject, sizes):
        return

    def last(*parts: np.ndarray) -> np.ndarray:
        outputs: np.ndarray = subject.attend(inputs=np.vstack([*parts, inputs[-1:]]), **matrices_)
        return outputs[-1:]

    together, apart = last(inputs[:-1]), last(inputs[:cut]) + last(inputs[cut:-1]) - last()
    because = f"the sum of what the first {cut} tokens and the others give, less what the last gives alone"
    answers_alike(subject, together, apart, 4 * sizes, inputs, because, LAST)


@property_of("attention", source=f"{DEFINITION}: no term of a token that is zero")
@given(asked=questions_of_attend(5, 1), at=st.integers(0, 5), count=st.integers(1, 3))
@example(asked=COUNTED, at=0, count=1)
@example(asked=COUNTED, at=1, count=2)
@example(asked=TURNED, at=2, count=1)
@example(asked=drawn(6, 2, 2, 2), at=3, count=3)
def zero_tokens_change_nothing(subject: Subject, asked: Arrays, at: int, count: int) -> None:
    """Tokens that are zero have outputs of zero, and change no other output, wherever they stand."""
    asked = fitted(subject, asked)
    inputs, at = asked["inputs"], min(at, len(asked["inputs"]))
    longer = np.insert(inputs, [at] * count, 0.0, axis=0)
    sizes = size(asked)
    if not has_room(subject, sizes):
        return
    plain, spread = subject.attend(**asked), subject.attend(**{**asked, "inputs": longer})
    added, others = spread[at : at + count], np.delete(spread, np.s_[at : at + count], axis=0)
    expect(
        not added.any(),
        lambda: (
            f"a token that is zero has the output {added[added.any(axis=1)][0].tolist()}; its query is zero"
        ),
    )
    because = f"what it is without {count} tokens that are zero before token {at}"
    answers_alike(subject, others, plain, 2 * sizes, longer, because)


@property_of("attention", source=f"{DEFINITION}: even in each token of the past, odd in the current one")
@given(asked=questions_of_attend(shortest=2), which=st.integers(0, 5))
@example(asked=COUNTED, which=0)
@example(asked=TURNED, which=1)
@example(asked=drawn(6, 2, 2, 2), which=3)
def signs_of_the_past_are_nothing(subject: Subject, asked: Arrays, which: int) -> None:
    """Another sign of a token changes the sign of its own output, and no output after it."""
    asked = fitted(subject, asked)
    inputs, which = asked["inputs"].copy(), which % len(asked["inputs"])
    sizes = size(asked)
    if not has_room(subject, sizes):
        return
    plain = subject.attend(**asked)
    inputs[which] *= -1
    right = plain.copy()
    right[which] *= -1
    turned = subject.attend(**{**asked, "inputs": inputs})
    because = f"what it is, or for token {which} minus what it is, when token {which} has the other sign"
    answers_alike(subject, turned, right, 2 * sizes, inputs, because)


@property_of("attention", source=f"{DEFINITION}: a polynomial of degree 3 in the tokens, without lower terms")
@given(asked=questions_of_attend(shortest=1), direction=questions_of_attend(), power=st.integers(-2, 2))
@example(asked=COUNTED, direction=TURNED, power=1)
@example(asked=TURNED, direction=COUNTED, power=-1)
@example(asked=drawn(6, 2, 2, 2), direction=TURNED, power=2)
def outputs_are_cubic(subject: Subject, asked: Arrays, direction: Arrays, power: int) -> None:
    """Tokens scaled by a have outputs scaled by a^3; along any line of inputs, outputs are of degree 3."""
    asked = fitted(subject, asked)
    inputs, scale = asked["inputs"], 2.0**power
    sizes = size(asked)
    if has_room(subject, 64 * sizes):
        plain, scaled = subject.attend(**asked), subject.attend(**{**asked, "inputs": scale * inputs})
        because = f"{scale**3:g} times what it is, when all tokens are scaled by {scale:g}"
        answers_alike(subject, scaled, scale**3 * plain, 2 * scale**3 * sizes, inputs, because)
    along = np.resize(fitted(subject, direction)["inputs"].round() + 1, inputs.shape)
    line = [{**asked, "inputs": inputs + at * along} for at in (-2, -1, 0, 1, 2)]
    sizes = sum((c * size(point) for c, point in zip((1, 4, 6, 4, 1), line, strict=True)), np.zeros(()))
    # Each point of the line is rounded by itself, three factors of an output by as much as u each.
    far = [{**asked, "inputs": np.abs(inputs) + 2 * np.abs(along)}]
    if has_room(subject, 16 * size(far[0])):
        left = sum(
            (c * subject.attend(**point) for c, point in zip((1, -4, 6, -4, 1), line, strict=True)),
            np.zeros(()),
        )
        because = "the fourth difference of its values at five points of a line, of which it is a cubic"
        answers_alike(subject, left, np.zeros(left.shape), sizes + size(far[0]), inputs, because)


@property_of("attention", source=f"{DEFINITION}: one factor of each matrix")
@given(asked=questions_of_attend(shortest=1), other=questions_of_attend(), name=st.sampled_from(MATRICES))
@example(asked=COUNTED, other=TURNED, name="query")
@example(asked=TURNED, other=UNEVEN, name="key")
@example(asked=UNEVEN, other=TURNED, name="value")
def outputs_are_linear_in_each_matrix(subject: Subject, asked: Arrays, other: Arrays, name: str) -> None:
    """Outputs for the difference of two matrices are the difference of those for each, the others fixed."""
    asked, other = fitted(subject, asked), fitted(subject, other)
    twin = {**asked, name: np.resize(other[name].round() + 1, asked[name].shape)}
    both = {**asked, name: asked[name] - twin[name]}
    sizes = size(asked) + size(twin)
    if has_room(subject, sizes):
        first, second, mixed = (subject.attend(**each) for each in (asked, twin, both))
        because = f"the difference of the outputs for two matrices `{name}`, of which this is the difference"
        answers_alike(subject, mixed, first - second, 2 * sizes, asked["inputs"], because)


@property_of("attention", source=f"{DEFINITION}: key and query count in key^T query alone")
@given(asked=questions_of_attend(shortest=1), shears=st.lists(st.integers(-2, 2), min_size=3, max_size=3))
@example(asked=COUNTED, shears=[0, 0, 0])
@example(asked=TURNED, shears=[1, 0, -2])
@example(asked=drawn(6, 2, 3, 2), shears=[2, -1, 1])
def a_change_of_basis_changes_nothing(subject: Subject, asked: Arrays, shears: list[int]) -> None:
    """(R key, R^-T query) and (2 value, query / 2) give the outputs of the matrices themselves, for any R."""
    asked = fitted(subject, asked)
    k = len(asked["key"])
    change, back = np.eye(k), np.eye(k)  # whole numbers, and so is the inverse
    for step, shear in enumerate(shears):
        row, column = step % k, (step + 1) % k
        if row != column:
            one = np.eye(k)
            one[row, column] = shear
            change, back = one @ change, back @ (2 * np.eye(k) - one)
    bent = {**asked, "key": change @ asked["key"], "query": back.T @ asked["query"]}
    moved = {**asked, "value": 2 * asked["value"], "query": asked["query"] / 2}
    # Shearing floats rounds them, by as much as u of what is sheared.
    sizes = size(asked) + size(
        {
            **asked,
            "key": np.abs(change) @ np.abs(asked["key"]),
            "query": np.abs(back.T) @ np.abs(asked["query"]),
        }
    )
    if has_room(subject, sizes):
        plain = subject.attend(**asked)
        because = f"what it is for key and query before a change of basis, R = {change.tolist()}"
        answers_alike(subject, subject.attend(**bent), plain, 2 * sizes, asked["inputs"], because)
        because = "what it is for value / 2 and 2 query"
        answers_alike(subject, subject.attend(**moved), plain, 2 * sizes, asked["inputs"], because)


@property_of("attention", source=f"{DEFINITION}: inputs enter through the matrices, outputs through value")
@given(asked=questions_of_attend(shortest=1, of=small), turn=matrices(3, 3, small))
@example(asked=COUNTED, turn=np.full((3, 3), 2.0))
@example(asked=TURNED, turn=rows([1, 2, 0], [0, -1, 3], [2, 0, 1]))
@example(asked=UNEVEN, turn=rows([1, 2, 0], [0, -1, 3], [2, 0, 1]))
def matrices_compose(subject: Subject, asked: Arrays, turn: np.ndarray) -> None:
    """U value in place of value gives U y; inputs G x give what x gives with query G, key G and value G."""
    asked, turn = fitted(subject, asked), fitted(subject, {"turn": turn})["turn"]
    d, v = asked["inputs"].shape[1], len(asked["value"])
    outer, inner = turn[:v, :v], turn[:d, :d]
    after = {**asked, "value": outer @ asked["value"]}
    before = {**asked, "inputs": asked["inputs"] @ inner.T}
    within = {name: array @ inner for name, array in asked.items() if name != "inputs"}
    within["inputs"] = asked["inputs"]
    large = {name: np.abs(array) @ np.abs(inner) for name, array in asked.items() if name != "inputs"}
    sizes = size({**large, "inputs": asked["inputs"]})
    outer_sizes = size(asked) @ np.abs(outer).T
    if has_room(subject, sizes, outer_sizes):
        right = subject.attend(**asked) @ outer.T
        because = f"U times the outputs for value, for U = {outer.tolist()}"
        answers_alike(subject, subject.attend(**after), right, 2 * outer_sizes, asked["inputs"], because)
        because = f"what it is for tokens x and matrices times G, for G = {inner.tolist()}"
        moved, bent = subject.attend(**before), subject.attend(**within)
        answers_alike(subject, moved, bent, 2 * sizes, asked["inputs"], because)


# vjp


def gradient_sizes(asked: Arrays) -> Arrays:
    """Return the gradients that all absolute values give."""
    return gradients(**{name: np.abs(array) for name, array in asked.items()})


@property_of("attention", source=f"{DEFINITION}; the product rule")
@given(asked=questions_of_vjp())
@example(asked={**EMPTY, "cotangent": np.zeros((0, 2))})
@example(asked={**COUNTED, "cotangent": rows([1], [2], [-1])})
@example(asked={**COUNTED, "cotangent": rows([1], [0], [0])})
@example(asked={**TURNED, "cotangent": rows([1, 0], [0, 2], [-1, 1], [3, 1])})
@example(asked={**UNEVEN, "cotangent": rows([1], [-2], [3], [1])})
@example(asked={**drawn(149, 3, 2, 4), "cotangent": normal(149, 4)})  # longer than a chunk
def gradients_are_those_of_the_outputs(subject: Subject, asked: Arrays) -> None:
    """`vjp` gives the gradients of sum(cotangent * outputs) in the inputs, query, key and value."""
    asked = fitted(subject, asked)
    sizes = gradient_sizes(asked)
    if has_room(subject, *sizes.values()):
        found, right = subject.vjp(**asked), gradients(**asked)
        for name in ("inputs", *MATRICES):
            allowed = FACTOR * roundings(asked["inputs"]) * precision_of(subject).unit * sizes[name]
            because, got = f"the gradient of sum(cotangent * outputs) in `{name}`", getattr(found, name)
            if (np.abs(got - right[name]) > 1e-6 * sizes[name]).any():
                because += look_alike_gradient(name, got, asked)
            must_be(subject, name + "[{}][{}]", got, right[name], allowed, because)


@property_of(
    "attention", source=f"{DEFINITION}: a cubic, of which five values on a line give the slope exactly"
)
@given(asked=questions_of_vjp(), name=st.sampled_from(("inputs", *MATRICES)), steps=matrices(1, 7, small))
@example(asked={**COUNTED, "cotangent": rows([1], [2], [-1])}, name="inputs", steps=rows([1, 2, 0]))
@example(
    asked={**TURNED, "cotangent": rows([1, 0], [0, 2], [-1, 1], [3, 1])}, name="query", steps=rows([1, 2, 0])
)
@example(
    asked={**TURNED, "cotangent": rows([1, 0], [0, 2], [-1, 1], [3, 1])}, name="key", steps=rows([1, 2, 0])
)
@example(asked={**UNEVEN, "cotangent": rows([1], [-2], [3], [1])}, name="value", steps=rows([1, 2, 0]))
def gradients_give_the_slope_of_the_outputs(
    subject: Subject, asked: Arrays, name: str, steps: np.ndarray
) -> None:
    """A gradient times a direction is the slope of sum(cotangent * outputs) along it."""
    asked = fitted(subject, asked)
    along = np.resize(steps, asked[name].shape)
    cotangent = asked["cotangent"]
    question = {each: array for each, array in asked.items() if each != "cotangent"}

    def value(at: int) -> tuple[float, float]:
        moved = {**question, name: question[name] + at * along}
        return float(np.sum(cotangent * attention(**moved))), float(np.sum(np.abs(cotangent) * size(moved)))

    ahead, back, far, behind = (value(at) for at in (1, -1, 2, -2))
    slope = (8 * (ahead[0] - back[0]) - (far[0] - behind[0])) / 12
    largest = 2 * (ahead[1] + back[1] + far[1] + behind[1])
    sizes = gradient_sizes(asked)
    if not has_room(subject, *sizes.values()):
        return
    found = getattr(subject.vjp(**asked), name)
    unit = FACTOR * roundings(asked["inputs"])
    allowed = (
        unit * precision_of(subject).unit * float(np.sum(sizes[name] * np.abs(along)))
        + unit * 2.0**-53 * largest
    )
    got = float(np.sum(found * along))
    expect(
        abs(got - slope) <= allowed,
        lambda: (
            f"the gradient in `{name}` times the direction {along.tolist()} is {got:.12g}, but "
            f"sum(cotangent * outputs) rises along it by {slope:.12g} (rounding allows {allowed:.3g})"
        ),
    )
