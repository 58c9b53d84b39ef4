from __future__ import annotations

import subprocess
import sys

import pytest

import whp
from whp import pytest_plugin
from whp.impostors import coloring
from whp.run import select

pytest_plugins = ["pytester"]
select(["coloring"], [])  # pytester forgets what a test imports, and numpy can't be imported twice

RIGHT = """
def color(graph, seed):
    colors = []
    for v in range(graph.n):
        taken = {colors[u] for u in graph.neighbors(v).tolist() if u < v}
        colors.append(next(c for c in range(graph.n) if c not in taken))
    return colors
"""
WRONG = """
def color(graph, seed):
    return [0] * graph.n
"""
ABORTS = f"""
import atexit, os
{WRONG}
atexit.register(os.abort)
"""
# Three cheap checks: `color` twice, and `recolor`, which the examples do not offer.
THREE = "color_is_proper or color_needs or no_edge_no"
RIGHT_ONE = ["--whp", "coloring=right", "--whp-expected"]
PROPER, PALETTE = "color_is_proper", "color_needs_no_more_than_delta_plus_one"
ENDS = "every_process_answers_alike_and_ends_well"


@pytest.fixture
def project(pytester):
    pytester.makepyfile(right=RIGHT, wrong=WRONG, aborts=ABORTS)
    pytester.makeini("[pytest]\nxfail_strict = false\nfilterwarnings = error\naddopts = --strict-markers -ra")
    return pytester


def run(project, *arguments):
    result = project.runpytest_subprocess("-v", *arguments, timeout=120)
    result.stdout.no_fnmatch_line("*Traceback*")
    result.stdout.no_fnmatch_line("*another exception*")
    result.stderr.no_fnmatch_line("*Traceback*")
    return result


# On the command line


def test_a_right_subject_passes_and_skips_what_it_does_not_offer(project):
    result = run(project, "--whp", "coloring=right", "-k", f"{PROPER} or no_edge_no")
    result.assert_outcomes(passed=1, skipped=1)
    result.stdout.fnmatch_lines(
        [
            f"whp::coloring/{PROPER} PASSED*",
            "whp::coloring/no_edge_no_step SKIPPED*",
            "SKIPPED * not offered: the subject offers no `recolor`",
        ]
    )


def test_a_wrong_subject_fails_with_the_report_of_the_command_line(project):
    result = run(project, "--whp", "coloring=wrong.py", "-k", THREE)
    result.assert_outcomes(passed=1, failed=1, skipped=1)
    result.stdout.fnmatch_lines(
        [
            f"_* coloring/{PROPER} _*",
            "refuted: vertices 0 and 1 are joined and both have colour 0",
            "coloring: wrong.py offers color",
            f"  refuted    {PROPER} *",
            "color fails 1 check",
            f"  refuted    {PROPER}",
            "      says    No edge joins two vertices of one colour in the answer of `color`.",
            "      found   vertices 0 and 1 are joined and both have colour 0",
            '      asked   color {"graph":{"n":2,"edges":[[0,1]]},"seed":0}',
            "      python  color(graph=Graph.of(2, [[][[]0, 1]]), seed=0)",
            '      answer  {"colors":[0,0]}',
            f"      replay  whp check coloring --subject wrong.py --select coloring/{PROPER} --seed 0",
        ],
        consecutive=True,
    )


def test_subjects_of_one_system_are_told_apart_and_collecting_runs_nothing(project):
    project.makepyfile(loud="open('loaded', 'w')\n" + RIGHT)
    subjects = ["--whp", "coloring=right", "--whp", "coloring=cmd: ./fast", "--whp", "coloring=loud"]
    result = run(project, *subjects, "--collect-only", "-qq", "-k", PROPER)
    names = ("right", "cmd: ./fast", "loud")
    result.stdout.fnmatch_lines([f"whp::coloring/{PROPER}[[]{name}]" for name in names])
    assert not (project.path / "loaded").exists()


def test_a_subject_that_cannot_be_loaded_is_one_failure(project):
    result = run(project, "--whp", "coloring=nosuch", "-k", THREE)
    result.assert_outcomes(failed=1, skipped=2)
    result.stdout.fnmatch_lines(
        [
            "no subject to check: there is no module 'nosuch', *",
            "SKIPPED [[]2] * nosuch could not be checked: the first of its tests says why",
        ]
    )


def test_wrong_usage_is_one_line(project):
    result = run(project, "--whp", "nosuch=right")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: --whp: unknown system 'nosuch'; there are: *"])


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--whp", "coloring"], "--whp coloring: SYSTEM=SPEC is expected"),
        ([*RIGHT_ONE, "none.txt"], "none.txt can't be read: .*"),
        ([*RIGHT_ONE, "bare.txt"], "bare.txt:2: a check and a reason are expected"),
        ([*RIGHT_ONE, "stale.txt"], "stale.txt:1: coloring/color_is_popper matches no check; .*"),
        (["--whp", "coloring=right", "--whp-device", "abacus"], "device 'abacus': one of cpu, cuda is .*"),
    ],
)
def test_wrong_options_are_named(project, arguments, complaint):
    (project.path / "bare.txt").write_text(f"# known\ncoloring/{PROPER}\n")
    (project.path / "stale.txt").write_text("coloring/color_is_popper  it is dyed\n")
    with pytest.raises(pytest.UsageError, match=f"^{complaint}$"):
        project.parseconfigure(*arguments)


# Known failures


def test_a_file_of_known_failures(project):
    (project.path / "known.txt").write_text(
        f"# what we know\n\ncoloring/{PROPER}\tsee #12\ncoloring/color_needs_*   mended long ago\n"
    )
    arguments = ["--whp", "coloring=wrong", "--whp-expected", "known.txt", "-k", THREE]
    result = run(project, *arguments)
    result.assert_outcomes(xfailed=1, failed=1, skipped=1)
    result.stdout.fnmatch_lines(
        [
            f"_* coloring/{PALETTE} _*",
            "[[]XPASS(strict)] it holds, and was expected not to: mended long ago",
            f"XFAIL whp::coloring/{PROPER} - see #12",
        ]
    )


def test_an_entry_that_matches_no_check_of_a_test_is_an_error_of_collecting(project):
    project.makepyfile(
        test_it="""
            import whp
            test_it = whp.conformance("coloring", subject="right", expected={"*/color_is_popper": "dyed"})
        """
    )
    result = run(project)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(
        ["whp.conformance: the expected failure [*]/color_is_popper matches no check of this test"]
    )


# In a test file


TEST_FILE = """
    import pathlib
    import pytest
    import right, whp, wrong

    here = pathlib.Path.cwd()
    test_right = whp.conformance("coloring", subject=right, select="*/color_*", seed=1)
    test_wrong = whp.conformance(
        "coloring", subject=wrong.color, select=["*/color_is_*", "*/color_needs_*", "*/no_edge*"], timeout=20,
        declare={"precision": "float32"}, expected={"*/color_is_proper": "dyed", "*/no_edge*": "missing"},
    )

    @pytest.fixture
    def compiled(tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        (here / "made.py").write_text((here / "right.py").read_text())

    test_made = pytest.mark.usefixtures("compiled")(
        whp.conformance("coloring", subject="made.py", select=["*/color_is_*"])
    )
    test_skipped = pytest.mark.skip("not today")(
        whp.conformance("coloring", subject="nosuch", select="*/color_is_*")
    )
"""


def test_each_check_is_a_test_of_the_file(project):
    project.makepyfile(test_it=TEST_FILE)
    result = run(project)
    result.assert_outcomes(passed=4, xfailed=1, skipped=2)
    result.stdout.fnmatch_lines(
        [
            f"test_it.py::test_right[[]{PROPER}] PASSED*",
            f"test_it.py::test_right[[]{PALETTE}] PASSED*",
            f"test_it.py::test_wrong[[]{PROPER}] XFAIL*",
            f"test_it.py::test_wrong[[]{PALETTE}] PASSED*",
            "test_it.py::test_wrong[[]no_edge_no_step] SKIPPED*",
            f"test_it.py::test_made[[]{PROPER}] PASSED*",
        ]
    )
    result = run(project, "-k", "test_wrong", "--runxfail")
    result.assert_outcomes(passed=1, failed=1, skipped=1)
    result.stdout.fnmatch_lines(
        [
            "      replay  whp check coloring --subject wrong.py:color --declare 'precision=\"float32\"' "
            f"--select coloring/{PROPER} --seed 0 --timeout 20"
        ]
    )


def test_processes_of_xdist_agree_on_the_tests(project):
    project.makepyfile(test_it=TEST_FILE)
    arguments = ["-n", "2", "--whp", "coloring=cmd: ./nosuch", "--whp", "coloring=wrong"]
    result = run(project, *arguments, "-k", f"test_wrong or {PROPER} and (wrong or nosuch)")
    result.assert_outcomes(passed=1, failed=2, xfailed=1, skipped=1)
    result.stdout.fnmatch_lines_random(
        [f"FAILED whp::coloring/{PROPER}[[]wrong] *", f"FAILED whp::coloring/{PROPER}[[]cmd: ./nosuch] *"]
    )


def test_what_pytest_imports_can_be_a_subject_and_the_replay_line_says_how(project):
    folder = project.mkdir("src")
    package = project.mkpydir("package").rename(folder / "package")
    (package / "parts.py").write_text(WRONG)
    (package / "fast.py").write_text("from .parts import color\n")
    arguments = ["-o", "pythonpath=src", "--whp", "coloring=package.fast", "-k", PROPER]
    result = run(project, *arguments)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [f"      replay  PYTHONPATH={folder} whp check coloring --subject package.fast *"]
    )


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ('"nosuch", subject="right"', "unknown system 'nosuch'*"),
        ('"coloring", subject=object()', "a subject of type object can't be imported by another process*"),
        ('"coloring", subject="right", select="*/nosuch"', "--select */nosuch matches no check*"),
        ('"coloring", subject="right", effort="some"', "effort 'some': one of quick, full is expected"),
        ('"coloring", subject="right", device="abacus"', "device 'abacus': one of cpu, cuda is expected"),
        ('"coloring", subject="right", declare={"size": 3}', "--declare size=3: *"),
    ],
)
def test_a_wrong_argument_is_one_line(arguments, complaint):
    with pytest.raises(pytest.Collector.CollectError) as error:
        eval(f"conformance({arguments})", {"conformance": whp.conformance})
    pytest.LineMatcher([str(error.value)]).fnmatch_lines([f"whp.conformance: {complaint}"])


def test_what_a_subject_is_called_elsewhere():
    assert pytest_plugin.spec_of("cmd: ./fast") == "cmd: ./fast"
    assert pytest_plugin.spec_of(coloring) == "whp.impostors.coloring"
    assert pytest_plugin.spec_of(coloring.SeedByHash) == "whp.impostors.coloring.asked:SeedByHash"
    assert pytest_plugin.spec_of(pytest_plugin.Suite.expect) == "whp.pytest_plugin:Suite.expect"
    assert pytest_plugin.spec_of(run).endswith("test_pytest_plugin.py:run")
    for nameless in (coloring.SeedByHash(), lambda: None, None):
        with pytest.raises(pytest.UsageError):
            pytest_plugin.spec_of(nameless)


# How processes end


def test_a_bad_end_fails_a_test_even_if_nobody_asked_for_that_check(project):
    project.makepyfile(
        test_it=f"""
            import whp
            known = {{"*/{PROPER}": "dyed"}}
            test_asked = whp.conformance("coloring", subject="aborts", expected=known)
            known["*/{ENDS}"] = "dies"
            test_known = whp.conformance("coloring", subject="aborts", expected=known)
        """
    )
    result = run(project, "-k", PROPER)
    result.assert_outcomes(xfailed=2, errors=1)
    result.stdout.fnmatch_lines(
        [
            f"test_it.py::test_asked[[]{PROPER}] ERROR*",
            f"_* ERROR at teardown of test_asked[[]{PROPER}] _*",
            "broken: the process was killed by SIGABRT after its last answer*",
        ]
    )


# Being there for those who have no use for it


def test_the_plugin_costs_nothing_before_it_is_asked():
    heavy = "{'numpy', 'hypothesis', 'networkx', 'numba', 'typer'} & set(sys.modules)"
    for code in (
        "import whp, sys; assert 'pytest' not in sys.modules",
        f"import whp.pytest_plugin, sys; assert not {heavy}",
    ):
        subprocess.run([sys.executable, "-c", code], check=True)
