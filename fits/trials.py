"""The published trials: those in the patients of the 10 mg trial, and all that were reported.

Each is declared in the file from which it comes here; run one as `pdmodel trial run phase2`.
"""

from fits.phase2_trials import (
    ASSAYS,
    CLL_ENDPOINTS,
    EARLY,
    ESCALATE,
    HOLD,
    PACK,
    high_dose,
    low_dose,
    phase2,
    slow_start,
    steroid_on_flare,
)
from fits.populations import calibrated_cll, relapsed_cll, starting_point
from fits.reported_trials import (
    aue_2009,
    chanan_khan_2006,
    elderly_2008,
    ferrajoli_5_mg,
    ferrajoli_2008,
    high_risk_2007,
    lee_2008,
    reported,
)

__all__ = [
    "ASSAYS",
    "CLL_ENDPOINTS",
    "EARLY",
    "ESCALATE",
    "HOLD",
    "PACK",
    "aue_2009",
    "calibrated_cll",
    "chanan_khan_2006",
    "elderly_2008",
    "ferrajoli_5_mg",
    "ferrajoli_2008",
    "high_dose",
    "high_risk_2007",
    "lee_2008",
    "low_dose",
    "phase2",
    "relapsed_cll",
    "reported",
    "slow_start",
    "starting_point",
    "steroid_on_flare",
]
