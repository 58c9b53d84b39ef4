"""The reference of evolution strategies with past descent directions: by hand, and by exact laws."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from scipy import special, stats

from whp.reference import evolution
from whp.reference.evolution import (
    Name,
    advance,
    ask,
    begin,
    cosine_squared,
    descend,
    directions,
    estimate,
    gaussian,
    guided,
    known,
    of_step,
    pairs,
    plain,
    span,
    tell,
)
from whp.statistical import tasks
from whp.statistical.exact import projections

SURPRISE = 1e-6  # a distance this improbable under the stated law says that the law is wrong
NONE = np.empty((0, 4))


def seeds(*key, count):
    return [int(seed) for seed in np.random.SeedSequence([1910, *key]).generate_state(count, np.uint64)]


def random(*key):
    return np.random.default_rng(np.random.SeedSequence([1910, *key]))


# Operations, by hand


def test_an_estimate_of_two_pairs_by_hand():
    # Slopes (5 - 1)/(2 * 0.5) = 4 along (0.6, 0.8) and (2 - 8)/(2 * 0.5) = -6 along (-0.8, 0.6).
    point, rows = np.array([1.0, 2.0]), np.array([[0.6, 0.8], [-0.8, 0.6]])
    points = np.array([point + rows[0] / 2, point - rows[1] / 2, point - rows[0] / 2, point + rows[1] / 2])
    found = tell(point, points, np.array([5.0, 8.0, 1.0, 2.0]), 0.5).gradient
    assert found == pytest.approx([4 * 0.6 + 6 * 0.8, 4 * 0.8 - 6 * 0.6], abs=1e-12)


def test_one_direction_of_one_variable_is_the_whole_gradient():
    points = ask(np.array([3.0]), np.empty((0, 1)), 1, 0.5, 1).points
    assert sorted(points[:, 0].tolist()) == [2.5, 3.5]
    assert tell(np.array([3.0]), points, points[:, 0] ** 2, 0.5).gradient == pytest.approx([6.0])


def test_surrogates_are_the_first_directions():
    rows = directions(4, np.array([[0.0, 3, 0, 4], [0, 0, 0, 0], [0, -6, 0, -8]]), 2, 1)
    assert len(rows) == 3
    assert np.abs(rows[0]) == pytest.approx([0, 0.6, 0, 0.8])
    assert rows @ rows.T == pytest.approx(np.eye(3), abs=1e-14)


@pytest.mark.parametrize(
    ("rows", "rank"),
    [
        ([], 0),
        ([[0, 0, 0, 0]], 0),
        ([[1e-6, 0, 0, 0], [0, 1e6, 0, 0]], 2),
        ([[1, 2, 3, 4], [-2, -4, -6, -8]], 1),
        ([[1, 0, 0, 0], [1, 1e-5, 0, 0]], 2),
        ([[1, 0, 0, 0], [1, 1e-13, 0, 0]], 1),
        (np.arange(24.0).reshape(6, 4), 2),
        (np.vstack([np.eye(4), np.ones((3, 4))]), 4),
        ([[1e-200, 0, 0, 0], [1e200, 1e200, 0, 0]], 2),
    ],
)
def test_rank_is_that_of_directions_alone(rows, rank):
    basis = span(np.reshape(np.array(rows, float), (-1, 4)))
    assert basis.shape == (rank, 4)
    assert basis @ basis.T == pytest.approx(np.eye(rank), abs=1e-12)


@pytest.mark.parametrize("n", [1, 2, 5, 40])
def test_no_dimension_may_be_left_and_rows_stay_orthogonal_to_surrogates(n):
    for seed in seeds(1, n, count=20):
        known_rows = random(1, seed).standard_normal((n // 2, n))
        rows = directions(n, known_rows, n - n // 2, seed)
        assert np.abs(rows @ rows.T - np.eye(n)).max() < 1e-13
    with pytest.raises(ValueError, match=rf"0 \+ {n + 1} directions; from 1 to n = {n} are possible"):
        directions(n, np.empty((0, n)), n + 1, 1)


def test_points_are_paired_in_any_order_and_nothing_else_is_taken_for_pairs():
    point = random(3).standard_normal(7) * 100
    points = ask(point, np.ones((1, 7)), 4, 1e-3, 5).points
    order = random(4).permutation(10)
    first, second = pairs(point, points[order])
    assert points[order][first] + points[order][second] == pytest.approx(np.tile(2 * point, (5, 1)))
    assert sorted([*first.tolist(), *second.tolist()]) == list(range(10))
    with pytest.raises(ValueError, match="don't lie in pairs"):
        pairs(point, points[:-1])


def quadratic(n, key):
    bend = random(5, key).standard_normal((n, n))
    bend, slope = bend + bend.T, random(6, key).standard_normal(n)
    return (
        lambda points: 2 + points @ slope + ((points @ bend) * points).sum(axis=-1) / 2,
        lambda x: slope + bend @ x,
    )


def test_estimates_of_quadratics_are_projections_and_never_worse_than_any_surrogate():
    for seed in seeds(7, count=50):
        function, gradient = quadratic(12, seed)
        point, surrogates = random(8, seed).standard_normal(12), random(9, seed).standard_normal((2, 12))
        found = estimate(function, point, surrogates, 3, 0.7, seed)
        right = gradient(point)
        basis = span(surrogates)
        assert found @ found == pytest.approx(found @ right, rel=1e-10)
        assert basis @ found == pytest.approx(basis @ right, abs=1e-11)
        best = np.sum((basis @ right) ** 2) / (right @ right)
        assert cosine_squared(found, right) >= best


def test_bias_on_a_cubic_is_that_of_the_third_derivative():
    # f = x^3 at 2, sigma 3: (5^3 - (-1)^3) / 6 = 21 = 12 + 3^2.
    found = estimate(lambda points: points[:, 0] ** 3, np.array([2.0]), np.empty((0, 1)), 1, 3.0, 1)
    assert found == pytest.approx([21.0])


def test_an_even_function_has_exactly_no_gradient():
    found = estimate(lambda points: (points**2).sum(axis=1), np.zeros(9), np.ones((1, 9)), 4, 0.3, 1)
    assert not found.any()


# Iterations


def test_an_iteration_asks_about_its_last_estimate_and_costs_the_same_at_each_step():
    slope = random(10).standard_normal(9)
    begun = begin(np.ones(9), 3, 0.5, 4)
    state, points, gradient, before = begun.state, begun.points, None, 0.0
    for _ in range(20):
        assert points.shape == (8, 9)
        if gradient is not None:
            rows = (points[:4] - points[4:]) / 1.0
            unit = gradient / np.linalg.norm(gradient)
            assert np.linalg.norm(rows @ unit) == pytest.approx(1.0)
        after = advance(state, points @ slope)
        state, points, gradient = after.state, after.points, after.gradient
        quality = cosine_squared(gradient, slope)
        assert quality >= before - 1e-13
        before = quality
    assert before > 0.999  # 1 - cos^2 has shrunk by (1 - 3/8)^20 on average


def test_an_iteration_goes_on_after_a_flat_step():
    begun = begin(np.zeros(5), 2, 1.0, 3)
    flat = advance(begun.state, np.ones(6))
    assert not flat.gradient.any()
    assert flat.points.shape == (6, 5)
    assert not np.array_equal(flat.points, begun.points)


def test_steps_have_seeds_of_their_own():
    made = {of_step(seed, step) for seed in range(20) for step in range(20)}
    assert len(made) == 400


# Laws


def distance(values, law):
    ordered, n = np.sort(values), len(values)
    claimed = law(ordered)
    return max((np.arange(1, n + 1) / n - claimed).max(), (claimed - np.arange(n) / n).max())


def reach(n):
    return math.sqrt(math.log(2 / SURPRISE) / (2 * n))


def cosines(method, gradient, count=2000, key=0):
    return np.array([cosine_squared(method(seed), gradient) for seed in seeds(11, key, count=count)])


def linear(gradient):
    return lambda points: 1 + points @ gradient


@pytest.mark.parametrize("along", [0, 1])
def test_estimates_and_their_competitors_have_their_exact_laws(along):
    n, count = 12, 4
    gradient = np.eye(n)[0] if along else np.ones(n)
    function, center = linear(gradient), np.zeros(n)
    surrogate = np.sqrt(0.3) * gradient / np.linalg.norm(gradient)
    other = np.roll(np.eye(n)[0], 3) - gradient * gradient[3] / (gradient @ gradient)
    surrogate += np.sqrt(0.7) * other / np.linalg.norm(other)
    row = surrogate[None]
    ours = cosines(lambda seed: estimate(function, center, row, count, 1.0, seed), gradient, key=1)
    bare = cosines(lambda seed: plain(function, center, count, 1.0, seed), gradient, key=2)
    normal = cosines(lambda seed: gaussian(function, center, count, 1.0, seed), gradient, key=3)
    assert distance(ours, lambda x: special.betainc(2, 3.5, np.clip((x - 0.3) / 0.7, 0, 1))) < reach(2000)
    assert distance(bare, lambda x: special.betainc(2, 4, x)) < reach(2000)
    assert distance(normal, lambda x: special.betainc(2, 5.5, x)) < reach(2000)


def test_guided_estimates_have_the_expectation_of_their_covariance_and_may_be_worse_than_the_surrogate():
    n, count, trust = 10, 3, 0.5
    gradient = np.arange(1.0, n + 1)
    surrogate = gradient + 3 * np.eye(n)[0]
    function, center = linear(gradient), np.zeros(n)
    drawn = seeds(12, count=4000)
    made = [guided(function, center, surrogate[None], count, 0.5, seed) for seed in drawn]
    basis = span(surrogate[None])
    right = (1 - trust) / n * gradient + trust * (basis @ gradient) @ basis
    deviation = np.std(made, axis=0) / math.sqrt(len(made))
    assert (np.abs(np.mean(made, axis=0) - right) < 6 * deviation).all()
    worse = [cosine_squared(one, gradient) < cosine_squared(surrogate, gradient) for one in made]
    assert np.mean(worse) > 0.5


def test_moments_are_those_computed_by_hand():
    # n = 3, P = 1: Beta(1/2, 1): mean 1/3, variance (1/2)(1)/((3/2)^2 (5/2)) = 4/45.
    assert projections.beta_moments(3, 1) == pytest.approx((1 / 3, 4 / 45))
    # One step from cos^2 of mean 1/n: E = 1 - (1 - 1/n)(1 - P/(n - 1))^(T + 1).
    assert projections.iterated_mean(5, 2, 0) == pytest.approx(3 / 5)  # three of five dimensions
    assert projections.iterated_mean(20, 2, 12) == pytest.approx(1 - 19 / 20 * (17 / 19) ** 13)
    # A gradient that doesn't turn is the linear function's.
    assert projections.turning(20, 2, 1.0, 12)[0] == pytest.approx(projections.iterated_mean(20, 2, 12))
    # One that forgets all is seen with one uniform direction, orthogonal to the last gradient, and two more.
    mean, _ = projections.turning(50, 5, 0.9, 400)
    q, b = 5 / 49, (1 - 0.81) / 49
    assert mean == pytest.approx((q + (1 - q) * b) / (1 - (1 - q) * (0.81 - b)))


def test_the_law_of_iterations_has_the_moments_of_its_product():
    n, steps = 20, 12
    x = np.linspace(0, 1, 100_001)
    above = 1 - projections.iterated(n, steps)(x)
    mean, square = np.trapezoid(above, x), np.trapezoid(2 * x * above, x)
    assert mean == pytest.approx(projections.iterated_mean(n, 2, steps), abs=1e-5)
    a, b = n - 3, n - 3
    left = b * (b + 2) / (n * (n + 2)) * (a * (a + 2) / ((n - 1) * (n + 1))) ** steps
    assert 1 - 2 * mean + square == pytest.approx(left, abs=1e-5)
    drawn = random(13)
    lost = drawn.beta((n - 3) / 2, 3 / 2, 4000)
    for _ in range(steps):
        lost *= drawn.beta((n - 3) / 2, 1, 4000)
    assert distance(1 - lost, projections.iterated(n, steps)) < reach(4000)


def test_the_variance_of_a_turning_gradient_is_that_of_simulated_products():
    n, count, kept, steps = 20, 3, 0.8, 6
    drawn, runs = random(14), 20_000
    quality = drawn.beta((count + 1) / 2, (n - count - 1) / 2, runs)
    for _ in range(steps):
        part = stats.beta(0.5, (n - 2) / 2).rvs(runs, random_state=drawn)
        sign = drawn.choice([-1.0, 1.0], runs)
        along = kept * np.sqrt(quality) + sign * np.sqrt((1 - kept**2) * (1 - quality) * part)
        quality = along**2 + (1 - along**2) * drawn.beta(count / 2, (n - 1 - count) / 2, runs)
    mean, variance = projections.turning(n, count, kept, steps)
    assert abs(quality.mean() - mean) < 6 * math.sqrt(variance / runs)
    assert quality.var() == pytest.approx(variance, rel=0.08)


def test_two_vectors_of_signs_by_looking_at_all():
    signs = np.array(np.meshgrid(*[[1.0, -1.0]] * 6)).reshape(6, -1).T
    seen = {}
    for one in signs[:, :3]:
        for other in signs[:, 3:]:
            rows = np.array([one, other])
            value = round(float((np.linalg.pinv(rows) @ rows)[0, 0]), 9)  # <e_0, projection of e_0>
            seen[value] = seen.get(value, 0) + 1 / len(signs) ** 2
    law = projections.two_signs(3)
    assert {round(value, 9): pytest.approx(chance) for value, chance in law.items()} == seen


# The optimiser, and what it descends on


@pytest.mark.parametrize("name", list(Name))
def test_gradients_are_those_of_the_functions(name):
    chosen = known(name, 6)
    point = random(15).standard_normal(6)
    steps = 1e-5 * np.eye(6)
    slopes = (chosen.function(point + steps) - chosen.function(point - steps)) / 2e-5
    assert slopes == pytest.approx(chosen.gradient(point), rel=1e-6, abs=1e-6)


def test_past_directions_descend_faster_at_equal_cost():
    chosen, ends = known(Name.ellipsoid, 60), {}
    for past in (True, False):
        evaluations = 0

        def counted(points):
            nonlocal evaluations
            evaluations += len(points)
            return chosen.function(points)

        for _, step in zip(range(60), descend(counted, chosen.start, 4, 1e-3, 0.5, 7, past), strict=False):
            ends[past] = float(chosen.function(step.point))
        assert evaluations == 60 * 10
    assert ends[True] < ends[False] / 2


def test_tasks_have_the_sizes_they_say_and_respond():
    pytest.importorskip("sklearn")
    assert tasks.WEIGHTS == 910
    weights = np.stack([tasks.first_weights(seed) for seed in (1, 2)])
    losses = tasks.digits_loss(weights)
    assert losses.shape == (2,)
    assert tasks.digits_loss(0 * weights) == pytest.approx([math.log(10)] * 2)


def test_a_pendulum_without_a_policy_swings_and_is_braked_by_a_good_one():
    starts, idle = np.array([[0.5], [0.0]]), np.zeros(tasks.POLICY)
    # From 0.5 a pendulum at rest swings between +-0.5: the mean of 1 - cos is near 0.5^2 / 4.
    assert tasks.swing_cost(idle[None], starts) == pytest.approx([0.5**2 / 4], rel=0.2)
    brake = idle.copy()
    brake[1], brake[3 * tasks.UNITS] = 1.0, -1.0  # one unit sees the speed, and its torque is against it
    assert tasks.swing_cost(np.stack([idle, brake]), tasks.swings(1))[1] < tasks.swing_cost(
        idle[None], tasks.swings(1)
    )


# Bad input, and the command line


def test_what_is_outside_the_domain_is_told():
    def faults(operation, **arguments):
        return list(evolution.faults(operation, arguments))

    one = np.array([[1.0, 0, 0]])
    assert faults("directions", n=3, surrogates=one, count=3, seed=0) == [
        ("count", "is 3; from 0 to n - 1 = 2 are possible")
    ]
    assert faults("ask", point=np.zeros(3), surrogates=0 * one, count=0, sigma=1.0, seed=0) == [
        ("count", "is 0; from 1 to n - 0 = 3 are possible")
    ]
    assert faults("begin", point=np.zeros(3), count=3, sigma=1.0, seed=0) == [
        ("count", "is 3; from 0 to n - 1 = 2 are possible")
    ]
    assert faults("tell", sigma=0.0)[0][0] == "sigma"
    assert faults("ask", point=np.zeros(3), surrogates=one, count=2, sigma=1.0, seed=0) == []


def recorded(**changes):
    point, surrogate = [1.0, 2.0, 3.0, 0.0], [0.0, 1.0, 1.0, 0.0]
    points = ask(np.array(point), np.array([surrogate]), 1, 0.25, 1).points
    values = (points**2).sum(axis=1) / 2
    gradient = tell(np.array(point), points, values, 0.25).gradient
    kept = {"point": point, "points": points, "values": values, "sigma": 0.25, "surrogates": [surrogate]}
    kept["gradient"] = gradient
    kept |= {name: make(kept) for name, make in changes.items()}
    return {name: np.asarray(value).tolist() for name, value in kept.items()}


WRONG = [
    ({"gradient": lambda kept: -kept["gradient"]}, "the sign is wrong"),
    ({"gradient": lambda kept: 2 * kept["gradient"]}, "divided by sigma, not by 2 sigma"),
    ({"gradient": lambda kept: kept["gradient"] / 4}, "the mean over points was taken"),
    ({"gradient": lambda kept: kept["gradient"] / np.linalg.norm(kept["gradient"])}, "scaled to length 1"),
    ({"gradient": lambda kept: kept["gradient"] + np.eye(4)[0]}, "the estimate is the sum over pairs"),
    ({"points": lambda kept: kept["points"][::-1] * 1.001}, "no other point lies opposite"),
    ({"sigma": lambda kept: 0.5}, "it must be 1"),  # noqa: ARG005
    ({"surrogates": lambda kept: [[1.0, 0, 0, 0]]}, "of surrogate 0 lies outside"),  # noqa: ARG005
]
UNREADABLE = [
    ("{", "no JSON"),
    ("[1]", "an object with point, points, values, sigma and gradient is expected"),
    ('{"point": [1]}', "there is no 'points'"),
    ('{"point": [1], "points": [[1, 2]], "values": [1], "sigma": 1, "gradient": [1]}', "$.points is 1 x 2"),
    ('{"point": [1], "points": [], "values": [], "sigma": 1, "gradient": [1]}', "$.points is empty"),
    ('{"point": [1], "points": [[2], [0]], "values": [1, 1], "sigma": 0, "gradient": [0]}', "$.sigma is 0"),
    (
        '{"point": [1e9], "points": [[2], [0]], "values": [1, 1], "sigma": 1e-9, "gradient": [0]}',
        "sigma = 1e-09 is too small beside the point",
    ),
]


def test_a_recorded_step_is_verified_and_its_fault_is_named(whp, tmp_path):
    (tmp_path / "step.json").write_text(json.dumps(recorded()))
    right = whp("verify", "evolution", "step.json")
    assert right.returncode == 0
    assert "right: along each of 2 orthonormal directions, in whose span the surrogate lies" in right.stdout


@pytest.mark.parametrize(("changes", "sentence"), WRONG)
def test_a_wrong_step_is_refuted(changes, sentence, tmp_path):
    from whp.checks import Refuted
    from whp.properties.evolution import verify_command

    file = tmp_path / "step.json"
    file.write_text(json.dumps(recorded(**changes)))
    with pytest.raises(Refuted, match=sentence):
        verify_command(file)


@pytest.mark.parametrize(("text", "sentence"), UNREADABLE)
def test_what_is_no_record_is_told_in_a_line(text, sentence, tmp_path):
    from whp.properties.evolution import verify_command

    file = tmp_path / "step.json"
    file.write_text(text)
    with pytest.raises(ValueError, match=r"step\.json: ") as caught:
        verify_command(file)
    assert sentence in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_descent_and_errors_on_the_command_line(whp, tmp_path):
    made = whp("run", "evolution", "--n", 30, "--count", 4, "--steps", 21, "--seed", 3)
    assert made.returncode == 0
    told = json.loads(made.stdout)
    assert told["evaluations_a_step"] == 10
    assert [row["step"] for row in told["past"]] == list(range(0, 21, 2))
    assert told["past"][-1]["value"] < told["plain"][-1]["value"]
    (tmp_path / "step.json").write_text(json.dumps(recorded(gradient=lambda kept: -kept["gradient"])))
    for arguments, status, sentence in (
        (("verify", "evolution", "step.json"), 1, "the sign is wrong"),
        (("verify", "evolution", "none.json"), 2, "none.json"),
        (("run", "evolution", "--n", 5, "--count", 5), 2, "--count 5: with one more there are at most n = 5"),
        (("run", "evolution", "--n", 1, "--count", 0, "--function", "rosenbrock"), 2, "at least 2 variables"),
        (("run", "evolution", "--rate", 1e3), 2, "a smaller --rate"),
    ):
        wrong = whp(*arguments)
        assert wrong.returncode == status
        assert sentence in wrong.stderr
        assert len(wrong.stderr.splitlines()) == 1
