"""The command line, run as a user runs it."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from xml.etree import ElementTree

import pytest

from whp import registry
from whp.checks import VERDICTS

BROKEN = '''
def color(graph, seed):
    """First fit, but the comparison of neighbours stops one short."""
    colors = [0] * graph.n
    for v in range(graph.n):
        near = [u for u in graph.neighbors(v) if u < v][:-1]
        taken = {colors[u] for u in near}
        colors[v] = next(c for c in range(graph.n) if c not in taken)
    return colors
'''


def one_line(done, status=2):
    """Return the single line of a complaint, asserting that there is no more and no traceback."""
    assert done.returncode == status, done
    assert "Traceback" not in done.stderr
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 1, done.stderr
    return lines[0]


def test_the_reference_holds(whp, tmp_path):
    reports = ["--json", "report.json", "--junit", "report.xml"]
    done = whp("check", "coloring", "--only", "properties", *reports, "--jobs", 2)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == ""
    checks = registry.properties("coloring")
    assert done.stdout.splitlines()[0] == "whp 0.1.0, seed 0, alpha 1e-06, quick; subject: the reference"
    assert done.stdout.splitlines()[-1] == f"{len(checks)} of {len(checks)} checks ran: {len(checks)} hold"
    report = json.loads((tmp_path / "report.json").read_text())
    assert {name: report[name] for name in ("format", "version", "whp", "seed", "alpha", "effort")} == {
        "format": "whp-report", "version": 1, "whp": "0.1.0", "seed": 0, "alpha": 1e-06, "effort": "quick",
    }  # fmt: skip
    assert list(report["summary"]) == list(VERDICTS)
    assert report["summary"]["holds"] == len(checks)
    assert [check["id"] for check in report["checks"]] == [prop.id for prop in checks]
    assert set(report["checks"][0]) == {
        "id", "system", "kind", "statement", "source", "verdict", "detail",
        "counterexample", "replay", "seconds", "runs", "false_alarm", "miss",
    }  # fmt: skip
    suite = ElementTree.parse(tmp_path / "report.xml").getroot()[0]
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == (str(len(checks)), "0", "0")


def test_a_broken_coloring_is_refuted_on_its_smallest_graph(whp, tmp_path):
    (tmp_path / "fast.py").write_text(BROKEN)
    done = whp("check", "coloring", "--subject", "fast.py", "--json", "report.json", "--junit", "report.xml")
    assert done.returncode == 1
    assert "found   vertices 0 and 1 are joined and both have colour 0" in done.stdout
    assert 'asked   color {"graph":{"n":2,"edges":[[0,1]]},"seed":0}' in done.stdout
    replay = "whp check coloring --subject fast.py --select coloring/color_is_proper --seed 0"
    assert f"replay  {replay}" in done.stdout
    again = whp(*replay.split()[1:])
    assert again.returncode == 1
    assert "both have colour 0" in again.stdout
    assert "1 of 1 checks ran: 1 refuted" in again.stdout
    report = json.loads((tmp_path / "report.json").read_text())
    (refuted,) = [check for check in report["checks"] if check["verdict"] == "refuted"]
    assert refuted["counterexample"]["input"] == {"graph": {"n": 2, "edges": [[0, 1]]}, "seed": 0}
    assert refuted["counterexample"]["calls"][0]["answer"] == {"colors": [0, 0]}
    suite = ElementTree.parse(tmp_path / "report.xml").getroot()[0]
    assert suite.find("testcase/failure").get("message").startswith("refuted: vertices 0 and 1 are joined")
    assert suite.get("skipped") == str(report["summary"]["not offered"])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["check", "colouring"], "unknown system 'colouring'; there are: alignment, attention, coloring"),
        (["check", "coloring/color_is_proper"], "; select a check by --select 'coloring/color_is_proper'"),
        (["check", "coloring", "--subject", "nowhere.fast"], "there is no module 'nowhere'"),
        (["check", "coloring", "--subject", "nowhere.py"], "nowhere.py: there is no such file"),
        (["check", "coloring", "--subject", "fine.py:colour"], "fine.py has no 'colour'"),
        (["check", "coloring", "--subject", "cmd: ./nowhere"], "cmd: ./nowhere: No such file or directory"),
        (
            ["check", "coloring", "--select", "coloring/no_such*"],
            "--select coloring/no_such* matches no check",
        ),
        (["check", "coloring", "--only", "claims", "--select", "*/color_is_proper"], "matches no check"),
        (["check", "coloring", "--subject", ""], "--subject is empty; without it, the reference is checked"),
        (["check", "coloring", "--seed", "-1"], "--seed -1: a whole number from 0, or 'random', is expected"),
        (["check", "coloring", "--alpha", "2"], "--alpha 2: a probability between 0 and 1 is expected"),
        (["check", "coloring", "--timeout", "0"], "--timeout 0: a positive number of seconds is expected"),
        (["check", "coloring", "--jobs", "0"], "jobs"),
        (["check", "coloring", "--json", "nowhere/report.json"], "nowhere/report.json can't be written"),
        (
            ["check", "coloring", "--declare", "colour=red"],
            "--declare colour=red: write NAME=VALUE with a NAME out of",
        ),
        (["check", "coloring", "--declare", "precision=float8"], "`precision` is declared as 'float8'"),
        (["check", "coloring", "--declare", "limits=5"], "`limits` is declared as 5"),
        (["show", "coloring/no_such"], "unknown check 'coloring/no_such'; `whp list coloring` names them"),
        (["schema", "no_such"], "unknown system 'no_such'"),
        (["run", "coloring", "no.txt"], "no.txt: No such file or directory"),
        (["run", "coloring", "loop.txt"], "loop.txt:2: vertex 2 is joined to itself"),
        (
            ["run", "coloring", "edge.txt", "--palette", "1"],
            "palette is 1, but a vertex has 1 neighbours; the process needs at least 2",
        ),
        (["verify", "coloring", "edge.txt", "short.json"], "short.json: $.colors has length 1, but n is 2"),
        (["verify", "coloring", "edge.txt", "edge.txt"], "edge.txt: no JSON"),
        (["verify", "coloring", "edge.txt", "no.json"], "no.json: No such file or directory"),
        (["check", "--nonsense"], "No such option: --nonsense"),
        (["nonsense"], "nonsense"),
    ],
)
def test_bad_input_is_one_clear_line(whp, tmp_path, arguments, message):
    (tmp_path / "fine.py").write_text("def color(graph, seed): return range(graph.n)\n")
    (tmp_path / "edge.txt").write_text("1 2\n")
    (tmp_path / "loop.txt").write_text("1 2\n2 2\n")
    (tmp_path / "short.json").write_text("[0]")
    assert message in one_line(whp(*arguments))


def test_a_subject_that_fails_at_import_shows_its_own_traceback_shortened(whp, tmp_path):
    (tmp_path / "failing.py").write_text("def setup():\n    return 1 / 0\nsetup()\n")
    done = whp("check", "coloring", "--subject", "failing.py")
    assert done.returncode == 2
    assert "failing.py can't be imported: ZeroDivisionError: division by zero" in done.stderr
    assert 'failing.py", line 2, in setup' in done.stderr
    assert "whp/" not in done.stderr
    assert "engine" not in done.stderr


def test_a_subject_that_dies_at_import_is_no_subject(whp, tmp_path):
    (tmp_path / "dying.py").write_text("import os\nos.abort()\n")
    done = whp("check", "coloring", "--subject", "dying.py")
    assert done.returncode == 2
    assert "dying.py could not be loaded" in done.stderr
    assert "SIGABRT" in done.stderr


def test_a_subject_without_an_operation_learns_what_it_could_offer(whp):
    done = whp("check", "coloring", "--subject", "json")
    assert done.returncode == 2
    assert "json offers no operation of this system; it could offer any of:" in done.stderr
    assert "    def trace(graph, palette, start, seed):" in done.stderr


def test_other_argument_names_are_told_with_the_def_line(whp, tmp_path):
    (tmp_path / "named.py").write_text("def recolor(g, rng_seed): pass\n")
    done = whp("check", "coloring", "--subject", "named.py")
    assert done.returncode == 2
    assert "recolor(g, rng_seed) can't be called as the contract does" in done.stderr
    assert "    def recolor(graph, seed):" in done.stderr


def test_files_of_this_folder_stand_for_no_module_of_whp(tmp_path):
    for name in ("random", "queue", "numpy", "hypothesis"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('not the module that was meant')\n")
    (tmp_path / "fine.py").write_text("def color(graph, seed): return range(graph.n)\n")
    # The command stands in a folder of its own, unlike `python -m whp`, which looks here first.
    command = [sys.executable, "-P", "-m", "whp", "check", "coloring", "--subject", "fine.py"]
    command += ["--select", "*/color_is_proper"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    "spec", ["pack.fast", "pack.fast:Fast", "pack.fast:fast", "pack/fast.py:color", "pack/fast.py"]
)
def test_every_kind_of_spec_is_found(whp, tmp_path, spec):
    (tmp_path / "pack").mkdir()
    (tmp_path / "pack" / "fast.py").write_text(
        "def color(graph, seed): return range(graph.n)\n"
        "class Fast:\n    def color(self, graph, seed): return range(graph.n)\n"
        "fast = Fast()\n"
    )
    done = whp("check", "coloring", "--subject", spec, "--select", "coloring/color_is_proper")
    assert done.returncode == 0, done.stderr


def test_nothing_that_is_offered_was_checked(whp, tmp_path):
    (tmp_path / "fine.py").write_text("def color(graph, seed): return range(graph.n)\n")
    done = whp("check", "coloring", "--subject", "fine.py", "--select", "coloring/trace_*")
    assert done.returncode == 2
    assert "0 of 8 checks ran: 8 not offered" in done.stdout


def test_one_seed_fixes_the_run(whp, tmp_path):
    (tmp_path / "odd.py").write_text(
        "def color(graph, seed):\n"
        "    return [0] * graph.n if seed % 8 == 5 and len(graph.edges) > 3 else range(graph.n)\n"
    )

    def told(seed):
        whp(
            "check",
            "coloring",
            "--subject",
            "odd.py",
            "--select",
            "*/color_is_proper",
            "--seed",
            seed,
            "--json",
            "r.json",
        )
        report = json.loads((tmp_path / "r.json").read_text())
        return report["seed"], [
            (check["detail"], check["counterexample"], check["runs"]) for check in report["checks"]
        ]

    assert told(7) == told(7)
    assert told("random")[0] != told("random")[0]


def test_an_interrupted_run_says_so_and_keeps_what_it_has(tmp_path):
    (tmp_path / "slow.py").write_text(
        "import time\n"
        "def color(graph, seed): return range(graph.n)\n"
        "def recolor(graph, seed): time.sleep(100)\n"
    )
    command = [
        sys.executable,
        "-m",
        "whp",
        "check",
        "coloring",
        "--subject",
        "slow.py",
        "--json",
        "r.json",
        "--timeout",
        "60",
    ]
    process = subprocess.Popen(
        command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    for line in process.stdout:
        if "color_needs_no_more" in line:
            break
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert f"interrupted; {len(registry.checks('coloring')) - 2} checks are left" in out
    assert "Traceback" not in out + err
    summary = json.loads((tmp_path / "r.json").read_text())["summary"]
    assert (summary["holds"], summary["refuted"]) == (1, 1)


def test_a_supervisor_that_is_killed_takes_its_workers_along(tmp_path):
    import psutil

    (tmp_path / "stuck.py").write_text("def color(graph, seed):\n    while True: pass\n")
    command = [sys.executable, "-m", "whp", "check", "coloring", "--subject", "stuck.py", "--timeout", "60"]
    process = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    supervisor = psutil.Process(process.pid)
    while not supervisor.children():
        time.sleep(0.05)
    (worker,) = supervisor.children()
    time.sleep(1)
    process.kill()
    process.communicate()
    assert not psutil.wait_procs([worker], timeout=5)[1]


def test_run_and_verify_on_real_graphs(whp, graphs, tmp_path):
    for file in sorted(graphs.iterdir()):
        done = whp("run", "coloring", file, "--seed", 3)
        assert done.returncode == 0, done.stderr
        answer = json.loads(done.stdout)
        assert {"n", "delta", "steps", "steps_over_n_ln_delta_plus_1", "colors"} <= set(answer)
        (tmp_path / "answer.json").write_text(done.stdout)
        verified = whp("verify", "coloring", file, "answer.json")
        assert verified.returncode == 0, verified.stderr
        assert verified.stdout.startswith("proper: ")


def test_verify_names_the_edge_at_fault_by_the_names_of_the_file(whp, graphs, tmp_path):
    done = whp("run", "coloring", graphs / "florentine.graphml")
    answer = json.loads(done.stdout)
    colors = dict(zip(answer["names"], answer["colors"], strict=True))
    (tmp_path / "named.json").write_text(json.dumps({"colors": colors}))
    assert whp("verify", "coloring", graphs / "florentine.graphml", "named.json").returncode == 0
    colors["Medici"] = colors["Acciaiuoli"]
    (tmp_path / "named.json").write_text(json.dumps({"colors": colors}))
    line = one_line(whp("verify", "coloring", graphs / "florentine.graphml", "named.json"), status=1)
    assert "vertices Acciaiuoli and Medici are joined and both have colour" in line
    colors["Medici"] = 99
    (tmp_path / "named.json").write_text(json.dumps({"colors": colors}))
    line = one_line(whp("verify", "coloring", graphs / "florentine.graphml", "named.json"), status=1)
    assert "vertex Medici has colour 99, but the palette is 0..6" in line
    del colors["Medici"]
    (tmp_path / "named.json").write_text(json.dumps({"colors": colors}))
    assert "$.colors has no vertex Medici" in one_line(
        whp("verify", "coloring", graphs / "florentine.graphml", "named.json")
    )


def test_a_note_goes_to_standard_error(whp, tmp_path):
    (tmp_path / "double.txt").write_text("1 2\n2 1\n")
    done = whp("run", "coloring", "double.txt")
    assert done.returncode == 0
    assert done.stderr == "whp: note: double.txt:2: edge 2 1 is there already; 1 such double merged\n"
    json.loads(done.stdout)


def test_list_show_and_schema(whp):
    assert "coloring" in whp("list").stdout
    listed = whp("list", "coloring").stdout.splitlines()
    assert len(listed) == len(registry.checks("coloring"))
    shown = whp("show", "coloring/trace_uses_the_whole_seed").stdout
    assert "states      Seeds that differ" in shown
    assert "false alarm at most 3e-53" in shown
    assert json.loads(whp("schema", "coloring").stdout)["$defs"]["Trace"]


@pytest.mark.parametrize(
    "command",
    [[], ["--help"], ["check", "--help"], ["run", "--help"], ["run", "coloring", "--help"], ["verify", "-h"]],
)
def test_help_teaches(whp, command):
    done = whp(*command)
    assert "Usage: whp" in done.stdout + done.stderr
    if command == ["check", "--help"]:
        assert "whp check coloring --subject fast.py" in done.stdout


def test_list_imports_nothing_heavy(tmp_path):
    code = (
        "import sys\nfrom whp.cli import app\n"
        "app(['list'], standalone_mode=False)\n"
        "heavy = {'numpy', 'hypothesis', 'numba', 'scipy', 'networkx', 'torch', 'msgspec'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    assert done.stdout.splitlines()[-1] == "[]"


def test_check_imports_no_other_system_and_nothing_that_takes_long(tmp_path):
    code = (
        "import sys\nfrom whp.cli import app\n"
        "chosen = ['--select', '*/color_is_proper', '--select', '*/starts_are_uniform']\n"
        "app(['check', 'coloring', *chosen], standalone_mode=False)\n"
        "heavy = {'torch', 'sklearn', 'scipy.stats', 'statsmodels', 'matplotlib', 'distributed'}\n"
        "others = {name for name in sys.modules if name.startswith(('whp.reference.', 'whp.properties.'))}\n"
        "kept = {'coloring', 'families', 'generators', 'alike', 'graph', 'graph_files', 'stream'}\n"
        "print(sorted(heavy & set(sys.modules)), {name.split('.')[2] for name in others} - kept)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    assert done.stdout.splitlines()[-1] == "[] set()"


WRONG = "def color(graph, seed):\n    return [0] * graph.n\n"
TWO = ["--select", "coloring/color_*"]


def test_known_failures_dont_count_and_are_told_when_they_are_mended(whp, tmp_path):
    (tmp_path / "fast.py").write_text(WRONG)
    (tmp_path / "known.txt").write_text(
        "# our list\ncoloring/color_is_proper dyed: link\nmastermind/* later\n"
    )
    done = whp(
        "check", "coloring", "--subject", "fast.py", *TWO, "--expected", "known.txt",
        "--json", "report.json", "--junit", "report.xml",
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    assert "      expected: dyed: link\n" in done.stdout
    assert done.stdout.endswith("2 of 2 checks ran: 1 holds, 1 refuted, 1 of these failures expected\n")
    assert "fails 1 check" not in done.stdout
    report = json.loads((tmp_path / "report.json").read_text())
    assert report["expected"] == {"coloring/color_is_proper": "dyed: link"}
    assert report["summary"]["refuted"] == 1
    suite = ElementTree.parse(tmp_path / "report.xml").getroot()[0]
    assert (suite.get("failures"), suite.get("skipped")) == ("0", "1")
    (tmp_path / "known.txt").write_text("coloring/color_needs* dyed\ncoloring/color_is_proper dyed\n")
    done = whp("check", "coloring", "--subject", "fast.py", *TWO, "--expected", "known.txt")
    assert done.returncode == 1
    assert (
        "coloring/color_needs_no_more_than_delta_plus_one holds, and was expected to fail: dyed\n"
        in done.stdout
    )


def test_a_run_is_held_to_the_checks_that_must_run(whp, tmp_path):
    (tmp_path / "fast.py").write_text(
        "from whp.impostors.coloring import Process\n\ncolor = Process().color\n"
    )
    listed = [line for line in whp("list", "coloring").stdout.splitlines() if "/color_" in line]
    (tmp_path / "must.txt").write_text("\n".join(listed))
    asked = ["check", "coloring", "--subject", "fast.py", *TWO, "--require", "must.txt"]
    assert whp(*asked).returncode == 0
    with (tmp_path / "must.txt").open("a") as file:
        file.write("\ncoloring/no_edge_no_step\nhamilton/long_gone\n")
    done = whp(*asked, "--json", "report.json")
    assert done.returncode == 2
    assert "coloring/no_edge_no_step is required, and did not run\n" in done.stdout
    missing = json.loads((tmp_path / "report.json").read_text())["required_but_not_run"]
    assert missing == ["coloring/no_edge_no_step", "hamilton/long_gone"]
    (tmp_path / "fast.py").write_text(WRONG)
    assert whp(*asked).returncode == 1


@pytest.mark.parametrize(
    ("option", "text", "line"),
    [
        (
            "--expected",
            "coloring/color_is_popper dyed",
            "list.txt:1: coloring/color_is_popper matches no check",
        ),
        ("--expected", "\ncoloring/color_is_proper", "list.txt:2: a check and a reason are expected"),
        ("--expected", None, "list.txt can't be read"),
        ("--require", "# nothing\n", "list.txt names no check"),
        ("--require", None, "list.txt can't be read"),
    ],
)
def test_a_list_that_is_wrong_is_told_before_anything_runs(whp, tmp_path, option, text, line):
    if text is not None:
        (tmp_path / "list.txt").write_text(text)
    done = whp("check", "coloring", *TWO, option, "list.txt")
    assert (done.returncode, done.stdout) == (2, "")
    assert line in done.stderr
    assert done.stderr.count("\n") == 1
