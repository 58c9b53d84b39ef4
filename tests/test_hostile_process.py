"""What a subject in another process may do on its standard streams, and the verdict that it gets."""

from __future__ import annotations

import shlex
import sys

import pytest

from whp.results import Options
from whp.run import run, select
from whp.subject import CannotLoad

ONE_CHECK = "coloring/color_is_proper"
SERVER = """
import json, os, sys, time
def say(text): sys.stdout.write(text); sys.stdout.flush()
for line in sys.stdin:
    request = json.loads(line)
    def answer(result, **more):
        say(json.dumps({"jsonrpc": "2.0", "id": request["id"], "result": result, **more}) + "\\n")
    if request["method"] == "initialize":
        HANDSHAKE
        continue
    n = request["params"]["graph"]["n"]
    colors = {"colors": list(range(n))}
    if n == 2:
        FAULT
    else:
        answer(colors)
ENDING
"""
HANDSHAKE = 'answer({"protocol": 1, "name": "server", "version": "7", "operations": ["color", "other"]})'


def judged(tmp_path, fault="answer(colors)", handshake=HANDSHAKE, ending="", check=ONE_CHECK, timeout=2.0):
    file = tmp_path / "server.py"
    source = SERVER.replace("HANDSHAKE", handshake).replace("FAULT", fault).replace("ENDING", ending)
    file.write_text(source)
    command = f"cmd: {shlex.quote(sys.executable)} {file}"
    return run(select(["coloring"], [check]), Options(subject=command, timeout=timeout))


def test_a_right_process_holds_and_tells_its_name(tmp_path):
    done = judged(tmp_path)
    assert [result.verdict for result in done.ordered] == ["holds"]
    assert (done.name, done.version, done.offered) == ("server", "7", {"coloring": ["color"]})


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        (
            "say('debug: two vertices\\n'); answer(colors)",
            "wrote 'debug: two vertices' to its standard output, which is no JSON",
        ),
        ("say('\\xff\\n')", "to its standard output, which is no JSON"),
        ("request['id'] += 5; answer(colors)", "when the question had id"),
        ("request['id'] = str(request['id']); answer(colors)", "when the question had id"),
        ("say('[]\\n')", "which is no JSON-RPC 2.0 message"),
        ('say(\'{"jsonrpc": "2.0", "id": %d}\\n\' % request[\'id\'])', "neither a result nor an error"),
        (
            'say(\'{"jsonrpc": "2.0", \'); os._exit(3)',
            "ended with exit status 3 instead of answering in the middle of a line",
        ),
        ("os._exit(0)", "ended with exit status 0 instead of answering"),
        ("os.kill(os.getpid(), 11)", "was killed by SIGSEGV instead of answering"),
        ("os.close(1); time.sleep(60)", "closed its standard streams and went on running"),
        ("answer({'colors': [0, None]})", "$.colors[1] is absent (None); an integer is wanted"),
        (
            'say(\'{"jsonrpc": "2.0", "id": %d, "result": {"colors": [0, NaN]}}\\n\' % request[\'id\'])',
            "which is no JSON",
        ),
        ("answer(None, error={'code': -32602, 'message': 'too small'})", "refuses a legal input: too small"),
        (
            "answer(None, error={'code': -32000, 'message': 'out of luck'})",
            "failed (error -32000): out of luck",
        ),
    ],
)
def test_a_fault_on_the_wire_is_broken_and_says_which(tmp_path, fault, sentence):
    (result,) = judged(tmp_path, fault, timeout=8).ordered
    assert result.verdict == "broken"
    assert sentence in result.detail
    assert result.counterexample["calls"][-1]["arguments"]["graph"] == {"n": 2, "edges": []}  # the smallest


@pytest.mark.parametrize(
    "fault",
    ["time.sleep(100)", "\n        while True: say('x' * 10**5)", "sys.stdin.close(); time.sleep(100)"],
)
def test_an_answer_that_never_comes_is_broken(tmp_path, fault):
    (result,) = judged(tmp_path, fault, timeout=0.4).ordered
    assert result.verdict == "broken"
    assert "color did not answer within 0.4 s" in result.detail or "a line of more than" in result.detail


@pytest.mark.parametrize(
    ("handshake", "sentence"),
    [
        ('answer({"protocol": 2, "operations": ["color"]})', "protocol 2 is offered; whp speaks protocol 1"),
        (
            'answer({"protocol": 1, "operations": "color"})',
            "`operations` is 'color'; a list of names is expected",
        ),
        ("answer([1])", "the result of `initialize` is [1]"),
        ("say('ready\\n')", "wrote 'ready' to its standard output"),
        ("os._exit(4)", "ended with exit status 4 instead of answering"),
        ("time.sleep(100)", "initialize did not answer within 1.2 s"),
        ('answer(None, error={"code": -32601, "message": "?"})', "the process knows no method `initialize`"),
    ],
)
def test_a_wrong_handshake_is_broken(tmp_path, handshake, sentence):
    (result,) = judged(tmp_path, handshake=handshake, timeout=0.4).ordered
    assert result.verdict == "broken"
    assert "the handshake is wrong" in result.detail
    assert sentence in result.detail


def test_an_offered_operation_that_is_not_there_after_all_is_not_offered(tmp_path):
    handshake = HANDSHAKE.replace('"other"', '"recolor"')
    fault = 'answer(None, error={"code": -32601, "message": "?"})'
    (result,) = judged(tmp_path, fault, handshake=handshake).ordered
    assert result.verdict == "not offered"


def test_death_at_the_end_is_broken(tmp_path):
    (result,) = judged(
        tmp_path, ending="os.abort()", check="coloring/every_process_answers_alike_and_ends_well"
    ).ordered
    assert result.verdict == "broken"
    assert (
        "the process was killed by SIGABRT after its last answer, when its standard input was closed"
        in result.detail
    )


def test_a_process_that_ignores_the_end_of_its_input_is_broken(tmp_path):
    (result,) = judged(
        tmp_path, ending="time.sleep(100)", check="coloring/every_process_answers_alike_and_ends_well"
    ).ordered
    assert result.verdict == "broken"
    assert "did not end within 5 s" in result.detail


def test_standard_error_is_kept_for_the_report(tmp_path):
    (result,) = judged(tmp_path, "print('assertion failed: n > 2', file=sys.stderr); os._exit(1)").ordered
    assert "it had printed, last:\nassertion failed: n > 2" in result.detail


@pytest.mark.parametrize("spec", ["cmd: no-such-program", "cmd:", "cmd: 'unclosed"])
def test_a_command_that_cannot_run_is_no_subject(spec):
    with pytest.raises(CannotLoad, match="cmd"):
        run(select(["coloring"], [ONE_CHECK]), Options(subject=spec))


def test_a_process_without_a_known_operation_is_no_subject(tmp_path):
    with pytest.raises(CannotLoad, match="it could offer any of"):
        judged(tmp_path, handshake='answer({"protocol": 1, "operations": ["sort"]})')
