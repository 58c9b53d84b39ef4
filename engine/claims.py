"""Runs claims: replicates on any executor, consumed in the order of their index."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from typing import Any

from whp.checks import Claim
from whp.messages import Broke, Loaded, Replicates, Values
from whp.supervisor import Dead, Worker

CHUNK_SECONDS = 0.1  # of work in a task: enough that handing it out costs little
FIRST_CHUNK, LARGEST_CHUNK = 4, 4096
AHEAD = 3  # tasks handed out for each that can run


@dataclass(frozen=True)
class Source:
    """Where replicates come from: a subject, and the seed of the run."""

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


class Workers(threading.local):
    """The worker process of each thread, in whatever process an executor has that thread."""

    source: Source | None = None
    worker: Worker | None = None


_workers = Workers()
_started: set[Worker] = set()


def perform(task: Task) -> Done:
    """Run a task in this thread's worker process."""
    began = time.monotonic()
    if _workers.source != task.source or _workers.worker is None:
        _drop()
        source = task.source
        worker = Worker(source.system, source.spec, dict(source.declared), source.timeout, [])
        _started.add(worker)
        _workers.source, _workers.worker = source, worker
        loaded = worker.load()
        if not isinstance(loaded, Loaded) or loaded.broken:
            _drop()
            return Done((), 0.0, Broke("broken", "the subject could not be loaded again", []))
    worker = _workers.worker
    order = Replicates(task.claim, task.source.effort, task.cell, task.first, task.count, task.source.seed)
    reply = worker.order(order)
    seconds = time.monotonic() - began
    if isinstance(reply, Dead):
        _drop()
        calls = [{**reply.question, "answer": None}] if reply.question else []
        # A replicate that is too slow says nothing about the claim: larger inputs may just take longer.
        return Done((), seconds, Broke("undecided" if reply.late else "broken", reply.sentence, calls))
    assert isinstance(reply, Values)
    return Done(tuple(reply.values), seconds, reply.broke)


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

    def __init__(self, claim: Claim, source: Source, executor: Executor, width: int) -> None:
        """Begin without replicates; `width` tasks can run at once."""
        self.claim, self.source, self.executor, self.width = claim, source, executor, width
        self.values: list[list[float]] = [[] for _ in claim.cells[source.effort]]
        self.chunk = FIRST_CHUNK

    def gather(self, wanted: Sequence[int]) -> Broke | None:
        """Run as many more replicates of each cell as are wanted; return what broke, if anything."""
        waiting = deque(
            (cell, len(values), len(values) + count)
            for cell, (values, count) in enumerate(zip(self.values, wanted, strict=True))
            if count
        )
        running: deque[tuple[Task, Future[Done]]] = deque()
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
            done = future.result()
            self.values[task.cell] += done.values
            if done.broke:
                for _, rest in running:
                    rest.cancel()
                return done.broke
            ideal = round(task.count * CHUNK_SECONDS / max(done.seconds, 1e-6))
            self.chunk = max(1, min(ideal, 2 * self.chunk, LARGEST_CHUNK))
        return None
