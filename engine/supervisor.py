"""Watches a worker from outside: time, memory, and whatever a subject may do to its process."""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import psutil

from whp.choices import Device
from whp.contract import to_json
from whp.messages import End, Ended, Failed, Load, Loaded, Order, Outcome, Reply, Told, Unloadable, Values
from whp.question import QuestionReader
from whp.subject import CannotLoad
from whp.wire import ending

MEMORY = 4 * 2**30
GLANCE = 0.05  # seconds between two looks at a worker
LOADING = 120.0  # seconds
ENDING = 8.0  # seconds, more than a process subject is given to end
PRINTED, LINES, LINE = 4000, 5, 160  # bytes, lines, and characters of a line kept of what a subject prints


@dataclass(frozen=True)
class Dead:
    """The worker is gone, or had to be ended; `question` is what it was being asked."""

    sentence: str
    question: dict[str, Any] | None
    late: bool = False  # it was alive, but gave no answer in time


class WhpFailed(Exception):  # noqa: N818
    """A fault of whp's own, with its traceback."""


def _environment(spec: str | None) -> dict[str, str]:
    """Return the environment of a worker; a subject has that of the run, but for one variable.

    Every process is to salt its hashes anew: an answer that depends on them is to show. Of matrices as small
    as the reference's, more threads make less.
    """
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONHASHSEED"}
    return kept if spec else {"OMP_NUM_THREADS": "1", **kept}


class Worker:
    """One worker process, from its start to its end."""

    def __init__(
        self,
        system: str,
        spec: str | None,
        declared: dict[str, Any],
        timeout: float,
        late: list[str],
        folder: str | None = None,
        device: Device = "cpu",
    ) -> None:
        """Start a worker in a folder, by default this one; `load` lets it load the subject."""
        self._folder = tempfile.TemporaryDirectory(prefix="whp-")
        path = Path(self._folder.name, "question")
        self._question = QuestionReader(path)
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "whp.worker"],  # -P: no file here is to stand for a module of ours
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
            bufsize=0,
            cwd=folder,
            env=_environment(spec),
        )
        assert self._process.stdout is not None
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._process.stdout, selectors.EVENT_READ)
        self._decode = msgspec.json.Decoder(Reply).decode
        self._buffer = b""
        self._printed: deque[bytes] = deque()
        self._drain = threading.Thread(target=self._keep_the_end, daemon=True)
        self._drain.start()
        self._seen = psutil.Process(self._process.pid)
        self._children: list[psutil.Process] = []
        self._load = Load(system, spec, declared, timeout, str(path), late, device)

    def load(self) -> Loaded | Unloadable | Dead:
        """Let the worker load the subject; return what came of it."""
        loaded = self.order(self._load, limit=LOADING)
        assert isinstance(loaded, Loaded | Unloadable | Dead)
        return loaded

    def loaded(self) -> Loaded:
        """Load the subject; `broken` says what is wrong with how a process came up.

        Raises CannotLoad if there is no subject.
        """
        loaded = self.load()
        match loaded:
            case Loaded():
                return loaded
            case Unloadable(message):
                raise CannotLoad(message)
            case Dead(sentence, question=None):
                raise CannotLoad(self.with_printed(f"{self._load.spec} could not be loaded: {sentence}"))
        return Loaded(broken=f"the handshake is wrong: {loaded.sentence}")

    def _keep_the_end(self) -> None:
        assert self._process.stderr is not None
        kept = 0
        with contextlib.suppress(ValueError, OSError):
            while chunk := os.read(self._process.stderr.fileno(), 65536):
                self._printed.append(chunk[-PRINTED:])
                kept += len(self._printed[-1])
                while kept - len(self._printed[0]) >= PRINTED:
                    kept -= len(self._printed.popleft())

    @property
    def printed(self) -> str:
        """The last lines that the subject wrote to its standard output and error."""
        text = b"".join(list(self._printed))[-PRINTED:].decode(errors="replace").strip()
        return "\n".join(line[:LINE] + "..." * (len(line) > LINE) for line in text.splitlines()[-LINES:])

    def with_printed(self, sentence: str) -> str:
        """Return a sentence on what the subject did with what it had printed until then."""
        printed = self.printed
        return f"{sentence}\nit had printed, last:\n{printed}" if printed else sentence

    def order(
        self, order: Order, limit: float = float("inf")
    ) -> Loaded | Unloadable | Outcome | Told | Values | Ended | Dead:
        """Give an order and wait for the reply, watching; raise WhpFailed for a fault of whp."""
        assert self._process.stdin is not None
        until = time.monotonic() + limit
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.write(to_json(order) + b"\n")
        glances = 0
        while b"\n" not in self._buffer:
            if self._selector.select(GLANCE):
                chunk = os.read(self._process.stdout.fileno(), 65536)  # type: ignore[union-attr]
                if not chunk:
                    return self._died()
                self._buffer += chunk
                continue
            glances += 1
            if self._process.poll() is not None and not self._selector.select(0):
                return self._died()  # though a child of its own may hold the pipe open
            if passed := self._question.overdue():
                question = self._question.read()
                sentence = f"{_asked(question)} did not answer within {passed:g} s"
                return self._ended(sentence, question, late=True)
            if time.monotonic() > until:
                what = "end" if isinstance(order, End) else "be loaded"
                return self._ended(f"the subject did not {what} within {limit:g} s", self._question.read())
            if self._memory(with_children=glances % 10 == 0) > MEMORY:
                question = self._question.read()
                return self._ended(
                    f"{_asked(question)} took more than {MEMORY // 2**30} GiB of memory", question
                )
        line, _, self._buffer = self._buffer.partition(b"\n")
        try:
            reply: Reply = self._decode(line)
        except msgspec.DecodeError:
            return self._ended("wrote into the worker's own channel", self._question.read())
        if isinstance(reply, Failed):
            raise WhpFailed(reply.traceback)
        return reply

    def _memory(self, *, with_children: bool) -> int:
        try:
            used: int = self._seen.memory_info().rss
            if with_children:
                used += sum(child.memory_info().rss for child in self._seen.children(recursive=True))
        except psutil.Error:
            return 0
        return used

    def _died(self) -> Dead:
        question = self._question.read()
        status = self._process.wait()
        what = f"the process {ending(status)}"
        sentence = (
            f"{_asked(question)}: {what} instead of answering"
            if question
            else f"{what} between two questions"
        )
        self.kill()
        return Dead(sentence, question)

    def _ended(self, sentence: str, question: dict[str, Any] | None, *, late: bool = False) -> Dead:
        self.kill()
        return Dead(sentence, question, late)

    def end(self) -> str | None:
        """Let the subject and the worker end; return what is wrong with how they did, if anything."""
        with contextlib.suppress(psutil.Error):
            self._children = self._seen.children(recursive=True)
        reply = self.order(End(), limit=ENDING)
        if isinstance(reply, Dead):
            return reply.sentence
        assert isinstance(reply, Ended)
        try:
            status = self._process.wait(ENDING)
        except subprocess.TimeoutExpired:
            return f"the process did not end within {ENDING:g} s after its last answer"
        finally:
            self.kill()
        if status:
            return f"the process {ending(status)} after its last answer, when it was to end"
        return reply.fault and f"the process {reply.fault}"

    def terminate(self) -> None:
        """End the worker and all that it started, at once; any thread may ask for it."""
        with contextlib.suppress(psutil.Error):
            self._children += self._seen.children(recursive=True)
        for child in self._children:  # also those that have left the process group
            with contextlib.suppress(psutil.Error):
                child.kill()
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)

    def kill(self) -> None:
        """End the worker, and give back what the supervisor holds for it."""
        self.terminate()
        self._process.wait()
        self._drain.join(1)
        self._selector.close()
        for stream in (self._process.stdin, self._process.stdout, self._process.stderr):
            assert stream is not None
            stream.close()
        self._folder.cleanup()


def _asked(question: dict[str, Any] | None) -> str:
    return question["operation"] if question else "the subject"
