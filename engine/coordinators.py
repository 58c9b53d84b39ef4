"""Runs properties: threads that take them from one queue, each with a worker process of its own."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from whp import registry, seeds
from whp.checks import Property
from whp.choices import EXAMPLES
from whp.ledger import Record
from whp.messages import CALLS_SHOWN, Outcome, RunProperty
from whp.results import Listener, Run, changed_while, conclude
from whp.subject import CannotLoad
from whp.supervisor import Dead, Worker
from whp.wire import PROTOCOL


class Coordinators:
    """Threads that take checks from one queue, each with a worker process of its own."""

    def __init__(self, run: Run, listener: Listener, record: Record) -> None:
        self.run, self.listener, self.record = run, listener, record
        self.lock = threading.Lock()
        self.workers: set[Worker] = set()
        self.late: set[str] = set()  # operations that gave no answer in time
        self.hopeless: dict[str, Outcome] = {}  # by system: what was wrong with the handshake
        self.endings: dict[str, list[str | None]] = {}  # by system: what was wrong with how each worker ended
        self.how_they_end: dict[str, tuple[Property, Outcome, float]] = {}
        self.stopping = threading.Event()
        self.queue: queue.SimpleQueue[Property] = queue.SimpleQueue()
        self.properties = [
            check for check in run.checks if isinstance(check, Property) and check.id not in run.results
        ]
        for prop in self.properties:
            self.queue.put(prop)

    def work(self) -> None:
        """Run the properties; without any, see whether there is a subject."""
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
            if self.stopping.is_set() and not self.run.changed:
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
        if not self._same({}):
            return worker, self._changed(0)
        examples = prop.drawn(EXAMPLES[self.run.options.effort])
        reply = worker.order(RunProperty(prop.name, seeds.of_check(self.run.options.seed, prop.id), examples))
        if isinstance(reply, Dead):
            self._drop(worker)
            if not self._same({}):
                return None, self._changed(0)
            if reply.late and reply.question:
                self.late.add(reply.question["operation"])
            return None, _broken(worker, reply.sentence, reply.question)
        assert isinstance(reply, Outcome)
        if reply.verdict == "broken":
            reply.detail = worker.with_printed(reply.detail)
        return worker, reply if self._same(reply.files) else self._changed(reply.runs)

    def _ready(self, system: str) -> tuple[Worker | None, Outcome | None]:
        """Return a new worker; or, for a process that shakes hands wrongly, the outcome of all its checks."""
        if system not in self.hopeless:
            worker, fault = self._start(system)
            if fault is None:
                return worker, None
            question = {"operation": "initialize", "arguments": {"protocol": PROTOCOL, "system": system}}
            self._drop(worker)
            self.hopeless[system] = _broken(worker, fault, question)
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
        worker = Worker(
            system,
            options.subject,
            options.declared,
            options.timeout,
            sorted(self.late),
            device=options.device,
        )
        with self.lock:
            self.workers.add(worker)
        if self.stopping.is_set():
            worker.terminate()
        try:
            loaded = worker.loaded()
        except CannotLoad:
            if self.stopping.is_set():
                return worker, "the run was stopped"
            raise
        self.run.name, self.run.version = loaded.name, loaded.version
        self.run.offered[system] = loaded.operations
        if self._same(loaded.files):
            self.record.loaded(self.run, {})
        return worker, loaded.broken

    def _same(self, files: Mapping[str, str]) -> bool:
        """Take note of files that were loaded; say whether all are what they were."""
        with self.lock:
            fresh = self.run.loads(files)
            if fresh and not self.run.changed:
                self.record.loaded(self.run, fresh)
        return not self.run.changed

    def _changed(self, runs: int) -> Outcome:
        self.stopping.set()
        return Outcome("undecided", changed_while(self.run), None, runs)

    def _drop(self, worker: Worker) -> None:
        with self.lock:
            self.workers.discard(worker)
        worker.kill()

    def _end(self, worker: Worker, system: str) -> None:
        fault = worker.end()
        self._drop(worker)
        if not self.stopping.is_set():
            with self.lock:
                self.endings.setdefault(system, []).append(fault and worker.with_printed(fault))

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
                if prop.id not in {check.id for check in self.run.checks}:
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
        result = conclude(
            prop,
            self.run.options,
            outcome.verdict,
            outcome.detail,
            outcome.counterexample,
            outcome.runs,
            seconds,
            prop.false_alarm,
            arguments=outcome.arguments,
        )
        with self.lock:
            self.run.results[prop.id] = result
            self.record.result(result)
            self.listener.ends(self.run, result)


def _broken(worker: Worker, sentence: str, question: dict[str, Any] | None) -> Outcome:
    calls = [{**question, "answer": None}] if question else []
    return Outcome("broken", worker.with_printed(sentence), {"input": None, "calls": calls}, 0)
