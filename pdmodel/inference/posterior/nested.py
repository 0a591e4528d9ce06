"""Nested sampling of a likelihood over a prior: evidence and posterior draws.

The evidence is `Z = integral L(theta) p(theta) dtheta`, the mean likelihood under the prior. The
only door to dynesty, an extra. Skilling 2006, doi:10.1214/06-BA127; Speagle 2020,
doi:10.1093/mnras/staa278.
"""

from __future__ import annotations

import math
import statistics
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from pdmodel.arrays import Array
from pdmodel.errors import InputError, SimulationError
from pdmodel.inference.posterior.batching import BatchedFunction, Stepwise

if TYPE_CHECKING:
    from pdmodel.inference.posterior.prior import PriorSpace

_WALKERS = 64
"""Points that are simulated together; part of the answer, so no option."""
_LEFT = 0.05
"""Log of the evidence that may still be hidden among the live points when a run ends."""

Watch = Callable[[int, float], None]
"""Called with the points simulated and the logarithm of the evidence that may be left."""


@dataclass(frozen=True)
class Nested:
    """One run of nested sampling.

    Parameters
    ----------
    log_evidence, error
        `log Z` and its standard error, `sqrt(H / live)`. Skilling 2006.
    information
        `H`, the logarithm of how much smaller the posterior is than the prior, in nats.
    points
        Linear scale, from the worst to the best, shape (n_points, n_free).
    log_likelihood, log_weight
        Of each point; the weights are of the posterior and sum to 1, shape (n_points,).
    calls
        Simulated points.
    """

    log_evidence: float
    error: float
    information: float
    points: Array
    log_likelihood: Array
    log_weight: Array
    calls: int

    @property
    def effective(self) -> float:
        """Effective number of draws, `1 / sum w^2`. Kish 1965."""
        return float(math.exp(-np.logaddexp.reduce(2 * self.log_weight)))

    def draw(self, count: int, seed: int) -> Array:
        """Return the rows of equally weighted draws, shape (count,), by systematic resampling."""
        random = np.random.default_rng(seed)
        edges = np.cumsum(np.exp(self.log_weight))
        places = (np.arange(count) + random.random()) / count
        rows = np.searchsorted(edges / edges[-1], places)
        chosen: Array = random.permutation(rows)
        return chosen


class Evidence(NamedTuple):
    """`log Z` over some runs, its standard error, and the standard deviation between the runs."""

    log: float
    error: float
    spread: float


def combine(runs: Sequence[Nested]) -> Evidence:
    """Return the evidence of independent runs.

    The mean of log Z; the error is that of the runs' own errors, or of their spread if that is
    more: runs that disagree have missed something.
    """
    values = [run.log_evidence for run in runs]
    middle = math.fsum(values) / len(values)
    spread = statistics.stdev(values) if len(values) > 1 else 0.0
    own = math.sqrt(math.fsum(run.error**2 for run in runs)) / len(runs)
    return Evidence(middle, max(own, spread / math.sqrt(len(runs))), spread)


def sample_nested(
    log_likelihood: Callable[[Array], Array] | Stepwise,
    space: PriorSpace,
    *,
    live: int = 128,
    seed: int | Sequence[int] = 1,
    progress: Watch | None = None,
) -> Nested:
    """Sample a likelihood over a prior.

    Parameters
    ----------
    log_likelihood
        Of points on the linear scale, shape (n_points, n_free); returns (n_points,), or goes on
        stepwise. What is not possible is minus infinity.
    space
        The prior.
    live
        Live points: the error of log Z falls with the root of their number.
    seed
        Of all that is random.
    progress
        Called after each step with the points simulated and the logarithm of the evidence that may
        be left.

    Raises
    ------
    InputError
        If dynesty is missing, or there are too few live points.
    SimulationError
        If the sampler finds no way on.
    """
    NestedSampler = load_dynesty()
    size = len(space.names)
    check_live(live, size)
    batched = BatchedFunction(log_likelihood, _WALKERS, _level_of)
    with _quietly():
        sampler = NestedSampler(
            batched, lambda cube: space.place(np.atleast_2d(cube))[0], size, nlive=live,
            sample="rwalk", rstate=np.random.default_rng(seed), pool=batched, queue_size=_WALKERS,
            use_pool={"prior_transform": False, "update_bound": False},
        )  # fmt: skip
        for step in sampler.sample(dlogz=_LEFT):
            if progress is not None:
                progress(batched.calls, float(step.delta_logz))
        for _ in sampler.add_live_points():
            pass
    return _nested(sampler.results, batched.calls, live)


def _level_of(task: Any) -> float:
    """Return the likelihood above which dynesty's walker looks; live points are drawn without."""
    return float(getattr(task, "loglstar", -math.inf))


def check_live(live: int, size: int) -> None:
    """Refuse fewer live points than it takes to enclose as many parameters.

    Raises
    ------
    InputError
        If there are too few.
    """
    least = 2 * size + 2
    if live < least:
        raise InputError(f"{live} live points are too few for {size} parameters: {least} or more")


def _nested(results: Any, calls: int, live: int) -> Nested:
    weight = np.asarray(results.logwt) - results.logz[-1]
    weight -= np.logaddexp.reduce(weight)
    information = max(float(results.information[-1]), 0.0)
    return Nested(
        float(results.logz[-1]), math.sqrt(information / live), information,
        np.asarray(results.samples), np.asarray(results.logl), weight, calls,
    )  # fmt: skip


def exact(log_likelihood: Callable[[Array], Array]) -> Nested:
    """Return the evidence where nothing is free: the likelihood itself."""
    nothing = np.empty((1, 0))
    value = log_likelihood(nothing)
    return Nested(float(value[0]), 0.0, 0.0, nothing, value, np.zeros(1), 1)


def load_dynesty() -> Any:
    """Return dynesty's NestedSampler.

    Raises
    ------
    InputError
        If it is not installed.
    """
    try:
        from dynesty import NestedSampler
    except ImportError as error:
        raise InputError(
            "evidence by nested sampling needs dynesty, which is not installed: "
            "pip install 'pdmodel[bayes]'"
        ) from error
    return NestedSampler


@contextmanager
def _quietly() -> Iterator[None]:
    """Make dynesty's failures ours, and let it try its ellipsoids without telling of each.

    That it stops on a plateau is no news either: a likelihood that nothing moves is one.
    """
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore", RuntimeWarning)
        warnings.filterwarnings("ignore", "We have reached the plateau", UserWarning)
        try:
            yield
        except RuntimeError as error:
            raise SimulationError(
                f"nested sampling stopped: {error}", {"cause": str(error)}
            ) from error
