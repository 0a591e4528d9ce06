"""Lenalidomide: oral absorption, one compartment, and the cereblon-driven effect."""

from sympy import Expr, Symbol

from equations.quantities import (
    CL,
    EC50,
    Smax,
    V,
    creatinine_clearance,
    creatinine_clearance_normal,
    drug_effect,
    drug_gut,
    drug_plasma,
    free_drug,
    fu,
    ikaros,
    ikaros_turnover,
    ka,
    molar_mass,
    nmol_per_mmol,
    renal_share,
)
from equations.rival_quantities import substrate_EC50, substrate_exponent
from pdmodel.model import Mechanism, hill

_renal_function = 1 - renal_share + renal_share * creatinine_clearance / creatinine_clearance_normal

oral_one_compartment = Mechanism(
    "oral_one_compartment",
    slot="exposure",
    claim="absorbed from the gut at once, cleared by the kidney from one compartment",
    refuted_by="a second phase of decline, or clearance that does not follow renal function",
    processes={
        "absorption": {drug_gut: -ka * drug_gut, drug_plasma: +ka * drug_gut},
        "elimination": {drug_plasma: -CL * _renal_function / V * drug_plasma},
    },
    defines={free_drug: fu * drug_plasma / V / molar_mass * nmol_per_mmol},
    doses={"lenalidomide": drug_gut},
    source="MDS2006; LIANG2024; RENAL2007",
)


def _turned_over(gain: Expr) -> dict[str, dict[Symbol, Expr]]:
    """Return the turnover of Ikaros, and its loss by what the drug does to cereblon."""
    return {
        "synthesis": {ikaros: +ikaros_turnover},
        "turnover": {ikaros: -ikaros_turnover * ikaros},
        "drug_driven_loss": {ikaros: -ikaros_turnover * gain * ikaros},
    }


ikaros_loss = Mechanism(
    "ikaros_loss",
    slot="cereblon",
    claim="free drug turns cereblon on Ikaros and Aiolos; every effect follows their loss",
    refuted_by="effects in cells whose Ikaros and Aiolos cannot be degraded",
    processes=_turned_over(Smax * hill(free_drug, EC50)),
    # Ikaros never exceeds its start, so 1 - ikaros needs no max(); below-zero noise is harmless
    # because every power of the effect is a safe one.
    defines={drug_effect: 1 - ikaros},
    source="FECTEAU2014; MODEL",
)

steep_ikaros_loss = Mechanism(
    "steep_ikaros_loss",
    slot="cereblon",
    claim="Ikaros and Aiolos are lost in a narrow range of doses, so that 5 mg do far less",
    refuted_by="Aiolos in T cells of patients on 5 mg that is nearly as low as on 10 mg",
    processes=_turned_over(Smax * hill(free_drug, substrate_EC50, substrate_exponent)),
    defines={drug_effect: 1 - ikaros},
    source="GANDHI2014; ASSUMED",
)

no_drug_effect = Mechanism(
    "no_drug_effect",
    slot="cereblon",
    claim="the null hypothesis: lenalidomide reaches the plasma and does nothing",
    refuted_by="any change on drug that the drug-free course does not show",
    defines={drug_effect: 0},
)
