"""A run: which checks, on which subject, with what became of each."""

from __future__ import annotations

import fnmatch
import hashlib
import queue
import shlex
import threading
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from whp import registry
from whp.checks import Claim, Property, Verdict
from whp.claims import Evidence, Source, drop_all, end_all
from whp.messages import CALLS_SHOWN, Broke, Loaded, Outcome, RunProperty
from whp.registry import UnknownError
from whp.subject import CannotLoad
from whp.supervisor import Dead, Worker
from whp.wire import PROTOCOL

Effort = Literal["quick", "full"]
EXAMPLES: dict[Effort, int] = {"quick": 100, "full": 1000}
ALPHA, SEED, TIMEOUT = 1e-6, 0, 10.0


Check = Property | Claim


@dataclass(frozen=True)
class Options:
    """How a run was asked for."""

    subject: str | None = None
    declared: dict[str, Any] = field(default_factory=dict)
    declarations: tuple[str, ...] = ()  # as they were written
    select: tuple[str, ...] = ()
    effort: Effort = "quick"
    seed: int = SEED
    alpha: float = ALPHA
    jobs: int = 1
    timeout: float = TIMEOUT


@dataclass(frozen=True)
class Result:
    """A check and its verdict, as the report has them."""

    id: str
    system: str
    kind: Literal["property", "claim"]
    statement: str
    source: str
    verdict: Verdict
    detail: str
    counterexample: dict[str, Any] | None
    replay: str
    seconds: float
    runs: int
    false_alarm: float
    miss: float | None


@dataclass
class Run:
    """All results so far, in the order of the checks, and how the subject calls itself."""

    options: Options
    checks: list[Check]
    name: str = ""
    version: str | None = None
    offered: dict[str, list[str]] = field(default_factory=dict)
    results: dict[str, Result] = field(default_factory=dict)
    interrupted: bool = False

    @property
    def ordered(self) -> list[Result]:
        """The results in the order in which the checks are stated."""
        return [self.results[prop.id] for prop in self.checks if prop.id in self.results]


def select(
    systems: Sequence[str], globs: Sequence[str], only: Literal["properties", "claims"] | None = None
) -> list[Check]:
    """Return the checks of the systems (none: all) whose ids match one of the globs (none: all).

    Raises UnknownError for an unknown system or a glob that matches nothing.
    """
    checks: list[Check] = []
    for system in systems or registry.systems():
        checks += registry.properties(system) if only != "claims" else []
        checks += registry.claims(system) if only != "properties" else []
    for glob in globs:
        if not any(fnmatch.fnmatchcase(check.id, glob) for check in checks):
            raise UnknownError(f"--select {glob} matches no check; `whp list` names them all")
    return [
        check for check in checks if not globs or any(fnmatch.fnmatchcase(check.id, glob) for glob in globs)
    ]


def check_seed(seed: int, check: str) -> int:
    """Return the seed of one check in a run: another check, or another run, has an independent one."""
    digest = hashlib.sha256(check.encode()).digest()
    words = np.frombuffer(digest, np.uint32)
    return int(np.random.SeedSequence([seed, *words.tolist()]).generate_state(1, np.uint64)[0])


def replay_command(check: str, options: Options) -> str:
    """Return the command that runs one check again as it was run."""
    words = ["whp", "check", check.partition("/")[0]]
    if options.subject is not None:
        words += ["--subject", options.subject]
    for declaration in options.declarations:
        words += ["--declare", declaration]
    words += ["--select", check, "--seed", str(options.seed)]
    if options.effort != "quick":
        words += ["--effort", options.effort]
    if options.timeout != TIMEOUT:
        words += ["--timeout", f"{options.timeout:g}"]
    return shlex.join(words)


class Listener:
    """Who is told what happens in a run; one call at a time."""

    def begins(self, run: Run, check: Check) -> None:
        """Note that a check begins."""

    def ends(self, run: Run, result: Result) -> None:
        """Note the result of a check; results come in the order in which checks end."""


def run(
    checks: Sequence[Check],
    options: Options,
    listener: Listener | None = None,
    executor: Executor | None = None,
) -> Run:
    """Run the checks and return their results; raise CannotLoad if there is no subject to check.

    Replicates of claims run on the executor, by default on as many threads as there are jobs, each with a
    worker process. KeyboardInterrupt ends the workers at once; what was decided until then is in the Run,
    which says so.
    """
    run = Run(options, list(checks))
    listener = listener or Listener()
    coordinators = _Coordinators(run, listener)
    coordinators.work()
    claims = [check for check in checks if isinstance(check, Claim)]
    if claims and not run.interrupted:
        _run_claims(run, claims, coordinators.hopeless, listener, executor)
    return run


def _run_claims(
    run: Run,
    claims: list[Claim],
    hopeless: Mapping[str, Outcome],
    listener: Listener,
    executor: Executor | None,
) -> None:
    """Decide claims, one after the other, each with all its replicates on the executor."""
    own = None if executor else ThreadPoolExecutor(run.options.jobs)
    executor = executor or own
    assert executor is not None
    shares = registry.shares()
    try:
        for claim in claims:
            listener.begins(run, claim)
            result = _decide(run, claim, shares[claim.id], hopeless.get(claim.system), executor)
            run.results[claim.id] = result
            listener.ends(run, result)
    except KeyboardInterrupt:
        run.interrupted = True
        end_all()
    finally:
        if own:
            own.shutdown(cancel_futures=True)
        drop_all()


def _decide(run: Run, claim: Claim, share: float, hopeless: Outcome | None, executor: Executor) -> Result:
    options = run.options
    began = time.monotonic()
    plan = claim.plan(options.effort, options.alpha * share)
    source = Source(
        claim.system,
        options.subject,
        tuple(options.declared.items()),
        options.timeout,
        options.effort,
        options.seed,
    )
    evidence = Evidence(claim, source, executor, options.jobs)
    broke: Broke | None = None
    if hopeless:
        calls = hopeless.counterexample["calls"] if hopeless.counterexample else []
        broke = Broke(hopeless.verdict, hopeless.detail, calls)
    while not broke and not (decided := plan.decide(evidence.values)):
        broke = evidence.gather(plan.next(evidence.values))
    counterexample = None
    if broke:
        verdict, detail, runs = broke.verdict, broke.detail, sum(map(len, evidence.values))
        counterexample = {"input": None, "calls": broke.calls} if broke.calls else None
    else:
        verdict, detail, runs = decided.verdict, decided.sentence, sum(decided.used)
    return Result(
        id=claim.id,
        system=claim.system,
        kind="claim",
        statement=claim.statement,
        source=claim.source,
        verdict=verdict,
        detail=detail,
        counterexample=counterexample,
        replay=replay_command(claim.id, options),
        seconds=round(time.monotonic() - began, 3),
        runs=runs,
        false_alarm=plan.false_alarm,
        miss=max(claim.misses(options.effort, plan).values(), default=None),
    )


class _Coordinators:
    """Threads that take checks from one queue, each with a worker process of its own."""

    def __init__(self, run: Run, listener: Listener) -> None:
        self.run, self.listener = run, listener
        self.lock = threading.Lock()
        self.workers: set[Worker] = set()
        self.late: set[str] = set()  # operations that gave no answer in time
        self.hopeless: dict[str, Outcome] = {}  # by system: what was wrong with the handshake
        self.endings: dict[str, list[str | None]] = {}  # by system: what was wrong with how each worker ended
        self.how_they_end: dict[str, tuple[Property, Outcome, float]] = {}
        self.stopping = threading.Event()
        self.queue: queue.SimpleQueue[Property] = queue.SimpleQueue()
        self.properties = [check for check in run.checks if isinstance(check, Property)]
        for prop in self.properties:
            self.queue.put(prop)

    def work(self) -> None:
        if not self.properties:  # the subject is to be loaded all the same, or to be told why it can't be
            for system in dict.fromkeys(check.system for check in self.run.checks):
                worker, _ = self._ready(system)
                if worker:
                    self._drop(worker)
            return
        jobs = max(1, min(self.run.options.jobs, len(self.properties)))
        try:
            with ThreadPoolExecutor(jobs) as pool:
                futures = [pool.submit(self._serve) for _ in range(jobs)]
                try:
                    for future in futures:
                        future.result()
                except KeyboardInterrupt:
                    self.run.interrupted = True
                finally:
                    self.stopping.set()
                    for worker in list(self.workers):
                        worker.terminate()
        finally:
            for worker in list(self.workers):
                worker.kill()
        if not self.run.interrupted:
            self._judge_endings()

    def _serve(self) -> None:
        worker: Worker | None = None
        system = ""
        while not self.stopping.is_set():
            try:
                prop = self.queue.get_nowait()
            except queue.Empty:
                break
            with self.lock:
                self.listener.begins(self.run, prop)
            began = time.monotonic()
            if worker and (system != prop.system or prop.processes > 1):
                self._end(worker, system)
                worker = None
            system = prop.system
            if prop.processes > 1:
                outcome = self._check_apart(prop)
            else:
                worker, outcome = self._check(prop, worker)
            if self.stopping.is_set():
                break
            seconds = time.monotonic() - began
            if prop.processes > 1:
                self.how_they_end[system] = (prop, outcome, seconds)
            else:
                self._note(prop, outcome, seconds)
        if worker:
            self._end(worker, system)

    def _check(self, prop: Property, worker: Worker | None) -> tuple[Worker | None, Outcome]:
        """Run a check, in the given worker or a new one; return the worker if it lives on."""
        if worker is None:
            worker, hopeless = self._ready(prop.system)
            if worker is None:
                assert hopeless is not None
                return None, hopeless
        examples = prop.drawn(EXAMPLES[self.run.options.effort])
        reply = worker.order(RunProperty(prop.name, check_seed(self.run.options.seed, prop.id), examples))
        if isinstance(reply, Dead):
            self._drop(worker)
            if reply.late and reply.question:
                self.late.add(reply.question["operation"])
            return None, _broken(reply.sentence, reply.question, worker.printed)
        assert isinstance(reply, Outcome)
        if reply.verdict == "broken":
            reply.detail = _with_printed(reply.detail, worker.printed)
        return worker, reply

    def _ready(self, system: str) -> tuple[Worker | None, Outcome | None]:
        """Return a new worker; or, for a process that shakes hands wrongly, the outcome of all its checks."""
        if system not in self.hopeless:
            worker, fault = self._start(system)
            if fault is None:
                return worker, None
            question = {"operation": "initialize", "arguments": {"protocol": PROTOCOL, "system": system}}
            self._drop(worker)
            self.hopeless[system] = _broken(fault, question, worker.printed)
        return None, self.hopeless[system]

    def _check_apart(self, prop: Property) -> Outcome:
        """Run a check in several processes, each new, and compare what they answer."""
        outcomes: list[Outcome] = []
        for _ in range(prop.processes):
            worker, outcome = self._check(prop, None)
            outcomes.append(outcome)
            if worker:
                self._end(worker, prop.system)
            if outcome.verdict != "holds" or any(self.endings.get(prop.system, [])):
                break
            for before, now in zip(outcomes[0].transcript, outcome.transcript, strict=True):
                if before != now:
                    detail = f"{now['operation']} answered one question differently in two processes"
                    calls = {"input": None, "calls": [before, now]}
                    return Outcome("refuted", detail, calls, outcome.runs)
        return outcome

    def _start(self, system: str) -> tuple[Worker, str | None]:
        """Return a new worker, and what was wrong with how a process subject came up, if anything."""
        options = self.run.options
        worker = Worker(system, options.subject, options.declared, options.timeout, sorted(self.late))
        with self.lock:
            self.workers.add(worker)
        if self.stopping.is_set():
            worker.terminate()
        loaded = worker.load()
        match loaded:
            case Loaded():
                self.run.name, self.run.version = loaded.name, loaded.version
                self.run.offered[system] = loaded.operations
                return worker, loaded.broken
            case Dead(question=None) if not self.stopping.is_set():
                message = f"{options.subject} could not be loaded: {loaded.sentence}"
                raise CannotLoad(_with_printed(message, worker.printed))
            case Dead():
                return worker, f"the handshake is wrong: {loaded.sentence}"
            case _:
                raise CannotLoad(loaded.message)

    def _drop(self, worker: Worker) -> None:
        with self.lock:
            self.workers.discard(worker)
        worker.kill()

    def _end(self, worker: Worker, system: str) -> None:
        fault = worker.end()
        self._drop(worker)
        if not self.stopping.is_set():
            with self.lock:
                self.endings.setdefault(system, []).append(fault and _with_printed(fault, worker.printed))

    def _judge_endings(self) -> None:
        """Give the verdict on how processes ended, for which all of the run had to end first."""
        for system in self.endings | self.how_they_end:
            endings = self.endings.get(system, [])
            faults = [fault for fault in endings if fault]
            if system in self.how_they_end:
                prop, outcome, seconds = self.how_they_end[system]
            elif faults:  # nobody asked, but a subject that dies is not well
                (prop,) = (prop for prop in registry.properties(system) if prop.processes > 1)
                outcome, seconds = Outcome("holds", "", None, 0), 0.0
                self.run.checks.append(prop)
            else:
                continue
            if faults and outcome.verdict == "holds":
                asked = (
                    {"input": None, "calls": outcome.transcript[-CALLS_SHOWN:]}
                    if outcome.transcript
                    else None
                )
                outcome = Outcome("broken", faults[0], asked, outcome.runs)
            self._note(prop, outcome, seconds)

    def _note(self, prop: Property, outcome: Outcome, seconds: float) -> None:
        result = Result(
            id=prop.id,
            system=prop.system,
            kind="property",
            statement=prop.statement,
            source=prop.source,
            verdict=outcome.verdict,
            detail=outcome.detail,
            counterexample=outcome.counterexample,
            replay=replay_command(prop.id, self.run.options),
            seconds=round(seconds, 3),
            runs=outcome.runs,
            false_alarm=prop.false_alarm,
            miss=None,
        )
        with self.lock:
            self.run.results[prop.id] = result
            self.listener.ends(self.run, result)


def _broken(sentence: str, question: dict[str, Any] | None, printed: str) -> Outcome:
    calls = [{**question, "answer": None}] if question else []
    return Outcome("broken", _with_printed(sentence, printed), {"input": None, "calls": calls}, 0)


def _with_printed(sentence: str, printed: str) -> str:
    return f"{sentence}\nit had printed, last:\n{printed}" if printed else sentence
