"""Which hypotheses are compared, on what. Run it as `pdmodel compare response`."""

from fits.differences import (
    drug_exposure,
    effector_competence,
    growth_rate,
    il6_inducibility,
    tnf_tolerance,
    tone,
    tone_and_birth_rate,
    tone_and_competence,
    tone_and_inducibility,
    tumour_burden,
)
from fits.reported_trials import once_calibrated
from fits.response import response as question
from fits.trials import calibrated_cll, phase2
from pdmodel.hypotheses import Comparison, Finding
from pdmodel.trial import Free

MECHANISMS = (
    "reference",
    "il6_survival",
    "il6_marker",
    "tumour_il6",
    "no_tolerance",
    "shallow_tolerance",
    "inducibility",
    "no_homeostasis",
    "tnf_bystander",
    "tnf_bystander_no_tolerance",
    "exhaustion_by_engagement",
    "resistant_clone",
    "no_exhaustion",
    "no_desensitisation",
    "homing_blocked",
    "effectors_and_antiproliferative",
    "antiproliferative_only",
    "direct_kill_only",
    "null",
)
DIFFERENCES = (
    "effector_competence",
    "il6_inducibility",
    "tnf_tolerance",
    "drug_exposure",
    "growth_rate",
    "tumour_burden",
)
ALL = (
    tone, effector_competence, il6_inducibility, tnf_tolerance, drug_exposure, growth_rate,
    tumour_burden, tone_and_inducibility, tone_and_competence,
)  # fmt: skip
"""In this order, by which the deviates of patients are drawn."""
PAIRS = ("no_tolerance@tone_and_inducibility", "shallow_tolerance@tone_and_inducibility")

response = Comparison(
    "response",
    "Which mechanism, and which difference between patients, explains who responds?",
    question,
    phase2.with_(population=calibrated_cll),
    rate="orr_10",
    usual=tone,
    hypotheses=(*MECHANISMS, *(f"reference@{name}" for name in DIFFERENCES), *PAIRS),
    scales=(
        Free("median", "kill_max", 0.0005, 0.2),
        Free("value", "direct_kill_max", 0.0005, 0.2),
        Free("value", "birth_Imax", 0.01, 0.99),
    ),
    findings=(
        Finding("IL-6 from the tumour: responders' IL-6 would rise as well", fall=("tumour_il6",)),
        Finding("stromal IL-6 without tolerance: no split", fall=("no_tolerance",)),
        Finding(
            "TNF-alpha as a bystander without tolerance: no split, no difference in TNF-alpha",
            fall=("tnf_bystander_no_tolerance",),
        ),
        Finding("without exhaustion the best response comes too late", fall=("no_exhaustion",)),
        Finding("without desensitisation the flare does not end", fall=("no_desensitisation",)),
        Finding(
            "IL-6 as brake, as survival factor and as marker cannot be told apart",
            survive=("reference", "il6_survival", "il6_marker"),
        ),
        Finding(
            "the IL-6 split needs a steep tolerance or a second difference between patients",
            survive=("shallow_tolerance@tone_and_inducibility",), fall=("shallow_tolerance",),
        ),
        Finding(
            "TNF balance, tone in effectors and a direct effect on division are undecided",
            survive=("no_homeostasis", "tnf_bystander", "effectors_and_antiproliferative"),
        ),
        Finding("an antiproliferative drug alone fails", fall=("antiproliferative_only",)),
        Finding("no drug, no response", fall=("null",)),
    ),
    differences=ALL,
    predicted=once_calibrated,
)  # fmt: skip

NEWER = (
    "reference",
    "homing_blocked",
    "retained_in_tissue",
    "released_to_blood",
    "motility_impaired",
    "cd80_over_days",
    "steep_ikaros_loss",
    "primed_kill",
    "marrow_reserve",
    "marrow_drained",
    "turnover_by_birth@tone_and_birth_rate",
    "selected_and_fast@tone_and_birth_rate",
)
mechanisms = Comparison(
    "mechanisms",
    "Do the patterns bear movement by the drug, a slower flare, another dose response, a reserve?",
    question,
    phase2.with_(population=calibrated_cll),
    rate="orr_10",
    usual=tone,
    hypotheses=NEWER,
    scales=(Free("median", "kill_max", 0.0005, 0.2),),
    differences=(tone, tone_and_birth_rate),
    predicted=once_calibrated,
)
"""Rivals that the 10 mg trial was not made for; what they say of other doses is a prediction.

Steroids and what a node remembers of them do not show without a steroid, so they are not here.
"""
