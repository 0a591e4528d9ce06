"""A laboratory in one file, with its tables beside it: an antibody lowers a marker, in two ways."""

import numpy as np
import pandas as pd
import xarray as xr

from pdmodel.hypotheses import Comparison, Difference, Intervention
from pdmodel.inference import Question
from pdmodel.model import ASSUMED, Mechanism, Model, Patient, Vocabulary
from pdmodel.trial import Cycle, Free, LogNormal, Population, Protocol, Trial

q = Vocabulary(references={"HOME2020": "Home et al. 2020, where the toy is at home."})
ka = q.parameter(
    "ka", unit="1/day", value=5, bounds=(0.5, 50), meaning="absorption", source=ASSUMED
)
k = q.parameter(
    "k", unit="1/day", value=0.1, bounds=(0.01, 1), meaning="elimination", source="HOME2020"
)
kin = q.parameter(
    "kin", unit="mg/L/day", value=10, bounds=(1, 100), meaning="supply", source=ASSUMED
)
kout = q.parameter(
    "kout", unit="1/day", value=0.5, bounds=(0.05, 5), meaning="loss", source=ASSUMED
)
half = q.parameter(
    "half", unit="mg", value=20, bounds=(1, 200), meaning="drug for half of the effect",
    source=ASSUMED, vary=True,
)  # fmt: skip
gut = q.state("gut", unit="mg", initial=0, meaning="drug that is not absorbed yet")
plasma = q.state("plasma", unit="mg", initial=0, meaning="drug in plasma")
marker = q.state("marker", unit="mg/L", initial=kin / kout, meaning="marker", label="CRP")
q.slot("exposure", meaning="drug", states=(gut, plasma))
q.slot("inflammation", meaning="marker", states=(marker,))
exposure = Mechanism(
    "exposure", slot="exposure", claim="it comes and goes",
    processes={
        "absorption": {gut: -ka * gut, plasma: +ka * gut}, "elimination": {plasma: -k * plasma},
    },
    doses={"antibody": gut},
)  # fmt: skip
less_supply = Mechanism(
    "less_supply", slot="inflammation", claim="the drug stops the supply",
    processes={"supply": {marker: kin * half / (half + plasma)}, "loss": {marker: -kout * marker}},
)  # fmt: skip
more_loss = Mechanism(
    "more_loss", slot="inflammation", claim="the drug speeds the loss",
    processes={"supply": {marker: kin}, "loss": {marker: -kout * (1 + plasma / half) * marker}},
)  # fmt: skip
supply = Model(
    "supply", q, [exposure, less_supply], [more_loss], claim="the drug stops the supply",
    refuted_by="a supply that goes on",
)  # fmt: skip
loss = supply.swap(
    more_loss, name="loss", claim="the drug speeds the loss", refuted_by="a loss that is as before"
)
mild = Patient("mild", "mildly ill", {"half": 10.0})
severe = Patient("severe", "severely ill", {"half": 60.0})
asked = Question(
    "asked", "What does the antibody do?", model="supply", targets="toy_targets.csv",
    regimen="40 mg antibody days 1-1 of 14", days=56, differ=("half",), free=("half",), null=None,
)  # fmt: skip


def outcomes(records: xr.Dataset) -> pd.DataFrame:
    """Return whether the marker is halved, and by how much it falls."""
    fold = records["marker"].values[:, -1] / records["marker"].values[:, 0]
    return pd.DataFrame(
        {
            "better": fold < 0.5,
            "fold": fold,
            "better_margin": np.log(0.5 / fold),
            "mean_dose": np.nanmean(records["dose"].values, axis=1),
        }
    )


tried = Trial(
    "tried", "Does it help?",
    Protocol("p", "40 mg every 14 days", 40, cycle=Cycle(1, 14), days=56, drug="antibody"),
    Population("people", "who they are", {"half": LogNormal(0.8)}), outcomes, "toy_patterns.csv",
    ("marker",), model="supply", margins={"better": "better_margin"},
    free=(Free("median", "half", 1, 200),),
)  # fmt: skip
sensitive = Difference(
    "sensitive", ("half",), "mild disease answers to less drug", "the same answer in both"
)
clearance = Difference(
    "clearance", ("k",), "mild disease keeps the drug longer", "the same levels in both"
)
antibody_alone = Intervention("antibody_alone", "the antibody alone")
twice = Intervention("twice", "twice the dose", "80 mg antibody days 1-1 of 14")
comparison = Comparison(
    "toys", "How does the antibody work?", asked, tried, "better_rate", sensitive,
    ("supply", "own.py:loss", "supply@clearance"), tried.free, patients=8,
    lowers=("half",),
)  # fmt: skip
