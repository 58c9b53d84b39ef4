"""Linear attention by the plain torch operations of the package efficient-linear-decoding, on a CPU.

    pip install --no-deps efficient-linear-decoding
    whp check attention --subject attention_decoding.py:blocks

The package itself wants a GPU to be imported; these files of it need torch alone.
"""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import torch

torch.set_num_threads(1)
PACKAGE = "efficient_linear_decoding"
(FOLDER,) = importlib.util.find_spec(PACKAGE).submodule_search_locations
for name, folder in ((PACKAGE, Path(FOLDER)), (f"{PACKAGE}.methods", Path(FOLDER) / "methods")):
    sys.modules[name] = ModuleType(name)  # in place of what its __init__ would import
    sys.modules[name].__path__ = [str(folder)]


class Attention:
    def __init__(self, name):
        operation = getattr(importlib.import_module(f"{PACKAGE}.methods.{name}"), name)
        self.outputs = getattr(operation, "apply", operation)

    def attend(self, inputs, query, key, value):
        projected = (torch.tensor(inputs @ each.T)[None, None] for each in (query, key, value))
        return self.outputs(*projected)[0, 0].numpy()


masked, blocks, rows = Attention("linear_attn"), Attention("BlockBased"), Attention("RowBased")
halves, columns = Attention("Recursion"), Attention("FleetAttention")
