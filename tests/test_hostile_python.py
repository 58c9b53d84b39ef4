"""What a Python subject may do to its process, and the verdict that it gets."""

from __future__ import annotations

import json
import textwrap

import pytest

from whp.results import Options
from whp.run import run, select

ONE_CHECK = "coloring/color_is_proper"


def judged(tmp_path, body, check=ONE_CHECK, **options):
    """Run one check on a module whose `color` has the given body, and answers properly below it."""
    file = tmp_path / "hostile.py"
    file.write_text(
        "import atexit, ctypes, os, sys, time\nimport numpy as np\n"
        "def color(graph, seed):\n"
        + textwrap.indent(textwrap.dedent(body), "    ")
        + "\n    return list(range(graph.n))\n"
    )
    (result,) = run(
        select(["coloring"], [check]), Options(subject=str(file), **{"timeout": 2, **options})
    ).ordered
    return result


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (
            "if graph.n == 0: raise KeyError('no vertex')",
            "color refuses a legal input: KeyError: 'no vertex'",
        ),
        ("if graph.n == 2: sys.exit()", "color refuses a legal input: SystemExit"),
        ("if graph.n == 2: os._exit(3)", "color: the process ended with exit status 3 instead of answering"),
        (
            "if graph.n == 2: ctypes.string_at(0)",
            "color: the process was killed by SIGSEGV instead of answering",
        ),
        (
            "if graph.n == 2: return np.full(2, np.nan)",
            "color answered outside the contract: $.colors[0] is nan; an integer",
        ),
        ("if graph.n == 2: return [0.5, 1]", "$.colors[0] is 0.5; an integer is wanted"),
        ("if graph.n == 2: return [True, False]", "$.colors[0] is True; an integer is wanted"),
        ("if graph.n == 2: return ['0', '1']", "$.colors[0] is '0'; an integer is wanted"),
        ("if graph.n == 2: return [0, 1, 2]", "$.colors has length 3, but n is 2"),
        ("if graph.n == 2: return [[0, 1]]", "$.colors has 2 axes (1 x 2); 1 is wanted: n"),
        ("if graph.n == 2: return None", "$.colors is absent (None); an array is wanted"),
        ("if graph.n == 2: return [0, 2**70]", "doesn't fit 64 bits"),
        ("if graph.n == 2: return {0, 1}", "$.colors is a set; an array is wanted"),
        ("if graph.n == 2: return {0: 1, 1: 0}", "is a dict without `colors`"),
        ("if graph.n == 2: return [0, np.True_]", "an integer is wanted"),
        ("if graph.n == 2: raise ValueError('\\ud800')", "ValueError: \\ud800"),
        ("if graph.n == 2: return [0, 10**5000]", "doesn't fit 64 bits"),
    ],
)
def test_a_wrong_answer_or_a_crash_is_broken_and_says_why(tmp_path, body, sentence):
    result = judged(tmp_path, body)
    assert result.verdict == "broken"
    assert sentence in result.detail
    (call,) = result.counterexample["calls"]
    assert call["operation"] == "color"
    assert call["arguments"]["graph"]["n"] in (0, 2)
    assert (
        result.replay
        == f"whp check coloring --subject {tmp_path}/hostile.py --select {ONE_CHECK} --seed 0 --timeout 2"
    )


@pytest.mark.parametrize(
    "body",
    [
        "while graph.n == 2: pass",
        "while graph.n == 2: print('x' * 10**4)",
        "if graph.n == 2: time.sleep(100)",
    ],
)
def test_an_answer_that_never_comes_is_broken(tmp_path, body):
    result = judged(tmp_path, body, timeout=0.3)
    assert result.verdict == "broken"
    assert result.detail.startswith("color did not answer within 0.3 s")
    assert result.counterexample["calls"][0]["arguments"]["graph"] == {"n": 2, "edges": [[0, 1]]}


def test_a_memory_hog_is_ended(tmp_path):
    result = judged(tmp_path, "hoard = []\nwhile graph.n == 2: hoard.append(np.ones(10**7))", timeout=60)
    assert result.verdict == "broken"
    assert result.detail.startswith("color took more than 4 GiB of memory")


def test_what_a_subject_prints_goes_into_its_verdict_and_nowhere_else(tmp_path, capfd):
    result = judged(tmp_path, "print('on my way', flush=True)\nif graph.n == 2: os._exit(0)")
    assert "it had printed, last:\non my way" in result.detail
    assert "on my way" not in capfd.readouterr().out


def test_a_subject_that_reads_standard_input_gets_nothing(tmp_path):
    result = judged(tmp_path, "assert sys.stdin.read() == ''")
    assert result.verdict == "holds"


def test_a_changed_argument_is_refuted(tmp_path):
    result = judged(tmp_path, "graph.edges[:] = 0", check="coloring/arguments_stay_untouched")
    assert result.verdict == "refuted"
    assert "color changed its argument `graph`" in result.detail
    assert result.counterexample["calls"][0]["arguments"]["graph"] == {"n": 2, "edges": [[0, 1]]}


def test_two_answers_to_one_question_are_refuted_unless_declared(tmp_path):
    body = (
        "color.calls = getattr(color, 'calls', 0) + 1\nreturn [v + color.calls % 2 for v in range(graph.n)]"
    )
    check = "coloring/one_question_has_one_answer"
    assert judged(tmp_path, body, check=check).verdict == "refuted"
    declared = judged(tmp_path, body, check=check, declared={"deterministic": False})
    assert declared.verdict == "not offered"
    assert "declares `deterministic` false" in declared.detail


def test_a_wrong_answer_that_is_right_when_asked_again_is_told_so(tmp_path):
    result = judged(
        tmp_path,
        """
        first = f"ASKED {graph.n}" not in os.environ
        os.environ[f"ASKED {graph.n}"] = "1"
        if first: return [0] * graph.n
        """,
    )
    assert result.verdict == "refuted"
    assert result.detail.endswith(
        "have colour 0; asked once more, it is right: the answers depend on more than the question"
    )


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (
            "if graph.n == 0: atexit.register(os.abort)",
            "the process was killed by SIGABRT after its last answer",
        ),
        (
            "if graph.n == 0: atexit.register(os._exit, 9)",
            "the process ended with exit status 9 after its last answer",
        ),
        (
            "if graph.n == 0: atexit.register(time.sleep, 100)",
            "the process did not end within 8 s after its last answer",
        ),
    ],
)
def test_death_at_exit_after_right_answers_is_broken(tmp_path, body, sentence):
    result = judged(tmp_path, body, check="coloring/every_process_answers_alike_and_ends_well")
    assert result.verdict == "broken"
    assert sentence in result.detail
    assert result.counterexample["calls"]


def test_death_at_exit_is_told_though_nobody_asked(tmp_path):
    file = tmp_path / "dies.py"
    file.write_text(
        "import atexit, os\natexit.register(os.abort)\ndef color(graph, seed): return range(graph.n)\n"
    )
    results = run(select(["coloring"], [ONE_CHECK]), Options(subject=str(file))).ordered
    assert [(result.id, result.verdict) for result in results] == [
        (ONE_CHECK, "holds"),
        ("coloring/every_process_answers_alike_and_ends_well", "broken"),
    ]


@pytest.mark.slow
def test_the_rest_goes_on_after_a_crash_and_jobs_change_nothing(tmp_path):
    file = tmp_path / "crash.py"
    file.write_text(
        "import os\nfrom whp.reference.coloring import color, trace\ndef recolor(graph, seed): os._exit(1)\n"
    )

    def told(jobs):
        checks = select(["coloring"], [], "properties")
        results = run(checks, Options(subject=str(file), jobs=jobs)).ordered
        return [
            (result.id, result.verdict, result.detail, json.dumps(result.counterexample))
            for result in results
        ]

    alone = told(1)
    assert alone == told(2)
    verdicts = {check: verdict for check, verdict, *_ in alone}
    assert verdicts["coloring/color_is_proper"] == verdicts["coloring/trace_counts_its_moves"] == "holds"
    assert verdicts["coloring/stops_at_a_proper_coloring"] == "broken"


def test_a_slow_first_call_may_compile(tmp_path):
    result = judged(tmp_path, "if not hasattr(color, 'warm'): color.warm = time.sleep(0.7)", timeout=0.35)
    assert result.verdict == "holds"


def test_declared_limits_are_kept_and_counted(tmp_path):
    body = "assert 1 <= graph.n <= 5"
    result = judged(tmp_path, body, declared={"limits": {"color": {"n": [1, 5]}}})
    assert result.verdict == "holds"
    assert "inputs were outside the limits that the subject declares" in result.detail
    nothing = judged(tmp_path, body, declared={"limits": {"color": {"n": [500, 600]}}})
    assert nothing.verdict == "not offered"


def test_a_check_alone_asks_what_it_asks_in_a_full_run(tmp_path):
    """Hypothesis would draw the constants of what is imported by then, which a replay does not import."""
    (tmp_path / "helper.py").write_text("MAGIC = 123456789123\n")
    (tmp_path / "subject.py").write_text(
        "from whp.reference import coloring\n"
        "def color(graph, seed):\n"
        "    import helper\n"
        "    return range(graph.n)\n"
        "def recolor(graph, seed):\n"
        "    if seed == 123456789123: return {'colors': [0] * graph.n, 'steps': 0}\n"
        "    return coloring.recolor(graph, seed)\n"
    )
    options = Options(subject=str(tmp_path / "subject.py"))
    check = "coloring/stops_at_a_proper_coloring"
    in_all = run(select(["coloring"], ["*/color_*", check]), options).results[check]
    alone = run(select(["coloring"], [check]), options).results[check]
    assert (in_all.verdict, in_all.runs) == (alone.verdict, alone.runs)


def test_a_process_that_a_dead_worker_leaves_behind_holds_nobody_up(tmp_path):
    result = judged(tmp_path, "if graph.n == 2 and os.fork(): os._exit(5)\nif graph.n == 2: time.sleep(60)")
    assert result.verdict == "broken"
    assert "the process ended with exit status 5 instead of answering" in result.detail


@pytest.mark.parametrize(
    "answer",
    [
        "range(graph.n)",
        "tuple(range(graph.n))",
        "np.arange(graph.n, dtype=np.int8)",
        "np.arange(graph.n, dtype=float)",
        "np.arange(2 * graph.n)[::2] // 2",
        "np.arange(graph.n).astype(object)",
        "{'colors': list(map(float, range(graph.n)))}",
        "__import__('types').SimpleNamespace(colors=np.arange(graph.n))",
        "__import__('collections').namedtuple('Answer', 'colors')(list(range(graph.n)))",
    ],
)
def test_whatever_converts_without_loss_is_taken(tmp_path, answer):
    assert judged(tmp_path, f"return {answer}").verdict == "holds"
