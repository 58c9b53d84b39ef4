"""Impostors of `hyperteacher` that get `student_gradient` or `student_train` wrong."""

from __future__ import annotations

import numpy as np

from whp.impostors import rejected_by, trained
from whp.impostors.tape import Node, go_back, total
from whp.reference import hyperteacher

LOSS, SLOPES = "losses_of_students_are_mean_squared_errors", "gradients_of_students_are_those_of_the_loss"
ALONG, BATCH = "gradients_of_students_give_the_slope_of_the_loss", "tasks_of_a_batch_count_alike"
FIRST, COURSE = trained.FIRST, trained.COURSE


def shaped(x, shape):
    return Node(x.value.reshape(shape), (x, lambda g: g.reshape(x.value.shape)))


def row(x, t):
    """Return a row of a matrix, as a matrix."""

    def back(g):
        whole = np.zeros_like(x.value)
        whole[t] = g[0]
        return whole

    return Node(x.value[t : t + 1], (x, back))


class Learner(trained.Trained):
    """The gradient and the training of students, right, task by task; an impostor changes one thing."""

    # The student

    def product(self, x, weight):
        return Node(
            self.dot(x.value, weight.value),
            (x, lambda g: self.dot(g, weight.value.T)),
            (weight, lambda g: self.dot(x.value.T, g)),
        )

    def told(self, s, t, inputs):
        """Return the outputs of one task, [B, o]."""
        units = self.relu(self.product(Node(inputs), self.weights(s, t)) * self.scale(inputs.shape[1]))
        return self.product(units, s["readout"])

    def weights(self, s, t):
        count, n, g = s["modules"].value.shape
        return shaped(self.product(self.code(s, t), shaped(s["modules"], (count, n * g))), (n, g))

    def code(self, s, t):
        return row(s["codes"], t)

    def scale(self, n):
        return float(n) ** -0.5

    def relu(self, x):
        on = x.value > 0
        return Node(x.value * on, (x, lambda g: g * self.through(on)))

    def through(self, on):
        return on

    # Its loss

    def loss(self, s, inputs, targets):
        lost = Node(np.zeros((), inputs.dtype))
        for t, (x, wanted) in enumerate(zip(inputs, targets, strict=True)):
            off = self.told(s, t, x) - Node(wanted)
            lost = lost + total(off * off) * (1 / self.count(*targets.shape))
        return lost

    def count(self, tasks, batch, outputs):
        return tasks * batch * outputs

    def slopes(self, student, inputs, targets):
        s = {name: Node(array) for name, array in student.items()}
        lost = self.loss(s, inputs, targets)
        go_back(lost)
        found = {name: np.zeros_like(x.value) if x.slope is None else x.slope for name, x in s.items()}
        return float(lost.value), found

    # The operations

    def student_gradient(self, student, inputs, targets):
        loss, found = self.slopes(vars(student), inputs, targets)
        return {"loss": loss, "student": found}

    def student_train(self, student, inputs, targets, rate, clip, dtype, device):
        losses, last = self.descend(self.slopes, vars(student), inputs, targets, rate, clip, dtype)
        return {"losses": losses, "student": last}


# Right ones with other rounding errors


class LearnerBackwards(trained.SumsBackwards, Learner):
    """Sums from the last product to the first."""


class LearnerLongSums(trained.LongSums, Learner):
    """Multiplies in the precision that is asked for, and sums in float64."""


class LearnerReversed(Learner):
    """Takes the tasks, and the inputs of each, from the last to the first."""

    def slopes(self, student, inputs, targets):
        turned = {**student, "codes": student["codes"][::-1]}
        loss, found = super().slopes(turned, inputs[::-1, ::-1], targets[::-1, ::-1])
        return loss, {**found, "codes": found["codes"][::-1]}


class LearnerBeforehand(Learner):
    """Puts each input through every module, and adds up what comes of that; the scale is the readout's."""

    def told(self, s, t, inputs):
        count, n, g = s["modules"].value.shape
        mixed, code = None, self.code(s, t)
        for m in range(count):
            module = shaped(row(shaped(s["modules"], (count, n * g)), m), (n, g))
            here = self.product(self.product(Node(inputs), module), self.diagonal(code, m, g))
            mixed = here if mixed is None else mixed + here
        return self.product(self.relu(mixed), s["readout"] * self.scale(n))

    def diagonal(self, code, m, g):
        def back(slope):
            whole = np.zeros_like(code.value)
            whole[0, m] = np.trace(slope)
            return whole

        return Node(code.value[0, m] * np.eye(g, dtype=code.value.dtype), (code, back))


# Training: its arithmetic, Adam and clipping, by mistakes that are made with any model


vars().update(trained.mistaken(Learner))


@rejected_by("without_a_gradient_nothing_moves", verdict="broken")
class NormalisesFirst(trained.NormalisesFirst, Learner):
    """Divides the gradient by its norm before it multiplies, so that 0 becomes 0 / 0."""


# The loss


@rejected_by(LOSS, SLOPES, ALONG)
class SumsOverOutputs(Learner):
    """Takes the mean over tasks and inputs of the sum over outputs."""

    def count(self, tasks, batch, outputs):
        return tasks * batch


@rejected_by(LOSS, SLOPES, BATCH)
class SumsOverTasks(Learner):
    """Adds up the losses of tasks."""

    def count(self, tasks, batch, outputs):
        return batch * outputs


@rejected_by(LOSS, SLOPES, ALONG)
class HalfTheSquare(Learner):
    """Takes half the squared error, whose slope is the error."""

    def count(self, tasks, batch, outputs):
        return 2 * tasks * batch * outputs


@rejected_by(LOSS, SLOPES, FIRST, COURSE)
class LearnerWithoutScale(Learner):
    """Doesn't divide by the root of n."""

    def scale(self, n):
        return 1.0


@rejected_by(LOSS, SLOPES, COURSE)
class TasksMixedUp(Learner):
    """Gives a task the code of the next."""

    def code(self, s, t):
        return row(s["codes"], (t + 1) % len(s["codes"].value))


@rejected_by(LOSS, BATCH)
class OneCodeForAll(Learner):
    """Takes the mean of the codes for each of them."""

    def slopes(self, student, inputs, targets):
        mean = np.broadcast_to(student["codes"].mean(axis=0), student["codes"].shape)
        return super().slopes({**student, "codes": mean}, inputs, targets)


@rejected_by(BATCH, LOSS)
class CentersOverTheBatch(Learner):
    """Takes the mean over tasks off the inputs, as batch normalisation does when it is left in training."""

    def slopes(self, student, inputs, targets):
        return super().slopes(student, inputs - inputs.mean(axis=0), targets)


@rejected_by(LOSS, SLOPES)
class WholeBlocksAlone(Learner):
    """Goes through the inputs of a task in blocks of 16, and leaves out what is no full one."""

    def slopes(self, student, inputs, targets):
        full = inputs.shape[1] // 16 * 16 or inputs.shape[1]
        return super().slopes(student, inputs[:, :full], targets[:, :full])


# The gradient


@rejected_by(SLOPES, ALONG, COURSE)
class ReluIsPassedThrough(Learner):
    """Forgets the slope of the ReLU on the way back."""

    def through(self, on):
        return np.ones_like(on)


@rejected_by(SLOPES, ALONG, FIRST, COURSE)
class ScaleForgottenOnTheWayBack(Learner):
    """Divides by the root of n on the way forth alone."""

    def told(self, s, t, inputs):
        there, root = self.product(Node(inputs), self.weights(s, t)), self.scale(inputs.shape[1])
        scaled = Node(there.value * root, (there, lambda g: g))
        return self.product(self.relu(scaled), s["readout"])


class Forgetful(Learner):
    """Leaves a part of the gradient at zero."""

    def slopes(self, student, inputs, targets):
        loss, found = super().slopes(student, inputs, targets)
        self.forget(found)
        return loss, found

    def forget(self, found):
        pass


@rejected_by(SLOPES, ALONG, FIRST, COURSE)
class CodesNotTrained(Forgetful):
    """Takes the codes for constants."""

    def forget(self, found):
        found["codes"][...] = 0


@rejected_by(SLOPES, ALONG, FIRST, COURSE)
class ReadoutNotTrained(Forgetful):
    """Takes the readout for a constant."""

    def forget(self, found):
        found["readout"][...] = 0


@rejected_by(SLOPES, BATCH, COURSE)
class CodesByTheirTaskAlone(Forgetful):
    """Gives a code the gradient of the loss of its task, which counts as one of several."""

    def forget(self, found):
        found["codes"] *= len(found["codes"])


@rejected_by(SLOPES, BATCH, COURSE)
class OneStepForAllCodes(Forgetful):
    """Gives every code the mean of the codes' gradients."""

    def forget(self, found):
        found["codes"][...] = found["codes"].mean(axis=0)


@rejected_by(SLOPES, FIRST)
class LearnerSingle(trained.SingleUnderDouble, Learner):
    """Computes in float32, and calls it float64."""

    def student_gradient(self, student, inputs, targets):
        single = {name: array.astype(np.float32) for name, array in vars(student).items()}
        loss, found = self.slopes(single, inputs.astype(np.float32), targets.astype(np.float32))
        return {"loss": loss, "student": found}


# Training


@rejected_by(FIRST, COURSE)
class LearnerDropsUnits(Learner):
    """Drops a tenth of the hidden units in training, with a mask of its own."""

    training = False

    def student_train(self, *asked, **named):
        self.training = True
        try:
            return super().student_train(*asked, **named)
        finally:
            self.training = False

    def relu(self, x):
        units = super().relu(x)
        if not self.training:
            return units
        mask = (np.random.default_rng(units.value.size).random(units.value.shape) > 0.1) / 0.9
        return units * Node(mask.astype(units.value.dtype))


@rejected_by(COURSE, FIRST)
class CodesOfNormOne(Learner):
    """Brings codes to a length of 1 after each update."""

    def descend(self, gradient, parameters, *rest):
        self.codes = parameters["codes"].shape
        return super().descend(gradient, parameters, *rest)

    def stepped(self, value, m, v, update, rate):
        made = super().stepped(value, m, v, update, rate)
        return made / np.linalg.norm(made, axis=1, keepdims=True) if made.shape == self.codes else made


@rejected_by(COURSE)
class CodesBegunAnew(Learner):
    """Infers the codes anew from where they start in each batch: what they learned is lost."""

    def descend(self, gradient, parameters, *rest):
        def anew(now, *batch):
            now["codes"][...] = parameters["codes"]
            return gradient(now, *batch)

        return super().descend(anew, parameters, *rest)


# All operations


@rejected_by("one_question_has_one_answer")
class ScaleGrowsWithUse(Learner):
    """Keeps a scale of its own, which each gradient makes larger."""

    used = 0

    def student_gradient(self, student, inputs, targets):
        self.used += 1
        return super().student_gradient(student, inputs, targets)

    def scale(self, n):
        return super().scale(n) * (1 + 1e-3 * self.used)


@rejected_by("arguments_stay_untouched")
class TrainsInPlace(Learner):
    """Trains the caller's own student."""

    def student_train(self, student, *asked, **named):
        done = super().student_train(student, *asked, **named)
        for name, value in done["student"].items():
            getattr(student, name)[...] = value
        return done


# Training, as a population: the reference's own training, asked something else


@rejected_by("float32_trains_as_well_as_float64")
class RateOverTheBatch:
    """Divides the rate by the number of inputs, for sums of gradients where there are means."""

    def student_train(self, **asked):
        return hyperteacher.student_train(
            **{**asked, "rate": asked["rate"] / (asked["inputs"].shape[1] * asked["inputs"].shape[2])}
        )
