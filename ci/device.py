"""Training of learned models on one GPU: `python ci/device.py [--device cuda] [--json FILE]`.

Looked at are parity, throughput, memory, and how well trained networks do: those of `hierarchy`, `attention`,
`hyperteacher` and `randomization`.

It runs from a checkout and needs NumPy and torch alone, so that it runs where whp is not installed. What is
measured is compared with the reference in float64 on the CPU, by the same functions as in `whp check`. The
exit status is 1 if something is not as it should be: a right arithmetic rejected, a wrong one not, or a bar
missed.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import math
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
        "whp.reference.attention": "reference/attention",
        "whp.reference.hierarchy": "reference/hierarchy",
        "whp.reference.hyperteacher": "reference/hyperteacher",
        "whp.reference.randomization": "reference/randomization",
        "whp.properties": "properties",
    }
    for name, folder in rooms.items():
        room = types.ModuleType(name)
        room.__path__ = [str(ROOT / folder)]
        sys.modules[name] = room


borrow()

from whp.checks import Refuted  # noqa: E402
from whp.properties.parity import (  # noqa: E402
    FIRST_UPDATE,
    TOLERANCE,
    Course,
    distance,
    expect_course,
    expect_first_step,
)
from whp.reference.attention import batched as gated  # noqa: E402
from whp.reference.attention import descent  # noqa: E402
from whp.reference.hierarchy import batched, passes  # noqa: E402
from whp.reference.hierarchy.copying import WIDTH, accuracy, copy_task, start  # noqa: E402
from whp.reference.hyperteacher import batched as modular  # noqa: E402
from whp.reference.hyperteacher import descent as modular_descent  # noqa: E402
from whp.reference.randomization import batched as recalling  # noqa: E402
from whp.reference.randomization import descent as recall  # noqa: E402
from whp.reference.randomization.training import SEEDS as PATTERNS  # noqa: E402
from whp.reference.randomization.training import networks  # noqa: E402
from whp.reference.training import adam, norm  # noqa: E402

DEEP = {"levels": 3, "period": 3, "blocks": 9, "hidden": 48, "batch": 32}  # learns to copy across 27 steps
WIDE = {"levels": 3, "period": 8, "blocks": 64, "hidden": 256, "batch": 32}  # 512 steps
WEIGHTS = [1.0, 10.0]
LONG = {"levels": 3, "period": 4, "blocks": 16, "hidden": 48, "batch": 32}  # 64 steps
GATED = {"d": 4, "neurons": 64, "length": 32, "batch": 32}  # learns to be linear attention
TAUGHT = {"count": 8, "n": 16, "units": 64, "outputs": 8, "tasks": 8, "batch": 32}
RECALLED = {"ids": 8, "width": 8, "hidden": 64, "batch": 16}  # learns to recall one of 8 signs
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
    """A network of `hierarchy`, and batches of the copy task."""

    axis = 1  # of a batch, along which its sequences lie

    def __init__(self, sizes: dict[str, int], updates: int, seed: int, cut: bool = True) -> None:
        self.name = f"hierarchy, {'cut' if cut else 'full'}"
        self.period, self.hidden, self.cut = sizes["period"], sizes["hidden"], cut
        random = np.random.default_rng(np.random.SeedSequence(seed))
        self.inputs, self.targets = copy_task(updates, sizes["batch"], self.period, sizes["blocks"], random)
        self.first = start(sizes["levels"], self.period, WIDTH, self.hidden, 4, "gru", random)
        self.weights = WEIGHTS[: sizes["levels"] - 1]

    def on_paper(self, now: dict[str, Any], inputs: Any, targets: Any) -> tuple[float, dict[str, Any]]:
        """Return the loss and the gradient of the reference."""
        task = passes.Task(targets, self.period, self.weights, "softmax")
        made = (
            passes.streamed(now, inputs, task) if self.cut else passes.one_shot(now, inputs, task, cut=False)
        )
        return made.loss, made.parameters

    def lost(self, now: dict[str, Any], inputs: Any, targets: Any) -> torch.Tensor:
        """Return the loss of each seed."""
        return batched.loss_of(now, inputs, targets, self.period, self.cut, self.weights, "softmax")

    def train(self, first: Any, inputs: Any, targets: Any, rate: float, clip: float | None) -> Any:
        """Train all seeds side by side."""
        rest = (self.period, self.cut, self.weights, "softmax", rate, clip)
        return batched.train_many(first, inputs, targets, *rest, blockwise=self.cut)


class Gated:
    """A gated network of `attention`, and batches of normal tokens; what is to be learned is attention.

    With `one_sign` all numbers are positive and all targets negative, and no terms of the gradient cancel.
    """

    name = "attention"
    axis = 0

    def __init__(self, sizes: dict[str, int], updates: int, seed: int, one_sign: bool = False) -> None:
        random = np.random.default_rng(np.random.SeedSequence(seed))
        d, h = sizes["d"], sizes["neurons"]
        self.first = descent.start(d, d, h, h, random)
        self.inputs = random.standard_normal((updates, sizes["batch"], sizes["length"], d))
        self.weights = np.linalg.qr(random.standard_normal((3, d, d)))[0]
        if one_sign:
            self.weights, self.inputs = np.abs(self.weights), np.abs(self.inputs)
            self.first = {n: np.abs(v) / v.shape[-1] ** (v.ndim == 2) for n, v in self.first.items()}
        self.targets = self.attention(self.inputs) * (-1 if one_sign else 1)

    def attention(self, inputs: np.ndarray) -> np.ndarray:
        """Return what attention answers."""
        queries, keys, values = (inputs @ each.T for each in self.weights)
        answers: np.ndarray = np.tril(queries @ keys.swapaxes(-1, -2)) @ values
        return answers

    def on_paper(self, now: dict[str, Any], inputs: Any, targets: Any) -> tuple[float, dict[str, Any]]:
        """Return the loss and the gradient of the reference."""
        return descent.slopes(now, inputs, targets)

    def lost(self, now: dict[str, Any], inputs: Any, targets: Any) -> torch.Tensor:
        """Return the loss of each seed."""
        return gated.loss_of(now, inputs, targets)

    def train(self, first: Any, inputs: Any, targets: Any, rate: float, clip: float | None) -> Any:
        """Train all seeds side by side."""
        return gated.train_many(first, inputs, targets, rate, clip)


class Taught:
    """A student of `hyperteacher`, and batches of its tasks, which it needn't be able to learn.

    All modules have one sign at a unit, all codes one in a task, and all entries one in an input, so that no
    unit comes near the kink of its ReLU, on whose other side the gradient is another. With `one_sign` all
    numbers are positive and all targets negative, and no terms of the gradient cancel.
    """

    name = "hyperteacher"
    axis = 1

    def __init__(self, sizes: dict[str, int], updates: int, seed: int, one_sign: bool = False) -> None:
        random = np.random.default_rng(np.random.SeedSequence(seed))
        count, n, units, outputs, tasks, batch = sizes.values()

        def draw(shape: tuple[int, ...], signs: tuple[int, ...]) -> np.ndarray:
            lengths: np.ndarray = random.uniform(0.5, 1.5, shape)
            return lengths if one_sign else lengths * random.choice([-1, 1], signs)

        self.first = {
            "modules": draw((count, n, units), (units,)),
            "readout": draw((units, outputs), (units, outputs)) / units,
            "codes": draw((tasks, count), (tasks, 1)),
        }
        self.inputs = draw((updates, tasks, batch, n), (updates, tasks, batch, 1))
        shape = updates, tasks, batch, outputs
        self.targets = draw(shape, shape) * (-1 if one_sign else 1)

    def on_paper(self, now: dict[str, Any], inputs: Any, targets: Any) -> tuple[float, dict[str, Any]]:
        """Return the loss and the gradient of the reference."""
        return modular_descent.slopes(now, inputs, targets)

    def lost(self, now: dict[str, Any], inputs: Any, targets: Any) -> torch.Tensor:
        """Return the loss of each seed."""
        return modular.loss_of(now, inputs, targets)

    def train(self, first: Any, inputs: Any, targets: Any, rate: float, clip: float | None) -> Any:
        """Train all seeds side by side."""
        return modular.train_many(first, inputs, targets, rate, clip)


class Recalling:
    """A learner of `randomization`, with all sixteen seeds as inputs, and values that are to be recalled.

    With `one_sign` all numbers are positive, and no terms of the gradient cancel.
    """

    name = "randomization"
    axis = 0
    q = 4.0

    def __init__(self, sizes: dict[str, int], updates: int, seed: int, one_sign: bool = False) -> None:
        random = np.random.default_rng(np.random.SeedSequence(seed))
        ids, batch = sizes["ids"], sizes["batch"]
        self.first = networks(random, 2, ids + PATTERNS.shape[1], sizes["width"], sizes["hidden"])
        self.inputs = np.tile(PATTERNS, (updates, 1, 1))
        self.targets = 2.0 * random.integers(0, 2, (updates, batch, ids)) - 1
        if one_sign:
            self.first = {name: np.abs(value) / 4 for name, value in self.first.items()}
            self.inputs, self.targets = (
                random.uniform(0.25, 1, each.shape) for each in (self.inputs, self.targets)
            )

    def on_paper(self, now: dict[str, Any], inputs: Any, targets: Any) -> tuple[float, dict[str, Any]]:
        """Return the loss and the gradient of the reference."""
        return recall.slopes(now, inputs, targets, self.q)

    def lost(self, now: dict[str, Any], inputs: Any, targets: Any) -> torch.Tensor:
        """Return the loss of each seed."""
        return recalling.loss_of(now, inputs, targets, self.q)

    def train(self, first: Any, inputs: Any, targets: Any, rate: float, clip: float | None) -> Any:
        """Train all seeds side by side."""
        return recalling.train_many(first, inputs, targets, self.q, rate, clip)


def every(updates: int, seed: int, *, one_sign: bool = False) -> list[Any]:
    """Return a network of each model, with batches; where it matters, no terms of its gradient cancel."""
    return [
        Cell(DEEP, updates, seed),
        Gated(GATED, updates, seed, one_sign),
        Taught(TAUGHT, updates, seed, one_sign),
        Recalling(RECALLED, updates, seed, one_sign),
    ]


def put(array: np.ndarray, device: str, dtype: torch.dtype) -> torch.Tensor:
    """Return an array on the device; whole numbers stay what they are."""
    tensor = torch.from_numpy(array).to(device)
    return tensor.to(dtype) if tensor.is_floating_point() else tensor


# Does it compute the same?


def one_gradient(report: Report, device: str) -> None:
    """Compare one gradient with the hand-written one of the reference, in float64 on the CPU."""
    for net in [Cell(DEEP, 1, 1, cut=False), *every(1, 1, one_sign=True)]:
        x, wanted = net.inputs[0], net.targets[0]
        loss, exact = net.on_paper(net.first, x, wanted)
        for name, kind, switch, right in arithmetic(device):
            dtype = getattr(torch, kind)
            own = {n: put(v[None], device, dtype).requires_grad_() for n, v in net.first.items()}
            with switch(device):
                told = net.lost(own, put(x[None], device, dtype), put(wanted[None], device, dtype))
                told.sum().backward()
            got = {n: v.grad[0].double().cpu().numpy() for n, v in own.items()}
            error = distance(got, exact)[0] / norm(exact)
            off = abs(float(told.detach()) - loss) / loss
            allowed = TOLERANCE[kind]
            same = error <= allowed
            report.add(
                f"one gradient, {net.name}",
                name,
                f"relative error {error:.1e} (of the loss {off:.1e})",
                f"{'<=' if right else '>'} {allowed:g}",
                same == right,
            )


def trained(net: Any, dtype: str, device: str, rate: float, clip: float | None) -> Course:
    """Train on the device."""
    kind = getattr(torch, dtype)
    losses, last = net.train(
        {name: put(value[None], device, kind) for name, value in net.first.items()},
        put(net.inputs[:, None], device, kind),
        put(net.targets[:, None], device, kind),
        rate,
        clip,
    )
    after = {name: value.detach().double().cpu().numpy()[0] for name, value in last.items()}
    return Course(losses[:, 0].double().cpu().numpy(), after)


def on_paper(
    net: Any, dtype: str, rate: float, clip: float | None, order: np.ndarray | None = None
) -> Course:
    """Train as the reference does, with the sequences of each batch in another order if one is given."""
    first = {name: value.astype(dtype) for name, value in net.first.items()}

    def read(array: np.ndarray) -> np.ndarray:
        array = array.astype(dtype) if array.dtype.kind == "f" else array
        return array if order is None else np.ascontiguousarray(array.take(order, axis=net.axis + 1))

    batches = zip(read(net.inputs), read(net.targets), strict=True)
    losses, last = adam(lambda now, batch: net.on_paper(now, *batch), first, batches, rate, clip)
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
    rate, clip = FIRST_UPDATE["rate"], FIRST_UPDATE["clip"]
    for net in every(1, 2, one_sign=True):
        exact = on_paper(net, "float64", rate, clip)
        steps = {name: (net.first[name] - value) / rate for name, value in exact.parameters.items()}
        for name, kind, switch, right in arithmetic(device):
            with switch(device):
                got = trained(net, kind, device, rate, clip)
            seen = {n: (net.first[n] - value) / rate for n, value in got.parameters.items()}
            held, said = verdict(lambda: expect_first_step(seen, steps, kind))  # noqa: B023
            report.add(
                f"first update, {net.name}",
                name,
                said.partition(", where")[0],
                "holds" if right else "refuted",
                held == right,
            )


def first_updates(report: Report, device: str) -> None:
    """Compare the losses and the parameters of 30 updates; other orders of sums say how near they must be."""
    random = np.random.default_rng(np.random.SeedSequence(4))
    for net in every(30, 3):
        exact = on_paper(net, "float64", 0.01, 1.0)
        orders = [random.permutation(net.inputs.shape[net.axis + 1]) for _ in range(3)]
        others = {
            kind: [on_paper(net, kind, 0.01, 1.0, order) for order in orders]
            for kind in ("float64", "float32")
        }
        for name, kind, switch, right in arithmetic(device):
            with switch(device):
                got = trained(net, kind, device, 0.01, 1.0)
            held, said = verdict(lambda: expect_course(got, exact, others[kind], net.first, kind))  # noqa: B023
            off = np.abs(got.losses - exact.losses) / exact.losses
            way = distance(net.first, exact.parameters)[0]
            apart = distance(got.parameters, exact.parameters)[0] / way
            report.add(
                f"first 30 updates, {net.name}",
                name,
                f"losses {off.max():.1e}, parameters {apart:.1e} of their way; "
                f"{'holds' if held else 'refuted'}",
                "holds" if right else "refuted",
                held == right,
            )
            if held != right:
                print(said, file=sys.stderr)


def same_twice(report: Report, device: str) -> None:
    """Train twice: on one device an answer is the same to the last bit."""
    for net in every(10, 5):
        one, two = (trained(net, "float32", device, 0.01, 1.0) for _ in range(2))
        equal = np.array_equal(one.losses, two.losses) and all(
            np.array_equal(value, two.parameters[name]) for name, value in one.parameters.items()
        )
        told = "equal bits" if equal else "other bits"
        report.add(f"10 updates, twice, {net.name}", "float32", told, "equal bits", equal)


def parity(report: Report, device: str) -> None:
    """Compare the arithmetic: one gradient, the first update, the first updates; and one with itself."""
    one_gradient(report, device)
    first_step(report, device)
    first_updates(report, device)
    same_twice(report, device)


# Does it train as well? And how fast, in how much memory?


def many(make: Callable[[int], Any], seeds: int, dtype: torch.dtype, device: str) -> list[Any]:
    """Return the nets of many seeds; and, side by side, their first parameters, inputs and targets."""
    nets = [make(100 + seed) for seed in range(seeds)]
    first = {name: put(np.stack([net.first[name] for net in nets]), device, dtype) for name in nets[0].first}
    inputs = put(np.stack([net.inputs for net in nets], axis=1), device, dtype)
    return [nets, first, inputs, put(np.stack([net.targets for net in nets], axis=1), device, dtype)]


def copied(sizes: dict[str, int], last: dict[str, torch.Tensor], device: str) -> list[float]:
    """Return what each network copies of fresh sequences."""
    random = np.random.default_rng(np.random.SeedSequence(6))
    x, wanted = copy_task(1, 256, sizes["period"], sizes["blocks"], random)
    own = {n: value.detach().double() for n, value in last.items()}
    logits = told(own, torch.from_numpy(x[0]).to(device), sizes["period"])
    return [accuracy(each, wanted[0]) for each in logits]


def imitated(nets: list[Gated], last: dict[str, torch.Tensor], device: str) -> list[float]:
    """Return 1 less the squared error of each network on fresh sequences, as a share of the mean square."""
    random = np.random.default_rng(np.random.SeedSequence(6))
    x = random.standard_normal((256, *nets[0].inputs.shape[2:]))
    wanted = np.stack([net.attention(x) for net in nets])
    own = {n: value.detach().double() for n, value in last.items()}
    side_by_side = torch.from_numpy(x).to(device).expand(len(nets), *x.shape)
    with torch.no_grad():
        lost = gated.loss_of(own, side_by_side, torch.from_numpy(wanted).to(device)).cpu().numpy()
    shares: list[float] = (1 - lost / (wanted**2).mean(axis=(1, 2, 3))).tolist()
    return shares


class Law:
    """How well trained networks do, in several ways; what can't be expected to end in time is not run."""

    def __init__(self, report: Report, device: str, seeds: int, until: float) -> None:
        self.report, self.device, self.seeds, self.until = report, device, seeds, until
        self.took = 0.0
        self.seen: dict[str, list[float]] = {}

    def look(self, what: str, name: str, chance: str, act: Callable[[], list[float]]) -> None:
        """Train, and report how well each network does."""
        began = time.monotonic()
        if began - self.report.began + self.took > self.until:
            self.report.add(what, name, "not run: no time left", "", None)
            return
        found = self.seen[name] = act()
        ready(self.device)
        shown = " ".join(f"{each:.2f}" for each in sorted(found))
        self.report.add(what, name, f"mean {statistics.mean(found):.3f}: {shown}", chance, None)
        self.took = time.monotonic() - began

    def copying(
        self, sizes: dict[str, int], updates: int, name: str, dtype: torch.dtype, cut: bool, local: bool
    ) -> None:
        """Train networks of `hierarchy` to copy, with local losses or without."""

        def act() -> list[float]:
            _, first, inputs, targets = many(
                lambda seed: Cell(sizes, updates, seed), self.seeds, dtype, self.device
            )
            weights = WEIGHTS if local else [0.0, 0.0]
            rest = (sizes["period"], cut, weights, "softmax", 0.01, 1.0)
            _, last = batched.train_many(first, inputs, targets, *rest)
            return copied(sizes, last, self.device)

        steps = sizes["period"] * sizes["blocks"]
        self.look(f"copies over {steps} steps after {updates} updates", name, "chance is 0.25", act)

    def imitating(self, updates: int, name: str, dtype: torch.dtype) -> None:
        """Train gated networks to be attention."""

        def act() -> list[float]:
            nets, first, inputs, targets = many(
                lambda seed: Gated(GATED, updates, seed), self.seeds, dtype, self.device
            )
            _, last = nets[0].train(first, inputs, targets, 0.01, 1.0)
            return imitated(nets, last, self.device)

        self.look(f"is attention after {updates} updates", name, "1 is all, 0 no better than 0", act)

    def differ(self, one: str, two: str, updates: int) -> None:
        """Compare two means, of trainings that are long enough."""
        if updates >= 500 and one in self.seen and two in self.seen:
            apart = statistics.mean(self.seen[one]) - statistics.mean(self.seen[two])
            self.report.add("means differ by", f"{one}; {two}", f"{apart:+.3f}", "<= 0.1", abs(apart) <= 0.1)


def law(report: Report, device: str, seeds: int, updates: int, until: float) -> None:
    """Train networks in float32 and in float64; and those that copy without what the paper adds."""
    trainings = Law(report, device, seeds, until)
    for kind in ("float32", "float64"):
        trainings.imitating(updates, f"attention, {kind}", getattr(torch, kind))
    trainings.differ("attention, float32", "attention, float64", updates)
    for kind in ("float32", "float64"):
        trainings.copying(DEEP, updates, f"local losses, {kind}", getattr(torch, kind), cut=True, local=True)
    trainings.copying(DEEP, updates, "cut alone, float32", torch.float32, cut=True, local=False)
    trainings.copying(DEEP, updates, "full gradient, float32", torch.float32, cut=False, local=False)
    trainings.differ("local losses, float32", "local losses, float64", updates)


def long(report: Report, device: str, seeds: int, updates: int) -> None:
    """Train networks to copy over more steps than is reasonable without a device, many side by side.

    On a CPU, 6 of 6 copied 0.64 or more with local losses, and 0.26 or less with the cut alone.
    """
    trainings = Law(report, device, seeds, math.inf)
    for name, local in (("local losses", True), ("cut alone", False)):
        trainings.copying(LONG, updates, name, torch.float32, cut=True, local=local)
        half = sum(each >= 0.5 for each in trainings.seen[name])
        good = half >= 0.75 * seeds if local else half <= 0.25 * seeds
        wanted = f"{'>=' if local else '<='} {0.75 if local else 0.25:.0%}"
        asked = good if updates >= 500 else None
        report.add("copies half or more", name, f"{half} of {seeds}", wanted, asked)


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


def throughput(report: Report, device: str, name: str, make: Callable[[int], Any]) -> None:
    """Train 16 networks side by side, and one after the other."""
    nets, first, inputs, targets = many(make, SEEDS, torch.float32, device)
    updates = len(inputs)

    def train(seeds: slice, until: int = updates) -> None:
        some = {n: value[seeds] for n, value in first.items()}
        nets[0].train(some, inputs[:until, seeds], targets[:until, seeds], 0.01, 1.0)

    def together() -> None:
        train(slice(None))
        ready(device)

    def alone() -> None:
        for seed in range(SEEDS):
            train(slice(seed, seed + 1))
        ready(device)

    train(slice(1), 1)  # what is made at a first call
    train(slice(None), 1)
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
    updates = 10 if device == "cuda" else 1
    throughput(report, device, "hierarchy, T = 27, h = 48", lambda seed: Cell(DEEP, updates, seed))
    throughput(report, device, "attention, T = 32, h = 64", lambda seed: Gated(GATED, updates, seed))
    throughput(
        report, device, "randomization, N = 8, h = 64", lambda seed: Recalling(RECALLED, updates, seed)
    )
    if device == "cuda":
        throughput(report, device, "hierarchy, T = 512, h = 256", lambda seed: Cell(WIDE, 1, seed))


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
    parser = argparse.ArgumentParser(description="Training on a device: parity, throughput, memory, law.")
    parser.add_argument("--device", choices=("cuda", "cpu"), default="cuda")
    parser.add_argument("--json", type=Path, default=None, metavar="FILE")
    parser.add_argument("--seconds", type=float, default=210, help="in which it is to end")
    parser.add_argument(
        "sections", nargs="*", metavar="SECTION", help="parity, throughput, memory, law; or long"
    )
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
        "long": lambda: long(report, device, asked.seeds, asked.updates),
    }
    for section in asked.sections or [name for name in sections if name != "long"]:
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
