"""Runs claims: replicates on any executor, consumed in the order of their index."""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections import deque
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from socket import gethostname
from typing import Any

from whp import files, registry
from whp.checks import Claim, Plan, Verdict
from whp.choices import Device
from whp.ledger import Record
from whp.messages import Broke, Loaded, Outcome, Replicates, Unloadable, Values
from whp.results import Listener, Result, Run, changed_while, conclude
from whp.supervisor import Dead, WhpFailed, Worker

CHUNK_SECONDS = 0.25  # of work in a task: enough that handing it out costs little
FIRST_CHUNK, LARGEST_CHUNK = 4, 4096
PARTS = 16  # such a task is cut into at most, where few replicates are left for the workers
AHEAD = 3  # tasks handed out for each that can run
ATTEMPTS = 8  # at a task that is lost or refused, one after the other
PAUSE = 0.25  # seconds before the next


@dataclass(frozen=True)
class Source:
    """Where replicates come from: a subject, and the seed of the run."""

    run: str  # no other run has this, so that no run ends the workers of another
    folder: str
    system: str
    spec: str | None
    declared: tuple[tuple[str, str], ...]  # as JSON
    timeout: float
    effort: str
    seed: int
    device: Device = "cpu"
    whp: str = ""  # a digest of the whp that asks; none: any will do
    host: str = ""  # the machine of that
    files: tuple[tuple[str, str], ...] = field(
        default=(), compare=False
    )  # of the subject there, with digests


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


_workers: dict[
    tuple[int, Source], Worker
] = {}  # of each thread of this process, for each run that it works for


def perform(task: Task) -> Done:
    """Run a task in a worker process that this thread has for the source."""
    own = threading.get_ident(), task.source
    loaded_files: dict[str, str] = {}
    if own not in _workers:
        source = task.source
        if source.whp and source.whp != files.of_whp():
            return _misplaced(
                f"has another whp, {files.of_whp()}, or other versions of what it computes with"
            )
        declared = {name: json.loads(value) for name, value in source.declared}
        worker = Worker(
            source.system, source.spec, declared, source.timeout, [], source.folder, source.device
        )
        _workers[own] = worker
        loaded = worker.load()
        if not isinstance(loaded, Loaded) or loaded.broken:
            _drop(own)
            return Done((), 0.0, _not_loaded(loaded))
        loaded_files = loaded.files
        if source.host != gethostname() and (other := files.another(dict(source.files), loaded_files)):
            _drop(own)
            return _misplaced(f"on {gethostname()} has another subject: {other} is not what it is here")
    worker = _workers[own]
    order = Replicates(task.claim, task.source.effort, task.cell, task.first, task.count, task.source.seed)
    began = time.monotonic()
    reply = worker.order(order)
    seconds = time.monotonic() - began
    if isinstance(reply, Dead):
        _drop(own)
        calls = [{**reply.question, "answer": None}] if reply.question else []
        # A replicate that is too slow says nothing about the claim: larger inputs may just take longer.
        verdict: Verdict = "undecided" if reply.late else "broken"
        return Done((), seconds, Broke(verdict, reply.sentence, calls, reply.late), loaded_files)
    assert isinstance(reply, Values)
    return Done(tuple(reply.values), seconds, reply.broke, loaded_files | reply.files)


def _misplaced(fault: str) -> Done:
    """Refuse a task where its replicates would be of another subject, or of another claim.

    That takes no time, and whoever is done first is given the next task: others are to get it.
    """
    time.sleep(PAUSE)
    return Done((), 0.0, Broke("undecided", f"{_here()} {fault}", [], misplaced=True))


def _here() -> str:
    """Name the worker of a cluster that this is."""
    distributed: Any = sys.modules.get("distributed")
    try:
        return f"worker {distributed.get_worker().address}" if distributed else "this process"
    except ValueError:  # it is imported, and this is none of its workers
        return "this process"


def _not_loaded(loaded: Loaded | Unloadable | Dead) -> Broke:
    match loaded:
        case Unloadable(message):  # it was there when the run began: the fault lies with where this runs
            return Broke("not run", f"the subject can't be loaded where replicates run: {message}", [])
        case Dead(sentence):
            return Broke("broken", f"the subject could not be loaded again: {sentence}", [])
        case _:
            return Broke("broken", f"the subject could not be loaded again: {loaded.broken}", [])


def _drop(own: tuple[int, Source]) -> None:
    worker = _workers.pop(own, None)
    if worker:
        worker.kill()


def end_all(run: str) -> None:
    """End the worker processes that this process has for a run, at once, whatever they do."""
    for (_, source), worker in list(_workers.items()):
        if source.run == run:
            worker.terminate()


def drop_all(run: str) -> None:
    """End the workers that this process has for a run; they must be idle."""
    for own in list(_workers):
        if own[1].run == run:
            _drop(own)


class Evidence:
    """The replicates of a claim, gathered on an executor and consumed in the order of their index."""

    def __init__(
        self,
        run: Run,
        claim: Claim,
        source: Source,
        executor: Executor,
        width: int,
        record: Record | None = None,
        kept: Sequence[Sequence[float]] = (),
    ) -> None:
        """Begin with what was kept; `width` tasks can run at once, and the record keeps what they return."""
        self.run, self.claim, self.source, self.executor, self.width = run, claim, source, executor, width
        self.record = record or Record()
        self.values = [list(values) for values in kept or [()] * len(claim.cells[source.effort])]
        self.chunk = FIRST_CHUNK

    def gather(self, ends: Sequence[int]) -> Broke | None:
        """Run what is missing until each cell has so many replicates; return what broke, if anything."""
        waiting = deque(
            (cell, len(values), end)
            for cell, (values, end) in enumerate(zip(self.values, ends, strict=True))
            if len(values) < end
        )
        running: deque[tuple[Task, Future[Done]]] = deque()
        attempts = 0  # in vain, since a task was done
        try:
            while waiting or running:
                while waiting and len(running) < AHEAD * self.width:
                    share = -(-sum(end - first for _, first, end in waiting) // self.width)
                    cell, first, end = waiting.popleft()
                    count = min(self.chunk, max(share, self.chunk // PARTS), end - first)
                    task = Task(self.source, self.claim.name, cell, first, count)
                    running.append((task, self._submit(task)))
                    if first + count < end:
                        waiting.appendleft((cell, first + count, end))
                # The oldest first, whichever is ready: an order of completion would depend on the outcomes.
                task, future = running.popleft()
                done = _result_of(future)
                if done.broke and done.broke.misplaced:
                    attempts += 1
                    if attempts == ATTEMPTS:
                        self.run.lost = True
                        return done.broke
                    time.sleep(PAUSE)
                    running.appendleft((task, self._submit(task)))
                    continue
                attempts = 0
                broke = self._take(task, done)
                if broke:
                    return broke
                ideal = round(task.count * CHUNK_SECONDS / max(done.seconds, 1e-6))
                self.chunk = max(1, min(ideal, 2 * self.chunk, LARGEST_CHUNK))
        finally:
            for _, rest in running:
                rest.cancel()
        return None

    def _submit(self, task: Task) -> Future[Done]:
        try:
            return self.executor.submit(perform, task)
        except Exception as error:  # a broken executor takes no task
            lost: Future[Done] = Future()
            lost.set_exception(error)
            return lost

    def _take(self, task: Task, done: Done) -> Broke | None:
        """Append the values of a task; return what broke."""
        fresh = self.run.loads(done.files)
        if self.run.changed:
            return Broke("undecided", changed_while(self.run), [])
        if fresh:
            self.record.loaded(self.run, fresh)
        self.values[task.cell] += done.values
        if done.values:
            self.record.add(self.claim.id, task.cell, task.first, done.values)
        return done.broke


def _result_of(future: Future[Done]) -> Done:
    """Return what became of a task; if the executor lost it, that it is to be run again."""
    try:
        return future.result()
    except WhpFailed:
        raise
    except Exception as error:
        lost = f"the executor lost a task ({type(error).__name__}: {error})"
        return Done((), 0.0, Broke("undecided", lost, [], misplaced=True))


def run_claims(
    run: Run,
    claims: Sequence[Claim],
    hopeless: Mapping[str, Outcome],
    listener: Listener,
    executor: Executor | None,
    width: int,
    record: Record,
    token: str,
) -> None:
    """Decide claims, one after the other, each with all its replicates on the executor.

    `hopeless` has, by system, what is wrong with a subject that no replicate can be asked of; `width` tasks
    run side by side, in workers that bear the token.
    """
    own = None if executor else ThreadPoolExecutor(width)
    executor = executor or own
    assert executor is not None
    shares = registry.shares()
    try:
        for claim in claims:
            if run.options.effort not in claim.cells:
                _end(run, _not_asked(run, claim), record, listener)
                continue
            plan = claim.plan(run.options.effort, run.options.alpha * shares[claim.id])
            labels = [cell.label for cell in claim.cells[run.options.effort]]
            kept = record.planned(claim.id, labels, plan.describe())
            evidence = Evidence(run, claim, _source(run, claim, token), executor, width, record, kept)
            run.evidence[claim.id] = evidence.values
            if claim.id in run.results:
                continue
            listener.begins(run, claim)
            _end(run, _result(run, claim, plan, evidence, hopeless.get(claim.system)), record, listener)
            if run.interrupted or run.changed:
                break
    except KeyboardInterrupt:
        run.interrupted = True
        end_all(token)
    finally:
        if own:
            own.shutdown(cancel_futures=True)
        drop_all(token)


def _end(run: Run, result: Result, record: Record, listener: Listener) -> None:
    """Note what came of a claim, and tell it."""
    run.results[result.id] = result
    record.result(result)
    listener.ends(run, result)


def _not_asked(run: Run, claim: Claim) -> Result:
    """Return the result of a claim that this effort doesn't ask."""
    efforts = " or ".join(claim.cells)
    return conclude(claim, run.options, "not run", f"asked with --effort {efforts}", None, 0, 0.0, 0.0)


def _source(run: Run, claim: Claim, token: str) -> Source:
    options = run.options
    declared = tuple((name, json.dumps(value)) for name, value in options.declared.items())
    return Source(
        token,
        os.getcwd(),
        claim.system,
        options.subject,
        declared,
        options.timeout,
        options.effort,
        options.seed,
        options.device,
        files.of_whp(),
        gethostname(),
        tuple(run.files.items()),
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
        end_all(evidence.source.run)
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
