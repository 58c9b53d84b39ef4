"""A run: which checks, on which subject, with what became of each."""

from __future__ import annotations

import fnmatch
import secrets
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor

from whp import registry
from whp.checks import Claim
from whp.choices import Only
from whp.claims import run_claims
from whp.coordinators import Coordinators
from whp.ledger import Record
from whp.registry import UnknownError
from whp.results import Check, Listener, Options, Run


def select(systems: Sequence[str], globs: Sequence[str], only: Only | None = None) -> list[Check]:
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


def run(
    checks: Sequence[Check],
    options: Options,
    listener: Listener | None = None,
    executor: Executor | None = None,
    width: int | None = None,
    record: Record | None = None,
    token: str | None = None,
    known: Mapping[str, str] | None = None,
    required: Sequence[str] = (),
) -> Run:
    """Run the checks and return their results; raise CannotLoad if there is no subject to check.

    Replicates of claims run on the executor, `width` tasks side by side, by default on as many threads as
    there are jobs, each with a worker process; workers bear the token, by which an executor may end them. A
    record keeps results and evidence, and gives back what it has of them: those checks don't run again.
    `known` says, by check, why it is known to fail; the checks of `required` must run.
    KeyboardInterrupt ends the workers at once; what was decided until then is in the Run, which says so. So
    does a file of the subject that is found to have changed.
    """
    run = Run(options, list(checks), known=known or {}, required=required)
    listener = listener or Listener()
    record = record or Record()
    record.restore(run)
    for result in run.ordered:
        listener.ends(run, result)
    coordinators = Coordinators(run, listener, record)
    claims = [check for check in checks if isinstance(check, Claim)]
    try:
        coordinators.work()
        if claims and not (run.interrupted or run.changed):
            hopeless, token = coordinators.hopeless, token or secrets.token_hex(8)
            run_claims(run, claims, hopeless, listener, executor, width or options.jobs, record, token)
    except KeyboardInterrupt:
        run.interrupted = True
    return run
