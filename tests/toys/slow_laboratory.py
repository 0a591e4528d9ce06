"""A laboratory in which everything takes a moment: one model, a rival, a trial, a search."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from pdmodel.hypotheses import Assay, Comparison, Difference, Intervention
from pdmodel.inference import FitProblem, Question, Target
from pdmodel.model import Model
from pdmodel.trial import Cycle, Free, LogNormal, Population, Protocol, Search, Trial
from tests.toys import one_compartment

DOSES = "10 mg iv daily"
PATTERNS = """\
id,trial,kind,outcome,group,low,high,events,n,unit,use,status,source,meaning
rate,toy,rate,high,,,,3,8,1,calibrate,reported,X,high
end,toy,median,level,,0,99,,8,mg,predict,assumed,X,level
"""


def named(name: str, k: float) -> Model:
    """Return the model under another name."""
    base = one_compartment()
    return Model(name, base.vocabulary, base.mechanisms, values={"k": k})


TOY, RIVAL = named("toy", 0.7), named("rival", 2.0)


def targets() -> list[Target]:
    """Return what is asked of two typical patients; more of both groups than of one."""
    rows = [("t1", "fast", 1.0, 3.0), ("t2", "slow", 1.0, 8.0), ("t3", "slow", 2.0, 12.0)]
    return [
        Target(name, group, "plasma", "level", day=day, low=0.5 * value, high=2 * value, source="X")
        for name, group, day, value in rows
    ] + [Target("t4", "fast/slow", "plasma", "ratio", day=2.0, low=0.3, high=0.6, source="X")]


def problem(model: Model = TOY) -> FitProblem:
    """Return the fit of the typical patients."""
    return FitProblem(
        model, targets(), DOSES, days=3, differ=("k",), free=(), groups={"fast": {}, "slow": {}}
    )


def outcomes(records: xr.Dataset) -> pd.DataFrame:
    """Whether the drug is high at the end, and how much there is."""
    level = records["plasma"].values[:, -1]
    dose = np.nanmean(records["dose"].values, axis=1)
    found = {"high": level > 8, "level": level, "high_margin": np.log(level / 8)}
    return pd.DataFrame(found | {"mean_dose": dose})


PEOPLE = Population("p", "", {"k": LogNormal(0.5)})
TRIAL = Trial(
    "toy", "", Protocol("t", "", 10, days=3, drug="iv"), PEOPLE, outcomes, "toy.csv", ("plasma",),
    model="tests.toys.slow_laboratory:TOY", margins={"high": "high_margin"},
    free=(Free("median", "k", 0.1, 5),),
)  # fmt: skip
SEARCH = Search("s", "", TRIAL, (5, 10), (Cycle(),), benefit="high", harm="high")
USUAL = Difference("usual", ("k",), "they eliminate it at another rate", "equal rates")


class Asked(Question):
    """A question whose targets are in the code."""

    def problem(self, model: Model | str | None = None, **changes: object) -> FitProblem:
        """Return the fit of a hypothesis."""
        del changes
        return problem(TOY if model is None else model)  # type: ignore[arg-type]


COMPARISON = Comparison(
    "toys", "Which rate?", Asked("q", ""), TRIAL, "rate", USUAL,
    ("tests.toys.slow_laboratory:TOY", "tests.toys.slow_laboratory:RIVAL"), TRIAL.free, patients=8,
    control="drug_alone",
)  # fmt: skip
ASSAYS = (Assay("plasma", "drug in plasma", "plasma", "level", (1.0, 2.0), 0.2, 0.1),)
ARMS = {"drug_alone": Intervention("drug_alone", "the drug alone", DOSES)}


def write_patterns(folder: Path) -> Path:
    """Write what was reported of the trial."""
    file = folder / "toy.csv"
    file.write_text(PATTERNS, encoding="utf-8")
    return file
