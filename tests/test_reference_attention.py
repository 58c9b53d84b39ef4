"""The reference of attention: against hand computation, closed forms and exact arithmetic."""

from __future__ import annotations

import json
import subprocess
import sys
from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from scipy import stats

from whp import contract
from whp.checks import NotRun
from whp.properties.attention import expected
from whp.properties.attention.inputs import COUNTED, EMPTY, SQUARE, TURNED, UNEVEN, drawn
from whp.reference import attention
from whp.reference.attention import construct, identity, predict, run, training, vjp
from whp.reference.attention.network import Network
from whp.statistical import attention as claims
from whp.statistical.attention import floors, recalls
from whp.statistical.exact import regression
from whp.subject import Subject, Unwatched

MATRICES = ("query", "key", "value")


def normal(*shape, key=0):
    return np.random.default_rng(np.random.SeedSequence([2309, key, *shape])).standard_normal(shape)


def matrices(d, k, v, key=0):
    return {
        "query": normal(k, d, key=key),
        "key": normal(k, d, key=key + 1),
        "value": normal(v, d, key=key + 2),
    }


# Attention


def test_small_cases_are_as_by_hand():
    assert attention.attend(**COUNTED).ravel().tolist() == [1, 10, 42]
    assert attention.attend(**SQUARE).tolist() == [[1, 0], [0, 1], [3, 3]]
    assert attention.attend(**EMPTY).shape == (0, 2)
    token = {"inputs": np.array([[2.0]]), "query": [[3.0]], "key": [[-1.0]], "value": [[5.0]]}
    token = {name: np.array(array) for name, array in token.items()}
    assert attention.attend(**token).tolist() == [[-120]]  # 5 * 2 * (-1 * 2) * (3 * 2)
    repeated = {"inputs": np.tile([[1.0, 2.0]], (4, 1)), **{name: np.eye(2) for name in MATRICES}}
    assert attention.attend(**repeated).tolist() == [[5 * t, 10 * t] for t in (1, 2, 3, 4)]
    orthonormal = {**repeated, "inputs": np.eye(2)[::-1]}
    assert np.array_equal(attention.attend(**orthonormal), orthonormal["inputs"])


@pytest.mark.parametrize(
    ("length", "d", "k", "v"), [(1, 1, 1, 1), (20, 4, 3, 2), (129, 2, 5, 3), (400, 3, 2, 4)]
)
def test_whole_numbers_give_the_triple_sum_exactly(length, d, k, v):
    random = np.random.default_rng(np.random.SeedSequence([2309, length]))
    asked = {
        name: random.integers(-3, 4, shape)
        for name, shape in (("inputs", (length, d)), ("query", (k, d)), ("key", (k, d)), ("value", (v, d)))
    }
    tokens = [
        [[sum(map(int, row * token)) for row in asked[name]] for token in asked["inputs"]]
        for name in MATRICES
    ]
    right = [
        [
            sum(
                tokens[2][s][i] * sum(a * b for a, b in zip(tokens[1][s], tokens[0][t], strict=True))
                for s in range(t + 1)
            )
            for i in range(v)
        ]
        for t in range(0, length, 37)
    ]
    floats = {name: array.astype(float) for name, array in asked.items()}
    assert attention.attend(**floats)[::37].tolist() == right
    assert expected.attention(**floats)[::37].tolist() == right
    for compact in (False, True):
        network = construct(*(floats[name] for name in MATRICES), compact=compact)
        assert run(network, floats["inputs"])[::37].tolist() == right
        assert expected.gated(network, floats["inputs"])[::37].tolist() == right


def test_gradients_are_slopes_of_the_cubic():
    for asked in (TURNED, UNEVEN, drawn(9, 3, 2, 4)):
        cotangent = normal(len(asked["inputs"]), len(asked["value"]))
        found = vjp(**asked, cotangent=cotangent)
        checked = expected.gradients(**asked, cotangent=cotangent)
        for name in ("inputs", *MATRICES):
            along = normal(*asked[name].shape, key=7)

            def at(step, asked=asked, name=name, along=along, cotangent=cotangent):
                return np.sum(cotangent * expected.attention(**{**asked, name: asked[name] + step * along}))

            slope = (8 * (at(1) - at(-1)) - (at(2) - at(-2))) / 12
            assert np.sum(getattr(found, name) * along) == pytest.approx(slope, rel=1e-10, abs=1e-9)
            assert np.allclose(getattr(found, name), checked[name], rtol=1e-12, atol=1e-12)


def test_euler_counts_the_factors_of_an_output():
    asked = drawn(300, 3, 2, 4)
    cotangent = normal(300, 4)
    found, total = vjp(**asked, cotangent=cotangent), np.sum(cotangent * attention.attend(**asked))
    assert np.sum(found.inputs * asked["inputs"]) == pytest.approx(3 * total, rel=1e-12)
    for name in MATRICES:
        assert np.sum(getattr(found, name) * asked[name]) == pytest.approx(total, rel=1e-12)


# Constructions


@pytest.mark.parametrize("d", [1, 2, 3, 4, 8, 16])
def test_widths_are_those_of_the_table(d):
    table = {1: (2, 2), 2: (6, 5), 3: (12, 9), 4: (20, 14), 8: (72, 44), 16: (272, 152)}
    weights = matrices(d, d, d)
    wide, compact = (construct(**weights, compact=each) for each in (False, True))
    assert (len(wide.decay), len(compact.decay)) == table[d]
    assert identity.needed(**weights) == table[d][1]  # where all matrices are invertible, none can be spared
    assert len(compact.gate_a) <= len(compact.decay)


def test_the_first_construction_for_one_dimension_is_as_by_hand():
    network = construct(np.array([[2.0]]), np.array([[3.0]]), np.array([[5.0]]), compact=False)
    assert {name: array.tolist() for name, array in vars(network).items()} == {
        "decay": [1, 0],
        "input_a": [[5, 0], [2, 0]],
        "input_b": [[3, 0], [0, 1]],
        "gate_a": [[1, 0]],
        "gate_b": [[0, 1]],
        "readout": [[1]],
    }


@pytest.mark.parametrize(("d", "r"), [(d, r) for d in range(2, 7) for r in range(1, d + 1)])
def test_needed_neurons_follow_the_rank_formula(d, r):
    weights = matrices(d, r, d)
    assert identity.needed(**weights) == d * r - r * (r - 1) // 2 + r


def test_nothing_needs_no_neurons():
    assert identity.needed(np.eye(2), np.eye(2), np.zeros((1, 2))) == 0
    assert identity.needed(np.zeros((1, 2)), np.ones((1, 2)), np.eye(2)) == 0


def test_changes_of_basis_leave_the_cubic_tensor():
    weights = matrices(3, 3, 2)
    change = normal(3, 3, key=9)
    bent = {
        "query": np.linalg.inv(change).T @ weights["query"] / 7,
        "key": change @ weights["key"],
        "value": 7 * weights["value"],
    }
    tensor = identity.cubic(**weights)
    assert np.allclose(identity.cubic(**bent), tensor, rtol=1e-12, atol=1e-12)
    for compact in (False, True):
        network = construct(**weights, compact=compact)
        assert np.allclose(identity.cubic_of(network), tensor, rtol=1e-12, atol=1e-12)


def test_the_tensor_gives_the_outputs():
    asked = drawn(6, 3, 2, 4)
    tensor = identity.cubic(*(asked[name] for name in MATRICES))
    inputs = asked["inputs"]
    past = np.cumsum(inputs[:, :, None] * inputs[:, None, :], axis=0)
    assert np.allclose(np.einsum("iabc,tab,tc->ti", tensor, past, inputs), attention.attend(**asked))


@pytest.mark.parametrize(("d", "k", "v"), [(1, 1, 1), (2, 1, 3), (3, 3, 3), (3, 1, 1), (5, 4, 2)])
def test_effective_matrices_have_the_tensor_they_came_from(d, k, v):
    for key in range(0, 30, 3):
        tensor = identity.cubic(**matrices(d, k, v, key=key))
        assert identity.distance(identity.cubic(*identity.effective(tensor)), tensor) < 1e-20


def test_effective_matrices_of_nothing_are_nothing():
    query, _, value = identity.effective(np.zeros((2, 3, 3, 3)))
    assert not identity.cubic(query, np.eye(3), value).any()


def test_every_entry_counts_in_the_identity_test():
    """Another entry anywhere in a network shows on three random tokens, but for one that nothing reads."""
    weights = matrices(2, 2, 2)
    inputs, caught = normal(3, 2, key=5), 0
    right = expected.attention(inputs, **weights)
    network = construct(**weights, compact=True)
    for name, array in vars(network).items():
        for at in np.ndindex(array.shape):
            changed = array.copy()
            changed[at] += 0.1
            got = run(Network(**{**vars(network), name: changed}), inputs)
            assert np.abs(got - right).max() > 1e-6, (name, at)
            caught += 1
    assert caught == sum(array.size for array in vars(network).values())


def test_scores_are_zero_for_attention_and_not_for_another():
    weights, inputs = matrices(3, 3, 3), normal(200, 3, key=4)
    for compact in (False, True):
        network = construct(**weights, compact=compact)
        assert max(identity.scores(network, **weights, inputs=inputs)) < 1e-20
        assert identity.scores(network, **matrices(3, 3, 3, key=20), inputs=inputs).function > 0.1
    # Without its last neuron, one coordinate of P x is not to be had.
    fewer = Network(
        network.decay[:-1],
        network.input_a[:-1],
        network.input_b[:-1],
        network.gate_a[:, :-1],
        network.gate_b[:, :-1],
        network.readout,
    )
    score = identity.scores(fewer, **weights, inputs=inputs)
    assert score.held < 1e-20
    assert 0.01 < score.asked < 0.9


# In context


def test_predictions_are_one_step():
    assert predict(np.array([[2.0]]), np.array([[3.0]]), np.array([5.0]), 0.5).tolist() == [15]
    inputs, targets, query = normal(6, 3), normal(6, 2), normal(1, 3)[0]
    weights = np.zeros((2, 3))
    for x, y in zip(inputs, targets, strict=True):  # minus the gradient of |W x - y|^2 / 2 at 0
        weights += 0.1 * np.outer(y, x)
    assert np.allclose(predict(inputs, targets, query, 0.1), weights @ query, rtol=1e-13)


def test_losses_in_context_are_those_of_the_table():
    table = {("normal", 2, 4): (1 / 7, 3 / 7), ("normal", 3, 12): (1 / 16, 1 / 4)}
    table |= {("uniform", 3, 12): (1 / 14.8, 2.8 / 14.8)}
    for (law, m, pairs), (rate, loss) in table.items():
        assert regression.best_rate(law, m, pairs) == pytest.approx(rate, rel=1e-12)
        assert regression.mean_loss(law, m, pairs, rate) == pytest.approx(loss, rel=1e-12)
        for other in (0.5, 1, 1.5):
            exact, variance = regression.moments(law, m, pairs, other * rate)
            assert exact == pytest.approx(regression.mean_loss(law, m, pairs, other * rate), rel=1e-12)
            assert variance > 0
    assert regression.mean_loss("uniform", 3, 12, 1 / 12) == pytest.approx(1 - 2 + (11 + 3.8) / 12, rel=1e-12)


@pytest.mark.parametrize("law", ["normal", "uniform"])
def test_the_variance_of_a_loss_is_what_is_seen(law):
    m, pairs, rate, runs = 2, 4, 0.15, 400_000
    random = np.random.default_rng(np.random.SeedSequence([2309, 11]))
    drawn_ = (
        random.standard_normal((runs, pairs + 1, m))
        if law == "normal"
        else random.uniform(-np.sqrt(3), np.sqrt(3), (runs, pairs + 1, m))
    )
    tasks = 2.0 * random.integers(0, 2, (runs, m)) - 1
    targets = np.einsum("rsm,rm->rs", drawn_, tasks)
    answers = rate * np.einsum("rs,rsm,rm->r", targets[:, :-1], drawn_[:, :-1], drawn_[:, -1])
    losses = (targets[:, -1] - answers) ** 2 / m
    mean, variance = regression.moments(law, m, pairs, rate)
    assert losses.mean() == pytest.approx(mean, abs=6 * np.sqrt(variance / runs))
    assert losses.var() == pytest.approx(variance, rel=0.1)


def test_the_law_of_recall_is_that_of_all_signs():
    (cell,) = recalls((2, 3))
    seen = np.zeros((cell.pairs - 1) * cell.d + 1)
    for signs in product((-1, 1), repeat=cell.pairs * (cell.d + 1)):
        pairs = np.array(signs).reshape(cell.pairs, -1)
        others = sum(row[-1] * int(row[:-1] @ pairs[0, :-1]) for row in pairs[1:])
        seen[(others * pairs[0, -1] + len(seen) - 1) // 2] += 1
    assert np.allclose(seen / seen.sum(), stats.binom.pmf(np.arange(len(seen)), len(seen) - 1, 0.5))


def test_floors_are_those_of_the_table_and_of_simulation():
    for (d, length), wanted in {
        (1, 4): (0.29508, 0.33607),
        (2, 8): (0.23125, 0.29688),
        (3, 12): (0.20757, 0.28486),
    }.items():
        assert floors(d, length) == pytest.approx(wanted, abs=1e-5)
    d, length = 2, 8
    inputs = np.random.default_rng(5).standard_normal((20000, length, d))
    outputs = training.outputs(inputs, np.eye(d), np.eye(d), np.eye(d))
    t = np.arange(1, length + 1)
    best = (t + d + 1)[:, None] * inputs, (t + d + 1).mean() * inputs
    for guess, floor in zip(best, floors(d, length), strict=True):
        assert identity.distance(guess, outputs) == pytest.approx(floor, abs=0.02)


# Rounding


def test_errors_stay_within_the_bound_also_in_single_precision():
    asked = drawn(1000, 4, 4, 4)
    exact = {
        name: np.array([[Fraction(x) for x in row] for row in array.tolist()])
        for name, array in asked.items()
    }
    queries, keys, values = (exact["inputs"] @ exact[name].T for name in MATRICES)
    right = np.cumsum(values[:, :, None] * keys[:, None, :], axis=0)[-1] @ queries[-1]
    sizes = expected.size(asked)[-1]
    for kind, unit in ((np.float64, 2.0**-53), (np.float32, 2.0**-24)):
        narrow = {name: array.astype(kind) for name, array in asked.items()}
        got = attention.attend(**narrow)[-1] if kind is np.float64 else single(**narrow)[-1]
        error = np.array([abs(float(Fraction(float(y)) - x)) for y, x in zip(got, right, strict=True)])
        assert (error <= 8 * (1000 + 8 + 8) * unit * sizes).all()
        assert error.max() > 0


def single(inputs, query, key, value):
    queries, keys, values = inputs @ query.T, inputs @ key.T, inputs @ value.T
    return np.cumsum(values[:, :, None] * keys[:, None, :], axis=0)[-1:] @ queries[-1]


# Training


def imitates(network, weights, key=30):
    sequences = normal(300, training.LENGTH, weights["key"].shape[1], key=key)
    got = np.array([run(network, sequence) for sequence in sequences])
    return identity.distance(got, training.outputs(sequences, **weights))


def test_a_short_training_is_a_function_of_its_seed_and_gets_better():
    pytest.importorskip("torch")
    weights = matrices(1, 1, 1)
    short, again, longer, other = (
        attention.fit(**weights, neurons=2, steps=steps, seed=seed)
        for steps, seed in ((3, 1), (3, 1), (150, 1), (3, 2))
    )
    assert all(np.array_equal(getattr(short, name), getattr(again, name)) for name in vars(short))
    assert not np.array_equal(short.input_a, other.input_a)
    assert imitates(longer, weights) < imitates(short, weights)
    answer = contract.operations("attention")["fit"].decode(
        {**weights, "neurons": 2, "steps": 3, "seed": 1}, short
    )
    assert len(answer.decay) == 2


@pytest.mark.slow
def test_networks_without_a_gate_stay_above_their_floors():
    pytest.importorskip("torch")
    weights = {"query": np.eye(1), "key": np.eye(1), "value": np.eye(1)}

    def batch(generator):
        inputs = generator.standard_normal((64, training.LENGTH, 1))
        return inputs, training.outputs(inputs, **weights)

    ends = {
        gates: imitates(
            training.train(batch, 1, 1, 4, 1200, 1, input_gate=gates[0], output_gate=gates[1]), weights
        )
        for gates in ((True, True), (False, True), (True, False))
    }
    without_input, without_output = floors(1, training.LENGTH)
    assert ends[True, True] < 0.05
    assert 0.8 * without_input < ends[False, True] < 1.5 * without_input
    assert 0.8 * without_output < ends[True, False] < 1.5 * without_output


@pytest.mark.slow
def test_training_in_context_comes_to_one_step_of_gradient_descent_with_both_gates_alone():
    pytest.importorskip("torch")
    m, pairs = 1, 4

    def batch(generator, size=64):
        drawn_ = generator.standard_normal((size, pairs + 2, m))
        targets = drawn_[:, :-1, 0] * drawn_[:, -1:, 0]
        inputs = np.stack([drawn_[:, :-1, 0], targets], axis=2)
        inputs[:, -1, 1] = 0
        return inputs, targets[:, -1:, None]

    inputs, targets = batch(np.random.default_rng(np.random.SeedSequence([2309, 3])), 4000)

    def loss(network):
        got = np.array([run(network, sequence)[-1, 0] for sequence in inputs])
        return np.mean((got - targets[:, 0, 0]) ** 2)

    rate = regression.best_rate("normal", m, pairs)
    one_step = construct(np.array([[1.0, 0]]), np.array([[1.0, 0]]), np.array([[0, rate]]), compact=False)
    ends = {
        gates: loss(training.train(batch, 2, 1, 6, 3000, 1, input_gate=gates[0], output_gate=gates[1]))
        for gates in ((True, True), (False, True), (True, False))
    }
    assert ends[True, True] < 1.05 * loss(one_step)
    assert min(ends[False, True], ends[True, False]) > 1.2 * loss(one_step)


def without_torch(program):
    """Run a program where torch can't be imported."""
    first = (
        "import sys\n"
        "class Missing:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name.partition('.')[0] == 'torch':\n"
        "            raise ModuleNotFoundError(name=name)\n"
        "sys.meta_path.insert(0, Missing())\n"
    )
    return subprocess.run(
        [sys.executable, "-c", first + program], capture_output=True, text=True, check=False
    )


def test_nothing_but_training_takes_torch(tmp_path):
    program = (
        "import sys; from whp import cli\n"
        "sys.argv = ['whp', 'check', 'attention', '--select', 'attention/outputs_are_linear_attention',"
        f" '--ledger', {str(tmp_path / 'ledger.db')!r}]\n"
        "cli.main()"
    )
    assert without_torch(program).returncode == 0
    program = (
        "import numpy as np; from whp.reference import attention as a\n"
        "try: a.fit(np.eye(1), np.eye(1), np.eye(1), 2, 1, 0)\n"
        "except ModuleNotFoundError as error: print(error)"
    )
    told = without_torch(program)
    assert (
        told.stdout
        == "training a gated network takes torch, which is not installed: pip install 'whp[torch]'\n"
    )
    (tmp_path / "weights.json").write_text('{"query": [[1]], "key": [[1]], "value": [[1]]}')
    file = str(tmp_path / "weights.json")
    program = (
        f"import sys; sys.argv = ['whp', 'run', 'attention', {file!r}, '--train', '2']\n"
        "from whp import cli; cli.main()"
    )
    run_ = without_torch(program)
    assert (run_.returncode, run_.stderr) == (2, f"whp: {told.stdout}")
    listed = "import sys; from whp import registry\nfor system in registry.systems(): registry.checks(system)"
    listed += "\nprint('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", listed], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_a_claim_that_wants_training_says_that_torch_is_missing(monkeypatch):
    subject = Subject("attention", None, {}, Unwatched())
    monkeypatch.setattr(claims, "find_spec", lambda _: None)
    with pytest.raises(NotRun, match="the reference trains by torch, which is not installed: pip install"):
        next(claims.trained(subject, matrices(1, 1, 1), 2, 0))


# The command line


def test_run_and_verify_on_the_command_line(whp, tmp_path):
    weights = {name: array.tolist() for name, array in matrices(2, 2, 2).items()}
    (tmp_path / "weights.json").write_text(json.dumps({**weights, "inputs": [[1, 2], [0, -1]]}))
    right = attention.attend(np.array([[1.0, 2], [0, -1]]), **matrices(2, 2, 2))
    for options, neurons in (((), 6), (("--compact",), 5)):
        made = whp("run", "attention", "weights.json", *options)
        told = json.loads(made.stdout)
        assert len(told["decay"]) == neurons
        assert np.allclose(told["outputs"], right)
        (tmp_path / "network.json").write_text(made.stdout)
        verified = whp("verify", "attention", "network.json", "--matrices", "found.json")
        assert verified.returncode == 0
        assert verified.stdout.startswith("linear attention, exactly")
        assert "5 are needed" in verified.stdout
        for file in ("weights.json", "found.json"):
            assert whp("verify", "attention", "network.json", "--of", file).stdout.startswith(
                "this attention, exactly"
            )
        again = {**{name: told[name] for name in vars(construct(**matrices(2, 2, 2), compact=True))}}
        (tmp_path / "again.json").write_text(json.dumps({"network": again, "inputs": [[1, 2], [0, -1]]}))
        assert np.allclose(json.loads(whp("run", "attention", "again.json").stdout)["outputs"], right)
    told["decay"][0] = 0.995
    (tmp_path / "nearly.json").write_text(json.dumps(told))
    assert "but for a relative squared error" in whp("verify", "attention", "nearly.json").stdout
    told["decay"][0] = 0.5
    (tmp_path / "half.json").write_text(json.dumps(told))
    refuted = whp("verify", "attention", "half.json")
    assert refuted.returncode == 1
    assert refuted.stderr.startswith(
        "whp: not linear attention: the relative squared error on sequences of 20"
    )
    assert "decays such as 0.5 are neither near 0 nor near 1" in refuted.stderr
    other = whp("verify", "attention", "network.json", "--of", "other.json")
    assert other.returncode == 2


WRONG = [
    ("{", "no JSON"),
    ("7", "an object with matrices is expected"),
    ('{"query": [[1]]}', "`key` is missing; query, key, value are expected"),
    ('{"query": [[1]], "key": [[1, 2]], "value": [[1]]}', "`key` is 1 x 2; 1 x 1 is expected"),
    ('{"query": [["x"]], "key": [[1]], "value": [[1]]}', "`query` is no array of numbers"),
    ('{"query": [[1], [1, 2]], "key": [[1]], "value": [[1]]}', "`query` is no array of numbers"),
    ('{"query": [[1e999]], "key": [[1]], "value": [[1]]}', "`query` has an entry that is no finite number"),
    ('{"decay": [1]}', "`input_a` is missing"),
    (
        '{"query": [[1]], "key": [[1]], "value": [[1]], "inputs": [[1, 2]]}',
        "`inputs` are 1 x 2; T x 1 is expected",
    ),
]


@pytest.mark.parametrize(("text", "sentence"), WRONG)
def test_wrong_files_are_told_in_a_line(whp, tmp_path, text, sentence):
    (tmp_path / "wrong.json").write_text(text)
    wrong = whp("run", "attention", "wrong.json")
    assert wrong.returncode == 2
    assert sentence in wrong.stderr
    assert wrong.stderr.startswith("whp: wrong.json: ")
    assert len(wrong.stderr.splitlines()) == 1


def test_wrong_usage_is_told_in_a_line(whp, tmp_path):
    (tmp_path / "weights.json").write_text('{"query": [[1]], "key": [[1]], "value": [[1]]}')
    for arguments, sentence in (
        (("run", "attention", "none.json"), "none.json: No such file"),
        (("verify", "attention", "weights.json"), "`decay` is missing"),
        (("run", "attention", "weights.json", "--compact", "--train", "2"), "give one"),
    ):
        wrong = whp(*arguments)
        assert wrong.returncode == 2
        assert sentence in wrong.stderr
        assert len(wrong.stderr.splitlines()) == 1


def test_faults_say_what_annotations_cannot():
    assert list(attention.faults("attend", {**EMPTY, "query": np.zeros((0, 2))})) == [
        ("query", "has k = 0; at least 1 is expected")
    ]
    empty = Network(*(np.zeros(shape) for shape in ((0,), (0, 2), (0, 2), (1, 0), (1, 0), (1, 1))))
    assert [path for path, _ in attention.faults("run", {"network": empty, "inputs": np.zeros((1, 1))})] == [
        "network"
    ]
    assert not list(attention.faults("attend", TURNED))
