"""What a person would want to see of the evidence for a claim; nothing is decided here.

A panel draws itself on the axes of a matplotlib figure. Its colours are names for roles, which the page that
holds it replaces by those of its own light and dark schemes.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial, singledispatch
from typing import Any

import numpy as np

from whp.statistical.decisions.bets import Bets
from whp.statistical.decisions.cdfs import Cdfs
from whp.statistical.decisions.chernoff import MeansOfLaws, mean_of
from whp.statistical.decisions.coins import Coins
from whp.statistical.decisions.comparisons import Band, Comparisons, Pair
from whp.statistical.decisions.independence import Independents
from whp.statistical.decisions.laws import Bins, Laws
from whp.statistical.decisions.means import Means
from whp.statistical.decisions.plan import Deciding, Evidence, FixedSize, Floats, prefixes
from whp.statistical.decisions.walk import lines

CLAIMED, SEEN, REFUTING, RIVAL = "#101418", "#2266aa", "#bb2233", "#8a6d1d"
LEVEL = 0.01  # of the intervals that are drawn
SHOWN = 0.001  # of a law's tail may lie beyond the picture
MOST_POINTS = 2000


@dataclass(frozen=True)
class Panel:
    """One small picture."""

    title: str
    draw: Callable[[Any], None]


@singledispatch
def panels(plan: Deciding, evidence: Evidence) -> list[Panel]:
    """Return the pictures of the evidence for a claim; none for a plan of another kind."""
    del plan, evidence
    return []


def _possible(plan: Any, evidence: Evidence) -> list[Floats]:
    """Return the values of each cell without those that nothing can be drawn of."""
    samples = [values[np.isfinite(values)] for values in prefixes(evidence, plan.cap)]
    if isinstance(plan, FixedSize) and not isinstance(
        plan, Laws
    ):  # of a law, all that is impossible is shown
        return [values[~plan.impossible(cell, values)] for cell, values in enumerate(samples)]
    return samples


def _seen(plan: Any, evidence: Evidence) -> Iterator[tuple[int, str, Floats]]:
    """Yield number, label and values of each cell that has any."""
    for cell, (label, sample) in enumerate(zip(plan.labels, _possible(plan, evidence), strict=True)):
        if len(sample):
            yield cell, label, sample


# Laws


@panels.register
def _(plan: Laws, evidence: Evidence) -> list[Panel]:
    return [
        Panel(f"{label}: {len(sample)} runs", partial(_histogram, plan.cells[cell], sample))
        for cell, label, sample in _seen(plan, evidence)
    ]


def _histogram(cell: Bins, sample: Floats, axes: Any) -> None:
    """Draw the share of each value with its exact interval, and the law; red where a value refutes."""
    from statsmodels.stats.proportion import proportion_confint

    n = len(sample)
    law = np.append(cell.pmf, max(0.0, 1 - math.fsum(cell.pmf)))
    whole = sample[(sample >= 0) & (sample == np.floor(sample))]
    seen = np.bincount(np.minimum(whole, len(law) - 1).astype(int), minlength=len(law))
    left = np.maximum(1 - np.cumsum(law), 1 - np.cumsum(seen) / n)
    end = min(int((left > SHOWN).sum()) + 1, len(law))
    low, high = proportion_confint(seen[:end], n, LEVEL, "beta")
    places, shares = np.arange(end), seen[:end] / n
    refuting = np.zeros(end, bool)
    if n == cell.replicates:
        counts = cell.counts(cell.places(sample))
        alone = cell.sets.sum(axis=1) == 1
        refuted = cell.refuting(counts) & alone
        wrong = {int(np.flatnonzero(row)[0]) for row in cell.sets[refuted]}
        refuting = np.isin(cell.bin_of[:end], list(wrong)) | ((cell.bin_of[:end] < 0) & (shares > 0))
    colors = np.where(refuting, REFUTING, SEEN)
    axes.bar(places, shares, width=0.8, color=colors, alpha=0.55, label="seen")
    ranges = np.maximum([shares - low, high - shares], 0)
    for color in dict.fromkeys(colors.tolist()):
        chosen = colors == color
        axes.errorbar(
            places[chosen], shares[chosen], ranges[:, chosen], fmt="none", ecolor=color, elinewidth=1
        )
    axes.plot(places, law[:end], "_", color=CLAIMED, markersize=9, markeredgewidth=1.6, label="claimed")
    axes.set_ylim(0)
    axes.set_xlabel("value")
    axes.set_ylabel("share of runs")


@panels.register
def _(plan: Independents, evidence: Evidence) -> list[Panel]:
    return [
        Panel(f"{label}: {len(sample)} pairs", partial(_table, plan, sample))
        for _, label, sample in _seen(plan, evidence)
    ]


def _table(plan: Independents, sample: Floats, axes: Any) -> None:
    """Draw how often the second has each value, one line for each value of the first: they are alike."""
    first, second = np.divmod(sample.astype(int), plan.levels)
    color = REFUTING if len(sample) in plan.cap and plan.refuting(sample) else SEEN
    values = np.arange(plan.levels)
    for value in values:
        chosen = second[first == value]
        if len(chosen):
            shares = np.bincount(chosen, minlength=plan.levels) / len(chosen)
            axes.plot(values, shares, "o-", color=color, alpha=0.6, markersize=3)
    axes.plot(
        values, np.bincount(second, minlength=plan.levels) / len(second), "_", color=CLAIMED, markersize=14
    )
    axes.set_ylim(0)
    axes.set_xticks(values, [*map(str, values[:-1]), f"{plan.levels - 1} or more"])
    axes.set_xlabel("second value")
    axes.set_ylabel("share, by the first value")


@panels.register
def _(plan: Cdfs, evidence: Evidence) -> list[Panel]:
    return [
        Panel(f"{label}: {len(sample)} runs", partial(_distribution, plan, cell, sample))
        for cell, label, sample in _seen(plan, evidence)
    ]


def _distribution(plan: Cdfs, cell: int, sample: Floats, axes: Any) -> None:
    """Draw the share of values up to each, and how far from the claim that may be."""
    ordered = np.sort(sample)
    chosen = np.unique(np.linspace(0, len(ordered) - 1, min(len(ordered), MOST_POINTS)).astype(int))
    x, claimed = ordered[chosen], np.asarray(plan.cdfs[cell](ordered[chosen]))
    reach = plan.distance(cell)
    axes.fill_between(x, claimed - reach, claimed + reach, color=CLAIMED, alpha=0.12, linewidth=0)
    axes.plot(x, claimed, color=CLAIMED, label="claimed")
    axes.step(x, (chosen + 1) / len(ordered), where="post", color=SEEN, label="seen")
    axes.set_ylim(0, 1)
    axes.set_xlabel("value")
    axes.set_ylabel("share of runs up to it")


# Means


@panels.register
def _(plan: MeansOfLaws, evidence: Evidence) -> list[Panel]:
    samples = _possible(plan, evidence)
    rows = [
        (label, sample.mean() / mean, low / mean, high / mean)
        for label, most, (low, high), cgf, sample in zip(
            plan.labels, plan.cap, plan.limits, plan.cgfs, samples, strict=True
        )
        for mean in [mean_of(cgf)]
        if len(sample) == most and mean  # the limits are those of the whole number
    ]
    return [Panel("mean of the runs over the mean of the law", partial(_limits, rows))] if rows else []


def _limits(rows: list[tuple[str, float, float, float]], axes: Any) -> None:
    """Draw each mean, and the range outside of which it refutes."""
    for at, (_, mean, low, high) in enumerate(rows):
        axes.plot([low, high], [at, at], color=CLAIMED, alpha=0.3, linewidth=6, solid_capstyle="butt")
        axes.plot([mean], [at], "o", color=SEEN if low < mean < high else REFUTING, markersize=5)
    _one_a_row(axes, [label for label, *_ in rows], 1.0)


def _one_a_row(axes: Any, labels: list[str], claimed: float) -> None:
    axes.axvline(claimed, color=CLAIMED, linewidth=1)
    axes.set_yticks(range(len(labels)), labels)
    axes.set_ylim(len(labels) - 0.4, -0.6)


@panels.register
def _(plan: Means, evidence: Evidence) -> list[Panel]:
    return [
        Panel(f"{label}: mean of {len(sample)} runs", partial(_interval, plan, cell, sample))
        for cell, label, sample in _seen(plan, evidence)
        if len(sample) == plan.cap[cell]
    ]


def _interval(plan: Means, cell: int, sample: Floats, axes: Any) -> None:
    """Draw a mean with the interval that decides, and what is claimed."""
    low, high = map(float, plan.intervals[cell].limits(sample))
    color = REFUTING if plan.refuting(cell, sample) else SEEN
    axes.errorbar(
        [sample.mean()], [0], xerr=[[sample.mean() - low], [high - sample.mean()]], fmt="o", color=color
    )
    _one_a_row(axes, [plan.labels[cell]], plan.means[cell])


# Growth


@panels.register
def _(plan: Comparisons, evidence: Evidence) -> list[Panel]:
    samples = _possible(plan, evidence)
    whole = all(len(sample) == most for sample, most in zip(samples, plan.cap, strict=True))
    if not whole or (plan.ratios and min(sample.mean() for sample in samples) <= 0):
        return []
    found = []
    for pair in plan.pairs:
        first, second = (plan.labels[cell] for cell in pair.cells)
        draw = partial(_growth, first) if plan.ratios else _difference
        found.append(Panel(f"{first} to {second}", partial(draw, pair, samples)))
    if plan.ratios:
        slope, low, high = fitted_exponent(plan, samples)
        title = f"fitted growth: the law to the power {slope:.3g} ({low:.3g} to {high:.3g})"
        found.append(Panel(title, partial(_fit, plan, samples, slope)))
    return found


def _growth(first: str, pair: Pair, samples: list[Floats], axes: Any) -> None:
    """Draw two means on the scale of the first, the claim's band, and the rivals."""
    x, y = (samples[cell] for cell in pair.cells)
    base = x.mean()
    bands = [("claimed", pair.claimed, CLAIMED), *[(name, band, RIVAL) for name, band in pair.rivals.items()]]
    for name, band, color in bands:
        low, high = band.lower.slope, band.upper.slope
        axes.fill_between([0, 1], [1, low], [1, high], color=color, alpha=0.15, linewidth=0)
        style = "-" if color == CLAIMED else "--"
        axes.plot([0, 1], [1, (low + high) / 2], style, color=color, linewidth=1.2)
        axes.annotate(
            name, (1, (low + high) / 2), (4, 0), textcoords="offset points", va="center", color=color
        )
    limits = [own.limits(sample) for own, sample in ((pair.x, x), (pair.y, y))]
    refuted, _ = pair.verdicts(x, y)
    color = REFUTING if refuted else SEEN
    means = np.array([x.mean(), y.mean()]) / base
    error = np.abs(np.array(limits).T / base - means)
    axes.errorbar([0, 1], means, yerr=error, fmt="o", color=color, capsize=3)
    axes.set_yscale("log")
    axes.set_xlim(-0.15, 1.45)
    axes.set_xticks([0, 1], ["smaller", "larger"])
    axes.set_ylabel(f"mean / mean at {first}")


def _difference(pair: Pair, samples: list[Floats], axes: Any) -> None:
    """Draw the difference of two means with the interval that decides, and the margin."""
    x, y = (samples[cell] for cell in pair.cells)
    (x_low, x_high), (y_low, y_high) = pair.x.limits(x), pair.y.limits(y)
    seen = y.mean() - x.mean()
    refuted, _ = pair.verdicts(x, y)
    margin: Band = pair.claimed
    axes.axvspan(margin.lower.offset, margin.upper.offset, color=CLAIMED, alpha=0.12, linewidth=0)
    error = [[seen - (y_low - x_high)], [(y_high - x_low) - seen]]
    axes.errorbar([seen], [0], xerr=np.array(error, float), fmt="o", color=REFUTING if refuted else SEEN)
    _one_a_row(axes, ["difference"], 0.0)


def _logs(plan: Comparisons, samples: list[Floats]) -> list[tuple[float, float, float]]:
    """Return, of each pair, the logarithm of the claimed ratio, that of the ratio seen, and its variance."""
    rows = []
    for pair in plan.pairs:
        x, y = (samples[cell] for cell in pair.cells)
        claimed = (pair.claimed.lower.slope + pair.claimed.upper.slope) / 2
        spread = sum(float(s.var(ddof=1)) / len(s) / float(s.mean()) ** 2 for s in (x, y))
        rows.append((math.log(claimed), math.log(y.mean() / x.mean()), max(spread, 1e-12)))
    return rows


def fitted_exponent(plan: Comparisons, samples: list[Floats]) -> tuple[float, float, float]:
    """Return the power of the law that fits all pairs best (weighted least squares), and its interval."""
    from statsmodels.regression.linear_model import WLS

    law, seen, spread = np.array(_logs(plan, samples)).T
    fit = WLS(seen, law, weights=1 / spread).fit(cov_type="fixed scale")
    low, high = fit.conf_int(LEVEL)[0]
    return float(fit.params[0]), float(low), float(high)


def _fit(plan: Comparisons, samples: list[Floats], slope: float, axes: Any) -> None:
    """Draw all pairs in one: how much the law grows, how much the mean, and the curve that fits."""
    law, seen, spread = np.array(_logs(plan, samples)).T
    x = np.linspace(0, law.max() * 1.08, 60)
    axes.plot(np.exp(x), np.exp(x), color=CLAIMED, linewidth=1.2, label="claimed")
    axes.plot(np.exp(x), np.exp(slope * x), "--", color=SEEN, linewidth=1.2, label="fitted")
    error = np.exp(seen) * 3 * np.sqrt(spread)
    axes.errorbar(np.exp(law), np.exp(seen), yerr=error, fmt="o", color=SEEN, capsize=3)
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlabel("law, larger / smaller")
    axes.set_ylabel("mean, larger / smaller")
    axes.legend()


# Sequential tests


@panels.register
def _(plan: Coins, evidence: Evidence) -> list[Panel]:
    return [
        Panel(f"{label}: {len(sample)} runs", partial(_walk, plan, cell, sample))
        for cell, label, sample in _seen(plan, evidence)
    ]


def _walk(plan: Coins, cell: int, sample: Floats, axes: Any) -> None:
    """Draw the failures so far, between the line from which they refute and that up to which it holds."""
    walk = plan.walks[cell]
    hold, refute = lines(walk)
    end = min(len(sample) + len(sample) // 8 + 2, walk.cap + 1)
    n = _thinned(end)
    axes.plot(n, refute[n], "--", color=REFUTING, linewidth=1.2, label="refutes")
    axes.plot(n, np.where(hold[n] >= 0, hold[n], np.nan), "--", color=CLAIMED, linewidth=1.2, label="holds")
    failures = np.append(0, np.cumsum(1 - sample))
    made = _thinned(len(failures))
    axes.step(made, failures[made], where="post", color=SEEN, label="failures")
    axes.set_xlabel("runs")
    axes.set_ylabel("failures")
    axes.legend()


@panels.register
def _(plan: Bets, evidence: Evidence) -> list[Panel]:
    return [
        Panel(
            f"{label}: mean {sample.mean():.4g}, at most {plan.means[cell]:.4g} is claimed",
            partial(_wealth, plan, cell, sample),
        )
        for cell, label, sample in _seen(plan, evidence)
    ]


def _wealth(plan: Bets, cell: int, sample: Floats, axes: Any) -> None:
    """Draw what bets against the claim have made of a stake of 1."""
    decades = np.append(0.0, plan.wealth(cell, sample) / math.log(10))
    n = _thinned(len(decades))
    axes.plot(n, decades[n], color=SEEN, label="seen")
    axes.axhline(plan.needed / math.log(10), linestyle="--", color=REFUTING, linewidth=1.2, label="refutes")
    axes.axhline(0, color=CLAIMED, linewidth=0.6)
    axes.set_xlabel("runs")
    axes.set_ylabel("log10 of the stake")
    axes.legend()


def _thinned(count: int) -> Any:
    return np.unique(np.linspace(0, count - 1, min(count, MOST_POINTS)).astype(int))
