"""Meta-learning as in the paper: an inner loop finds what a task needs, an outer one what all tasks share.

It takes torch. Students of several replicates are trained side by side: all arrays have a leading axis R of
them, then T tasks, then B inputs. The gradient is not taken through the inner loop.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

import numpy as np
from jaxtyping import Float

Kind: TypeAlias = Literal["modular", "monolithic"]
KINDS: tuple[Kind, ...] = ("modular", "monolithic")
CLIP = 1.0  # the norm of a replicate's outer gradient


@dataclass(frozen=True, eq=False)
class Batch:
    """Inputs and targets of tasks: those to adapt to, and those to be judged by."""

    inputs: Float[np.ndarray, "R T B n"]
    targets: Float[np.ndarray, "R T B o"]
    query: Float[np.ndarray, "R T C n"]
    answers: Float[np.ndarray, "R T C o"]


Draw: TypeAlias = Callable[[np.random.Generator], Batch]


@dataclass(frozen=True)
class Course:
    """How a student learns: the outer loop's steps and rate, and the inner one's."""

    steps: int = 600
    rate: float = 5e-3
    inner_steps: int = 20
    inner_rate: float = 0.1


def torch_or_a_word() -> Any:
    """Return torch; raise ModuleNotFoundError that says how to get it."""
    try:
        import torch
    except ModuleNotFoundError:
        raise ModuleNotFoundError(
            "meta-learning takes torch, which is not installed: pip install 'whp[torch]'"
        ) from None
    return torch


@dataclass(eq=False)
class Student:
    """Students of one kind, one a replicate: what all tasks share, and which parts of it a task adapts.

    A modular one has modules and a readout for all tasks, and adapts a code. A monolithic one has a network
    of one hidden layer, and adapts all of it, from a start that is learned (MAML). Targets are numbers, or,
    to one that acts, actions: one-hot, and all zero in a row that doesn't count.
    """

    kind: Kind
    shared: dict[str, Any]
    course: Course
    acts: bool = False
    losses: list[Float[np.ndarray, "R"]] = field(default_factory=list)  # of the query, before each update

    @property
    def adapted(self) -> tuple[str, ...]:
        """The parts that a task has of its own."""
        return ("code",) if self.kind == "modular" else ("weights", "readout")

    def outputs(self, parts: dict[str, Any], inputs: Any) -> Any:
        """Return the outputs, R T B o; parts that are shared have an axis of length 1 for the tasks."""
        import torch

        weights = (
            torch.einsum("rtm,rmnh->rtnh", parts["code"], self.shared["modules"])
            if self.kind == "modular"
            else parts["weights"]
        )
        return torch.relu(inputs @ weights / math.sqrt(inputs.shape[3])) @ parts["readout"]

    def after(self, inputs: Any, targets: Any, steps: int) -> dict[str, Any]:
        """Return the parts with which each task answers after so many steps of Adam on its own data."""
        import torch

        tasks = inputs.shape[1]
        start = {
            name: self.shared[name][:, None].expand(-1, tasks, *self.shared[name].shape[1:])
            for name in self.adapted
        }
        moved = {name: torch.zeros_like(part).requires_grad_() for name, part in start.items()}
        inner = torch.optim.Adam(moved.values(), lr=self.course.inner_rate)
        frozen = {name: part.detach() for name, part in start.items()}
        fixed = {"readout": self.shared["readout"].detach()[:, None]}
        for _ in range(steps):
            parts = {**fixed, **{name: frozen[name] + moved[name] for name in moved}}
            loss = self.errors(parts, inputs, targets).sum()
            grads = torch.autograd.grad(loss, list(moved.values()))
            for part, grad in zip(moved.values(), grads, strict=True):
                part.grad = grad
            inner.step()
        here = {name: start[name] + moved[name].detach() for name in moved}
        return {"readout": self.shared["readout"][:, None], **here}

    def errors(self, parts: dict[str, Any], inputs: Any, targets: Any) -> Any:
        """Return the loss of each task, R T: the mean squared error, or the cross entropy of the actions."""
        import torch

        outputs = self.outputs(parts, inputs)
        if self.acts:
            lost = -(targets * torch.log_softmax(outputs, dim=3)).sum(dim=(2, 3))
            return lost / targets.sum(dim=(2, 3))
        return ((outputs - targets) ** 2).mean(dim=(2, 3))

    def relative(self, errors: Any, answers: Any) -> Float[np.ndarray, "R"]:
        """Return each replicate's loss over twice the mean square of answers, or over that of any action."""
        scale = math.log(answers.shape[3]) if self.acts else 2 * (answers**2).mean(dim=(1, 2, 3))
        found: np.ndarray = (errors.mean(dim=1) / scale).detach().numpy()
        return found

    def loss(self, batch: Batch, steps: int | None = None) -> Float[np.ndarray, "R"]:
        """Return each replicate's relative loss on the query after adapting."""
        import torch

        inputs, targets, query, answers = _tensors(batch)
        parts = self.after(inputs, targets, self.course.inner_steps if steps is None else steps)
        with torch.no_grad():
            return self.relative(self.errors(parts, query, answers), answers)


def _tensors(batch: Batch) -> list[Any]:
    import torch

    arrays = batch.inputs, batch.targets, batch.query, batch.answers
    return [torch.as_tensor(array, dtype=torch.float32) for array in arrays]


def begin(
    kind: Kind,
    replicates: int,
    sizes: tuple[int, int, int],
    modules: int,
    course: Course,
    seed: int,
    acts: bool = False,
) -> Student:
    """Return students before training; sizes are those of inputs, hidden units and outputs."""
    torch = torch_or_a_word()
    generator = torch.Generator().manual_seed(int(np.random.SeedSequence(seed).generate_state(1)[0]))
    n, h, o = sizes

    def normal(*shape: int, size: float = 1.0) -> Any:
        drawn = torch.randn(replicates, *shape, generator=generator) * size
        return drawn.requires_grad_()

    shared = {"readout": normal(h, o, size=1 / math.sqrt(h))}
    if kind == "modular":
        shared |= {"modules": normal(modules, n, h), "code": normal(modules, size=1 / math.sqrt(modules))}
    else:
        shared |= {"weights": normal(n, h)}
    return Student(kind, shared, course, acts)


def learn(student: Student, draw: Draw, seed: int, watch: Callable[[int], object] = lambda _: None) -> None:
    """Train students: in each step new tasks, to which they adapt, and an update of what is shared.

    `watch` is told the number of the step before each, and in the end. AdamW with a cosine; each replicate's
    gradient is clipped by itself, so that it learns as it would alone.
    """
    import torch

    random = np.random.default_rng(np.random.SeedSequence([seed, 1]))
    parameters = list(student.shared.values())
    outer = torch.optim.AdamW(parameters, lr=student.course.rate, weight_decay=0.0)
    cosine = torch.optim.lr_scheduler.CosineAnnealingLR(
        outer, student.course.steps, student.course.rate * 1e-3
    )
    for step in range(student.course.steps):
        watch(step)
        inputs, targets, query, answers = _tensors(draw(random))
        parts = student.after(inputs, targets, student.course.inner_steps)
        errors = student.errors(parts, query, answers)
        outer.zero_grad()
        errors.mean(dim=1).sum().backward()
        norms = sum((each.grad**2).flatten(1).sum(dim=1) for each in parameters if each.grad is not None)
        scale = torch.clamp(CLIP / torch.sqrt(norms + 1e-30), max=1.0)
        for each in parameters:
            if each.grad is not None:
                each.grad *= scale.reshape(-1, *[1] * (each.dim() - 1))
        outer.step()
        cosine.step()
        student.losses.append(student.relative(errors, answers))
    watch(student.course.steps)


def tasks_of_teachers(
    modules: Float[np.ndarray, "R M n h"],
    readouts: Float[np.ndarray, "R h o"],
    codes: Float[np.ndarray, "S M"],
    tasks: int,
    rows: int,
) -> Draw:
    """Return how batches of teachers' tasks are drawn, with codes from a list; one teacher a replicate."""

    def draw(random: np.random.Generator) -> Batch:
        chosen = codes[random.integers(len(codes), size=(len(modules), tasks))]
        weights = np.einsum("rtm,rmnh->rtnh", chosen, modules)
        n = modules.shape[2]
        parts = []
        for _ in range(2):
            inputs = random.uniform(-math.sqrt(3), math.sqrt(3), (len(modules), tasks, rows, n))
            parts += [inputs, np.maximum(inputs @ weights / math.sqrt(n), 0) @ readouts[:, None]]
        return Batch(*parts)

    return draw
