"""DCI scores of released packages: disent, disentanglement_lib, latentverse.

Each adds a small number to what it divides by or takes the logarithm of, so that scores depend on the scale
of importances: that of an identity matrix times 1e-9 is 0.92 for the first two. Functions are taken out of
the installed source, for importing the packages wants TensorFlow, Lightning and more:

    pip install --no-deps disent && whp check disentanglement --subject disentanglement_dci.py:Disent
"""

import ast
from importlib.metadata import distribution

import numpy as np
import scipy.stats


class Package:
    """Sums over groups here, and has the package score the sums."""

    def __init__(self):
        installed = distribution(self.package)
        tree = ast.parse(installed.locate_file(self.file).read_text())
        tree.body = [node for node in tree.body if getattr(node, "name", None) in self.functions]
        self.defined = {"np": np, "scipy": scipy}
        exec(compile(tree, self.file, "exec"), self.defined)
        self.whp = {"name": self.package, "version": installed.version}

    def scores(self, importances, latent_groups, factor_groups):
        sums = np.abs(importances)
        for groups in (latent_groups, factor_groups):
            if groups is not None:
                sums = np.stack([sums[groups == label].sum(axis=0) for label in range(groups.max() + 1)])
            sums = sums.T
        disentanglement, completeness = (self.defined[name](sums) for name in self.functions[:2])
        return {"disentanglement": disentanglement, "completeness": completeness}


class Disent(Package):
    package, file = "disent", "disent/metrics/_dci.py"
    functions = (
        "_disentanglement",
        "_completeness",
        "_disentanglement_per_code",
        "_completeness_per_factor",
    )


class DisentanglementLib(Package):
    package, file = "disentanglement-lib", "disentanglement_lib/evaluation/metrics/dci.py"
    functions = (
        "disentanglement",
        "completeness",
        "disentanglement_per_code",
        "completeness_per_factor",
    )


class Latentverse(Package):
    package, file = "latentverse", "latentverse/evaluations/disentanglement.py"
    functions = (
        "dci_disentanglement_multifactor",
        "dci_completeness_multifactor",
        "_entropy_normalized",
    )
