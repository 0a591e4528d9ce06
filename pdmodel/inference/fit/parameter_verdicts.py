"""What a fit can say of a parameter, in words.

The verdict is local: it reads the curvature at the best point, and says how wide that is. Whether a
parameter is identified only its profile says, in words of its own.
"""

from __future__ import annotations

import math

from pdmodel.inference.problem.parameters import Setting

NOT_CURVED = "not curved"
# A parameter within this share of its (log) range of a bound is stuck there.
_EDGE = 1e-3
_FACTOR_NARROW = 2.0
_FACTOR_WIDE = 10.0


def at_bound(setting: Setting, value: float) -> str | None:
    """Return `lower` or `upper` if a free parameter is stuck at a bound."""
    if not setting.vary or not (math.isfinite(setting.min) and math.isfinite(setting.max)):
        return None
    if setting.min > 0:
        low, here, high = math.log(setting.min), math.log(value), math.log(setting.max)
    else:
        low, here, high = setting.min, value, setting.max
    if high <= low:
        return None
    share = (here - low) / (high - low)
    if share < _EDGE:
        return "lower"
    return "upper" if share > 1 - _EDGE else None


def error_reason(
    setting: Setting, side: str | None, stderr: float | None, enough: bool, status: str
) -> str | None:
    """Say why a parameter has no standard error; None if it has one.

    Parameters
    ----------
    setting, side, stderr
        The parameter, the bound it is stuck at, its standard error if there is one.
    enough
        Whether there are at least as many targets as free parameters.
    status
        How the last minimisation ended: no curvature was computed unless it converged.
    """
    if stderr is not None:
        return None
    if setting.expr:
        return f"tied: {setting.expr}"
    if not setting.vary:
        return "fixed"
    if not enough:
        return "more free parameters than targets"
    if side is not None:
        return f"stuck at its {side} bound"
    if status == "budget":
        return "the last minimisation stopped at its budget"
    if status == "failed":
        return "the last minimisation failed"
    return "the targets do not curve along it"


def identifiability(
    setting: Setting, value: float, side: str | None, stderr: float | None, finished: bool
) -> str:
    """Return a verdict: fixed, tied, at bound, narrow, wide, very wide, not curved, not assessed.

    Narrow means known within a factor of 2 (one standard error), wide within a factor of 10. Not
    curved: the cost does not rise with it here. Not assessed: the minimisation was stopped before
    there was a curvature to read.
    """
    if setting.expr:
        return "tied"
    if not setting.vary:
        return "fixed"
    if side is not None:
        return "at bound"
    if stderr is None and not finished:
        return "not assessed"
    if stderr is None or value == 0:
        return NOT_CURVED
    return spread_verdict(stderr / abs(value))


def spread_verdict(spread: float) -> str:
    """Return narrow, wide or very wide for a standard error of a logarithm; NaN: not curved."""
    if math.isnan(spread):
        return NOT_CURVED
    if spread <= math.log(_FACTOR_NARROW):
        return "narrow"
    return "wide" if spread <= math.log(_FACTOR_WIDE) else "very wide"
