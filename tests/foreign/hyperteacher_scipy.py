"""Supports by graphs of networkx, students by least squares of scipy.

    whp check hyperteacher --subject hyperteacher_scipy.py

`support` takes components of the bipartite graph of a reduced matrix; `fit` and `adapt` are MINPACK's
Levenberg and Marquardt, with derivatives by differences for the code, and by hand for a student.
"""

from __future__ import annotations

import math
from fractions import Fraction

import networkx as nx
import numpy as np
from scipy.optimize import least_squares, linear_sum_assignment


def support(masks, count, continuous):
    graph = nx.Graph()
    graph.add_nodes_from(("mask", i) for i in range(len(masks)))
    if continuous:
        graph.add_edges_from((("mask", i), ("module", m)) for i, mask in enumerate(masks) for m in mask)
        rank = len(set().union(*masks)) if masks else 0
    else:
        rows = [[Fraction(int(m in mask)) for mask in masks] for m in range(count)]
        rank = 0
        for column in range(len(masks)):
            at = next((r for r in range(rank, count) if rows[r][column]), None)
            if at is None:
                continue
            rows[rank], rows[at] = rows[at], rows[rank]
            pivot = rows[rank][column]
            rows[rank] = [value / pivot for value in rows[rank]]
            for r in range(count):
                if r != rank and rows[r][column]:
                    factor = rows[r][column]
                    rows[r] = [a - factor * b if b else a for a, b in zip(rows[r], rows[rank], strict=True)]
            rank += 1
        for row in rows[:rank]:
            there = [i for i, value in enumerate(row) if value]
            nx.add_path(graph, [("mask", i) for i in there])
    parts = sum(any(kind == "mask" for kind, _ in part) for part in nx.connected_components(graph))
    return {"rank": rank, "components": parts, "compositional": rank == count, "connected": parts == 1}


def identification(modules, codes, student_modules, student_codes):
    fitted = np.linalg.lstsq(student_codes, codes, rcond=1e-10)[0]
    found = np.einsum("mj,jik->mik", np.linalg.pinv(fitted, rcond=1e-10), student_modules)
    mine, theirs = (
        np.moveaxis(each, 2, 0).reshape(each.shape[2], math.prod(each.shape[:2])) for each in (modules, found)
    )
    norms = np.linalg.norm(mine, axis=1)[:, None] * np.linalg.norm(theirs, axis=1)
    cosines = np.divide(mine @ theirs.T, norms, out=np.zeros(norms.shape), where=norms > 0)
    rows, columns = linear_sum_assignment(cosines, maximize=True)
    return cosines[rows, columns].sum() / len(mine)


def fit(inputs, targets, hidden, modules, seed):
    rng = np.random.Generator(np.random.Philox(seed))
    (tasks, _, n), o = inputs.shape, targets.shape[2]
    sizes = modules * n * hidden, hidden * o, tasks * modules

    def parts(flat):
        theta, readout, codes = np.split(flat, np.cumsum(sizes)[:-1])
        return theta.reshape(modules, n, hidden), readout.reshape(hidden, o), codes.reshape(tasks, modules)

    def errors(flat):
        theta, readout, codes = parts(flat)
        before = np.einsum("tbi,tm,mik->tbk", inputs, codes, theta, optimize=True) / math.sqrt(n)
        return (np.maximum(before, 0) @ readout - targets).ravel()

    def slopes(flat):
        theta, readout, codes = parts(flat)
        before = np.einsum("tbi,tm,mik->tbk", inputs, codes, theta, optimize=True) / math.sqrt(n)
        on = (before > 0) / math.sqrt(n)
        of_theta = np.einsum("tbi,tm,tbk,ko->tbomik", inputs, codes, on, readout, optimize=True)
        of_readout = np.einsum("tbk,op->tbokp", np.maximum(before, 0), np.eye(o))
        along = np.einsum("tbi,mik,tbk,ko->tbom", inputs, theta, on, readout, optimize=True)
        of_codes = np.einsum("tbom,ts->tbosm", along, np.eye(tasks))
        rows = targets.size
        return np.hstack([each.reshape(rows, -1) for each in (of_theta, of_readout, of_codes)])

    best = None
    for _ in range(10):
        start = rng.standard_normal(sum(sizes))
        tried = least_squares(
            errors, start, slopes, method="lm", xtol=1e-15, ftol=1e-15, gtol=1e-15, max_nfev=200
        )
        if best is None or tried.cost < best.cost:
            best = tried
        if best.cost < 1e-14 * (targets**2).sum():
            break
    theta, readout, codes = parts(best.x)
    return {"modules": theta, "readout": readout, "codes": codes}


def adapt(modules, readout, inputs, targets, seed):
    rng = np.random.Generator(np.random.Philox(seed))

    def errors(code):
        weights = np.einsum("m,mik->ik", code, modules) / math.sqrt(modules.shape[1])
        return (np.maximum(inputs @ weights, 0) @ readout - targets).ravel()

    starts = rng.standard_normal((15, len(modules)))
    ends = [least_squares(errors, code, method="lm", xtol=1e-15, ftol=1e-15, gtol=1e-15) for code in starts]
    return min(ends, key=lambda end: end.cost).x
