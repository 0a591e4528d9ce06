"""TNF-alpha: myeloid and effector sources, the drug's block, and the tolerance TNF leaves."""

from sympy import Rational

from equations.quantities import (
    activated_effectors,
    acute_drive,
    drug_effect,
    effectors_baseline,
    inducibility_exponent,
    steroid_effect,
    tnf,
    tnf_acute_gain,
    tnf_answer,
    tnf_baseline,
    tnf_clearance,
    tnf_effector_share,
    tnf_myeloid_block,
    tnf_myeloid_Imax,
    tnf_seen,
    tolerance_exponent,
    tolerance_tnf,
    tone,
)
from pdmodel.model import Mechanism, hill_fall, safe_power

_production = tnf_clearance * tnf_baseline

tnf_from_myeloid_and_effectors = Mechanism(
    "tnf_from_myeloid_and_effectors",
    slot="tnf",
    claim="myeloid cells make most plasma TNF-alpha, effectors the rest, the flare adds to both",
    refuted_by="TNF-alpha that does not move when effectors expand",
    processes={
        "myeloid_secretion": {
            tnf: +_production * (1 - tnf_effector_share) * (1 - tnf_myeloid_block)
            * (1 - steroid_effect)
        },
        "effector_secretion": {
            tnf: +_production * tnf_effector_share * activated_effectors / effectors_baseline
        },
        "acute_secretion": {tnf: +_production * tnf_acute_gain * acute_drive},
        "clearance": {tnf: -tnf_clearance * tnf},
    },
    source="CRS2023; FERRAJOLI2002",
)  # fmt: skip

tnf_homeostasis = Mechanism(
    "tnf_homeostasis",
    slot="tnf_homeostasis",
    claim="the drug dampens myeloid TNF-alpha, which balances what new effectors make",
    refuted_by="monocytes on drug that make as much TNF-alpha as before",
    defines={tnf_myeloid_block: tnf_myeloid_Imax * drug_effect},
    source="MOLMED; CORRAL1999",
)

no_myeloid_inhibition = Mechanism(
    "no_myeloid_inhibition",
    slot="tnf_homeostasis",
    claim="the drug leaves myeloid TNF-alpha alone",
    refuted_by="monocytes on drug that make less TNF-alpha",
    defines={tnf_myeloid_block: 0},
)

tnf_tolerance = Mechanism(
    "tnf_tolerance",
    slot="tolerance",
    claim="cells used to TNF-alpha answer an inducing signal with little IL-6",
    refuted_by="monocytes of patients with high TNF-alpha that answer like any others",
    defines={tnf_answer: hill_fall(tnf_seen, tolerance_tnf, tolerance_exponent)},
    source="GUNTHER2014; HUBER2017; MODEL",
)

inducibility_by_tone = Mechanism(
    "inducibility_by_tone",
    slot="tolerance",
    claim="inflamed patients have few cells that can be induced to make IL-6, whatever their TNF",
    refuted_by="TNF-alpha blockade that restores the answer of patients with high TNF-alpha",
    # One half at tone 1, as without tolerance: the induction gain keeps its meaning.
    defines={tnf_answer: safe_power(tone, -inducibility_exponent) / 2},
)

no_tolerance = Mechanism(
    "no_tolerance",
    slot="tolerance",
    claim="the makers of IL-6 answer alike at any TNF-alpha",
    refuted_by="less IL-6 per signal in patients with high TNF-alpha",
    # one half is the answer at the half point of tolerance, so the induction gain keeps its meaning
    defines={tnf_answer: Rational(1, 2)},
)
