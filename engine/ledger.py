"""The ledger: evidence and results of runs in an SQLite file, written by the process of each run alone.

It is in write-ahead mode, and a batch of evidence is a transaction: whatever ends a run, and at any moment,
all that was committed is there, and `--resume` goes on behind it.
"""

from __future__ import annotations

import json
import os
import sqlite3
import threading
import time
import warnings
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from whp import __version__, files, registry
from whp.checks import Claim
from whp.errors import UsageError
from whp.results import Options, Result, Run

USUAL = Path(".whp", "ledger.db")
APPLICATION, VERSION = 0x77687020, 1
BUSY = 60.0  # seconds that one run waits for another to finish its batch
BATCH_SECONDS, BATCH_VALUES = 0.2, 100_000
DAMAGED = "the ledger is damaged; `--ledger FILE` names another"
LARGEST = 2**63 - 1

SCHEMA = """
CREATE TABLE run (
    id INTEGER PRIMARY KEY, asked TEXT NOT NULL, options TEXT NOT NULL, checks TEXT NOT NULL,
    began REAL NOT NULL, whp TEXT NOT NULL, name TEXT, version TEXT, offered TEXT, holder TEXT, ended TEXT
);
CREATE TABLE file (run INTEGER NOT NULL, path TEXT NOT NULL, digest TEXT NOT NULL, PRIMARY KEY (run, path));
CREATE TABLE plan (
    run INTEGER NOT NULL, claim TEXT NOT NULL, cells TEXT NOT NULL, plan TEXT NOT NULL,
    PRIMARY KEY (run, claim)
);
CREATE TABLE evidence (
    run INTEGER NOT NULL, claim TEXT NOT NULL, cell INTEGER NOT NULL, first INTEGER NOT NULL,
    count INTEGER NOT NULL, crc INTEGER NOT NULL, float64s BLOB NOT NULL,
    PRIMARY KEY (run, claim, cell, first)
);
CREATE TABLE result (run INTEGER NOT NULL, id TEXT NOT NULL, result TEXT NOT NULL, PRIMARY KEY (run, id));
"""
TABLES = ("file", "plan", "evidence", "result")


class LedgerError(UsageError):
    """The ledger can't be used as asked; the message says why, and what can be done, in one line."""


class Record:
    """What is kept of a run, and what was kept before; this one keeps nothing."""

    def restore(self, run: Run) -> None:
        """Give a run what was kept of it before."""

    def loaded(self, run: Run, files: Mapping[str, str]) -> None:
        """Keep how the subject calls itself, and its files that are new."""

    def planned(self, claim: str, cells: Sequence[str], plan: Sequence[str]) -> list[list[float]]:
        """Keep the plan of a claim; return the evidence of each cell that was kept before."""
        del claim, plan
        return [[] for _ in cells]

    def add(self, claim: str, cell: int, first: int, values: Sequence[float]) -> None:
        """Keep consecutive replicates."""

    def result(self, result: Result) -> None:
        """Keep the result of a check."""

    def close(self, run: Run | None) -> None:
        """Keep how the run ended, None where it didn't, and all that is still to be kept."""

    @property
    def resumable(self) -> bool:
        """Whether the run can be resumed."""
        return False


@dataclass
class Stored:
    """A run as the ledger has it."""

    id: int
    options: dict[str, Any]
    checks: list[str]
    began: float
    whp: str
    name: str
    version: str | None
    offered: dict[str, list[str]]
    holder: str | None
    ended: str | None
    replicates: int = 0
    results: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def asked(self) -> Options:
        """The options of the run."""
        return Options(**{name: _tuples(value) for name, value in self.options.items()})

    @property
    def state(self) -> str:
        """How it stands: going on, ended, interrupted, killed, or changed, as its subject has."""
        if self.ended == "ended" and not self.open(self.checks):
            return "ended"
        if self.ended:
            return "changed" if self.ended == "changed" else "interrupted"
        return "going on" if _alive(self.holder) else "killed"

    def open(self, checks: Sequence[str]) -> list[str]:
        """Return those of the checks that it was to decide and has no result of."""
        return [check for check in checks if check in self.checks and check not in self.results]


class Ledger:
    """An open ledger."""

    def __init__(self, path: Path, *, create: bool) -> None:
        """Open it, or make a new one; raise LedgerError where that can't be."""
        self.path = path
        if not create and not path.is_file():
            raise LedgerError(
                f"there is no ledger {path}; `whp check` makes one, `--ledger FILE` names another"
            )
        with self.explained():
            if create and path == USUAL and not path.parent.exists():
                path.parent.mkdir()
                (path.parent / ".gitignore").write_text("*\n")
            where = f"{path.absolute().as_uri()}?mode={'rwc' if create else 'rw'}"
            self.db = sqlite3.connect(
                where, uri=True, timeout=BUSY, isolation_level=None, check_same_thread=False
            )
            self._look()
            if self.empty and not create:
                raise LedgerError(f"{path} is an empty file, no ledger; `--ledger FILE` names another")
            if create:
                self.db.execute("PRAGMA journal_mode = WAL")
                self.db.execute("PRAGMA synchronous = NORMAL")
                with (
                    self.transaction()
                ):  # takes the write lock, so that a file that can't be written shows now
                    self._make()

    def _look(self) -> None:
        """Refuse a file that is no ledger, or one of another version."""
        self.empty = not self.path.stat().st_size
        application = self.db.execute("PRAGMA application_id").fetchone()[0]
        version = self.db.execute("PRAGMA user_version").fetchone()[0]
        empty = not self.db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
        if application != APPLICATION and not (empty and application == 0):
            raise LedgerError(
                f"{self.path} is another program's database, no ledger; `--ledger FILE` names one"
            )
        if application == APPLICATION and version != VERSION:
            age = "an older" if version < VERSION else "a newer"
            raise LedgerError(
                f"{self.path} is a ledger of version {version}, of {age} whp; this one writes version"
                f" {VERSION}. It is left as it is; `--ledger FILE` names another"
            )

    def _make(self) -> None:
        if not self.db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
            for statement in SCHEMA.split(";"):
                self.db.execute(statement)
            self.db.execute(f"PRAGMA application_id = {APPLICATION}")
            self.db.execute(f"PRAGMA user_version = {VERSION}")

    @contextmanager
    def explained(self) -> Iterator[None]:
        """Raise LedgerError in the place of what SQLite and the system say."""
        try:
            yield
        except sqlite3.Error as error:
            raise LedgerError(f"{self.path}: {_reason(error)}") from None
        except OSError as error:
            raise LedgerError(f"{self.path}: {error.strerror}") from None
        except (ValueError, TypeError, KeyError, OverflowError):  # what whp has never written
            raise LedgerError(f"{self.path}: {DAMAGED}") from None

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Do all of it or nothing."""
        self.db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            if self.db.in_transaction:
                self.db.execute("ROLLBACK")
            raise
        self.db.execute("COMMIT")

    def close(self) -> None:
        """Close it."""
        self.db.close()

    # Runs

    def runs(self) -> list[Stored]:
        """Return all runs, the oldest first, with their results."""
        with self.explained():
            return [self._stored(row) for row in self.db.execute(f"{COLUMNS} ORDER BY id")]

    def run(self, number: int) -> Stored:
        """Return one run."""
        with self.explained():
            for row in self.db.execute(f"{COLUMNS} WHERE id = ?", (min(number, LARGEST),)):
                return self._stored(row)
        raise LedgerError(f"{self.path} has no run {number}; `whp ledger list` shows those it has")

    def _stored(self, row: tuple[Any, ...]) -> Stored:
        number, options, checks, began, version, name, subjects, offered, holder, ended = row
        count = self.db.execute("SELECT total(count) FROM evidence WHERE run = ?", (number,)).fetchone()[0]
        results = self.db.execute("SELECT id, result FROM result WHERE run = ?", (number,))
        return Stored(
            number,
            json.loads(options),
            json.loads(checks),
            began,
            version,
            name or "",
            subjects,
            json.loads(offered or "{}"),
            holder,
            ended,
            int(count),
            {check: json.loads(result) for check, result in results},
        )

    def files(self, number: int) -> dict[str, str]:
        """Return the files of a run's subject, with their digests."""
        with self.explained():
            return dict(self.db.execute("SELECT path, digest FROM file WHERE run = ?", (number,)))

    def plans(self, number: int) -> dict[str, tuple[list[str], str]]:
        """Return the labels of the cells and the plan of each claim of a run."""
        with self.explained():
            rows = self.db.execute("SELECT claim, cells, plan FROM plan WHERE run = ?", (number,))
            return {claim: (json.loads(cells), plan) for claim, cells, plan in rows}

    def evidence(self, number: int, claim: str, cells: int) -> list[list[float]]:
        """Return the replicates 0, 1, 2, ... of each cell of a claim, as far as there is no gap."""
        found: list[list[float]] = [[] for _ in range(cells)]
        columns = "cell, first, count, crc, float64s"
        ordered = f"SELECT {columns} FROM evidence WHERE run = ? AND claim = ? ORDER BY cell, first"
        with self.explained():
            for cell, first, count, crc, blob in self.db.execute(ordered, (number, claim)):
                if len(blob) != 8 * count or zlib.crc32(blob) != crc:
                    raise ValueError("no evidence that was written here")
                if first <= len(found[cell]):
                    values = np.frombuffer(blob, "<f8").tolist()
                    found[cell] += values[len(found[cell]) - first :]
        return found

    def load(self, number: int) -> Run:
        """Return a run as it stands here; evidence is left out where it is of another plan than today's."""
        stored = self.run(number)
        options = stored.asked
        systems = [
            system for system in registry.systems() if system in {c.partition("/")[0] for c in stored.checks}
        ]
        known = {check.id: check for system in systems for check in registry.checks(system)}
        run = Run(options, [known[check] for check in stored.checks if check in known])
        run.name, run.version, run.offered = stored.name, stored.version, stored.offered
        run.number, run.whp = number, stored.whp
        run.interrupted = stored.state in ("interrupted", "killed")
        run.results = {check: Result(**result) for check, result in stored.results.items() if check in known}
        shares = registry.shares()
        for claim, (cells, text) in self.plans(number).items():
            check = known.get(claim)
            if isinstance(check, Claim):
                plan = check.plan(options.effort, options.alpha * shares[claim])
                if "\n".join(plan.describe()) == text:
                    run.evidence[claim] = self.evidence(number, claim, len(cells))
        return run

    def prune(self, numbers: Sequence[int]) -> None:
        """Remove runs; none of those that are going on."""
        with self.explained():
            with self.transaction():
                for number in numbers:
                    if self.run(number).state == "going on":
                        raise LedgerError(f"run {number} is going on; nothing is removed")
                    for table in TABLES:
                        self.db.execute(f"DELETE FROM {table} WHERE run = ?", (number,))
                    self.db.execute("DELETE FROM run WHERE id = ?", (number,))
            with suppress(sqlite3.OperationalError):  # while another run writes, its room is given back later
                self.db.execute("VACUUM")


COLUMNS = "SELECT id, options, checks, began, whp, name, version, offered, holder, ended FROM run"


class Kept(Record):
    """What is kept of a run in a ledger; if that fails, the run goes on without, and says so once."""

    def __init__(self, ledger: Ledger, options: Options, checks: Sequence[str], *, resume: bool) -> None:
        """Begin a run, or take up the newest one that was asked for alike."""
        self.ledger = ledger
        self.before: Stored | None = None
        self.files: dict[str, str] = {}
        self.lock = threading.Lock()
        self.waiting: list[tuple[int, str, int, int, int, int, bytes]] = []
        self.fresh: dict[str, str] = {}
        self.values, self.written = 0, time.monotonic()
        self.failed = False
        self.plans: dict[str, tuple[list[str], str]] = {}
        with ledger.explained(), ledger.transaction():
            self.id = self._take_up(options, checks) if resume else self._begin(options, checks)

    def _begin(self, options: Options, checks: Sequence[str]) -> int:
        row = self.ledger.db.execute(
            "INSERT INTO run (asked, options, checks, began, whp, holder) VALUES (?, ?, ?, ?, ?, ?)",
            (
                _asked(options),
                json.dumps(asdict(options)),
                json.dumps(list(checks)),
                time.time(),
                __version__,
                _holder(),
            ),
        )
        assert row.lastrowid is not None
        return row.lastrowid

    def _take_up(self, options: Options, checks: Sequence[str]) -> int:
        stored = self._to_resume(_asked(options), checks)
        number = stored.id
        if stored.state == "going on":
            raise LedgerError(f"run {number} is still going on ({stored.holder}); it can't be resumed")
        if stored.state == "changed":
            raise LedgerError(
                f"run {number} can't be resumed: its subject changed while it was checked; without --resume a"
                " new run begins"
            )
        self.files = self.ledger.files(number)
        path = files.changed(self.files, files.digests(self.files))
        if path:
            raise LedgerError(
                f"{path} has changed since run {number} began, whose evidence is of another subject; without"
                " --resume a new run begins"
            )
        self.plans = self.ledger.plans(number)
        self.before = stored
        longer = options.timeout > stored.options["timeout"]  # what gave no answer in time may give one now
        self.again = {"undecided", "not run"} | ({"broken"} if longer else set())
        together = list(dict.fromkeys([*stored.checks, *checks]))
        self.ledger.db.execute(
            "UPDATE run SET holder = ?, ended = NULL, checks = ? WHERE id = ?",
            (_holder(), json.dumps(together), number),
        )
        return number

    def _to_resume(self, asked: str, checks: Sequence[str]) -> Stored:
        """Return the newest run that has something left of these checks, else the newest that had all."""
        found = self.ledger.db.execute("SELECT id FROM run WHERE asked = ? ORDER BY id DESC", (asked,))
        runs = [self.ledger.run(number) for (number,) in found.fetchall()]
        for stored in runs:
            shown = {check: result["verdict"] for check, result in stored.results.items()}
            if stored.open(checks) or any(shown.get(check) == "undecided" for check in checks):
                return stored
        for stored in runs:
            if set(checks) <= set(stored.checks):
                return stored
        raise LedgerError(
            f"{self.ledger.path} has no run to resume of these checks on this subject, with this seed,"
            " effort, alpha and whp, begun in this folder; without --resume a new one begins"
        )

    def restore(self, run: Run) -> None:  # noqa: D102
        if self.before:
            run.name, run.version, run.offered = self.before.name, self.before.version, self.before.offered
            run.files |= self.files
            asked = {check.id for check in run.checks}
            run.results |= {
                check: Result(**result)
                for check, result in self.before.results.items()
                if check in asked and result["verdict"] not in self.again
            }

    def loaded(self, run: Run, files: Mapping[str, str]) -> None:  # noqa: D102
        with self.lock:
            self.fresh |= files  # with the evidence that comes with them, or before
        about = (run.name, run.version, json.dumps(run.offered), self.id)
        self._keep(("UPDATE run SET name = ?, version = ?, offered = ? WHERE id = ?", [about]))

    def planned(self, claim: str, cells: Sequence[str], plan: Sequence[str]) -> list[list[float]]:  # noqa: D102
        text = "\n".join(plan)
        if claim not in self.plans:
            row = (self.id, claim, json.dumps(list(cells)), text)
            self._keep(("INSERT INTO plan VALUES (?, ?, ?, ?)", [row]))
            return [[] for _ in cells]
        if self.plans[claim] != (list(cells), text):
            raise LedgerError(
                f"the plan of {claim} is not that of run {self.id}; without --resume a new run begins"
            )
        return self.ledger.evidence(self.id, claim, len(cells))

    def add(self, claim: str, cell: int, first: int, values: Sequence[float]) -> None:  # noqa: D102
        blob = np.asarray(values, "<f8").tobytes()
        with self.lock:
            self.waiting.append((self.id, claim, cell, first, len(values), zlib.crc32(blob), blob))
            self.values += len(values)
        if self.values >= BATCH_VALUES or time.monotonic() > self.written + BATCH_SECONDS:
            self._keep()

    def result(self, result: Result) -> None:  # noqa: D102
        row = (self.id, result.id, json.dumps(asdict(result)))
        self._keep(("INSERT OR REPLACE INTO result VALUES (?, ?, ?)", [row]))

    def close(self, run: Run | None) -> None:  # noqa: D102
        ended = "interrupted" if run is None or run.interrupted else "changed" if run.changed else "ended"
        self._keep(("UPDATE run SET holder = NULL, ended = ? WHERE id = ?", [(ended, self.id)]))
        self.ledger.close()

    @property
    def resumable(self) -> bool:  # noqa: D102
        return not self.failed

    def _keep(self, *statements: tuple[str, Sequence[tuple[Any, ...]]]) -> None:
        """Write the evidence that is waiting, and what else there is, in one transaction."""
        with self.lock:
            if self.failed:
                return
            waiting: list[tuple[str, Sequence[tuple[Any, ...]]]] = [
                (
                    "INSERT OR IGNORE INTO file VALUES (?, ?, ?)",
                    [(self.id, *file) for file in self.fresh.items()],
                ),
                ("INSERT OR IGNORE INTO evidence VALUES (?, ?, ?, ?, ?, ?, ?)", self.waiting),
            ]
            try:
                with self.ledger.transaction():
                    for statement, rows in (*waiting, *statements):
                        self.ledger.db.executemany(statement, rows)
            except sqlite3.Error as error:
                self.failed = True
                warnings.warn(
                    f"{self.ledger.path}: {_reason(error)}; the run goes on, and what it finds from here on "
                    "can't be resumed",
                    stacklevel=2,
                )
            self.waiting.clear()
            self.fresh.clear()
            self.values, self.written = 0, time.monotonic()


def _tuples(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _asked(options: Options) -> str:
    """Return what evidence depends on, in words that are compared."""
    on = {
        "subject": options.subject,
        "folder": os.getcwd() if options.subject else "",
        "declared": sorted(options.declarations),
        "effort": options.effort,
        "seed": options.seed,
        "alpha": options.alpha,
        "device": options.device,
        "whp": files.of_whp(),
    }
    return json.dumps(on)


def _holder() -> str:
    return f"process {os.getpid()} since {psutil.Process().create_time():.2f}"


def _alive(holder: str | None) -> bool:
    if holder is None:
        return False
    _, number, _, since = holder.split()
    try:
        return f"{psutil.Process(int(number)).create_time():.2f}" == since
    except psutil.Error:
        return False


def _reason(error: sqlite3.Error) -> str:
    match getattr(error, "sqlite_errorname", ""):
        case name if name.startswith("SQLITE_NOTADB"):
            return "this file is no ledger; `--ledger FILE` names one"
        case name if name.startswith("SQLITE_READONLY"):
            return "the ledger can't be written; `--ledger FILE` names another"
        case name if name.startswith("SQLITE_CANTOPEN"):
            return "the ledger can't be opened here; `--ledger FILE` names another"
        case name if name.startswith(("SQLITE_FULL", "SQLITE_IOERR")):
            return f"the ledger can't be written ({error})"
        case name if name.startswith("SQLITE_BUSY"):
            return f"another program has held the ledger for more than {BUSY:g} s"
        case name if name.startswith("SQLITE_CORRUPT"):
            return DAMAGED
        case _:
            return str(error)
