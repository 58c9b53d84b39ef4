"""Scores in torch, in single precision: by joint entropies, with groups summed by products of matrices."""

import torch

whp = {"name": "torch, float32", "version": torch.__version__, "precision": "float32"}


def scores(importances, latent_groups, factor_groups):
    table = torch.as_tensor(importances).abs()
    table = (table / table.max() if table.numel() and table.max() > 0 else table).float()
    for groups in (latent_groups, factor_groups):
        if groups is not None:
            table = torch.nn.functional.one_hot(torch.as_tensor(groups)).float().T @ table
        table = table.T
    if not table.any():
        return {"disentanglement": 0.0, "completeness": 0.0}
    law = table / table.sum()
    joint, of_u, of_v = (torch.special.entr(part).sum() for part in (law, law.sum(1), law.sum(0)))
    a, b = table.shape
    return {
        "disentanglement": score(joint - of_u, b),
        "completeness": score(joint - of_v, a),
    }


def score(entropy, groups):
    return float(1 - entropy / torch.log(torch.tensor(float(groups)))) if groups > 1 else 1.0


def levels(importances, slots, objects):
    rows, columns = (torch.arange(size).numpy() for size in importances.shape)
    d, m = len(rows) // slots, len(columns) // objects
    return {
        "flat": scores(importances, None, None),
        "object": scores(importances, rows // d, columns // m),
        "property": scores(importances, rows % d, columns % m),
    }
