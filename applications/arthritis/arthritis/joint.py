"""The joint: what drives synovitis (three rivals), and the score that the clinic makes of it."""

from sympy import Expr, Rational, Symbol, log

from arthritis.quantities import (
    DAS28,
    adalimumab,
    crp,
    crp_unit,
    global_baseline,
    il6_seen,
    level,
    swollen_baseline,
    swollen_joints,
    synovitis,
    synovitis_rate,
    tender_baseline,
    tender_joints,
    tnf,
    tnf_baseline,
    tnf_share,
)
from pdmodel.model import Mechanism, safe_power

_tnf = tnf / tnf_baseline


def _driven_by(drive: Expr) -> dict[str, dict[Symbol, Expr]]:
    """Let synovitis follow a drive, which is 1 before treatment."""
    return {
        "inflammation": {synovitis: +synovitis_rate * drive},
        "resolution": {synovitis: -synovitis_rate * synovitis},
    }


joint_driven_by_il6 = Mechanism(
    "joint_driven_by_il6",
    slot="joint",
    claim="TNF-alpha reaches the joint through the IL-6 that it induces",
    refuted_by="joints that improve although IL-6 stays high",
    processes=_driven_by(il6_seen),
    source="ADACTA2013",
)

joint_driven_by_tnf = Mechanism(
    "joint_driven_by_tnf",
    slot="joint",
    claim="TNF-alpha itself drives synovitis; IL-6 is a marker",
    refuted_by="joints that stay inflamed although free TNF-alpha is gone",
    processes=_driven_by(_tnf),
)

joint_driven_by_both = Mechanism(
    "joint_driven_by_both",
    slot="joint",
    claim="TNF-alpha and IL-6 each drive a part of the synovitis",
    refuted_by="patients who do not improve at all on the antibody",
    processes=_driven_by(tnf_share * _tnf + (1 - tnf_share) * il6_seen),
)

# The joint counts stand under roots, whose slopes must stay finite where synovitis has gone.
_score = (
    Rational(56, 100) * safe_power(tender_joints, Rational(1, 2))
    + Rational(28, 100) * safe_power(swollen_joints, Rational(1, 2))
    + Rational(36, 100) * log(crp / crp_unit + 1)
    + Rational(14, 1000) * global_baseline * synovitis
    + Rational(96, 100)
)

clinic = Mechanism(
    "clinic",
    slot="readouts",
    claim="joint counts and global health follow synovitis; DAS28 is their score, with CRP",
    defines={
        adalimumab: level,
        tender_joints: tender_baseline * synovitis,
        swollen_joints: swollen_baseline * synovitis,
        DAS28: _score,
    },
    source="PRINCE2012",
)
