"""Tumour flare: costimulation by tumour cells, an acute drive that wears off, node swelling."""

from equations.quantities import (
    acute_drive,
    acute_exponent,
    acute_gate,
    acute_reference,
    antigen,
    antigen_half,
    bulky_diameter,
    cd80,
    costimulation,
    desensitisation,
    desensitisation_exponent,
    desensitisation_half,
    desensitisation_rate,
    drug_effect,
    node_diameter_baseline,
    node_swelling,
    steroid_effect,
    swelling_max,
    swelling_rate,
    tumour_tissue,
    tumour_tissue_baseline,
)
from equations.rival_quantities import cd80_rise, cd80_shown
from pdmodel.model import Mechanism, hill, hill_fall, safe_power

cd80_costimulation = Mechanism(
    "cd80_costimulation",
    slot="costimulation",
    claim="drug makes CLL cells show CD80, so that they present antigen to effectors",
    refuted_by="T-cell activation by tumour cells on which CD80 is blocked",
    defines={
        antigen: tumour_tissue * (1 + antigen_half)
        / (tumour_tissue + antigen_half * tumour_tissue_baseline),
        costimulation: cd80 * drug_effect * antigen,
    },
    source="AUE2009",
)  # fmt: skip

cd80_over_days = Mechanism(
    "cd80_over_days",
    slot="costimulation",
    claim="CLL cells come to show CD80 over days, and drive effectors only by what they show",
    refuted_by="CD80 on CLL cells that is up, or a flare that is over, within hours of a dose",
    processes={
        "display": {cd80_shown: +cd80_rise * drug_effect},
        "shedding": {cd80_shown: -cd80_rise * cd80_shown},
    },
    defines={
        antigen: tumour_tissue * (1 + antigen_half)
        / (tumour_tissue + antigen_half * tumour_tissue_baseline),
        costimulation: cd80 * cd80_shown * antigen,
    },
    source="AUE2009",
)  # fmt: skip

two_signal_drive = Mechanism(
    "two_signal_drive",
    slot="acute_drive",
    claim="the acute reaction needs two drug-dependent signals at once, so it rises steeply",
    refuted_by="flare in proportion to dose at low doses",
    # D*(u/0.4)**(n-1) written as one power of u, so that its slope stays finite at u = 0
    defines={
        acute_drive: acute_reference * cd80 * antigen
        * safe_power(drug_effect / acute_reference, acute_exponent)
        * (1 - steroid_effect) * acute_gate
    },
    source="MODEL",
)  # fmt: skip

drive_by_costimulation = Mechanism(
    "drive_by_costimulation",
    slot="acute_drive",
    claim="one signal of the acute reaction is CD80 on CLL cells, the other the drug in T cells",
    refuted_by="an acute reaction to tumour cells that do not show CD80",
    defines={
        acute_drive: costimulation * drug_effect / acute_reference
        * (1 - steroid_effect) * acute_gate
    },
    source="AUE2009; ASSUMED",
)  # fmt: skip

desensitisation_by_drive = Mechanism(
    "desensitisation_by_drive",
    slot="desensitisation",
    claim="the node remembers how long it was driven and answers less and less",
    refuted_by="a flare as large as the first when drug is given again after a week",
    processes={
        "exposure": {desensitisation: +desensitisation_rate * costimulation},
        "recovery": {desensitisation: -desensitisation_rate * desensitisation},
    },
    defines={
        acute_gate: hill_fall(desensitisation, desensitisation_half, desensitisation_exponent)
    },
    source="MODEL; CHANAN_KHAN2008",
)

desensitisation_by_signal = Mechanism(
    "desensitisation_by_signal",
    slot="desensitisation",
    claim="the node tires by the signal that reaches it: what a steroid blocks leaves no memory",
    refuted_by="no flare in the weeks after a course of steroid that began with the drug",
    processes={
        "exposure": {desensitisation: +desensitisation_rate * costimulation * (1 - steroid_effect)},
        "recovery": {desensitisation: -desensitisation_rate * desensitisation},
    },
    defines={
        acute_gate: hill_fall(desensitisation, desensitisation_half, desensitisation_exponent)
    },
    source="MODEL; CHANAN_KHAN2008",
)

no_desensitisation = Mechanism(
    "no_desensitisation",
    slot="desensitisation",
    claim="the acute drive goes on for as long as drug and antigen are there",
    refuted_by="a flare that ends after two weeks on continued drug",
    defines={acute_gate: 1},
)

node_oedema = Mechanism(
    "node_oedema",
    slot="swelling",
    claim="the acute drive swells nodes by oedema and infiltrate, large nodes most",
    refuted_by="flare that is as common in small nodes",
    processes={
        "infiltration": {
            node_swelling: +swelling_rate * swelling_max * acute_drive
            * hill(node_diameter_baseline, bulky_diameter, 3)
        },
        "resolution": {node_swelling: -swelling_rate * node_swelling},
    },
    source="FERRAJOLI2008; CHANAN_KHAN2008",
)  # fmt: skip
