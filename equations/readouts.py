"""Observables: what the clinic measures, from the states."""

from sympy import Rational

from equations.quantities import (
    ALC,
    ANC,
    SPD,
    SPD_baseline,
    activated_effectors,
    blood_cll,
    blood_volume,
    il6,
    il6_baseline,
    il6_fold,
    neutrophils,
    node_diameter,
    node_diameter_baseline,
    node_swelling,
    other_lymphocytes,
    resting_t_cells,
    t_cells,
    tnf,
    tnf_baseline,
    tnf_fold,
    tumour_blood,
    tumour_tissue,
    tumour_tissue_baseline,
)
from pdmodel.model import Mechanism, safe_power

_burden = tumour_tissue / tumour_tissue_baseline

clinic = Mechanism(
    "clinic",
    slot="readouts",
    claim="nodes scale with cells and swelling as volumes do; flare is in SPD, not in the diameter",
    defines={
        ALC: tumour_blood / blood_volume
        + resting_t_cells
        + activated_effectors
        + other_lymphocytes,
        ANC: neutrophils,
        SPD: SPD_baseline * safe_power(_burden * (1 + node_swelling), Rational(2, 3)),
        node_diameter: node_diameter_baseline * safe_power(_burden, Rational(1, 3)),
        blood_cll: tumour_blood / blood_volume,
        t_cells: resting_t_cells + activated_effectors,
        il6_fold: il6 / il6_baseline,
        tnf_fold: tnf / tnf_baseline,
    },
)
