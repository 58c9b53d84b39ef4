"""Students and batches that they learn, and the loss with its gradient, written once more."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from hypothesis import strategies as st

from whp.properties.generators import rounded
from whp.properties.hyperteacher.expected import Arrays, fitted
from whp.reference.hyperteacher.student import Student
from whp.subject import Subject

NEAR = 80.0  # a bound on the gradient's norm that about half of the first updates exceed


@dataclass(frozen=True)
class Lesson:
    """A student of `count` modules, and what it is to learn; the numbers in it are drawn by `seed`.

    `signs`: "any"; "sides", where all modules have one sign at a unit, all codes one in a task, and all
    entries one in an input, so that each unit is clearly on or clearly off, and stays so in 20 updates; or
    "one", so that no two terms of the gradient cancel: all numbers are positive, and all targets negative.
    Lengths are 0.5 to 1.5, unless signs are any.
    """

    count: int = 5
    n: int = 3
    units: int = 5
    outputs: int = 2
    tasks: int = 3
    batch: int = 3
    signs: str = "sides"
    dtype: str = "float64"
    clip: float | None = 0.1
    seed: int = 0

    def student(self) -> Student:
        """Draw the student."""
        random = np.random.default_rng([self.seed, 0])
        return Student(
            modules=self.numbers(random, (self.count, self.n, self.units), (1, 1, self.units)),
            readout=self.numbers(random, (self.units, self.outputs), (self.units, self.outputs)),
            codes=self.numbers(random, (self.tasks, self.count), (self.tasks, 1)),
        )

    def numbers(
        self, random: np.random.Generator, shape: tuple[int, ...], signs: tuple[int, ...]
    ) -> np.ndarray:
        """Draw numbers; so many signs are drawn, where they matter."""
        if self.signs == "any":
            return rounded(random.standard_normal(shape))
        lengths = random.uniform(0.5, 1.5, shape)
        return rounded(lengths * random.choice([-1, 1], signs) if self.signs == "sides" else lengths)

    def batches(self, count: int) -> tuple[np.ndarray, np.ndarray]:
        """Draw inputs [count, T, B, n] and targets [count, T, B, o]."""
        random = np.random.default_rng([self.seed, 1])
        leading = (count, self.tasks, self.batch)
        inputs = self.numbers(random, (*leading, self.n), (*leading, 1))
        targets = self.numbers(random, (*leading, self.outputs), (*leading, self.outputs))
        return inputs, -targets if self.signs == "one" else targets

    def question(self) -> dict[str, Any]:
        """Return the arguments of `student_gradient`."""
        inputs, targets = self.batches(1)
        return {"student": self.student(), "inputs": inputs[0], "targets": targets[0]}

    def training(self, updates: int) -> dict[str, Any]:
        """Return the arguments of `student_train`, but for the device."""
        inputs, targets = self.batches(updates)
        asked = {"student": self.student(), "inputs": inputs, "targets": targets}
        return {**asked, "rate": 0.01, "clip": self.clip, "dtype": self.dtype}


def lessons() -> st.SearchStrategy[Lesson]:
    """Draw a student of any size, and a batch."""
    few = st.integers(1, 4)
    signs = st.sampled_from(("any", "sides", "one"))
    return st.builds(Lesson, few, few, few, few, few, few, signs, seed=SEEDS)


def trainings(signs: str) -> st.SearchStrategy[Lesson]:
    """Draw a training."""
    return st.builds(
        Lesson,
        n=st.integers(1, 3),
        tasks=st.integers(1, 3),
        signs=st.just(signs),
        dtype=st.sampled_from(("float64", "float32")),
        clip=st.sampled_from((0.1, NEAR, None)),
        seed=SEEDS,
    )


SEEDS = st.integers(0, 2**32)


def fitting(subject: Subject, question: Mapping[str, Any]) -> dict[str, Any]:
    """Return a question of `student_gradient` as the subject's precision has room for it."""
    arrays = fitted(subject, {name: question[name] for name in ("inputs", "targets")})
    return {"student": Student(**fitted(subject, vars(question["student"]))), **arrays}


# The definition: the loss task by task and input by input, and its gradient as a sum over tasks, inputs,
# modules, units and outputs. On absolute values, with targets below 0, it says how large the terms are that
# may cancel.


def before(student: Mapping[str, np.ndarray], inputs: np.ndarray) -> np.ndarray:
    """Return what a ReLU is taken of: [T,B,g]."""
    made: np.ndarray = np.einsum("tbi,tm,mik->tbk", inputs, student["codes"], student["modules"])
    return made / math.sqrt(inputs.shape[2])


def squared_error(student: Mapping[str, np.ndarray], inputs: np.ndarray, targets: np.ndarray) -> float:
    """Return the mean squared difference of the outputs from the targets."""
    told = np.maximum(before(student, inputs), 0) @ student["readout"]
    return float(np.mean((told - targets) ** 2))


def slopes(student: Mapping[str, np.ndarray], inputs: np.ndarray, targets: np.ndarray) -> Arrays:
    """Return the gradient of the loss at each array."""
    modules, readout, codes = student["modules"], student["readout"], student["codes"]
    there = before(student, inputs)
    on = (there > 0) / math.sqrt(inputs.shape[2])
    off = 2 * (np.maximum(there, 0) @ readout - targets) / targets.size
    return {
        "modules": np.einsum("tbj,kj,tbk,tm,tbi->mik", off, readout, on, codes, inputs, optimize=True),
        "readout": np.einsum("tbk,tbj->kj", np.maximum(there, 0), off),
        "codes": np.einsum("tbj,kj,tbk,mik,tbi->tm", off, readout, on, modules, inputs, optimize=True),
    }


def terms(asked: Mapping[str, Any]) -> tuple[Arrays, np.ndarray, np.ndarray]:
    """Return the student, inputs and targets whose loss and gradient are those of all absolute values."""
    student = {name: np.abs(array) for name, array in vars(asked["student"]).items()}
    return student, np.abs(asked["inputs"]), -np.abs(asked["targets"])


def is_clear(asked: Mapping[str, Any], share: float, by: float = 0.0) -> bool:
    """Say whether every unit is on or off, even if all entries of modules and codes move by so much, and what
    it sums up is wrong by a share of its size.
    """
    student, inputs, _ = terms(asked)
    size = before(student, inputs)
    moves = before({name: array + by for name, array in student.items()}, inputs) - size
    return bool((np.abs(before(vars(asked["student"]), asked["inputs"])) > moves + share * size).all())


def moved(student: Student, by: int) -> Student:
    """Return the same student with its modules and its units moved on by so many places."""
    return Student(
        modules=np.roll(student.modules, (by, by), (0, 2)),
        readout=np.roll(student.readout, by, 0),
        codes=np.roll(student.codes, by, 1),
    )
