"""The trials: who was treated, under which protocol, and the search for a schedule.

Run one as `pdmodel trial run adalimumab_40_eow`, or copy it and change the protocol. `eow` means
every other week. The spreads between patients are assumed where no study gives them.
"""

from arthritis.outcomes import BIOMARKER_DAYS, MARGINS, QUANTITIES, arthritis_outcomes
from arthritis.rules import StepUp
from pdmodel.trial import (
    Biomarker,
    Covariate,
    Cycle,
    Dropout,
    Endpoints,
    Free,
    LogitNormal,
    LogNormal,
    PatientType,
    Population,
    Protocol,
    Search,
    SizeChange,
    Trial,
)

DAYS = 182
VISITS = tuple(range(14, DAYS + 1, 14))
EVERY_OTHER_WEEK, WEEKLY = Cycle(1, 14), Cycle(1, 7)
ASSAYS = {"crp": 0.1, "adalimumab": 0.15}
"""Between measurements of the same sample; assumed."""
EARLY = Dropout(0.05, 84, 0.5)
"""One in twenty leaves within twelve weeks; assumed."""

established_arthritis = Population(
    "established_arthritis",
    "rheumatoid arthritis for ten years, several earlier drugs, no methotrexate beside",
    {
        "autonomy": LogitNormal(1.6, 0.5, low=0.01, high=0.99),
        "CL": LogNormal(0.4),
        "V": LogNormal(0.3),
        "neutralising_level": LogNormal(0.5),
        "crp_baseline": LogNormal(0.8, low=2, high=200),
        "il6_baseline": LogNormal(0.8, low=1, high=200),
        "tender_baseline": LogNormal(0.42, low=3, high=28, source="TAKEUCHI2014", status="derived"),
        "swollen_baseline": LogNormal(0.4, low=3, high=28, source="TAKEUCHI2014", status="derived"),
        "global_baseline": LogNormal(0.3, low=20, high=100),
    },
    covariates={
        "age": Covariate(
            "age", "year",
            LogNormal(0.25, 52.7, low=18, high=90, source="VANDEPUTTE2004", status="reported"),
        ),
    },
)  # fmt: skip

ENDPOINTS = Endpoints(
    responses={"eular_good": "good response", "eular_response": "moderate response"},
    groups=("EULAR response", "no response"),
    change=SizeChange("DAS28", "best_change", "DAS28", mark=("remission", "remission")),
    events={
        "first response": ("answered", "response_day"),
        "dose stepped up": ("stepped_up", "step_day"),
    },
    biomarkers=(
        Biomarker("CRP", {day: f"crp_fold_{day}" for day in BIOMARKER_DAYS}),
        Biomarker("IL-6", {day: f"il6_fold_{day}" for day in BIOMARKER_DAYS}),
    ),
)
"""What `arthritis_outcomes` means, for figures and pages."""

_protocol = Protocol(
    "adalimumab_40_eow", "40 mg every other week", 40, cycle=EVERY_OTHER_WEEK, days=DAYS,
    visits=VISITS, assay=ASSAYS, dropout=EARLY, source="VANDEPUTTE2004",
)  # fmt: skip
adalimumab_40_eow = Trial(
    "adalimumab_40_eow",
    "What does 40 mg every other week, and nothing else, bring in established arthritis?",
    _protocol, established_arthritis, arthritis_outcomes, "arthritis_patterns.csv", QUANTITIES,
    model="arthritis", margins=MARGINS, times={"first_response": ("response_day", "answered")},
    endpoints=ENDPOINTS,
    free=(Free("median", "autonomy", 0.05, 0.95), Free("sd", "autonomy", 0.3, 4.0)),
)  # fmt: skip
adalimumab_40_weekly = adalimumab_40_eow.with_(
    name="adalimumab_40_weekly",
    title="What does 40 mg every week bring in the same patients?",
    protocol=_protocol.with_(
        name="adalimumab_40_weekly", title="40 mg every week", cycle=WEEKLY, visits=VISITS
    ),
)
adalimumab_20_eow = adalimumab_40_eow.with_(
    name="adalimumab_20_eow",
    title="What does half of the dose bring in the same patients?",
    protocol=_protocol.with_(
        name="adalimumab_20_eow", title="20 mg every other week", start=20, visits=VISITS
    ),
)
adalimumab_stepped = adalimumab_40_eow.with_(
    name="adalimumab_stepped",
    title="What does twice the dose bring where 40 mg left the disease active?",
    protocol=_protocol.with_(
        name="adalimumab_stepped", title="40 mg every other week, 80 mg where DAS28 stays high",
        rules=(StepUp(80),), visits=VISITS, source="LABEL",
    ),
)  # fmt: skip

adalimumab = Search(
    "adalimumab",
    "Which dose and interval bring most responses without more of the antibody than helps?",
    adalimumab_40_eow,
    doses=(20, 40, 80),
    cycles=(WEEKLY, EVERY_OTHER_WEEK),
    benefit="eular_response",
    harm="more_than_enough",
    also=("eular_good", "remission"),
    words={
        "eular_response": "EULAR responses", "eular_good": "good responses",
        "more_than_enough": "troughs above 8 mg/L",
    },
    types=(
        PatientType("CRP above 50 mg/L", "crp_baseline", low=50),
        PatientType("fast clearance (above 0.6 L/day)", "CL", low=0.6),
    ),
)  # fmt: skip
