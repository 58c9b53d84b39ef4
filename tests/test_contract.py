from __future__ import annotations

import jsonschema
import numpy as np
import pytest
from jaxtyping import Float

from whp import contract, registry
from whp.contract import ContractError
from whp.reference.coloring import Coloring, Recoloring, Trace
from whp.reference.graph import Graph

EDGE_AND_POINT = Graph.of(3, [(0, 1)])


def decoded(operation, answer, **arguments):
    asked = {"graph": EDGE_AND_POINT, "seed": 1, **arguments}
    return contract.operations("coloring")[operation].decode(asked, answer)


TRACE = {"palette": 3, "start": None}
A_TRACE = {"start": [0, 0, 0], "moves": [[0, 1]], "colors": [1, 0, 0], "steps": 1}


@pytest.mark.parametrize("three", [3, 3.0, np.int8(3), np.float64(3), np.array(3)])
def test_an_integer_is_an_integer_however_written(three):
    answer = decoded("recolor", {"colors": [0, 1, 2], "steps": three})
    assert answer.steps == 3
    assert type(answer.steps) is int


def test_an_answer_becomes_the_type_of_the_reference():
    answer = decoded("recolor", {"colors": [0, 1.0, 2], "steps": 1})
    assert isinstance(answer, Recoloring)
    assert answer.colors.dtype == np.int64
    assert isinstance(decoded("color", [0, 1, 0]), Coloring)
    assert isinstance(decoded("trace", A_TRACE, **TRACE), Trace)


def test_an_array_with_no_entry_takes_the_shape_that_is_known():
    assert decoded("trace", {**A_TRACE, "moves": []}, **TRACE).moves.shape == (0, 2)


@pytest.mark.parametrize(
    ("operation", "answer", "message"),
    [
        ("recolor", ([0, 1, 2], 3), "$ is a tuple without `colors`; a record of `colors`, `steps` is wanted"),
        ("recolor", {"colors": [0, 1, 2]}, "without `steps`"),
        ("recolor", {"colors": [0, 1, 2], "steps": 1.5}, "$.steps is 1.5; an integer is wanted"),
        ("recolor", {"colors": [0, 1, 2], "steps": True}, "$.steps is True; an integer is wanted"),
        ("recolor", {"colors": [0, 1, 2], "steps": "3"}, "$.steps is '3'; an integer is wanted"),
        (
            "recolor",
            {"colors": [0, 1, 2], "steps": float("inf")},
            "$.steps is inf; a finite number is wanted",
        ),
        ("recolor", {"colors": [0, 1, 2], "steps": -1}, "$.steps is -1; a number of steps is not negative"),
        ("color", [0, 1], "$.colors has length 2, but n is 3"),
        ("color", [0, [1], 2], "$.colors[1] is a list, unlike the entries before it: rows differ"),
        ("color", [0, None, 2], "$.colors[1] is absent (None); an integer is wanted"),
        ("color", np.array([0, 1j, 2]), "is wanted"),
        ("color", (c for c in (0, 1, 2)), "$.colors is a generator; an array is wanted"),
        (
            "trace",
            {**A_TRACE, "moves": [[0, 1], [0]]},
            "$.moves[1] is a list, unlike the entries before it: rows differ",
        ),
        ("trace", {**A_TRACE, "moves": [[0, 1, 2]]}, "$.moves is 1 x 3, but 2 is wanted"),
        ("trace", {**A_TRACE, "moves": [[0, 1], [3, 1]]}, "$.moves[1][0] is 3, which is no vertex"),
        ("trace", {**A_TRACE, "start": None}, "$.start is absent (None); an array is wanted"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(operation, answer, message):
    with pytest.raises(ContractError) as caught:
        decoded(operation, answer, **(TRACE if operation == "trace" else {}))
    assert message in str(caught.value)


def test_an_array_may_be_of_any_shape_and_an_axis_of_any_length():
    assert contract.decode(Float[np.ndarray, "..."], [[1, 2], [3, 4]], "$", {}).shape == (2, 2)
    assert contract.decode(Float[np.ndarray, "..."], [1, 2], "$", {}).shape == (2,)
    sizes = {"b": 2}
    lists = contract.decode(list[Float[np.ndarray, "_ b"]], [[[1, 2]], [[3, 4], [5, 6]], []], "$", sizes)
    assert [array.shape for array in lists] == [(1, 2), (2, 2), (0, 2)]
    assert sizes == {"b": 2}
    with pytest.raises(ContractError, match=r"\$\[1\] is 1 x 3, but b is 2"):
        contract.decode(list[Float[np.ndarray, "_ b"]], [[[1, 2]], [[3, 4, 5]]], "$", {"b": 2})


def test_the_schema_is_one_and_admits_what_the_reference_answers():
    for system in registry.systems():
        jsonschema.Draft202012Validator.check_schema(contract.schema(system))
    schema = contract.schema("coloring")
    answer = contract.to_builtins(decoded("trace", A_TRACE, **TRACE))
    arguments = contract.to_builtins({"graph": EDGE_AND_POINT, "seed": 1, **TRACE})
    question = {"trace": {"params": arguments, "result": answer}}
    jsonschema.Draft202012Validator(schema).validate(question)
    answer["moves"] = [[0, 1, 2]]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(schema).validate(question)


def test_every_operation_and_field_is_described():
    for system in registry.systems():
        for operation in contract.operations(system).values():
            assert operation.statement, operation.name
        for name, definition in contract.schema(system)["$defs"].items():
            assert definition.get("description"), name


def test_a_state_is_the_subjects_own():
    state = (x for x in "abc")  # can't be copied, compared or written down
    begun = contract.operations("evolution")["begin"].decode(
        {"point": np.zeros(1), "count": 0, "sigma": 1.0, "seed": 0}, {"state": state, "points": [[1], [-1]]}
    )
    assert contract.opened({"state": begun.state, "values": 3}) == {"state": state, "values": 3}
    assert contract.to_builtins(begun)["state"] == "(the subject's own)"
    assert begun.state == contract.Opaque(None)  # what is in it tells no two answers apart


def test_a_number_may_be_a_whole_one_beyond_64_bits():
    """As other languages write them: JavaScript has no point in a number below 1e21."""
    rule = contract.operations("attention")["predict"]
    asked = {"inputs": np.ones((1, 1)), "targets": np.ones((1, 2)), "query": np.ones(1), "rate": 1.0}
    assert rule.decode(asked, [-9296911049932800000, 2**63]).tolist() == [-9296911049932800000.0, 2.0**63]
    assert rule.decode(asked, [10**300, 0.5]).tolist() == [1e300, 0.5]
    with pytest.raises(ContractError, match="doesn't fit 64 bits"):
        rule.decode(asked, [10**400, 0.5])
    with pytest.raises(ContractError, match="a number is wanted"):
        rule.decode(asked, [2**70, True])
