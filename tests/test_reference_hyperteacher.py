"""The reference of hyperteacher: by hand, in closed form, by enumeration, and in the hands of a user."""

from __future__ import annotations

import importlib.util
import json
import math
import re
from itertools import combinations, product

import numpy as np
import pytest

from whp import contract
from whp.checks import Refuted
from whp.properties.hyperteacher import verify_command
from whp.reference.hyperteacher import (
    adapt,
    apply,
    faults,
    fit,
    generate,
    identification,
    run_command,
    sample_codes,
    support,
    supports,
)
from whp.reference.hyperteacher.files import Read, read_support
from whp.reference.hyperteacher.network import relative_loss, samplewise_loss
from whp.reference.hyperteacher.recovery import (
    alignment_by_module,
    alignment_of_weights,
    counterexample,
    decoding,
    exchanged_units,
)
from whp.reference.hyperteacher.supports import components, dependent, rank, vectors
from whp.reference.hyperteacher.tasks import (
    hold_out,
    masks_up_to,
    mean_of_entries,
    soft_targets,
    split,
)
from whp.reference.hyperteacher.trying import normalised, unseen_of

TORCH = pytest.mark.skipif(importlib.util.find_spec("torch") is None, reason="torch is not installed")


def stream(*key):
    return np.random.default_rng(np.random.SeedSequence([2312, *key]))


def teacher(count=4, n=5, h=3, o=3, key=0):
    random = stream(*np.atleast_1d(key).tolist())
    return random.standard_normal((count, n, h)), random.standard_normal((h, o)), random


def said(masks, count, continuous=False):
    found = support(masks, count, continuous)
    return found.rank, found.components, found.compositional, found.connected


def runs(count, length):
    return [[(m + i) % count for i in range(length)] for m in range(count)]


def singles(count):
    return [[m] for m in range(count)]


# The network


def test_a_teacher_of_one_unit_by_hand():
    modules, readout = np.array([[[1.0]], [[2.0]]]), np.ones((1, 1))
    code = np.ones(2) / math.sqrt(2)
    outputs = apply(modules, readout, code, np.array([[1.0], [-1.0]]))
    assert np.allclose(outputs, [[3 / math.sqrt(2)], [0]], rtol=1e-15)
    assert generate(modules, code).item() == pytest.approx(3 / math.sqrt(2), rel=1e-15)


def test_a_teacher_of_two_inputs_by_hand():
    modules = np.array([[[1.0, 0], [0, -1]], [[0.0, 1], [1, 0]]])
    readout = np.array([[2.0], [3.0]])
    # W(2, 1) = [[2, 1], [1, -2]]; x = (3, 1): (7, 1) / sqrt 2, so 14 + 3; x = (-1, 1): (-1, -3), so 0
    outputs = apply(modules, readout, np.array([2.0, 1.0]), np.array([[3.0, 1.0], [-1.0, 1.0]]))
    assert np.allclose(outputs, [[17 / math.sqrt(2)], [0]], rtol=1e-15)


def test_losses_by_hand():
    got, wanted = np.array([[1.0, 2.0], [3.0, 0.0]]), np.array([[1.0, 0.0], [0.0, 4.0]])
    assert relative_loss(got, wanted) == pytest.approx((4 + 9 + 16) / 2 / 17)
    assert samplewise_loss(got, wanted) == pytest.approx((4 / 1 + 25 / 16) / 4)
    assert relative_loss(wanted, wanted) == samplewise_loss(wanted, wanted) == 0
    assert relative_loss(3 * got, 3 * wanted) == pytest.approx(relative_loss(got, wanted))
    assert samplewise_loss(3 * got, 3 * wanted) == pytest.approx(samplewise_loss(got, wanted))


def test_the_variance_of_hidden_units_is_that_of_the_code():
    random = stream(1)
    code = np.array([0.6, 0.8, 1.0])
    modules = random.standard_normal((3, 16, 20000))
    inputs = random.uniform(-math.sqrt(3), math.sqrt(3), (50, 16))
    units = inputs @ generate(modules, code) / 4
    assert np.mean(units**2) == pytest.approx(2.0, rel=0.2)  # |z|^2, times the mean of |x|^2 / n over 50


# Supports


@pytest.mark.parametrize(
    ("masks", "continuous", "discrete"),
    [
        (singles(6), (6, 6), (6, 6)),
        (runs(6, 2), (6, 1), (5, 1)),
        ([*singles(6), *runs(6, 2)], (6, 1), (6, 1)),
        ([*singles(6), [0, 1], [1, 2], [2, 0], [3, 4], [4, 5], [5, 3]], (6, 2), (6, 2)),
        ([[0, 1, 2], [3, 4, 5]], (6, 2), (2, 2)),
        ([*singles(6), [0, 1, 2], [2, 3, 4], [4, 5, 0]], (6, 1), (6, 1)),
        (runs(6, 3), (6, 1), (4, 1)),
        ([list(range(6))], (6, 1), (1, 1)),
        ([*singles(6), list(range(6))], (6, 1), (6, 1)),
    ],
)
def test_supports_of_the_papers_sweeps(masks, continuous, discrete):
    for kind, (dimension, parts) in ((True, continuous), (False, discrete)):
        assert said(masks, 6, kind) == (dimension, parts, dimension == 6, parts == 1)


@pytest.mark.parametrize("count", range(3, 10))
def test_ranks_of_circulants(count):
    for length in range(1, count):
        known = count - math.gcd(length, count) + 1
        assert support(runs(count, length), count, False).rank == known
        if known == count:  # as many vectors as dimensions: each is a part of its own
            assert support(runs(count, length), count, False).components == count


@pytest.mark.parametrize(("count", "known"), [(2, (1, 1)), (3, (11, 35)), (4, (488, 3003))])
def test_how_many_smallest_supports_identify_modules(count, known):
    everything = [list(mask) for mask in masks_up_to(count, count)]
    smallest = list(combinations(everything, count + 1))
    good = [each for each in smallest if said(list(each), count)[2:] == (True, True)]
    assert (len(good), len(smallest)) == known
    none = [each for each in combinations(everything, count) if said(list(each), count)[2:] == (True, True)]
    assert not none
    if count == 3:
        assert [[0], [1], [2], [0, 1, 2]] in map(list, good)
        assert [[0, 1], [0, 2], [1, 2], [0, 1, 2]] in map(list, good)


@pytest.mark.parametrize(
    ("count", "fraction", "known"),
    [(4, 0.25, (6, 6)), (4, 0.5, (16, 20)),
     pytest.param(6, 0.5, (6165, 6435), marks=pytest.mark.slow),
     pytest.param(6, 0.7, (1296, 3003), marks=pytest.mark.slow)],
)  # fmt: skip
def test_how_many_random_splits_of_pairs_identify_modules(count, fraction, known):
    pairs = list(combinations(range(count), 2))
    held = math.floor(len(pairs) * fraction)
    good = sum(
        said([*singles(count), *(list(pair) for pair in pairs if pair not in out)], count)[2:] == (True, True)
        for out in combinations(pairs, held)
    )
    assert (good, math.comb(len(pairs), held)) == known


def test_components_are_named_by_their_masks():
    assert components([[0], [2], [0, 1], [1]], 3, False) == [[0, 2, 3], [1]]
    assert components([[0, 1], [2], [1, 3]], 4, True) == [[0, 2], [1]]
    assert components([], 2, False) == components([], 2, True) == []
    assert said([], 0) == (0, 0, True, False)


def test_maps_of_code_space_and_scales_of_codes_change_no_support(monkeypatch):
    random, changed = stream(25), 0
    everything = masks_up_to(4, 4)
    for turn in range(60):
        masks = [list(everything[i]) for i in random.choice(len(everything), random.integers(1, 8))]
        plain, rows = support(masks, 4, False), np.array(vectors(masks, 4))
        scales = random.choice([-3, -2, -1, 1, 2, 5], (len(masks), 1))
        mix = random.integers(-3, 4, (4, 4))
        if turn % 3 == 0:
            mix[:, 3] = mix[:, 0]  # not invertible
        other = (rows @ mix * scales).tolist()
        with monkeypatch.context() as patched:
            patched.setattr(supports, "vectors", lambda *_, other=other: other)
            if round(np.linalg.det(mix)):
                assert support(masks, 4, False) == plain
            else:
                changed += support(masks, 4, False) != plain
    assert changed


def test_a_missing_direction_is_told():
    assert dependent(runs(4, 2), 4, False) == "- z0 + z1 - z2 + z3"
    assert dependent([[0, 1], [2]], 4, True) == "z3"
    assert dependent([[0, 1, 2], [0]], 3, False) in ("- z1 + z2", "z1 - z2")
    assert rank(vectors([[0, 1], [1, 2], [0, 2]], 3)) == 3


# Codes and tasks


def test_means_of_continuous_codes():
    known = [0.701826, 0.649087, 0.616971, 0.595757, None, 0.569859, None, 0.554819]
    for k, value in enumerate(known, start=1):
        if value:
            assert mean_of_entries(k) == pytest.approx(value, abs=1e-6)
    codes = sample_codes([[1, 4]], 20000, 5, True, 3)
    assert codes[:, [0, 2, 3]].any() == 0
    assert codes[:, [1, 4]].mean() == pytest.approx(0.649087, abs=5 * 0.0995 / math.sqrt(20000))


def test_codes_have_the_stated_form():
    codes = sample_codes([[0], [1, 2, 2], [0, 1, 2, 3]], 200, 4, False, 0)
    assert set(map(tuple, codes.round(12).tolist())) == {
        (1, 0, 0, 0),
        (0, round(math.sqrt(0.5), 12), round(math.sqrt(0.5), 12), 0),
        (0.5, 0.5, 0.5, 0.5),
    }
    assert sample_codes([[0]], 0, 2, True, 0).shape == (0, 2)


@pytest.mark.parametrize(
    ("modules", "layers", "known"),
    [
        (8, 2, [(972, 324), (1008, 288), (576, 698), (104, 698)]),
        (8, 1, [(27, 9), (28, 8), (24, 10), (20, 10)]),
        (6, 2, [(331, 110), (315, 126), (324, 117), (36, 117)]),
        (4, 2, [(75, 25), (60, 40)]),
    ],
)
def test_splits_of_tasks_have_the_papers_sizes(modules, layers, known):
    kinds = ("random", "non_compositional", "connected", "disconnected")
    for kind, sizes in zip(kinds, known, strict=False):
        found = split(kind, modules, 2, layers)
        assert (len(found.seen), len(found.unseen)) == sizes
        assert not set(found.seen) & set(found.unseen)
    both = set(split("connected", modules, 2, layers).seen) & set(
        split("disconnected", modules, 2, layers).seen
    )
    assert len(both) == {(8, 2): 82, (8, 1): 18, (6, 2): 36}.get((modules, layers), len(both))


@pytest.mark.parametrize("kind", ["random", "non_compositional", "dense", "diagonal"])
def test_splits_part_all_tasks(kind):
    found = split(kind, 4, 3, 2)
    everything = list(product(masks_up_to(4, 4 if kind == "dense" else 3), repeat=2))
    assert sorted([*found.seen, *found.unseen]) == sorted(everything)
    assert found.seen
    with pytest.raises(ValueError, match="no tasks of kind 'odd'; there are: random"):
        split("odd", 4, 2)


def test_masks_are_held_out_of_the_largest():
    seen, unseen = hold_out(6, 2, 0.5, 1)
    assert (len(seen), len(unseen)) == (6 + 8, 7)
    assert {len(mask) for mask in unseen} == {2}
    assert hold_out(6, 2, 0.5, 1) == (seen, unseen)
    assert hold_out(6, 2, 0.5, 2) != (seen, unseen)


def test_soft_targets_by_hand():
    fixed = np.array([[0.0, 10.0], [2.0, 30.0]])  # means 1, 20; standard deviations of the population 1, 10
    targets = soft_targets(np.array([[1.1, 20.0]]), fixed)
    assert np.allclose(targets, [[math.e / (1 + math.e), 1 / (1 + math.e)]], rtol=1e-12)
    moved = soft_targets(np.array([[5 * 1.1 + 3, 20.0]]), fixed * [5, 1] + [3, 0])
    assert np.allclose(moved, targets, rtol=1e-12)
    assert (targets > 0).all()
    assert targets.sum(axis=1) == pytest.approx(1)


# Recovery


def test_identification_by_hand():
    modules = np.array([[[3.0, 0.0]], [[4.0, 1.0]]])  # units (3, 4) and (0, 1)
    other = np.array([[[0.0, 1.0]], [[2.0, 0.0]]])  # units (0, 2) and (1, 0)
    codes = np.eye(2)
    assert identification(modules, codes, modules, codes) == 1
    assert identification(modules, codes, other, codes) == pytest.approx((0.6 + 1) / 2)
    assert identification(modules, codes, other[:, :, :1], codes) == pytest.approx(1 / 2)
    assert identification(modules, codes, 0 * other, codes) == 0
    assert identification(modules, codes, np.zeros((2, 1, 0)), codes) == 0


def test_everything_that_no_data_tells_apart_is_identified():
    modules, _, random = teacher(key=2)
    codes = normalised([*singles(4), *runs(4, 2)], 4)
    mix = random.standard_normal((4, 4))
    order, scales = random.permutation(3), random.uniform(0.5, 2, 3)
    student = (np.tensordot(mix.T, modules, axes=1) * scales)[:, :, order]
    own = codes @ np.linalg.inv(mix).T
    assert identification(modules, codes, student, own) == pytest.approx(1, abs=1e-10)
    first = alignment_by_module(modules, codes, student, own)
    assert np.allclose(first, 1, atol=1e-10)
    average, most = alignment_of_weights(modules, codes, student, own)
    assert average == pytest.approx(1, abs=1e-10)
    assert most == pytest.approx(1, abs=1e-10)
    student[:, :, 1] *= -1
    assert identification(modules, codes, student, own) < 0.5


def test_alignments_are_cosines_that_scales_of_units_leave_alone():
    for key in range(20):
        modules, _, random = teacher(key=(21, key))
        codes, own = random.standard_normal((6, 4)), random.standard_normal((6, 5))
        student = random.standard_normal((5, 5, 4))
        first, second = (
            (alignment_by_module(modules, codes, each, own), *alignment_of_weights(modules, codes, each, own))
            for each in (student, student * random.uniform(0.1, 10, 4))
        )
        assert (np.abs(first[0]) <= 1 + 1e-12).all()
        assert -1 <= first[1] <= first[2] <= 1 + 1e-12
        assert np.allclose(second[0], first[0], rtol=1e-9)
        assert second[1:] == pytest.approx(first[1:], rel=1e-9)


def test_a_copy_for_each_component_solves_its_tasks_and_no_other():
    modules, readout, random = teacher(6, 5, 3, 3, key=3)
    modules /= np.sqrt((modules**2).sum(axis=1, keepdims=True))  # each module's part of a unit has length 1
    masks = [*singles(6), [0, 1], [1, 2], [2, 0], [3, 4], [4, 5], [5, 3]]
    student = counterexample(modules, readout, masks, False)
    codes, inputs = normalised(masks, 6), random.uniform(-2, 2, (100, 5))
    for code in codes:
        assert np.allclose(apply(*student, code, inputs), apply(modules, readout, code, inputs), atol=1e-12)
    for mixed in ([0, 3], list(range(6))):
        code = normalised([mixed], 6)[0]
        assert relative_loss(apply(*student, code, inputs), apply(modules, readout, code, inputs)) > 5e-3
    assert np.allclose(alignment_by_module(modules, codes, student[0], codes), 1, atol=1e-10)
    assert identification(modules, codes, student[0], codes) == pytest.approx(math.sqrt(1 / 2), abs=1e-10)
    average, most = alignment_of_weights(modules, codes, student[0], codes)
    assert average < most - 1e-3
    assert most == pytest.approx(1, abs=1e-10)


def test_exchanged_units_solve_their_tasks_with_one_output():
    modules, readout, random = teacher(4, 5, 3, 1, key=4)
    readout = np.abs(readout)
    student = exchanged_units(modules, readout, [0, 1], (0, 2))
    inputs = random.uniform(-2, 2, (100, 5))
    for mask in ([0], [1], [0, 1], [2], [3], [2, 3]):
        code = normalised([mask], 4)[0]
        right = apply(modules, readout, code, inputs)
        assert np.allclose(apply(student, readout, code, inputs), right, atol=1e-12)
    code = normalised([[0, 2]], 4)[0]
    right = apply(modules, readout, code, inputs)
    assert relative_loss(apply(student, readout, code, inputs), right) > 1e-3


def test_a_free_direction_solves_the_even_ring_and_no_single_module():
    modules, readout, random = teacher(key=5)
    student = counterexample(modules, readout, runs(4, 2), False)
    inputs = random.uniform(-2, 2, (100, 5))
    for mask in runs(4, 2):
        code = normalised([mask], 4)[0]
        right = apply(modules, readout, code, inputs)
        assert np.allclose(apply(*student, code, inputs), right, atol=1e-12)
    signs = np.array([1, -1, 1, -1])  # what differs is a multiple of one matrix, with these signs
    change = (student[0] - modules) * signs[:, None, None]
    assert np.allclose(change, change[:1], atol=1e-12)
    code = normalised([[0]], 4)[0]
    assert relative_loss(apply(*student, code, inputs), apply(modules, readout, code, inputs)) > 1e-2
    assert counterexample(modules, readout, [*singles(4), *runs(4, 2)], False) is None
    assert counterexample(modules, readout, runs(4, 2), True) is None


def test_codes_are_decoded_by_a_ridge():
    random = stream(6)
    codes, unseen = random.uniform(0.5, 1, (200, 3)), random.uniform(0.5, 1, (50, 3))
    mix = random.standard_normal((3, 3))
    score = decoding(codes @ mix, codes, unseen @ mix, unseen)
    assert (score <= 1).all()
    assert (score > 0.99).all()
    turn = np.linalg.qr(random.standard_normal((3, 3)))[0]
    assert np.allclose(decoding(codes @ mix @ turn, codes, unseen @ mix @ turn, unseen), score, atol=1e-9)
    assert decoding(1e-3 * codes @ mix, codes, 1e-3 * unseen @ mix, unseen).min() < score.min() - 1e-3


# Fitting


def test_a_student_interpolates_and_is_the_teacher():
    modules, readout, random = teacher(3, 4, 2, 2, key=7)
    masks = [*singles(3), [0, 1], [1, 2]]
    codes = normalised(masks, 3)
    inputs = random.uniform(-math.sqrt(3), math.sqrt(3), (5, 40, 4))
    targets = np.array([apply(modules, readout, code, x) for code, x in zip(codes, inputs, strict=True)])
    student = fit(inputs, targets, 2, 3, 0)
    for code, x, y in zip(student.codes, inputs, targets, strict=True):
        assert relative_loss(apply(student.modules, student.readout, code, x), y) < 1e-14
    assert identification(modules, codes, student.modules, student.codes) == pytest.approx(1, abs=1e-7)
    code = normalised([[0, 2]], 3)[0]
    found = adapt(student.modules, student.readout, inputs[0], apply(modules, readout, code, inputs[0]), 1)
    right = apply(modules, readout, code, inputs[1])
    assert relative_loss(apply(student.modules, student.readout, found, inputs[1]), right) < 1e-12
    again = fit(inputs, targets, 2, 3, 0)
    assert np.array_equal(again.modules, student.modules)


def test_adapting_gives_back_the_code():
    modules, readout, random = teacher(key=8)
    code, inputs = random.uniform(0.5, 1, 4), random.standard_normal((50, 5))
    found = adapt(modules, readout, inputs, apply(modules, readout, code, inputs), 5)
    assert np.allclose(found, code, atol=1e-8)


# Users


def test_faults_are_named():
    modules = np.zeros((2, 0, 3))
    listed = list(faults("apply", {"modules": modules, "inputs": np.zeros((0, 0))}))
    assert listed == [
        ("modules", "has n = 0; at least 1 is expected"),
        ("inputs", "has n = 0; at least 1 is expected"),
    ]
    asked = {"masks": [[], [3]], "count": 3, "continuous": False}
    assert list(faults("support", asked)) == [
        ("masks[0]", "is empty; a mask has at least one module"),
        ("masks[1]", "has the module 3; there are 0..2"),
    ]
    nothing = {"masks": [], "count": 3, "modules": 2, "continuous": True, "seed": 0}
    assert list(faults("sample_codes", nothing)) == [("masks", "is empty; at least one mask is expected")]
    assert not list(faults("generate", {"modules": np.zeros((1, 2, 0)), "code": np.zeros(1)}))
    assert not list(faults("apply", {"modules": modules}, np.zeros((0, 0))))


def test_answers_are_decoded_by_the_contract():
    operation = contract.operations("hyperteacher")["sample_codes"]
    asked = {"masks": [[0]], "count": 2, "modules": 3, "continuous": True, "seed": 0}
    with pytest.raises(contract.ContractError, match="count is 2"):
        operation.decode(asked, [[0.6, 0, 0]])
    assert operation.decode(asked, [[0.6, 0, 0], [0.7, 0, 0]]).shape == (2, 3)


def write(folder, value):
    (folder / "support.json").write_text(json.dumps(value))


def test_a_support_is_verified(whp, tmp_path):
    write(tmp_path, [[0], [1], [2], [0, 1, 2]])
    assert verify_command(tmp_path / "support.json", None, False).splitlines() == [
        "identified: 4 discrete masks of 3 modules: rank 3, compositional; 1 component, connected",
        "component 1, rank 3: 0, 1, 2, 0+1+2",
    ]
    write(tmp_path, [[0], [1, 2], [1], [2]])
    with pytest.raises(Refuted) as refuted:
        verify_command(tmp_path / "support.json", None, False)
    assert str(refuted.value).splitlines() == [
        "not identified: 4 discrete masks of 3 modules: rank 3, compositional; 2 components, not connected",
        "component 1, rank 1: 0",
        "component 2, rank 2: 1+2, 1, 2",
    ]
    write(tmp_path, {"masks": [[0, 1], [1, 2], [2, 3], [3, 0]], "modules": 4})
    assert verify_command(tmp_path / "support.json", None, True).startswith("identified: 4 continuous masks")
    done = whp("verify", "hyperteacher", "support.json")
    assert done.returncode == 1
    assert "not identified: 4 discrete masks of 4 modules: rank 3, not compositional" in done.stderr
    assert "direction - z0 + z1 - z2 + z3" in done.stderr


@pytest.mark.parametrize(
    ("value", "count", "line"),
    [
        ([], None, "`masks` must be a list of masks, at least one"),
        ([[0], []], None, "mask 1 is []; a list of modules is expected, such as [0, 2]"),
        ([[0], [1.5]], None, "mask 1 is [1.5]; a list of modules is expected, such as [0, 2]"),
        ([[0], [True]], None, "mask 1 is [True]; a list of modules is expected, such as [0, 2]"),
        ({"masks": [[0]], "odd": 1}, None, "there is 'odd'; expected are `masks`"),
        ({"modules": 2}, None, "there are no `masks`"),
        ({"masks": [[0]], "modules": 0}, None, "`modules` is 0; a whole number from 1 is expected"),
        ({"masks": [[0]], "continuous": 1}, None, "`continuous` is 1; true or false is expected"),
        ([[0], [4]], 3, "mask 1 has the module 4, but there are 0..2"),
        ({"masks": [[0]], "modules": 2}, 3, "there are 2 modules, but --modules says 3"),
    ],
)
def test_what_is_wrong_with_a_file_is_told(tmp_path, value, count, line):
    write(tmp_path, value)
    with pytest.raises(ValueError, match=re.escape(line)) as caught:
        read_support(tmp_path / "support.json", count, False)
    assert "support.json: " in str(caught.value)


def test_files_that_are_none_are_told(whp, tmp_path):
    (tmp_path / "odd.json").write_text("[[0]")
    with pytest.raises(ValueError, match=r"odd\.json: no JSON"):
        read_support(tmp_path / "odd.json", None, False)
    done = whp("verify", "hyperteacher", "none.json")
    assert done.returncode == 2
    assert done.stderr == "whp: none.json: No such file or directory\n"


def test_a_run_shows_the_loss_on_seen_and_unseen_combinations(whp, tmp_path):
    done = whp("run", "hyperteacher", "--svg", "loss.svg")
    assert done.returncode == 0
    told = json.loads(done.stdout)
    assert (told["tasks"], told["modules"], told["compositional"], told["connected"]) == (8, 4, True, True)
    assert len(told["steps"]) == len(told["seen"]) == len(told["unseen"])
    assert told["seen"][-1] < 1e-12
    assert told["unseen"][-1] < 1e-8
    assert told["identification"] == pytest.approx(1, abs=1e-6)
    drawn = (tmp_path / "loss.svg").read_text()
    assert drawn.startswith("<svg")
    assert "unseen: " in drawn
    write(tmp_path, {"masks": [[0], [1], [2], [0, 1], [1, 2], [0, 2]], "modules": 4})
    told = run_command(tmp_path / "support.json")
    assert told["seen"][-1] < 1e-12
    assert told["unseen"][-1] > 1e-2
    assert not told["compositional"]


def test_what_a_run_can_not_do_is_told(tmp_path):
    with pytest.raises(ValueError, match="--student large: one of exact, modular, monolithic is expected"):
        run_command(student="large")
    write(tmp_path, {"masks": [[0], [1], [0, 1]], "modules": 2})
    with pytest.raises(ValueError, match="none is unseen"):
        run_command(tmp_path / "support.json")
    write(tmp_path, {"masks": [[0]], "continuous": True})
    with pytest.raises(ValueError, match="leave `continuous` out"):
        run_command(tmp_path / "support.json")
    with pytest.raises(ValueError, match=r"no/loss\.svg: No such file"):
        run_command(svg=tmp_path / "no" / "loss.svg")


@TORCH
def test_a_run_meta_learns():
    told = run_command(student="monolithic", steps=5)
    assert told["identification"] is None
    assert told["steps"][-1] == 5
    assert len(told["unseen"]) == len(told["seen"]) == len(told["steps"])


def test_unseen_combinations_are_those_in_no_task():
    assert unseen_of(Read([[0], [1, 1], [2, 1, 0]], 3, False)) == [[2], [0, 1], [0, 2], [1, 2]]
