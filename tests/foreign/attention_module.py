"""A gated RNN as a torch module, which is given the weights of the network that is to be run or trained.

Its gradient is autograd's, and torch.optim.Adam trains it. torch.nn.utils.clip_grad_norm_ divides by the norm
plus 1e-6, and float64 shows it; so that is done by hand.

whp check attention --subject attention_module.py
"""

import numpy as np
import torch

torch.set_num_threads(1)


class GatedRNN(torch.nn.Module):
    def __init__(self, d, h, w, v):
        super().__init__()
        self.decay = torch.nn.Parameter(torch.empty(h))
        self.input_a, self.input_b = torch.nn.Linear(d, h), torch.nn.Linear(d, h)
        self.gate_a, self.gate_b = torch.nn.Linear(h, w, bias=False), torch.nn.Linear(h, w, bias=False)
        self.readout = torch.nn.Linear(w, v, bias=False)

    def forward(self, inputs):
        """Take [..., T, d] to [..., T, v]."""
        state, outputs = torch.zeros_like(self.decay), []
        for token in inputs.unbind(-2) if inputs.numel() else ():
            state = self.decay * state + self.input_a(token) * self.input_b(token)
            outputs.append(self.readout(self.gate_a(state) * self.gate_b(state)))
        empty = inputs.new_zeros(*inputs.shape[:-1], self.readout.out_features)
        return torch.stack(outputs, dim=-2) if outputs else empty


def module_of(network, kind):
    (h, wide), (w, _), v = network.input_a.shape, network.gate_a.shape, len(network.readout)
    module = GatedRNN(wide - 1, h, w, v).to(kind)
    held = {"decay": network.decay, "readout.weight": network.readout}
    for name in ("input_a", "input_b"):
        array = getattr(network, name)
        held |= {f"{name}.weight": array[:, :-1], f"{name}.bias": array[:, -1]}
    held |= {f"{name}.weight": getattr(network, name) for name in ("gate_a", "gate_b")}
    module.load_state_dict({name: torch.tensor(array) for name, array in held.items()})
    return module


def network_of(module, part):
    """Return the parameters of a module, or their gradients, as a gated network."""
    own = {name: part(value).detach().double().numpy() for name, value in module.named_parameters()}
    inputs = {
        name: np.column_stack([own[f"{name}.weight"], own[f"{name}.bias"]]) for name in ("input_a", "input_b")
    }
    others = {name: own[f"{name}.weight"] for name in ("gate_a", "gate_b", "readout")}
    return {"decay": own["decay"], **inputs, **others}


def slope(value):
    return torch.zeros_like(value) if value.grad is None else value.grad


def run(network, inputs):
    with torch.no_grad():
        return module_of(network, torch.float64)(torch.tensor(inputs)).numpy()


def network_gradient(network, inputs, targets):
    module = module_of(network, torch.float64)
    lost = torch.nn.functional.mse_loss(module(torch.tensor(inputs)), torch.tensor(targets))
    lost.backward()
    return {"loss": lost.item(), "network": network_of(module, slope)}


def network_train(network, inputs, targets, rate, clip, dtype, device):
    kind = getattr(torch, dtype)
    module = module_of(network, kind).to(device)
    adam = torch.optim.Adam(module.parameters(), lr=rate)
    losses = []
    for x, wanted in zip(
        *(torch.tensor(each, dtype=kind, device=device) for each in (inputs, targets)), strict=True
    ):
        adam.zero_grad()
        lost = torch.nn.functional.mse_loss(module(x), wanted)
        lost.backward()
        if clip is not None:
            slopes = [slope(value) for value in module.parameters()]
            size = torch.linalg.vector_norm(torch.cat([each.flatten() for each in slopes]))
            for each in slopes:
                each.mul_((clip / size).clamp(max=1.0))
        adam.step()
        losses.append(lost.item())
    return {"losses": losses, "network": network_of(module.cpu(), lambda value: value)}
