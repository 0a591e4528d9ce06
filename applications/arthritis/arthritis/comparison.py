"""Which mechanisms are held against what, and what could be measured or done to tell them apart.

Run it as `pdmodel compare arthritis`.
"""

from arthritis.question import adalimumab as question
from arthritis.trials import adalimumab_40_eow
from pdmodel.hypotheses import Comparison, Difference, Finding, Intervention
from pdmodel.trial import Free

fibroblast_autonomy = Difference(
    "fibroblast_autonomy",
    ("autonomy",),
    "fibroblasts of patients who do not improve make IL-6 without TNF-alpha",
    "IL-6 that falls alike in patients who improve and in those who do not",
    spread=0.6,
)
clearance = Difference(
    "clearance",
    ("CL",),
    "patients who do not improve clear the antibody faster",
    "troughs alike in patients who improve and in those who do not",
    spread=0.4,
)
immune_response = Difference(
    "immune_response",
    ("immunogenicity",),
    "patients who do not improve make antibodies against the antibody",
    "troughs alike in patients who improve and in those who do not",
    source="BARTELDS2007",
)

adalimumab_alone = Intervention(
    "adalimumab_alone", "40 mg every other week", "40 mg adalimumab every 14 days"
)
il6_receptor_blockade = Intervention(
    "il6_receptor_blockade", "the same, with tocilizumab every 28 days",
    "40 mg adalimumab every 14 days + 560 mg tocilizumab every 28 days",
    ("il6_receptor_blocked",),
)  # fmt: skip
weekly_dosing = Intervention("weekly_dosing", "40 mg every week", "40 mg adalimumab weekly")

arthritis = Comparison(
    "arthritis",
    "Which mechanism, and which difference between patients, explains who does not improve?",
    question,
    adalimumab_40_eow,
    rate="response_40_eow",
    usual=fibroblast_autonomy,
    hypotheses=(
        "arthritis",
        "joint_on_both",
        "joint_on_tnf",
        "arthritis@clearance",
        "tnf_alone@clearance",
        "antidrug@immune_response",
        "inert_antibody",
    ),
    scales=(
        Free("median", "autonomy", 0.02, 0.98),
        Free("median", "neutralising_level", 0.11, 11),
    ),
    lowers=("autonomy", "neutralising_level"),
    patients=256,
    assays="arthritis_assays.csv",
    interventions=("adalimumab_alone", "il6_receptor_blockade", "weekly_dosing"),
    control="adalimumab_alone",
    findings=(
        Finding("joints that follow TNF-alpha would improve in all", fall=("joint_on_tnf",)),
        Finding(
            "less of the antibody, cleared faster or bound, would show in the trough",
            fall=("arthritis@clearance", "tnf_alone@clearance", "antidrug@immune_response"),
        ),
        Finding("no antibody, no improvement", fall=("inert_antibody",)),
    ),
)
