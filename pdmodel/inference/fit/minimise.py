"""One minimisation by lmfit: parameters on their inner scale inside, linear values outside."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from pdmodel.arrays import Array
from pdmodel.inference.problem.parameters import (
    Setting,
    inner_bounds,
    inner_size,
    lmfit_bounds,
    scale_factors,
)

if TYPE_CHECKING:
    import lmfit

Objective = Callable[[Mapping[str, float]], Array]

# Names that no parameter of a model can have: those begin with a letter.
_LOG, _SCALED = "_log_", "_scaled_"
# Step of the finite differences, on the log scale: well above what the integrator leaves (1e-6).
_STEP = 5e-3
# Where a minimisation may end: exact slopes are worth following further than differences.
_EXACT, _DIFFERENCES = 1e-6, 1e-4
_FLATTEST = 1e-14


@dataclass(frozen=True)
class Minimum:
    """Where a minimisation ended.

    Parameters
    ----------
    values
        Value of every setting at the best evaluation.
    cost
        Half the sum of squared residuals there; infinite if none succeeded.
    status
        `converged`, `budget` or `failed`.
    message
        In words.
    nfev, njev, failures
        How many evaluations of the residuals and of the exact Jacobian, and how many of them
        failed.
    lmfit
        The MinimizerResult.
    """

    values: Mapping[str, float]
    cost: float
    status: str
    message: str
    nfev: int
    njev: int
    failures: int
    lmfit: Any


def minimise(
    objective: Objective,
    settings: Sequence[Setting],
    max_evaluations: int,
    slopes: Objective | None = None,
    offset: float = 0.0,
) -> Minimum:
    """Run lmfit's `least_squares` from the settings' values.

    Parameters
    ----------
    objective
        Residuals of linear values; raises ArithmeticError where the model cannot be evaluated.
    settings
        Starting values, bounds, what varies.
    max_evaluations
        Budget of residuals; a minimisation that exceeds it ends with status `budget` and its best
        point.
    slopes
        d residual / d free parameter, of linear values, shape (n_rows, n_free), with the columns
        of tied parameters chained into those of the free ones; finite differences if None.
    offset
        How much of the cost no parameter moves: the search ends where the rest changes no more.
    """
    import lmfit  # here, so that what reads or draws fits does not load it

    tracker = _Tracker(objective, slopes, settings)
    end = _EXACT if slopes else _DIFFERENCES
    flat = max(end / max(1.0, offset), _FLATTEST)
    inner = _inner_parameters(settings)
    minimiser = lmfit.Minimizer(
        tracker.residuals, inner, max_nfev=max_evaluations, scale_covar=False, calc_covar=True
    )
    try:
        # Without enough curvature lmfit takes the root of a negative variance; the NaN stays one.
        with np.errstate(invalid="ignore"):
            result = minimiser.minimize(
                method="least_squares", ftol=flat, xtol=end, gtol=end, x_scale=1.0,
                **({"jac": tracker.jacobian} if slopes else {"diff_step": _STEP}),
            )  # fmt: skip
    except (ArithmeticError, ValueError) as error:
        start = {s.name: s.value for s in settings}
        return Minimum(
            tracker.values or start, tracker.cost, "failed", str(error), tracker.calls,
            tracker.slope_calls, tracker.failures, None,
        )  # fmt: skip
    return _minimum(result, tracker)


def _minimum(result: Any, tracker: _Tracker) -> Minimum:
    status, message = "converged", _one_line(result.message)
    if result.aborted:
        status, message = "budget", "stopped at the budget of evaluations"
    elif not result.success:
        status = "failed"
    if not math.isfinite(tracker.cost):
        status, message = "failed", tracker.last_error or message
    return Minimum(
        tracker.values, tracker.cost, status, message, tracker.calls, tracker.slope_calls,
        tracker.failures, result,
    )  # fmt: skip


class _Tracker:
    """Counts evaluations, keeps the best, and turns a failed one into a bad finite answer."""

    def __init__(
        self, objective: Objective, slopes: Objective | None, settings: Sequence[Setting]
    ) -> None:
        self.objective, self.slopes, self.settings = objective, slopes, settings
        self.calls = self.slope_calls = self.failures = 0
        self.cost, self.values = math.inf, dict[str, float]()
        self.last_error = ""
        self._size = 1

    def residuals(self, parameters: lmfit.Parameters) -> Array:
        values = _linear(parameters)
        self.calls += 1
        try:
            rows = self.objective(values)
        except ArithmeticError as error:
            if self.calls == 1:
                raise
            self.failures += 1
            self.last_error = str(error)
            # worse than where the minimisation stands, whatever that is
            return np.full(self._size, max(10.0, 2 * math.sqrt(2 * self.cost / self._size)))
        self._size = rows.size
        cost = 0.5 * math.fsum(float(r) ** 2 for r in rows)
        if cost < self.cost:
            self.cost, self.values = cost, values
        return rows

    def jacobian(self, parameters: lmfit.Parameters) -> Array:
        """Return d residual / d inner parameter; what cannot be evaluated ends the minimisation."""
        values = _linear(parameters)
        self.slope_calls += 1
        assert self.slopes is not None
        try:
            rows = self.slopes(values)
        except ArithmeticError:
            self.failures += 1
            raise
        free = [s for s in self.settings if s.vary and not s.expr]
        sizes = np.array([inner_size(s) for s in free])
        return np.asarray(rows * scale_factors(self.settings, values) * sizes, dtype=np.float64)


def _linear(parameters: lmfit.Parameters) -> dict[str, float]:
    inner = (_LOG, _SCALED)
    return {name: float(p.value) for name, p in parameters.items() if not name.startswith(inner)}


def _inner_parameters(settings: Sequence[Setting]) -> lmfit.Parameters:
    """Add what is fitted instead of a parameter that varies, and tie the parameter to it.

    That is the logarithm of a positive one, and a share of its bounds of any other.
    """
    import lmfit

    inner = lmfit.Parameters()
    ties: dict[str, str] = {}
    for s in settings:
        free, size = s.vary and not s.expr, inner_size(s)
        low, high = inner_bounds(s) if free else (s.min, s.max)
        if free and s.min > 0:
            inner.add(_LOG + s.name, value=math.log(s.value), min=low, max=high)
            ties[s.name] = f"exp({_LOG}{s.name})"
        elif free and size != 1:
            inner.add(_SCALED + s.name, value=s.value / size, min=low, max=high)
            inner[_SCALED + s.name].user_data = size
            ties[s.name] = f"{size!r} * {_SCALED}{s.name}"
        else:
            inner.add(s.name, value=s.value, vary=free, **lmfit_bounds(s))
    for s in settings:
        if s.name in ties:
            inner.add(s.name, expr=ties[s.name])
    for s in settings:
        if s.expr:
            inner[s.name].set(expr=s.expr)
    return inner


def _outer(name: str) -> str:
    """Return the parameter that an inner one stands for."""
    return name.removeprefix(_LOG).removeprefix(_SCALED)


def _unit(parameter: lmfit.Parameter) -> float:
    """Return how much of a parameter one of its inner one is, where it is no logarithm."""
    return float(parameter.user_data) if parameter.name.startswith(_SCALED) else 1.0


def jacobian_of(result: Any) -> tuple[list[str], Array] | None:
    """Return free parameters and the Jacobian, (n_targets, n_free).

    By the logarithm of a positive parameter, and by any other as it is.
    """
    jacobian = getattr(result, "jac", None)
    if result is None or jacobian is None:
        return None
    units = np.array([_unit(result.params[name]) for name in result.var_names])
    return [_outer(name) for name in result.var_names], np.asarray(jacobian, dtype=float) / units


def relative_errors(result: Any) -> dict[str, float]:
    """Return the standard error of each free parameter that has one, on the linear scale."""
    if result is None or not getattr(result, "errorbars", False):
        return {}
    errors = {}
    for name in result.var_names:
        parameter = result.params[name]
        if parameter.stderr is None or not math.isfinite(parameter.stderr):
            continue
        factor = math.exp(parameter.value) if name.startswith(_LOG) else _unit(parameter)
        errors[_outer(name)] = factor * float(parameter.stderr)
    return errors


def _one_line(message: object) -> str:
    return " ".join(str(message).split())
