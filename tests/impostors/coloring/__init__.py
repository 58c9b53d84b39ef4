"""Wrong implementations of the recolouring process, each with one fault that people do make.

An impostor replaces one part of the right process; its docstring says which mistake that is.
"""

# ruff: noqa: F403, I001 # the impostors of each module, in the order of the contract

from __future__ import annotations

from whp.impostors.coloring.runs import *
from whp.impostors.coloring.asked import *
from whp.impostors.coloring.laws import *
