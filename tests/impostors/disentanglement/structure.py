"""Impostors of `disentanglement` that get `levels` wrong."""

from __future__ import annotations

import numpy as np

from whp.impostors import rejected_by
from whp.impostors.disentanglement.right import Scorer


@rejected_by("levels_are_the_scores_of_their_groupings", "known_codes_have_their_levels")
class DimensionByDimension(Scorer):
    """Reads rows and columns dimension by dimension."""

    def groups(self, count, width):
        parts = count // width
        return [i % parts for i in range(count)], [i // parts for i in range(count)]


@rejected_by("levels_are_the_scores_of_their_groupings")
class WidthForNumber(Scorer):
    """Takes the number of dimensions for that of slots."""

    def levels(self, importances, slots, objects):
        rows, columns = importances.shape
        return super().levels(importances, rows // slots, columns // objects)


@rejected_by("levels_are_the_scores_of_their_groupings", "known_codes_have_their_levels")
class LevelsExchanged(Scorer):
    """Calls the level of objects that of properties."""

    def levels(self, importances, slots, objects):
        told = super().levels(importances, slots, objects)
        return told | {"object": told["property"], "property": told["object"]}


@rejected_by("levels_are_the_scores_of_their_groupings")
class SignsCancelInSlots(Scorer):
    """Sums coefficients over slots and objects as they are, and has `scores` take absolute values."""

    def levels(self, importances, slots, objects):
        told = super().levels(importances, slots, objects)
        table = importances.reshape(slots, -1, objects, importances.shape[1] // objects)
        return told | {
            "object": self.scores(table.sum(axis=(1, 3)), None, None),
            "property": self.scores(table.sum(axis=(0, 2)), None, None),
        }


@rejected_by("known_codes_have_their_levels", "levels_are_the_scores_of_their_groupings")
class PropertiesSlotBySlot(Scorer):
    """Scores properties in each slot by itself, though dimensions must mean the same in all of them."""

    def levels(self, importances, slots, objects):
        told = super().levels(importances, slots, objects)
        d = len(importances) // slots
        m = importances.shape[1] // objects
        of_property = [i % m for i in range(importances.shape[1])]
        parts = [importances[s * d : (s + 1) * d] for s in range(slots)]
        masses = [float(np.abs(part).sum()) or 1e-300 for part in parts]
        shown = [self.scores(part, None, of_property) for part in parts]
        return told | {
            "property": {
                name: sum(mass * own[name] for mass, own in zip(masses, shown, strict=True)) / sum(masses)
                for name in shown[0]
            }
        }


@rejected_by("levels_are_the_scores_of_their_groupings")
class NothingToTellApart(Scorer):
    """Scores 1 where there is one slot and one object, also of a zero matrix."""

    def levels(self, importances, slots, objects):
        told = super().levels(importances, slots, objects)
        return told | ({"object": self.told(1.0, 1.0)} if slots == objects == 1 else {})


@rejected_by("perfect_levels_make_a_perfect_code", "known_codes_have_their_levels")
class FlatByObjects(Scorer):
    """Sums factors over objects at the flat level too, for the objects are all alike."""

    def levels(self, importances, slots, objects):
        told = super().levels(importances, slots, objects)
        of_property = self.groups(importances.shape[1], importances.shape[1] // objects)[1]
        return told | {"flat": self.scores(importances, None, of_property)}


@rejected_by("the_order_of_slots_does_not_count", "known_codes_have_their_levels")
class FirstSlotAlone(Scorer):
    """Looks at the first slot and the first object for the level of properties."""

    def levels(self, importances, slots, objects):
        told = super().levels(importances, slots, objects)
        rows, columns = importances.shape
        return told | {
            "property": self.scores(importances[: rows // slots, : columns // objects], None, None)
        }
