"""What the supervisor and a worker say to each other, one message a line."""

from __future__ import annotations

from typing import Any

import msgspec

from whp.checks import Verdict
from whp.choices import Device

CALLS_SHOWN = 6  # in a counterexample, the last ones


class Load(msgspec.Struct, tag=True):
    """Load a subject."""

    system: str
    spec: str | None
    declared: dict[str, Any]
    timeout: float
    question: str
    late: list[str]
    device: Device = "cpu"


class Loaded(msgspec.Struct, tag=True):
    """It is there; `broken` is set when it came up wrongly."""

    name: str = ""
    version: str | None = None
    operations: list[str] = []
    broken: str | None = None
    files: dict[str, str] = {}


class Unloadable(msgspec.Struct, tag=True):
    """There is no subject; the message says why."""

    message: str


class RunProperty(msgspec.Struct, tag=True):
    """Run a property."""

    name: str
    seed: int
    examples: int


class RunInput(msgspec.Struct, tag=True):
    """Run a property on one input alone, which is packed."""

    name: str
    arguments: dict[str, Any]


class Ask(msgspec.Struct, tag=True):
    """Ask an operation one question several times; the arguments are packed."""

    operation: str
    arguments: dict[str, Any]
    times: int


class Exchange(msgspec.Struct, tag=True):
    """Send a process a message as it is."""

    method: str
    params: dict[str, Any]


class Told(msgspec.Struct, tag=True):
    """What came back, and after how many seconds each time; or what was wrong with that."""

    seconds: list[float]
    answer: Any = None
    fault: str | None = None


class Outcome(msgspec.Struct, tag=True):
    """What became of it."""

    verdict: Verdict
    detail: str
    counterexample: dict[str, Any] | None
    runs: int
    transcript: list[dict[str, Any]] = []  # all calls, where they are to be compared with another process's
    files: dict[str, str] = {}  # that were loaded since the last reply
    arguments: dict[str, Any] | None = None  # the input of the counterexample, packed


class Replicates(msgspec.Struct, tag=True):
    """Run consecutive replicates of one cell of a claim."""

    claim: str
    effort: str
    cell: int
    first: int
    count: int
    seed: int


class Broke(msgspec.Struct, tag=True):
    """What came in the place of a value."""

    verdict: Verdict
    detail: str
    calls: list[dict[str, Any]]
    late: bool = False  # no answer came in time
    misplaced: bool = False  # where it ran is not as it is here; elsewhere it may be


class Values(msgspec.Struct, tag=True):
    """The values of replicates, in order, as far as they came."""

    values: list[float]
    broke: Broke | None = None
    files: dict[str, str] = {}  # that were loaded since the last reply


class Failed(msgspec.Struct, tag=True):
    """whp itself failed."""

    traceback: str


class End(msgspec.Struct, tag=True):
    """Let the subject end, and end."""


class Ended(msgspec.Struct, tag=True):
    """How a process subject ended; None: as it should."""

    fault: str | None


Order = Load | RunProperty | RunInput | Ask | Exchange | Replicates | End
Reply = Loaded | Unloadable | Outcome | Told | Values | Failed | Ended
