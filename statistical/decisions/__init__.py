"""How claims about populations of runs are decided: plans made before anything runs, which see numbers only.

| claim | plan |
| --- | --- |
| a success has probability >= p1, and not <= p0 | `coin`: Wald's sequential test, capped, exact errors |
| values have an exactly known law on 0, 1, 2, ... | `law`: every bin by exact binomial tails |
| so has their mean | `mean_of_law`: Chernoff's bound |
| values in a range, or of bounded variance, have a mean | `mean_in_range`: Bernstein, Catoni |
| values from 0 on have a mean of at most m | `mean_at_most`: bets against it |
| values have a known continuous law | `cdf`: Dvoretzky, Kiefer, Wolfowitz, Massart |
| means grow as a law, and not as its rivals | `growth`: ratios of means |
| two values are independent, whatever their laws | `independent`: Fisher's exact tests |
| two populations have means that differ little | `equivalent`: differences of means |

Each gives a right subject a probability of at most alpha of being refuted, over all cells together, at any
number of replicates and any alpha. `Plan.miss` says what a wrong one has of not being refuted, and `fewest`
proposes the number of replicates with which that is small enough.
"""

from whp.checks import Plan
from whp.statistical.decisions.bets import mean_at_most
from whp.statistical.decisions.cdfs import cdf
from whp.statistical.decisions.chernoff import cgf_of, mean_of_law
from whp.statistical.decisions.coins import coin
from whp.statistical.decisions.comparisons import equivalent, growth
from whp.statistical.decisions.independence import independent
from whp.statistical.decisions.laws import law
from whp.statistical.decisions.means import mean_in_range
from whp.statistical.decisions.plan import Decided, Evidence, Verdict, fewest

__all__ = [
    "Decided",
    "Evidence",
    "Plan",
    "Verdict",
    "cdf",
    "cgf_of",
    "coin",
    "equivalent",
    "fewest",
    "growth",
    "independent",
    "law",
    "mean_at_most",
    "mean_in_range",
    "mean_of_law",
]
