"""Parity, throughput and memory of `hierarchy` on one GPU: `python ci/device.py [--device cuda] [--json
FILE]`.

It runs from a checkout and needs NumPy and torch alone, so that it runs where whp is not installed. What is
measured is compared with the reference in float64 on the CPU, by the same functions as in `whp check`. The
exit status is 1 if something is not as it should be: a right arithmetic rejected, a wrong one not, or a bar
missed.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import statistics
import sys
import time
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch

ROOT = Path(__file__).resolve().parent.parent


def borrow() -> None:
    """Make whp's modules importable from the checkout, without what only the command line needs."""
    rooms = {
        "whp": "engine",
        "whp.reference": "reference",
        "whp.reference.hierarchy": "reference/hierarchy",
        "whp.properties": "properties",
    }
    for name, folder in rooms.items():
        room = types.ModuleType(name)
        room.__path__ = [str(ROOT / folder)]
        sys.modules[name] = room


borrow()

from whp.checks import Refuted  # noqa: E402
from whp.properties.parity import (  # noqa: E402
    TOLERANCE,
    Course,
    distance,
    expect_course,
    expect_first_step,
)
from whp.reference.hierarchy import batched, passes  # noqa: E402
from whp.reference.hierarchy.copying import WIDTH, accuracy, copy_task, start  # noqa: E402
from whp.reference.hierarchy.network import depth  # noqa: E402
from whp.reference.training import adam, norm  # noqa: E402

DEEP = {"levels": 3, "period": 3, "blocks": 9, "hidden": 48, "batch": 32}  # learns to copy across 27 steps
WIDE = {"levels": 3, "period": 8, "blocks": 64, "hidden": 256, "batch": 32}  # 512 steps
WEIGHTS = [1.0, 10.0]
SEEDS = 16
FASTER = 8.0  # times, by training 16 networks side by side


class Report:
    """Lines of a table, and whether all is as it should be."""

    def __init__(self) -> None:
        self.rows: list[dict[str, Any]] = []
        self.began = time.monotonic()

    def add(self, what: str, how: str, value: str, wanted: str, good: bool | None) -> None:
        """Add a line; `good` is None where nothing is asked."""
        mark = {True: "ok", False: "NOT ok", None: ""}[good]
        self.rows.append({"what": what, "how": how, "value": value, "wanted": wanted, "ok": good})
        at = time.monotonic() - self.began
        print(f"{at:6.1f} s  {what}, {how}: {value} ({wanted}) {mark}", file=sys.stderr, flush=True)

    def table(self) -> str:
        """Return the lines as markdown."""
        lines = ["| what | how | measured | wanted | |", "| --- | --- | --- | --- | --- |"]
        for row in self.rows:
            mark = {True: "ok", False: "**NOT ok**", None: ""}[row["ok"]]
            lines.append(f"| {row['what']} | {row['how']} | {row['value']} | {row['wanted']} | {mark} |")
        return "\n".join(lines)


# Arithmetic


@contextlib.contextmanager
def tensor_floats(device: str) -> Any:
    """Let products of float32 numbers be made with 11 bits, where the device can."""
    del device
    before = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision("high")
    try:
        yield
    finally:
        torch.set_float32_matmul_precision(before)


@contextlib.contextmanager
def brain_floats(device: str) -> Any:
    """Let products be made in bfloat16."""
    with torch.autocast(device, torch.bfloat16):
        yield


@contextlib.contextmanager
def as_it_is(device: str) -> Any:
    """Change nothing: float32 is float32 unless someone has said otherwise."""
    del device
    before = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision("highest")
    try:
        yield
    finally:
        torch.set_float32_matmul_precision(before)


def arithmetic(device: str) -> list[tuple[str, str, Callable[[str], Any], bool]]:
    """Return names, precisions, how to switch to them, and whether they are what they are called."""
    coarse = [("float32 with TF32 products", "float32", tensor_floats, False)] if device == "cuda" else []
    return [
        ("float64", "float64", as_it_is, True),
        ("float32", "float32", as_it_is, True),
        *coarse,
        ("float32 with bfloat16 products", "float32", brain_floats, False),
    ]


def ready(device: str) -> None:
    """Wait for what the device has been told to do."""
    if device == "cuda":
        torch.cuda.synchronize()


class Cell:
    """A network, and batches of the copy task."""

    def __init__(self, sizes: dict[str, int], updates: int, seed: int) -> None:
        self.period, self.hidden = sizes["period"], sizes["hidden"]
        random = np.random.default_rng(np.random.SeedSequence(seed))
        self.inputs, self.targets = copy_task(updates, sizes["batch"], self.period, sizes["blocks"], random)
        self.first = start(sizes["levels"], self.period, WIDTH, self.hidden, 4, "gru", random)
        self.weights = np.array(WEIGHTS[: sizes["levels"] - 1])


# Does it compute the same?


def one_gradient(report: Report, device: str) -> None:
    """Compare one gradient with the hand-written one of the reference, in float64 on the CPU."""
    cell = Cell(DEEP, 1, 1)
    x, wanted = cell.inputs[0], cell.targets[0]
    task = passes.Task(wanted, cell.period, cell.weights.tolist(), "softmax")
    for cut in (True, False):
        exact = (
            passes.streamed(cell.first, x, task) if cut else passes.one_shot(cell.first, x, task, cut=False)
        )
        for name, kind, switch, right in arithmetic(device):
            dtype = getattr(torch, kind)
            own = {n: v.to(device).requires_grad_() for n, v in batched.one(cell.first, dtype).items()}
            with switch(device):
                told = batched.loss_of(
                    own,
                    torch.from_numpy(x)[None].to(device, dtype),
                    torch.from_numpy(wanted)[None].to(device),
                    cell.period,
                    cut,
                    cell.weights.tolist(),
                    "softmax",
                )
                told.sum().backward()
            got = {n: v.grad[0].double().cpu().numpy() for n, v in own.items()}
            error = distance(got, exact.parameters)[0] / norm(exact.parameters)
            off = abs(float(told.detach()) - exact.loss) / exact.loss
            allowed = TOLERANCE[kind]
            same = error <= allowed
            report.add(
                f"one gradient, {'cut' if cut else 'full'}",
                name,
                f"relative error {error:.1e} (of the loss {off:.1e})",
                f"{'<=' if right else '>'} {allowed:g}",
                same == right,
            )


def trained(cell: Cell, dtype: str, device: str, rate: float, clip: float | None) -> Course:
    """Train on the device."""
    rest = (cell.period, True, cell.weights, "softmax", rate, clip, dtype, device)
    done = batched.train(cell.first, cell.inputs, cell.targets, *rest)
    after = {name: value.astype(np.float64) for name, value in done["parameters"].items()}
    return Course(done["losses"], after)


def on_paper(
    cell: Cell, dtype: str, rate: float, clip: float | None, order: np.ndarray | None = None
) -> Course:
    """Train as the reference does, with the sequences of each batch in another order if one is given."""
    first = {name: value.astype(dtype) for name, value in cell.first.items()}

    def slope(now: dict[str, Any], batch: tuple[np.ndarray, np.ndarray]) -> tuple[float, dict[str, Any]]:
        x, wanted = batch if order is None else (batch[0][:, order], batch[1][:, order])
        task = passes.Task(wanted, cell.period, cell.weights.tolist(), "softmax")
        made = passes.streamed(now, np.ascontiguousarray(x), task)
        return made.loss, made.parameters

    batches = zip(cell.inputs.astype(dtype), cell.targets, strict=True)
    losses, last = adam(slope, first, batches, rate, clip)
    return Course(np.array(losses), last)


def verdict(check: Callable[[], None]) -> tuple[bool, str]:
    """Return whether it holds, and what it says if not."""
    try:
        check()
    except Refuted as refuted:
        return False, str(refuted)
    return True, "holds"


def first_step(report: Report, device: str) -> None:
    """Compare the first step of Adam, which follows a gradient that is made small, in each arithmetic."""
    cell = Cell(DEEP, 1, 2)
    exact = on_paper(cell, "float64", 1000.0, 1e-6)
    steps = {name: (cell.first[name] - value) / 1000 for name, value in exact.parameters.items()}
    for name, kind, switch, right in arithmetic(device):
        with switch(device):
            got = trained(cell, kind, device, 1000.0, 1e-6)
        seen = {n: (cell.first[n] - value) / 1000 for n, value in got.parameters.items()}
        held, said = verdict(lambda: expect_first_step(seen, steps, kind))  # noqa: B023
        report.add(
            "first update", name, said.partition(", where")[0], "holds" if right else "refuted", held == right
        )


def first_updates(report: Report, device: str) -> None:
    """Compare the losses and the parameters of 30 updates; other orders of sums say how near they must be."""
    cell = Cell(DEEP, 30, 3)
    exact = on_paper(cell, "float64", 0.01, 1.0)
    random = np.random.default_rng(np.random.SeedSequence(4))
    orders = [random.permutation(DEEP["batch"]) for _ in range(3)]
    others = {
        kind: [on_paper(cell, kind, 0.01, 1.0, order) for order in orders] for kind in ("float64", "float32")
    }
    for name, kind, switch, right in arithmetic(device):
        with switch(device):
            got = trained(cell, kind, device, 0.01, 1.0)
        held, said = verdict(lambda: expect_course(got, exact, others[kind], cell.first, kind))  # noqa: B023
        off = np.abs(got.losses - exact.losses) / exact.losses
        way = distance(cell.first, exact.parameters)[0]
        apart = distance(got.parameters, exact.parameters)[0] / way
        report.add(
            "first 30 updates",
            name,
            f"losses {off.max():.1e}, parameters {apart:.1e} of their way; {'holds' if held else 'refuted'}",
            "holds" if right else "refuted",
            held == right,
        )
        if held != right:
            print(said, file=sys.stderr)


def same_twice(report: Report, device: str) -> None:
    """Train twice: on one device an answer is the same to the last bit."""
    cell = Cell(DEEP, 10, 5)
    one, two = (trained(cell, "float32", device, 0.01, 1.0) for _ in range(2))
    equal = np.array_equal(one.losses, two.losses) and all(
        np.array_equal(value, two.parameters[name]) for name, value in one.parameters.items()
    )
    report.add("10 updates, twice", "float32", "equal bits" if equal else "other bits", "equal bits", equal)


def parity(report: Report, device: str) -> None:
    """Compare the arithmetic: one gradient, the first update, the first updates; and one with itself."""
    one_gradient(report, device)
    first_step(report, device)
    first_updates(report, device)
    same_twice(report, device)


# Does it train as well? And how fast, in how much memory?


def many(sizes: dict[str, int], updates: int, seeds: int, dtype: torch.dtype, device: str) -> list[Any]:
    """Return the first parameters, inputs and targets of many networks side by side."""
    cells = [Cell(sizes, updates, 100 + seed) for seed in range(seeds)]
    first = {
        name: torch.from_numpy(np.stack([cell.first[name] for cell in cells])).to(device, dtype)
        for name in cells[0].first
    }
    inputs = torch.from_numpy(np.stack([cell.inputs for cell in cells], axis=1)).to(device, dtype)
    targets = torch.from_numpy(np.stack([cell.targets for cell in cells], axis=1)).to(device)
    return [first, inputs, targets]


def law(report: Report, device: str, seeds: int, updates: int, until: float) -> None:
    """Train networks to copy, in float32 and in float64, and without what the paper adds.

    What can't be expected to end before `until`, in seconds since the report began, is not run.
    """
    took = 0.0
    accuracies = {}
    variants = [
        ("local losses, float32", torch.float32, True, WEIGHTS),
        ("local losses, float64", torch.float64, True, WEIGHTS),
        ("cut alone, float32", torch.float32, True, [0.0, 0.0]),
        ("full gradient, float32", torch.float32, False, [0.0, 0.0]),
    ]
    for name, dtype, cut, weights in variants:
        began = time.monotonic()
        if began - report.began + took > until:
            report.add(f"copies after {updates} updates", name, "not run: no time left", "", None)
            continue
        first, inputs, targets = many(DEEP, updates, seeds, dtype, device)
        _, last = batched.train_many(
            first, inputs, targets, DEEP["period"], cut, weights, "softmax", 0.01, 1.0
        )
        ready(device)
        random = np.random.default_rng(np.random.SeedSequence(6))
        x, wanted = copy_task(1, 256, DEEP["period"], DEEP["blocks"], random)
        own = {n: value.detach().double() for n, value in last.items()}
        logits = told(own, torch.from_numpy(x[0]).to(device), DEEP["period"])
        accuracies[name] = [accuracy(each, wanted[0]) for each in logits]
        shown = " ".join(f"{each:.2f}" for each in sorted(accuracies[name]))
        report.add(
            f"copies after {updates} updates",
            name,
            f"mean {statistics.mean(accuracies[name]):.3f}: {shown}",
            "chance is 0.25",
            None,
        )
        took = time.monotonic() - began
    if updates >= 500 and "local losses, float64" in accuracies:
        single, double = (
            statistics.mean(accuracies[f"local losses, {kind}"]) for kind in ("float32", "float64")
        )
        report.add(
            "means differ by",
            "float32, float64",
            f"{single - double:+.3f}",
            "<= 0.1",
            abs(single - double) <= 0.1,
        )


def told(parameters: dict[str, torch.Tensor], inputs: torch.Tensor, period: int) -> np.ndarray:
    """Return the logits [S, T, B, c] of all networks on one batch."""
    seeds = len(parameters["out.bias"])
    logits: list[torch.Tensor] = []
    with torch.no_grad():
        run = batched.Run(parameters, period, seeds, inputs.shape[1], cut=True)
        for x in inputs:
            run.step(
                x.expand(seeds, *x.shape),
                lambda state: logits.append(batched.affine(state, parameters, "out")),
                lambda *_: None,
            )
    array: np.ndarray = torch.stack(logits, dim=1).cpu().numpy()
    return array


def throughput(report: Report, device: str, name: str, sizes: dict[str, int], updates: int) -> None:
    """Train 16 networks side by side, and one after the other."""
    first, inputs, targets = many(sizes, updates, SEEDS, torch.float32, device)
    weights = WEIGHTS[: depth(first) - 1]
    rest: list[Any] = [sizes["period"], True, weights, "softmax", 0.01, 1.0]

    def together() -> None:
        batched.train_many(first, inputs, targets, *rest)
        ready(device)

    def alone() -> None:
        for seed in range(SEEDS):
            one = {n: value[seed : seed + 1] for n, value in first.items()}
            batched.train_many(one, inputs[:, seed : seed + 1], targets[:, seed : seed + 1], *rest)
        ready(device)

    one = {n: value[:1] for n, value in first.items()}
    batched.train_many(one, inputs[:1, :1], targets[:1, :1], *rest)  # what is made at a first call
    batched.train_many(first, inputs[:1], targets[:1], *rest)
    ready(device)
    taken = []
    for act in (together, alone):
        began = time.perf_counter()
        act()
        taken.append(time.perf_counter() - began)
    faster = taken[1] / taken[0]
    report.add(
        f"training of {SEEDS}, {name}",
        "side by side against one by one",
        f"{1e3 * taken[0] / updates:.0f} ms against {1e3 * taken[1] / updates:.0f} ms an update: "
        f"{faster:.1f} x",
        f">= {FASTER:g} x",
        faster >= FASTER if device == "cuda" else None,
    )


def throughputs(report: Report, device: str) -> None:
    """Do so with small networks, and with larger ones that a device is for."""
    throughput(report, device, "T = 27, h = 48", DEEP, 10 if device == "cuda" else 1)
    if device == "cuda":
        throughput(report, device, "T = 512, h = 256", WIDE, 1)


def memory(report: Report, steps: tuple[int, ...]) -> None:
    """Look at the most memory that one gradient takes, beyond what is there before."""
    peaks: dict[str, list[float]] = {"full": [], "cut, one tape": [], "cut, block by block": []}
    for length in steps:
        sizes = {**WIDE, "blocks": length // WIDE["period"]}
        cell = Cell(sizes, 1, 7)
        x = torch.from_numpy(cell.inputs[0])[None].to("cuda", torch.float32)
        wanted = torch.from_numpy(cell.targets[0])[None].to("cuda")
        for way, kept in peaks.items():
            own = {n: v.cuda().requires_grad_() for n, v in batched.one(cell.first, torch.float32).items()}
            for value in own.values():
                value.grad = torch.zeros_like(value)
            torch.cuda.empty_cache()
            torch.cuda.synchronize()
            torch.cuda.reset_peak_memory_stats()
            before = torch.cuda.memory_allocated()
            if way == "cut, block by block":
                batched.streamed(own, x, wanted, cell.period, WEIGHTS, "softmax")
            else:
                weights = [0.0, 0.0] if way == "full" else WEIGHTS
                lost = batched.loss_of(own, x, wanted, cell.period, way != "full", weights, "softmax")
                lost.sum().backward()
                del lost
            torch.cuda.synchronize()
            kept.append((torch.cuda.max_memory_allocated() - before) / 2**20)
            del own
    for way, kept in peaks.items():
        shown = ", ".join(f"{mib:.1f} MiB at T = {t}" for t, mib in zip(steps, kept, strict=True))
        grown = kept[-1] / kept[0]
        length = steps[-1] / steps[0]
        wanted_growth = {
            "full": (0.75 * length, 1.25 * length),
            "cut, one tape": (0.75 * length, 1.25 * length),
        }
        low, high = wanted_growth.get(way, (0.0, 0.75 * length))
        report.add(
            "peak memory of a gradient", way, shown, f"grows {low:.2g} to {high:.2g} x", low <= grown <= high
        )
    saved = peaks["full"][-1] / peaks["cut, block by block"][-1]
    held = [passes.most_held(3, WIDE["period"], steps[-1], cut) for cut in (False, True)]
    report.add(
        f"full against block by block, T = {steps[-1]}",
        "peak memory",
        f"{saved:.1f} x",
        f">= 4 x; states held: {held[0]} against {held[1]}",
        saved >= 4,
    )


def device_name(device: str) -> str:
    """Return what the device calls itself."""
    return torch.cuda.get_device_name() if device == "cuda" else f"CPU, {torch.get_num_threads()} threads"


def main() -> int:
    """Measure all, print a table, write it as JSON."""
    parser = argparse.ArgumentParser(description="Parity, throughput and memory of hierarchy on a device.")
    parser.add_argument("--device", choices=("cuda", "cpu"), default="cuda")
    parser.add_argument("--json", type=Path, default=None, metavar="FILE")
    parser.add_argument("--seconds", type=float, default=210, help="in which it is to end")
    parser.add_argument("sections", nargs="*", metavar="SECTION", help="parity, throughput, memory, law")
    parser.add_argument("--seeds", type=int, default=SEEDS, help="of the trainings whose law is looked at")
    parser.add_argument("--updates", type=int, default=500, help="of the trainings whose law is looked at")
    asked = parser.parse_args()
    device = asked.device
    if device == "cuda" and not torch.cuda.is_available():
        print("not run: no device")
        return 0
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    report = Report()
    sections: dict[str, Callable[[], None]] = {
        "parity": lambda: parity(report, device),
        "throughput": lambda: throughputs(report, device),
        "memory": lambda: memory(report, (512, 2048)) if device == "cuda" else None,
        "law": lambda: law(report, device, asked.seeds, asked.updates, asked.seconds),
    }
    for section in asked.sections or sections:
        if section not in sections:
            parser.error(f"there is no section {section!r}; there are {', '.join(sections)}")
        sections[section]()
    name = device_name(device)
    print(f"\n{name}; torch {torch.__version__}, NumPy {np.__version__}\n\n{report.table()}")
    wrong = [row for row in report.rows if row["ok"] is False]
    seconds = time.monotonic() - report.began
    print(f"\n{len(report.rows)} measured in {seconds:.0f} s, {len(wrong)} not as they should be")
    if asked.json:
        told_all = {
            "device": name,
            "torch": torch.__version__,
            "seconds": round(seconds, 1),
            "rows": report.rows,
        }
        asked.json.write_text(json.dumps(told_all, indent=1), encoding="utf-8")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
