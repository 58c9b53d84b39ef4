"""What is right, token by token, and what rounding may make of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

import numpy as np

from whp.properties.rounding import must_be, precision_of
from whp.reference.attention.network import Network
from whp.subject import Subject

PAPER = "arXiv:2309.01775"
Arrays: TypeAlias = dict[str, np.ndarray]
MATRICES = ("query", "key", "value")


# The definition, token by token. `size` is the same formula on absolute values: rounding errors of any order
# of the sums and products are a small multiple of u times it.


def attention(inputs: np.ndarray, query: np.ndarray, key: np.ndarray, value: np.ndarray) -> np.ndarray:
    """Return the outputs, from the state S_t of each token."""
    state, outputs = np.zeros((len(value), len(key))), np.zeros((len(inputs), len(value)))
    for t, token in enumerate(inputs):
        state += np.outer(value @ token, key @ token)
        outputs[t] = state @ (query @ token)
    return outputs


def size(arguments: Mapping[str, np.ndarray]) -> np.ndarray:
    """Return the outputs that all absolute values give."""
    return attention(**{name: np.abs(array) for name, array in arguments.items()})


def look_alike(got: np.ndarray, asked: Mapping[str, np.ndarray]) -> str:
    """Return a word about a usual mistake that gives just these outputs, if there is one."""
    queries, keys, values = (asked["inputs"] @ asked[name].T for name in MATRICES)
    pairs, length = queries @ keys.T, len(queries)
    masked, tokens = np.tril(pairs), np.arange(1, length + 1)[:, None]
    likely = np.where(np.tril(np.ones((length, length))) > 0, pairs, -np.inf)
    likely = np.exp(likely - likely.max(axis=1, initial=-np.inf)[:, None])
    usual = {
        "the current token is left out": np.tril(pairs, -1) @ values,
        "tokens that are still to come count too": pairs @ values,
        "the tokens from t on count, not those up to t": np.triu(pairs) @ values,
        "agreements are divided by the root of k": masked @ values / np.sqrt(keys.shape[1]),
        "the sum is divided by the number of tokens": masked @ values / tokens,
        "key and query are exchanged": np.tril(pairs.T) @ values,
        "agreements are put through a softmax": likely / likely.sum(axis=1)[:, None] @ values,
    }
    found = [words for words, those in usual.items() if np.allclose(got, those, rtol=1e-9, atol=0)]
    return f"; what is there is as when {found[0]}" if found else ""


def gradients(
    inputs: np.ndarray, query: np.ndarray, key: np.ndarray, value: np.ndarray, cotangent: np.ndarray
) -> Arrays:
    """Return the gradients of sum(cotangent * outputs), term by term of sum over s <= t."""
    found = {
        "inputs": np.zeros(inputs.shape),
        "query": np.zeros(query.shape),
        "key": np.zeros(key.shape),
        "value": np.zeros(value.shape),
    }
    queries, keys, values = inputs @ query.T, inputs @ key.T, inputs @ value.T
    for t, weights in enumerate(cotangent):
        for s in range(t + 1):
            weight, agreement = float(weights @ values[s]), float(keys[s] @ queries[t])
            of_query, of_key, of_value = weight * keys[s], weight * queries[t], agreement * weights
            found["query"] += np.outer(of_query, inputs[t])
            found["key"] += np.outer(of_key, inputs[s])
            found["value"] += np.outer(of_value, inputs[s])
            found["inputs"][t] += of_query @ query
            found["inputs"][s] += of_key @ key + of_value @ value
    return found


def look_alike_gradient(name: str, got: np.ndarray, asked: Mapping[str, np.ndarray]) -> str:
    """Return a word about a usual mistake that gives just this gradient, if there is one."""
    inputs, cotangent = asked["inputs"], asked["cotangent"]
    query, key, value = (asked[matrix] for matrix in MATRICES)
    queries, keys, values = (inputs @ matrix.T for matrix in (query, key, value))
    scores, weights = queries @ keys.T, cotangent @ values.T

    def made(of_past: np.ndarray, of_later: np.ndarray, paths: tuple[int, ...] = (1, 1, 1)) -> np.ndarray:
        """Return the gradient by sums over those s for queries, and those t for keys and values."""
        through = (
            (of_past * weights) @ keys,
            (of_later * weights).T @ queries,
            (of_later * scores).T @ cotangent,
        )
        if name != "inputs":
            summed: np.ndarray = through[MATRICES.index(name)].T @ inputs
            return summed
        terms = [each @ matrix for each, matrix in zip(through, (query, key, value), strict=True)]
        return sum((on * term for on, term in zip(paths, terms, strict=True)), np.zeros(inputs.shape))

    every = np.ones((len(inputs),) * 2)
    past, last = np.tril(every), np.eye(len(every))[:, -1:]
    right = made(past, past)
    usual = {
        "a token's own term is left out": made(np.tril(every, -1), np.tril(every, -1)),
        "the state is detached: a token's own term is all there is": made(
            np.eye(len(every)), np.eye(len(every))
        ),
        "the sum over outputs from s on runs over those before": made(past, past.T),
        "the past is detached in keys and values": made(past, np.eye(len(every))),
        "tokens that are still to come count too": made(every, every),
        "the sum is divided by the number of tokens": right / max(1, len(inputs)),
        "there is the other sign": -right,
        "the last output alone counts": made(past * last, past * last),
        "nothing comes through the query": made(past, past, (0, 1, 1)),
        "nothing comes through the key": made(past, past, (1, 0, 1)),
        "nothing comes through the value": made(past, past, (1, 1, 0)),
    }
    if name in ("query", "key"):
        other = (past * weights).T @ queries if name == "query" else (past * weights) @ keys
        usual["the gradients of query and key are exchanged"] = other.T @ inputs
    if right.shape[0] == right.shape[1]:
        usual["it is transposed"] = right.T
    found = [words for words, those in usual.items() if np.allclose(got, those, rtol=1e-9, atol=0)]
    return "; what is there is as when " + ", or ".join(found) if found else ""


def gated(network: Network, inputs: np.ndarray) -> np.ndarray:
    """Return the outputs of a gated network, by its recurrence."""
    state, outputs = np.zeros(len(network.decay)), np.zeros((len(inputs), len(network.readout)))
    for t, token in enumerate(inputs):
        augmented = np.append(token, 1.0)
        state = network.decay * state + (network.input_a @ augmented) * (network.input_b @ augmented)
        outputs[t] = network.readout @ ((network.gate_a @ state) * (network.gate_b @ state))
    return outputs


def gated_size(network: Network, inputs: np.ndarray) -> np.ndarray:
    """Return the outputs that all absolute values give."""
    return gated(Network(**{name: np.abs(array) for name, array in vars(network).items()}), np.abs(inputs))


def compact_size(arguments: Mapping[str, np.ndarray]) -> np.ndarray:
    """Return what bounds the errors of the compact network, where u_i has terms C_ij (q_j - q_i)."""
    inputs, query, key, value = (np.abs(arguments[name]) for name in ("inputs", *MATRICES))
    past, outputs = np.zeros((inputs.shape[1],) * 2), np.zeros((len(inputs), len(value)))
    for t, token in enumerate(inputs):
        past += np.outer(token, token)
        asked = key.T @ query @ token
        outputs[t] = value @ (past @ asked + 2 * past.sum(axis=1) * asked)
    return outputs


def any_network_size(arguments: Mapping[str, np.ndarray]) -> np.ndarray:
    """Return what bounds the errors of any network that is made with care, in whatever coordinates.

    One that keeps the past in turned coordinates rounds large entries into small ones: norms count.
    """
    inputs, d = arguments["inputs"], arguments["inputs"].shape[1]
    norms = np.linalg.norm(inputs, axis=1)
    weights = np.prod([np.linalg.norm(arguments[name]) for name in MATRICES])
    sizes = 4 * d * weights * np.cumsum(norms**2) * norms
    return np.repeat(sizes[:, None], len(arguments["value"]), axis=1)


# Comparing


FACTOR, FACTOR_OF_NETWORKS = 8, 64


def roundings(inputs: np.ndarray) -> int:
    """Return T + 2d + 8."""
    length, d = inputs.shape
    return int(length + 2 * d + 8)


def fitted(subject: Subject, arrays: Mapping[str, np.ndarray]) -> Arrays:
    """Return what the subject's precision has room for: products of six entries need a wide range.

    A subject of float16 is asked with the signs alone.
    """
    narrow = precision_of(subject).largest < 1e6
    return {name: np.sign(array) if narrow else array for name, array in arrays.items()}


def has_room(subject: Subject, *sizes: np.ndarray) -> bool:
    """Say whether values of this size, with room for what they are made of, can be held."""
    largest = max((float(each.max()) for each in sizes if each.size), default=0.0)
    return largest < precision_of(subject).largest / 16


OUTPUT = "output {1} of token {0}"
LAST = "output {1} of the last token"


def answers_alike(
    subject: Subject,
    got: np.ndarray,
    right: np.ndarray,
    sizes: np.ndarray,
    inputs: np.ndarray,
    because: str,
    where: str = OUTPUT,
) -> None:
    """Compare outputs that are equal but for rounding, given their sizes and the longest inputs."""
    allowed = FACTOR * roundings(inputs) * precision_of(subject).unit * sizes
    must_be(subject, where, got, right, allowed, because)
