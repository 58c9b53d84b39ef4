"""Linear attention and gated networks by torch expressions, in four precisions.

    whp check attention --subject attention_torch.py:double
    whp check attention --subject attention_torch.py:single

The compact network of `double` is another than that of the reference: it keeps the past in other coordinates.
"""

import math

import torch

torch.set_num_threads(1)

NETWORK = "decay", "input_a", "input_b", "gate_a", "gate_b", "readout"


class Torch:
    """Everything in one precision, outputs of attention by one masked product of all pairs of tokens."""

    def __init__(self, precision):
        self.whp = {"name": f"torch, {precision}", "precision": precision}
        self.kind = getattr(torch, precision)

    def read(self, *arrays):
        return [torch.tensor(array, dtype=self.kind) for array in arrays]

    def told(self, tensor):
        return tensor.detach().to(torch.float64).numpy()

    def outputs(self, inputs, query, key, value):
        queries, keys, values = inputs @ query.T, inputs @ key.T, inputs @ value.T
        return torch.tril(queries @ keys.T) @ values

    def attend(self, inputs, query, key, value):
        return self.told(self.outputs(*self.read(inputs, query, key, value)))

    def vjp(self, inputs, query, key, value, cotangent):
        *arguments, cotangent = self.read(inputs, query, key, value, cotangent)
        for each in arguments:
            each.requires_grad_(True)
        found = torch.autograd.grad(self.outputs(*arguments), arguments, cotangent)
        return dict(zip(("inputs", "query", "key", "value"), map(self.told, found), strict=True))

    def construct(self, query, key, value, compact):
        query, key, value = self.read(query, key, value)
        made = self.turned(query, key, value) if compact else self.outer(query, key, value)
        return {name: self.told(array) for name, array in made.items()}

    def outer(self, query, key, value):
        """Count neurons by columns, scale them, and let the query come first."""
        (k, d), v = key.shape, len(value)
        zeros = torch.zeros
        pairs = [(i, j) for j in range(k) for i in range(v)]
        decay, gate_a, gate_b = zeros(k + v * k), zeros(v * k, k + v * k), zeros(v * k, k + v * k)
        input_a, input_b = zeros(2, k + v * k, d + 1, dtype=self.kind)
        input_a[:k, d], input_b[:k, :d] = 1, query
        readout = zeros(v, v * k)
        for o, (i, j) in enumerate(pairs):
            decay[k + o] = 1
            input_a[k + o, :d], input_b[k + o, :d] = 4 * value[i], key[j] / 2
            gate_a[o, j], gate_b[o, k + o], readout[i, o] = 1, 1, 0.5
        return {
            "decay": decay,
            "input_a": input_a,
            "input_b": input_b,
            "gate_a": gate_a,
            "gate_b": gate_b,
            "readout": readout,
        }

    def turned(self, query, key, value):
        """Keep the products of pairs of coordinates that are turned: C' = G C G^T for orthogonal G."""
        d = key.shape[1]
        generator = torch.Generator().manual_seed(d)
        turn = torch.linalg.qr(torch.randn(d, d, generator=generator, dtype=torch.float64))[0].to(self.kind)
        pairs = torch.combinations(torch.arange(d), with_replacement=True).tolist()
        held, h = len(pairs), len(pairs) + d
        place = {pair: n for n, (i, j) in enumerate(pairs) for pair in ((i, j), (j, i))}
        decay = torch.tensor([1.0] * held + [0.0] * d, dtype=self.kind)
        input_a, input_b = torch.zeros(2, h, d + 1, dtype=self.kind)
        for n, (i, j) in enumerate(pairs):
            input_a[n, :d], input_b[n, :d] = turn[i], turn[j]
        input_a[held:, :d], input_b[held:, d] = turn @ (key.T @ query), 1
        gate_a, gate_b = torch.zeros(2, d * d, h, dtype=self.kind)
        adds = torch.zeros(d, d * d, dtype=self.kind)
        for i in range(d):
            for j in range(d):
                gate_a[i * d + j, place[i, j]], gate_b[i * d + j, held + j], adds[i, i * d + j] = 1, 1, 1
        return {
            "decay": decay,
            "input_a": input_a,
            "input_b": input_b,
            "gate_a": gate_a,
            "gate_b": gate_b,
            "readout": value @ turn.T @ adds,
        }

    def run(self, network, inputs):
        *arrays, inputs = self.read(*(getattr(network, name) for name in NETWORK), inputs)
        return self.told(self.gated(*arrays, inputs))

    def gated(self, decay, input_a, input_b, gate_a, gate_b, readout, inputs):
        augmented = torch.nn.functional.pad(inputs, (0, 1), value=1)
        states = (augmented @ input_a.T) * (augmented @ input_b.T)
        powers = decay.expand_as(states).clone()
        for step in range(math.ceil(math.log2(max(len(inputs), 1)))):  # a parallel scan (Hillis, Steele)
            back = 2**step
            states = torch.cat([states[:back], states[back:] + powers[back:] * states[:-back]])
            powers = torch.cat([powers[:back], powers[back:] * powers[:-back]])
        return ((states @ gate_a.T) * (states @ gate_b.T)) @ readout.T

    def network_gradient(self, network, inputs, targets):
        *arrays, inputs, targets = self.read(*(getattr(network, name) for name in NETWORK), inputs, targets)
        for each in arrays:
            each.requires_grad_(True)
        outputs = torch.stack([self.gated(*arrays, sequence) for sequence in inputs])
        loss = (outputs - targets).square().mean()
        found = torch.autograd.grad(loss, arrays, materialize_grads=True)
        return {"loss": loss.item(), "network": dict(zip(NETWORK, map(self.told, found), strict=True))}

    def predict(self, inputs, targets, query, rate):
        inputs, targets, query = self.read(inputs, targets, query)
        weights = torch.zeros(targets.shape[1], inputs.shape[1], dtype=self.kind, requires_grad=True)
        loss = ((inputs @ weights.T - targets) ** 2).sum() / 2
        (slope,) = torch.autograd.grad(loss, weights)
        return self.told(-rate * slope @ query)


double, single, brain, half = map(Torch, ("float64", "float32", "bfloat16", "float16"))
