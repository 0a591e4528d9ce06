"""IL-6: where it comes from. Two rival sources stand side by side."""

from equations.quantities import (
    activated_effectors,
    acute_drive,
    cd80,
    drug_effect,
    effectors_baseline,
    il6,
    il6_acute_weight,
    il6_baseline,
    il6_clearance,
    il6_induction,
    il6_myeloid_Imax,
    il6_tumour_gain,
    il6_tumour_share,
    steroid_effect,
    tnf_answer,
    tumour_tissue,
    tumour_tissue_baseline,
)
from pdmodel.model import Mechanism, positive_part

_production = il6_clearance * il6_baseline
_inducing_signal = (
    positive_part(activated_effectors / effectors_baseline - 1) + il6_acute_weight * acute_drive
)
_basal = {
    "myeloid_secretion": {
        il6: +_production * (1 - il6_tumour_share) * (1 - il6_myeloid_Imax * drug_effect)
        * (1 - steroid_effect)
    },
    "tumour_secretion": {
        il6: +_production * il6_tumour_share * tumour_tissue / tumour_tissue_baseline
        * (1 + il6_tumour_gain * drug_effect * cd80)
    },
    "clearance": {il6: -il6_clearance * il6},
}  # fmt: skip

il6_from_stroma = Mechanism(
    "il6_from_stroma",
    slot="il6",
    claim="new effectors drive stroma and monocytes to secrete IL-6, unless TNF made them tolerant",
    refuted_by="IL-6 that rises as much in patients with high baseline TNF-alpha as in the others",
    processes=_basal
    | {
        "induced_secretion": {
            il6: +_production * il6_induction * tnf_answer * _inducing_signal * (1 - steroid_effect)
        }
    },
    source="CRS2023; GUNTHER2014; CORRAL1999",
)

il6_from_tumour = Mechanism(
    "il6_from_tumour",
    slot="il6",
    claim="the drug drives the tumour itself to secrete IL-6; stroma adds nothing",
    refuted_by="IL-6 that stays high while the tumour shrinks, or rises in nonresponders only",
    processes=_basal,
    values={il6_tumour_share: 0.5, il6_tumour_gain: 8},
    source="BJH1998",
)
