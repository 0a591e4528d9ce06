"""libRoadRunner under visit rules: a model loaded once, patients one by one from visit to visit.

Doses are events of the model whose size is a parameter, which the rules set at each visit: that
spares 336 calls a patient. They come a second after the visit, for an event at the very end of a
run would still give the old dose.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from benchmarks.problem import Tolerance
from pdmodel.arrays import Array
from pdmodel.dosing import daily
from pdmodel.interchange import to_antimony
from pdmodel.model import Model
from pdmodel.trial.run.day_rows import PER_DAY

LATE = 1e-3
"""Days between visit and dose."""
_MOST_STEPS = 100_000


class Course(NamedTuple):
    """What a patient of the peer went through.

    Parameters
    ----------
    values
        At all looks, shape (n_looks, n_quantities).
    doses
        Given on each day, shape (n_days,).
    """

    values: Array
    doses: Array


@dataclass
class Escalation:
    """The rules of the 10 mg trial for one patient, in plain Python.

    Parameters
    ----------
    level, held, ever_held
        Dose in mg, and whether it is or was withheld.
    """

    level: float = 10.0
    held: bool = False
    ever_held: bool = False

    def visit(self, anc: float, day: int) -> float:
        """Return the dose until the next visit, after a count in 1e9 cells/L."""
        if self.held and anc >= 1.0:
            self.level, self.held = max(self.level - 5.0, 5.0), False
        if anc < 0.5 and not self.held:
            self.held = self.ever_held = True
        rises = day > 0 and day % 28 == 0 and anc >= 1.5 and not (self.held or self.ever_held)
        if rises and self.level < 25.0:
            self.level = min(self.level + 5.0, 25.0)
        return 0.0 if self.held else self.level


def protocol_text(model: Model, days: int) -> str:
    """Return the model as Antimony with a dose a day, whose size is `prescribed`.

    Raises
    ------
    RuntimeError
        If the text is not as it was when this was written.
    """
    text = to_antimony(model, daily(1, stop=days), days=days)
    changes = {
        "var dose_1_next = 0;": f"var dose_1_next = {LATE}; var prescribed = 0;",
        "drug_gut = drug_gut + 1,": "drug_gut = drug_gut + prescribed,",
        "dose_1_next = (dose_1_given + 1);": f"dose_1_next = dose_1_given + 1 + {LATE};",
    }
    for old, new in changes.items():
        if text.count(old) != 1:
            raise RuntimeError("the exported doses are written in another way")
        text = text.replace(old, new)
    return text


class Clinic:
    """A loaded model that treats one patient after the other."""

    def __init__(
        self,
        sbml: str,
        names: Sequence[str],
        states: Sequence[str],
        quantities: Sequence[str],
        tolerance: Tolerance,
    ) -> None:
        import roadrunner

        self.runner: Any = roadrunner.RoadRunner(sbml)
        integrator = self.runner.integrator
        integrator.relative_tolerance = tolerance.rtol
        species = list(self.runner.model.getFloatingSpeciesIds())
        self.species = [species.index(name) for name in states]
        integrator.absolute_tolerance = [tolerance.atol] * len(species)
        integrator.maximum_num_steps = _MOST_STEPS
        self.runner.selections = ["time", *quantities]
        known = list(self.runner.model.getGlobalParameterIds())
        self.places = [known.index(name) for name in names]
        self.doses = [known.index(name) for name in ("prescribed", "dose_1_given", "dose_1_next")]
        self.anc = quantities.index("ANC")

    def treat(self, values: Array, states: Array, visits: Sequence[int]) -> Course:
        """Treat one patient.

        Parameters
        ----------
        values, states
            Of the parameters, and before treatment, in the order of `names` and `states`.
        visits
            Days on which the patient is seen, 0 first.
        """
        runner, rules = self.runner, Escalation()
        runner.resetToOrigin()
        # The reset lets the first dose happen, for it looks at triggers with the time of the end.
        runner.model.setGlobalParameterValues(self.doses, [0.0, 0.0, LATE])
        runner.model.setGlobalParameterValues(self.places, values)
        # Starting values stay those of the file when parameters change: they are handed over.
        runner.model.setFloatingSpeciesAmounts(self.species, states)
        anc, looks, doses = float(runner.getValue("ANC")), [], []
        for day, following in pairwise(visits):
            dose = rules.visit(anc, day)
            runner.model.setGlobalParameterValues(self.doses[:1], [dose])
            points = (following - day) * PER_DAY + 1
            found = np.array(runner.simulate(day, following, points))[1:, 1:]
            anc = float(found[-1, self.anc])
            looks.append(found)
            doses += [dose] * (following - day)
        return Course(np.concatenate(looks), np.array(doses))
