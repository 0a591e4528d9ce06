"""The laboratory to which the stored folders beside this file belong. Never change this file.

The question of a result folder covers the code of users, and this file is that code: one other
statement in it makes all folders beside it folders of another question. It therefore imports
pdmodel by its public names alone, which stay when the files of pdmodel move. `patterns.csv` and
`assays.csv` belong to it and may not change either; they are found in the working directory.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import xarray as xr

from pdmodel.dosing import Regimen
from pdmodel.hypotheses import Comparison, Difference, Hypothesis
from pdmodel.inference import FitProblem, Prior, Question, Target
from pdmodel.model import ASSUMED, Mechanism, Model, Vocabulary
from pdmodel.trial import (
    Correlation,
    Covariate,
    Cycle,
    Dropout,
    Effect,
    Free,
    Hold,
    LogNormal,
    Population,
    Protocol,
    Reduce,
    Search,
    Share,
    Stop,
    Trial,
)

DOSES = "10 mg daily"
HERE = "tests.storage.folders.laboratory"

CALLS: list[str] = []
"""A word for each call of `outcomes`, which is made once for each block of patients."""
STOP_AT: set[int] = set()
"""Which call of `outcomes` is interrupted as by Ctrl-C; the first is 1."""


def drug(name: str, k: float) -> Model:
    """Return a drug that is swallowed and eliminated; `k` is its rate of elimination."""
    q = Vocabulary()
    ka = q.parameter("ka", unit="1/day", value=5, bounds=(0, 50), meaning="in", source=ASSUMED)
    rate = q.parameter("k", unit="1/day", value=k, bounds=(0.05, 5), meaning="out", source=ASSUMED)
    gut = q.state("gut", unit="mg", initial=0, meaning="drug in the gut")
    plasma = q.state("plasma", unit="mg", initial=0, meaning="drug in plasma")
    q.slot("exposure", meaning="drug", states=(gut, plasma))
    exposure = Mechanism(
        "exposure",
        slot="exposure",
        claim="it comes and goes",
        processes={
            "absorption": {gut: -ka * gut, plasma: +ka * gut},
            "elimination": {plasma: -rate * plasma},
        },
        doses={"drug": gut},
    )
    return Model(name, q, [exposure])


TOY, RIVAL = drug("toy", 0.7), drug("rival", 2.0)


def targets() -> list[Target]:
    """Return what is asked of two typical patients."""
    rows = [("t1", "fast", 1.0, 3.0), ("t2", "slow", 1.0, 8.0), ("t3", "slow", 2.0, 12.0)]
    return [
        Target(name, group, "plasma", "level", day=day, low=0.5 * value, high=2 * value, source="X")
        for name, group, day, value in rows
    ] + [Target("t4", "fast/slow", "plasma", "ratio", day=2.0, low=0.3, high=0.6, source="X")]


def problem(model: Model | str | None = None) -> FitProblem:
    """Return the fit of the typical patients: the rate of each of them, one with a prior."""
    return FitProblem(
        TOY if model is None else model, targets(), DOSES, days=3, differ=("k",), free=("k",),
        groups={"slow": {}, "fast": {}}, priors=[Prior("k", 0.7, 1.0, source="X")],
    )  # fmt: skip


def outcomes(records: xr.Dataset) -> pd.DataFrame:
    """Return whether the drug is high at the end, and how much there is."""
    CALLS.append("outcomes")
    if len(CALLS) in STOP_AT:
        raise KeyboardInterrupt
    level = records["plasma"].values[:, -1]
    dose = np.nanmean(records["dose"].values, axis=1)
    made = {"high": level > 4, "level": level, "high_margin": np.log(level / 4)}
    return pd.DataFrame(made | {"mean_dose": dose})


PEOPLE = Population(
    "people", "who they are", {"k": LogNormal(0.5), "ka": LogNormal(0.2)},
    (Correlation("k", "ka", 0.3),), covariates={"old": Covariate("old", "1", Share(0.4))},
    effects=(Effect("k", "old", "factor", 0.8),),
)  # fmt: skip
PROTOCOL = Protocol(
    "daily", "one dose a day", 10, days=3, visits=(1, 2, 3), assay={"plasma": 0.1},
    rules=(Hold("gut", -1.0, 0.0), Reduce("old", -1.0), Stop("plasma", 50.0, 100.0)),
    dropout=Dropout(0.1, 3.0), alongside=Regimen(),
)  # fmt: skip
TRIAL = Trial(
    "toy", "A toy", PROTOCOL, PEOPLE, outcomes, "patterns.csv", ("plasma",), model=f"{HERE}:TOY",
    margins={"high": "high_margin"}, free=(Free("median", "k", 0.1, 5),),
)  # fmt: skip
OTHERS = PEOPLE.with_spreads(k=LogNormal(0.6))
LOW = TRIAL.with_(name="low", title="Half the dose", protocol=PROTOCOL.with_(start=5.0))
SEARCH = Search("doses", "Which dose?", TRIAL, (5, 10), (Cycle(),), benefit="high", harm="high")
USUAL = Difference("usual", ("k",), "they eliminate it at another rate", "equal rates")


class Asked(Question):
    """A question whose targets are in the code."""

    def problem(self, model: Model | str | None = None, **changes: object) -> FitProblem:
        """Return the fit of a hypothesis."""
        del changes
        return problem(model)


class Toys(Comparison):
    """A comparison that knows its own hypotheses alone, whatever others are published."""

    def choose(self, names: Sequence[str] | None = None) -> list[Hypothesis]:
        """Return the hypotheses, or some of them by name."""
        known = [Hypothesis(TOY, USUAL), Hypothesis(RIVAL, USUAL)]
        return [one for one in known if names is None or one.name in names]

    def trial_of(self, hypothesis: Hypothesis) -> Trial:
        """Return the trial of a hypothesis."""
        return TRIAL.with_(model=f"{HERE}:{hypothesis.model.name.upper()}")


COMPARISON = Toys(
    "toys", "Which rate?", Asked("rates", "How fast?"), TRIAL, "rate", USUAL,
    (f"{HERE}:TOY", f"{HERE}:RIVAL"), TRIAL.free, patients=8,
)  # fmt: skip
