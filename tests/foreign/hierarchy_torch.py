"""The cells of torch.nn, autograd and torch.optim.Adam; only the clocks and the clipping are written here.

torch.nn.utils.clip_grad_norm_ divides by the norm plus 1e-6, and float64 shows it; so that is done by hand.
"""

import torch

torch.set_default_dtype(torch.float64)


def cells(parameters, kind):
    """Return the cells of all levels, made of the parameters themselves."""
    made, level = [], 1
    while f"cell.{level}.input" in parameters:
        own = {
            "weight_ih": parameters[f"cell.{level}.input"],
            "weight_hh": parameters[f"cell.{level}.hidden"],
            "bias_ih": parameters[f"cell.{level}.bias"],
        }
        gated = f"cell.{level}.bias_hidden" in parameters
        own["bias_hh"] = (
            parameters[f"cell.{level}.bias_hidden"] if gated else torch.zeros_like(own["bias_ih"])
        )
        layer = torch.nn.GRUCell if gated else torch.nn.RNNCell
        cell = layer(own["weight_ih"].shape[1], own["weight_hh"].shape[1], dtype=kind)
        made.append(lambda u, s, cell=cell, own=own: torch.func.functional_call(cell, own, (u, s)))
        level += 1
    return made


def affine(parameters, name, x):
    return torch.nn.functional.linear(x, parameters[f"{name}.weight"], parameters[f"{name}.bias"])


def run(parameters, inputs, k, cut):
    """Return logits, and the blocks of each level: last states and what they heard."""
    layers = cells(parameters, inputs.dtype)
    start = torch.zeros(inputs.shape[1], parameters["out.weight"].shape[1], dtype=inputs.dtype)
    states, heard, logits = [start] * len(layers), [[] for _ in layers], []
    blocks = [[] for _ in layers[1:]]
    for t, x in enumerate(inputs, start=1):
        message = x
        ticking = [level for level in range(len(layers)) if t % k**level == 0]
        for level in ticking:
            states[level] = layers[level](message, states[level])
            heard[level].append(message)
            if level == 0:
                logits.append(affine(parameters, "out", states[0]))
            if level + 1 < len(layers) and t % k ** (level + 1) == 0:
                blocks[level].append((states[level], heard[level]))
                heard[level] = []
                message = states[level].detach() if cut else states[level]
        for level in reversed(ticking):
            if level + 1 < len(layers) and t % k ** (level + 1) == 0:
                states[level] = affine(parameters, f"down.{level + 1}", states[level + 1])
    return logits, blocks


def loss(parameters, inputs, targets, k, cut, weights, decoder):
    logits, blocks = run(parameters, inputs, k, cut)
    lost = inputs.new_zeros(())
    if (targets >= 0).any():
        lost = torch.nn.functional.cross_entropy(
            torch.stack(logits).flatten(0, 1), targets.flatten(), ignore_index=-1
        )
    for level, (weight, own) in enumerate(zip(weights.tolist(), blocks, strict=True), start=1):
        parts = []
        for state, heard in own:
            told = affine(parameters, f"decode.{level}", state).unflatten(1, (k, -1))
            wanted = torch.stack(heard, dim=1).detach()
            if level == 1 and decoder == "softmax":
                parts.append(torch.nn.functional.cross_entropy(told.flatten(0, 1), wanted.flatten(0, 1)))
            else:
                parts.append(torch.nn.functional.mse_loss(told, wanted))
        if parts:
            lost = lost + weight * torch.stack(parts).mean()
    return lost


def tensors(parameters, kind=torch.float64):
    return {name: torch.tensor(value, dtype=kind, requires_grad=True) for name, value in parameters.items()}


def slope(tensor):
    return torch.zeros_like(tensor) if tensor.grad is None else tensor.grad


def forward(parameters, inputs, period):
    with torch.no_grad():
        logits, blocks = run(tensors(parameters), torch.from_numpy(inputs), period, True)
    nothing = torch.zeros(0, inputs.shape[1], parameters["out.weight"].shape[1])
    sent = [torch.stack([state for state, _ in own]) if own else nothing for own in blocks]
    return {"logits": torch.stack(logits), "messages": sent}


def gradient(parameters, inputs, targets, period, cut, weights, decoder):
    own, x = tensors(parameters), torch.tensor(inputs, requires_grad=True)
    lost = loss(own, x, torch.from_numpy(targets), period, cut, weights, decoder)
    if lost.requires_grad:
        lost.backward()
    slopes = {name: slope(value) for name, value in own.items()}
    return {"loss": lost.item(), "parameters": slopes, "inputs": slope(x)}


def train(parameters, inputs, targets, period, cut, weights, decoder, rate, clip, dtype, device):
    kind = getattr(torch, dtype)
    own = tensors(parameters, kind)
    adam = torch.optim.Adam(own.values(), lr=rate)
    losses = []
    for x, wanted in zip(torch.from_numpy(inputs).to(kind), torch.from_numpy(targets), strict=True):
        adam.zero_grad()
        lost = loss(own, x, wanted, period, cut, weights, decoder)
        lost.backward()
        for value in own.values():
            value.grad = slope(value)
        if clip is not None:
            size = torch.linalg.vector_norm(torch.cat([value.grad.flatten() for value in own.values()]))
            for value in own.values():
                value.grad *= (clip / size).clamp(max=1.0)
        adam.step()
        losses.append(lost.item())
    return {"losses": losses, "parameters": {name: value.detach() for name, value in own.items()}}
