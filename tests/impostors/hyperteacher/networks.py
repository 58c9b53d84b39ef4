"""Impostors of `hyperteacher` that get `generate` or `apply` wrong."""

from __future__ import annotations

import math

import numpy as np

from whp.impostors import rejected_by
from whp.impostors.hyperteacher.right import Modular

# generate


@rejected_by("weights_are_the_sum_of_modules", "outputs_are_those_of_the_teacher")
class LosesTheLastModule(Modular):
    """Stops before the last module."""

    def combined(self, modules, gates):
        return super().combined(modules[: max(len(modules) - 1, 1)], gates[: max(len(gates) - 1, 1)])


@rejected_by("weights_are_linear_in_the_code", "outputs_scale_with_code_and_inputs")
class NormalisesTheCode(Modular):
    """Scales the code to norm 1 before it is used."""

    def gates(self, code):
        norm = float(np.linalg.norm(code)) or 1.0
        return [z / norm for z in code]


@rejected_by("weights_are_linear_in_the_code", "outputs_scale_with_code_and_inputs")
class SoftGates(Modular):
    """Puts the code through a softmax, as a mixture of experts does."""

    def gates(self, code):
        likely = np.exp(code - code.max())
        return (likely / likely.sum()).tolist()


@rejected_by("weights_are_linear_in_the_code", "weights_are_the_sum_of_modules")
class SquashedCode(Modular):
    """Has a generator that isn't linear."""

    def gates(self, code):
        return np.tanh(code).tolist()


@rejected_by("weights_are_linear_in_the_code", "modules_may_be_mixed")
class StrongestModuleAlone(Modular):
    """Uses the module of the largest entry and no other."""

    def gates(self, code):
        return np.where(np.arange(len(code)) == np.abs(code).argmax(), code, 0).tolist()


@rejected_by("modules_may_be_mixed", "weights_are_the_sum_of_modules")
class FirstModuleTwice(Modular):
    """Adds the first module once more, as a shared one."""

    def gates(self, code):
        return [2 * code[0], *code[1:]]


@rejected_by("weights_are_the_sum_of_modules", "outputs_are_those_of_the_teacher")
class SingleUndeclared(Modular):
    """Adds in single precision, and doesn't say so."""

    def generate(self, modules, code):
        return np.tensordot(code.astype(np.float32), modules.astype(np.float32), axes=1).tolist()


# apply


@rejected_by("outputs_are_those_of_the_teacher")
class LastBlockLost(Modular):
    """Answers inputs in blocks of 64, of which the last, if it isn't full, stays 0."""

    def apply(self, modules, readout, code, inputs):
        outputs, full = super().apply(modules, readout, code, inputs), len(inputs) // 64 * 64
        outputs[full or len(inputs) :] = 0
        return outputs


@rejected_by(
    "outputs_are_those_of_the_teacher",
    "opposites_add_up_to_absolute_values",
)
class NoRelu(Modular):
    """Forgets the ReLU: the teacher is linear."""

    def unit(self, value):
        return value


@rejected_by("opposite_inputs_differ_by_a_linear_map", "outputs_are_those_of_the_teacher")
class ReluOfTheWeights(Modular):
    """Has the ReLU on the weights, in place of the hidden units."""

    def columns(self, weights, h):
        return super().columns(np.maximum(weights, 0).tolist(), h)

    def unit(self, value):
        return value


@rejected_by("opposite_inputs_differ_by_a_linear_map")
class AbsoluteUnits(Modular):
    """Takes absolute values of hidden units."""

    def unit(self, value):
        return abs(value)


@rejected_by("opposite_inputs_differ_by_a_linear_map", "opposites_add_up_to_absolute_values")
class LeakyUnits(Modular):
    """Lets a hundredth of what is negative through."""

    def unit(self, value):
        return value if value > 0 else value / 100


@rejected_by("opposite_inputs_differ_by_a_linear_map")
class OutputsCut(Modular):
    """Has a ReLU on the outputs as well."""

    def out(self, value):
        return max(value, 0.0)


@rejected_by("outputs_are_those_of_the_teacher", "outputs_have_the_variance_of_the_code")
class NoScale(Modular):
    """Doesn't divide by sqrt(n)."""

    def scale(self, n):
        return 1.0


@rejected_by("outputs_are_those_of_the_teacher", "outputs_have_the_variance_of_the_code")
class DividesByN(Modular):
    """Divides by n."""

    def scale(self, n):
        return 1 / n


@rejected_by("outputs_scale_with_code_and_inputs")
class ReadoutOfTheTask(Modular):
    """Scales the readout by the code too, as when every layer is generated."""

    def reads(self, readout, code):
        return (readout * float(np.abs(code).sum())).tolist()


@rejected_by("outputs_scale_with_code_and_inputs", "outputs_are_those_of_the_teacher")
class Biased(Modular):
    """Adds a bias to each hidden unit."""

    def unit(self, value):
        return max(value + 0.1, 0.0)


@rejected_by("inputs_are_answered_apart")
class CentresTheBatch(Modular):
    """Takes the mean off the inputs of a batch."""

    def seen(self, inputs):
        return (inputs - inputs.mean(axis=0)).tolist() if len(inputs) else []


@rejected_by("hidden_units_have_no_names")
class UnitsOfNormOne(Modular):
    """Scales the weights of each hidden unit to norm 1."""

    def columns(self, weights, h):
        columns = super().columns(weights, h)
        return [[w / (math.hypot(*column) or 1) for w in column] for column in columns]


@rejected_by("hidden_units_have_no_names")
class EqualUnitsOnce(Modular):
    """Counts hidden units of equal weights once."""

    def columns(self, weights, h):
        columns = super().columns(weights, h)
        return [
            column if column not in columns[:k] else [0.0] * len(column) for k, column in enumerate(columns)
        ]


@rejected_by("hidden_units_have_no_names")
class FirstUnitIsABias(Modular):
    """Takes the first hidden unit for a bias, which has no ReLU."""

    def apply(self, modules, readout, code, inputs):
        plain, before = (
            super().apply(modules, readout, code, inputs),
            inputs @ np.array(self.generate(modules, code)),
        )
        return plain + np.minimum(before[:, :1], 0) / math.sqrt(modules.shape[1]) * readout[:1]
