"""The reference of disentanglement: against closed forms, brute force, scikit-learn, and its command line."""

from __future__ import annotations

import json
import math
import re
import sys
from itertools import permutations
from xml.etree import ElementTree

import numpy as np
import pytest
from scipy import stats

from whp.checks import Refuted
from whp.properties.disentanglement import verify_command
from whp.properties.disentanglement.definition import Level, mistaken
from whp.properties.disentanglement.inputs import groups_of
from whp.properties.disentanglement.known import KNOWN_CODES
from whp.properties.disentanglement.structure import misread
from whp.reference import disentanglement
from whp.reference.disentanglement import align, alignment, importances, levels, probes, scores
from whp.reference.disentanglement.drawing import heat_map
from whp.reference.disentanglement.entropies import project
from whp.reference.disentanglement.scenes import planted, relabelled
from whp.reference.disentanglement.segmentation import adjusted_rand, segmented

ORDER = [0, 2, 1, 3]


def seeds(*key, count):
    return [int(seed) for seed in np.random.SeedSequence([2101, *key]).generate_state(count, np.uint32)]


def generator(*key):
    return np.random.default_rng(np.random.SeedSequence([2101, *key]))


def flat(rows):
    told = scores(np.array(rows, float), None, None)
    return told.disentanglement, told.completeness


# Scores


@pytest.mark.parametrize(
    ("rows", "disentangled", "complete"),
    [
        ([[2, 1], [0, 1]], 0.311278124, 1 / 2),
        ([[1, 1], [0, 2]], 1 / 2, 0.311278124),
        ([[3, 1], [1, 3]], 0.188721876, 0.188721876),
        ([[4, 1], [1, 4]], 0.278071905, 0.278071905),
        ([[9, 1], [1, 9]], 0.531004406, 0.531004406),
        ([[1, 0], [0, 1], [0, 1]], 1, 0.579380164),
        ([[1, 1, 0], [0, 0, 1]], 0.579380164, 1),
        ([[3, 1], [1, 3], [0, 0]], 0.188721876, 0.488140493),
        ([[2, 1, 1], [1, 2, 1], [1, 1, 2]], 0.053605370, 0.053605370),
        ([[1, 2], [3, 4]], 0.034851555, 0.124511250),
    ],
)
def test_scores_are_those_of_the_table(rows, disentangled, complete):
    assert flat(rows) == pytest.approx((disentangled, complete), abs=1e-9)


def test_scores_agree_with_homogeneity_of_scikit_learn_and_with_entropies_of_scipy():
    metrics = pytest.importorskip("sklearn.metrics")
    random = generator(1)
    for _ in range(50):
        shape = random.integers(2, 6, 2)
        table = random.integers(0, 7, shape)
        if not table.any():
            continue
        told = scores(table.astype(float), None, None)
        rows, columns = np.nonzero(table)
        u, v = (np.repeat(index, table[rows, columns]) for index in (rows, columns))
        of_u, of_v = stats.entropy(table.sum(axis=1)), stats.entropy(table.sum(axis=0))
        homogeneous, complete, _ = metrics.homogeneity_completeness_v_measure(v, u)
        assert (1 - told.disentanglement) * math.log(shape[1]) == pytest.approx(
            (1 - homogeneous) * of_v, abs=1e-9
        )
        assert (1 - told.completeness) * math.log(shape[0]) == pytest.approx((1 - complete) * of_u, abs=1e-9)


def test_a_matrix_of_many_blocks_has_the_scores_of_its_rows():
    table = generator(2).random((3001, 37)) * (generator(3).random((3001, 37)) < 0.3)
    told = scores(table, None, None)
    law = table / table.sum()
    of_rows = np.array([stats.entropy(row) if row.any() else 0.0 for row in law])
    of_columns = stats.entropy(law, axis=0)
    assert told.disentanglement == pytest.approx(1 - law.sum(axis=1) @ of_rows / math.log(37), abs=1e-12)
    assert told.completeness == pytest.approx(1 - law.sum(axis=0) @ of_columns / math.log(3001), abs=1e-12)


@pytest.mark.parametrize("scale", [1e-300, 1e-9, 1e9, 1e300])
def test_no_scale_matters(scale):
    assert flat(scale * np.eye(10)) == pytest.approx((1, 1), abs=1e-13)
    assert flat(scale * np.array([[2, 1], [0, 1]])) == pytest.approx((0.311278124, 0.5), abs=1e-9)


def test_numbers_of_any_two_scales_go_together():
    assert flat([[1e300, 1e-300], [1e-300, 1e-300]]) == (1.0, 1.0)


def test_projections_compose_and_keep_the_mass():
    random = generator(4)
    table = random.random((6, 5))
    first, second = np.array([0, 1, 2, 1, 0, 3]), np.array([1, 0, 1, 0])
    columns = np.array([2, 0, 1, 1, 0])
    once = project(project(table, first, columns), second, None)
    assert once == pytest.approx(project(table, second[first], columns))
    assert once.sum() == pytest.approx(table.sum())


def test_perfect_levels_say_more_than_a_perfect_flat_score():
    scattered = levels(np.eye(4)[ORDER], 2, 2)
    assert (scattered.flat.disentanglement, scattered.flat.completeness) == (1, 1)
    for level in (scattered.object, scattered.property):
        assert (level.disentanglement, level.completeness) == (0, 0)


def test_products_have_the_levels_of_their_factors_and_meet_the_bound():
    random = generator(5)
    for _ in range(20):
        of_objects, of_properties = random.random((3, 2)), random.random((2, 4))
        told = levels(np.kron(of_objects, of_properties), 3, 2)
        for name, matrix in (("object", of_objects), ("property", of_properties)):
            shown = getattr(told, name)
            assert (shown.disentanglement, shown.completeness) == pytest.approx(flat(matrix), abs=1e-12)
        lost = (1 - told.object.completeness) * math.log(3) + (1 - told.property.completeness) * math.log(2)
        assert (1 - told.flat.completeness) * math.log(6) == pytest.approx(lost, abs=1e-12)


# Probes


@pytest.mark.parametrize(
    ("objects", "leak", "score"),
    [(2, 1 / 4, 0.531004406), (3, 1 / 4, 0.824664497), (3, 1 / 2, 0.453705298), (4, 1 / 4, 0.898637537)],
)
def test_leaking_slots_have_the_score_of_the_closed_form(objects, leak, score):
    made = planted(4000, objects, 1, leak=leak, noise=1e-4)
    seen = probes.linear(made.ordered, made.flat)
    told = levels(seen.importances, objects, objects).object
    assert told.disentanglement == pytest.approx(score, abs=0.01)
    assert told.completeness == pytest.approx(score, abs=0.01)
    assert seen.informativeness.min() > 0.999


def test_properties_mixed_within_slots_are_seen_at_their_level_alone():
    made = planted(2000, 3, 2, properties_turned=45)
    told = levels(probes.linear(made.ordered, made.flat).importances, 3, 3)
    assert told.object.disentanglement > 0.99
    assert told.property.disentanglement < 0.01
    assert told.property.completeness == pytest.approx(1 - math.log(2) / math.log(3), abs=0.01)  # one is dead


def test_objects_mixed_at_45_degrees_are_told_perfectly_and_have_no_object_level():
    made = planted(2000, 2, 3, objects_turned=45)
    seen = probes.linear(made.ordered, made.flat)
    assert levels(seen.importances, 2, 2).object.disentanglement < 0.01
    assert seen.informativeness.min() > 0.99
    angles = [planted(2000, 2, 4, objects_turned=angle, noise=0.01) for angle in (0, 10, 20, 30, 40)]
    shown = [
        levels(probes.linear(one.ordered, one.flat).importances, 2, 2).object.disentanglement
        for one in angles
    ]
    closed = [
        1 - stats.entropy([math.sin(x) ** 2, math.cos(x) ** 2], base=2) for x in np.radians(range(0, 50, 10))
    ]
    assert shown == pytest.approx(closed, abs=0.03)


def test_a_forest_gives_constant_latents_nothing_and_shares_between_copies():
    random = generator(6)
    latent = random.uniform(-1, 1, 300)
    latents = np.column_stack([latent, np.ones(300), latent, random.uniform(-1, 1, 300)])
    factors = np.column_stack([latent, np.full(300, 2.0)])
    seen = probes.forest(latents, factors, 1)
    assert seen.importances[1].tolist() == [0, 0]
    assert seen.importances[:, 1].tolist() == [0, 0, 0, 0]
    assert seen.importances[[0, 2], 0].sum() > 0.99
    assert seen.informativeness == pytest.approx([1, 0], abs=0.05)
    scaled = probes.forest(latents * [4, 1, 0.5, 1024], factors, 1).importances
    assert np.array_equal(scaled, seen.importances)


def test_what_is_not_told_has_no_informativeness():
    random = generator(7)
    latents, factors = random.random((400, 3)), random.random((400, 2))
    assert np.abs(probes.linear(latents, factors).informativeness).max() < 0.1
    assert probes.forest(latents, factors, 1).informativeness.max() < 0.1


def test_without_scikit_learn_forests_alone_are_missing(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn.ensemble", None)
    with pytest.raises(ValueError, match=r"scikit-learn, which is missing: pip install 'whp\[learn\]'"):
        importances(np.zeros((16, 1)), np.zeros((16, 1)), 0)
    assert flat(np.eye(2)) == (1, 1)


# Alignment: that losses don't rise, and what is compared with, no operation shows


@pytest.mark.parametrize(("objects", "empty"), [(2, 0), (3, 0), (3, 1)])
def test_losses_never_rise_and_planted_slots_are_found(objects, empty):
    made = planted(300, objects, objects, empty=empty)
    random = generator(8, objects)
    for _ in range(5):
        start = random.permuted(np.tile(np.arange(objects + empty), (300, 1)), axis=1)[:, :objects]
        fit = alignment.alternate(made.latents, made.factors, start)
        assert (np.diff(fit.losses) <= 1e-9 * fit.losses[0]).all()
        assert all(len(set(row)) == objects for row in fit.order.tolist())
    found = align(made.latents, made.factors, 3).slots
    assert (found == made.slots).all(axis=1).mean() > 0.95  # as planted, with no relabelling


def test_the_assignment_is_the_best_order_of_each_sample():
    made = planted(20, 2, 9, empty=1)
    slots, targets = alignment.standardised(made.latents), made.flat
    order = np.tile([0, 1], (20, 1))
    weights, _ = alignment.fitted(alignment.in_order(slots, order), targets)
    found = alignment.assigned(slots, targets, weights, order)
    for sample in range(20):
        lost = {}
        for chosen in permutations(range(3), 2):
            inputs = np.append(slots[sample, list(chosen)].ravel(), 1.0)
            lost[chosen] = float(((targets[sample] - inputs @ weights) ** 2).sum())
        assert lost[tuple(found[sample].tolist())] == pytest.approx(min(lost.values()))


def test_one_relabelling_of_slots_changes_no_answer_but_their_names():
    made = planted(200, 3, 10)
    other = made.latents[:, [2, 0, 1]]
    first, second = (align(latents, made.factors, 1).slots for latents in (made.latents, other))
    assert (first == made.slots).all(axis=1).mean() > 0.95
    assert (second == np.array([1, 2, 0])[made.slots]).all(axis=1).mean() > 0.95


def test_relabelled_counts_samples_up_to_one_relabelling():
    planted_slots = np.array([[0, 1, 2], [2, 0, 1], [1, 0, 2], [0, 2, 1]])
    assert relabelled(planted_slots[:, [1, 2, 0]], planted_slots) == 1
    found = planted_slots.copy()
    found[0] = [1, 0, 2]
    assert relabelled(found, planted_slots) == 0.75
    assert relabelled(np.array([[0, 1]]), np.array([[0, 2]])) == 0


# Segmentation


@pytest.mark.parametrize(
    ("first", "second", "index"),
    [
        ("0011", "0011", 1),
        ("0011", "1100", 1),
        ("0011", "0101", -1 / 2),
        ("0011", "0000", 0),
        ("0011", "0012", 4 / 7),
        ("000111", "001122", 8 / 33),
        ("00", "00", 1),
        ("0", "0", 1),
    ],
)
def test_the_adjusted_rand_index_is_that_of_the_table(first, second, index):
    one, other = (np.array(list(map(int, text))) for text in (first, second))
    assert adjusted_rand(one, other) == pytest.approx(index)
    assert adjusted_rand(other, one) == pytest.approx(index)
    metrics = pytest.importorskip("sklearn.metrics")
    assert metrics.adjusted_rand_score(one, other) == pytest.approx(index)


@pytest.mark.parametrize(("sharpness", "index"), [(0.25, 0), (0.9, 0), (1.1, 1), (8, 1)])
def test_the_rand_index_turns_on_the_sharpness_of_masks(sharpness, index):
    image = np.repeat([0, 1, 2], [20, 7, 9])
    assert adjusted_rand(image, segmented(image, sharpness)) == index


# Bad input, and the command line


def test_what_is_no_question_is_refused():
    def faults(operation, **arguments):
        return list(disentanglement.faults(operation, arguments))

    table = np.ones((4, 2))
    plain = {"importances": table, "latent_groups": None, "factor_groups": None}
    assert faults("scores", **plain) == []
    gap = np.array([0, 2, 2, 0])
    assert faults("scores", **plain | {"latent_groups": gap}) == [
        ("latent_groups", "has no label 1; all of 0..2 must occur")
    ]
    below = np.array([-1, 0])
    assert (
        faults("scores", **plain | {"factor_groups": below})[0][1]
        == "has the label -1; labels are 0, 1, 2, ..."
    )
    assert faults("levels", importances=table, slots=3, objects=2) == [
        ("slots", "is 3, but 4 rows can't be divided into so many equal parts")
    ]
    assert faults("levels", importances=table, slots=2, objects=0)[0][0] == "objects"
    few = np.zeros((15, 1))
    assert faults("importances", latents=few, factors=few, seed=0) == [
        ("latents", "has 15 samples; a probe is fitted to at least 16")
    ]

    def slots(count, objects):
        return faults("align", latents=np.zeros((2, count, 1)), factors=np.zeros((2, objects, 1)), seed=0)

    assert slots(3, 3) == []
    assert slots(2, 3)[0][1] == "has 2 slots a sample, too few for 3 objects"
    assert "20160 orders; at most 5040 are looked at" in slots(8, 6)[0][1]
    answer = disentanglement.Alignment(np.array([[0, 1], [1, 2]]))
    asked = {"latents": np.zeros((2, 2, 1)), "factors": np.zeros((2, 2, 1))}
    assert list(disentanglement.faults("align", asked, answer)) == [
        ("slots[1][1]", "is 2; there are slots 0..1")
    ]


@pytest.fixture
def files(tmp_path):
    made = planted(200, 2, 11)
    np.savez(tmp_path / "slots.npz", latents=made.latents, factors=made.factors)
    groups = {"latent_groups": np.arange(6) // 3, "factor_groups": np.arange(4) // 2}
    np.savez(tmp_path / "flat.npz", latents=made.ordered, factors=made.flat, **groups)
    return tmp_path


def test_run_and_verify_on_the_command_line(whp, files):
    pytest.importorskip("sklearn")
    made = whp("run", "disentanglement", "slots.npz", "--svg", "map.svg")
    assert made.returncode == 0, made.stderr
    told = json.loads(made.stdout)
    assert set(told["levels"]) == {"flat", "object", "property"}
    assert told["levels"]["object"]["disentanglement"] > 0.9
    assert np.array(told["importances"]).shape == (6, 4)
    assert np.array(told["slots_of_objects"]).shape == (200, 2)
    assert min(told["informativeness"]) > 0.9
    drawn = ElementTree.parse(files / "map.svg").getroot()
    titles = [title.text for title in drawn.iter("{http://www.w3.org/2000/svg}title")]
    assert len(titles) == 24
    assert titles[0].startswith("slot 0, dim 0, object 0, 0: ")
    (files / "answer.json").write_text(made.stdout)
    right = whp("verify", "disentanglement", "answer.json")
    assert right.returncode == 0
    assert "right: 6 scores (flat, object, property) are those of the 6 x 4 importances" in right.stdout
    told["levels"]["object"]["completeness"] += 0.01
    (files / "answer.json").write_text(json.dumps(told))
    wrong = whp("verify", "disentanglement", "answer.json")
    assert wrong.returncode == 1
    assert "wrong: completeness at the level object is reported as" in wrong.stderr
    assert whp("verify", "disentanglement", "answer.json", "--within", "0.02").returncode == 0


@pytest.mark.usefixtures("files")
def test_a_flat_code_has_its_own_groups_and_needs_no_forest(whp):
    shown = whp("run", "disentanglement", "flat.npz", "--probe", "linear", "--table")
    assert shown.returncode == 0, shown.stderr
    lines = shown.stdout.splitlines()
    assert [line.split()[0] for line in lines] == ["level", "flat", "groups", "informativeness:"]
    assert float(lines[2].split()[1]) > 0.99
    ordered = whp("run", "disentanglement", "slots.npz", "--probe", "linear", "--ordered")
    assert json.loads(ordered.stdout)["levels"]["object"]["disentanglement"] < 0.5


@pytest.mark.parametrize(
    ("score", "value", "what"),
    [
        ("completeness", 0.5408520829727552, "the plain mean over factors, not weighted by mass"),
        ("completeness", 0.5, "its disentanglement"),
        ("completeness", 1 - 0.6887218755408672 * math.log(2), "that of natural logarithms"),
        ("completeness", 1 - 5 / 6 * 0.7219280948873623, "that of squared importances"),
        ("completeness", 0.31128, "so near, it may have been rounded"),
        ("completeness", 0.7, None),
    ],
)
def test_a_wrong_score_is_told_what_it_is(tmp_path, score, value, what):
    (tmp_path / "told.json").write_text(json.dumps({"importances": [[1, 1], [0, 2]], score: value}))
    with pytest.raises(Refuted) as wrong:
        verify_command(tmp_path / "told.json")
    assert "but these importances have 0.3112781245" in str(wrong.value)
    assert (what in str(wrong.value)) if what else (";" not in str(wrong.value))


def coin(p):
    return -p * math.log2(p) - (1 - p) * math.log2(1 - p)


@pytest.mark.parametrize(
    ("disentanglement", "what"),
    [
        (1 - (7 * coin(3 / 7) + 11 * coin(5 / 11)) / 18, "that of the largest importance of each group"),
        (1 - (5 * coin(2 / 5) + 11 * coin(5 / 11)) / 16, "that of the mean importance of each group"),
        (1 - (8 * coin(2 / 8) + 11 * coin(5 / 11)) / 19, "that of sums in which signs cancel"),
        (1 - (11 * coin(2 / 11) + 7 * coin(3 / 7)) / 18, None),
    ],
)
def test_wrong_sums_over_groups_are_told_apart(disentanglement, what):
    level = Level(np.array([[-1.0, 2], [3, 4], [5, 6]]), np.array([0, 0, 1]))
    said = mistaken("disentanglement", disentanglement, 1e-9, level)
    assert said.endswith(f" would be {what}") if what else not said


def test_levels_are_told_apart():
    code, right = KNOWN_CODES["a chain"]
    level = Level(code.importances, *groups_of(code)["object"])
    said = mistaken("disentanglement", right[2][0], 1e-9, level, misread(code, "object"))
    assert said == "; 0.0817042 would be that of the level property"


@pytest.mark.parametrize(
    ("arrays", "sentence"),
    [
        ({"factors": np.zeros((20, 2))}, "there is no array `latents`; there is factors"),
        (
            {"latents": np.zeros((20, 2)), "factors": np.zeros(20)},
            "factors is float64, 20; numbers of 2 or 3",
        ),
        (
            {"latents": np.zeros((20, 2)), "factors": np.zeros((19, 2))},
            "latents are of 20 samples, and factors of 19",
        ),
        ({"latents": np.zeros((20, 2, 1)), "factors": np.zeros((20, 2))}, "so factors are those of objects"),
        (
            {"latents": np.full((20, 2), np.nan), "factors": np.zeros((20, 2))},
            "latents holds what is no finite",
        ),
        (
            {"latents": np.zeros((4, 2)), "factors": np.zeros((4, 2))},
            "latents has 4 samples; a probe is fitted",
        ),
        (
            {"latents": np.zeros((20, 2)), "factors": np.zeros((20, 2)), "latent_groups": np.array([0, 2])},
            "latent_groups has no label 1; all of 0..2 must occur",
        ),
        (
            {"latents": np.zeros((20, 2)), "factors": np.zeros((20, 2)), "factor_groups": np.array([0])},
            "factor_groups: 2 integers are expected, one an index",
        ),
        (
            {"latents": np.zeros((20, 1, 2)), "factors": np.zeros((20, 2, 2))},
            "latents has 1 slots a sample, too few for 2 objects",
        ),
    ],
)
def test_a_file_that_holds_no_code_is_told_what_is_wrong(tmp_path, arrays, sentence):
    np.savez(tmp_path / "bad.npz", **arrays)
    with pytest.raises(ValueError, match=re.escape(sentence)):
        disentanglement.read_code(tmp_path / "bad.npz")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("{", "bad.json: no JSON"),
        ("7", "a record with `importances` is expected"),
        ("{}", "$ has no `importances`"),
        ('{"importances": [[1, 2], [3]]}', "$.importances[1]"),
        ('{"importances": [[1, 2]]}', "no score is reported"),
        ('{"importances": [[1, 2]], "levels": {"slot": {}}}', "$.levels.slot is no level"),
        ('{"importances": [[1, 2]], "levels": {"flat": {"d": 1}}}', "$.levels.flat is no record of"),
        ('{"importances": [[1, 2]], "disentanglement": "1"}', "$.disentanglement is '1'; a number is wanted"),
        ('{"importances": [[1, 2]], "slots": 2, "completeness": 1}', "$.slots is 2, but 1 rows"),
        (
            '{"importances": [[1, 2]], "factor_groups": [1, 1], "completeness": 1}',
            "$.factor_groups has no label 0",
        ),
    ],
)
def test_an_answer_that_reports_nothing_is_told_what_is_wrong(tmp_path, text, sentence):
    (tmp_path / "bad.json").write_text(text)
    with pytest.raises(ValueError, match=re.escape(sentence)):
        verify_command(tmp_path / "bad.json")


def test_usage_is_told_in_one_line(whp, tmp_path):
    (tmp_path / "bad.json").write_text("{}")
    for arguments, sentence in (
        (["run", "disentanglement", "none.npz"], "none.npz: No such file or directory"),
        (["verify", "disentanglement", "bad.json"], "bad.json: $ has no `importances`"),
    ):
        wrong = whp(*arguments)
        assert wrong.returncode == 2
        assert sentence in wrong.stderr
        assert len(wrong.stderr.splitlines()) == 1


def test_what_is_no_file_of_arrays_and_no_probe_is_refused(tmp_path):
    (tmp_path / "text.npz").write_text("no zip")
    with pytest.raises(ValueError, match=r"text\.npz: no \.npz file of arrays"):
        disentanglement.run_command(tmp_path / "text.npz")
    with pytest.raises(ValueError, match="--probe lasso: forest or linear is expected"):
        disentanglement.run_command(tmp_path / "text.npz", probe="lasso")


def test_a_drawing_that_shows_nothing_is_refused():
    with pytest.raises(ValueError, match="at most 20000 are drawn"):
        heat_map(np.zeros((201, 100)), [], [], 1, 1)
