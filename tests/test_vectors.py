"""Vectors: what they say is so by other means, and they find what they say."""

from __future__ import annotations

import json
import signal

import jsonschema
import numpy as np
import pytest

from whp import contract, registry, vectors
from whp.arguments import typed
from whp.checks import NotOffered
from whp.impostors import impostors
from whp.reference.graph import Graph
from whp.subject import Subject, Unwatched


def made(system):
    told = json.loads(vectors.written(system, print))
    jsonschema.validate(told, vectors.SCHEMA)
    assert len(told["vectors"]) >= 100
    assert len({json.dumps([v["operation"], v["params"], v["result"]]) for v in told["vectors"]}) == len(
        told["vectors"]
    )
    for vector in told["vectors"]:
        for entry in vector["finds"] if "valid" not in vector else ():
            wrong = Subject(system, f"whp.impostors.{system}:{entry['impostor']}", {}, Unwatched())
            try:
                answer = wrong.ask(vector["operation"], **typed(system, call(vector)))
            except Exception:
                continue
            back = json.loads(contract.to_json(answer))
            assert not vectors.alike(vector["result"], back, vector.get("within", 0.0)), vector
    return told


def call(vector):
    return {"operation": vector["operation"], "arguments": vector["params"]}


def test_vectors_of_mastermind_count_agreements_and_find_impostors():
    told = made("mastermind")
    assert told["sensitivity"]["found"] >= 20
    for vector in told["vectors"]:
        if vector["operation"] == "answers":
            rows, word = vector["params"]["queries"], vector["params"]["codeword"]
            assert vector["result"] == [sum(map(int.__eq__, row, word)) for row in rows]
        elif vector["operation"] == "decode":
            given, word = vector["params"], vector["result"]["codeword"]
            if word and vector["valid"]:
                assert [sum(map(int.__eq__, row, word)) for row in given["queries"]] == given["answers"]
            assert vector["valid"] or vector["why"]


@pytest.mark.slow
@pytest.mark.parametrize("system", [name for name in registry.systems() if name != "mastermind"])
def test_vectors_of_each_system_find_impostors(system):
    told = made(system)
    assert told["sensitivity"]["found"] >= len(impostors(system)) / 3


def test_a_call_that_never_ends_is_no_answer(monkeypatch):
    monkeypatch.setattr(vectors, "PATIENCE", 0.05)
    wrong = Subject("coloring", "whp.impostors.coloring:DeltaColors", {}, vectors.Limited())
    with pytest.raises(NotOffered, match="in time"):
        wrong.trace(graph=Graph.of(2, [(0, 1)]), palette=2, start=[0, 0], seed=0)
    assert signal.getitimer(signal.ITIMER_REAL)[0] == 0


def test_answers_are_alike_up_to_what_is_allowed():
    assert vectors.alike({"a": [1.0, 2]}, {"a": [1.05, 2]}, 0.1)
    assert not vectors.alike({"a": [1.0, 2]}, {"a": [1.0, 2.01]}, 0.1)  # a count is a count
    assert not vectors.alike([1.0], [1.0, 1.0], 0.1)
    assert not vectors.alike(1.0, None, 0.1)
    assert not vectors.alike({"a": 1}, {"b": 1}, 0.1)
    assert not vectors.alike(True, 0, 0.1)


def test_a_question_whose_answer_hangs_on_the_last_digits_is_none():
    subject, prop = Subject("alignment", None, {}, Unwatched()), registry.properties("alignment")[0]
    weights = np.array([0.0, 0.5, 1.0])
    for losses, settled in (([1.0, 5.5, 2.0], True), ([1e6 + 0.3] * 3, False)):
        asked = {"losses": np.array(losses), "weights": weights}
        vector = vectors._fixed("alignment", prop, "barrier", asked, subject.barrier(**asked))
        assert (vector is not None) == settled


def test_vectors_on_the_command_line(whp):
    schema = whp("vectors", "--schema")
    assert json.loads(schema.stdout) == vectors.SCHEMA
    for arguments, line in {(): "name a system", ("colouring",): "unknown system 'colouring'"}.items():
        done = whp("vectors", *arguments)
        assert (done.returncode, done.stdout) == (2, "")
        assert line in done.stderr
