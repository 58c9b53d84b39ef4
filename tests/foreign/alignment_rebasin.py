"""Matches by weights with the package rebasin, on torch's linear layers: Git Re-Basin, arXiv:2209.04836.

whp check alignment --subject alignment_rebasin.py
"""

import importlib.metadata

import numpy as np
import torch
from rebasin import PermutationCoordinateDescent

whp = {"name": "rebasin", "version": importlib.metadata.version("rebasin"), "method": "weight"}


def model(network):
    layers = []
    for t, weight in enumerate(network.weights):
        linear = torch.nn.Linear(weight.shape[1], weight.shape[0], bias=network.biases is not None)
        linear.weight.data = torch.tensor(weight, dtype=torch.float32)
        if network.biases is not None:
            linear.bias.data = torch.tensor(network.biases[t], dtype=torch.float32)
        layers += [linear, torch.nn.ReLU()]
    return torch.nn.Sequential(*layers[:-1])


def match(first, second, inputs):
    torch.manual_seed(0)  # it goes through the layers in random order
    one, other = model(first), model(second)
    descent = PermutationCoordinateDescent(one, other, torch.zeros(1, inputs.shape[1]))
    descent.calculate_permutations()
    found = [np.arange(len(weight)) for weight in first.weights[:-1]]
    layers = [layer for layer in other if isinstance(layer, torch.nn.Linear)]
    for permutation, places in descent.pinit.model_graph.permutation_to_info:
        for place in places:
            for t, layer in enumerate(layers[:-1]):
                if place.module.module_b is layer and place.axis == 0:
                    found[t] = permutation.perm_indices.numpy()
    return found
