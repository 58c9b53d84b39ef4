"""The runner of claims: evidence that depends on nothing but subject, seed and plan; and the budget."""

from __future__ import annotations

import time
from concurrent.futures import (
    BrokenExecutor,
    Future,
    ProcessPoolExecutor,
    ThreadPoolExecutor,
    as_completed,
)
from dataclasses import replace
from multiprocessing import get_context

import numpy as np
import pytest

from whp import claims, executors, registry
from whp.claims import Done, Evidence, Source, Task, _decide, drop_all, perform
from whp.executors import NoExecutor, executor
from whp.files import digest
from whp.results import Options, Run
from whp.run import run, select
from whp.statistical.decisions import coin

STEPS = "coloring/recolor_steps_follow_their_exact_law"
SOURCE = Source("", ".", "coloring", None, (), 10.0, "quick", 0)


def claim_named(check_id):
    return next(claim for claim in registry.claims("coloring") if claim.id == check_id)


def nothing():
    return Run(Options(), [])


def gathered(executor, wanted, seed=0, width=2):
    evidence = Evidence(
        nothing(),
        claim_named(STEPS),
        Source("", ".", "coloring", None, (), 10.0, "quick", seed),
        executor,
        width,
    )
    assert evidence.gather(wanted) is None
    return evidence.values


@pytest.fixture
def threads():
    with ThreadPoolExecutor(2) as pool:
        yield pool
    drop_all("")


def test_evidence_is_the_same_on_any_executor_and_in_any_chunks(threads, monkeypatch):
    wanted = [40, 0, 7, 1, 0, 0, 0, 0, 0, 25]
    known = gathered(threads, wanted)
    assert [len(values) for values in known] == wanted
    monkeypatch.setattr(claims, "FIRST_CHUNK", 1)
    monkeypatch.setattr(claims, "LARGEST_CHUNK", 3)
    assert gathered(threads, wanted) == known
    with ThreadPoolExecutor(1) as one:
        assert gathered(one, wanted, width=1) == known
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        assert gathered(pool, wanted) == known
    assert gathered(threads, wanted, seed=1) != known


class Uneven(ThreadPoolExecutor):
    """Lets earlier tasks end later."""

    def submit(self, function, task):
        def late(task):
            done = function(task)
            time.sleep(0.3 if task.first % 8 == 0 else 0.0)
            return done

        return super().submit(late, task)


class ByCompletion(Evidence):
    """A runner that takes replicates as they end: an impostor."""

    def gather(self, ends):
        tasks = [Task(self.source, self.claim.name, 0, first, 4) for first in range(0, ends[0], 4)]
        for future in as_completed([self.executor.submit(perform, task) for task in tasks]):
            self.values[0] += future.result().values


def test_replicates_are_consumed_in_the_order_of_their_index(threads, monkeypatch):
    wanted = [40] + [0] * 9
    known = gathered(threads, wanted)
    monkeypatch.setattr(claims, "LARGEST_CHUNK", 4)
    with Uneven(6) as pool:
        assert gathered(pool, wanted, width=6) == known
        wrong = ByCompletion(nothing(), claim_named(STEPS), SOURCE, pool, 6)
        wrong.gather(wanted)
    assert sorted(wrong.values[0]) == sorted(known[0])
    assert wrong.values != known


def test_evidence_is_the_same_on_dask_here_and_on_a_cluster(threads):
    distributed = pytest.importorskip("distributed", reason="Dask is not installed")
    wanted = [40, 0, 7, 1, 0, 0, 0, 0, 0, 25]
    known = gathered(threads, wanted)
    with executor("dask", 2, "t") as (pool, width):
        assert width == 2
        assert gathered(pool, wanted, width=width) == known
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
    ) as cluster:
        address = cluster.scheduler_address
        with executor(f"dask:{address}", 1, "t") as (pool, width):
            assert width == 2
            assert gathered(pool, wanted, width=width) == known
        cluster.scale(0)
        while cluster.scheduler_info["workers"]:  # it takes them a moment to go
            time.sleep(0.05)
        with pytest.raises(NoExecutor, match="has no workers"), executor(f"dask:{address}", 1, "t"):
            pass


def test_workers_with_another_whp_are_refused(monkeypatch):
    pytest.importorskip("distributed", reason="Dask is not installed")
    monkeypatch.setattr(executors, "_whp", lambda: "1234")
    with (
        pytest.raises(NoExecutor, match=r"workers there have not this whp: inproc:.* \(1234\)"),
        executor("dask", 1, "t"),
    ):
        pass


def test_a_task_that_the_executor_loses_leaves_the_claim_undecided(tmp_path):
    file = tmp_path / "subject.py"
    file.write_text("from whp.reference.coloring import recolor\n")

    class Losing(ThreadPoolExecutor):
        def submit(self, function, *arguments):
            if arguments[0].first > 8:
                future = Future()
                future.set_exception(BrokenExecutor("a worker is gone"))
                return future
            return super().submit(function, *arguments)

    with Losing(2) as pool:
        (result,) = run(select(["coloring"], [STEPS]), Options(subject=str(file)), None, pool, 2).ordered
    assert result.verdict == "undecided"
    assert "the executor lost a task (BrokenExecutor: a worker is gone)" in result.detail
    assert result.runs > 0


def test_a_task_that_the_executor_loses_is_run_again(threads, monkeypatch):
    monkeypatch.setattr(claims, "PAUSE", 0.0)
    wanted = [40, 0, 7, 1, 0, 0, 0, 0, 0, 25]
    known = gathered(threads, wanted)

    class Losing(ThreadPoolExecutor):
        """Loses two of three tasks, as the machines of a cluster may."""

        tasks = 0

        def submit(self, function, *arguments):
            self.tasks += 1
            if self.tasks % 3 == 0:
                return super().submit(function, *arguments)
            if self.tasks % 3 == 1:
                raise BrokenExecutor("a worker is gone")
            future = Future()
            future.cancel()
            return future

    with Losing(2) as pool:
        assert gathered(pool, wanted, width=2) == known


@pytest.mark.parametrize(
    ("there", "line"),
    [
        ({"whp": "1234"}, "this process has another whp"),
        ({"host": "elsewhere"}, "has another subject: "),
    ],
)
def test_a_machine_with_another_whp_or_subject_is_refused_by_name(
    threads, monkeypatch, tmp_path, there, line
):
    monkeypatch.setattr(claims, "PAUSE", 0.0)
    file = tmp_path / "subject.py"
    file.write_text("from whp.reference.coloring import recolor\n")
    files = (("/elsewhere/" + tmp_path.name + "/subject.py", "1234"),)
    source = replace(SOURCE, spec=str(file), files=files, **there)
    evidence = Evidence(nothing(), claim_named(STEPS), source, threads, 2)
    broke = evidence.gather([4] + [0] * 9)
    assert broke.verdict == "undecided"
    assert line in broke.detail
    assert evidence.run.lost
    assert evidence.values[0] == []


def test_the_same_subject_elsewhere_is_taken(threads, tmp_path):
    file = tmp_path / "subject.py"
    file.write_text("from whp.reference.coloring import recolor\n")
    files = (("/elsewhere/" + tmp_path.name + "/subject.py", digest(str(file))),)
    source = replace(SOURCE, spec=str(file), files=files, host="elsewhere", folder=str(tmp_path))
    evidence = Evidence(nothing(), claim_named(STEPS), source, threads, 2)
    assert evidence.gather([4] + [0] * 9) is None
    assert evidence.values[0] == gathered(threads, [4] + [0] * 9)[0]


def test_a_subject_that_changes_while_it_is_checked_leaves_the_claim_undecided():
    evidence = Evidence(nothing(), claim_named(STEPS), SOURCE, None, 1)
    task = Task(SOURCE, STEPS, 0, 0, 1)
    assert evidence._take(task, Done((1.0,), 0.1, files={"fast.py": "a", "x.so": "b"})) is None
    broke = evidence._take(task, Done((1.0,), 0.1, files={"fast.py": "c"}))
    assert broke.verdict == "undecided"
    assert "fast.py changed while it was checked" in broke.detail
    assert evidence.run.changed == "fast.py"
    assert evidence.values[0] == [1.0]


class Counting(ThreadPoolExecutor):
    """Counts the replicates of each task that it is given."""

    def __init__(self, workers):
        super().__init__(workers)
        self.counts = []

    def submit(self, work, task):
        self.counts.append(task.count)
        return super().submit(work, task)


def test_few_replicates_are_shared_among_the_workers():
    with Counting(1) as pool:
        gathered(pool, [3, 1] + [0] * 8, width=2)
        assert pool.counts == [2, 1, 1]
        pool.counts.clear()
        gathered(pool, [3, 1] + [0] * 8, width=1)
        assert pool.counts == [3, 1]
    drop_all("")


def test_evidence_in_two_helpings_is_that_in_one(threads):
    evidence = Evidence(nothing(), claim_named(STEPS), SOURCE, threads, 2)
    for ends in ([10] * 10, [0] * 10, [15] * 10):
        evidence.gather(ends)
    assert evidence.values == gathered(threads, [15] * 10)


class Gathered:
    """Evidence of coins that any index gives alike, with what was kept of it before."""

    def __init__(self, kept):
        self.values = [list(self.tosses(cell, 0, count)) for cell, count in enumerate(kept)]

    def tosses(self, cell, first, end):
        return (float(value) for value in np.random.default_rng(cell).random(4096)[first:end] < 0.99)

    def gather(self, ends):
        for cell, end in enumerate(ends):
            self.values[cell] += self.tosses(cell, len(self.values[cell]), end)


def test_a_sequential_test_resumed_anywhere_ends_with_the_evidence_of_one_that_was_not():
    plan = coin(["a", "b"], 0.99, 0.9, 1e-6)
    straight = Gathered([0, 0])
    _, decided = _decide(plan, straight)
    lengths = [len(values) for values in straight.values]
    assert decided.verdict == "holds"
    assert max(lengths) > max(plan.next([[], []]))  # more than one helping
    for kept in np.random.default_rng(1).integers(0, lengths, (200, 2)):
        resumed = Gathered(kept)
        assert _decide(plan, resumed) == (None, decided)
        assert resumed.values == straight.values


def judged(tmp_path, body, check=STEPS, **options):
    file = tmp_path / "subject.py"
    file.write_text(f"import time\nfrom whp.reference import coloring\n{body}")
    (result,) = run(select(["coloring"], [check]), Options(subject=str(file), **options)).ordered
    return result


def test_a_subject_that_breaks_in_a_replicate_is_broken(tmp_path):
    body = "def recolor(graph, seed): return {'colors': [0] * graph.n, 'steps': -1}\n"
    result = judged(tmp_path, body)
    assert (result.kind, result.verdict) == ("claim", "broken")
    assert "a number of steps is not negative" in result.detail
    assert result.counterexample["calls"][0]["operation"] == "recolor"


def test_a_replicate_that_is_too_slow_leaves_the_claim_undecided(tmp_path):
    body = (
        "def recolor(graph, seed):\n"
        "    if graph.n == 5: time.sleep(9)\n"
        "    return coloring.recolor(graph, seed)\n"
    )
    result = judged(tmp_path, body, timeout=0.3)
    assert result.verdict == "undecided"
    assert "recolor did not answer within 0.3 s" in result.detail


def test_a_claim_about_what_is_missing_or_outside_limits_is_not_offered(tmp_path):
    body = "def recolor(graph, seed): return coloring.recolor(graph, seed)\n"
    assert judged(tmp_path, body, check="coloring/starts_are_uniform").verdict == "not offered"
    limited = judged(tmp_path, body, declared={"limits": {"recolor": {"n": [0, 4]}}})
    assert limited.verdict == "not offered"
    assert "cell C5 is outside the limits" in limited.detail


def test_shares_of_alpha_add_up_whatever_is_selected():
    shares = registry.shares()
    assert sum(shares.values()) == pytest.approx(1)
    weights = {claim.id: claim.weight for system in registry.systems() for claim in registry.claims(system)}
    assert shares == {name: weight / sum(weights.values()) for name, weight in weights.items()}
    for claim in registry.claims("coloring"):
        for effort in ("quick", "full"):
            plan = claim.plan(effort, 1e-6 * shares[claim.id])
            assert plan.false_alarm <= 1e-6 * shares[claim.id] * (1 + 1e-9)


def test_every_listed_impostor_is_missed_with_probability_at_most_one_in_a_thousand_at_full():
    for system in registry.systems():
        for claim in registry.claims(system):
            plan = claim.plan("full", 1e-6 * registry.shares()[claim.id])
            for name, miss in claim.misses("full", plan).items():
                assert miss <= 1e-3, (claim.id, name)


def test_a_claim_of_full_effort_alone_is_not_run_at_quick():
    (result,) = run(select(["evolution"], ["evolution/past_directions_win_on_digits"]), Options()).ordered
    assert (result.verdict, result.detail) == ("not run", "asked with --effort full")


def test_a_claim_that_lacks_what_it_needs_is_not_run_and_says_what(tmp_path):
    file = tmp_path / "without.py"
    file.write_text(
        "import sys\nsys.modules['sklearn.datasets'] = None\nfrom whp.reference.evolution import ask, tell\n"
    )
    checks = select(["evolution"], ["evolution/past_directions_win_on_digits"])
    (result,) = run(checks, Options(subject=str(file), effort="full")).ordered
    assert result.verdict == "not run"
    assert result.detail.endswith("which is missing: pip install 'whp[learn]'")
