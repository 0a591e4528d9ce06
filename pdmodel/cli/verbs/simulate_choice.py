"""What the options of `pdmodel simulate` name: doses, interventions, mechanisms, other runs."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from pdmodel.cli.console.event_tables import TableOptions
from pdmodel.errors import InputError

if TYPE_CHECKING:
    import xarray as xr

    from pdmodel.hypotheses import Intervention
    from pdmodel.model import Mechanism, Model


def choose_doses(
    regimen: str | None,
    events: Path | None,
    table: TableOptions,
    interventions: Sequence[str] | None,
) -> Any:
    """Return what is given: a regimen in words, or the events of one subject.

    An intervention brings a regimen of its own, so that none need be said.
    """
    if (regimen is not None and events is not None) or not (regimen or events or interventions):
        raise InputError("say what is given: either --regimen or --events")
    if events is None:
        table.refuse()
        return regimen
    return table.choose(events)


def choose_interventions(near: object, names: Sequence[str]) -> list[Intervention]:
    """Return interventions by name, those beside the model first, or as path.py:object."""
    if not names:
        return []
    from pdmodel.catalogue import find_object
    from pdmodel.hypotheses.discrimination.intervention import Intervention

    group = "pdmodel.interventions"
    return [find_object(name, "intervention", group, Intervention, near) for name in names]


def choose_swaps(model: Model, names: Sequence[str]) -> list[Mechanism]:
    """Return rivals that the model knows by name, or mechanisms as path.py:object."""
    from pdmodel.catalogue import find_object
    from pdmodel.model import Mechanism

    return [
        find_object(name, "mechanism", "pdmodel.mechanisms", Mechanism)
        if ":" in name
        else model.find_mechanism(name)
        for name in names
    ]


def choose_weight(
    text: str | None, regimen: str | None, model: Model, interventions: Sequence[Intervention]
) -> float | None:
    """Return a body weight in kg; refuse one that no dose depends on."""
    if text is None:
        return None
    from pdmodel.dosing import read_regimen, read_weight

    weight = read_weight(text)
    said = [words for words in (regimen, *(each.regimen for each in interventions)) if words]
    if not any("/" in words for words in said):
        plan = " + ".join(str(read_regimen(words, model=model, weight=weight)) for words in said)
        raise InputError(f"--weight belongs to doses such as '5 mg/kg', and {plan!r} has none")
    return weight


def remark_on_late_doses(regimen: str | None, model: Model, days: float) -> None:
    """Say what of a regimen begins after the end of a run, so that nothing of it is given.

    Doses by weight are left out: who is run says how heavy they are.
    """
    from pdmodel.dosing import Regimen, read_regimen

    plan = None if regimen is None or "/" in regimen else read_regimen(regimen, model=model)
    for part in plan.late(days) if isinstance(plan, Regimen) else ():
        warnings.warn(f"nothing is given of '{part}': the run ends on day {days:g}", stacklevel=2)


class Others(NamedTuple):
    """Runs of another folder, by name, that new ones may be held against; and what it is called."""

    folder: str = ""
    runs: Mapping[str, xr.Dataset] = {}

    def beside(self, made: Sequence[str]) -> tuple[dict[str, xr.Dataset], dict[str, str]]:
        """Return the runs that new ones are held against, and by the name of a new run that of its.

        Raises
        ------
        InputError
            If several runs could be meant, or a new one has the name of one of them.
        """
        chosen: dict[str, xr.Dataset] = {}
        pairs: dict[str, str] = {}
        for name in made if self.runs else ():
            only = len(self.runs) == 1
            if not only and name not in self.runs:
                held = ", ".join(self.runs)
                raise InputError(
                    f"folder {self.folder!r} holds several runs ({held}), none of them {name!r}; "
                    "--against may be the folder of one of them"
                )
            pairs[name] = self.folder if only else f"{name} ({self.folder})"
            chosen[pairs[name]] = next(iter(self.runs.values())) if only else self.runs[name]
        for name in set(made) & set(chosen):
            raise InputError(f"two runs would be called {name!r}; rename the folder of the other")
        return chosen, pairs


def choose_against(words: str | None) -> tuple[bool, Others]:
    """Return whether a control is wanted, and the runs of the folder that is named."""
    from pdmodel.hypotheses.discrimination.with_and_without import CONTROL

    if words is None or words == CONTROL:
        return words is not None, Others()
    from pdmodel.engine.run_folder import read_runs

    if not Path(words).expanduser().is_dir():
        raise InputError(
            f"--against {words!r} is neither {CONTROL!r} nor the folder of a run; write one with "
            "pdmodel simulate ... --out"
        )
    return False, Others(Path(words).expanduser().resolve().name, read_runs(words))
