"""The alignment of networks in torch, in double precision and in single, which it declares.

whp check alignment --subject alignment_torch.py:single
"""

from types import SimpleNamespace

import numpy as np
import torch
from scipy.optimize import linear_sum_assignment

torch.set_num_threads(1)  # of matrices this small, more threads take longer


class Torch:
    def __init__(self, kind, name):
        self.kind, self.whp = (
            kind,
            {
                "name": f"torch, {name}",
                "version": torch.__version__,
                "precision": name,
                "method": "activation",
            },
        )

    def tensor(self, values):
        return torch.tensor(values, dtype=self.kind)

    def read(self, network):
        weights, biases = network.weights, network.biases
        shifts = [torch.zeros(len(w), dtype=self.kind) for w in weights] if biases is None else biases
        return [
            (self.tensor(w), torch.as_tensor(b, dtype=self.kind))
            for w, b in zip(weights, shifts, strict=True)
        ]

    def forward(self, network, inputs):
        signal, hidden = self.tensor(inputs), []
        for t, (weight, bias) in enumerate(self.read(network)):
            if t > 0:
                signal = torch.relu(signal)
                hidden.append(signal)
            signal = torch.nn.functional.linear(signal, weight, bias)
        return {"logits": signal, "hidden": hidden}

    def match_layer(self, first, second):
        one, other = (torch.as_tensor(columns, dtype=self.kind) for columns in (first, second))
        if not len(one):
            return np.arange(one.shape[1])
        unit = [torch.nn.functional.normalize(columns, dim=0, eps=1e-30) for columns in (one, other)]
        return linear_sum_assignment((unit[0].T @ unit[1]).numpy(), maximize=True)[1]

    def match(self, first, second, inputs):
        pairs = (self.forward(network, inputs)["hidden"] for network in (first, second))
        return [self.match_layer(one, other) for one, other in zip(*pairs, strict=True)]

    def permute(self, network, permutations):
        rows = [*permutations, range(len(network.weights[-1]))]
        columns = [range(network.weights[0].shape[1]), *permutations]
        moved = [
            (weight[list(p)][:, list(q)], bias[list(p)])
            for (weight, bias), p, q in zip(self.read(network), rows, columns, strict=True)
        ]
        return self.written(moved, network.biases)

    def interpolate(self, first, second, weight):
        pairs = zip(self.read(first), self.read(second), strict=True)
        mixed = [
            tuple(weight * a + (1 - weight) * b for a, b in zip(one, other, strict=True))
            for one, other in pairs
        ]
        return self.written(mixed, first.biases)

    def written(self, layers, biases):
        weights, shifts = zip(*layers, strict=True)
        return SimpleNamespace(weights=weights, biases=None if biases is None else shifts)

    def barrier(self, losses, weights):
        loss, weight = self.tensor(losses), self.tensor(weights)
        return float((loss - torch.lerp(loss[0], loss[-1], weight)).max())


double = Torch(torch.float64, "float64")
single = Torch(torch.float32, "float32")
