"""Training of learners of `randomization`, whose parity is checked: in NumPy and in torch."""

from __future__ import annotations

import math

import numpy as np
import pytest

from whp import contract
from whp.properties.randomization import lessons
from whp.properties.randomization.learning import TRAINED
from whp.properties.randomization.lessons import Lesson
from whp.reference import randomization
from whp.reference.training import norm as norm_of_all

LESSONS = [
    Lesson(),
    Lesson(1, 1, 1, 1, 1, 1),
    Lesson(2, 3, 4, 1, 3, 4, q=1.0, seed=1),
    Lesson(4, 1, 3, 3, 2, 2, q=2.5, signs="one", seed=2),
]


def test_a_learner_by_hand():
    """Key 2 and query 3, or with the other seed query -1, of one value 1: margins 6 and -2."""
    learner = randomization.Learner(
        np.zeros((2, 2, 1)), np.zeros((2, 1, 1)), np.zeros((2, 1, 1)), np.array([[[2.0]], [[1.0]]])
    )
    learner.first[1, 1], learner.second[1] = np.arctanh(0.5), 4.0  # 4 tanh(+-...) = +-2 on top of 1
    asked = {"learner": learner, "seeds": np.array([[1.0], [-1.0]]), "values": np.array([[1.0]]), "q": 3.0}
    told = randomization.learner_gradient(**asked)
    rises = [-1 / (1 + math.exp(6)) / 2, -1 / (1 + math.exp(-2)) / 2]  # at the two margins
    assert told.loss == pytest.approx((math.log1p(math.exp(-6)) + math.log1p(math.exp(2))) / 2, rel=1e-14)
    assert told.learner.last.ravel() == pytest.approx([3 * rises[0] - rises[1], 2 * sum(rises)], rel=1e-14)
    assert told.learner.second.ravel() == pytest.approx([0, (rises[0] - rises[1])], rel=1e-14)
    bent = 2 * 4 * 0.75
    assert told.learner.bias.ravel() == pytest.approx([0, bent * sum(rises)], rel=1e-14)
    assert told.learner.first[1].ravel() == pytest.approx(
        [bent * sum(rises), bent * (rises[0] - rises[1])], rel=1e-14
    )


@pytest.mark.parametrize("lesson", LESSONS)
def test_every_entry_of_the_gradient_of_a_learner_is_a_finite_difference(lesson):
    asked = lesson.question()
    told, arrays = vars(randomization.learner_gradient(**asked).learner), vars(asked["learner"])
    rest = [asked[name] for name in ("seeds", "values", "q")]

    def loss(name, place, by):
        there = arrays[name].copy()
        there[place] += by
        return lessons.relaxed({**arrays, name: there}, *rest)

    size = norm_of_all(told)
    for name, slope in told.items():
        for place in np.ndindex(slope.shape):
            rise = (loss(name, place, 1e-5) - loss(name, place, -1e-5)) / 2e-5
            assert slope[place] == pytest.approx(rise, abs=1e-7 * size), (name, place)


def test_the_loss_of_a_learner_is_that_of_its_table():
    """Which is filled by loops, and goes through `relaxed_loss`."""
    asked = Lesson().question()
    p, seeds, values = vars(asked["learner"]), asked["seeds"], asked["values"]

    def given(which, i, seed):
        entered = p["first"][which, i] + seed @ p["first"][which, 3:] + p["bias"][which, 0]
        return np.tanh(entered) @ p["second"][which] + p["last"][which, 0]

    table = [
        [
            math.log1p(math.exp(-row[x] * sum(row[i] * (given(0, i, r) @ given(1, x, r)) for i in range(3))))
            for row in values
            for x in range(3)
        ]
        for r in seeds
    ]
    right = randomization.relaxed_loss(np.array(table), asked["q"]).value
    assert randomization.learner_gradient(**asked).loss == pytest.approx(right, rel=1e-14)


@pytest.mark.parametrize("lesson", LESSONS)
def test_what_rounding_can_do_is_more_than_the_gradient(lesson):
    asked = {**lesson.question()}
    asked["learner"] = vars(asked["learner"])
    of_loss, of_slopes = lessons.terms(**asked)
    assert of_loss >= lessons.relaxed(**asked)
    for name, slope in lessons.slopes(**asked).items():
        assert (of_slopes[name] >= np.abs(slope)).all()


def test_training_of_a_learner_in_float32_stays_in_float32():
    asked = Lesson().training(3)
    single, double = (
        randomization.learner_train(**{**asked, "dtype": kind}, device="cpu")
        for kind in ("float32", "float64")
    )
    assert {array.dtype for array in vars(single.learner).values()} == {np.dtype(np.float32)}
    assert not np.array_equal(single.losses, double.losses)
    assert single.losses == pytest.approx(double.losses, rel=1e-5)


def test_units_of_a_learner_may_change_places():
    asked = Lesson().training(4)
    straight, turned = (TRAINED.on_paper(asked, "float64", by) for by in (0, 1))
    assert turned.losses == pytest.approx(straight.losses, rel=1e-12)
    for name, array in straight.parameters.items():
        assert turned.parameters[name] == pytest.approx(array, abs=1e-11)


@pytest.mark.parametrize("lesson", LESSONS)
def test_torch_finds_the_gradient_of_a_learner_that_is_written_by_hand(lesson):
    pytest.importorskip("torch")
    from whp.reference.randomization import batched

    asked = lesson.question()
    got, right = batched.learner_gradient(**asked), randomization.learner_gradient(**asked)
    assert got["loss"] == pytest.approx(right.loss, rel=1e-13)
    size = norm_of_all(vars(right.learner))
    for name, array in vars(right.learner).items():
        assert got["learner"][name] == pytest.approx(array, abs=1e-13 * size)


def test_learners_side_by_side_are_trained_as_alone():
    torch = pytest.importorskip("torch")
    from whp.reference.randomization import batched

    asked = [Lesson(seed=seed).training(6) for seed in range(3)]
    alone = [randomization.learner_train(**each, device="cpu") for each in asked]
    first = {
        name: torch.from_numpy(np.stack([vars(each["learner"])[name] for each in asked]))
        for name in vars(asked[0]["learner"])
    }
    batches = (
        torch.from_numpy(np.stack([each[name] for each in asked], axis=1)) for name in ("seeds", "values")
    )
    losses, last = batched.train_many(first, *batches, 4.0, 0.01, 0.1)
    for seed, done in enumerate(alone):
        assert losses[:, seed].numpy() == pytest.approx(done.losses, rel=1e-12)
        for name, array in vars(done.learner).items():
            assert last[name][seed].detach().numpy() == pytest.approx(array, abs=1e-12)


@pytest.mark.parametrize(
    ("other", "word"),
    [
        ({"q": 0.5}, ("q", "is 0.5; a finite number of at least 1 is expected")),
        ({"q": math.inf}, ("q", "is inf; a finite number of at least 1 is expected")),
        ({"seeds": np.zeros((0, 2))}, ("seeds", "are 0 x 2; nothing of them may be empty")),
        (
            {"learner": Lesson(width=0).learner()},
            ("learner", "has no hidden units or no width; at least one"),
        ),
    ],
)
def test_what_is_wrong_with_a_question_about_a_learner(other, word):
    ((where, said),) = randomization.faults("learner_gradient", {**Lesson().question(), **other})
    assert where == word[0]
    assert said.startswith(word[1])


def test_the_gradient_of_a_learner_has_its_shape():
    asked = Lesson().question()
    rule = contract.operations("randomization")["learner_gradient"]
    answer = {"loss": 1.0, "learner": {**vars(asked["learner"]), "first": np.zeros((2, 4, 5))}}
    with pytest.raises(contract.ContractError, match=r"\$\.learner\.first is 2 x 4 x 5, but N\+s is 5"):
        rule.decode(asked, answer)
