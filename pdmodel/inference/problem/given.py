"""What callers give of a problem, checked; and what stands for what they leave out."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from pdmodel.arguments import names_of, number
from pdmodel.dosing import Timetable
from pdmodel.dosing.regimen.examples import examples_of
from pdmodel.errors import InputError
from pdmodel.inference.courses.measurements import Measurements
from pdmodel.inference.courses.reading import Data, read_measurements
from pdmodel.inference.group import regimens_of
from pdmodel.inference.targets.course import VISIT_INTERVAL, check_interval
from pdmodel.inference.targets.kinds import find_kind
from pdmodel.inference.targets.target import Target, find_targets
from pdmodel.model import Model


def own_names(own: Sequence[Any]) -> tuple[str, ...]:
    """Return the names of parameters that subjects have of their own, of effects as of names."""
    return names_of(
        [getattr(parameter, "name", parameter) for parameter in given_effects(own)],
        "own parameters",
    )


def given_effects(own: Any) -> tuple[Any, ...]:
    """Return what is own as it was given: names, or random effects."""
    return (own,) if isinstance(own, str) or hasattr(own, "name") else tuple(own)


def shared_names(
    free: Sequence[str] | None, own: Sequence[str], model: Model
) -> tuple[str, ...] | None:
    """Return the shared parameters to fit; of those the vocabulary marks, what is own is none."""
    if free is not None:
        return names_of(free, "parameters")
    if not own:
        return None
    marked = [q.name for q in model.parameters if q.kind == "parameter" and q.vary]
    return tuple(name for name in marked if name not in own)


def given_measurements(
    data: Data | Measurements | None, observed: Any, error: Any, own: Sequence[Any], model: Model
) -> Measurements | None:
    """Return what was measured.

    Raises
    ------
    InputError
        If there is none, and something is said of it.
    """
    if isinstance(data, Measurements):
        return data
    if data is not None:
        return read_measurements(data, observed, error, model)
    for name, given in (("observed", observed), ("error", error), ("own", own)):
        if given:
            raise InputError(f"{name} is about measurements: give them as data")
    return None


def given_targets(targets: Any, measurements: Measurements | None) -> tuple[Target, ...]:
    """Return the targets; none is allowed where something was measured."""
    if measurements is not None and (targets is None or targets in ("", (), [])):
        return ()
    return find_targets(() if targets is None else targets)


def given_regimen(
    regimen: str | Timetable | None,
    model: Model,
    groups: Mapping[str, Any] | None,
    targets: Sequence[Target],
) -> str | Timetable:
    """Return the regimen; there is none that would suit every model.

    Without targets nothing is needed, nor where every group has its own.

    Raises
    ------
    InputError
        If none is given.
    """
    if regimen is not None:
        return regimen
    asked = {group for target in targets for group in target.groups}
    if asked <= set(regimens_of(groups)):
        return "no drug"
    examples = " or ".join(
        dict.fromkeys(f"'{words}'" for words in (examples_of(model)[0], "no drug"))
    )
    raise InputError(f"a fit needs a regimen: what every group is given, such as {examples}")


def given_interval(days: float | None, targets: Sequence[Target]) -> float:
    """Return the days from visit to visit; where nothing is looked at on visits, a usual number.

    That number only says how densely a run is covered with rows.

    Raises
    ------
    InputError
        If it is not given, and a target looks at visits.
    """
    if days is not None:
        return check_interval(days)
    at_visits = [target for target in targets if find_kind(target.kind).looks == "visits"]
    if at_visits:
        raise InputError(
            f"visit_interval: say how many days lie between two visits, for {at_visits[0].kind!r} "
            f"of target {at_visits[0].id!r} is looked at on them"
        )
    return VISIT_INTERVAL


def horizon(
    days: float | None, targets: Sequence[Target], measurements: Measurements | None
) -> float:
    """Return the days of a run; where all targets name a day, the last of those will do.

    Without targets it is the last day of a measurement.

    Raises
    ------
    InputError
        If no days are given, and a target names none or only the start.
    """
    if days is not None:
        return number(days, "days", above=0)
    if not targets and measurements is not None:
        return max(float(measurements.rows["day"].max()), 1.0)
    open_ended = [target.id for target in targets if math.isnan(target.day)]
    last = max((target.day for target in targets if target.day > 0), default=0.0)
    if open_ended or last == 0:
        why = f"{', '.join(open_ended[:4])} name no day" if open_ended else "all look at day 0"
        raise InputError(f"days: say how long the groups are followed; of the targets {why}")
    return last
