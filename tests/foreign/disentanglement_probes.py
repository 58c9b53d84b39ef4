"""Importances by other probes than the reference's: the lasso, and boosted trees of three packages.

whp check disentanglement --subject disentanglement_probes.py:Lasso
"""

import numpy as np
from sklearn.ensemble import GradientBoostingRegressor
from sklearn.linear_model import Lasso as SparseRegression
from sklearn.preprocessing import StandardScaler


def columns_to_one(weights):
    sums = weights.sum(axis=0)
    return weights / np.where(sums > 0, sums, 1)


class Lasso:
    """Absolute coefficients on standardised data, as in the first paper on such scores."""

    def importances(self, latents, factors, seed):
        varies = np.ptp(latents, axis=0) > 0  # else what is left of a constant is rounding, and is scaled up
        inputs, targets = StandardScaler().fit_transform(latents), StandardScaler().fit_transform(factors)
        fitted = SparseRegression(alpha=0.02).fit(inputs * varies, targets)
        return columns_to_one(np.abs(np.atleast_2d(fitted.coef_)).T)


class Boosting:
    """Importances of gradient boosted trees, one ensemble a factor."""

    def importances(self, latents, factors, seed):
        columns = [
            self.trees(seed % 2**31).fit(latents, factor).feature_importances_.astype(float)
            for factor in factors.T
        ]
        return columns_to_one(np.stack(columns, axis=1))

    def trees(self, seed):
        return GradientBoostingRegressor(n_estimators=30, random_state=seed)


class Xgboost(Boosting):
    def trees(self, seed):
        import xgboost

        return xgboost.XGBRegressor(n_estimators=30, max_depth=3, random_state=seed, n_jobs=1)


class Lightgbm(Boosting):
    def trees(self, seed):
        import lightgbm

        small = {"n_estimators": 30, "min_child_samples": 3, "n_jobs": 1, "verbose": -1}
        return lightgbm.LGBMRegressor(importance_type="gain", random_state=seed, **small)
