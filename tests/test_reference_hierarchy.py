"""The reference of hierarchy, and its form in torch, against what is known without either."""

from __future__ import annotations

import importlib.util
import json
import math
import tracemalloc

import numpy as np
import pytest

from whp.properties.hierarchy.nets import (
    FOUR,
    THREE,
    THREE_GATED,
    TWO,
    TWO_GATED,
    Frozen,
    Net,
    defined_loss,
    permuted,
)
from whp.reference import hierarchy
from whp.reference.hierarchy import passes
from whp.reference.hierarchy.copying import copy_task, start
from whp.reference.hierarchy.network import Network, Ticked, ended, shapes
from whp.reference.training import adam, norm

NETS = [TWO, TWO_GATED, THREE, THREE_GATED, FOUR, Net(1, 4, 10), Net(2, 4, 19, seed=7), Net(3, 3, 31, seed=8)]
RAGGED = [(2, 4, 16), (2, 4, 19), (3, 3, 27), (3, 3, 31), (4, 2, 16), (1, 4, 10)]


def task(net, weights=None, targets=None):
    asked = net.question(cut=True, targets=targets)
    weights = asked["weights"].tolist() if weights is None else weights
    return (
        asked["parameters"],
        asked["inputs"],
        passes.Task(asked["targets"], net.period, weights, net.decoder),
    )


# The model, by hand


def by_hand(period):
    """A tanh network of two levels with one unit each, and all weights 1 but for the readout's 2."""
    made = {name: np.ones(shape) for name, shape in shapes(2, period, 1, 1, 2, "tanh").items()}
    made |= {name: np.zeros_like(made[name]) for name in made if name.endswith("bias")}
    made["out.weight"] = np.array([[2.0], [-2.0]])
    made["down.1.bias"] = np.array([0.5])
    return made


def test_four_steps_by_hand():
    x = [0.1, 0.2, 0.3, 0.4]
    told = hierarchy.forward(by_hand(2), np.array(x).reshape(4, 1, 1), 2)
    s1 = math.tanh(0.1)
    s2 = math.tanh(0.2 + s1)
    upper = math.tanh(s2)  # the first message, from a state of zero
    s3 = math.tanh(0.3 + upper + 0.5)  # after the reset
    s4 = math.tanh(0.4 + s3)
    assert told.logits[:, 0, 0] == pytest.approx([2 * s for s in (s1, s2, s3, s4)], abs=1e-15)
    assert told.logits[:, 0, 1] == pytest.approx([-2 * s for s in (s1, s2, s3, s4)], abs=1e-15)
    assert [sent.ravel().tolist() for sent in told.messages] == [pytest.approx([s2, s4], abs=1e-15)]


def test_a_loss_by_hand():
    x = np.array([0.1, 0.2, 0.3, 0.4]).reshape(4, 1, 1)
    targets = np.array([[-1], [0], [-1], [-1]])
    got = hierarchy.gradient(by_hand(2), x, targets, 2, True, np.array([3.0]), "squared")
    s2 = math.tanh(0.2 + math.tanh(0.1))
    s4 = math.tanh(0.4 + math.tanh(0.3 + math.tanh(s2) + 0.5))
    outputs = math.log(1 + math.exp(-4 * s2))  # logits 2 s and -2 s
    blocks = [((s2 - 0.1) ** 2 + (s2 - 0.2) ** 2) / 2, ((s4 - 0.3) ** 2 + (s4 - 0.4) ** 2) / 2]
    assert got.loss == pytest.approx(outputs + 3 * sum(blocks) / 2, abs=1e-14)


def test_a_gated_tick_by_hand():
    names = shapes(1, 2, 1, 1, 2, "gru")
    made = {name: np.full(shape, 0.25) for name, shape in names.items()}
    made["cell.1.input"] = np.array([[1.0], [2.0], [3.0]])  # r, z, n
    made["cell.1.hidden"] = np.array([[-1.0], [0.5], [2.0]])
    made["cell.1.bias"], made["cell.1.bias_hidden"] = np.array([0.1, 0.2, 0.3]), np.array([0.4, 0.5, 0.6])
    s = 0.0
    for x in (0.7, -0.2):
        r = 1 / (1 + math.exp(-(x + 0.1 - s + 0.4)))
        z = 1 / (1 + math.exp(-(2 * x + 0.2 + 0.5 * s + 0.5)))
        n = math.tanh(3 * x + 0.3 + r * (2 * s + 0.6))
        s = (1 - z) * n + z * s
    told = hierarchy.forward(made, np.array([0.7, -0.2]).reshape(2, 1, 1), 2)
    assert told.logits[1, 0, 0] == pytest.approx(0.25 * s + 0.25, abs=1e-15)


def test_levels_tick_and_reset_at_their_times():
    net = Net(3, 2, 9)
    network, told = Network(net.parameters(), 2, 2), []
    for x in net.shown():
        told.append([(type(event).__name__, event.level) for event in network.step(x)])
    one, two = [("Ticked", 1)], [("Ticked", 1), ("Ended", 1), ("Ticked", 2)]
    three = [*two, ("Ended", 2), ("Ticked", 3), ("Reset", 2), ("Reset", 1)]
    assert told == [one, [*two, ("Reset", 1)], one, three, one, [*two, ("Reset", 1)], one, three, one]


@pytest.mark.parametrize(("levels", "period", "steps"), RAGGED)
def test_as_many_messages_as_blocks(levels, period, steps):
    net = Net(levels, period, steps)
    sent = hierarchy.forward(**net.run()).messages
    assert [len(each) for each in sent] == [steps // period**level for level in range(1, levels)]
    assert sum(map(len, sent)) == sum(ended(steps, period, levels))


def test_a_run_may_be_made_in_parts():
    """More than the states of its levels belong to a run: where each stands in its block does too."""
    for net in NETS:
        whole = hierarchy.forward(**net.run()).logits
        network, logits = Network(net.parameters(), net.period, net.batch), []
        for part in np.array_split(net.shown(), 3):  # wherever that falls
            for x in part:
                ticks = [event for event in network.step(x) if isinstance(event, Ticked)]
                logits.append(network.read(ticks[0].tick.after))
        assert np.array_equal(np.stack(logits), whole)


def test_nothing_happens_in_no_steps():
    net = Net(2, 2, 5)
    told = hierarchy.forward(net.parameters(), np.zeros((0, 2, 2)), 2)
    assert told.logits.shape == (0, 2, 3)
    assert [sent.shape for sent in told.messages] == [(0, 2, 3)]
    nothing = hierarchy.gradient(
        net.parameters(), np.zeros((0, 2, 2)), np.zeros((0, 2), int), 2, True, np.ones(1), "squared"
    )
    assert nothing.loss == 0
    assert norm(nothing.parameters) == 0


# The gradient


@pytest.mark.parametrize("net", NETS)
@pytest.mark.parametrize("cut", [True, False])
def test_every_entry_of_the_gradient_is_a_finite_difference(net, cut):
    p, x, asked = task(net)
    got = passes.one_shot(p, x, asked, cut)
    frozen = Frozen(x, hierarchy.forward(p, x, net.period).messages, cut)
    rest = (asked.targets, net.period, np.array(asked.weights), net.decoder, frozen)
    assert defined_loss(p, x, *rest) == pytest.approx(got.loss, abs=1e-13)
    random = np.random.default_rng(np.random.SeedSequence(net.seed))
    for name, value in [*p.items(), ("inputs", x)]:
        place = tuple(int(random.integers(size)) for size in value.shape)
        ends = []
        for by in (1e-5, -1e-5):
            moved = value.copy()
            moved[place] += by
            q = {**p, name: moved} if name in p else p
            ends.append(defined_loss(q, moved if name == "inputs" else x, *rest))
        slope = (got.inputs if name == "inputs" else got.parameters[name])[place]
        assert slope == pytest.approx((ends[0] - ends[1]) / 2e-5, abs=2e-9), name


@pytest.mark.parametrize("cell", ["tanh", "gru"])
@pytest.mark.parametrize(("levels", "period", "steps"), RAGGED)
def test_block_by_block_is_along_the_tape(levels, period, steps, cell):
    net = Net(levels, period, steps, 2, 3, 5, 4, cell, seed=levels)
    p, x, asked = task(net)
    tape, blocks = passes.one_shot(p, x, asked, cut=True), passes.streamed(p, x, asked)
    assert blocks.loss == pytest.approx(tape.loss, abs=1e-14)
    assert np.allclose(blocks.inputs, tape.inputs, rtol=0, atol=1e-14)
    for name, slope in tape.parameters.items():
        assert np.allclose(blocks.parameters[name], slope, rtol=0, atol=2e-14), name


@pytest.mark.parametrize("cell", ["tanh", "gru"])
def test_a_cut_gradient_is_there_just_within_the_block(cell):
    net = Net(3, 3, 27, 1, 2, 5, 3, cell, seed=9)
    p = net.parameters()
    x = net.shown()
    for t in range(27):
        targets = np.full((27, 1), -1)
        targets[t] = 1
        slope = passes.streamed(p, x, passes.Task(targets, 3, [0.0, 0.0], "squared")).inputs
        there = [bool((slope[s] != 0).any()) for s in range(27)]
        assert there == [s // 3 == t // 3 and s <= t for s in range(27)]


def test_regimes_are_one_until_a_message_has_an_effect():
    for steps, same in ((3, True), (4, True), (5, False)):  # a message is sent in step 4
        net = Net(2, 4, steps, seed=3)
        p, x, asked = task(net, weights=[0.0], targets=np.zeros((steps, 2), int))
        full, cut = (passes.one_shot(p, x, asked, cut=each) for each in (False, True))
        alike = all(np.array_equal(full.parameters[name], cut.parameters[name]) for name in p)
        assert full.loss == cut.loss
        assert alike == same


def test_the_first_input_is_heard_of_to_the_end():
    net = Net(3, 3, 27, 1, 2, 5, seed=1)
    p, x = net.parameters(), net.shown()
    other = x.copy()
    other[0] = -other[0]
    off = np.abs(hierarchy.forward(p, x, 3).logits - hierarchy.forward(p, other, 3).logits).max(axis=(1, 2))
    assert (off > 0).all()


def test_moving_the_units_twice_moves_them_back():
    p = THREE_GATED.parameters()
    order = np.array([2, 0, 3, 1])
    back = permuted(permuted(p, order), np.argsort(order))
    assert all(np.array_equal(back[name], value) for name, value in p.items())


# The memory


@pytest.mark.parametrize(
    ("period", "levels", "full", "held"),
    [(4, 3, 84, 12), (4, 4, 340, 16), (8, 3, 584, 24), (10, 4, 11110, 40)],
)
def test_states_held_are_those_of_the_formula(period, levels, full, held):
    steps = period**levels
    assert hierarchy.peak_states(levels, period, steps, False) == full == period * (steps - 1) // (period - 1)
    assert held == period * levels
    assert levels <= hierarchy.peak_states(levels, period, steps, True) <= held


@pytest.mark.parametrize("net", [*NETS, Net(3, 4, 64), Net(3, 4, 256, 1)])
def test_states_are_held_as_counted(net):
    p, x, asked = task(net)
    for cut in (True, False):
        made = passes.one_shot(p, x, asked, cut)
        assert made.most_held == passes.most_held(
            net.levels, net.period, net.steps, False
        )  # a tape saves nothing
    assert passes.streamed(p, x, asked).most_held == passes.most_held(net.levels, net.period, net.steps, True)


def peak(act):
    tracemalloc.start()
    act()
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return most


def test_memory_grows_with_the_states_that_are_held():
    """Four times as long, a tape takes four times the memory; by blocks, only the highest level has more."""
    taken = {}
    for steps in (64, 256):
        net = Net(3, 4, steps, 128, 1, 16, seed=1)
        p, x, asked = task(net)
        ways = {"blocks": lambda: passes.streamed(p, x, asked)}  # noqa: B023
        for cut in (True, False):
            ways[f"tape, {cut}"] = lambda cut=cut: passes.one_shot(p, x, asked, cut)  # noqa: B023
        for way, act in ways.items():
            taken[way, steps] = peak(act)
    assert 3.2 < taken["tape, False", 256] / taken["tape, False", 64] < 4.8
    assert 3.2 < taken["tape, True", 256] / taken["tape, True", 64] < 4.8
    assert taken["blocks", 256] / taken["blocks", 64] < 2.4
    assert taken["tape, True", 256] / taken["blocks", 256] > 4


# Training


def test_adam_by_hand():
    rate, slopes = 0.1, [2.0, -1.0]
    losses, now = adam(lambda _, g: (g, {"a": np.array([g])}), {"a": np.array([5.0])}, slopes, rate)
    assert losses == slopes
    first = 5.0 - rate * 2 / (2 + 1e-8)
    m, v = (0.1 * -1 + 0.09 * 2) / 0.19, (0.001 * 1 + 0.000999 * 4) / 0.001999
    assert now["a"][0] == pytest.approx(first - rate * m / (math.sqrt(v) + 1e-8), abs=1e-15)
    _, clipped = adam(
        lambda _, g: (g, {"a": np.array([3 * g, 4 * g])}), {"a": np.zeros(2)}, [1e-8], 1.0, 2.5e-8
    )
    assert clipped["a"] == pytest.approx([-1.5 / 2.5, -2 / 3], abs=1e-12)
    _, small = adam(lambda _, g: (g, {"a": np.array([g])}), {"a": np.zeros(1)}, [1e-8], 1.0, 5e-8)
    assert small["a"] == pytest.approx([-1 / 2], abs=1e-12)  # a gradient below the bound stays as it is


def test_training_in_float32_stays_in_float32():
    random = np.random.default_rng(np.random.SeedSequence(1))
    first = start(2, 2, 6, 4, 4, "gru", random)
    inputs, targets = copy_task(3, 2, 2, 3, random)
    rest = (2, True, np.ones(1), "softmax", 0.01, 1.0)
    single, double = (
        hierarchy.train(first, inputs, targets, *rest, kind, "cpu") for kind in ("float32", "float64")
    )
    assert {value.dtype for value in single.parameters.values()} == {np.dtype(np.float32)}
    assert not np.array_equal(single.losses, double.losses)
    assert single.losses == pytest.approx(double.losses, rel=1e-5)


def test_the_task_is_to_copy_the_first_block_in_the_last():
    inputs, targets = copy_task(2, 3, 4, 5, np.random.default_rng(np.random.SeedSequence(0)))
    assert inputs.shape == (2, 20, 3, 6)
    assert np.array_equal(inputs[:, :4].argmax(axis=-1), targets[:, 16:])
    assert (inputs[:, 4:16].argmax(axis=-1) == 4).all()
    assert (inputs[:, 16:].argmax(axis=-1) == 5).all()
    assert (targets[:, :16] == -1).all()


# In torch


@pytest.fixture(scope="module")
def batched():
    if importlib.util.find_spec("torch") is None:
        pytest.skip("torch is not installed")
    from whp.reference.hierarchy import batched

    return batched


@pytest.mark.parametrize("net", NETS)
def test_torch_finds_the_gradient_that_is_written_by_hand(batched, net):
    for cut in (True, False):
        asked = net.question(cut)
        got, right = batched.gradient(**asked), hierarchy.gradient(**asked)
        assert got["loss"] == pytest.approx(right.loss, abs=1e-14)
        assert np.allclose(got["inputs"], right.inputs, rtol=0, atol=1e-14)
        for name, slope in right.parameters.items():
            assert np.allclose(got["parameters"][name], slope, rtol=0, atol=2e-14), name


def test_seeds_side_by_side_are_trained_as_alone(batched):
    import torch

    alone, parts = [], []
    for seed in range(3):
        random = np.random.default_rng(np.random.SeedSequence(seed))
        first = start(3, 2, 6, 5, 4, "gru", random)
        inputs, targets = copy_task(6, 4, 2, 4, random)
        parts.append((first, inputs, targets))
        rest = (2, True, np.array([1.0, 10.0]), "softmax", 0.01, 0.1)
        alone.append(hierarchy.train(first, inputs, targets, *rest, "float64", "cpu"))
    first = {name: torch.from_numpy(np.stack([part[0][name] for part in parts])) for name in parts[0][0]}
    inputs, targets = (torch.from_numpy(np.stack([part[i] for part in parts], axis=1)) for i in (1, 2))
    for blockwise in (False, True):
        losses, last = batched.train_many(
            first, inputs, targets, 2, True, [1.0, 10.0], "softmax", 0.01, 0.1, blockwise=blockwise
        )
        for seed, done in enumerate(alone):
            assert losses[:, seed].numpy() == pytest.approx(done.losses, abs=1e-12)
            for name, value in done.parameters.items():
                assert np.allclose(last[name][seed].detach().numpy(), value, rtol=0, atol=1e-11)


def live(batched, way, steps):
    """Return the most tensors that torch keeps at once for the way back."""
    import torch

    net = Net(3, 4, steps, 2, 2, 8, seed=1)
    asked = net.question(cut=True)
    own = {n: v.requires_grad_() for n, v in batched.one(asked["parameters"], torch.float64).items()}
    x, wanted = torch.from_numpy(asked["inputs"])[None], torch.from_numpy(asked["targets"])[None]
    weights = asked["weights"].tolist()
    kept = {"now": 0, "most": 0}

    class Kept:
        def __init__(self, tensor):
            self.tensor = tensor
            kept["now"] += 1
            kept["most"] = max(kept["most"], kept["now"])

        def __del__(self):
            kept["now"] -= 1

    with torch.autograd.graph.saved_tensors_hooks(Kept, lambda k: k.tensor):
        if way == "streamed":
            batched.streamed(own, x, wanted, 4, weights, "squared")
        else:
            batched.loss_of(own, x, wanted, 4, way == "cut", weights, "squared").sum().backward()
    return kept["most"]


def test_torch_keeps_as_much_as_there_are_states_to_hold(batched):
    most = {
        (way, steps): live(batched, way, steps) for way in ("full", "cut", "streamed") for steps in (64, 256)
    }
    for way in ("full", "cut"):
        assert 3.8 < most[way, 256] / most[way, 64] < 4.2, most
    assert 1.5 < most["streamed", 256] / most["streamed", 64] < 2.4, most
    assert most["cut", 256] > 0.9 * most["full", 256]  # a stopped gradient alone saves nothing
    assert most["full", 256] / most["streamed", 256] > 8, most


# Bad input, and the command line


def test_what_is_no_question_is_refused():
    asked = TWO.question(cut=True)

    def fault(**other):
        return next(iter(hierarchy.faults("gradient", {**asked, **other})))

    assert fault(period=1) == ("period", "is 1; a block has at least two ticks")
    assert fault(targets=asked["targets"] + 3)[1] == "has an entry outside -1..2"
    assert fault(weights=np.ones(2))[1] == "has 2 entries; one a level but the highest is wanted, 1"
    assert fault(inputs=asked["inputs"][:, :, :1])[1] == "has 1 entries a step; cell.1.input has 2"
    assert "not one-hot" in fault(decoder="softmax")[1]
    assert "'out.bias' is missing" in fault(parameters={**asked["parameters"], "out.bias": np.ones(7)})[1]
    assert fault(parameters={})[1] == "lacks cell.1.input or out.weight, a matrix"
    sizes = {"levels": 0, "period": 2, "steps": 3, "cut": True}
    assert list(hierarchy.faults("peak_states", sizes)) == [("levels", "is 0; there is at least one")]


def test_what_is_no_answer_is_told_with_its_place():
    from whp import contract

    operations, asked = contract.operations("hierarchy"), TWO.question(cut=True)
    right = hierarchy.gradient(**asked)

    def fault(operation, arguments, answer):
        with pytest.raises(contract.ContractError) as caught:
            operations[operation].decode(arguments, answer)
        return str(caught.value)

    record = {"loss": 1.0, "parameters": right.parameters, "inputs": right.inputs}
    less = {name: value for name, value in right.parameters.items() if name != "out.bias"}
    assert "$.parameters has no 'out.bias'" in fault("gradient", asked, {**record, "parameters": less})
    turned = {**right.parameters, "out.weight": right.parameters["out.weight"][:2]}
    said = fault("gradient", asked, {**record, "parameters": turned})
    assert said == "$.parameters.out.weight is 2 x 3, but 3 x 3 is wanted"
    more = {**right.parameters, "lstm": np.ones(1)}
    assert "has 'lstm', which is not among" in fault("gradient", asked, {**record, "parameters": more})
    run = TWO.run()
    told = hierarchy.forward(**run)
    assert "$.messages has 0 entries" in fault("forward", run, {"logits": told.logits, "messages": []})
    wide = {"logits": told.logits, "messages": [np.zeros((2, 2, 5))]}
    assert "$.messages[0] has 5 entries each; a state has 3" in fault("forward", run, wide)
    narrow = {"logits": told.logits[:, :, :2], "messages": told.messages}
    assert "$.logits has 2 entries a step, but there are 3 classes" in fault("forward", run, narrow)
    sizes = {"levels": 3, "period": 2, "steps": 8, "cut": True}
    assert "is 2; each of the 3 levels has at least one state" in fault("peak_states", sizes, 2)


def test_run_and_verify_on_the_command_line(whp, tmp_path):
    made = whp("run", "hierarchy", "--updates", 3, "--hidden", 4, "--batch", 2, "--question", "q.json")
    assert made.returncode == 0, made.stderr
    told = json.loads(made.stdout)
    assert len(told["losses"]) == 3
    assert told["peak_states"] == 6
    asked = json.loads((tmp_path / "q.json").read_text())
    arrays = {name: np.array(value) for name, value in asked["parameters"].items()}
    rest = (asked["period"], asked["cut"], np.array(asked["weights"]), asked["decoder"])
    right = hierarchy.gradient(arrays, np.array(asked["inputs"]), np.array(asked["targets"]), *rest)
    slopes = {name: value.tolist() for name, value in right.parameters.items()}
    answer = {"loss": right.loss, "parameters": slopes, "inputs": right.inputs.tolist()}

    def verify(answer, *options):
        (tmp_path / "a.json").write_text(answer if isinstance(answer, str) else json.dumps(answer))
        return whp("verify", "hierarchy", "q.json", "a.json", *options)

    good = verify(answer)
    assert good.returncode == 0
    assert "right: the gradient has a relative error of 0, where 1e-12 is allowed in float64" in good.stdout
    less = {**answer, "inputs": right.inputs.astype(np.float32).tolist()}
    assert verify(less, "--precision", "float32").returncode == 0
    wrong = verify(less)
    assert wrong.returncode == 1
    assert "most of it is in 'inputs'" in wrong.stderr
    assert verify({**answer, "loss": 1.0}).stderr.startswith("whp: the loss is 1, expected is ")
    for text, sentence in (("{", "a.json: no JSON"), ("{}", "a.json: $ is a dict without `loss`")):
        bad = verify(text)
        assert bad.returncode == 2
        assert sentence in bad.stderr
        assert len(bad.stderr.splitlines()) == 1
    (tmp_path / "q.json").write_text(json.dumps({**asked, "period": 1}))
    bad = verify(answer)
    assert bad.returncode == 2
    assert "q.json: $.period is 1; a block has at least two ticks" in bad.stderr


def test_without_a_device_what_wants_one_is_not_run(whp, tmp_path):
    from whp.devices import there_is

    if there_is("cuda"):
        pytest.skip("there is a device")
    done = whp(
        "check", "hierarchy", "--device", "cuda", "--select", "*first_update*", "--json", "report.json"
    )
    assert done.returncode == 2  # no check ran at all
    assert "no device: there is no cuda here" in done.stdout
    assert "2 not run" in done.stdout
    report = json.loads((tmp_path / "report.json").read_text())
    assert [check["verdict"] for check in report["checks"]] == ["not run", "not run"]
    assert all(check["replay"].endswith("--device cuda") for check in report["checks"])
