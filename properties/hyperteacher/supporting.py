"""What every correct `support` satisfies."""

from __future__ import annotations

from math import gcd

from hypothesis import example, given
from hypothesis import strategies as st

from whp.checks import expect, property_of
from whp.properties.hyperteacher.expected import PAPER, dimension, parted
from whp.properties.hyperteacher.inputs import TABLE, runs, singles, supports
from whp.reference.hyperteacher.supports import Support
from whp.subject import Subject

CONDITIONS = f"{PAPER}, section 2: compositional and connected support"

Asked = dict[str, object]


def asking(masks: list[list[int]], count: int, continuous: bool) -> dict[str, object]:
    """Return the arguments of `support`."""
    return {"masks": masks, "count": count, "continuous": continuous}


def told(masks: object, continuous: object) -> str:
    """Return the question in words."""
    return f"the {'continuous' if continuous else 'discrete'} masks {masks}"


def must_have(got: Support, rank: int, components: int, what: str, why: str) -> None:
    """Refute unless rank and number of components are these."""
    expect(got.rank == rank, f"the rank {got.rank} is told of {what}, where {rank} is right: {why}")
    expect(
        got.components == components,
        f"{got.components} components are told of {what}, where {components} is right: {why}",
    )


TRIPLE = [[0, 1], [1, 2], [0, 2]]
CHAIN = [[0, 1], [1, 2]]


@property_of("hyperteacher", source=CONDITIONS)
@given(asked=supports())
@example(asked=asking([], 1, True))
@example(asked=asking([], 2, False))
@example(asked=asking([[0]], 1, False))
@example(asked=asking([[0]], 1, True))
@example(asked=asking([[0], [1]], 2, False))
@example(asked=asking([[0], [1], [0, 1]], 2, False))
@example(asked=asking(CHAIN, 3, False))
@example(asked=asking(CHAIN, 3, True))
@example(asked=asking(TRIPLE, 3, False))
@example(asked=asking(TRIPLE, 3, True))
@example(asked=asking(runs(4, 2), 4, False))
@example(asked=asking(runs(5, 2), 5, False))
@example(asked=asking([*runs(4, 2), [0]], 4, False))
@example(asked=asking([[0, 1, 1], [0, 1]], 2, False))
@example(asked=asking([[0, 0], [1, 1], [0, 1, 0]], 2, False))
@example(asked=asking([[0], [0]], 2, False))
@example(asked=asking([[0, 1], [2]], 4, True))
def support_is_decided_as_defined(subject: Subject, asked: Asked) -> None:
    """Rank is that of all codes; components are the most parts whose spans' ranks add up to it."""
    masks, count, continuous = asked["masks"], asked["count"], asked["continuous"]
    parts = parted(masks, count, continuous)  # type: ignore[arg-type]
    whole = dimension(masks, count, continuous)  # type: ignore[arg-type]
    shown = [[masks[place] for place in part] for part in parts]  # type: ignore[index]
    ranks = [dimension(part, count, continuous) for part in shown]  # type: ignore[arg-type]
    why = f"the parts {shown} have ranks {ranks}, which add up to {whole}, and no finer ones do"
    must_have(subject.support(**asked), whole, len(parts), told(masks, continuous), why)


@property_of("hyperteacher", source=CONDITIONS)
@given(asked=supports())
@example(asked=asking(singles(3), 3, False))
@example(asked=asking(CHAIN, 3, True))
@example(asked=asking(CHAIN, 3, False))
@example(asked=asking(runs(4, 2), 4, False))
@example(asked=asking([[0, 1], [1]], 3, True))
@example(asked=asking([], 1, False))
def verdicts_follow_from_the_numbers(subject: Subject, asked: Asked) -> None:
    """Compositional is a support whose rank is the number of modules, connected one of one component."""
    got = subject.support(**asked)
    expect(
        got.compositional == (got.rank == asked["count"]),
        f"compositional is {got.compositional}, but the rank is {got.rank} of {asked['count']}",
    )
    expect(
        got.connected == (got.components == 1),
        f"connected is {got.connected}, but there are {got.components} components",
    )


def nearly_dependent(count: int) -> list[list[int]]:
    """Return masks of determinant 1 whose least singular value falls as 1.47^-count."""
    return [sorted({m, *(at for at in (m + 1, m + 3) if at < count)}) for m in range(count)]


def all_but_one(count: int) -> tuple[str, list[list[int]], tuple[int, int], tuple[int, int]]:
    """Return the masks that leave one module out each; their determinant is count - 1, up to its sign."""
    masks = [[m for m in range(count) if m != out] for out in range(count)]
    return f"all modules but one, of {count}", masks, (count, 1 + (count == 2)), (count, count)


FAMILIES = st.one_of(
    st.builds(
        lambda n: (f"the ring of {n} pairs", runs(n, 2), (n, 1), (n, n) if n % 2 else (n - 1, 1)),
        st.integers(3, 12),
    ),
    st.builds(
        lambda n, k: (
            f"{n} runs of {k} modules",
            runs(n, min(k, n - 1)),
            (n, 1),
            (n, n) if gcd(min(k, n - 1), n) == 1 else (n - gcd(min(k, n - 1), n) + 1, None),
        ),
        st.integers(3, 12),
        st.integers(2, 5),
    ),
    st.sampled_from(TABLE),
    st.builds(all_but_one, st.integers(2, 12)),
    st.builds(
        lambda n: (f"{n} single modules and all at once", [*singles(n), list(range(n))], (n, 1), (n, 1)),
        st.integers(1, 12),
    ),
)


def table(name: str) -> object:
    """Return a row of the table."""
    return next(row for row in TABLE if row[0] == name)


@property_of("hyperteacher", source=f"{PAPER}, its experiments' supports; ranks of circulants")
@given(family=FAMILIES)
@example(family=table("the ring of six pairs"))
@example(family=table("six consecutive triples"))
@example(family=table("single modules and two triangles"))
@example(family=table("the triples 012, 234 and 450"))
@example(family=table("012, 345 and the pairs inside"))
@example(family=table("all six at once"))
@example(family=("the ring of 5 pairs", runs(5, 2), (5, 1), (5, 5)))
@example(family=("12 runs of 4 modules", runs(12, 4), (12, 1), (9, None)))
@example(family=all_but_one(3))
@example(family=all_but_one(4))
@example(family=all_but_one(6))
@example(family=all_but_one(8))
@example(
    family=(
        "the masks {m, m + 1, m + 3} of 90 modules, whose determinant is 1",
        nearly_dependent(90),
        (90, 1),
        (90, 90),
    )
)
def supports_of_the_paper_are_told_right(
    subject: Subject,
    family: tuple[str, list[list[int]], tuple[int, int], tuple[int, int | None]],
) -> None:
    """Rings, circulants, triangles, triples and halves have their known ranks and components."""
    name, masks, shared, apart = family
    count = 1 + max(m for mask in masks for m in mask)
    for continuous, (rank, components) in ((True, shared), (False, apart)):
        got = subject.support(masks=masks, count=count, continuous=continuous)
        kind = "continuous" if continuous else "discrete"
        why = "rank over the rationals, and parts that have no code or module in common"
        must_have(got, rank, got.components if components is None else components, f"{name} ({kind})", why)


@property_of("hyperteacher", source=CONDITIONS)
@given(asked=supports(fewest=1), by=st.integers(0, 4), again=st.integers(0, 5))
@example(asked=asking([[0], [1], [1, 2]], 3, False), by=1, again=0)
@example(asked=asking([[0, 1], [2]], 4, True), by=2, again=1)
@example(asked=asking([[0, 1], [1, 0]], 2, False), by=1, again=0)
@example(asked=asking([[0, 1], [1, 2], [2, 3]], 4, True), by=0, again=1)
@example(asked=asking(CHAIN, 3, False), by=0, again=1)
@example(asked=asking(singles(3), 3, False), by=1, again=2)
def names_order_and_repetition_mean_nothing(subject: Subject, asked: Asked, by: int, again: int) -> None:
    """Modules renamed, masks in another order, a mask repeated, or a module in a mask: all the same."""
    masks, count = asked["masks"], asked["count"]
    assert isinstance(masks, list)
    assert isinstance(count, int)
    plain = subject.support(**asked)
    forms = {
        f"modules renamed, m to m + {by}": [[(m + by) % count for m in mask] for mask in masks],
        "masks in the opposite order": masks[::-1],
        "every second mask first": [*masks[1::2], *masks[::2]],
        "a mask repeated": [*masks, masks[again % len(masks)]],
        "the first module of each mask named twice": [[*mask, mask[0]] for mask in masks],
    }
    for what, others in forms.items():
        got = subject.support(**{**asked, "masks": others})
        expect(
            got == plain,
            f"{told(masks, asked['continuous'])} give {plain}, and with {what} {got}; these say the same",
        )


@property_of("hyperteacher", source=CONDITIONS)
@given(asked=supports(), more=st.lists(st.integers(0, 4), min_size=1, max_size=4))
@example(asked=asking(singles(3), 3, False), more=[0, 1, 2])
@example(asked=asking([*singles(4), [0, 1]], 4, False), more=[2, 3])
@example(asked=asking(runs(4, 2), 4, False), more=[0])
@example(asked=asking([[0, 1], [2]], 3, True), more=[1, 2])
def more_tasks_never_undo(subject: Subject, asked: Asked, more: list[int]) -> None:
    """A task more never lowers the rank; once that is full, it never adds a component."""
    masks, count = asked["masks"], asked["count"]
    assert isinstance(masks, list)
    assert isinstance(count, int)
    added = [m % count for m in more]
    before, after = (subject.support(**{**asked, "masks": each}) for each in (masks, [*masks, added]))
    what = f"{told(masks, asked['continuous'])}, and {added} as well,"
    expect(
        before.rank <= after.rank <= before.rank + (len(set(added)) if asked["continuous"] else 1),
        f"{what} have rank {after.rank}, which was {before.rank} without that mask",
    )
    expect(
        before.rank < count or after.components <= before.components,
        f"{what} have {after.components} components, more than the {before.components} without that mask, "
        "whose code was in the span of the others already",
    )


@property_of("hyperteacher", source=CONDITIONS)
@given(asked=supports(4, 4), other=supports(4, 4))
@example(asked=asking(TRIPLE, 3, False), other=asking([[0], [1], [0, 1]], 2, False))
@example(asked=asking(CHAIN, 3, True), other=asking([[0]], 1, True))
@example(asked=asking(runs(4, 2), 4, False), other=asking(CHAIN, 3, False))
@example(asked=asking([[0]], 1, False), other=asking([[0]], 1, False))
def independent_parts_add_up(subject: Subject, asked: Asked, other: Asked) -> None:
    """Two supports on modules of their own have, together, the sum of their ranks and of their components."""
    masks, others, count = asked["masks"], other["masks"], asked["count"]
    assert isinstance(masks, list)
    assert isinstance(others, list)
    assert isinstance(count, int)
    assert isinstance(other["count"], int)
    kind = asked["continuous"]
    one, two = subject.support(**asked), subject.support(**{**other, "continuous": kind})
    joined = [*masks, *([m + count for m in mask] for mask in others)]
    both = subject.support(masks=joined, count=count + other["count"], continuous=kind)
    why = f"{one.rank} + {two.rank} and {one.components} + {two.components} for the two parts alone"
    must_have(both, one.rank + two.rank, one.components + two.components, told(joined, kind), why)
