"""Trials in the patients of the 10 mg trial: its protocol, other doses, steroids.

Run one as `pdmodel trial run phase2`, or copy it and change the protocol.
"""

from dataclasses import replace

from equations.regimens import steroid_pack
from equations.response_criteria import ANY_FLARE
from fits.outcomes import MARGINS, PEAKS, QUANTITIES, cll_outcomes
from fits.populations import relapsed_cll
from pdmodel.trial import (
    Biomarker,
    Course,
    Cycle,
    Dropout,
    Endpoints,
    Escalate,
    Free,
    Hold,
    Protocol,
    SizeChange,
    Trial,
)

ASSAYS = {"ANC": 0.0, "il6": 0.35, "tnf": 0.35}
"""Between measurements of the same sample; assumed, after the 30-50 % of such assays."""
PACK = steroid_pack(0, times_a_day=2)
EARLY = Dropout(2 / 44, 28, 0.5, source="FERRAJOLI2008", status="reported")
"""Two of 44 died of infection in the first cycle; that fewer leave later is assumed (the shape)."""
HOLD = Hold("ANC", below=0.5, resume=1.0, reduce=5.0, least=5.0)
"""Withheld in neutropenia of grade 4, and given again from grade 2 on."""
ESCALATE = Escalate(step=5.0, every=28.0, most=25.0, quantity="ANC", at_least=1.5)
CLL_ENDPOINTS = Endpoints(
    responses={"complete": "complete response", "responder": "partial response"},
    groups=("responder", "nonresponder"),
    change=SizeChange(
        "SPD", "best_change", "nodes, SPD", limit=-50.0, mark=("flare", "tumour flare")
    ),
    events={
        "flare": ("flare", "flare_onset"),
        "first response": ("responder", "first_response_day"),
        "progression": ("progressed", "progression_day"),
    },
    biomarkers=(
        Biomarker("IL-6", {7: "il6_fold_7", 28: "il6_fold_28"}),
        Biomarker("TNF-α", {7: "tnf_fold_7", 28: "tnf_fold_28"}),
    ),
)  # fmt: skip
"""What `cll_outcomes` means, for figures and pages."""

_continuous = Protocol(
    "phase2", "10 mg daily, +5 mg every 28 days if ANC allows", 10,
    rules=(HOLD, ESCALATE), days=336, assay=ASSAYS, dropout=EARLY, source="FERRAJOLI2008",
)  # fmt: skip
phase2 = Trial(
    "phase2",
    "What do 10 mg daily, escalated where blood counts allow, bring in relapsed CLL?",
    _continuous, relapsed_cll, cll_outcomes, "trials.csv", QUANTITIES, PEAKS, model="reference",
    margins=MARGINS, times={"progression_free": ("progression_day", "progressed")},
    endpoints=CLL_ENDPOINTS,
    free=(
        Free("median", "kill_max", 0.0015, 0.04),
        Free("median", "swelling_max", 0.3, 6.0),
        Free("median", "marrow_slope", 0.0003, 0.007),
        Free("value", "exhaustion_gain", 0.002, 0.06),
        Free("sd", "tone", 0.1, 1.5),
    ),
)  # fmt: skip
high_dose = phase2.with_(
    name="high_dose",
    title="What do 25 mg on days 1-21 of 28 bring in the same patients?",
    protocol=Protocol(
        "high_dose", "25 mg on days 1-21 of 28", 25, cycle=Cycle(21, 28), rules=(HOLD,),
        days=336, assay=ASSAYS, dropout=EARLY, source="CHANAN_KHAN2006",
    ),
)  # fmt: skip
low_dose = phase2.with_(
    name="low_dose",
    title="What do 5 mg daily bring in the same patients?",
    protocol=Protocol(
        "low_dose", "5 mg daily", 5, rules=(HOLD,), days=336, assay=ASSAYS, dropout=EARLY,
        source="FERRAJOLI2008",
    ),
)  # fmt: skip
steroid_on_flare = phase2.with_(
    name="steroid_on_flare",
    title="What does a steroid pack at the first sign of flare change?",
    protocol=_continuous.with_(
        name="steroid_on_flare", title="10 mg daily, a steroid pack where nodes swell",
        rules=(*_continuous.rules, Course(PACK, 6, "node_swelling", ANY_FLARE.value)),
        visits=(1, 2, 3, *_continuous.visits),
    ),
)  # fmt: skip
slow_start = phase2.with_(
    name="slow_start",
    title="What do 10 mg, raised every 14 days to 25 mg after a steroid pack, bring?",
    # Later patients of the 25 mg trial began so, with prednisone, which is not in the model.
    protocol=Protocol(
        "slow_start", "10 mg, +5 mg every 14 days to 25 mg, days 1-21 of 28, steroid pack first",
        10, cycle=Cycle(21, 28), rules=(HOLD, replace(ESCALATE, every=14)), days=336,
        alongside=PACK, assay=ASSAYS, dropout=EARLY, source="CHANAN_KHAN2006",
    ),
)  # fmt: skip
