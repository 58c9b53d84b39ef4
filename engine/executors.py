"""Where replicates run: threads here, or a Dask cluster; the evidence is the same, bit for bit."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from typing import Any

from whp import claims, files
from whp.errors import UsageError

CONNECTING = "10s"


class NoExecutor(UsageError):  # noqa: N818
    """There is no executor of that name; the message says what to do."""


@contextmanager
def executor(name: str, jobs: int, token: str) -> Iterator[tuple[Executor | None, int]]:
    """Open `local`, `dask` or `dask:ADDRESS`; yield it, and how many tasks it runs side by side.

    `local` is None, for the threads that a run makes for itself. At the end the workers on a cluster that
    bear the token are ended; if the cluster is gone, so are they.
    """
    kind, _, address = name.partition(":")
    if name == "local":
        yield None, jobs
        return
    if kind != "dask" or (":" in name and not address):
        raise NoExecutor(f"--executor {name}: local, dask or dask:ADDRESS is expected")
    with _client(address, jobs) as client:
        threads = sum(
            worker["nthreads"] for worker in client.scheduler_info(n_workers=-1)["workers"].values()
        )
        if not threads:
            raise NoExecutor(f"--executor {name}: the scheduler there has no workers")
        _expect_this_whp(client, name)
        try:
            yield client.get_executor(), threads
        finally:
            with contextlib.suppress(Exception):
                client.run(claims.end_all, token)  # a task that is still running was given up
                client.run(claims.drop_all, token)


@contextmanager
def _client(address: str, jobs: int) -> Iterator[Any]:
    try:
        import distributed
    except ModuleNotFoundError:
        raise NoExecutor("--executor dask needs Dask: pip install 'whp[dask]'") from None
    dask: Any = distributed  # it has no types
    if not address:
        # Its threads have nothing to do but to wait for the worker process that each of them has.
        with (
            dask.LocalCluster(
                n_workers=1, threads_per_worker=jobs, processes=False, dashboard_address=None
            ) as cluster,
            dask.Client(cluster) as client,
        ):
            yield client
        return
    try:
        connected = dask.Client(address, timeout=CONNECTING)
    except (OSError, ValueError) as error:
        raise NoExecutor(f"--executor dask:{address}: no scheduler answers there ({error})") from None
    with connected as client:
        yield client


def _expect_this_whp(client: Any, name: str) -> None:
    """Refuse workers that have another whp: their replicates would be of other claims."""
    answers = client.run(_whp, on_error="return")
    others = [
        f"{worker} ({answer!s:.80})"
        for worker, answer in answers.items()
        if answer != files.of_whp() and not isinstance(answer, OSError)  # that one has just gone
    ]
    if others:
        raise NoExecutor(f"--executor {name}: workers there have not this whp: {', '.join(others)}")


def _whp() -> str:
    return files.of_whp()
