"""Directions by torch: its orthogonal initialisation, in the complement of the surrogates.

Of a seed, torch's generator on a CPU keeps 32 bits: seeds that differ in the others give the same directions.

whp check evolution --subject evolution_torch.py
"""

import torch

whp = {"name": "torch.nn.init.orthogonal_", "version": torch.__version__}


def directions(n, surrogates, count, seed):
    known = torch.tensor(surrogates)
    known = known[known.abs().sum(dim=1) > 0]
    known = known / known.abs().amax(dim=1, keepdim=True)
    known = known / torch.linalg.vector_norm(known, dim=1, keepdim=True)
    r, right = 0, torch.eye(n, dtype=torch.float64)
    if len(known):
        _, sizes, right = torch.linalg.svd(known, full_matrices=True)
        r = int((sizes > 1e-9 * sizes[0]).sum())
    random = torch.empty(count, n - r, dtype=torch.float64)
    if count:
        torch.nn.init.orthogonal_(random, generator=torch.Generator().manual_seed(seed))
    return torch.cat([right[:r], random @ right[r:]]).numpy()
