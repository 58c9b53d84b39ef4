"""Linear attention by the plain operations of flash-linear-attention (package fla-core), on a CPU.

    whp check attention --subject attention_fla.py:chunked
    whp check attention --subject attention_fla.py:recurrent

Its packages import triton, which isn't there without a GPU; these files need torch and einops alone. The
recurrent and the gated operation compute in single precision whatever they are given, and are declared so.
"""

import importlib.util
from pathlib import Path

import torch

torch.set_num_threads(1)
(FOLDER,) = importlib.util.find_spec("fla").submodule_search_locations
CHUNK = 64  # lengths must be multiples of it


def plain(operation):
    file = Path(FOLDER) / "ops" / operation / "naive.py"
    spec = importlib.util.spec_from_file_location(f"fla_{operation}", file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


linear, gated_linear = plain("linear_attn"), plain("simple_gla")


class Attention:
    precision = "float32"

    @property
    def whp(self):
        return {"precision": self.precision}

    def attend(self, inputs, query, key, value):
        with torch.no_grad():
            projected = (torch.tensor(inputs @ each.T)[None, :, None] for each in (query, key, value))
            return self.outputs(*projected)[0, :, 0].double().numpy()


class Chunked(Attention):
    precision = "float64"

    def outputs(self, q, k, v):
        length = q.shape[1]
        padded = max(CHUNK, -(-length // CHUNK) * CHUNK)
        q, k, v = (torch.nn.functional.pad(x, (0, 0, 0, 0, 0, padded - length)) for x in (q, k, v))
        return linear.naive_chunk_linear_attn(q, k, v, scale=1.0)[:, :length]


class Recurrent(Attention):
    def outputs(self, q, k, v):
        return linear.naive_recurrent_linear_attn(q, k, v, scale=1.0)[0]


class RecurrentAsDouble(Recurrent):
    """Takes the operation at its word: double precision in, double precision out."""

    precision = "float64"


class Gated(Attention):
    def outputs(self, q, k, v):
        never = torch.zeros(q.shape[:3], dtype=q.dtype)  # the logarithm of the decay
        return gated_linear.naive_parallel_simple_gla(q, k, v, never, scale=1.0)[0]


chunked, recurrent, recurrent_as_double, gated = Chunked(), Recurrent(), RecurrentAsDouble(), Gated()
