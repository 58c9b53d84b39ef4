"""The ledger: nothing that was kept is lost, and nothing is taken for what it is not."""

from __future__ import annotations

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time

import pytest

from whp.ledger import APPLICATION, VERSION, Kept, Ledger, LedgerError
from whp.results import Options

CLAIM = "coloring/steps_on_a_clique_are_a_coupon_collectors"
SLOW = """
import time
from whp.reference import coloring

def recolor(graph, seed):
    time.sleep(0.0005)
    return coloring.recolor(graph, seed)
"""


@pytest.fixture
def slow(tmp_path):
    (tmp_path / "slow.py").write_text(SLOW)
    return ["check", "coloring", "--subject", "slow.py", "--select", CLAIM, "--jobs", "2"]


def evidence(whp, number=1, ledger=None):
    place = ["--ledger", ledger] if ledger else []
    told = json.loads(whp("ledger", "export", number, *place).stdout)
    return told["claims"][CLAIM]["cells"], [check["verdict"] for check in told["checks"]]


def has_run(path):
    if not path.exists():
        return False
    try:
        with sqlite3.connect(path) as db:
            return bool(db.execute("SELECT count(*) FROM run").fetchone()[0])
    except sqlite3.Error:
        return False


@pytest.mark.parametrize("times", [3, pytest.param(20, marks=pytest.mark.slow)])
def test_killed_at_random_moments_and_resumed_a_run_ends_as_one_that_was_not(whp, slow, tmp_path, times):
    straight = tmp_path / "straight.db"
    assert whp(*slow, "--ledger", straight).returncode == 0
    cut, resumed = tmp_path / "cut.db", 0
    command = [sys.executable, "-m", "whp", *slow, "--ledger", str(cut)]
    moments = random.Random(2024)  # the times at which a machine is killed need no seed of a run
    for _ in range(times):
        again = ["--resume"] if has_run(cut) else []
        resumed += bool(again)
        process = subprocess.Popen([*command, *again], cwd=tmp_path, stdout=subprocess.DEVNULL)
        until = time.monotonic() + 60
        while not has_run(cut) and time.monotonic() < until:  # where much else runs, it begins late
            time.sleep(0.1)
        time.sleep(moments.uniform(0.0, 2.6))
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert resumed == times - 1
    ended = whp(*slow, "--ledger", cut, "--resume")
    assert ended.returncode == 0, ended.stderr
    assert evidence(whp, ledger=cut) == evidence(whp, ledger=straight)


def test_an_interrupted_run_is_undecided_and_prints_how_to_go_on(whp, slow, tmp_path):
    process = subprocess.Popen(
        [sys.executable, "-m", "whp", *slow], cwd=tmp_path, stdout=subprocess.PIPE, text=True
    )
    ledger = tmp_path / ".whp" / "ledger.db"
    until = time.monotonic() + 60
    while time.monotonic() < until:
        time.sleep(0.1)
        if has_run(ledger):
            with sqlite3.connect(ledger) as db:
                if db.execute("SELECT count(*) FROM evidence").fetchone()[0] > 2:
                    break
    process.send_signal(signal.SIGINT)
    text, _ = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "undecided" in text
    assert "interrupted after" in text
    (line,) = [line for line in text.splitlines() if line.startswith("go on: whp ")]
    cells, verdicts = evidence(whp)
    assert verdicts == ["undecided"]
    assert 0 < sum(map(len, cells.values())) < 8000
    again = whp(*line.removeprefix("go on: whp ").split())
    assert again.returncode == 0
    cells, verdicts = evidence(whp)
    assert verdicts == ["holds"]
    assert [len(values) for values in cells.values()] == [4000, 4000]


def test_resume_refuses_a_subject_whose_files_have_changed(whp, slow, tmp_path):
    (tmp_path / "helper.py").write_text("PAUSE = 0.0\n")
    (tmp_path / "slow.py").write_text("import helper\n" + SLOW)
    assert whp(*slow).returncode == 0
    (tmp_path / "helper.py").write_text("PAUSE = 0.1\n")
    refused = whp(*slow, "--resume")
    assert refused.returncode == 2
    assert refused.stderr.startswith(f"whp: {tmp_path}/helper.py has changed since run 1 began")
    assert len(refused.stderr.splitlines()) == 1
    (tmp_path / "helper.py").write_text("PAUSE = 0.0\n")
    assert whp(*slow, "--resume").returncode == 0


def test_resume_refuses_a_process_whose_program_has_changed(whp, tmp_path):
    program = tmp_path / "subject.py"
    program.write_text(PROGRAM)
    asked = ["check", "coloring", "--subject", f"cmd: {sys.executable} {program}", "--select", CLAIM]
    assert whp(*asked).returncode == 0
    program.write_text(PROGRAM + "\n")
    refused = whp(*asked, "--resume")
    assert refused.returncode == 2
    assert f"{program} has changed" in refused.stderr


PROGRAM = """
import json, sys
from whp.reference import coloring
from whp.reference.graph import Graph
for line in sys.stdin:
    asked = json.loads(line)
    if asked["method"] == "initialize":
        result = {"protocol": 1, "name": "p", "version": "1", "operations": ["recolor"]}
    else:
        graph = asked["params"]["graph"]
        done = coloring.recolor(Graph.of(graph["n"], graph["edges"]), asked["params"]["seed"])
        result = {"colors": done.colors.tolist(), "steps": int(done.steps)}
    print(json.dumps({"jsonrpc": "2.0", "id": asked["id"], "result": result}), flush=True)
"""


def test_there_is_nothing_to_resume_of_another_seed_or_effort(whp, slow):
    assert whp(*slow).returncode == 0
    for other in (["--seed", "1"], ["--effort", "full"], ["--alpha", "1e-3"]):
        refused = whp(*slow, "--resume", *other)
        assert refused.returncode == 2
        assert "has no run to resume" in refused.stderr
    missing = whp(*slow, "--resume", "--ledger", "missing.db")
    assert missing.returncode == 2
    assert "there is no ledger missing.db" in missing.stderr


@pytest.mark.slow
def test_two_runs_write_one_ledger_at_once(whp, slow, tmp_path):
    command = [sys.executable, "-m", "whp", *slow, "--ledger", "shared.db"]
    both = [
        subprocess.Popen([*command, "--seed", seed], cwd=tmp_path, stdout=subprocess.DEVNULL)
        for seed in ("1", "2")
    ]
    assert [process.wait(120) for process in both] == [0, 0]
    kept = Ledger(tmp_path / "shared.db", create=False)
    assert sorted(run.options["seed"] for run in kept.runs()) == [1, 2]
    assert [run.replicates for run in kept.runs()] == [8000, 8000]
    for run in kept.runs():
        one = whp(*slow, "--seed", run.options["seed"], "--ledger", "alone.db")
        assert one.returncode == 0
    alone = Ledger(tmp_path / "alone.db", create=False)
    for number, other in ((run.id, run.id) for run in kept.runs()):
        seed = kept.run(number).options["seed"]
        (twin,) = (run.id for run in alone.runs() if run.options["seed"] == seed)
        assert kept.evidence(other, CLAIM, 2) == alone.evidence(twin, CLAIM, 2)


def test_a_run_that_is_going_on_is_neither_resumed_nor_pruned(tmp_path):
    options = Options(systems=("coloring",))
    Kept(Ledger(tmp_path / "a.db", create=True), options, [CLAIM], resume=False)  # held by this process
    ledger = Ledger(tmp_path / "a.db", create=True)
    with pytest.raises(LedgerError, match="run 1 is still going on"):
        Kept(ledger, options, [CLAIM], resume=True)
    with pytest.raises(LedgerError, match="run 1 is going on; nothing is removed"):
        ledger.prune([1])
    assert ledger.run(1).state == "going on"


def text_file(path):
    path.write_text("no ledger, but " + "much text " * 100)


def other_database(path):
    with sqlite3.connect(path) as db:
        db.execute("CREATE TABLE mine (x)")


def of_version(version):
    def make(path):
        with sqlite3.connect(path) as db:
            db.execute("CREATE TABLE run (id)")
            db.execute(f"PRAGMA application_id = {APPLICATION}")
            db.execute(f"PRAGMA user_version = {version}")

    return make


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (text_file, "this file is no ledger"),
        (other_database, "is another program's database, no ledger"),
        (of_version(VERSION - 1), f"is a ledger of version {VERSION - 1}, of an older whp"),
        (of_version(VERSION + 1), f"is a ledger of version {VERSION + 1}, of a newer whp"),
        (lambda path: path.mkdir(), "the ledger can't be opened here"),
    ],
)
def test_what_is_no_ledger_of_this_version_stays_as_it_is(whp, tmp_path, make, sentence):
    path = tmp_path / "file.db"
    make(path)
    before = path.read_bytes() if path.is_file() else None
    refused = whp("check", "coloring", "--select", CLAIM, "--ledger", path)
    assert refused.returncode == 2
    assert sentence in refused.stderr
    assert len(refused.stderr.splitlines()) == 1
    assert before is None or path.read_bytes() == before


def test_a_ledger_that_cant_be_written_is_told_before_anything_runs(whp, tmp_path, slow):
    assert whp(*slow).returncode == 0
    folder = tmp_path / ".whp"
    if os.getuid() == 0:  # who may write everywhere is held by a folder that takes no files
        asked = whp(*slow, "--ledger", "/proc/ledger.db")
        sentence = "can't be opened here"
    else:
        (folder / "ledger.db").chmod(0o444)
        asked = whp(*slow, "--ledger", folder / "ledger.db")
        sentence = "can't be written"
    assert asked.returncode == 2
    assert sentence in asked.stderr
    assert len(asked.stderr.splitlines()) == 1


def test_a_full_disk_ends_the_keeping_and_not_the_run(tmp_path):
    ledger = Ledger(tmp_path / "a.db", create=True)
    kept = Kept(ledger, Options(systems=("coloring",)), [CLAIM], resume=False)
    pages = ledger.db.execute("PRAGMA page_count").fetchone()[0]
    kept.add(CLAIM, 0, 0, [1.0, 2.0])
    kept._keep()
    ledger.db.execute(f"PRAGMA max_page_count = {pages + 2}")  # SQLite says what it says on a full disk
    kept.waiting += [(1, CLAIM, 0, first, 2000, 0, bytes(16000)) for first in range(2, 100_000, 2000)]
    with pytest.warns(UserWarning, match="can't be written .*full.*the run goes on"):
        kept._keep()
    assert not kept.resumable
    kept.close(None)
    again = Ledger(tmp_path / "a.db", create=False)
    assert again.evidence(1, CLAIM, 1)[0][:2] == [1.0, 2.0]


def test_where_no_usual_ledger_can_be_the_run_goes_on_without(whp, slow, tmp_path):
    (tmp_path / ".whp").write_text("a file, where the folder would be")
    done = whp(*slow)
    assert done.returncode == 0
    assert "this run can't be resumed" in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.slow
def test_evidence_is_listed_shown_exported_and_pruned(whp, slow):
    for seed in (1, 2, 3):
        assert whp(*slow, "--seed", seed).returncode == 0
    listed = whp("ledger", "list").stdout.splitlines()
    assert len(listed) == 3
    assert "seed 2, quick  slow.py: 1 of 1 checks: 1 holds; 8000 replicates" in listed[1]
    shown = whp("ledger", "show", 2).stdout
    assert "slow.py" in shown
    assert "evidence: K8: 4000 (mean" in shown
    rows = whp("ledger", "export", 2, "--format", "csv").stdout.splitlines()
    assert rows[0] == "claim,cell,index,seed,value"
    assert len(rows) == 8001
    assert whp("ledger", "prune").returncode == 2
    assert whp("ledger", "prune", "--keep", 1).stdout == "removed 2 runs: 1, 2\n"
    assert whp("ledger", "show", 2).returncode == 2
    assert whp("ledger", "prune", 3).stdout == "removed 1 run: 3\n"
    assert whp("ledger", "list").stdout == ""


EDITED = """
import time
from whp.reference import coloring

def color(graph, seed):
    return coloring.color(graph, seed)

def recolor(graph, seed):
    import helper
    time.sleep(helper.PAUSE)
    return coloring.recolor(graph, seed)
"""


def test_a_subject_that_is_edited_while_it_is_checked_ends_the_run_and_cant_be_resumed(whp, tmp_path):
    (tmp_path / "s.py").write_text(EDITED)
    (tmp_path / "helper.py").write_text("PAUSE = 0.0002\n")
    asked = ["check", "coloring", "--subject", "s.py"]
    globs = ("color_*", "no_edge*", "every_p*", "components*", CLAIM.partition("/")[2])
    chosen = [word for glob in globs for word in ("--select", f"coloring/{glob}")]
    command = [sys.executable, "-u", "-m", "whp", *asked, *chosen]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, text=True) as process:
        for line in process.stdout:
            if "no_edge_no_step" in line:  # helper.py is loaded by now, and will be again by another worker
                break
        (tmp_path / "helper.py").write_text("PAUSE = 0.0\n")
        text = process.stdout.read()
        assert process.wait(60) == 3
    assert "helper.py changed while it was checked" in text
    assert CLAIM not in text  # nothing more was asked
    refused = whp(*asked, *chosen, "--resume")
    assert refused.returncode == 2
    assert "run 1 can't be resumed: its subject changed while it was checked" in refused.stderr


def test_files_that_are_imported_late_are_known_before_the_evidence_they_made(whp, tmp_path):
    (tmp_path / "s.py").write_text(EDITED)
    (tmp_path / "helper.py").write_text("PAUSE = 0.001\n")
    asked = ["check", "coloring", "--subject", "s.py", "--select", CLAIM]
    process = subprocess.Popen([sys.executable, "-m", "whp", *asked], cwd=tmp_path, stdout=subprocess.DEVNULL)
    until = time.monotonic() + 60
    while time.monotonic() < until:
        time.sleep(0.1)
        if has_run(tmp_path / ".whp" / "ledger.db"):
            with sqlite3.connect(tmp_path / ".whp" / "ledger.db") as db:
                if db.execute("SELECT count(*) FROM evidence").fetchone()[0]:
                    break
    process.kill()
    process.wait()
    (tmp_path / "helper.py").write_text("PAUSE = 0.0\n")
    refused = whp(*asked, "--resume")
    assert refused.returncode == 2
    assert "helper.py has changed since run 1 began" in refused.stderr


def test_the_run_that_has_something_left_is_resumed_and_not_a_newer_one(tmp_path):
    ledger, options = Ledger(tmp_path / "a.db", create=True), Options(systems=("coloring",))
    old = Kept(ledger, options, [CLAIM, "coloring/a"], resume=False)
    new = Kept(ledger, options, ["coloring/b"], resume=False)
    ledger.db.execute("UPDATE run SET holder = NULL")  # as if both were killed
    assert Kept(ledger, options, [CLAIM], resume=True).id == old.id != new.id
    with pytest.raises(LedgerError, match="no run to resume of these checks"):
        Kept(ledger, options, ["coloring/c"], resume=True)


def test_damage_is_told_and_no_evidence_is_taken_that_was_not_written(tmp_path, whp):
    path = tmp_path / "a.db"
    ledger = Ledger(path, create=True)
    kept = Kept(ledger, Options(systems=("coloring",)), [CLAIM], resume=False)
    assert kept.planned(CLAIM, ["K8", "K16"], ["a plan"]) == [[], []]
    kept.add(CLAIM, 0, 0, [1.0, 2.0])
    kept.close(None)
    with sqlite3.connect(path) as db:
        db.execute("UPDATE evidence SET float64s = zeroblob(16)")
    shown = whp("ledger", "show", 1, "--ledger", path)
    assert shown.returncode == 2
    assert shown.stderr == f"whp: {path}: the ledger is damaged; `--ledger FILE` names another\n"
    assert whp("ledger", "show", 10**30, "--ledger", path).returncode == 2
    (tmp_path / "empty.db").touch()
    assert "is an empty file, no ledger" in whp("ledger", "list", "--ledger", "empty.db").stderr


def test_no_report_is_written_over_a_ledger(whp, slow):
    assert whp(*slow).returncode == 0
    for words in (["check", "coloring", "--json"], ["report"]):
        refused = whp(*words, ".whp/ledger.db")
        assert refused.returncode == 2
        assert "is a database, such as a ledger" in refused.stderr
    assert whp("ledger", "list").returncode == 0
    assert "the page comes first" in whp("report", 1).stderr
