"""Which measurement would decide between hypotheses that the evidence does not tell apart."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from pdmodel.arrays import Array
from pdmodel.engine import simulate_cohort
from pdmodel.errors import InputError, require_known, unknown
from pdmodel.executors import Progress, silent
from pdmodel.hypotheses.comparison import Comparison
from pdmodel.hypotheses.discrimination.assay import Assay, Measurement, menu
from pdmodel.hypotheses.discrimination.ensemble import Ensemble, draw_ensemble
from pdmodel.hypotheses.discrimination.intervention import Intervention
from pdmodel.hypotheses.discrimination.power import (
    Prediction,
    mean_power,
    patients_needed,
    summarise,
)
from pdmodel.hypotheses.hypothesis import Hypothesis
from pdmodel.inference import FitProblem
from pdmodel.inference.problem.groups import compared_groups
from pdmodel.progress import watched
from pdmodel.storage import plain_rows


@dataclass
class Discrimination:
    """Measurements, ranked by how well they tell hypotheses apart.

    Parameters
    ----------
    comparison, hypotheses, patients, seed
        What was discriminated, with how many patients in each group and arm, and the seed.
    table
        One row per measurement: `power` (mean over pairs), `least` (of the worst pair, and
        `worst_pair`), `needed` (patients for a mean power of 80 %), and each prediction.
    pairs
        One row per measurement and pair: `power`.
    courses
        By hypothesis and arm the quantities over (member, group, time).
    ensembles
        By hypothesis.
    arms, assays
        By name.
    """

    comparison: Comparison
    hypotheses: Sequence[Hypothesis]
    patients: int
    seed: int
    table: pd.DataFrame
    pairs: pd.DataFrame
    courses: Mapping[tuple[str, str], xr.Dataset] = field(repr=False)
    ensembles: Mapping[str, Ensemble] = field(repr=False)
    arms: Mapping[str, Intervention] = field(repr=False)
    assays: Mapping[str, Assay] = field(repr=False)

    def best(self, count: int = 3) -> pd.DataFrame:
        """Return the measurements that together tell most pairs apart.

        The first is the most powerful; each next one adds most to the mean over pairs of the
        chance that at least one of them decides.
        """
        wide = self.pairs.pivot(index="measurement", columns=["first", "second"], values="power")
        wide = wide.loc[self.table["measurement"]]
        missed, chosen = np.ones(wide.shape[1]), list[int]()
        for _ in range(min(count, len(wide))):
            together = 1 - missed * (1 - wide.to_numpy())
            gains = together.mean(axis=1)
            gains[chosen] = -1.0
            chosen.append(int(np.argmax(gains)))
            missed = missed * (1 - wide.to_numpy()[chosen[-1]])
        return self.table.iloc[chosen]

    def distinct(self, count: int) -> list[str]:
        """Return hypotheses whose predictions of the best measurements lie farthest apart."""
        names = [hypothesis.name for hypothesis in self.hypotheses]
        logs = np.log(self.best()[names].to_numpy(float)).T
        chosen = [0]
        while len(chosen) < min(count, len(names)):
            apart = np.abs(logs[:, None] - logs[None, chosen]).sum(axis=2).min(axis=1)
            apart[chosen] = -1.0
            chosen.append(int(np.argmax(apart)))
        return [names[number] for number in sorted(chosen)]

    def seen(self, assay: str, group: str, name: str, arm: str) -> xr.DataArray:
        """Return the course of an assay under a hypothesis in an arm, dims (member, time).

        The group is one, or two as `first/second` for their ratio.
        """
        measured = self.assays[assay]
        course = self.courses[name, arm][measured.quantity]
        if measured.relative:
            course = course / course.sel(time=0.0)
        parts = [course.sel(group=part, drop=True) for part in group.split("/")]
        return parts[0] if len(parts) == 1 else parts[0] / parts[1]

    def to_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "schema_version": 1, "comparison": self.comparison.name, "seed": self.seed,
            "patients": self.patients,
            "hypotheses": [
                {"name": h.name, "model_hash": h.model.hash,
                 "members": len(self.ensembles[h.name].members),
                 "tried": self.ensembles[h.name].tried,
                 "source": self.ensembles[h.name].source}
                for h in self.hypotheses
            ],
            "best": self.best()["measurement"].tolist(), "measurements": plain_rows(self.table),
        }  # fmt: skip


@watched
def discriminate(
    comparison: Comparison,
    hypotheses: Sequence[Hypothesis],
    fits: Mapping[str, Mapping[str, float]],
    assays: Sequence[Assay],
    arms: Mapping[str, Intervention],
    *,
    control: str,
    drawn: Mapping[str, Ensemble] | None = None,
    patients: int = 10,
    members: int = 32,
    seed: int = 1,
    threads: int | None = None,
    progress: Progress | None = None,
) -> Discrimination:
    """Rank measurements by their power to tell hypotheses apart.

    Parameters
    ----------
    comparison, hypotheses
        At least two hypotheses.
    fits
        Fitted values by hypothesis.
    assays, arms, control
        The menu; the arm in which nothing is added is the control.
    drawn
        Parameter sets that were drawn before, by hypothesis; others are drawn around the fit.
    patients
        In each group and arm.
    members, seed
        Parameter sets of each hypothesis, and the seed they are drawn from.
    threads
        How many; the numbers do not depend on it.
    progress
        Called with what is done, all there is, and words.

    Raises
    ------
    InputError
        If there is nothing to tell apart, or a name is unknown.
    """
    if len({hypothesis.name for hypothesis in hypotheses}) < 2:
        raise InputError("name at least two hypotheses to tell apart")
    if patients < 1 or members < 2:
        raise InputError("it takes at least one patient, and two members of each ensemble")
    require_known("control arm", arms, control)
    report = progress or silent
    courses, ensembles = {}, dict(drawn or {})
    for done, hypothesis in enumerate(hypotheses):
        report(done, len(hypotheses), hypothesis.name)
        problem = comparison.problem(hypothesis)
        if hypothesis.name not in ensembles:
            ensembles[hypothesis.name] = draw_ensemble(
                problem, fits[hypothesis.name], members, seed
            )
        for arm in arms.values():
            courses[hypothesis.name, arm.name] = _courses(
                problem, hypothesis, arm, ensembles[hypothesis.name].members, assays, threads
            )
    report(len(hypotheses), len(hypotheses), "ranking")
    groups = compared_groups(comparison.problem(hypotheses[0]).targets)
    choices = list(menu(assays, list(arms), control, groups))
    names = [hypothesis.name for hypothesis in hypotheses]
    predicted = [_predictions(choice, names, courses) for choice in choices]
    table, pairs = _ranked(choices, predicted, patients)
    return Discrimination(
        comparison,
        hypotheses,
        patients,
        seed,
        table,
        pairs,
        courses,
        ensembles,
        arms,
        {assay.name: assay for assay in assays},
    )


def _courses(
    problem: FitProblem, hypothesis: Hypothesis, arm: Intervention, members: pd.DataFrame,
    assays: Sequence[Assay], threads: int | None,
) -> xr.Dataset:  # fmt: skip
    """Simulate every member of both groups in an arm, dims (member, group, time)."""
    model, regimen = arm.applied(hypothesis.model), arm.regimen or problem.regimen
    quantities = list(dict.fromkeys(assay.quantity for assay in assays))
    quantities_of_model = [s.name for s in (*model.states, *model.definitions)]
    for name in quantities:
        if name not in quantities_of_model:
            what = f"quantity of model {model.name!r}, which the menu of assays measures:"
            raise unknown(what, name, quantities_of_model)
    times = sorted({0.0, *(day for assay in assays for day in assay.days)})
    times = sorted({*times, *np.linspace(0, times[-1], 43).round(3).tolist()})
    runs = []
    for group in compared_groups(problem.targets):
        rows = [
            {**problem.own_values(group, row), **arm.values} for row in members.to_dict("records")
        ]
        table = pd.DataFrame(rows)
        run = simulate_cohort(
            model, regimen, table[[c for c in table if c in model.defaults]], days=times[-1],
            times=times, quantities=quantities, threads=threads,
        )  # fmt: skip
        runs.append(run[quantities].rename(patient="member").expand_dims(group=[group]))
    return xr.concat(runs, dim="group").transpose("member", "group", "time")


def _predictions(
    choice: Measurement, names: Sequence[str], courses: Mapping[tuple[str, str], xr.Dataset]
) -> dict[str, Prediction]:
    """Return what each hypothesis says of a measurement."""
    predictions = {}
    for name in names:
        values = _seen(choice, courses[name, choice.arm])
        if choice.against:
            values = _ratio(values, _seen(choice, courses[name, choice.against]))
        predictions[name] = summarise(values[np.isfinite(values)])
    return predictions


def _ratio(first: Array, second: Array) -> Array:
    """Return first over second; NaN where there is nothing to divide by."""
    ratio = np.full(first.shape, np.nan)
    np.divide(first, second, out=ratio, where=second != 0)
    return ratio


def _seen(choice: Measurement, run: xr.Dataset) -> Array:
    """Return the measured value of each member: of one group, or of the first over the second."""
    course = np.asarray(run[choice.assay.quantity].values, dtype=float)  # member, group, time
    days, groups = run.indexes["time"], run.indexes["group"]
    values = course[:, :, days.get_loc(choice.day)]
    if choice.assay.relative:
        with np.errstate(divide="ignore", invalid="ignore"):
            values = values / course[:, :, days.get_loc(0.0)]
    parts = [values[:, groups.get_loc(group)] for group in choice.groups]
    return parts[0] if len(parts) == 1 else _ratio(parts[0], parts[1])


def _ranked(
    choices: Sequence[Measurement], predicted: Sequence[Mapping[str, Prediction]], patients: int
) -> tuple[pd.DataFrame, pd.DataFrame]:
    rows, pairs = [], []
    for choice, predictions in zip(choices, predicted, strict=True):
        if any(math.isnan(prediction.mean) for prediction in predictions.values()):
            continue  # some hypothesis has nothing to measure there
        both = list(combinations(predictions, 2))
        each = [mean_power(predictions[a], predictions[b], choice.sd, patients) for a, b in both]
        worst = int(np.argmin(each))
        rows.append(
            {
                "measurement": choice.words,
                "assay": choice.assay.name,
                "day": choice.day,
                "arm": choice.arm,
                "against": choice.against,
                "group": choice.group,
                "power": float(np.mean(each)),
                "least": each[worst],
                "worst_pair": " and ".join(both[worst]),
                "needed": patients_needed(
                    [(predictions[a], predictions[b]) for a, b in both], choice.sd
                ),
                "sd": choice.sd,
                **{f"{name}": math.exp(p.mean) for name, p in predictions.items()},
            }
        )
        pairs += [
            {"measurement": choice.words, "first": a, "second": b, "power": value}
            for (a, b), value in zip(both, each, strict=True)
        ]
    table = pd.DataFrame(rows).sort_values(["power", "least"], ascending=False, kind="stable")
    return table.reset_index(drop=True), pd.DataFrame(pairs)
