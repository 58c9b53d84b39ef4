"""Teachers in torch, in double and, as `single` and `brain`, in float32 and bfloat16.

whp check hyperteacher --subject hyperteacher_torch.py:single
"""

from __future__ import annotations

import torch

torch.set_num_threads(1)


class Torch:
    def __init__(self, dtype, precision):
        self.dtype = dtype
        self.whp = {"name": f"torch in {precision}", "precision": precision}

    def tensor(self, array):
        return torch.as_tensor(array, dtype=self.dtype)

    def generate(self, modules, code):
        return torch.einsum("m,mnh->nh", self.tensor(code), self.tensor(modules)).double().numpy()

    def apply(self, modules, readout, code, inputs):
        features = torch.einsum("bn,mnh->bmh", self.tensor(inputs), self.tensor(modules))
        units = torch.relu(torch.einsum("m,bmh->bh", self.tensor(code), features))
        scaled = self.tensor(readout) / modules.shape[1] ** 0.5
        return (units @ scaled).double().numpy()

    def sample_codes(self, masks, count, modules, continuous, seed):
        # 64 bits make the seed of a Mersenne Twister of 32 bits too few; so two generators are added up.
        low, high = (torch.Generator().manual_seed(part) for part in (seed % 2**32, seed // 2**32 + 2**33))
        active = torch.zeros(len(masks), modules, dtype=torch.bool)
        for row, mask in zip(active, masks, strict=True):
            row[mask] = True
        chosen = (
            torch.randint(len(masks), (count,), generator=low)
            + torch.randint(len(masks), (count,), generator=high)
        ) % len(masks)
        on = active[chosen].to(self.dtype)
        if not continuous:
            return (on / on.sum(dim=1, keepdim=True).sqrt()).double().numpy()
        uniform = torch.rand(count, modules, generator=low, dtype=self.dtype)
        uniform = (uniform + torch.rand(count, modules, generator=high, dtype=self.dtype)) % 1
        u = -torch.log1p(-uniform) * on
        return (on * (0.5 + 0.5 * u / (1 + u.sum(dim=1, keepdim=True)))).double().numpy()

    def inverse(self, matrix):  # LAPACK has no bfloat16
        wide = matrix if self.dtype == torch.float64 else matrix.float()
        return torch.linalg.pinv(wide, rtol=1e-10).to(self.dtype)

    def identification(self, modules, codes, student_modules, student_codes):
        from scipy.optimize import linear_sum_assignment

        fitted = self.inverse(self.tensor(student_codes)) @ self.tensor(codes)
        back = self.inverse(fitted)
        found = torch.einsum("mj,jnk->mnk", back, self.tensor(student_modules))
        mine, theirs = (each.movedim(2, 0).flatten(1) for each in (self.tensor(modules), found))
        sizes = mine.norm(dim=1)[:, None] * theirs.norm(dim=1)
        similar = (
            torch.where(sizes > 0, mine @ theirs.T / torch.where(sizes > 0, sizes, 1), 0).double().numpy()
        )
        rows, columns = linear_sum_assignment(similar, maximize=True)
        return float(similar[rows, columns].sum() / len(mine))


double, single = Torch(torch.float64, "float64"), Torch(torch.float32, "float32")
brain = Torch(torch.bfloat16, "bfloat16")
