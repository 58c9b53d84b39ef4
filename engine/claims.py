"""Runs claims: replicates on any executor, consumed in the order of their index."""

from __future__ import annotations

import os
import threading
import time
from collections import deque
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from whp import files, registry
from whp.checks import Claim, Plan, Verdict
from whp.ledger import Record
from whp.messages import Broke, Loaded, Outcome, Replicates, Unloadable, Values
from whp.results import Listener, Result, Run, conclude
from whp.supervisor import Dead, WhpFailed, Worker

CHUNK_SECONDS = 0.1  # of work in a task: enough that handing it out costs little
FIRST_CHUNK, LARGEST_CHUNK = 4, 4096
AHEAD = 3  # tasks handed out for each that can run


@dataclass(frozen=True)
class Source:
    """Where replicates come from: a subject, and the seed of the run."""

    folder: str
    system: str
    spec: str | None
    declared: tuple[tuple[str, Any], ...]
    timeout: float
    effort: str
    seed: int


@dataclass(frozen=True)
class Task:
    """Consecutive replicates of one cell: a pure function of its fields."""

    source: Source
    claim: str
    cell: int
    first: int
    count: int


@dataclass(frozen=True)
class Done:
    """The values of a task, or what came in the place of the next one."""

    values: tuple[float, ...]
    seconds: float
    broke: Broke | None = None
    files: dict[str, str] = field(default_factory=dict)  # that were loaded for it


class Workers(threading.local):
    """The worker process of each thread, in whatever process an executor has that thread."""

    source: Source | None = None
    worker: Worker | None = None


_workers = Workers()
_started: set[Worker] = set()


def perform(task: Task) -> Done:
    """Run a task in this thread's worker process."""
    began = time.monotonic()
    loaded_files: dict[str, str] = {}
    if _workers.source != task.source or _workers.worker is None:
        _drop()
        source = task.source
        worker = Worker(source.system, source.spec, dict(source.declared), source.timeout, [], source.folder)
        _started.add(worker)
        _workers.source, _workers.worker = source, worker
        loaded = worker.load()
        if not isinstance(loaded, Loaded) or loaded.broken:
            _drop()
            return Done((), 0.0, _not_loaded(loaded))
        loaded_files = loaded.files
    worker = _workers.worker
    order = Replicates(task.claim, task.source.effort, task.cell, task.first, task.count, task.source.seed)
    reply = worker.order(order)
    seconds = time.monotonic() - began
    if isinstance(reply, Dead):
        _drop()
        calls = [{**reply.question, "answer": None}] if reply.question else []
        # A replicate that is too slow says nothing about the claim: larger inputs may just take longer.
        verdict: Verdict = "undecided" if reply.late else "broken"
        return Done((), seconds, Broke(verdict, reply.sentence, calls, reply.late))
    assert isinstance(reply, Values)
    return Done(tuple(reply.values), seconds, reply.broke, loaded_files | reply.files)


def _not_loaded(loaded: Loaded | Unloadable | Dead) -> Broke:
    match loaded:
        case Unloadable(message):  # it was there when the run began: the fault lies with where this runs
            return Broke("not run", f"the subject can't be loaded where replicates run: {message}", [])
        case Dead(sentence):
            return Broke("broken", f"the subject could not be loaded again: {sentence}", [])
        case _:
            return Broke("broken", f"the subject could not be loaded again: {loaded.broken}", [])


def _drop() -> None:
    if _workers.worker is not None:
        _workers.worker.kill()
        _started.discard(_workers.worker)
        _workers.worker = None


def end_all() -> None:
    """End the worker processes of all threads of this process at once, whatever they do."""
    for worker in list(_started):
        worker.terminate()


def drop_all() -> None:
    """End the workers of all threads of this process, which must be idle."""
    while _started:
        _started.pop().kill()


class Evidence:
    """The replicates of a claim, gathered on an executor and consumed in the order of their index."""

    def __init__(
        self,
        claim: Claim,
        source: Source,
        executor: Executor,
        width: int,
        record: Record | None = None,
        kept: Sequence[Sequence[float]] = (),
    ) -> None:
        """Begin with what was kept; `width` tasks can run at once, and the record keeps what they return."""
        self.claim, self.source, self.executor, self.width = claim, source, executor, width
        self.record = record or Record()
        self.values = [list(values) for values in kept or [()] * len(claim.cells[source.effort])]
        self.files: dict[str, str] = {}
        self.chunk = FIRST_CHUNK

    def gather(self, ends: Sequence[int]) -> Broke | None:
        """Run what is missing until each cell has so many replicates; return what broke, if anything."""
        waiting = deque(
            (cell, len(values), end)
            for cell, (values, end) in enumerate(zip(self.values, ends, strict=True))
            if len(values) < end
        )
        running: deque[tuple[Task, Future[Done]]] = deque()
        try:
            while waiting or running:
                while waiting and len(running) < AHEAD * self.width:
                    cell, first, end = waiting.popleft()
                    count = min(self.chunk, end - first)
                    task = Task(self.source, self.claim.name, cell, first, count)
                    running.append((task, self.executor.submit(perform, task)))
                    if first + count < end:
                        waiting.appendleft((cell, first + count, end))
                # The oldest first, whichever is ready: an order of completion would depend on the outcomes.
                task, future = running.popleft()
                try:
                    done = future.result()
                except WhpFailed:
                    raise
                except Exception as error:
                    lost = f"the executor lost a task ({type(error).__name__}: {error})"
                    return Broke("undecided", lost, [])
                broke = self._take(task, done)
                if broke:
                    return broke
                ideal = round(task.count * CHUNK_SECONDS / max(done.seconds, 1e-6))
                self.chunk = max(1, min(ideal, 2 * self.chunk, LARGEST_CHUNK))
        finally:
            for _, rest in running:
                rest.cancel()
        return None

    def _take(self, task: Task, done: Done) -> Broke | None:
        """Append the values of a task; return what broke."""
        path = files.changed(self.files, done.files)
        if path:
            return Broke("undecided", f"{path} changed while it was being checked; check it again", [])
        self.files |= done.files
        self.values[task.cell] += done.values
        if done.values:
            self.record.add(self.claim.id, task.cell, task.first, done.values)
        return done.broke


def run_claims(
    run: Run,
    claims: Sequence[Claim],
    hopeless: Mapping[str, Outcome],
    listener: Listener,
    executor: Executor | None,
    width: int,
    record: Record,
) -> None:
    """Decide claims, one after the other, each with all its replicates on the executor.

    `hopeless` has, by system, what is wrong with a subject that no replicate can be asked of; `width` tasks
    run side by side.
    """
    own = None if executor else ThreadPoolExecutor(width)
    executor = executor or own
    assert executor is not None
    shares = registry.shares()
    try:
        for claim in claims:
            plan = claim.plan(run.options.effort, run.options.alpha * shares[claim.id])
            labels = [cell.label for cell in claim.cells[run.options.effort]]
            kept = record.planned(claim.id, labels, plan.describe())
            evidence = Evidence(claim, _source(run, claim), executor, width, record, kept)
            evidence.files = run.files
            run.evidence[claim.id] = evidence.values
            if claim.id in run.results:
                continue
            listener.begins(run, claim)
            result = _result(run, claim, plan, evidence, hopeless.get(claim.system))
            run.results[claim.id] = result
            record.loaded(run)
            record.result(result)
            listener.ends(run, result)
            if run.interrupted:
                break
    except KeyboardInterrupt:
        run.interrupted = True
        end_all()
    finally:
        if own:
            own.shutdown(cancel_futures=True)
        drop_all()


def _source(run: Run, claim: Claim) -> Source:
    options = run.options
    declared = tuple(options.declared.items())
    return Source(
        os.getcwd(), claim.system, options.subject, declared, options.timeout, options.effort, options.seed
    )


def _result(run: Run, claim: Claim, plan: Plan, evidence: Evidence, hopeless: Outcome | None) -> Result:
    """Gather evidence until the claim is decided, or can't be."""
    began = time.monotonic()
    decided: Any = None
    try:
        broke = Broke(hopeless.verdict, hopeless.detail, _calls(hopeless)) if hopeless else None
        if not broke:
            broke, decided = _decide(plan, evidence)
    except KeyboardInterrupt:
        run.interrupted = True
        end_all()
        made, most = sum(map(len, evidence.values)), sum(plan.cap)
        broke = Broke("undecided", f"interrupted after {made} of at most {most} runs", [])
    if broke:
        verdict, detail, runs = broke.verdict, broke.detail, sum(map(len, evidence.values))
        run.late = run.late or broke.late
    else:
        verdict, detail, runs = decided.verdict, decided.sentence, sum(decided.used)
        run.spent = run.spent or verdict == "undecided"
    return conclude(
        claim,
        run.options,
        verdict,
        detail,
        {"input": None, "calls": broke.calls} if broke and broke.calls else None,
        runs,
        time.monotonic() - began,
        plan.false_alarm,
        max(claim.misses(run.options.effort, plan).values(), default=None),
    )


def _calls(outcome: Outcome) -> list[dict[str, Any]]:
    return outcome.counterexample["calls"] if outcome.counterexample else []


def _decide(plan: Plan, evidence: Evidence) -> tuple[Broke | None, Any]:
    """Gather what the plan wants until it decides; return what broke, or the decision.

    Evidence that was kept before is looked at in the helpings in which the plan would have wanted it, so that
    a run that is resumed, wherever it was stopped, ends with just the evidence of one that was not.
    """
    wanted = [0] * len(evidence.values)
    while True:
        broke = evidence.gather(wanted)
        if broke:
            return broke, None
        seen = [values[:end] for values, end in zip(evidence.values, wanted, strict=True)]
        decided = plan.decide(seen)
        if decided:
            return None, decided
        wanted = [end + more for end, more in zip(wanted, plan.next(seen), strict=True)]
