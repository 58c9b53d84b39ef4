"""What `randomization` trains: attention that recalls and colours, and a search on a ring."""

from __future__ import annotations

import math
from itertools import combinations, pairwise, product

import numpy as np
import pytest

from whp.reference import randomization
from whp.reference.randomization import players, searching
from whp.reference.randomization.players import cycles


def stream(*key):
    return np.random.default_rng(np.random.SeedSequence([2408, 10818, *key]))


def test_evolution_estimates_the_slopes_of_quadratics_exactly():
    """Over all noise, by Gauss and Hermite's points: f = (t - c)^T A (t - c) + 7."""
    points, chances = np.polynomial.hermite_e.hermegauss(5)
    chances = chances / chances.sum()
    a, c = np.array([[2.0, 0.5], [0.5, 1.0]]), np.array([0.3, -1.0])
    center, spread = np.array([1.0, 2.0]), np.array([0.5, 0.25])
    noise = np.array(list(product(points, repeat=2)))
    weight = np.array([p * r for p, r in product(chances, repeat=2)]) * len(noise)

    def f(rows, constant=7.0):
        return np.einsum("ki,ij,kj->k", rows - c, a, rows - c) + constant

    plus, minus = f(center + spread * noise), f(center - spread * noise)
    mean = float(np.mean(weight * plus))
    scores = np.concatenate([weight * (plus - mean), weight * (minus - mean)]) + 0.0
    scores -= scores.mean()  # 0 already
    slope, widening = searching.estimate(noise, scores, spread)
    assert slope == pytest.approx(2 * a @ (center - c))
    assert widening == pytest.approx(2 * np.diag(a) * spread)
    plain = searching.estimate(noise, np.concatenate([plus, minus]), spread)
    shifted = searching.estimate(noise, np.concatenate([plus, minus]) + 1024.0, spread)
    assert shifted[0] == pytest.approx(plain[0], abs=1e-9)


def test_a_search_on_a_ring_meets_goals_when_it_comes_there():
    size, h = 5, searching.HIDDEN
    count = (size + 4 + 1) * h + h + 1
    ahead, back = np.zeros((2, count))
    ahead[-1], back[-1] = 1, -1
    times = searching.times(np.array([ahead, back]), size, np.arange(2))
    assert times[:, 0].tolist() == [[1, 2, 3, 4], [4, 3, 2, 1]]
    turns = np.zeros(count)  # ahead at 0, back at 1: it never comes further
    turns[: size * h : h] = [5, -5, 0, 0, 0]
    turns[(size + 5) * h] = 1
    assert searching.times(turns[None], size, np.arange(1))[0, 0].tolist() == [1, 10, 10, 10]


@pytest.fixture
def torch():
    return pytest.importorskip("torch")


def test_the_relaxed_loss_of_torch_is_that_of_the_operation(torch):
    from whp.reference.randomization.training import relaxed

    for q in (1.0, 2.0, 16.0, None):
        table = stream(4).random((5, 7))
        tensor = torch.tensor(table[None], requires_grad=True)
        value = relaxed(tensor, q).sum()
        value.backward()
        made = randomization.relaxed_loss(table, q)
        assert value.item() == pytest.approx(made.value, rel=1e-12)
        assert tensor.grad[0].numpy() == pytest.approx(made.gradient, rel=1e-10, abs=1e-15)


def learned(torch, world, key):
    return {name: torch.tensor(array[None]) for name, array in world.start(stream(5, key)).items()}


def test_recall_is_linear_attention_with_the_seed_in_each_token(torch):
    """In parallel, masked, over whole sequences; as fast weights; and as the table that training sees."""
    from whp.reference.randomization.training import SEEDS, Recall, run

    world = Recall(3, width=2)
    weights_ = learned(torch, world, 0)
    losses, success = (made[0].numpy() for made in world.table(torch, weights_, torch.tensor(SEEDS[None])))
    keys, queries = (part.numpy() for part in run(torch, weights_, 3, torch.tensor(SEEDS[None]))[0])
    for seed in (0, 7, 15):
        for number, (values, query) in enumerate(product(world.values, range(3))):
            k = np.vstack([keys[seed], np.zeros(2)])
            q = np.vstack([np.zeros((3, 2)), queries[seed, query]])
            v = np.append(values, 0.0)
            masked = attention_of(q, k, v, np.tri(4))[-1]
            state = np.zeros(2)
            for key, one in zip(k, v, strict=True):
                state += key * one
            assert q[-1] @ state == pytest.approx(masked, abs=1e-12)
            assert losses[seed, number] == pytest.approx(np.log1p(np.exp(-values[query] * masked)))
            assert success[seed, number] == (values[query] * masked > 0)


def layers(torch, tokens, masks, weights_):
    """Return the tokens after layers of linear attention, each added to what it reads."""
    for mask, (queries, keys, values, back) in zip(masks, weights_, strict=True):
        seen = attention_of(tokens @ queries, tokens @ keys, tokens @ values, torch.tensor(mask))
        tokens = tokens + seen @ back
    return tokens


def attention_of(*given_):
    from whp.reference.randomization.training import attention

    return attention(*given_)


def ring_mask(order):
    """Return which ids are neighbours on a cycle of ids in this order."""
    mask = np.zeros((len(order), len(order)))
    for one, other in pairwise((*order, order[0])):
        mask[one, other] = mask[other, one] = 1
    return mask


def drawn_layers(torch, count, key):
    """Return weights of so many layers on tokens of 6 numbers, with heads of 4."""
    random = stream(7, key)
    shapes = [(6, 4), (6, 4), (6, 4), (4, 6)]
    return [[torch.tensor(random.standard_normal(shape)) for shape in shapes] for _ in range(count)]


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_attention_of_neighbours_sees_as_far_as_it_has_layers(torch, depth):
    """Bit for bit: what stands farther off, seed and all, changes nothing; what is near does."""
    n, random = 9, stream(8)
    order = random.permutation(n)
    place = np.argsort(order)
    weights_ = drawn_layers(torch, depth, depth)
    tokens = random.standard_normal((n, 6))
    mask = ring_mask(order)
    plain = layers(torch, torch.tensor(tokens), [mask] * depth, weights_)
    everywhere = np.ones((n, n))
    for altered in range(n):
        other = tokens.copy()
        other[altered] = random.standard_normal(6)
        got = layers(torch, torch.tensor(other), [mask] * depth, weights_)
        apart = np.abs(place - place[altered])
        distance = np.minimum(apart, n - apart)
        assert ((got != plain).any(dim=1).numpy() == (distance <= depth)).all()
        wide = [layers(torch, torch.tensor(t), [everywhere] * depth, weights_) for t in (tokens, other)]
        assert (wide[0] != wide[1]).any(dim=1).all()  # of all tokens, attention sees everything
    moved = order.copy()  # an edge that is moved is seen from as far
    moved[[2, 3]] = moved[[3, 2]]
    got = layers(torch, torch.tensor(tokens), [ring_mask(moved)] * depth, weights_)
    ends = [1, 2, 3, 4]
    away = np.array([min(min(abs(at - end), n - abs(at - end)) for end in ends) for at in place])
    assert ((got == plain).all(dim=1).numpy() == (away > depth - 1)).all()


def test_attention_without_positions_knows_no_names(torch):
    """Vertices renamed, with their edges, have their outputs renamed; positional encodings undo that."""
    n, random = 7, stream(9)
    weights_, tokens = drawn_layers(torch, 2, 9), random.standard_normal((n, 6))
    names = random.permutation(n)
    order = random.permutation(n)
    inverse = np.argsort(names)  # vertex i, once names[j] = i, is now j
    mask, renamed = ring_mask(order), ring_mask(inverse[order])
    assert (renamed == mask[names][:, names]).all()
    plain = layers(torch, torch.tensor(tokens), [mask] * 2, weights_)
    moved = layers(torch, torch.tensor(tokens[names]), [renamed] * 2, weights_)
    assert moved.numpy() == pytest.approx(plain.numpy()[names], rel=1e-10, abs=1e-10)
    placed = np.sin(np.arange(n))[:, None]
    one = layers(torch, torch.tensor(tokens + placed), [mask] * 2, weights_).numpy()
    other = layers(torch, torch.tensor(tokens[names] + placed), [renamed] * 2, weights_).numpy()
    assert np.abs(other - one[names]).max() > 0.1


def test_masked_attention_is_linear_in_values_and_doesnt_look_ahead(torch):
    random, t = stream(10), 6
    queries, keys, values, others = (torch.tensor(random.standard_normal((t, 3))) for _ in range(4))
    causal = torch.tensor(np.tri(t))
    got = attention_of(queries, keys, values, causal)
    by_loops = [sum((queries[i] @ keys[j]) * values[j] for j in range(i + 1)).numpy() for i in range(t)]
    assert got.numpy() == pytest.approx(np.array(by_loops), rel=1e-12, abs=1e-12)
    mixed = attention_of(queries, keys, 2 * values - 3 * others, causal)
    apart = 2 * got - 3 * attention_of(queries, keys, others, causal)
    assert mixed.numpy() == pytest.approx(apart.numpy(), rel=1e-10, abs=1e-12)
    scaled = attention_of(2 * queries, -keys, values, causal)
    assert (scaled == -2 * got).all()  # powers of two: exactly
    later = [part.clone() for part in (queries, keys, values)]
    for part in later:
        part[4:] = 7.0
    assert (attention_of(*later, causal)[:4] == got[:4]).all()


def test_ids_of_a_trained_colouring_are_renamed_with_their_weights(torch):
    """The cycles then change places, and nothing else does; so do the colours, with no change at all."""
    from whp.reference.randomization.training import SEEDS, Coloring

    world, seeds = Coloring(5), torch.tensor(SEEDS[None])
    weights_ = learned(torch, world, 3)
    names = [2, 0, 4, 1, 3]
    renamed = {**weights_, "first": weights_["first"][:, :, [*names, 5, 6, 7, 8]]}
    recolored = {name: weights_[name][..., [1, 2, 0]] if name in ("second", "last") else weights_[name]
                 for name in weights_}  # fmt: skip
    plain, moved, turned = (
        [part[0].numpy() for part in world.table(torch, each, seeds)]
        for each in (weights_, renamed, recolored)
    )
    listed = {frozenset(map(frozenset, pairwise((*order, order[0])))): i for i, order in enumerate(cycles(5))}
    where = [
        listed[frozenset(frozenset((names[a], names[b])) for a, b in pairwise((*order, order[0])))]
        for order in cycles(5)
    ]
    for one, other, third in zip(plain, moved, turned, strict=True):
        assert other == pytest.approx(one[:, where], rel=1e-12)
        assert third == pytest.approx(one, rel=1e-12)
    assert ((plain[0] > 0) & (plain[0] < 5)).all()


def test_losses_of_certain_colours_are_numbers_of_edges(torch):
    from whp.reference.randomization.training import SEEDS, Coloring

    world = Coloring(4)
    weights_ = learned(torch, world, 4)
    weights_["first"] = torch.zeros_like(weights_["first"])
    weights_["first"][0, 0, 0, 0] = 20.0  # the first unit is on for id 0 alone
    weights_["second"] = torch.zeros_like(weights_["second"])
    weights_["second"][0, 0, 0, 1] = 2000.0
    weights_["last"] = torch.tensor([[[[1000.0, 0.0, 0.0]]]])  # 1 for id 0, 0 for all others
    losses, proper = (part[0].numpy() for part in world.table(torch, weights_, torch.tensor(SEEDS[None])))
    assert (losses == 2).all()  # two of the edges of each cycle aren't at 0
    assert not proper.any()


def test_narrow_keys_fail_somewhere_with_every_seed(torch):
    from whp.reference.randomization.training import SEEDS, Recall

    for key, width in product(range(30), (1, 2)):
        world = Recall(3, width)
        losses, success = world.table(torch, learned(torch, world, key), torch.tensor(SEEDS[None]))
        assert (success[0].numpy().min(axis=1) == 0).all()
        assert (losses[0].numpy().max(axis=1) >= math.log(2)).all()


def test_without_weights_of_the_seed_all_rows_are_one(torch):
    from whp.reference.randomization.training import SEEDS, Coloring, Recall

    for world in (Recall(3), Coloring(4)):
        weights_ = learned(torch, world, 1)
        weights_["first"][:, :, world.size :] = 0
        losses = world.table(torch, weights_, torch.tensor(SEEDS[None]))[0][0].numpy()
        assert (losses == losses[0]).all()


def test_losses_of_colours_are_expected_edges_of_one_colour(torch):
    from whp.reference.randomization.training import SEEDS, Coloring, run

    world = Coloring(5)
    weights_ = learned(torch, world, 2)
    losses, proper = (made[0].numpy() for made in world.table(torch, weights_, torch.tensor(SEEDS[None])))
    outputs = run(torch, weights_, 5, torch.tensor(SEEDS[None]))[0, 0]
    chances = torch.softmax(outputs, dim=-1).numpy()
    for seed in (0, 9):
        p = chances[seed]
        pairs = sum(float(p[u] @ p[v]) for u, v in combinations(range(5), 2))
        assert losses[seed].mean() == pytest.approx(
            2 / 4 * pairs
        )  # a pair is adjacent on 2 / (n - 1) of them
        for number, order in enumerate(cycles(5)):
            around = [*order, order[0]]
            assert losses[seed, number] == pytest.approx(sum(float(p[u] @ p[v]) for u, v in pairwise(around)))
            step = np.eye(3)
            for v in order:
                step = step @ np.diag(p[v]) @ (1 - np.eye(3))
            assert 1 - np.trace(step) <= losses[seed, number] + 1e-12
            likeliest = outputs[seed].numpy().argmax(axis=1)[list(order)]
            assert proper[seed, number] == players.proper(likeliest)


@pytest.mark.usefixtures("torch")
def test_replicates_are_trained_as_if_alone(monkeypatch):
    from whp.reference.randomization import training

    monkeypatch.setattr(training, "STEPS", 20)
    for seeds in ("all", "fixed", 3):
        together, _ = training.train([4, 5], "recall", 3, 16.0, seeds)
        for place, seed in enumerate((4, 5)):
            alone = randomization.train("recall", 3, 16.0, seeds, seed).losses
            assert alone == pytest.approx(together[place], rel=1e-9)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("task", "size", "q", "seeds", "low", "high"),
    [("recall", 3, 16.0, "all", 0, 0.8 * math.log(2)), ("recall", 3, 1.0, "all", 0.8 * math.log(2), 9),
     ("recall", 3, 16.0, "fixed", math.log(2), 9), ("recall", 3, 16.0, 1, 0.9 * math.log(2), 9),
     ("coloring", 5, 16.0, "all", 1, 1.6), ("coloring", 5, 1.0, "all", 1.6, 9)],
)  # fmt: skip
@pytest.mark.usefixtures("torch")
def test_worst_losses_lie_where_the_claims_say(task, size, q, seeds, low, high):
    from whp.reference.randomization import training

    drawn = np.random.SeedSequence().generate_state(128).tolist()
    losses, _ = training.train(drawn, task, size, q, seeds)
    worst = losses.mean(axis=1).max(axis=1)
    assert ((low <= worst) & (worst <= high)).all()


@pytest.mark.slow
def test_searches_end_where_the_claims_say():
    drawn = np.random.SeedSequence().generate_state(32).tolist()
    worst = {
        (q, seeds): searching.train(drawn, 6, q, seeds)[0].mean(axis=1).max(axis=1)
        for q, seeds in ((None, "all"), (1.0, "all"), (None, "fixed"))
    }
    assert (worst[None, "all"] < 4).mean() > 0.8
    assert (worst[1.0, "all"] < 4).mean() < 0.6
    assert (worst[None, "fixed"] >= 5).all()
