"""Small populations: one compartment by mouth or into the vein, simulated or published."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pandas as pd

from pdmodel.dosing import read_events
from pdmodel.inference import (
    AdditiveError,
    Allometric,
    Categorical,
    CombinedError,
    LogNormalError,
    PopulationProblem,
    ProportionalError,
    RandomEffect,
    read_measurements,
)
from pdmodel.model import ASSUMED, Mechanism, Model, Vocabulary

HOURS = 24.0


def one_compartment(oral: bool = True) -> Model:
    """Return one compartment with clearance and volume; concentration `cp`, amount `plasma`."""
    q = Vocabulary()

    def parameter(name: str, unit: str, value: float):
        return q.parameter(
            name, unit=unit, value=value, bounds=(0, 1e6), meaning=name, source=ASSUMED
        )

    states, processes, doses = [], {}, {}
    if oral:  # declared first, so that it is compartment 1
        gut = q.state("gut", unit="mg", initial=0, meaning="drug in the gut")
        states, doses = [gut], {"oral": gut}
    cl, v = parameter("CL", "L/day", 2.0), parameter("V", "L", 20.0)
    plasma = q.state("plasma", unit="mg", initial=0, meaning="drug in plasma")
    cp = q.observable("cp", unit="mg/L", meaning="plasma concentration")
    processes["out"] = {plasma: -cl / v * plasma}
    if oral:
        ka = parameter("ka", "1/day", 5.0)
        processes["in"] = {gut: -ka * gut, plasma: ka * gut}
    states, doses = [*states, plasma], {**doses, "iv": plasma}
    q.slot("pk", meaning="drug", states=tuple(states), defines=(cp,))
    mechanism = Mechanism(
        "pk", slot="pk", claim="it comes and goes", processes=processes, defines={cp: plasma / v},
        doses=doses,
    )  # fmt: skip
    return Model("one_compartment", q, [mechanism])


ORAL, IV = one_compartment(), one_compartment(oral=False)


def intravenous(
    subjects: int = 8,
    *,
    seed: int = 1,
    sds: tuple[float, float] = (0.3, 0.2),
    sd: float = 0.15,
    days: tuple[float, ...] = (0.25, 1.0, 3.0, 6.0, 10.0),
    limit: float = 0.0,
    weights: bool = False,
) -> pd.DataFrame:
    """Return a table of 100 mg into the vein, CL 2 and V 20, log-normal error; M3 below a limit."""
    rng, rows = np.random.default_rng(seed), list[tuple[object, ...]]()
    for number in range(subjects):
        weight = 50.0 + 5.0 * (number % 8)
        cl = 2.0 * math.exp(sds[0] * rng.standard_normal())
        cl *= (weight / 70) ** 0.75 if weights else 1.0
        v = 20.0 * math.exp(sds[1] * rng.standard_normal())
        rows.append((number + 1, 0.0, 100.0, 1, ".", 0, weight))
        for day in days:
            value = 100 / v * math.exp(-cl / v * day + sd * rng.standard_normal())
            below = value < limit
            rows.append((number + 1, day, 0.0, 0, limit if below else value, int(below), weight))
    return pd.DataFrame(rows, columns=["ID", "TIME", "AMT", "EVID", "DV", "CENS", "WGT"])


def problem(table: pd.DataFrame, error=None, effects=None, **changes) -> PopulationProblem:
    """Return a population of the intravenous toy, random effects on CL and V."""
    measurements = read_measurements(read_events(table), "cp", error or LogNormalError(), IV)
    chosen = [RandomEffect("CL", sd=0.4), RandomEffect("V", sd=0.3)] if effects is None else effects
    starts = {"CL": 2.5, "V": 18.0}
    return PopulationProblem(IV, measurements, chosen, **{"starts": starts, **changes})


def theophylline(external: Path, **changes) -> PopulationProblem:
    """Return 12 subjects after one dose by mouth (Boeckmann, Sheiner and Beal 1994)."""
    file = external / "mixed_effects" / "theo_sd.csv"
    table = read_events(file, time="hour", evid="rxode")
    measurements = read_measurements(table, "cp", AdditiveError(sd=0.7), ORAL)
    starts = {"ka": HOURS * math.exp(0.45), "CL": HOURS * math.exp(1.0), "V": math.exp(3.45)}
    effects = [RandomEffect("ka", sd=0.6), RandomEffect("CL", sd=0.3), RandomEffect("V", sd=0.1)]
    return PopulationProblem(ORAL, measurements, effects, **{"starts": starts, **changes})


def phenobarbital(external: Path) -> PopulationProblem:
    """Return 59 infants, clearance and volume in proportion to weight (Grasela and Donn 1985)."""
    frame = pd.read_csv(external / "mixed_effects" / "pheno.csv").drop(columns=["FA1", "FA2"])
    frame["EVID"] = (frame["AMT"] > 0).astype(int)
    frame["DV"] = [repr(value) if value else "." for value in frame["DV"]]
    frame["MDV"] = [int(value == ".") for value in frame["DV"]]
    error = ProportionalError(sd=math.sqrt(0.013241))
    measurements = read_measurements(read_events(frame, time="hour"), "cp", error, IV)
    return PopulationProblem(
        IV, measurements,
        [RandomEffect("CL", sd=math.sqrt(0.0309626)), RandomEffect("V", sd=math.sqrt(0.031128))],
        covariates=[
            Allometric("CL", "WGT", 1.0, 1.0), Allometric("V", "WGT", 1.0, 1.0),
            Categorical("V", "APGR", below=5, change=0.1),
        ],
        starts={"CL": HOURS * 0.00469307, "V": 1.00916},
    )  # fmt: skip


WANG_ERRORS = {
    "additive": AdditiveError(sd=math.sqrt(0.1)),
    "proportional": ProportionalError(sd=math.sqrt(0.1)),
    "combined": CombinedError(additive_sd=math.sqrt(0.1), proportional_sd=math.sqrt(0.1)),
}


def wang(external: Path, error: str) -> PopulationProblem:
    """Return ten subjects, two values each, after a bolus of 10 into a volume of 1 (Wang 2007)."""
    rows = []
    for row in pd.read_csv(external / "mixed_effects" / "Wang2007.csv").itertuples():
        if row.Time == 0:
            rows.append((row.ID, 0.0, 10.0, 1, "."))
        rows.append((row.ID, row.Time, 0.0, 0, repr(row.Y)))
    table = read_events(pd.DataFrame(rows, columns=["ID", "TIME", "AMT", "EVID", "DV"]))
    measurements = read_measurements(table, "cp", WANG_ERRORS[error], IV)
    effects = [RandomEffect("CL", sd=0.2)]
    return PopulationProblem(IV, measurements, effects, starts={"CL": 0.5}, values={"V": 1.0})
