"""The only door to lmfit: a log scale inside, linear values outside, and one minimisation."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import lmfit
import numpy as np

from pdmodel.engine.kernels import Array
from pdmodel.errors import InputError

Objective = Callable[[Mapping[str, float]], Array]

_LOG = "log_"
# Step of the finite differences, on the log scale: well above what the integrator leaves (1e-6).
_STEP = 5e-3
# Where a minimisation may end: exact slopes are worth following further than differences.
_EXACT, _DIFFERENCES = 1e-6, 1e-4


@dataclass(frozen=True)
class Setting:
    """One parameter of a fit, with lmfit's words.

    Parameters
    ----------
    name
        `parameter`, or `parameter__group` where a group has its own.
    parameter, group
        Name in the model, and the group whose value it is (None if all share it).
    value, min, max, vary, expr
        As in lmfit, on the linear scale.
    """

    name: str
    parameter: str
    group: str | None
    value: float
    min: float
    max: float
    vary: bool
    expr: str | None = None


def free_names(settings: Sequence[Setting]) -> tuple[str, ...]:
    """Return the names of the settings that vary of themselves."""
    return tuple(s.name for s in settings if s.vary and not s.expr)


def scale_factors(settings: Sequence[Setting], values: Mapping[str, float]) -> Array:
    """Return d parameter / d inner parameter of the free settings, shape (n_free,).

    A positive parameter is fitted by its logarithm, any other as it is.
    """
    free = [s for s in settings if s.vary and not s.expr]
    return np.array([values[s.name] if s.min > 0 else 1.0 for s in free])


def make_parameters(settings: Sequence[Setting]) -> lmfit.Parameters:
    """Return lmfit Parameters of some settings."""
    parameters = lmfit.Parameters()
    for s in settings:
        parameters.add(s.name, value=s.value, min=s.min, max=s.max, vary=s.vary)
    for s in settings:
        if s.expr:
            parameters[s.name].set(expr=s.expr)
    return parameters


def take_settings(parameters: lmfit.Parameters, template: Sequence[Setting]) -> tuple[Setting, ...]:
    """Read back what a user may have changed in lmfit Parameters.

    Raises
    ------
    InputError
        If a bound is reversed, or a starting value lies outside its bounds.
    """
    places = {s.name: s for s in template}
    settings = []
    for name, p in parameters.items():
        if name not in places:
            places[name] = Setting(
                name, name, None, float(p.value), -math.inf, math.inf, vary=False
            )
        low, high, value = float(p.min), float(p.max), float(p.value)
        if low > high or not low <= value <= high:
            raise InputError(f"parameter {name!r}: value {value:g} with bounds [{low:g}, {high:g}]")
        place = places[name]
        settings.append(
            Setting(name, place.parameter, place.group, value, low, high, bool(p.vary), p.expr)
        )
    return tuple(settings)


def linear_values(settings: Sequence[Setting], free: Mapping[str, float]) -> dict[str, float]:
    """Return the value of every setting, those tied by `expr` included."""
    parameters = make_parameters(settings)
    for name, value in free.items():
        parameters[name].set(value=value)
    return {name: float(value) for name, value in parameters.valuesdict().items()}


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
    """
    tracker = _Tracker(objective, slopes, settings)
    end = _EXACT if slopes else _DIFFERENCES
    inner = _inner_parameters(settings)
    minimiser = lmfit.Minimizer(
        tracker.residuals, inner, max_nfev=max_evaluations, scale_covar=False, calc_covar=True
    )
    try:
        # Without enough curvature lmfit takes the root of a negative variance; the NaN stays one.
        with np.errstate(invalid="ignore"):
            result = minimiser.minimize(
                method="least_squares", ftol=end, xtol=end, gtol=end, x_scale=1.0,
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
        return rows * scale_factors(self.settings, values)


def _linear(parameters: lmfit.Parameters) -> dict[str, float]:
    return {name: float(p.value) for name, p in parameters.items() if not name.startswith(_LOG)}


def _inner_parameters(settings: Sequence[Setting]) -> lmfit.Parameters:
    """Add a logarithm for every positive parameter that varies, and tie the parameter to it."""
    inner = lmfit.Parameters()
    for s in settings:
        if s.vary and not s.expr and s.min > 0:
            inner.add(
                _LOG + s.name, value=math.log(s.value), min=math.log(s.min), max=math.log(s.max)
            )
        else:
            inner.add(s.name, value=s.value, min=s.min, max=s.max, vary=s.vary and not s.expr)
    for s in settings:
        if _LOG + s.name in inner:
            inner.add(s.name, expr=f"exp({_LOG}{s.name})")
    for s in settings:
        if s.expr:
            inner[s.name].set(expr=s.expr)
    return inner


def jacobian_of(result: Any) -> tuple[list[str], Array] | None:
    """Return free parameters and the Jacobian on their inner scale, (n_targets, n_free)."""
    jacobian = getattr(result, "jac", None)
    if result is None or jacobian is None:
        return None
    names = [name.removeprefix(_LOG) for name in result.var_names]
    return names, np.asarray(jacobian, dtype=float)


def relative_errors(result: Any) -> dict[str, float]:
    """Return the standard error of each free parameter that has one, on the linear scale."""
    if result is None or not getattr(result, "errorbars", False):
        return {}
    errors = {}
    for name in result.var_names:
        parameter = result.params[name]
        if parameter.stderr is None or not math.isfinite(parameter.stderr):
            continue
        factor = math.exp(parameter.value) if name.startswith(_LOG) else 1.0
        errors[name.removeprefix(_LOG)] = factor * float(parameter.stderr)
    return errors


def _one_line(message: object) -> str:
    return " ".join(str(message).split())
