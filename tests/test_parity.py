"""Training that is compared: of gated networks, in NumPy and in torch; how it is compared; on a device."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from conftest import HERE
from whp import contract
from whp.checks import Refuted
from whp.properties import parity
from whp.properties.attention.lessons import Lesson, moved, slopes, squared_error
from whp.properties.attention.training import TRAINED
from whp.properties.rounding import apart
from whp.reference import attention
from whp.reference.attention.network import Network
from whp.reference.training import norm

LESSONS = [
    Lesson(),
    Lesson(1, 1, 1, 1, 1, 1),
    Lesson(3, 2, 4, 1, 8, 2, seed=1),
    Lesson(2, 4, 3, 3, 6, 1, signs="one", seed=2),
]


# The gradient of a gated network


def test_two_tokens_by_hand():
    """x = 3, -1 and h = 3, 0.5; y = 2 h^2 = 18, 0.5; the targets are 10 and 8."""
    network = Network(
        np.array([0.5]),
        np.array([[1.0, 0.0]]),
        np.array([[0.0, 1.0]]),
        np.array([[1.0]]),
        np.array([[1.0]]),
        np.array([[2.0]]),
    )
    batch = np.array([[[3.0], [-1.0]]]), np.array([[[10.0], [8.0]]])
    told = attention.network_gradient(network, *batch)
    assert told.loss == (64 + 56.25) / 2
    assert told.network.readout.tolist() == [[8 * 9 - 7.5 * 0.25]]
    assert told.network.gate_a.tolist() == told.network.gate_b.tolist() == [[16 * 9 - 15 * 0.25]]
    at_state = 2 * 16 * 3 - 0.5 * 15, -15.0  # of the first token, through the second too
    assert told.network.decay.tolist() == [3 * at_state[1]]
    assert told.network.input_a.tolist() == [[3 * at_state[0] - at_state[1], sum(at_state)]]
    assert told.network.input_b.tolist() == [[9 * at_state[0] + at_state[1], 3 * at_state[0] - at_state[1]]]


@pytest.mark.parametrize("lesson", LESSONS)
def test_every_entry_of_the_gradient_is_a_finite_difference(lesson):
    asked = lesson.question()
    told = vars(attention.network_gradient(**asked).network)
    arrays = vars(asked["network"])

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
def test_the_gradient_is_a_sum_over_pairs_of_tokens(lesson):
    asked = lesson.question()
    told = attention.network_gradient(**asked)
    right = slopes(vars(asked["network"]), asked["inputs"], asked["targets"])
    assert parity.distance(vars(told.network), right)[0] < 1e-13 * norm(right)


@pytest.mark.parametrize("lesson", LESSONS)
def test_arrays_that_enter_as_factors_have_gradients_in_proportion(lesson):
    """Outputs are linear in the readout and in each gate, and quadratic in each matrix of the input."""
    asked = lesson.question()
    told, network = vars(attention.network_gradient(**asked).network), vars(asked["network"])
    along = {name: float((slope * network[name]).sum()) for name, slope in told.items()}
    scale = norm(told) * norm(network)
    for name, degree in {"gate_a": 1, "gate_b": 1, "input_a": 2, "input_b": 2}.items():
        assert along[name] == pytest.approx(degree * along["readout"], abs=1e-13 * scale), name


def test_a_batch_without_tokens_is_refused():
    network = Lesson().network()
    fault = list(
        attention.faults(
            "network_gradient",
            {"network": network, "inputs": np.zeros((2, 0, 2)), "targets": np.zeros((2, 0, 2))},
        )
    )
    assert fault == [("inputs", "has no sequence or no token; at least one of each is expected")]
    asked = {**Lesson().question()}
    rule = contract.operations("attention")["network_gradient"]
    answer = {"loss": 1.0, "network": {**vars(network), "readout": np.zeros((2, 4))}}
    with pytest.raises(contract.ContractError, match=r"\$\.network\.readout is 2 x 4, but w is 5"):
        rule.decode(asked, answer)


# Training


def test_training_in_float32_stays_in_float32():
    asked = Lesson().training(3)
    single, double = (
        attention.network_train(**{**asked, "dtype": kind}, device="cpu") for kind in ("float32", "float64")
    )
    assert {array.dtype for array in vars(single.network).values()} == {np.dtype(np.float32)}
    assert not np.array_equal(single.losses, double.losses)
    assert single.losses == pytest.approx(double.losses, rel=1e-5)


@pytest.mark.parametrize("lesson", LESSONS)
def test_neurons_may_change_places(lesson):
    asked = lesson.training(4)
    straight, turned = TRAINED.on_paper(asked, "float64"), TRAINED.on_paper(asked, "float64", 1)
    assert turned.losses == pytest.approx(straight.losses, rel=1e-12)
    assert parity.distance(turned.parameters, straight.parameters)[0] < 1e-12 * norm(straight.parameters)
    back = moved(moved(lesson.network(), 2), -2)
    assert all(np.array_equal(array, vars(lesson.network())[name]) for name, array in vars(back).items())


@pytest.fixture(scope="module")
def batched():
    if importlib.util.find_spec("torch") is None:
        pytest.skip("torch is not installed")
    from whp.reference.attention import batched

    return batched


@pytest.mark.parametrize("lesson", LESSONS)
def test_torch_finds_the_gradient_that_is_written_by_hand(batched, lesson):
    asked = lesson.question()
    got, right = batched.network_gradient(**asked), attention.network_gradient(**asked)
    assert got["loss"] == pytest.approx(right.loss, rel=1e-13)
    assert parity.distance(got["network"], vars(right.network))[0] < 1e-13 * norm(vars(right.network))


def test_seeds_side_by_side_are_trained_as_alone(batched):
    import torch

    asked = [replace(Lesson(), seed=seed).training(6) for seed in range(3)]
    alone = [attention.network_train(**each, device="cpu") for each in asked]
    first = {
        name: torch.from_numpy(np.stack([vars(each["network"])[name] for each in asked]))
        for name in vars(asked[0]["network"])
    }
    inputs, targets = (
        torch.from_numpy(np.stack([each[name] for each in asked], axis=1)) for name in ("inputs", "targets")
    )
    losses, last = batched.train_many(first, inputs, targets, 0.01, 0.1)
    for seed, done in enumerate(alone):
        assert losses[:, seed].numpy() == pytest.approx(done.losses, rel=1e-12)
        for name, array in vars(done.network).items():
            assert last[name][seed].detach().numpy() == pytest.approx(array, abs=1e-12)


# How trainings are compared


def test_a_wrong_gradient_is_told_with_its_largest_entry():
    right = {"a": np.array([3.0, 0.0]), "b": np.array([[4.0]])}
    parity.expect_gradient({"a": np.array([3.0, 4e-6]), "b": np.array([[4.0]])}, right, 1e-6, "it")
    wrong = {"a": np.array([3.0, 0.0]), "b": np.array([[4.5]])}
    with pytest.raises(
        Refuted, match=r"it has a relative error of 0\.1, where .* 'b': entry \[0\]\[0\] is 4\.5"
    ):
        parity.expect_gradient(wrong, right, 1e-6, "it")
    with pytest.raises(Refuted, match=r"as a share of the terms that it adds up, of 0\.005"):
        parity.expect_gradient(wrong, right, 1e-6, "it", size=100.0)


def test_numbers_that_differ_are_written_so():
    assert apart(4.5, 4.0) == ("4.5", "4")
    assert apart(10.14250717, 10.142507170001) == ("10.14250717", "10.142507170001")
    assert apart(np.float64(1.0), 1.0 + 2.0**-52) == ("1", "1.0000000000000002")


def test_a_usual_mistake_in_a_step_of_adam_is_named():
    slopes = np.array([1e-8, -3e-8, 0.0, 2e-7])

    def step(root):
        return {"a": slopes / root}

    right = step(np.abs(slopes) + 1e-8)
    with pytest.raises(Refuted, match=r"it is as when 1e-7 is added to the root; most of it is in 'a'"):
        parity.expect_first_step(step(np.abs(slopes) + 1e-7), right, "float64")
    with pytest.raises(Refuted, match="it is as when 1e-8 is added to the root before v is corrected"):
        parity.expect_first_step(step(np.abs(slopes) + 1e-8 / 0.001**0.5), right, "float32")
    with pytest.raises(Refuted, match="the gradient is another, or its clipping, or Adam's step"):
        parity.expect_first_step(step(np.abs(slopes) + 3e-8), right, "float32")


def test_the_slope_of_a_polynomial_is_found():
    at = {"x": np.array([1.0, 2.0]), "y": np.array(3.0)}

    def loss(p):
        return float(p["x"][0] ** 3 * p["y"] + p["x"][1] ** 2)

    right = {"x": np.array([9.0, 4.0]), "y": np.array(1.0)}
    parity.expect_slope(loss, at, right, 0.0, seed=1)
    with pytest.raises(Refuted, match="but the gradient says"):
        parity.expect_slope(loss, at, {**right, "y": np.array(1.0 + 1e-6)}, 0.0, seed=1)


# On a device


BARE = """
import runpy, sys
for name in ("hypothesis", "jaxtyping", "msgspec", "networkx", "numba", "scipy", "typer"):
    sys.modules[name] = None
sys.argv = ["device.py", "--device", "cpu", *sys.argv[1:]]
runpy.run_path({script!r}, run_name="__main__")
"""


def device(*words):
    """Run what is for a device on the CPU, with NumPy and torch alone."""
    if importlib.util.find_spec("torch") is None:
        pytest.skip("torch is not installed")
    program = BARE.format(script=str(HERE.parent / "ci" / "device.py"))
    return subprocess.run(
        [sys.executable, "-c", program, *words], capture_output=True, text=True, check=False
    )


def test_laws_of_a_device_run_on_a_cpu_too():
    done = device("law", "long", "--seeds", "2", "--updates", "2")
    assert done.returncode == 0, done.stderr
    assert "10 measured" in done.stdout
    unknown = device("nothing")
    assert unknown.returncode == 2
    assert "there is no section 'nothing'; there are parity, throughput, memory, law, long" in unknown.stderr


@pytest.mark.slow
def test_parity_of_a_device_runs_on_a_cpu_too():
    done = device("parity", "throughput")
    assert done.returncode == 0, done.stderr
    # 3 arithmetics of 5 gradients, 4 first updates and 4 courses; 4 repetitions, 3 throughputs
    assert f"{3 * (5 + 4 + 4) + 4 + 3} measured" in done.stdout
    assert "0 not as they should be" in done.stdout
