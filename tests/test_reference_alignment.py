"""The reference of alignment: by hand, in closed form, by brute force, and in the hands of a user."""

from __future__ import annotations

import importlib.util
import json
import math
import re
import sys
from itertools import permutations

import numpy as np
import pytest

from whp import contract
from whp.checks import NotRun
from whp.contract import ContractError
from whp.reference.alignment import (
    barrier,
    convolutional,
    faults,
    forward,
    interpolate,
    match,
    match_layer,
    permute,
    run_command,
)
from whp.reference.alignment.digits import pair
from whp.reference.alignment.files import read_network
from whp.reference.alignment.lines import GRID, Line, accuracy, line, negative_log_likelihood, tempered
from whp.reference.alignment.matching import match_weights, similarity
from whp.reference.alignment.networks import Network, he_normal, widths
from whp.reference.digits import digits
from whp.statistical.alignment import TWO, Lines, trained

PLAIN = Network([np.array([[1.0, -2], [3, 1], [0, 1]]), np.array([[1.0, 2, -1]])], None)
FULL = Network(PLAIN.weights, [np.array([1.0, -1, 2]), np.array([5.0])])


def random_network(*sizes, key=0, biased=True):
    random = np.random.default_rng(np.random.SeedSequence([2209, key]))
    biases = [random.normal(size=n) for n in sizes[1:]] if biased else None
    return Network(he_normal(sizes, random).weights, biases), random


def swap_net(c):
    return Network([c * np.eye(2), c * np.eye(2)], None)


def equal(one, other):
    return all(map(np.array_equal, one.weights, other.weights)) and all(
        map(np.array_equal, one.biases or [], other.biases or [])
    )


# Values by hand


def test_forward_by_hand():
    told = forward(PLAIN, np.array([[1.0, 2], [2, 0]]))
    assert [h.tolist() for h in told.hidden] == [[[0, 5, 2], [2, 6, 0]]]
    assert told.logits.tolist() == [[8], [14]]
    told = forward(FULL, np.array([[1.0, 2]]))
    assert [h.tolist() for h in told.hidden] == [[[0, 4, 4]]]
    assert told.logits.tolist() == [[9]]


def test_permute_by_hand():
    moved = permute(FULL, [np.array([2, 0, 1])])
    assert moved.weights[0].tolist() == [[0, 1], [1, -2], [3, 1]]
    assert moved.weights[1].tolist() == [[-1, 1, 2]]
    assert [b.tolist() for b in moved.biases] == [[2, 1, -1], [5]]
    assert permute(PLAIN, [np.array([2, 0, 1])]).biases is None


def test_permutations_compose_as_p_of_q():
    p, q = np.array([2, 0, 1]), np.array([1, 0, 2])
    twice = permute(permute(FULL, [p]), [q])
    assert equal(twice, permute(FULL, [np.array([0, 2, 1])]))
    assert not equal(twice, permute(FULL, [np.array([2, 1, 0])]))  # which is q[p]
    assert equal(permute(permute(FULL, [p]), [np.argsort(p)]), FULL)


def test_cosines_are_not_centred_and_lengths_do_not_count():
    first, second = np.array([[1.0, 0], [1, 1]]), np.array([[0.0, 1], [1, 1]])
    half = math.sqrt(0.5)
    assert np.allclose(similarity(first, second), [[half, 1], [1, half]], 1e-15, 0)
    assert match_layer(first, second).tolist() == [1, 0]
    first, second = np.array([[10.0, 1], [0, 1]]), np.array([[10.0, 1], [9, 0]])
    cosines = [[10 / math.sqrt(181), 1], [19 / math.sqrt(362), half]]
    assert np.allclose(similarity(first, second), cosines, 1e-15, 0)
    assert match_layer(first, second).tolist() == [1, 0]
    assert (first.T @ second).tolist() == [[100, 10], [19, 1]]  # which prefers [0, 1]


def test_a_dead_unit_is_like_no_other():
    first, second = np.array([[0.0, 2], [0, 1]]), np.array([[4.0, 0], [2, 0]])
    assert np.allclose(similarity(first, second), [[0, 0], [1, 0]], 1e-15, 0)
    assert match_layer(first, second).tolist() == [1, 0]
    assert match_layer(np.zeros((0, 3)), np.zeros((0, 3))).tolist() == [0, 1, 2]
    assert match_layer(np.zeros((2, 0)), np.zeros((2, 0))).tolist() == []


def test_an_assignment_is_the_best_of_all():
    _, random = random_network(1, 1, key=1)
    for n in range(2, 7):
        first, second = np.abs(random.normal(size=(2, 5, n)))
        similar = similarity(first, second)
        rows = np.arange(n)
        best = max(similar[rows, list(p)].sum() for p in permutations(range(n)))
        found = similar[rows, match_layer(first, second)].sum()
        assert math.isclose(found, best, abs_tol=4 * n * 13 * 2.0**-52)


# The swap network: everything about it is known


@pytest.mark.parametrize(("c", "known"), [(1, 0.379885493042), (2, math.log(2) - math.log1p(math.exp(-4)))])
def test_the_swap_network_has_its_barrier_and_none_when_matched(c, known):
    first, inputs, labels = swap_net(c), np.eye(2), np.array([0, 1])
    second = permute(first, [np.array([1, 0])])
    assert second.weights[0].tolist() == [[0, c], [c, 0]]
    naive = line(first, second, inputs, labels)
    wanted = [math.log1p(math.exp(-((c * (2 * w - 1)) ** 2))) for w in GRID]
    assert np.allclose(naive.losses, wanted, 1e-13, 0)
    assert math.isclose(naive.barrier, known, rel_tol=1e-11)
    found = match(first, second, inputs)
    assert [p.tolist() for p in found] == [[1, 0]]
    aligned = line(first, permute(second, found), inputs, labels)
    assert abs(aligned.barrier) < 1e-15
    assert equal(interpolate(first, permute(second, found), 0.5), first)
    ensemble = (forward(first, inputs).logits + forward(second, inputs).logits) / 2
    assert negative_log_likelihood(ensemble, labels) < naive.losses[5]  # averaging outputs hides the barrier


def test_interpolation_has_its_ends_and_its_middle():
    first, _ = random_network(3, 4, 2, key=2)
    second, _ = random_network(3, 4, 2, key=3)
    assert equal(interpolate(first, second, 1.0), first)
    assert equal(interpolate(first, second, 0.0), second)
    middle = interpolate(first, second, 0.25)
    assert np.allclose(middle.biases[1], (first.biases[1] + 3 * second.biases[1]) / 4, 1e-14, 1e-15)
    assert interpolate(PLAIN, PLAIN, 0.3).biases is None


@pytest.mark.parametrize(
    ("losses", "weights", "known"),
    [
        ([0, 3, 4], [0, 0.5, 1], 1),
        ([1, 0, 1], [0, 0.5, 1], 0),
        ([2, 5], [0, 1], 0),
        ([0, 1, 4, 4], [0, 0.25, 0.5, 1], 2),
        ([4, 3, 3, 0], [0, 0.5, 0.75, 1], 2),
    ],
)
def test_barriers_by_hand(losses, weights, known):
    assert barrier(np.array(losses, float), np.array(weights)) == known


def test_a_linear_network_has_no_barrier():
    first, random = random_network(4, 3, key=4)
    second, _ = random_network(4, 3, key=5)
    measured = line(first, second, random.normal(size=(30, 4)), random.integers(0, 3, 30))
    assert abs(measured.barrier) < 1e-14  # the loss is convex in the logits, and they lie on a line


# Losses


def test_losses_by_hand():
    logits, labels = np.array([[0.0, 0], [math.log(3), 0]]), np.array([1, 0])
    assert math.isclose(negative_log_likelihood(logits, labels), (math.log(2) + math.log(4 / 3)) / 2)
    assert accuracy(logits, labels) == 0.5
    assert negative_log_likelihood(np.array([[1e4, 0.0]]), np.array([0])) == 0
    assert negative_log_likelihood(np.array([[1e4, 0.0]]), np.array([1])) == 1e4


def test_tempering_never_hurts_and_moves_with_the_scale():
    _, random = random_network(1, 1, key=6)
    logits = 3 * random.normal(size=(200, 4))
    labels = (logits + 3 * random.gumbel(size=(200, 4))).argmax(axis=1)  # so that 1/3 is about the best beta
    assert tempered(logits, labels) <= negative_log_likelihood(logits, labels)
    assert math.isclose(tempered(logits * 10 ** (5 / 33), labels), tempered(logits, labels), rel_tol=1e-9)


def test_a_network_without_biases_is_homogeneous():
    network, random = random_network(5, 8, 8, 3, key=7, biased=False)
    inputs = random.normal(size=(20, 5))
    scaled = Network([network.weights[0], 4 * network.weights[1], network.weights[2]], None)
    assert np.array_equal(forward(scaled, inputs).logits, 4 * forward(network, inputs).logits)


# Matching


def test_matching_is_equivariant_and_does_not_see_lengths():
    first, random = random_network(6, 7, 5, 3, key=8)
    second, _ = random_network(6, 7, 5, 3, key=9)
    inputs = random.normal(size=(40, 6))
    found = match(first, second, inputs)
    g, h = ([random.permutation(n) for n in (7, 5)] for _ in range(2))
    moved = match(permute(first, g), permute(second, h), inputs)
    for t in range(2):
        assert np.array_equal(moved[t], np.argsort(h[t])[found[t][g[t]]])
    back = match(second, first, inputs)
    assert all(np.array_equal(p, np.argsort(q)) for p, q in zip(back, found, strict=True))
    order = random.permutation(40)
    assert all(map(np.array_equal, match(first, second, inputs[order]), found))
    assert all(map(np.array_equal, match(first, second, np.vstack([inputs, inputs])), found))
    c = np.exp2(random.integers(-5, 6, 7))
    rescaled = Network(
        [second.weights[0] * c[:, None], second.weights[1] / c, second.weights[2]],
        [second.biases[0] * c, *second.biases[1:]],
    )
    assert all(map(np.array_equal, match(first, rescaled, inputs), found))


@pytest.mark.parametrize("by", [match, lambda a, b, _: match_weights(a, b, 1)])
def test_a_planted_permutation_is_found_again(by):
    network, random = random_network(6, 9, 8, 3, key=10)
    p = [random.permutation(n) for n in (9, 8)]
    found = by(network, permute(network, p), random.normal(size=(30, 6)))
    assert equal(permute(permute(network, p), found), network)


def test_weight_matching_raises_the_inner_product_of_all_parameters():
    first, _ = random_network(4, 6, 6, 2, key=11)
    second, _ = random_network(4, 6, 6, 2, key=12)

    def product(found):
        moved = permute(second, found)
        pairs = [
            *zip(first.weights, moved.weights, strict=True),
            *zip(first.biases, moved.biases, strict=True),
        ]
        return sum(float((a * b).sum()) for a, b in pairs)

    found = match_weights(first, second, 3)
    best = product(found)
    assert best >= product([np.arange(6), np.arange(6)])
    for t in range(2):
        for p in permutations(range(6)):
            other = [q if s != t else np.array(p) for s, q in enumerate(found)]
            assert product(other) <= best + 1e-12


def test_the_barrier_of_a_broken_network_may_be_0_if_its_own_end_is_taken():
    losses = np.array([9.0, 5.0, 1.0])  # the permuted end is broken: its own chord hides it
    assert barrier(losses, np.array([0, 0.5, 1])) == 0
    naive = Line(np.array([0, 0.5, 1]), np.array([1.0, 3.0, 1.0]), np.zeros(3))
    assert Lines(naive, Line(naive.weights, losses, np.zeros(3))).ratio == 4


# Networks of the digits


def test_trained_networks_are_a_function_of_their_seed():
    pytest.importorskip("sklearn")
    first = pair((16,), 40, 0.05, 3)
    pair.cache_clear()
    again = pair((16,), 40, 0.05, 3)
    assert all(map(equal, first.trained, again.trained))
    other = pair((16,), 40, 0.05, 4)
    assert not equal(first.trained[0], other.trained[0])
    assert not equal(*first.initial)
    assert widths(first.trained[0]) == [64, 16, 10]
    assert (len(first.data.inputs), len(first.data.test_inputs)) == (1200, 597)
    assert np.isclose(first.data.inputs.min(), -0.3 / 0.38)


def test_training_learns_and_follows_the_gradient():
    pytest.importorskip("sklearn")
    run = pair((32, 32), 200, 0.05, 5)
    for before, after in zip(run.initial, run.trained, strict=True):
        assert accuracy(forward(after, run.data.test_inputs).logits, run.data.test_labels) > 0.9
        assert accuracy(forward(before, run.data.test_inputs).logits, run.data.test_labels) < 0.4


def test_one_update_is_a_step_against_the_gradient():
    pytest.importorskip("sklearn")
    from whp.reference.alignment.digits import Digits, train

    network, random = random_network(3, 4, 10, key=13, biased=False)
    data = Digits(random.normal(size=(50, 3)), random.integers(0, 10, 50), np.zeros((0, 3)), np.zeros(0, int))
    after = train(network, data, 1, 0.1, random)

    def loss(weights):
        return negative_log_likelihood(forward(Network(weights, None), data.inputs).logits, data.labels)

    for t, weight in enumerate(network.weights):
        for place in np.ndindex(*weight.shape):
            step = np.zeros_like(weight)
            step[place] = 1e-5
            up, down = (
                [w + s * step if u == t else w for u, w in enumerate(network.weights)] for s in (1, -1)
            )
            slope = (loss(up) - loss(down)) / 2e-5
            assert math.isclose(weight[place] - after.weights[t][place], 0.1 * slope, abs_tol=2e-6)


def test_without_scikit_learn_claims_are_not_run(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    digits.cache_clear()
    with pytest.raises(NotRun, match="the digits come from scikit-learn, which is missing: pip install 'whp"):
        trained(TWO, 12345)
    digits.cache_clear()


# Convolutional networks


def test_what_channels_answer_is_a_column_each():
    pytest.importorskip("torch")
    _, random = random_network(1, 1, key=30)
    kernels = convolutional.he_kernels(random)
    kernels[0][:] = 0
    kernels[0][3, 0, 1, 1] = 2  # channel 3 doubles the image; the others are dead
    inputs = random.integers(-3, 4, (5, 64)).astype(float)
    seen = convolutional.activations(kernels, inputs)
    assert [values.shape for values in seen] == [(320, 16), (320, 16), (80, 32), (80, 32)]
    assert np.array_equal(seen[0][:, 3], np.maximum(2 * inputs, 0).ravel())
    assert not np.delete(seen[0], 3, axis=1).any()


def test_moved_channels_compute_the_same():
    pytest.importorskip("torch")
    _, random = random_network(1, 1, key=31)
    kernels = convolutional.he_kernels(random)
    inputs, labels = random.normal(size=(20, 64)), random.integers(0, 10, 20)
    p = [random.permutation(n) for n in (16, 16, 32, 32)]
    moved = convolutional.permute(kernels, p)
    for one, other, q in zip(
        *(convolutional.activations(k, inputs) for k in (kernels, moved)), p, strict=True
    ):
        assert np.allclose(other, one[:, q], 1e-4, 1e-5)
        assert np.array_equal(match_layer(one, other), np.argsort(q))
    measured = convolutional.line(kernels, moved, inputs, labels)
    assert math.isclose(measured.losses[0], measured.losses[-1], rel_tol=1e-5)
    back = convolutional.permute(moved, [np.argsort(q) for q in p])
    assert all(map(np.array_equal, kernels, back))


def test_without_torch_the_claim_about_convolutions_is_not_run(monkeypatch):
    from whp.statistical.alignment import small_convolutional_networks_stay_apart as claim

    pytest.importorskip("sklearn")
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(NotRun, match="convolutions take torch, which is missing: pip install 'whp"):
        claim.replicate(None, claim.cells["full"][0], 1)


# Faults


ASKED = {"network": FULL, "inputs": np.ones((2, 2)), "permutations": [np.array([2, 0, 1])]}
THEN = {"first": FULL, "second": FULL, "inputs": np.ones((2, 2)), "weight": 0.5}


@pytest.mark.parametrize(
    ("operation", "answer", "message"),
    [
        ("forward", {"logits": [[1], [1]], "hidden": []}, "$.hidden has 0 entries; 1 are wanted"),
        (
            "forward",
            {"logits": [[1, 1], [1, 1]], "hidden": [np.ones((2, 3))]},
            "$.logits is 2 x 2; 2 x 1 is wanted",
        ),
        (
            "forward",
            {"logits": [[1], [1]], "hidden": [np.ones((2, 4))]},
            "$.hidden[0] is 2 x 4; 2 x 3 is wanted",
        ),
        ("match", [], "$ has 0 permutations; 1 are wanted, one for each hidden layer"),
        ("match", [[0, 1]], "$[0] has length 2, but hidden layer 0 has 3 units"),
        ("match", [[0, 1, 0.5]], "$[0][2] is 0.5; an integer is wanted"),
        (
            "permute",
            {"weights": FULL.weights, "biases": None},
            "$.biases is absent, but the network has some",
        ),
        (
            "permute",
            {"weights": FULL.weights[:1], "biases": FULL.biases},
            "$.weights has 1 entries; 2 are wanted",
        ),
        (
            "interpolate",
            {"weights": FULL.weights[::-1], "biases": FULL.biases},
            "$.weights[0] is 1 x 3; 3 x 2",
        ),
        (
            "interpolate",
            {"weights": FULL.weights, "biases": [[1, 2, 3], [1, 2]]},
            "$.biases[1] is 2; 1 is wanted",
        ),
        ("barrier", None, "$ is absent (None); a number is wanted"),
    ],
)
def test_what_is_wrong_with_an_answer_is_told(operation, answer, message):
    rule = contract.operations("alignment")[operation]
    known = {name: (ASKED | THEN).get(name, np.array([0.0, 1])) for name in rule.parameters}
    with pytest.raises(ContractError) as caught:
        rule.decode(known, answer)
    assert message in str(caught.value)


def test_what_is_wrong_with_arguments_is_told():
    def told(operation, **arguments):
        return [f"{where} {fault}" for where, fault in faults(operation, arguments)]

    gap = Network([np.ones((3, 2)), np.ones((1, 4))], None)
    assert told("forward", network=gap, inputs=np.ones((1, 2))) == [
        "network.weights[1] has 4 columns, but the layer before has 3 units"
    ]
    assert told("forward", network=PLAIN, inputs=np.ones((1, 3))) == [
        "inputs has 3 columns, but the network has 2 inputs"
    ]
    assert told("permute", network=PLAIN, permutations=[np.array([0, 0, 1])]) == [
        "permutations[0] is no permutation of 0..2"
    ]
    assert told("interpolate", first=PLAIN, second=FULL, weight=2.0) == [
        "second.biases must be there just if the first network has biases",
        "weight is 2.0; it lies between 0 and 1",
    ]
    assert told("barrier", losses=np.ones(2), weights=np.array([0, 0.5])) == ["weights must rise from 0 to 1"]
    assert told("forward", network=FULL, inputs=np.ones((0, 2))) == []
    assert told("forward", network=Network([], None), inputs=np.ones((0, 2)))[0].endswith(
        "at least one layer"
    )


# whp run and whp verify


@pytest.fixture
def files(tmp_path):
    """Two networks, the second being the first with its units moved and a little noise, and data."""
    first, random = random_network(4, 6, 5, 3, key=20)
    p = [random.permutation(6), random.permutation(5)]
    second = permute(first, p)
    second = Network([w + 0.05 * random.normal(size=w.shape) for w in second.weights], second.biases)
    inputs = random.normal(size=(60, 4))
    for name, network in (("a", first), ("b", second)):
        stored = {f"{t}.weight": w for t, w in enumerate(network.weights)}
        stored |= {f"{t}.bias": b for t, b in enumerate(network.biases)}
        np.savez(tmp_path / f"{name}.npz", **stored)
    np.savez(tmp_path / "data.npz", x=inputs, y=forward(first, inputs).logits.argmax(axis=1))
    np.savez(tmp_path / "unlabelled.npz", inputs=inputs)
    return first, second, [np.argsort(q) for q in p]


def test_run_finds_permutations_and_draws_the_lines(whp, tmp_path, files):
    planted = files[2]
    done = whp("run", "alignment", "a.npz", "b.npz", "data.npz", "--svg", "lines.svg")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["widths"] == [4, 6, 5, 3]
    assert told["permutations"] == [p.tolist() for p in planted]
    assert min(told["mean_cosines"]) > 0.9
    assert told["permuted"]["barrier"] < 0.2 * told["naive"]["barrier"]
    drawn = (tmp_path / "lines.svg").read_text()
    assert drawn.count("<path fill=") == 4
    assert f"barrier {told['permuted']['barrier']:.3g}" in drawn
    done = whp("run", "alignment", "a.npz", "b.npz", "unlabelled.npz", "--method", "weight")
    told = json.loads(done.stdout)
    assert told["permutations"] == [p.tolist() for p in planted]
    assert "naive" not in told


def test_verify_says_what_permutations_are_good_for(whp, tmp_path, files):
    _, second, planted = files
    (tmp_path / "p.json").write_text(whp("run", "alignment", "a.npz", "b.npz", "data.npz").stdout)
    moved = permute(second, planted)
    arrays = [v for pair_ in zip(moved.weights, moved.biases, strict=True) for v in pair_]
    names = [f"{word}{t}" for t in range(3) for word in "Wb"]
    np.savez(tmp_path / "mine.npz", **{n: v.astype(np.float32) for n, v in zip(names, arrays, strict=True)})
    done = whp("verify", "alignment", "a.npz", "b.npz", "data.npz", "p.json", "--permuted", "mine.npz")
    assert done.returncode == 0, done.stderr
    assert (
        "of 2 hidden layers, so that the function is kept; your network computes the same and " in done.stdout
    )
    assert " and is permuted so; no other has a larger sum of cosines; barrier " in done.stdout
    assert " permuted, and accuracy half way " in done.stdout


def test_verify_names_what_is_wrong(whp, tmp_path, files):
    _, second, planted = files

    def verify(listed, *more):
        (tmp_path / "p.json").write_text(json.dumps(listed))
        done = whp("verify", "alignment", "a.npz", "b.npz", "data.npz", "p.json", *more)
        assert done.returncode in (1, 2), done.stdout
        return done.returncode, done.stderr

    right = [p.tolist() for p in planted]
    assert verify([[0, 1, 2, 3, 4, 4], right[1]])[1].startswith(
        "whp: that of hidden layer 0 is [0, 1, 2, 3, 4, 4], no permutation of 0..5: entry 5 is 4"
    )
    status, told = verify([right[0], [0, 1, 2, 3, 4]])
    assert status == 1
    assert "that of hidden layer 1 is [0, 1, 2, 3, 4] with a sum of cosines of" in told
    assert whp(
        "verify", "alignment", "a.npz", "b.npz", "data.npz", "p.json", "--method", "weight"
    ).stdout.startswith(
        "permutations of the units of 2 hidden layers, so that the function is kept; barrier "
    )
    rows = Network(
        [w[p] for w, p in zip(second.weights, [*planted, np.arange(3)], strict=True)], second.biases
    )
    stored = {f"w{t}": w for t, w in enumerate(rows.weights)} | {
        f"b{t}": b for t, b in enumerate(rows.biases)
    }
    np.savez(tmp_path / "rows.npz", **stored)
    status, told = verify(right, "--permuted", "rows.npz")
    assert status == 1
    assert "the permuted network's logits" in told
    status, told = verify(right, "--permuted", "b.npz")
    assert (status, told) == (
        1,
        "whp: the permuted network computes what the second does, but is permuted otherwise\n",
    )
    assert verify([right[0]]) == (
        2,
        "whp: p.json: $ has 1 permutations; 2 are wanted, one for each hidden layer\n",
    )
    assert verify({"cycle": []}) == (2, "whp: p.json: $ is absent (None); a list is wanted\n")
    assert verify(right, "--method", "best") == (2, "whp: --method best: activation or weight is expected\n")


def write(path, **arrays):
    np.savez(path, **arrays)
    return path


def test_files_of_torch_and_safetensors_are_read(tmp_path):
    torch = pytest.importorskip("torch")
    model = torch.nn.Sequential(
        *[torch.nn.Linear(3, 3) for _ in range(12)]
    )  # whose names sort as 0, 1, 10, 11, 2
    wanted = [layer.weight.detach().double().numpy() for layer in model]
    torch.save(model.state_dict(), tmp_path / "a.pt")
    torch.save({"state_dict": model.state_dict(), "epoch": 3}, tmp_path / "b.pth")
    for name in ("a.pt", "b.pth"):
        assert all(map(np.array_equal, read_network(tmp_path / name).weights, wanted))
    header, body = {}, b""
    state = {name: value.detach().numpy() for name, value in model.state_dict().items()}
    for name in sorted(state):
        data = state[name].tobytes()
        header[name] = {
            "dtype": "F32",
            "shape": state[name].shape,
            "data_offsets": [len(body), len(body) + len(data)],
        }
        body += data
    text = json.dumps(header | {"__metadata__": {"format": "pt"}}).encode()
    (tmp_path / "c.safetensors").write_bytes(len(text).to_bytes(8, "little") + text + body)
    read = read_network(tmp_path / "c.safetensors")
    assert np.array_equal(read.biases[10], model[10].bias.detach().double().numpy())


def test_files_that_are_no_networks_are_told_so(tmp_path):
    two, one = np.ones((2, 3)), np.ones(2)

    def told(path):
        with pytest.raises(ValueError, match=path.name) as caught:
            read_network(path)
        return str(caught.value).partition(": ")[2]

    (tmp_path / "a.txt").write_text("1 2")
    assert told(tmp_path / "a.txt") == "a file .npz, .pt, .pth or .safetensors is expected"
    (tmp_path / "a.npz").write_text("1 2")
    assert told(tmp_path / "a.npz").startswith("no .npz of plain arrays")
    (tmp_path / "a.safetensors").write_bytes(b"\2\0\0\0\0\0\0\0[]")
    assert told(tmp_path / "a.safetensors").startswith("no .safetensors of floats")
    assert "3 columns follows one with 2 rows" in told(write(tmp_path / "b.npz", w0=two, w1=two))
    assert "bn.running_mean has 1 axes and is no bias" in told(
        write(tmp_path / "c.npz", **{"fc.weight": two, "bn.running_mean": one})
    )
    assert "conv.weight has 4 axes" in told(
        write(tmp_path / "d.npz", **{"conv.weight": np.ones((1, 1, 3, 3))})
    )
    assert told(write(tmp_path / "e.npz")) == "there is no weight in it, which is an array of two axes"
    assert (
        told(write(tmp_path / "f.npz", w=two, b=np.ones(3))) == "weight and bias '' don't fit, or are empty"
    )
    assert told(write(tmp_path / "g.npz", w=two * np.nan)) == "w holds what is no finite number"
    if importlib.util.find_spec("torch"):
        (tmp_path / "a.pt").write_text("1 2")
        assert told(tmp_path / "a.pt").startswith("no state dict of torch")


def test_layers_without_a_bias_among_others_have_0(tmp_path):
    read = read_network(write(tmp_path / "a.npz", W1=np.ones((2, 3)), b1=np.ones(2), W2=np.ones((1, 2))))
    assert [b.tolist() for b in read.biases] == [[1, 1], [0]]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"z": np.ones((2, 4))}, "data.npz: `inputs` (or x) is expected"),
        ({"x": np.ones((0, 4))}, "data.npz: there are no inputs in it"),
        ({"x": np.ones((2, 5))}, "data.npz: inputs has 5 columns, but the network has 4 inputs"),
        ({"x": np.ones((2, 4)), "y": np.ones(3, int)}, "data.npz: `labels` (or y) must be 2 whole numbers"),
        ({"x": np.ones((2, 2, 2)), "y": np.array([0, 3])}, "data.npz: a label is outside 0..2"),
    ],
)
@pytest.mark.usefixtures("files")
def test_data_that_does_not_fit_is_told(tmp_path, data, message):
    np.savez(tmp_path / "data.npz", **data)
    with pytest.raises(ValueError, match=re.escape(message)) as wrong:
        run_command(*(tmp_path / name for name in ("a.npz", "b.npz", "data.npz")))
    assert "\n" not in str(wrong.value)


@pytest.mark.usefixtures("files")
def test_networks_that_do_not_fit_are_told(whp, tmp_path):
    np.savez(tmp_path / "c.npz", w0=np.ones((6, 4)), w1=np.ones((3, 6)))
    done = whp("run", "alignment", "a.npz", "c.npz", "data.npz")
    assert (done.returncode, done.stderr) == (
        2,
        "whp: c.npz: second has widths [4, 6, 3], and the first has [4, 6, 5, 3]\n",
    )
    assert whp("run", "alignment", "a.npz", "no.npz", "data.npz").stderr.startswith(
        "whp: no.npz: No such file"
    )
    done = whp("run", "alignment", "a.npz", "b.npz", "unlabelled.npz", "--svg", "x.svg")
    assert done.stderr == "whp: unlabelled.npz: without labels there is no loss to draw\n"
