"""The reported trials of lenalidomide in CLL, each with its protocol and its patients.

The 10 mg trial calibrates; all others are predicted: `pdmodel trial compare --all`. What is known
of each is in the evidence tables, by the numbers in the column `source` of fits/data/trials.csv.
Not modelled, and so not judged: fever, chills, pain and creatinine of cytokine release, thrombosis,
CRP and markers of the endothelium, platelets, natural killer cells, IL-10 and VEGF, T-cell
subsets, tumour lysis (its criteria are of chemistry), unmutated IGHV, and subgroups of which no
denominator was reported.
"""

from dataclasses import replace
from typing import Any

from fits.phase2_trials import ASSAYS, EARLY, ESCALATE, HOLD, PACK, low_dose, phase2
from fits.populations import elderly_untreated, high_risk_relapsed, relapsed_reported
from fits.reported_outcomes import REPORTED_MARGINS, reported_outcomes
from pdmodel.trial import Cycle, Ladder, Protocol, TrialArm, TrialSet

READINGS = {
    "grade 2 or more": {},
    "any grade": {
        "flare": "any_flare",
        "flare_onset": "any_flare_onset",
        "flare_duration": "any_flare_duration",
    },
}
"""Neither 30 % at 10 mg nor 58 % at 25 mg was reported with a grade of flare."""
_OF_RELAPSED: dict[str, Any] = {
    "population": relapsed_reported,
    "outcomes": reported_outcomes,
    "margins": REPORTED_MARGINS,
}
_SEEN: dict[str, Any] = {"days": 336, "assay": ASSAYS, "dropout": EARLY}

ferrajoli_2008 = phase2.with_(name="ferrajoli_2008", reported_as="phase2", **_OF_RELAPSED)
ferrajoli_5_mg = low_dose.with_(
    name="ferrajoli_5_mg",
    title="What do 5 mg daily bring, as in 11 patients of the 10 mg trial?",
    reported_as="low_dose",
    **_OF_RELAPSED,
)
_at_once = Protocol(
    "at_once", "25 mg on days 1-21 of 28", 25, cycle=Cycle(21, 28), rules=(HOLD,),
    source="CHANAN_KHAN2006", **_SEEN,
)  # fmt: skip
_with_care = _at_once.with_(
    name="with_care",
    title="10 mg, +5 mg every 14 days to 25 mg, days 1-21 of 28, steroid first",
    # Reported: every 1 to 2 weeks, with prednisone; the reference knows methylprednisolone only.
    start=10,
    rules=(HOLD, replace(ESCALATE, every=14)),
    alongside=PACK,
)
chanan_khan_2006 = ferrajoli_2008.with_(
    name="chanan_khan_2006",
    title="What do 25 mg on days 1-21 of 28 bring, begun with care in later patients?",
    protocol=_at_once,
    reported_as="",
    # That a third were later patients is assumed.
    arms=(TrialArm("at_once", 30), TrialArm("with_care", 15, _with_care)),
)
_cycles = Protocol(
    "twenty", "20 mg, three weeks on and three off", 20, cycle=Cycle(21, 42), rules=(HOLD,),
    source="AUE2009", **_SEEN,
)  # fmt: skip
aue_2009 = ferrajoli_2008.with_(
    name="aue_2009",
    title="What do three weeks on and three off bring, 20 mg and later 10 mg?",
    protocol=_cycles,
    reported_as="",
    arms=(
        TrialArm("start_20", 10),
        TrialArm("start_10", 8, _cycles.with_(name="ten", title="the same, 10 mg", start=10)),
    ),
)
elderly_2008 = ferrajoli_2008.with_(
    name="elderly_2008",
    title="What do 5 mg for 56 days, then 5 mg more every 28 days, bring in untreated patients?",
    protocol=Protocol(
        "elderly_2008", "5 mg for 56 days, +5 mg every 28 days to 25 mg", 5,
        rules=(HOLD, Ladder([(56, 10), (84, 15), (112, 20), (140, 25)], "ANC", 1.5)),
        source="ELDERLY2008", **_SEEN,
    ),
    population=elderly_untreated,
    reported_as="",
)  # fmt: skip
lee_2008 = elderly_2008.with_(
    name="lee_2008",
    title="And 5 mg for 28 days, then 5 mg more every 28 days?",
    protocol=Protocol(
        "lee_2008", "5 mg for 28 days, +5 mg every 28 days to 25 mg", 5,
        rules=(HOLD, Ladder([(28, 10), (56, 15), (84, 20), (112, 25)], "ANC", 1.5)),
        source="LEE2008", **_SEEN,
    ),
)  # fmt: skip
_two_years: dict[str, Any] = {"days": 728, "visits": (*range(7, 337, 7), *range(364, 729, 28))}
_study_b = _at_once.with_(**_two_years)
high_risk_2007 = ferrajoli_2008.with_(
    name="high_risk_2007",
    title="What do both trials bring where 17p or 11q are deleted, and for how long?",
    protocol=_study_b,
    population=high_risk_relapsed,
    reported_as="",
    arms=(
        TrialArm("study_a", 24, phase2.protocol.with_(**_two_years)),
        TrialArm("study_b", 16),
    ),
)
reported = TrialSet(
    "reported",
    "Calibrated on the 10 mg trial: what does the model say of all others?",
    ferrajoli_2008,
    (ferrajoli_5_mg, chanan_khan_2006, aue_2009, elderly_2008, lee_2008, high_risk_2007),
    readings=READINGS,
)

_CALIBRATED = dict(
    zip(ferrajoli_2008.free, (0.008708, 1.1752, 0.0011643, 0.0112, 0.52572), strict=True)
)
"""The reference model's, calibrated on 512 patients, seed 1, flares read as grade 2 or more."""
once_calibrated = TrialSet(
    "once_calibrated",
    "Begun from the calibrated reference, what does each rival say of all other trials?",
    ferrajoli_2008.with_numbers(_CALIBRATED),
    tuple(trial.with_numbers(_CALIBRATED) for trial in reported.predicted),
    readings={"grade 2 or more": READINGS["grade 2 or more"]},
)
"""What `pdmodel compare` asks of rivals, who begin from these numbers and move one of them."""
