"""The paper's grid world of compositional goals: a maze, a kind of object, a quadrant, an interaction.

A task names all four. The agent has to find the object of that kind, which is in that quadrant, and to do the
right one of two interactions on its cell; it starts at least eleven steps away, and four other objects, of
other kinds, are about. The values of all actions are exact: gamma to the number of steps that are left.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TypeAlias

import numpy as np
from jaxtyping import Bool, Float, Int

SIZE, FAR, GAMMA = 11, 11, 0.9
QUADRANTS, INTERACTIONS, MAZES, KINDS = 4, 2, 5, 5
DISTRACTORS = 4
MOVES = ((-1, 0), (0, 1), (1, 0), (0, -1))  # up, right, down, left; the interactions come after
TASKS = list(product(range(QUADRANTS), range(INTERACTIONS), range(MAZES), range(KINDS)))
Cell: TypeAlias = tuple[int, int]
Task: TypeAlias = tuple[int, int, int, int]  # quadrant, interaction, maze, kind


@dataclass(frozen=True, eq=False)
class World:
    """A task with its objects in place."""

    walls: Bool[np.ndarray, "11 11"]
    goal: Cell
    interaction: int
    start: Cell
    objects: list[tuple[Cell, int]]  # with their kinds; the goal's comes first


def maze(
    random: np.random.Generator, complexity: float = 0.75, density: float = 0.75
) -> Bool[np.ndarray, "11 11"]:
    """Return walls: they grow from even cells to even cells that are free, so that they enclose nothing."""
    walls = np.zeros((SIZE, SIZE), bool)
    walls[[0, -1], :] = walls[:, [0, -1]] = True
    half = SIZE // 2
    for _ in range(int(density * half * half)):
        row, column = (2 * random.integers(half + 1, size=2)).tolist()
        walls[row, column] = True
        for _ in range(int(complexity * 10 * SIZE)):
            dr, dc = MOVES[random.integers(4)]
            to = row + 2 * dr, column + 2 * dc
            if 0 <= to[0] < SIZE and 0 <= to[1] < SIZE and not walls[to]:
                walls[row + dr, column + dc] = walls[to] = True
                row, column = to
    return walls


def distances(walls: Bool[np.ndarray, "11 11"], to: Cell) -> Int[np.ndarray, "11 11"]:
    """Return the length of a shortest path from each cell; -1 where there is none."""
    found = np.full(walls.shape, -1)
    found[to] = 0
    reached = [to]
    for row, column in reached:
        for dr, dc in MOVES:
            near = row + dr, column + dc
            if not walls[near] and found[near] < 0:
                found[near] = found[row, column] + 1
                reached.append(near)
    return found


def quadrant(cell: Cell) -> int:
    """Return which quadrant a cell is in; the middle row and column belong to the second half."""
    return 2 * (cell[0] >= SIZE // 2) + (cell[1] >= SIZE // 2)


def world(task: Task, random: np.random.Generator) -> World:
    """Draw a world of a task: where the goal is, where the agent starts, and the other objects.

    The maze is one of five, the same for every world; the agent starts as far away as it can where no cell is
    eleven steps away.
    """
    where, interaction, number, kind = task
    walls = maze(np.random.default_rng(np.random.SeedSequence([2312, number])))
    free = [(int(r), int(c)) for r, c in np.argwhere(~walls)]
    inside = [cell for cell in free if quadrant(cell) == where]
    goal = inside[random.integers(len(inside))]
    steps = distances(walls, goal)
    away = min(FAR, int(steps.max()))
    starts = [cell for cell in free if steps[cell] >= away]
    others = [cell for cell in free if cell != goal]
    placed = random.choice(len(others), DISTRACTORS, replace=False)
    kinds = (kind + 1 + random.integers(KINDS - 1, size=DISTRACTORS)) % KINDS
    about = [(others[place], int(other)) for place, other in zip(placed, kinds, strict=True)]
    return World(walls, goal, interaction, starts[random.integers(len(starts))], [(goal, kind), *about])


def values(there: World, gamma: float = GAMMA) -> Float[np.ndarray, "11 11 6"]:
    """Return the optimal value of each action at each free cell: up, right, down, left, two interactions.

    The right interaction at the goal ends the episode with a reward of 1; a wrong one, or one elsewhere,
    changes nothing. Walls have the value 0 throughout.
    """
    steps = distances(there.walls, there.goal)
    worth = np.where(steps >= 0, gamma ** np.maximum(steps, 0), 0.0)
    found = np.repeat((gamma * worth)[:, :, None], 6, axis=2)
    for row, column in np.argwhere(~there.walls):
        for action, (dr, dc) in enumerate(MOVES):
            near = row + dr, column + dc
            found[row, column, action] = gamma * worth[(row, column) if there.walls[near] else near]
    found[there.goal][4 + there.interaction] = 1.0
    return found


def demonstration(there: World) -> tuple[list[Cell], list[int]]:
    """Return the cells of a shortest path to the goal, and what is done at each; the interaction is last."""
    best = values(there)
    cells: list[Cell] = [there.start]
    actions: list[int] = []
    while not actions or actions[-1] < len(MOVES):
        action = int(best[cells[-1]].argmax())
        actions.append(action)
        if action < len(MOVES):
            row, column = cells[-1]
            cells.append((row + MOVES[action][0], column + MOVES[action][1]))
    return cells, actions


def observation(there: World, at: Cell) -> Float[np.ndarray, "11 11 7"]:
    """Return what is seen: a plane for each kind of object, one for the walls, one for the agent."""
    seen = np.zeros((SIZE, SIZE, KINDS + 2))
    for cell, kind in there.objects:
        seen[cell][kind] = 1
    seen[..., KINDS] = there.walls
    seen[at][KINDS + 1] = 1
    return seen


def split(kind: str, seed: int = 0) -> tuple[list[Task], list[Task]]:
    """Split the 200 tasks, 150 to train on and 50 held out: at random, or the last quadrant.

    Raises ValueError unless the kind is random or non_compositional.
    """
    if kind == "non_compositional":
        held = [task for task in TASKS if task[0] == QUADRANTS - 1]
    elif kind == "random":
        order = np.random.default_rng(np.random.SeedSequence(seed)).permutation(len(TASKS))
        held = [TASKS[i] for i in order[: len(TASKS) // 4]]
    else:
        raise ValueError(f"there are no tasks of kind {kind!r}; there are: random, non_compositional")
    return [task for task in TASKS if task not in held], held
