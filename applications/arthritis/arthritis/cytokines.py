"""TNF-alpha, IL-6 and C-reactive protein: who makes them, and at whose command."""

from arthritis.quantities import (
    autonomy,
    crp,
    crp_baseline,
    crp_clearance,
    il6,
    il6_baseline,
    il6_clearance,
    il6_seen,
    neutralisation,
    synovitis,
    tnf,
    tnf_baseline,
    tnf_clearance,
    tnf_feedback,
)
from pdmodel.model import Mechanism

_tnf_turnover = tnf_clearance * tnf_baseline
_il6_turnover = il6_clearance * il6_baseline

tnf_from_synovium = Mechanism(
    "tnf_from_synovium",
    slot="tnf",
    claim="part of the TNF-alpha comes from the inflamed synovium and falls with it",
    refuted_by="free TNF-alpha that comes back in full although synovitis has gone",
    processes={
        "secretion": {tnf: +_tnf_turnover * (1 - tnf_feedback + tnf_feedback * synovitis)},
        "clearance": {tnf: -tnf_clearance * tnf},
        "neutralisation": {tnf: -neutralisation * tnf},
    },
)

il6_from_tnf_and_fibroblasts = Mechanism(
    "il6_from_tnf_and_fibroblasts",
    slot="il6",
    claim="TNF-alpha drives IL-6, but fibroblasts make part of it on their own",
    refuted_by="IL-6 that falls to the same low level in all patients once TNF-alpha is gone",
    processes={
        "secretion_on_tnf": {il6: +_il6_turnover * (1 - autonomy) * tnf / tnf_baseline},
        "secretion_of_fibroblasts": {il6: +_il6_turnover * autonomy},
        "clearance": {il6: -il6_clearance * il6},
    },
    source="CHARLES1999",
)

il6_from_tnf_alone = Mechanism(
    "il6_from_tnf_alone",
    slot="il6",
    claim="TNF-alpha drives all IL-6 of the joint",
    refuted_by="patients whose IL-6 stays although their free TNF-alpha is gone",
    processes={
        "secretion_on_tnf": {il6: +_il6_turnover * tnf / tnf_baseline},
        "clearance": {il6: -il6_clearance * il6},
    },
)

crp_from_il6 = Mechanism(
    "crp_from_il6",
    slot="liver",
    claim="the liver makes C-reactive protein in proportion to the IL-6 that it sees",
    refuted_by="C-reactive protein that stays high where the IL-6 receptor is blocked",
    processes={
        "synthesis": {crp: +crp_clearance * crp_baseline * il6_seen},
        "clearance": {crp: -crp_clearance * crp},
    },
    source="WILKINS1998; CHARLES1999",
)
