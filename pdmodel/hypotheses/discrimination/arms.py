"""The arms of an experiment that could tell hypotheses apart, and which of them is the control."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from pdmodel import catalogue
from pdmodel.dosing import read_regimen
from pdmodel.errors import InputError, PdmodelError
from pdmodel.hypotheses.comparison import Comparison
from pdmodel.hypotheses.discrimination.intervention import Intervention, interventions
from pdmodel.model import Model

CONTROL = "control"
"""Name of the control where no intervention is one: the regimen of the question, nothing else."""
_DAYS = 364.0
"""A drug that a regimen gives within a year counts as given."""


def choose_arms(
    comparison: Comparison, names: Sequence[str] | None = None
) -> dict[str, Intervention]:
    """Return the interventions of an experiment by name, its control first.

    Parameters
    ----------
    comparison
        Whose hypotheses are told apart.
    names
        Published interventions, `module:object` or `path.py:object`; by default those that the
        comparison declares, else all of its application or file, else all that its models can take.

    Raises
    ------
    UnknownNameError, InputError
        If a name is unknown.
    """
    offered = _offered(comparison)
    chosen = {arm.name: arm for arm in (_find(name, comparison) for name in names or ())}
    control = _control(comparison, chosen | offered)
    return {control.name: control} | (chosen or offered)


def control_of(comparison: Comparison, arms: Mapping[str, Intervention]) -> str:
    """Return the name of the control among some arms.

    Raises
    ------
    InputError
        If none of them is one.
    """
    control = _control(comparison, arms)
    if control.name not in arms:
        raise InputError(
            f"none of the arms {', '.join(arms)} is the control: an intervention with the regimen "
            f"of the question, {comparison.question.regimen}, and nothing else; add one, or name "
            "it in Comparison(control=...)"
        )
    return control.name


def _offered(comparison: Comparison) -> dict[str, Intervention]:
    if comparison.interventions:
        return {arm.name: arm for arm in (_find(n, comparison) for n in comparison.interventions)}
    group = "pdmodel.interventions"
    if own := catalogue.declared_beside(group, Intervention, comparison):
        return own
    models = [hypothesis.model for hypothesis in comparison.choose()]
    return {name: arm for name, arm in interventions().items() if _suits(arm, models)}


def _find(name: str, comparison: Comparison) -> Intervention:
    return catalogue.find_object(
        name, "intervention", "pdmodel.interventions", Intervention, comparison
    )


def _control(comparison: Comparison, arms: Mapping[str, Intervention]) -> Intervention:
    """Return the control: what is declared, else the first arm that adds nothing, else a new one.

    An arm adds nothing if it gives the regimen of the question and changes no mechanism and no
    value.
    """
    name, asked = comparison.control, comparison.question.regimen
    if name:
        return arms[name] if name in arms else _find(name, comparison)
    usual = str(read_regimen(asked)) if asked else ""
    regimens = {"", usual}
    for arm in arms.values():
        if arm.swaps or arm.values:
            continue
        given = str(read_regimen(arm.regimen)) if arm.regimen else ""
        if given in regimens or not usual:
            return arm
    return Intervention(CONTROL, usual)


def _suits(arm: Intervention, models: Iterable[Model]) -> bool:
    """Whether all models know the mechanisms, values and drugs of an intervention."""
    for model in models:
        try:
            changed = arm.applied(model)
            drugs = read_regimen(arm.regimen or "no drug").prescribed(_DAYS)
        except PdmodelError:
            return False
        if set(arm.values) - set(changed.defaults) or set(drugs) - {"", *changed.doses}:
            return False
    return True
