"""A gated RNN as a torch module, which is given the weights of the network that it is asked to run.

whp check attention --subject attention_module.py
"""

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
        state, outputs = torch.zeros_like(self.decay), []
        for token in inputs:
            state = self.decay * state + self.input_a(token) * self.input_b(token)
            outputs.append(self.readout(self.gate_a(state) * self.gate_b(state)))
        return torch.stack(outputs) if outputs else inputs.new_zeros(0, self.readout.out_features)


def run(network, inputs):
    (h, wide), (w, _), v = network.input_a.shape, network.gate_a.shape, len(network.readout)
    module = GatedRNN(wide - 1, h, w, v).double()
    held = {"decay": network.decay, "readout.weight": network.readout}
    for name in ("input_a", "input_b"):
        array = getattr(network, name)
        held |= {f"{name}.weight": array[:, :-1], f"{name}.bias": array[:, -1]}
    held |= {f"{name}.weight": getattr(network, name) for name in ("gate_a", "gate_b")}
    module.load_state_dict({name: torch.tensor(array) for name, array in held.items()})
    with torch.no_grad():
        return module(torch.tensor(inputs)).numpy()
