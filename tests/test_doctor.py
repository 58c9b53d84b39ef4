"""The doctor sees what lies between whp and a subject, and doesn't judge answers."""

from __future__ import annotations

import sys

import pytest

from whp import contract, registry
from whp.doctor import questions

COLORS = "def color(graph, seed):\n    return [0] * graph.n\n"
SERVER = """
import json, sys, time
for line in sys.stdin:
    asked = json.loads(line)
    method, params = asked["method"], asked["params"]
    told = {"jsonrpc": "2.0", "id": asked["id"]}
    if method == "initialize":
        told["result"] = {"protocol": 1, "operations": ["color"]}
    elif method == "color":
        told["result"] = [0] * params["graph"]["n"]
    elif method == "echo":
        value = params["value"]
        told["result"] = (ECHO)(value) if isinstance(value, list) else value
    else:
        told["error"] = {"code": -32601, "message": "what?"}
    print(json.dumps(told), flush=True)
"""


def examined(whp, *arguments):
    done = whp("doctor", *arguments)
    findings = [line.split(maxsplit=2) for line in done.stdout.splitlines() if line[:2] in ("ok", "no", "wr")]
    return done, findings


def test_the_machine_alone(whp):
    done, findings = examined(whp)
    assert done.returncode == 0
    told = [what for _, what, _ in findings]
    assert told[:6] == ["python", "clock", "cores", "memory", "temporary", "compiled"]


def test_a_subject_that_is_wrong_is_connected_all_the_same(whp, tmp_path):
    (tmp_path / "fast.py").write_text(COLORS)
    done, findings = examined(whp, "coloring", "--subject", "fast.py")
    assert done.returncode == 0
    assert [what for _, what, _ in findings[-4:]] == ["loaded", "not", "color", "end"]
    assert done.stdout.endswith("says whether the answers are right\n")


@pytest.mark.parametrize(
    ("echo", "wrong"),
    [
        ("lambda value: value", None),
        ("lambda value: json.loads(json.dumps(value), parse_int=float)", None),
        ("lambda v: {} if v == [[], [[], []], {}] else v", "empty arrays: value was [[], [[], []], {}] and"),
        (
            "lambda value: value[:-1] if isinstance(value, list) and len(value) > 99 else value",
            "a long array",
        ),
        (
            "lambda v: [float('%.12g' % x) for x in v] if v[:1] == [0.1] else v",
            "numbers: value[3] was",
        ),
        (
            "lambda v: [x % 2**32 for x in v] if v[:2] == [0, -1] else v",
            "whole numbers: value[1] was -1",
        ),
        (
            "lambda v: [int(x) for x in v] if v[:1] == [True] else v",
            "true and false: value[0] was true and",
        ),
    ],
)
def test_values_that_change_on_their_way_are_named(whp, tmp_path, echo, wrong):
    (tmp_path / "server.py").write_text(SERVER.replace("ECHO", echo))
    done, _ = examined(whp, "coloring", "--subject", f"cmd: {sys.executable} server.py")
    found = [line for line in done.stdout.splitlines() if line.startswith("wrong")]
    assert done.returncode == len(found) == (wrong is not None)
    if wrong:
        assert wrong in found[0]
        assert done.stdout.endswith("the connection doesn't work\n")


@pytest.mark.parametrize(
    ("source", "line"),
    [
        ("def color(graph, seed):\n    raise ValueError('no')", "refuses a legal input: ValueError: no"),
        ("def color(graph, seed):\n    return 'red'", "answered outside the contract: $.colors is 'red'"),
        ("import os\ndef color(graph, seed):\n    os.abort()", "was killed by SIGABRT"),
        ("import time\ndef color(graph, seed):\n    time.sleep(9)", "did not answer within 1.5 s"),
        ("import atexit, os\natexit.register(os.abort)\n" + COLORS, "after its last answer"),
    ],
)
def test_what_is_wrong_with_the_connection_is_named(whp, tmp_path, source, line):
    (tmp_path / "fast.py").write_text(source)
    done, _ = examined(whp, "coloring", "--subject", "fast.py", "--timeout", "0.5")
    assert done.returncode == 1, done.stdout
    assert line in done.stdout
    assert "Traceback" not in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("program", "line"),
    [
        ("print('hello', flush=True); input()", "wrote 'hello' to its standard output, which is no JSON"),
        ("raise SystemExit(3)", "ended with exit status 3 instead of answering"),
    ],
)
def test_a_handshake_that_is_wrong_is_named(whp, tmp_path, program, line):
    (tmp_path / "server.py").write_text(program)
    done, findings = examined(whp, "coloring", "--subject", f"cmd: {sys.executable} server.py")
    assert done.returncode == 1
    assert findings[-1][:2] == ["wrong", "handshake"]
    assert line in done.stdout


def test_what_cant_be_looked_at_is_one_line(whp):
    for arguments, line in {
        ("coloring",): "name a system and a subject",
        ("--subject", "fast.py"): "name a system and a subject",
        ("coloring", "--subject", "fast.py"): "fast.py: there is no such file",
        ("colouring", "--subject", "fast.py"): "unknown system 'colouring'",
    }.items():
        done = whp("doctor", *arguments)
        assert done.returncode == 2
        assert line in done.stderr
        assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("system", registry.systems())
def test_there_is_a_question_for_each_operation_but_those_that_claims_alone_ask(system):
    left = set(contract.operations(system)) - set(questions(system))
    assert len(left) <= 2
