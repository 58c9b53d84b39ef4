"""Failures are kept, run again, and written as files that need no ledger."""

from __future__ import annotations

import json
import re
import sqlite3
import subprocess
import sys
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pytest

import whp as package
from whp.arguments import CannotPack, literal, pack, unpack
from whp.properties.alike import same
from whp.reference.graph import Graph

WRONG = "def color(graph, seed):\n    return [0] * graph.n\n"
ONE = ["--select", "coloring/color_is_proper"]
PROCESS = """
import json, sys
for line in sys.stdin:
    asked = json.loads(line)
    if asked["method"] == "initialize":
        answer = {"protocol": 1, "operations": ["color"]}
    else:
        answer = {"colors": [0] * asked["params"]["graph"]["n"]}
    print(json.dumps({"jsonrpc": "2.0", "id": asked["id"], "result": answer}), flush=True)
"""


@pytest.fixture
def failed(whp, tmp_path):
    (tmp_path / "fast.py").write_text(WRONG)
    done = whp("check", "coloring", "--subject", "fast.py", *ONE)
    (name,) = re.findall(r"again   whp replay (\w{8})\n", done.stdout)
    return name


def test_a_failure_is_still_there_then_fixed_then_gone(whp, tmp_path, failed):
    again = whp("replay")
    assert again.returncode == 1
    assert again.stdout.splitlines() == [
        f"still failing  {failed}  coloring/color_is_proper  fast.py",
        "               vertices 0 and 1 are joined and both have colour 0",
    ]
    (tmp_path / "fast.py").write_text(
        "from whp.impostors.coloring import Process\n\ncolor = Process().color\n"
    )
    again = whp("replay", failed)
    assert (again.returncode, again.stdout) == (
        0,
        f"fixed          {failed}  coloring/color_is_proper  fast.py\n",
    )
    (tmp_path / "fast.py").write_text("def recolor(graph, seed):\n    return {}\n")
    assert whp("replay", "coloring/color_is_proper").stdout.startswith(f"gone           {failed}")
    (tmp_path / "fast.py").unlink()
    again = whp("replay")
    assert again.returncode == 0
    assert "there is no such file" in again.stdout


def test_what_holds_on_the_input_alone_is_not_fixed_if_the_check_fails(whp, tmp_path, failed):
    (tmp_path / "fast.py").write_text(
        "def color(graph, seed):\n    return [v * (graph.n < 3) for v in range(graph.n)]\n"
    )
    again = whp("replay")
    assert again.returncode == 1
    assert again.stdout.startswith(f"still failing  {failed}")


@pytest.mark.slow
def test_a_claim_and_a_process_that_dies_are_run_as_they_were(whp, tmp_path):
    claim = ["--select", "coloring/steps_on_a_clique_are_a_coupon_collectors"]
    assert (
        whp("check", "coloring", "--subject", "whp.impostors.coloring:OwnColorNever", *claim).returncode == 1
    )
    (tmp_path / "dies.py").write_text("import os\n\ndef color(graph, seed):\n    os.abort()\n")
    assert whp("check", "coloring", "--subject", "dies.py", *ONE).returncode == 1
    again = whp("replay")
    assert again.returncode == 1
    assert [line.split("  ")[0] for line in again.stdout.splitlines()[::2]] == ["still failing"] * 2
    assert "SIGABRT" in again.stdout
    asked = whp("export", "coloring/color_is_proper", "--as", "jsonl").stdout.splitlines()
    assert json.loads(asked[1])["method"] == "color"
    refused = whp("export", claim[1], "--as", "python")
    assert refused.returncode == 2
    assert "of a population of answers; --as pytest runs" in refused.stderr


def test_a_script_asks_again_and_a_test_fails_until_it_is_mended(whp, tmp_path, failed):
    script = whp("export", failed, "--as", "python").stdout
    (tmp_path / "again.py").write_text(script)
    told = subprocess.run(
        [sys.executable, "again.py"], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert told.stdout == "[0, 0]\n"
    (tmp_path / "test_again.py").write_text(whp("export", failed).stdout)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_again.py"]
    judged = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert judged.returncode == 1
    assert "refuted: vertices 0 and 1 are joined and both have colour 0" in judged.stdout
    (tmp_path / "fast.py").write_text("def color(graph, seed):\n    return range(graph.n)\n")
    assert subprocess.run(command, cwd=tmp_path, capture_output=True, check=False).returncode == 0


def test_lines_of_the_protocol_go_to_a_process_and_so_does_the_script(whp, tmp_path):
    (tmp_path / "fast.py").write_text(PROCESS)
    assert whp("check", "coloring", "--subject", f"cmd: {sys.executable} fast.py", *ONE).returncode == 1
    lines = whp("export", "coloring/color_is_proper", "--as", "jsonl").stdout
    answer = '{"jsonrpc": "2.0", "id": 1, "result": {"colors": [0, 0]}}'
    told = subprocess.run(
        [sys.executable, "fast.py"], input=lines, cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert told.stdout.splitlines()[1] == answer
    script = whp("export", "coloring/color_is_proper", "--as", "python").stdout
    told = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert told.stdout.splitlines()[1] == answer


@pytest.mark.slow
def test_a_test_of_a_claim_is_one_of_conformance(whp):
    claim = "coloring/steps_on_a_clique_are_a_coupon_collectors"
    subject = "whp.impostors.coloring:OwnColorNever"
    assert whp("check", "coloring", "--subject", subject, "--select", claim, "--seed", "5").returncode == 1
    assert whp("export", claim).stdout.endswith(
        f"import whp\n\ntest_coloring = whp.conformance('coloring', subject='{subject}', select=['{claim}'], "
        "seed=5)\n"
    )


def test_what_is_not_kept_is_told_in_a_line(whp, tmp_path, failed):
    for command, line in {
        ("replay", "1234"): f"keeps no failure 1234; it keeps {failed} (coloring/color_is_proper)",
        ("export", "1234"): "keeps no failure 1234",
        ("replay", "--ledger", "none.db"): "there is no ledger none.db",
    }.items():
        done = whp(*command)
        assert (done.returncode, done.stdout) == (2, "")
        assert line in done.stderr
        assert done.stderr.count("\n") == 1
    with sqlite3.connect(tmp_path / ".whp" / "ledger.db") as db:
        db.execute("DELETE FROM result")
    assert "the ledger keeps no failure" in whp("replay").stderr


@pytest.mark.usefixtures("failed")
def test_an_input_of_another_whp_is_not_read_and_makes_no_class_of_others(whp, tmp_path):
    with sqlite3.connect(tmp_path / ".whp" / "ledger.db") as db:
        ((told,),) = db.execute("SELECT result FROM result WHERE id = 'coloring/color_is_proper'").fetchall()
        db.execute(
            "UPDATE result SET result = ?", (told.replace("whp.reference.graph:Graph", "subprocess:Popen"),)
        )
    (tmp_path / "fast.py").write_text("def color(graph, seed):\n    return range(graph.n)\n")
    again = whp("replay")
    assert again.returncode == 0, again.stderr  # the check itself says so
    assert again.stdout.startswith("fixed")
    with pytest.raises(ValueError, match="no record of whp"):
        unpack({"$record": "subprocess:Popen", "fields": {"args": "true"}})


def test_replay_asserts(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "fast.py").write_text(WRONG)
    edge = {"graph": pack(Graph.of(2, [[0, 1]])), "seed": 0}
    with pytest.raises(AssertionError, match="vertices 0 and 1 are joined"):
        package.replay("coloring/color_is_proper", edge, subject="fast.py")
    package.replay("coloring/color_is_proper", {"graph": pack(Graph.of(2)), "seed": 0}, subject="fast.py")
    with pytest.raises(LookupError, match="no property coloring/color_is_popper"):
        package.replay("coloring/color_is_popper", edge, subject="fast.py")
    with pytest.raises(LookupError, match="not offered: the subject offers no `recolor`"):
        package.replay("coloring/stops_at_a_proper_coloring", edge, subject="fast.py")


@dataclass
class Foreign:
    value: int


class Pair(NamedTuple):
    first: int
    second: str


@pytest.mark.parametrize(
    "value",
    [
        None,
        2**70,
        -0.0,
        float("inf"),
        "$record",
        [1, (2, [3.5])],
        {"$array": 1},
        {1: "one", (2, 3): None},
        np.float32(0.1),
        np.zeros((2, 0, 3)),
        np.array([[1e-320, -np.inf], [0.1, 3]]),
        np.array([[True, False]]),
        np.arange(4, dtype=np.int32),
        Graph.of(3, [[0, 2]]),
    ],
)
def test_what_is_packed_comes_back(value):
    back = unpack(json.loads(json.dumps(pack(value))))
    assert type(back) is type(value)
    assert same(back, value)
    if isinstance(value, np.ndarray):
        assert back.dtype == value.dtype
        assert back.shape == value.shape


def test_what_is_not_drawn_is_not_packed():
    for value in ({1, 2}, b"bytes", object()):
        with pytest.raises(CannotPack):
            pack(value)
    with pytest.raises(ValueError, match="no record of whp"):
        unpack(pack(Foreign(1)))
    with pytest.raises(ValueError, match="no record of whp"):
        unpack(pack(Pair(1, "a")))


@pytest.mark.parametrize(
    "value", [np.zeros((0, 2)), np.array([[1.5, -0.0]]), np.array([True]), [np.arange(3)]]
)
def test_a_literal_makes_the_value(value):
    back = eval(literal(value), {"np": np})
    assert same(back, value)
    assert getattr(back, "shape", None) == getattr(value, "shape", None)
