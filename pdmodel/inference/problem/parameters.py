"""Settings: the parameters of a fit with their names, bounds and ties, as lmfit holds them.

The names are `parameter`, or `parameter__group` where a group has its own. A positive parameter is
fitted by its logarithm, any other as it is or as a share of its bounds: the inner scale.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pdmodel.arguments import as_number, plain_name, shown
from pdmodel.arrays import Array
from pdmodel.errors import InputError

if TYPE_CHECKING:
    import lmfit


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

    def __post_init__(self) -> None:
        """Refuse what cannot be fitted.

        Raises
        ------
        InputError
            If value or bounds are no numbers, the bounds are reversed, or a free parameter has
            nowhere to go between them.
        """
        value, low, high = map(as_number, (self.value, self.min, self.max))
        if value is None or low is None or high is None or not math.isfinite(value):
            given = f"{shown(self.value)} with bounds [{shown(self.min)}, {shown(self.max)}]"
            raise InputError(f"parameter {self.name!r}: value {given} is not made of numbers")
        if not low <= high:
            raise InputError(f"parameter {self.name!r}: bounds [{low:g}, {high:g}] are reversed")
        if self.vary and not self.expr and _same(*inner_bounds(self)):
            raise InputError(
                f"parameter {self.name!r} is free, but its bounds [{low:g}, {high:g}] leave it one "
                "value: hold it, or widen its bounds"
            )


def _same(low: float, high: float) -> bool:
    """Whether lmfit takes two bounds for one: it compares them to 1e-13, whatever their scale."""
    return bool(np.isclose(low, high, atol=1e-13, rtol=1e-13))


def inner_size(s: Setting) -> float:
    """Return the power of 2 that a parameter with a scale of its own is divided by; 1 for others.

    A parameter within [0, 1e-15] is fitted like one within [0, 1].
    """
    largest = max(abs(s.min), abs(s.max))
    if s.min > 0 or not (math.isfinite(largest) and largest > 0):
        return 1.0
    return math.ldexp(1.0, math.frexp(largest)[1] - 1)


def inner_bounds(s: Setting) -> tuple[float, float]:
    """Return the bounds of what is fitted: the logarithm of a positive parameter, or its share."""
    if s.min > 0:
        return math.log(s.min), math.log(s.max)
    return s.min / inner_size(s), s.max / inner_size(s)


def lmfit_bounds(s: Setting) -> dict[str, float]:
    """Return bounds as lmfit takes them: open where it would say that they are the same."""
    low, high = (-math.inf, math.inf) if _same(s.min, s.max) else (s.min, s.max)
    return {"min": low, "max": high}


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
    import lmfit  # here, so that pictures of trials do not load it

    parameters = lmfit.Parameters()
    for s in settings:
        parameters.add(s.name, value=s.value, vary=s.vary, **lmfit_bounds(s))
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
    declared = {s.name: s for s in template}
    settings = []
    for name, p in parameters.items():
        if name not in declared:
            declared[name] = Setting(
                name, name, None, float(p.value), -math.inf, math.inf, vary=False
            )
        low, high, value = float(p.min), float(p.max), float(p.value)
        before = declared[name]
        if math.isinf(low) and math.isinf(high) and _same(before.min, before.max):
            low, high = before.min, before.max  # which lmfit could not hold
        if low > high or not low <= value <= high:
            raise InputError(f"parameter {name!r}: value {value:g} with bounds [{low:g}, {high:g}]")
        settings.append(
            Setting(name, before.parameter, before.group, value, low, high, bool(p.vary), p.expr)
        )
    return tuple(settings)


def linear_values(settings: Sequence[Setting], free: Mapping[str, float]) -> dict[str, float]:
    """Return the value of every setting, those tied by `expr` included."""
    parameters = make_parameters(settings)
    bounds = {s.name: (s.min, s.max) for s in settings}
    for name, value in free.items():
        low, high = bounds.get(name, (-math.inf, math.inf))
        parameters[name].set(value=min(max(value, low), high))
    return {name: float(value) for name, value in parameters.valuesdict().items()}


def setting_names(settings: Iterable[tuple[str, str | None]]) -> list[str]:
    """Return a name for each setting, in order; all differ, and all are plain.

    A group may be called anything, `10 mg` or `R+`; in the name of a setting it is written with
    letters, digits and _ (lmfit takes no other), and with a number behind it where two would meet.

    Parameters
    ----------
    settings
        Parameter and group; no group where all share the value.

    Examples
    --------
    >>> setting_names([("k", None), ("k", "low"), ("k", "10 mg"), ("k", "10-mg")])
    ['k', 'k__low', 'k__10_mg', 'k__10_mg_2']
    >>> setting_names([("k", None), ("k", "low"), ("k__low", None)])
    ['k', 'k__low_2', 'k__low']
    """
    pairs = list(settings)
    taken = {parameter for parameter, group in pairs if not group}
    names = []
    for parameter, group in pairs:
        name = plain_name(f"{parameter}__{group}", taken) if group else parameter
        taken.add(name)
        names.append(name)
    return names
